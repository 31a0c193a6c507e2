import { printable } from '../../transport/sanitize.ts';

/** A path as a word of a command that people copy: quoted where a shell would need it, and safe to print. */
export function shellWord(file: string): string {
  const shown = printable(file, 4096);
  return /^[\w~./:@%+-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", String.raw`'\''`)}'`;
}
