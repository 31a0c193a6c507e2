import { Buffer } from 'node:buffer';
import crypto from 'node:crypto';
import { t } from '../i18n/t.ts';
import type { Secret } from '../secret.ts';
import { damaged, KeyFormatError } from './format-error.ts';
import type { PrivateNumbers } from './public-numbers.ts';
import { type PuttyKey, type PuttyKeys, readPuttyPrivate, v2MacKey, writePutty } from './putty-format.ts';
import { sshUint32 } from './ssh-wire.ts';

/** Node's function, which the types of Node 20 do not have. */
type Argon2 = (
  algorithm: string,
  options: {
    readonly message: Buffer;
    readonly nonce: Buffer;
    readonly parallelism: number;
    readonly tagLength: number;
    /** In KiB. */
    readonly memory: number;
    readonly passes: number;
  },
) => Buffer;

/** Node has it since 24.22 and 26.12. */
const argon2 = (crypto as { readonly argon2Sync?: Argon2 }).argon2Sync ?? null;

/** Whether this Node has Argon2: version 3 of the format needs it for a passphrase. */
export const hasArgon2 = argon2 !== null;

/** How the keys of version 3 are derived. */
interface Derivation {
  /** `Argon2id`. */
  readonly flavour: string;
  /** In KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Buffer;
}

/** What PuTTY writes where it does not measure the time (PuTTY, sshpubk.c `ppk_save_default_parameters`). */
const USUAL = { flavour: 'Argon2id', memory: 8192, passes: 13, parallelism: 1 } as const;

/** A file that needs more is refused, in KiB of memory, and those times passes: it takes about a minute. */
const MOST = { memory: 1 << 20, work: 1 << 25, parallelism: 64 } as const;

function needsArgon2(): KeyFormatError {
  return new KeyFormatError('unsupported', t`a ppk file of version 3 with a passphrase needs node 24.22 or 26.12`);
}

/** @param encrypts whether the cipher encrypts; else it decrypts. */
function keysOf(key: Buffer, iv: Buffer, mac: Buffer, encrypts: boolean): PuttyKeys {
  const cipher = (section: Buffer): Buffer => {
    const make = encrypts ? crypto.createCipheriv : crypto.createDecipheriv;
    const stream = make('aes-256-cbc', key, iv).setAutoPadding(false);
    return Buffer.concat([stream.update(section), stream.final()]);
  };
  return { mac, cipher };
}

function derive(
  { flavour, memory, passes, parallelism, salt }: Derivation,
  passphrase: Secret,
  encrypts: boolean,
): PuttyKeys {
  if (argon2 === null) throw needsArgon2();
  const message = Buffer.from(passphrase.reveal(), 'utf8');
  const derived = argon2(flavour.toLowerCase(), { message, nonce: salt, parallelism, tagLength: 80, memory, passes });
  return keysOf(derived.subarray(0, 32), derived.subarray(32, 48), derived.subarray(48), encrypts);
}

/** The derivation that the lines of a file describe. */
function derivationOf({ rest }: PuttyKey): Derivation {
  const names = ['Key-Derivation', 'Argon2-Memory', 'Argon2-Passes', 'Argon2-Parallelism', 'Argon2-Salt'];
  const [flavour = '', memory, passes, parallelism, salt = ''] = names.map((name, index) => {
    const line = rest[index] ?? '';
    return line.startsWith(`${name}: `) ? line.slice(name.length + 2) : '';
  });
  const numbers = [memory, passes, parallelism].map((text = '') => (/^[1-9]\d{0,9}$/.test(text) ? Number(text) : NaN));
  const [kib = NaN, times = NaN, threads = NaN] = numbers;
  if (!/^Argon2(id|i|d)$/.test(flavour) || !/^([0-9a-f]{2}){8,256}$/i.test(salt) || numbers.some(Number.isNaN))
    throw damaged(t`it is not built as a file of putty is`);
  if (kib > MOST.memory || kib * times > MOST.work || threads > MOST.parallelism)
    throw new KeyFormatError('unsupported', t`checking its passphrase takes too long, or too much memory`);
  return { flavour, memory: kib, passes: times, parallelism: threads, salt: Buffer.from(salt, 'hex') };
}

/** Version 2 derives the key with SHA-1, and has no initialization vector. */
function v2Keys(passphrase: Secret): PuttyKeys {
  const words = Buffer.from(passphrase.reveal(), 'utf8');
  const hash = (count: number): Buffer => crypto.createHash('sha1').update(sshUint32(count)).update(words).digest();
  const key = Buffer.concat([hash(0), hash(1)]).subarray(0, 32);
  return keysOf(key, Buffer.alloc(16), v2MacKey(passphrase.reveal()), false);
}

/**
 * Decrypts a PuTTY private key file with a passphrase (PuTTY manual, appendix C).
 *
 * @throws KeyFormatError `wrong-passphrase`, `damaged`, or `unsupported` if this Node has no Argon2, or the file needs
 * too much of it.
 */
export function decryptedPutty(text: string, passphrase: Secret): PrivateNumbers & { readonly comment: string } {
  return readPuttyPrivate(text, (file) =>
    file.version === 2 ? v2Keys(passphrase) : derive(derivationOf(file), passphrase, false),
  );
}

/**
 * The text of a PuTTY private key file of version 3 with a passphrase.
 *
 * @param comment one line without control characters.
 * @throws KeyFormatError `unsupported` if this Node has no Argon2.
 */
export function encryptedPutty(numbers: PrivateNumbers, comment: string, passphrase: Secret): string {
  const derivation = { ...USUAL, salt: crypto.randomBytes(16) };
  const { flavour, memory, passes, parallelism, salt } = derivation;
  const lines = [
    `Key-Derivation: ${flavour}`,
    `Argon2-Memory: ${memory}`,
    `Argon2-Passes: ${passes}`,
    `Argon2-Parallelism: ${parallelism}`,
    `Argon2-Salt: ${salt.toString('hex')}`,
  ];
  return writePutty(numbers, comment, 3, { ...derive(derivation, passphrase, true), lines });
}
