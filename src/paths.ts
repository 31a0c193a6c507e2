import { readdirSync } from 'node:fs';
import path from 'node:path';

/** The input of all paths. */
export interface PathsInput {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly platform: string;
}

/**
 * The directory of this program's own state: the journal, and the sandbox's cloud. `$XDG_STATE_HOME/keypair`, by
 * default `~/.local/state/keypair`; on Windows `%LOCALAPPDATA%\keypair`. A relative XDG value is ignored, as the XDG
 * base directory specification requires.
 */
export function stateDirectory(input: PathsInput): string {
  return ownDirectory(input, 'XDG_STATE_HOME', 'LOCALAPPDATA', ['.local', 'state']);
}

/** The directory of the journal, below the state directory. */
export function journalDirectory(state: string): string {
  return path.join(state, 'journal');
}

/** The directory of the rotations that have not ended, below the state directory. */
export function rotationsDirectory(state: string): string {
  return path.join(state, 'rotations');
}

/** Whether rotations have not ended, as {@link hasJournalEntries}. */
export function hasRotations(state: string): boolean {
  return hasEntries(rotationsDirectory(state));
}

/**
 * Whether the journal has entries. Never throws. Every command calls this, so it loads nothing else and is synchronous:
 * Node's promises for files take longer to load than this read.
 */
export function hasJournalEntries(state: string): boolean {
  return hasEntries(journalDirectory(state));
}

function hasEntries(directory: string): boolean {
  try {
    return readdirSync(directory).some((name) => name.endsWith('.json'));
  } catch {
    return false;
  }
}

/**
 * The directory of the profiles: `$XDG_CONFIG_HOME/keypair`, by default `~/.config/keypair`; on Windows
 * `%APPDATA%\keypair`.
 */
export function configDirectory(input: PathsInput): string {
  return ownDirectory(input, 'XDG_CONFIG_HOME', 'APPDATA', ['.config']);
}

/**
 * The directory of the cache: `$XDG_CACHE_HOME/keypair`, by default `~/.cache/keypair`; on Windows
 * `%LOCALAPPDATA%\keypair\cache`.
 */
export function cacheDirectory(input: PathsInput): string {
  const { env, platform } = input;
  const directory = ownDirectory(input, 'XDG_CACHE_HOME', 'LOCALAPPDATA', ['.cache']);
  const shared = platform === 'win32' && !path.isAbsolute(env['XDG_CACHE_HOME'] ?? '');
  return shared && path.isAbsolute(env['LOCALAPPDATA'] ?? '') ? path.join(directory, 'cache') : directory;
}

function ownDirectory(
  { env, home, platform }: PathsInput,
  xdg: string,
  windows: string,
  fallback: readonly string[],
): string {
  const places = [env[xdg], ...(platform === 'win32' ? [env[windows]] : [])];
  const given = places.find((place) => place !== undefined && path.isAbsolute(place));
  return path.join(given ?? path.join(home, ...fallback), 'keypair');
}

/** The default key directory: `~/.ssh`. */
export function defaultKeyDirectory({ home }: PathsInput): string {
  return path.join(home, '.ssh');
}

/**
 * Makes a user's path absolute: relative to the working directory, with `~/` for the home directory. Only a relative
 * path reads the working directory, which may be gone.
 */
export function expandPath(text: string, from: { readonly cwd: string; readonly home: string }): string {
  const { home } = from;
  if (text === '~') return home;
  if (text.startsWith('~/') || text.startsWith('~\\')) return path.join(home, text.slice(2));
  return path.isAbsolute(text) ? path.resolve(text) : path.resolve(from.cwd, text);
}

/**
 * As {@link expandPath}, for a path in a variable. If the working directory is gone, a relative path stays relative,
 * and nothing is found there.
 */
export function expandHere(text: string, home: string): string {
  try {
    return expandPath(text, { cwd: '.', home });
  } catch {
    return text;
  }
}

/** A path for people: `~/.ssh/foo` inside their home directory. */
export function homeShort(home: string, file: string): string {
  const inHome = file.startsWith(`${home}/`) || file.startsWith(`${home}\\`);
  return inHome ? `~${file.slice(home.length)}` : file;
}
