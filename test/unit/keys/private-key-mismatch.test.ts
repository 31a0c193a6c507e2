import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import type { KeyFormatReason } from '../../../src/keys/format-error.ts';
import { ed25519, pem, pkcs1, refusal, rsaNumbers, swap, type RsaNumbers } from './altered-keys.ts';

describe('a private half that does not fit', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const other = rsaNumbers(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey);
  const good = rsaNumbers(privateKey);

  it('stands against a control that is accepted', () => {
    expect(pkcs1(good).replace(/\n/g, '')).toBe(
      privateKey.export({ format: 'pem', type: 'pkcs1' }).toString().replace(/\n/g, ''),
    );
    expect(refusal(pkcs1(good))).toBe('accepted');
  });

  it.each<[string, Partial<RsaNumbers>]>([
    ['another modulus', { n: other.n }],
    ['another exponent', { e: 3n }],
    ['another private exponent', { d: other.d }],
    ['a private exponent off by two', { d: good.d + 2n }],
    ['a private exponent longer than the modulus', { d: good.d + (good.p - 1n) * (good.q - 1n) * 4n }],
    ['another first prime', { p: other.p }],
    ['exchanged primes', { p: good.q, q: good.p }],
    ['a trivial factor', { p: good.n, q: 1n }],
    ['another crt exponent', { dp: other.dp }],
    ['a crt exponent that is not reduced', { dq: good.dq + good.q - 1n }],
    ['another crt coefficient', { qi: other.qi }],
    ['a crt coefficient that is not reduced', { qi: good.qi + good.p }],
    ['the primes of another key', { p: other.p, q: other.q, dp: other.dp, dq: other.dq, qi: other.qi }],
  ])('rsa with %s', (_name, change) => {
    expect(refusal(pkcs1({ ...good, ...change }))).toBe('mismatch');
  });

  it('rsa whose numbers hold together although a factor is no prime', () => {
    // Of a number with three prime factors, and with d inverted modulo p - 1 and q - 1 as for two.
    const [p, q] = [good.p, good.q * other.p];
    const inverse = (a: bigint, m: bigint): bigint => {
      let [r0, r1, s0, s1] = [a, m, 1n, 0n];
      while (r1 !== 0n) [r0, r1, s0, s1] = [r1, r0 % r1, s1, s0 - (r0 / r1) * s1];
      return ((s0 % m) + m) % m;
    };
    const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));
    const order = ((p - 1n) * (q - 1n)) / gcd(p - 1n, q - 1n);
    const e = [65537n, 65539n, 65543n, 65551n].find((candidate) => gcd(candidate, order) === 1n) ?? 0n;
    const d = inverse(e, order);
    const numbers = { n: p * q, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q % p, p) };
    expect(refusal(pkcs1(numbers))).toBe('mismatch');
  });

  it.each(['P-256', 'P-384', 'P-521'])('ecdsa on %s with the point of another key', (namedCurve) => {
    const [one, two] = [0, 0].map(() => generateKeyPairSync('ec', { namedCurve }));
    const size = { 'P-256': 65, 'P-384': 97, 'P-521': 133 }[namedCurve] ?? 0;
    const [from, to] = [one!, two!].map((pair) => {
      return pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-size);
    });
    for (const type of ['sec1', 'pkcs8'] as const) {
      const der = one!.privateKey.export({ format: 'der', type });
      expect(refusal(der.toString('base64'))).toBe('accepted');
      expect(refusal(swap(der, from!, to!).toString('base64'))).toBe('mismatch');
    }
  });

  it('ed25519 in the container of openssh, whichever of the three copies is another', () => {
    const { openssh, point } = ed25519();
    const stranger = ed25519().point;
    expect(refusal(pem('OPENSSH PRIVATE KEY', openssh))).toBe('accepted');
    for (const copies of [1, 2, 3]) {
      expect(refusal(pem('OPENSSH PRIVATE KEY', swap(openssh, point, stranger, copies)))).toBe('mismatch');
    }
    const third = Buffer.from(openssh);
    stranger.copy(third, openssh.lastIndexOf(point));
    expect(refusal(pem('OPENSSH PRIVATE KEY', third))).toBe('mismatch');
  });
});

describe('the container of openssh, altered', () => {
  const { openssh } = ed25519();
  const section = 15 + 8 + 8 + 4 + 4 + 4 + 51 + 4;
  // An empty comment leaves five bytes of padding.
  const withoutPadding = Buffer.from(openssh.subarray(0, -5));
  withoutPadding.writeUInt32BE(withoutPadding.length - section, section - 4);
  const strings = ['aes256-ctr', 'bcrypt'].map((name) =>
    Buffer.from(`\0\0\0${String.fromCharCode(name.length)}${name}`),
  );
  const encrypted = Buffer.concat([openssh.subarray(0, 15), ...strings, openssh.subarray(15 + 8 + 8)]);
  const altered = (change: (bytes: Buffer) => void): string => {
    const bytes = Buffer.from(openssh);
    change(bytes);
    return bytes.toString('base64');
  };

  it.each<[KeyFormatReason, string, string]>([
    ['damaged', 'check numbers differ', altered((bytes) => bytes.writeUInt8(bytes[section]! ^ 1, section))],
    ['damaged', 'padding', altered((bytes) => bytes.writeUInt8(9, bytes.length - 1))],
    ['damaged', 'data after the end', Buffer.concat([openssh, Buffer.alloc(1)]).toString('base64')],
    ['damaged', 'cut', openssh.subarray(0, -1).toString('base64')],
    ['damaged', 'no padding', withoutPadding.toString('base64')],
    ['damaged', 'no key', altered((bytes) => bytes.writeUInt32BE(0, 39 - 4))],
    ['several-private-keys', 'two keys', altered((bytes) => bytes.writeUInt32BE(2, 39 - 4))],
    ['damaged', 'a cipher that ssh does not have', altered((bytes) => bytes.write('aes1', 19, 'latin1'))],
    ['encrypted', 'a cipher and a derivation', encrypted.toString('base64')],
    ['unsupported', 'an unknown algorithm', altered((bytes) => bytes.write('ssh-ed25518', 47, 'latin1'))],
  ])('%s: %s', (reason, _name, base64) => {
    expect(refusal(base64)).toBe(reason);
  });
});
