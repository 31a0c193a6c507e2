import { homeShort } from '../paths.ts';
import { KeypairError } from '../errors.ts';
import { together } from '../i18n/phrases.ts';
import { t } from '../i18n/t.ts';
import { shellWord } from '../shell-quote.ts';
import { printable } from '../sanitize.ts';
import type { Entry } from './entry.ts';
import { entrySource } from './entry-source.ts';
import type { Finding, Place } from './source-types.ts';
import { readSmallFile } from './small-file.ts';
import type { CredentialSource, Vendor } from '../providers/credentials.ts';
import type { World } from './context.ts';

/** What a file of a vendor's tools says. */
export interface FileContent {
  readonly entry: Entry | null;
  /** The part of the file that counts, for people: `profile prod`; null where that is the whole file. */
  readonly part: string | null;
  /** The variable that names the part, or null. */
  readonly chosenBy: string | null;
}

/** A file of a vendor's tools that may hold credentials. */
export interface CredentialsFile {
  readonly file: string;
  /** The variable that names this file or its profile, so that its absence is worth a word; or null. */
  readonly namedBy: string | null;
  /** The variable that forbids to read it, or null. */
  readonly forbiddenBy?: string | null;
  /** @throws KeypairError that tells the fault without any of the text. */
  readonly read: (text: string) => Promise<FileContent>;
}

/** The place that such a file is. It is only ever read. */
export function filePlace(vendor: Vendor, asked: CredentialsFile, world: World): Place {
  const title = shownPath(asked.file, world.home);
  return { title, look: () => look(vendor, asked, title, world) };
}

async function look(
  vendor: Vendor,
  { file, namedBy, forbiddenBy = null, read }: CredentialsFile,
  title: string,
  world: World,
): Promise<Finding> {
  if (forbiddenBy !== null) return { state: 'nothing', note: t`${forbiddenBy} switches it off` };
  const reading = await readSmallFile(file, world.platform);
  if (reading === null) {
    return namedBy === null
      ? { state: 'nothing', note: null }
      : { state: 'broken', note: t`${namedBy} names it, but it is not there` };
  }
  if ('why' in reading) return { state: 'broken', note: reading.why };
  const text = reading.text.reveal();
  if (text.trim() === '') return { state: 'nothing', note: t`it is empty` };
  const caution = reading.exposed ? othersCanRead(title) : null;
  try {
    const { entry, part, chosenBy } = await read(text);
    const where = part === null ? title : together([title, part]);
    if (entry === null) return { state: 'nothing', note: nothingIn(part, chosenBy), caution };
    return { ...seen(entrySource(vendor, entry, where, world)), caution };
  } catch (error) {
    if (!(error instanceof KeypairError)) throw error;
    return { state: 'broken', note: error.message, caution };
  }
}

function seen(source: CredentialSource | { readonly why: string }): Finding {
  return 'why' in source ? { state: 'skipped', note: source.why } : { state: 'found', source };
}

function nothingIn(part: string | null, chosenBy: string | null): string {
  if (part === null) return t`it holds no credentials`;
  return chosenBy === null ? t`it has none in ${part}` : t`it has none in ${part}, which ${chosenBy} names`;
}

/** A path for people: `~/…` for what is in their home directory. */
export function shownPath(file: string, home: string): string {
  return printable(homeShort(home, file));
}

/** The warning of a file with secrets that others can read, with what ends it; the path as {@link shownPath} has it. */
export function othersCanRead(title: string): string {
  return t`others can read ${title}: run chmod 600 ${shellWord(title)}`;
}
