import type { Buffer } from 'node:buffer';

import { Secret } from '../credentials/secret.ts';
import { armour, armouredBlocks, checkedText, compact, decodeBase64 } from './armour.ts';
import { damaged, KeyFormatError, onlyFormatErrors } from './format-error.ts';
import { isOpenSsh, readOpenSsh, writeOpenSshEd25519 } from './openssh-container.ts';
import { readPrivateDer, writePkcs1, writePkcs8, writeSec1, type DerPrivateKey } from './private-der.ts';
import type { PrivateParts } from './private-parts.ts';
import { provePair } from './proof.ts';
import { readBlob } from './public-parts.ts';
import { publicKeyOf, type PublicKey } from './public-key.ts';

/** A private key that fits its public half, as a text that OpenSSH reads. */
export interface PrivateKey {
  readonly publicKey: PublicKey;
  /** The armoured text: LF line ends, the last line ended too. The whole content of a key file. */
  readonly text: Secret;
}

/** What a text held: the container and its content. `bytes` are those of OpenSSH's container. */
type Content =
  | DerPrivateKey
  | {
      readonly container: 'openssh';
      readonly parts: PrivateParts;
      readonly comment: string;
      readonly bytes: Buffer;
    };

/** The error for a text without an armoured private key and without base64, by its looks. */
function otherText(text: string): KeyFormatError {
  if (/^(ssh|ecdsa|sk)-|^---- BEGIN SSH2 PUBLIC KEY/m.test(text)) {
    return new KeyFormatError('public-key', 'this is a public key: the private half was expected');
  }
  if (text.includes('PuTTY-User-Key-File-')) {
    return new KeyFormatError(
      'unsupported',
      'this is a private key of putty: export it in the openssh format first',
    );
  }
  if (text.includes('BEGIN SSH2 ENCRYPTED PRIVATE KEY')) {
    return new KeyFormatError('unsupported', 'private keys in the format of ssh.com are not supported');
  }
  if (text.includes('PRIVATE KEY')) return damaged('its first or last line is');
  // How private keys in DER and in OpenSSH's container begin in base64.
  if (/^(M[CHI]|b3BlbnNzaC1rZXk)[A-Za-z0-9+/]{16}/.test(compact(text))) return damaged('it is not in base64');
  return new KeyFormatError('not-a-private-key', 'this is no private key');
}

/** The bytes of the one private key in a text, armoured or bare. */
function keyBytes(text: string): { readonly bytes: Buffer; readonly armoured: boolean } {
  // Some consoles show the line ends of JSON as two characters each; base64 has no backslash that could get lost.
  const unescaped = text.replace(/\\[nrt]/g, '\n').replaceAll('\\', '');
  const blocks = armouredBlocks(unescaped);
  const keys = blocks.filter((block) => block.label.endsWith('PRIVATE KEY'));
  const [key, second] = keys;
  if (second !== undefined) throw new KeyFormatError('several', 'there are several keys in one text');
  if (key === undefined) {
    if (blocks.some((block) => block.label.endsWith('PUBLIC KEY'))) {
      throw new KeyFormatError('public-key', 'this is a public key: the private half was expected');
    }
    const bytes = blocks.length > 0 ? null : decodeBase64(compact(unescaped));
    if (bytes === null) throw otherText(text);
    return { bytes, armoured: false };
  }
  const body = compact(key.body);
  // RFC 1421 §4.6 for the traditional containers, RFC 5958 §3 for PKCS#8.
  if (body.startsWith('Proc-Type:4,ENCRYPTED') || key.label === 'ENCRYPTED PRIVATE KEY') {
    throw new KeyFormatError('encrypted', 'the private key is encrypted: remove its passphrase first');
  }
  const bytes = decodeBase64(body);
  if (bytes === null) throw damaged('it is not in base64');
  return { bytes, armoured: true };
}

function readContent(text: string): Content {
  const { bytes, armoured } = keyBytes(checkedText(text));
  if (isOpenSsh(bytes)) return { container: 'openssh', ...readOpenSsh(bytes), bytes };
  const content = readPrivateDer(bytes);
  if (content !== null) return content;
  if (armoured) throw damaged('it is not built as such a key is');
  if (isBlob(bytes))
    throw new KeyFormatError('public-key', 'this is a public key: the private half was expected');
  throw new KeyFormatError('not-a-private-key', 'this is no private key');
}

/** Whether these bytes are the blob of a public key: the second field of an OpenSSH line, given alone. */
function isBlob(bytes: Buffer): boolean {
  try {
    readBlob(bytes);
    return true;
  } catch {
    return false;
  }
}

function normalised(content: Content): string {
  switch (content.container) {
    case 'openssh':
      return armour('OPENSSH PRIVATE KEY', content.bytes, 70);
    case 'pkcs1':
      return armour('RSA PRIVATE KEY', writePkcs1(content.parts), 64);
    case 'sec1':
      return armour('EC PRIVATE KEY', writeSec1(content.parts), 64);
    case 'pkcs8':
      // Releases of OpenSSH before 9.6 do not read Ed25519 from PKCS#8 ("invalid format"), the form in which Node and
      // OpenSSL export it. Its own container is read by every release that has the algorithm (6.5).
      return content.parts.keyType === 'ed25519'
        ? armour('OPENSSH PRIVATE KEY', writeOpenSshEd25519(content.parts, ''), 70)
        : armour('PRIVATE KEY', writePkcs8(content.parts), 64);
  }
}

/**
 * Reads a private key and proves that it fits its public half.
 *
 * Taken are PKCS#1, PKCS#8, SEC1 and OpenSSH's own container; armoured or as bare base64; with any line ends or none,
 * blanks, quotes, a byte order mark or `\n` written as two characters. The text that comes out stands in the container
 * that came in (but see {@link normalised} for Ed25519) and does not depend on the wrapping.
 *
 * @throws KeyFormatError with any reason but `private-key` and `not-a-public-key`, and nothing else, whatever comes in.
 */
export function parsePrivateKey(text: Secret): PrivateKey {
  return onlyFormatErrors(() => {
    const content = readContent(text.reveal());
    provePair(content.parts);
    const comment = content.container === 'openssh' ? content.comment : '';
    return { publicKey: publicKeyOf(content.parts, comment), text: new Secret(normalised(content)) };
  });
}

/**
 * The PKCS#8 DER of a private key: what some clouds take fingerprints of. Secret, and for hashing only.
 *
 * @throws KeyFormatError when the text is not that of a private key.
 */
export function pkcs8Of(key: PrivateKey): Buffer {
  return onlyFormatErrors(() => writePkcs8(readContent(key.text.reveal()).parts));
}
