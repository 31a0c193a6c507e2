import { randomBytes } from 'node:crypto';

/** `prefix-` and that many random digits and small letters. */
export function newId(prefix: string, length: number): string {
  const letters = '0123456789abcdefghijklmnopqrstuvwxyz';
  return `${prefix}-${[...randomBytes(length)].map((byte) => letters[byte % 36]).join('')}`;
}
