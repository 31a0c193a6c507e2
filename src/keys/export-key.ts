import { t } from '../i18n/t.ts';
import { Secret } from '../secret.ts';
import { KeyFormatError, onlyFormatErrors } from './format-error.ts';
import { writeOpenSsh } from './openssh-format.ts';
import { keyOf, type PrivateKey, readContent } from './private-key.ts';
import { formatPublicKey } from './public-key.ts';
import { type PuttyVersion, writePutty } from './putty-format.ts';

/** The formats of `keypair export`. */
export const EXPORT_FORMATS = ['openssh', 'pem', 'pkcs8', 'ppk', 'public'] as const;

/** One of {@link EXPORT_FORMATS}. `pem` is PKCS#1 for RSA and SEC1 for ECDSA; Ed25519 has no such format. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/**
 * The text of a key file in another format, without a passphrase.
 *
 * @param version of PuTTY's format, for `ppk`.
 * @throws KeyFormatError `unsupported` if the key does not exist in this format.
 */
export function exportedKey(key: PrivateKey, format: ExportFormat, version: PuttyVersion): Secret {
  return onlyFormatErrors(() => {
    const content = readContent(key.text.reveal());
    const { comment } = key.publicKey;
    switch (format) {
      case 'public':
        return new Secret(`${formatPublicKey(key.publicKey)}\n`);
      case 'pkcs8':
        return new Secret(keyOf(content).export({ format: 'pem', type: 'pkcs8' }).toString());
      case 'pem': {
        const { keyType } = content.parts;
        if (keyType === 'ed25519')
          throw new KeyFormatError('unsupported', t`an ed25519 key has no pem format of its own`);
        const type = keyType === 'rsa' ? 'pkcs1' : 'sec1';
        return new Secret(keyOf(content).export({ format: 'pem', type }).toString());
      }
      case 'openssh':
      case 'ppk': {
        // Keys of several primes, and on a curve that is written out.
        if (content.container === 'node')
          throw new KeyFormatError('unsupported', t`a key with such numbers exists only as pem and pkcs8`);
        return new Secret(format === 'ppk' ? writePutty(content, comment, version) : writeOpenSsh(content, comment));
      }
    }
  });
}
