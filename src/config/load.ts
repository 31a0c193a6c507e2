import path from 'node:path';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { shellWord } from '../sanitize.ts';
import type { User } from '../storage/permissions.ts';
import { readGuarded } from '../storage/read-guarded.ts';
import type { ConfigDocument } from './document.ts';
import { configDirectory, type PathsInput } from '../paths.ts';
import { DEFAULT_PROFILE, EMPTY_PROFILE, noProfile, type Profile } from './profile.ts';

/**
 * Loads the profile of a command. The parser is loaded only if there is a configuration.
 *
 * @param chosen by `--profile` or KEYPAIR_PROFILE; null: the one that the configuration names, or `default`.
 * @param warn is called if others may read or change the file.
 * @throws KeypairError `USAGE` for an invalid configuration, with line and column but no content, and for a chosen
 * profile that does not exist.
 */
export async function loadProfile(
  paths: PathsInput,
  chosen: string | null,
  warn: (line: string) => void,
): Promise<Profile> {
  const file = configFile(paths);
  const found = await readConfigFile(file, paths);
  if (found === null) {
    if (chosen !== null && chosen !== DEFAULT_PROFILE) throw noProfile(chosen, []);
    return { ...EMPTY_PROFILE, chosen: chosen !== null };
  }
  const exposed = exposure(file, found, paths.platform);
  if (exposed !== null) warn(exposed);
  const { parseDocument, profileFrom } = await import('./document.ts');
  return profileFrom(parseDocument(file, found.text), chosen);
}

/**
 * The names of all profiles, in the order of the configuration. `default` always exists, but may be missing here.
 *
 * @throws KeypairError `USAGE` for an invalid configuration.
 */
export async function profileNames(paths: PathsInput): Promise<readonly string[]> {
  const [{ namesIn }, document] = await Promise.all([import('./document.ts'), readDocument(paths)]);
  return namesIn(document);
}

/**
 * The profile to change if none is chosen: the one that the configuration names, or `default`. It may not exist yet.
 *
 * @throws KeypairError `USAGE` for an invalid configuration.
 */
export async function currentProfile(paths: PathsInput): Promise<string> {
  const [{ chosenByFile }, document] = await Promise.all([import('./document.ts'), readDocument(paths)]);
  return chosenByFile(document) ?? DEFAULT_PROFILE;
}

async function readDocument(paths: PathsInput): Promise<ConfigDocument> {
  const file = configFile(paths);
  const [{ parseDocument }, found] = await Promise.all([import('./document.ts'), readConfigFile(file, paths)]);
  return parseDocument(file, found?.text ?? '');
}

/** The largest configuration that is read or written, in bytes. */
export const LONGEST_CONFIG = 1024 * 1024;

/** The content of a configuration file. */
interface ConfigFile {
  /** Without a byte order mark. */
  readonly text: string;
  /** The byte order mark, if the file starts with one. */
  readonly bom: '' | '\uFEFF';
  /** The permission bits, `0o600`; for a link, those of its target. */
  readonly mode: number;
}

/** The file of the profiles: `<config directory>/config.json`. */
export function configFile(paths: PathsInput): string {
  return path.join(configDirectory(paths), 'config.json');
}

/**
 * Reads the configuration; null if there is none. Never blocks on a FIFO or a device.
 *
 * @param person the required owner.
 * @throws KeypairError `USAGE` if it cannot be read, is not a small file of UTF-8 text, or others may write it.
 */
export async function readConfigFile(file: string, person: User): Promise<ConfigFile | null> {
  let bytes: Uint8Array;
  let mode: number;
  try {
    const read = await readGuarded(file, LONGEST_CONFIG, 'follow');
    if (read === 'too long') throw unreadable(t`${file} is longer than 1 MiB`);
    if (typeof read === 'string') throw unreadable(t`${file} is not a file`);
    ({ bytes, mode } = read);
  } catch (error) {
    if (error instanceof KeypairError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw unreadable(t`${file} cannot be read (${code})`, error);
  }
  await checkConfigOwner(file, person);
  const text = decode(file, bytes);
  return text.startsWith('\uFEFF') ? { text: text.slice(1), bom: '\uFEFF', mode } : { text, bom: '', mode };
}

/**
 * Refuses an existing configuration file that another user may have written: it names the server to call and the
 * credentials to use.
 *
 * @throws KeypairError `USAGE`.
 */
export async function checkConfigOwner(file: string, person: User): Promise<void> {
  const { checkSafeFile } = await import('../storage/permissions.ts');
  const elsewhere = t`logins and settings are stored there: fix its permissions, or choose another place with XDG_CONFIG_HOME`;
  await checkSafeFile(file, person, elsewhere);
}

/** A warning if others may read or change the file, with the command that fixes it; else null. */
export function exposure(file: string, { mode }: ConfigFile, platform: string): string | null {
  if (platform === 'win32' || (mode & 0o077) === 0) return null;
  return (mode & 0o022) === 0
    ? t`others may read ${file}: chmod 600 ${shellWord(file)}`
    : t`others may change ${file}: chmod 600 ${shellWord(file)}`;
}

/** Refuses bytes that cannot be decoded: the next write would lose them. */
function decode(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unreadable(t`${file} is not UTF-8 text`);
  }
}

function unreadable(message: string, cause?: unknown): KeypairError {
  return new KeypairError('USAGE', message, {
    hints: [t`fix it, or move it away: keypair works without it`],
    cause,
  });
}
