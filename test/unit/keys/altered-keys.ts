import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect } from 'vitest';

import { Secret } from '../../../src/secret.ts';
import { KeyFormatError, type KeyFormatReason } from '../../../src/keys/format-error.ts';
import { parsePrivateKey } from '../../../src/keys/private-key.ts';

/** The reason for which a parser refuses, or the word `accepted`. Errors of any other kind are passed on. */
export function refusalOf(parse: () => unknown): KeyFormatReason | 'accepted' {
  try {
    parse();
    return 'accepted';
  } catch (error) {
    if (!(error instanceof KeyFormatError)) throw error;
    expect(error.message).toMatch(/^[a-z].*[^.]$/);
    return error.reason;
  }
}

/** The reason for which a text is no private key. */
export function refusal(text: string): KeyFormatReason | 'accepted' {
  return refusalOf(() => parsePrivateKey(new Secret(text)));
}

/** Armoured text, its base64 in one line. */
export function pem(label: string, bytes: Buffer): string {
  return `-----BEGIN ${label}-----\n${bytes.toString('base64')}\n-----END ${label}-----\n`;
}

/** The bytes in armoured text. */
export function bytesOf(text: string): Buffer {
  return Buffer.from(text.replace(/-----[^-]*-----/g, ''), 'base64');
}

/** One element of DER, built apart from the code under test. */
export function element(tag: number, body: Buffer): Buffer {
  const long = body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...(body.length < 128 ? [body.length] : long)]), body]);
}

const RSA_FIELDS = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const;
/** The eight numbers of RFC 8017 A.1.2. */
export type RsaNumbers = Record<(typeof RSA_FIELDS)[number], bigint>;

/** The numbers of a private key, as node:crypto tells them. */
export function rsaNumbers(key: KeyObject): RsaNumbers {
  const jwk = key.export({ format: 'jwk' });
  const entries = RSA_FIELDS.map((name) => {
    return [name, BigInt(`0x${Buffer.from(jwk[name]!, 'base64url').toString('hex')}`)];
  });
  return Object.fromEntries(entries) as RsaNumbers;
}

/** A private key of these numbers, whether they fit or not. */
export function pkcs1(numbers: RsaNumbers): string {
  const integers = [0n, ...RSA_FIELDS.map((name) => numbers[name])].map((number) => {
    const hex = number.toString(16);
    const even = hex.length % 2 === 0 ? hex : `0${hex}`;
    return element(2, Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, 'hex'));
  });
  return pem('RSA PRIVATE KEY', element(0x30, Buffer.concat(integers)));
}

/** Every occurrence of some bytes put in the place of others of the same length. */
export function swap(bytes: Buffer, from: Buffer, to: Buffer, occurrences = Infinity): Buffer {
  const swapped = Buffer.from(bytes);
  let count = 0;
  for (let at = bytes.indexOf(from); at >= 0 && count < occurrences; at = bytes.indexOf(from, at + 1)) {
    to.copy(swapped, at);
    count += 1;
  }
  expect(count).toBeGreaterThan(0);
  return swapped;
}

/** A new key in two containers, and its public half. */
export function ed25519(): { readonly pkcs8: Buffer; readonly openssh: Buffer; readonly point: Buffer } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
  const point = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  return {
    pkcs8,
    openssh: bytesOf(parsePrivateKey(new Secret(pem('PRIVATE KEY', pkcs8))).text.reveal()),
    point,
  };
}
