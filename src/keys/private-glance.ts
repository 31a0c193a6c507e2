import type { Buffer } from 'node:buffer';

import type { Secret } from '../credentials/secret.ts';
import { armouredBlocks, checkedText, compact, decodeBase64 } from './armour.ts';
import { KeyFormatError } from './format-error.ts';
import { isOpenSsh } from './openssh-container.ts';
import { readPrivateDer } from './private-der.ts';
import { parsePublicKey, publicKeyOf, type PublicKey } from './public-key.ts';
import { SshReader } from './ssh-wire.ts';

/** What a private key file says of itself without its passphrase. */
export interface PrivateGlance {
  readonly encrypted: boolean;
  /** The public half as the file has it, without its comment; null where it is under the passphrase, or not read here. */
  readonly publicKey: PublicKey | null;
}

/** A private key of which nothing more can be told. */
const CLOSED: PrivateGlance = { encrypted: true, publicKey: null };
const UNKNOWN: PrivateGlance = { encrypted: false, publicKey: null };

/** OpenSSH's container has its public half in front, in the clear, encrypted or not (OpenSSH, PROTOCOL.key). */
function glanceAtOpenSsh(bytes: Buffer): PrivateGlance | null {
  const reader = new SshReader(bytes);
  reader.take('openssh-key-v1\0'.length);
  const encrypted = reader.name() !== 'none';
  reader.name();
  reader.string();
  if (reader.uint32() !== 1) return null;
  const blob = reader.string();
  // The private section is passed over; some ciphers put a tag after it.
  reader.string();
  const line = `${new SshReader(blob).name()} ${blob.toString('base64')}`;
  return { encrypted, publicKey: parsePublicKey(line) };
}

function glance(text: string): PrivateGlance | null {
  const blocks = armouredBlocks(checkedText(text)).filter(({ label }) => label.endsWith('PRIVATE KEY'));
  const [key, ...more] = blocks;
  if (key === undefined || more.length > 0) return null;
  const body = compact(key.body);
  if (body.startsWith('Proc-Type:4,ENCRYPTED')) return CLOSED;
  const bytes = decodeBase64(body);
  if (bytes === null) return null;
  if (isOpenSsh(bytes)) return glanceAtOpenSsh(bytes);
  const content = readPrivateDer(bytes);
  return content === null ? null : { encrypted: false, publicKey: publicKeyOf(content.parts, '') };
}

/**
 * Looks at the text of a key file that OpenSSH could use, without the proof of {@link parsePrivateKey}: a thousand
 * files take less than a second. That the private half fits the public half is not shown by it.
 *
 * @returns null where the text is no private key, or a damaged one. Never throws.
 */
export function glanceAtPrivateKey(text: Secret): PrivateGlance | null {
  try {
    return glance(text.reveal());
  } catch (error) {
    const reason = error instanceof KeyFormatError ? error.reason : 'damaged';
    if (reason === 'encrypted') return CLOSED;
    return reason === 'unsupported' ? UNKNOWN : null;
  }
}
