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
export function stateDirectory({ env, home, platform }: PathsInput): string {
  const xdg = env['XDG_STATE_HOME'];
  if (xdg !== undefined && path.isAbsolute(xdg)) return path.join(xdg, 'keypair');
  const local = env['LOCALAPPDATA'];
  if (platform === 'win32' && local !== undefined && path.isAbsolute(local))
    return path.join(local, 'keypair');
  return path.join(home, '.local', 'state', 'keypair');
}

/** Where key files go when nothing else is said: `~/.ssh`. */
export function defaultKeyDirectory({ home }: PathsInput): string {
  return path.join(home, '.ssh');
}

/** An absolute path for what a user wrote: relative to the working directory, with `~/` for the home directory. */
export function expandPath(text: string, cwd: string, home: string): string {
  if (text === '~') return home;
  if (text.startsWith('~/') || text.startsWith('~\\')) return path.join(home, text.slice(2));
  return path.resolve(cwd, text);
}
