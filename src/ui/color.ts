import type { OutputStream } from '../context.ts';

/** Functions that emphasize text. */
export interface Style {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

/** No emphasis. */
export const PLAIN: Style = { strong: (text) => text, faint: (text) => text };

/**
 * Whether text on a stream is coloured: yes on a terminal. `--no-color`, a non-empty NO_COLOR (no-color.org) and
 * TERM=dumb disable it; FORCE_COLOR enables it for a pipe.
 */
export function usesColor(
  stream: OutputStream,
  env: Readonly<Record<string, string | undefined>>,
  allowed: boolean,
): boolean {
  if (!allowed || (env['NO_COLOR'] ?? '') !== '') return false;
  const force = env['FORCE_COLOR'];
  if (force !== undefined) return force !== '0' && force !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

/** Emphasis by bold and dim, which any terminal with colour supports. */
export async function colorStyle(): Promise<Style> {
  const { Chalk } = await import('chalk');
  const chalk = new Chalk({ level: 1 });
  return { strong: chalk.bold, faint: chalk.dim };
}
