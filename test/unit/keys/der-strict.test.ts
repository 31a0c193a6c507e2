import { createECDH, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { inspectPrivateKey } from '../../../src/keys/ssh-reads.ts';
import { Secret } from '../../../src/secret.ts';
import { bytesOf, element, pem, refusal } from './altered-keys.ts';
import { VENDOR_PRIVATE_KEY } from './vendor-example.ts';

const RSA = Buffer.from('06092a864886f70d010101', 'hex');
const EC = Buffer.from('06072a8648ce3d0201', 'hex');
const P256 = Buffer.from('06082a8648ce3d030107', 'hex');
const P384 = Buffer.from('06052b81040022', 'hex');
const SECT163R = Buffer.from('06052b81040003', 'hex');
const NULL = Buffer.from('0500', 'hex');
const NONE = Buffer.alloc(0);
const integer = (value: number): Buffer => Buffer.from([2, 1, value]);
const sequence = (...parts: readonly Buffer[]): Buffer => element(0x30, Buffer.concat(parts));
const octets = (...parts: readonly Buffer[]): Buffer => element(4, Buffer.concat(parts));

function refusalOfDer(der: Buffer): string {
  return refusal(der.toString('base64'));
}

const pkcs1 = bytesOf(VENDOR_PRIVATE_KEY);

describe('pkcs8, put together by hand', () => {
  const ecdh = createECDH('prime256v1');
  ecdh.generateKeys();
  // Leading zeros stay: the field has a fixed size.
  const scalar = Buffer.concat([Buffer.alloc(32 - ecdh.getPrivateKey().length), ecdh.getPrivateKey()]);
  const sec1 = (curve: Buffer, key = scalar): Buffer =>
    sequence(integer(1), octets(key), curve === NONE ? NONE : element(0xa0, curve));

  it.each<[string, string, Buffer]>([
    ['accepted', 'rsa', sequence(integer(0), sequence(RSA, NULL), octets(pkcs1))],
    ['accepted', 'rsa without parameters', sequence(integer(0), sequence(RSA), octets(pkcs1))],
    ['accepted', 'with attributes', sequence(integer(0), sequence(RSA, NULL), octets(pkcs1), element(0xa0, NONE))],
    ['accepted', 'ec', sequence(integer(0), sequence(EC, P256), octets(sec1(NONE)))],
    ['accepted', 'ec that names its curve twice', sequence(integer(0), sequence(EC, P256), octets(sec1(P256)))],
    ['accepted', 'sec1', sec1(P256)],
    ['damaged', 'another version', sequence(integer(2), sequence(RSA, NULL), octets(pkcs1))],
    ['damaged', 'a version of two bytes', sequence(element(2, Buffer.from([0, 0])), sequence(RSA), octets(pkcs1))],
    ['damaged', 'more in the algorithm', sequence(integer(0), sequence(RSA, NULL, NULL), octets(pkcs1))],
    ['damaged', 'parameters with content', sequence(integer(0), sequence(RSA, element(5, NULL)), octets(pkcs1))],
    ['damaged', 'more behind the key', sequence(integer(0), sequence(RSA, NULL), octets(pkcs1, NULL))],
    ['damaged', 'two different curves', sequence(integer(0), sequence(EC, P256), octets(sec1(P384)))],
    ['damaged', 'sec1 without a curve', sec1(NONE)],
    ['damaged', 'a scalar that is too long', sec1(P256, Buffer.concat([Buffer.alloc(1), scalar]))],
    ['damaged', 'a scalar of zero', sec1(P256, Buffer.alloc(32))],
    ['damaged', 'a scalar above the order of the curve', sec1(P256, Buffer.alloc(32, 0xff))],
    ['unsupported', 'no curve', sequence(integer(0), sequence(EC), octets(sec1(NONE)))],
  ])('%s: %s', (expected, _name, der) => {
    expect(refusalOfDer(der)).toBe(expected);
  });
});

describe('der', () => {
  const content = pkcs1.subarray(4);
  // version 020100, then the modulus 02 8181 00 …
  const version = content.subarray(0, 3);
  const modulus = content.subarray(3, 3 + 3 + 129).subarray(3);
  const rest = content.subarray(3 + 3 + 129);

  it('has a control that is accepted', () => {
    expect(refusalOfDer(sequence(version, element(2, modulus), rest))).toBe('accepted');
  });

  it.each<[string, Buffer]>([
    ['a number with a zero too many', sequence(version, element(2, Buffer.concat([Buffer.alloc(1), modulus])), rest)],
    ['a negative number', sequence(version, element(2, modulus.subarray(1)), rest)],
    ['an empty number', sequence(version, element(2, NONE), rest)],
    ['a length that is longer than need be', Buffer.concat([Buffer.from('308300025e', 'hex'), content])],
    ['an indefinite length', Buffer.concat([Buffer.from('3080', 'hex'), content, Buffer.alloc(2)])],
    ['a length of four bytes', Buffer.concat([Buffer.from('30840000025e', 'hex'), content])],
    ['a short number in the long form', sequence(Buffer.from('02810100', 'hex'), element(2, modulus), rest)],
    ['a tag alone', sequence(version, element(2, modulus), rest, Buffer.from([2]))],
  ])('is refused with %s', (_name, der) => {
    expect(refusalOfDer(der)).toBe('damaged');
  });

  it('has its length checked against what is there, one way and the other', () => {
    expect(refusalOfDer(Buffer.concat([pkcs1, Buffer.alloc(1)]))).toBe('damaged');
    expect(refusalOfDer(pkcs1.subarray(0, -1))).toBe('damaged');
  });
});

describe('a key that ends the process in node:crypto when its numbers are asked for', () => {
  const sec1 = (scalar: Buffer, curve: Buffer): Buffer => sequence(integer(1), octets(scalar), element(0xa0, curve));
  const armoured = (der: Buffer): Secret => new Secret(pem('EC PRIVATE KEY', der));

  it.each<[string, Buffer]>([
    ['a scalar above the order of a curve that ssh has not', sec1(Buffer.alloc(48, 1), SECT163R)],
    ['a scalar of zero, whose point is at infinity', sec1(Buffer.alloc(32), P256)],
  ])('%s', (_name, der) => {
    expect(refusalOfDer(der)).toMatch(/^(unsupported|damaged)$/);
    expect(inspectPrivateKey(armoured(der))?.publicKey ?? null).toBeNull();
  });
});

describe('base64', () => {
  it('is refused with bits behind the end', () => {
    const der = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      format: 'der',
      type: 'sec1',
    });
    // 121 bytes: the last group holds one, and four bits that must be zero.
    expect(der).toHaveLength(121);
    const base64 = der.toString('base64');
    expect(refusal(base64)).toBe('accepted');
    const next = String.fromCharCode(base64.charCodeAt(base64.length - 3) + 1);
    const loose = `${base64.slice(0, -3)}${next}==`;
    expect(Buffer.from(loose, 'base64')).toEqual(der);
    expect(refusal(loose)).toBe('damaged');
    expect(refusal(`${base64}=`)).toBe('damaged');
  });
});
