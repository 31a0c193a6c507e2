import { Buffer } from 'node:buffer';
import {
  type CipherGCMTypes,
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import bcrypt from 'bcrypt-pbkdf';
import { t } from '../i18n/t.ts';
import { Secret } from '../secret.ts';
import { damaged, KeyFormatError, onlyFormatErrors } from './format-error.ts';
import {
  checkNumbersAgree,
  isOpenSsh,
  readEnvelope,
  readSection,
  writeEnvelope,
  writeOpenSsh,
  writeSection,
} from './openssh-format.ts';
import { armouredBlocks, compact, decodeBase64, narrowed } from './pem.ts';
import { parsePrivateKey, type PrivateKey, readContent } from './private-key.ts';
import { decryptedPutty, encryptedPutty } from './putty-encryption.ts';
import { isPutty } from './putty-format.ts';
import { type PrivateNumbers, writeBlob } from './public-numbers.ts';
import { SshReader, sshString, sshUint32 } from './ssh-wire.ts';

// This file loads bcrypt, and a passphrase takes a third of a second: import it when a passphrase is there.

/** What OpenSSH writes by default since 9.4 (OpenSSH, sshkey.c `DEFAULT_ROUNDS`). */
const ROUNDS = 24;
/** A file with more rounds is refused: these take a quarter of a minute. */
const MOST_ROUNDS = 1000;
/** The longest salt. OpenSSH writes 16 bytes. */
const MOST_SALT = 1024;

/** A cipher of OpenSSH, as node:crypto has it. Sizes in bytes. */
interface Cipher {
  readonly name: string;
  readonly key: number;
  readonly iv: number;
  readonly block: number;
  readonly tag: number;
}

/** OpenSSH's ciphers (OpenSSH, cipher.c), without chacha20-poly1305, which node:crypto has in another form. */
function cipherOf(name: string): Cipher | null {
  if (name === '3des-cbc') return { name: 'des-ede3-cbc', key: 24, iv: 8, block: 8, tag: 0 };
  const [, bits, mode] = /^aes(128|192|256)-(cbc|ctr|gcm)(?:@openssh\.com)?$/.exec(name) ?? [];
  if (bits === undefined || mode === undefined) return null;
  const isGcm = mode === 'gcm';
  return { name: `aes-${bits}-${mode}`, key: Number(bits) / 8, iv: isGcm ? 12 : 16, block: 16, tag: isGcm ? 16 : 0 };
}

/** The key and the initialization vector of a cipher. */
function derive({ key, iv }: Cipher, passphrase: Secret, salt: Buffer, rounds: number): readonly [Buffer, Buffer] {
  const bytes = Buffer.from(passphrase.reveal(), 'utf8');
  const derived = Buffer.alloc(key + iv);
  if (bcrypt.pbkdf(bytes, bytes.length, salt, salt.length, derived, derived.length, rounds) !== 0)
    throw damaged(t`its passphrase cannot be checked`);
  return [derived.subarray(0, key), derived.subarray(key)];
}

/** The numbers of a key, which not every format can have. */
function numbersOf(key: PrivateKey): PrivateNumbers {
  const content = readContent(key.text.reveal());
  if (content.container === 'node')
    throw new KeyFormatError('unsupported', t`a key with such numbers exists only as pem and pkcs8`);
  return content;
}

/**
 * The text of a key in PuTTY's format, version 3, encrypted as puttygen does: aes256-cbc, Argon2id.
 *
 * @param key as for {@link encryptedKey}.
 * @throws KeyFormatError `unsupported` if this Node has no Argon2, or the key does not exist in this format.
 */
export function encryptedPpk(key: PrivateKey, passphrase: Secret): Secret {
  return onlyFormatErrors(() => new Secret(encryptedPutty(numbersOf(key), key.publicKey.comment, passphrase)));
}

/**
 * The same key in OpenSSH's format, encrypted as ssh-keygen does: aes256-ctr, bcrypt with 24 rounds. Takes a third of a
 * second, in which nothing else runs.
 *
 * @param key its text is not encrypted. The comment is that of its public key.
 * @param passphrase not empty.
 * @throws KeyFormatError `unsupported` if the key does not exist in OpenSSH's format.
 */
export function encryptedKey(key: PrivateKey, passphrase: Secret): PrivateKey {
  return onlyFormatErrors(() => {
    const numbers = numbersOf(key);
    const cipher: Cipher = { name: 'aes-256-ctr', key: 32, iv: 16, block: 16, tag: 0 };
    const salt = randomBytes(16);
    const [secret, iv] = derive(cipher, passphrase, salt, ROUNDS);
    const section = writeSection(numbers, key.publicKey.comment, randomBytes(4), cipher.block);
    const encrypter = createCipheriv(cipher.name, secret, iv);
    const text = writeEnvelope({
      cipher: 'aes256-ctr',
      kdf: 'bcrypt',
      kdfOptions: Buffer.concat([sshString(salt), sshUint32(ROUNDS)]),
      blob: writeBlob(numbers.parts),
      section: Buffer.concat([encrypter.update(section), encrypter.final()]),
    });
    return { publicKey: key.publicKey, text: new Secret(text) };
  });
}

/**
 * Decrypts a private key with a passphrase, in OpenSSH's format, PuTTY's or PEM, and verifies that it matches its public key. A
 * key without a passphrase is returned as it is.
 *
 * @returns the unencrypted key, in OpenSSH's format or PKCS#8.
 * @throws KeyFormatError `wrong-passphrase`; `unsupported` if its cipher or key derivation is not known here, or if
 * checking the passphrase would take minutes; and as {@link parsePrivateKey} does, except `encrypted`.
 */
export function decryptedKey(text: Secret, passphrase: Secret): PrivateKey {
  try {
    return parsePrivateKey(text);
  } catch (error) {
    if (!(error instanceof KeyFormatError) || !/^(encrypted|putty)$/.test(error.reason)) throw error;
  }
  if (passphrase.reveal() === '') throw wrongPassphrase();
  return onlyFormatErrors(() => {
    const plain = narrowed(text.reveal());
    if (isPutty(plain)) {
      const numbers = decryptedPutty(plain, passphrase);
      return parsePrivateKey(new Secret(writeOpenSsh(numbers, numbers.comment)));
    }
    const block = armouredBlocks(plain).find(({ label }) => label.endsWith('PRIVATE KEY'));
    const bytes = decodeBase64(compact(block?.body ?? plain));
    if (bytes !== null && isOpenSsh(bytes)) return parsePrivateKey(decryptOpenSsh(bytes, passphrase));
    if (block === undefined) throw damaged(t`its first or last line is`);
    return parsePrivateKey(decryptPem(block.label, block.body, passphrase));
  });
}

function wrongPassphrase(): KeyFormatError {
  return new KeyFormatError('wrong-passphrase', t`the passphrase is wrong`);
}

function unsupported(cipher: string): KeyFormatError {
  return new KeyFormatError('unsupported', t`it is encrypted with ${cipher}: change that with ssh-keygen -p`);
}

function decryptOpenSsh(bytes: Buffer, passphrase: Secret): Secret {
  const { cipher: name, kdfOptions, blob, section, tag } = readEnvelope(bytes);
  const cipher = cipherOf(name);
  if (cipher === null) throw unsupported(name);
  const options = new SshReader(kdfOptions);
  const [salt, rounds] = [options.string(), options.uint32()];
  if (rounds > MOST_ROUNDS || salt.length > MOST_SALT)
    throw new KeyFormatError(
      'unsupported',
      t`its passphrase takes ${rounds} rounds of bcrypt: change that with ssh-keygen -p -a ${ROUNDS}`,
    );
  if (section.length < cipher.block || section.length % cipher.block !== 0 || tag.length !== cipher.tag)
    throw damaged(t`its private section is cut off`);
  const [secret, iv] = derive(cipher, passphrase, salt, rounds);
  const plain = decrypt(cipher, secret, iv, section, tag);
  if (!checkNumbersAgree(plain)) throw wrongPassphrase();
  const key = readSection(blob, plain);
  return new Secret(writeOpenSsh(key, key.comment));
}

function decrypt({ name }: Cipher, secret: Buffer, iv: Buffer, section: Buffer, tag: Buffer): Buffer {
  if (tag.length === 0) {
    const decipher = createDecipheriv(name, secret, iv).setAutoPadding(false);
    return Buffer.concat([decipher.update(section), decipher.final()]);
  }
  const decipher = createDecipheriv(name as CipherGCMTypes, secret, iv).setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(section), decipher.final()]);
  } catch {
    throw wrongPassphrase();
  }
}

/** Decrypts PEM (RFC 1421 §4.6.1.1, RFC 5958 §3), with any white space around its lines. */
function decryptPem(label: string, body: string, passphrase: Secret): Secret {
  const lines = body.trim().split(/[ \t]*(?:\r\n|\r|\n)[ \t]*/);
  const key = `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
  let read: KeyObject;
  try {
    read = createPrivateKey({ key, passphrase: passphrase.reveal() });
  } catch (error) {
    // After a wrong passphrase, the end may look like padding by chance. Then OpenSSL says that what precedes is unknown.
    const [, cipher] = /^DEK-Info: ?([A-Z0-9-]+)/m.exec(key) ?? [];
    const isUnknown =
      cipher === undefined
        ? error instanceof Error && 'code' in error && error.code === 'ERR_OSSL_EVP_UNSUPPORTED'
        : !/^(AES-\d+|DES-EDE3)-CBC$/.test(cipher);
    throw isUnknown ? unsupported(cipher ?? 'PBES1') : wrongPassphrase();
  }
  return new Secret(read.export({ format: 'pem', type: 'pkcs8' }).toString());
}
