import { Chalk } from 'chalk';
import type { Style } from './color.ts';

/** Text that stands out by weight, on any terminal that has colour at all. */
export function colorStyle(): Style {
  const chalk = new Chalk({ level: 1 });
  return { strong: chalk.bold, faint: chalk.dim };
}
