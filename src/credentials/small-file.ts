import { t } from '../i18n/t.ts';
import { homeShort } from '../paths.ts';
import { printable, shellWord } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import { errorCode } from '../storage/fs.ts';
import { readGuarded } from '../storage/read-guarded.ts';

/** A path for people: `~/…` for what is in their home directory. */
export function shownPath(file: string, home: string): string {
  return printable(homeShort(home, file));
}

/** The warning of a file with secrets that others can read, with what ends it; the path as {@link shownPath} has it. */
export function othersCanRead(title: string): string {
  return t`others can read ${title}: run chmod 600 ${shellWord(title)}`;
}

/** Larger than any credentials file, in bytes. */
const LARGEST = 1024 * 1024;

/** A file that was read. */
export interface SmallFile {
  /** Holds secrets, as a rule. */
  readonly text: Secret;
  /** Whether others than its owner may read it. Never on Windows, which has no such bits. */
  readonly exposed: boolean;
}

/** What became of reading a file: it, null where there is none, or a few words on why it cannot be read. */
export type Reading = SmallFile | { readonly why: string } | null;

/** Reads a file of up to 1 MiB. Never throws, and never waits. */
export async function readSmallFile(file: string, platform: string): Promise<Reading> {
  try {
    const read = await readGuarded(file, LARGEST, 'follow');
    if (read === 'too long') return { why: t`it is larger than 1 MiB` };
    if (typeof read === 'string') return { why: t`it is not a regular file` };
    const exposed = platform !== 'win32' && (read.mode & 0o077) !== 0;
    return { text: new Secret(read.bytes.toString('utf8')), exposed };
  } catch (error) {
    const code = errorCode(error) ?? 'unknown';
    return ['ENOENT', 'ENOTDIR'].includes(code) ? null : { why: t`it cannot be read (${code})` };
  }
}
