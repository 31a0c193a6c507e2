import { createPrivateKey, type KeyObject } from 'node:crypto';
import { t } from '../i18n/t.ts';

import { decodeBase64 } from './armour.ts';
import { KeyFormatError } from './format-error.ts';
import { publicPartsOf } from './node-key.ts';
import { isOpenSsh, readOpenSsh, readOutside } from './openssh-container.ts';
import { plainRsa } from './private-key.ts';
import { publicKeyIn, publicKeyOf, type PublicKey } from './public-key.ts';

/** What `ssh` makes of the content of a private key file, without a passphrase. */
export interface SshReading {
  readonly encrypted: boolean;
  /** Null where it is under the passphrase. */
  readonly publicKey: PublicKey | null;
}

const FIRST = '-----BEGIN OPENSSH PRIVATE KEY-----\n';
const LAST = '\n-----END OPENSSH PRIVATE KEY-----\n';

/**
 * Reads a private key file exactly as strictly as `ssh` and `ssh-keygen -y` do (OpenSSH, sshkey.c
 * `sshkey_parse_private_fileblob_type`): OpenSSH's own container between its two lines, to the last newline, with
 * nothing before the first; everything else by libcrypto's reader of PEM, which is Node's too.
 *
 * @throws KeyFormatError, and what node:crypto throws, where ssh refuses it.
 */
export function readAsSsh(text: string): SshReading {
  return text.startsWith(FIRST) ? readContainer(text) : readPem(text);
}

function readContainer(text: string): SshReading {
  const end = text.indexOf(LAST, FIRST.length);
  const body = end < 0 ? '' : text.slice(FIRST.length, end);
  const base64 = body.replace(/[ \t-\r]/g, '');
  const bytes = base64.length % 4 === 0 ? decodeBase64(base64) : null;
  if (bytes === null || !isOpenSsh(bytes)) throw new KeyFormatError('damaged', t`ssh cannot read it`);
  const { encrypted, blob } = readOutside(bytes);
  if (!encrypted) {
    try {
      readOpenSsh(bytes);
    } catch (error) {
      // Kinds of keys that only OpenSSH reads: DSA, and the handles of security tokens.
      if (!(error instanceof KeyFormatError) || error.reason !== 'unsupported') throw error;
    }
  }
  return { encrypted, publicKey: publicKeyIn(blob, '') };
}

function readPem(text: string): SshReading {
  const plain = plainRsa(text);
  if (plain !== null) return { encrypted: false, publicKey: publicKeyOf(plain, '') };
  let key: KeyObject;
  try {
    key = createPrivateKey(text);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (/MISSING_PASSPHRASE|INTERRUPTED/.test(code)) return { encrypted: true, publicKey: null };
    throw error;
  }
  const parts = publicPartsOf(key);
  if (parts !== null) return { encrypted: false, publicKey: publicKeyOf(parts, '') };
  throw key.asymmetricKeyType === 'ed25519'
    ? new KeyFormatError('unsupported', t`openssh before 9.6 reads ed25519 keys in its own format only`)
    : new KeyFormatError('unsupported', t`ssh has no keys of this algorithm`);
}
