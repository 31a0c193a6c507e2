import { createHmac, timingSafeEqual } from 'node:crypto';

/** Every sandbox has this key, so each can read the tokens of another. It protects nothing real. */
const KEY = 'the key of all sandboxes, which opens nothing';

/** How many characters of the HMAC a token ends with. */
const MAC_LENGTH = 16;

/** HMAC-SHA256 of a text for one purpose. */
export function deriveBytes(purpose: string, text: string): Buffer {
  return createHmac('sha256', KEY).update(`${purpose}\n${text}`).digest();
}

/** A token for one purpose: the text as base64url and an HMAC over it. It has letters, digits, `-` and `_` only. */
export function deriveToken(purpose: string, text: string): string {
  return `${Buffer.from(text).toString('base64url')}${mac(purpose, text)}`;
}

/** The text of a token that a sandbox derived for this purpose; null for anything else. */
export function readToken(purpose: string, token: string): string | null {
  const text = Buffer.from(token.slice(0, -MAC_LENGTH), 'base64url').toString();
  const [a, b] = [Buffer.from(deriveToken(purpose, text)), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b) ? text : null;
}

function mac(purpose: string, text: string): string {
  return deriveBytes(purpose, text).toString('base64url').slice(0, MAC_LENGTH);
}
