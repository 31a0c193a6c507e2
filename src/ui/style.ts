import { Chalk } from 'chalk';
import type { OutputStream } from '../context.ts';
import { usesColor } from './color.ts';

/** The few ways in which text may stand out. Without colour each is the text itself. */
export interface Style {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
}

/** The ways in which text stands out on this stream. */
export function styleFor(
  stream: OutputStream,
  env: Readonly<Record<string, string | undefined>>,
  allowed: boolean,
): Style {
  const chalk = new Chalk({ level: usesColor(stream, env, allowed) ? 1 : 0 });
  return { strong: chalk.bold, faint: chalk.dim, good: chalk.green };
}
