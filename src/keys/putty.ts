import type { Buffer } from 'node:buffer';
import { t } from '../i18n/t.ts';

import { decodeBase64 } from './armour.ts';
import { damaged } from './format-error.ts';

/** What a private key file of PuTTY says of itself without its passphrase. */
export interface PuttyKey {
  readonly encrypted: boolean;
  /** SSH's name of the algorithm. */
  readonly algorithm: string;
  /** The public key blob. It stands in the clear; the checksum over it needs the private half and is not looked at. */
  readonly blob: Buffer;
  readonly comment: string;
}

/** Whether a text is a private key file of PuTTY, of whatever version. */
export function isPutty(text: string): boolean {
  return /^\s*PuTTY-User-Key-File-\d/.test(text);
}

/**
 * Reads what is in the clear in a private key file of PuTTY, version 2 or 3 (PuTTY manual, appendix C).
 *
 * @throws KeyFormatError `damaged`.
 */
export function readPutty(text: string): PuttyKey {
  const lines = text.trim().split(/\r\n|\r|\n/);
  const headers = ['PuTTY-User-Key-File-[23]', 'Encryption', 'Comment', 'Public-Lines'];
  const [algorithm, encryption, comment, count] = headers.map(
    (name, index) => new RegExp(`^${name}: ?(.*)$`).exec(lines[index] ?? '')?.[1],
  );
  if (algorithm === undefined || encryption === undefined || comment === undefined || count === undefined) {
    throw damaged(t`it is not built as a file of putty is`);
  }
  const blob = decodeBase64(lines.slice(4, 4 + Number(count)).join(''));
  if (blob === null) throw damaged(t`it is not in base64`);
  return { encrypted: encryption !== 'none', algorithm, blob, comment };
}
