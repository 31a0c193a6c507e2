import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { t } from '../i18n/t.ts';
import { homeShort } from '../paths.ts';
import { printable, shellWord } from '../sanitize.ts';
import { Secret } from '../secret.ts';

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

/**
 * Reads a file of up to 1 MiB. Never throws, and never waits: a FIFO, a socket or a device is not opened, and should
 * one take the file's place in between, it is opened without blocking and let go.
 */
export async function readSmallFile(file: string, platform: string): Promise<Reading> {
  try {
    const first = problem(await stat(file));
    if (first !== null) return { why: first };
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const found = await handle.stat();
      const why = problem(found);
      if (why !== null) return { why };
      const bytes = Buffer.alloc(found.size);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
      return {
        text: new Secret(bytes.toString('utf8', 0, bytesRead)),
        exposed: platform !== 'win32' && (found.mode & 0o077) !== 0,
      };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return ['ENOENT', 'ENOTDIR'].includes(code) ? null : { why: t`it cannot be read (${code})` };
  }
}

function problem(found: { isFile(): boolean; readonly size: number }): string | null {
  if (!found.isFile()) return t`it is not a regular file`;
  return found.size > LARGEST ? t`it is larger than 1 MiB` : null;
}
