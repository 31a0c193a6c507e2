import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { World, Finding, Place } from './context.ts';
import type { Entry, PairEntry } from './entry.ts';
import { fixed } from './renewing.ts';
import { assumeRole, instanceRole, webIdentityRole } from './roles.ts';
import { KeypairError } from '../errors.ts';
import { labelled, together } from '../i18n/phrases.ts';
import { t } from '../i18n/t.ts';
import { homeShort } from '../paths.ts';
import type { CredentialSource, Vendor } from '../providers/credentials.ts';
import { printable } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import { shellWord } from '../shell-quote.ts';

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

/**
 * Where credentials come from by what a file says, or why they cannot.
 *
 * @param title the file, for people: `~/.aliyun/config.json, profile prod`.
 */
export function entrySource(
  vendor: Vendor,
  entry: Entry,
  title: string,
  world: World,
): CredentialSource | { readonly why: string } {
  switch (entry.kind) {
    case 'pair':
      return hasEnded(entry, world)
        ? { why: t`its login has expired: ${advice(entry)}` }
        : pairSource(entry, title, world);
    case 'role': {
      const base = entrySource(vendor, entry.base, title, world);
      return 'why' in base ? base : assumeRole(vendor, base, entry.role, world);
    }
    case 'web identity':
      return titled(webIdentityRole(vendor, entry.identity, world), title);
    case 'instance':
      return titled(instanceRole(vendor, entry.roleName, world), title);
    case 'unusable':
      return { why: entry.why };
  }
}

/** The tool that wrote temporary credentials renews them; this program only reads its files. */
function pairSource(entry: PairEntry, title: string, world: World): CredentialSource {
  const { id, secret, token, expiresAt } = entry;
  const source = fixed({ id, secret, token, expiresAt, source: title });
  if (expiresAt === null) return source;
  return {
    source: title,
    current: (signal) =>
      hasEnded(entry, world)
        ? Promise.reject(
            new KeypairError('AUTH', t`the credentials in ${title} have expired`, { hints: [advice(entry)] }),
          )
        : source.current(signal),
  };
}

function hasEnded({ expiresAt }: PairEntry, { now }: World): boolean {
  return expiresAt !== null && expiresAt.getTime() <= now().getTime();
}

function advice({ renew }: PairEntry): string {
  return renew ?? t`log in again with the tool that wrote it`;
}

function titled(source: CredentialSource, title: string): CredentialSource {
  return { ...source, source: labelled(title, source.source) };
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
