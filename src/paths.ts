import { readdirSync } from 'node:fs';
import path from 'node:path';

/** What the paths depend on. */
export interface PathsInput {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly platform: string;
}

/**
 * Where this program keeps its own state: the journal, and the sandbox's cloud.
 * `$XDG_STATE_HOME/keypair`, by default `~/.local/state/keypair`; on Windows `%LOCALAPPDATA%\keypair`.
 * A relative XDG value is ignored, as the XDG base directory specification asks.
 */
export function stateDirectory(input: PathsInput): string {
  return ownDirectory(input, 'XDG_STATE_HOME', 'LOCALAPPDATA', ['.local', 'state']);
}

/** Where the notes of what is under way are, below the state directory. */
export function journalDirectory(state: string): string {
  return path.join(state, 'journal');
}

/**
 * Whether the journal has entries. Every command looks, so nothing else is loaded for it, and it is synchronous: Node's
 * promises for files take longer to load than the look. Never throws.
 */
export function hasJournalEntries(state: string): boolean {
  try {
    return readdirSync(journalDirectory(state)).some((name) => name.endsWith('.json'));
  } catch {
    return false;
  }
}

/** Where profiles are: `$XDG_CONFIG_HOME/keypair`, by default `~/.config/keypair`; on Windows `%APPDATA%\keypair`. */
export function configDirectory(input: PathsInput): string {
  return ownDirectory(input, 'XDG_CONFIG_HOME', 'APPDATA', ['.config']);
}

/**
 * Where what can be had again is: `$XDG_CACHE_HOME/keypair`, by default `~/.cache/keypair`; on Windows
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

/** Where key files go when nothing else is said: `~/.ssh`. */
export function defaultKeyDirectory({ home }: PathsInput): string {
  return path.join(home, '.ssh');
}

/**
 * An absolute path for what a user wrote: relative to the working directory, with `~/` for the home directory. The working
 * directory, which may be gone, is looked at for a relative path only.
 */
export function expandPath(text: string, from: { readonly cwd: string; readonly home: string }): string {
  const { home } = from;
  if (text === '~') return home;
  if (text.startsWith('~/') || text.startsWith('~\\')) return path.join(home, text.slice(2));
  return path.isAbsolute(text) ? path.resolve(text) : path.resolve(from.cwd, text);
}

/** As {@link expandPath}, of a path in a variable: where the working directory is gone, a relative one stays relative, and leads nowhere. */
export function expandHere(text: string, home: string): string {
  try {
    return expandPath(text, { cwd: '.', home });
  } catch {
    return text;
  }
}

/** A path as people write it: `~/.ssh/foo` for what is in their home directory. */
export function homeShort(home: string, file: string): string {
  const inHome = file.startsWith(`${home}/`) || file.startsWith(`${home}\\`);
  return inHome ? `~${file.slice(home.length)}` : file;
}
