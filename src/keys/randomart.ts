import { createHash } from 'node:crypto';

import { kindOf, type PublicKey } from './public-key.ts';

const WIDTH = 17;
const HEIGHT = 9;

/** The character for each number of visits; the last one is for all higher numbers. */
const VISITS = ' .o+=*BOX@%&#/^';

function within(value: number, size: number): number {
  return Math.min(Math.max(value, 0), size - 1);
}

/** A border with a word in the middle. An odd dash goes to the right. */
function border(word: string): string {
  const left = Math.floor((WIDTH - word.length) / 2);
  return `+${word.padStart(left + word.length, '-').padEnd(WIDTH, '-')}+`;
}

/**
 * The randomart of a public key, as `ssh-keygen -lv` prints it: eleven lines of nineteen characters, without line
 * endings.
 *
 * A bishop starts in the middle and takes one diagonal step for every two bits of the SHA-256 fingerprint, the lowest
 * bits of each byte first, sliding along the walls (OpenSSH, sshkey.c `fingerprint_randomart`; Loss, Limmer, von
 * Gernler, "The drunken bishop", 2009). `S` marks the start, `E` the end.
 */
export function randomart(key: PublicKey): readonly string[] {
  const visits = Array.from({ length: HEIGHT }, () => new Array<number>(WIDTH).fill(0));
  const start = { x: (WIDTH - 1) / 2, y: (HEIGHT - 1) / 2 };
  let { x, y } = start;
  for (const byte of createHash('sha256').update(key.blob).digest()) {
    for (let shift = 0; shift < 8; shift += 2) {
      const bits = byte >> shift;
      x = within(x + ((bits & 1) === 1 ? 1 : -1), WIDTH);
      y = within(y + ((bits & 2) === 2 ? 1 : -1), HEIGHT);
      const row = visits[y];
      if (row) row[x] = (row[x] ?? 0) + 1;
    }
  }
  const end = { x, y };
  const at = (place: typeof start, column: number, line: number): boolean => place.x === column && place.y === line;
  const picture = visits.map((row, line) => {
    const cells = row.map((count, column) => {
      if (at(end, column, line)) return 'E';
      if (at(start, column, line)) return 'S';
      return VISITS[Math.min(count, VISITS.length - 1)];
    });
    return `|${cells.join('')}|`;
  });
  return [border(`[${kindOf(key)} ${key.bits}]`), ...picture, border('[SHA256]')];
}
