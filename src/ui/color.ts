import type { OutputStream } from '../context.ts';

/** The few ways in which text may stand out. */
export interface Style {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

/** Text as it is. */
export const PLAIN: Style = { strong: (text) => text, faint: (text) => text };

/**
 * Whether text on this stream has colour: on a terminal only, by the conventions. `--no-color` and NO_COLOR
 * (no-color.org, non-empty) take it away, FORCE_COLOR gives it back behind a pipe, TERM=dumb has none.
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

/** Text that stands out by weight, on any terminal that has colour at all. */
export async function colorStyle(): Promise<Style> {
  const { Chalk } = await import('chalk');
  const chalk = new Chalk({ level: 1 });
  return { strong: chalk.bold, faint: chalk.dim };
}
