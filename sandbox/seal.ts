import { createHmac, timingSafeEqual } from 'node:crypto';

/** The same in every sandbox, so that each of them knows what another one sealed. It protects nothing real. */
const KEY = 'the key of all sandboxes, which opens nothing';

/** How many characters of a sealed text prove that a sandbox wrote it. */
const PROOF = 16;

/** The bytes that belong to a text: nobody outside the sandbox guesses them. */
export function derive(purpose: string, text: string): Buffer {
  return createHmac('sha256', KEY).update(`${purpose}\n${text}`).digest();
}

/** Makes a text of letters, digits, `-` and `_` that holds another and proves who wrote it, for one purpose. */
export function seal(purpose: string, text: string): string {
  return `${Buffer.from(text).toString('base64url')}${proof(purpose, text)}`;
}

/** What was sealed for this purpose, by this sandbox or another; null for anything else. */
export function unseal(purpose: string, sealed: string): string | null {
  const text = Buffer.from(sealed.slice(0, -PROOF), 'base64url').toString();
  const [a, b] = [Buffer.from(seal(purpose, text)), Buffer.from(sealed)];
  return a.length === b.length && timingSafeEqual(a, b) ? text : null;
}

function proof(purpose: string, text: string): string {
  return derive(purpose, text).toString('base64url').slice(0, PROOF);
}
