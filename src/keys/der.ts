import { Buffer } from 'node:buffer';
import { createECDH, createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { t } from '../i18n/t.ts';
import { damaged, KeyFormatError } from './format-error.ts';
import {
  checkedDsa,
  checkedEd25519,
  checkedRsa,
  type Curve,
  curveBy,
  jwkOf,
  type PrivateNumbers,
  type PublicParts,
  uncompressedPoint,
} from './public-numbers.ts';
import { magnitude, padded, signed } from './ssh-wire.ts';

// This file parses DER and gives the numbers to node:crypto as JWK. OpenSSL's own parser accepts more than DER (long
// lengths, negative numbers, trailing data), differs between releases, and refuses some keys that services send (PKCS#8
// with a public key). It reads keys that are `unsupported` here.

const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  /** `[0]` and `[1]` with an element inside; `[1]` as a BIT STRING (RFC 5958). */
  context0: 0xa0,
  context1: 0xa1,
  primitive1: 0x81,
} as const;
const PUBLIC_SHAPES = { spki: '3003', pkcs1: '0202' } as const;
const NONE = Buffer.alloc(0);
const DSA = '2a8648ce380401';

interface Element {
  readonly tag: number;
  readonly body: Buffer;
}

/**
 * Parses the DER element (X.690 §10) at this offset. Its length must be definite and in the shortest form.
 *
 * @throws KeyFormatError `damaged`.
 */
function elementAt(bytes: Buffer, at: number): Element & { readonly end: number } {
  let start = at + 2;
  let length = bytes[at + 1] ?? NaN;
  if (length >= 0x80) {
    const size = length - 0x80;
    // Three bytes allow 16 MiB, more than any text that we read.
    if (size === 0 || size > 3 || start + size > bytes.length) throw damaged(t`a length in it is wrong`);
    length = bytes.readUIntBE(start, size);
    if (length < (size === 1 ? 0x80 : 2 ** (8 * (size - 1)))) throw damaged(t`a length in it is wrong`);
    start += size;
  }
  const end = start + length;
  // NaN, from a missing length byte, must fail too.
  if (!(end <= bytes.length)) throw damaged(t`its data is cut off`);
  return { tag: bytes[at] ?? 0, body: bytes.subarray(start, end), end };
}

/** The elements in these bytes. */
function elements(bytes: Buffer): readonly Element[] {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length;) {
    const { end, ...element } = elementAt(bytes, at);
    found.push(element);
    at = end;
  }
  return found;
}

/** The tags of these elements in hexadecimal: the shape of a structure. */
function shapeOf(all: readonly Element[]): string {
  return Buffer.from(all.map(({ tag }) => tag)).toString('hex');
}

/** The bodies of the elements, if the DER has this shape. */
function bodies(bytes: Buffer, shape: RegExp): readonly Buffer[] {
  const all = elements(bytes);
  if (!shape.test(shapeOf(all))) throw damaged(t`it is not built as such a key is`);
  return all.map(({ body }) => body);
}

/** The body of the only element, which must have this tag. */
function only(bytes: Buffer, tag: number): Buffer {
  if (bytes[0] !== tag) throw damaged(t`it is not built as such a key is`);
  const { body, end } = elementAt(bytes, 0);
  if (end < bytes.length) throw damaged(t`there is data after its end`);
  return body;
}

/** The bytes of a BIT STRING. */
function wholeBytes(body: Buffer): Buffer {
  if (body[0] !== 0) throw damaged(t`it has a bit string that is not of whole bytes`);
  return body.subarray(1);
}

/** Checks a version: an INTEGER of one byte with one of these values. */
function checkVersion([value, ...more]: Buffer, ...known: readonly number[]): void {
  if (value === undefined || more.length > 0 || !known.includes(value)) throw damaged(t`its version is wrong`);
}

/** The curve with this object identifier. */
function readCurve(element: Element | undefined): Curve {
  const curve = element?.tag === TAG.oid ? curveBy('oid', element.body.toString('hex')) : null;
  if (curve === null) throw unknownCurve();
  return curve;
}

function unknownCurve(): KeyFormatError {
  return new KeyFormatError('unsupported', t`ssh has no keys on this curve`);
}

/**
 * Parses an AlgorithmIdentifier (RFC 8017, 5480, 8410, 3279): for ECDSA the named curve, or null for explicit
 * parameters; for DSA the three numbers.
 */
function readAlgorithm(body: Buffer): 'rsa' | 'ed25519' | Curve | readonly Buffer[] | null {
  const [identifier, parameter, ...more] = elements(body);
  if (identifier?.tag !== TAG.oid) throw damaged(t`it is not built as such a key is`);
  const found = readParameter(identifier.body.toString('hex'), parameter);
  if (more.length > 0) throw damaged(t`there is data after its end`);
  return found;
}

function readParameter(oid: string, parameter: Element | undefined): ReturnType<typeof readAlgorithm> {
  switch (oid) {
    case '2a864886f70d010101':
      // NULL, which some programs omit.
      if (parameter !== undefined && (parameter.tag !== TAG.null || parameter.body.length > 0))
        throw damaged(t`its algorithm is wrong`);
      return 'rsa';
    case '2a8648ce3d0201':
      return parameter?.tag === TAG.sequence ? null : readCurve(parameter);
    case '2b6570':
      if (parameter !== undefined) throw damaged(t`its algorithm is wrong`);
      return 'ed25519';
    case DSA:
      if (parameter?.tag !== TAG.sequence) throw damaged(t`its algorithm is wrong`);
      return bodies(parameter.body, /^020202$/).map(magnitude);
    case '2a864886f70d01010a':
      throw new KeyFormatError('unsupported', t`the key is for rsa-pss only: ssh does not use it`);
    default:
      throw new KeyFormatError('unsupported', t`ssh has no keys of this algorithm`);
  }
}

function readRsaPublicKey(content: Buffer): PublicParts {
  const [n = NONE, e = NONE] = bodies(content, /^0202$/).map(magnitude);
  return checkedRsa(n, e);
}

/**
 * Parses a public key in DER: a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) or an RSAPublicKey of PKCS#1 (RFC 8017 A.1.1).
 *
 * @throws KeyFormatError `damaged` or `unsupported`; `not-a-public-key` for any other structure.
 */
export function readPublicDer(bytes: Buffer): PublicParts {
  const content = only(bytes, TAG.sequence);
  const all = elements(content);
  if (shapeOf(all) === PUBLIC_SHAPES.pkcs1) return readRsaPublicKey(content);
  if (shapeOf(all) !== PUBLIC_SHAPES.spki) {
    throw new KeyFormatError('not-a-public-key', t`this is no public key`);
  }
  const [algorithm, key] = [readAlgorithm(all[0]?.body ?? NONE), wholeBytes(all[1]?.body ?? NONE)];
  if (algorithm === 'rsa') return readRsaPublicKey(only(key, TAG.sequence));
  if (algorithm === 'ed25519') return checkedEd25519(key);
  if (algorithm === null) return readOwnCurve(bytes, key);
  if ('oid' in algorithm) {
    return { keyType: 'ecdsa', curve: algorithm, point: uncompressedPoint(algorithm, key) };
  }
  const [p = NONE, q = NONE, g = NONE] = algorithm;
  return checkedDsa(p, q, g, magnitude(only(key, TAG.integer)));
}

/** A public key in DER as PEM, or null if the bytes are anything else. */
export function publicDerAsPem(bytes: Buffer): string | null {
  try {
    readPublicDer(bytes);
  } catch {
    return null;
  }
  return `-----BEGIN PUBLIC KEY-----\n${bytes.toString('base64')}\n-----END PUBLIC KEY-----\n`;
}

/** ECDSA with explicit curve parameters. Node recognizes SSH's curves. */
function readOwnCurve(spki: Buffer, point: Buffer): PublicParts {
  let jwk: JsonWebKey;
  try {
    // Node (20, 22) aborts the process on the JWK of the point at infinity.
    if (point[0] === 0) throw unknownCurve();
    jwk = createPublicKey({ key: spki, format: 'der', type: 'spki' }).export({ format: 'jwk' });
  } catch {
    throw unknownCurve();
  }
  const { crv = '', x = '', y = '' } = jwk;
  const curve = curveBy('name', crv.replace('P-', 'nistp'));
  if (curve === null) throw unknownCurve();
  const coordinates = [x, y].map((number) => Buffer.from(number, 'base64url'));
  return { keyType: 'ecdsa', curve, point: Buffer.concat([Buffer.from([4]), ...coordinates]) };
}

/**
 * The public numbers of a key that Node has read: RSA with any number of primes, ECDSA with a named or explicit curve,
 * DSA. Never uses the JWK of a private key: if its number is invalid for the curve, Node (20, 22) aborts the process.
 *
 * @returns null for algorithms that SSH does not support, and for Ed25519, which OpenSSH before 9.6 cannot read from
 * PEM.
 * @throws KeyFormatError `unsupported` for sizes and curves that SSH does not accept; errors of node:crypto.
 */
export function publicPartsOf(key: KeyObject): PublicParts | null {
  if (!['rsa', 'ec', 'dsa'].includes(key.asymmetricKeyType ?? '')) return null;
  return readPublicDer(createPublicKey(key).export({ format: 'der', type: 'spki' }));
}

/** The SubjectPublicKeyInfo of a public key, in DER. */
export function writeSpki(parts: PublicParts): Buffer {
  if (parts.keyType !== 'dsa') {
    return createPublicKey({ key: jwkOf(parts), format: 'jwk' }).export({ format: 'der', type: 'spki' });
  }
  // Node accepts DSA only in DER.
  const der = (tag: number, ...inside: readonly Buffer[]): Buffer => {
    const body = Buffer.concat(inside);
    const size = body.length < 0x80 ? [] : body.length < 0x100 ? [0x81] : [0x82, body.length >> 8];
    return Buffer.concat([Buffer.from([tag, ...size, body.length & 0xff]), body]);
  };
  const integer = (number: Buffer): Buffer => der(TAG.integer, signed(number));
  const domain = der(TAG.sequence, ...[parts.p, parts.q, parts.g].map(integer));
  const algorithm = der(TAG.sequence, der(TAG.oid, Buffer.from(DSA, 'hex')), domain);
  return der(TAG.sequence, algorithm, der(TAG.bitString, Buffer.alloc(1), integer(parts.y)));
}

/**
 * A private key in DER, and its structure. `node` is valid DER that only Node reads: RSA with more than two primes or
 * without the derived numbers, ECDSA with explicit curve parameters.
 */
export type DerPrivateKey =
  | ({ readonly container: 'pkcs1' | 'pkcs8' | 'sec1' } & PrivateNumbers)
  | { readonly container: 'node'; readonly key: KeyObject; readonly parts: PublicParts };

function manyPrimes(): KeyFormatError {
  return new KeyFormatError('unsupported', t`the rsa key has more than two primes`);
}

/** RSAPrivateKey of PKCS#1 (RFC 8017 A.1.2). */
function readRsa(content: Buffer): PrivateNumbers {
  const [version = NONE, ...numbers] = bodies(content, /^02(02){8}(30)?$/);
  if (version.equals(Buffer.from([1]))) throw manyPrimes();
  checkVersion(version, 0);
  const [n = NONE, e = NONE, d = NONE, p = NONE, q = NONE, dp = NONE, dq = NONE, qi = NONE, ...more] = numbers.map(
    (body, index) => {
      // Some programs write zeros instead of the derived numbers.
      if (index > 2 && body.equals(Buffer.alloc(1)))
        throw new KeyFormatError('unsupported', t`the rsa key lacks numbers that ssh signs with`);
      return magnitude(body);
    },
  );
  if (more.length > 0) throw damaged(t`there is data after its end`);
  return { parts: checkedRsa(n, e), secret: { d, p, q, dp, dq, qi } };
}

/**
 * ECPrivateKey of SEC1 (RFC 5915 §3).
 *
 * @param known the curve named in the enclosing PKCS#8, or null.
 */
function readSec1(content: Buffer, known: Curve | null): PrivateNumbers {
  const [version = NONE, scalar = NONE] = bodies(content, /^0204(a0)?(a1)?$/);
  checkVersion(version, 1);
  const optional = (tag: number): Buffer | undefined => elements(content).find((element) => element.tag === tag)?.body;
  const parameters = optional(TAG.context0);
  let curve = known;
  if (parameters !== undefined) {
    const [first, ...more] = elements(parameters);
    curve = readCurve(first);
    if (more.length > 0) throw damaged(t`there is data after its end`);
    if (known !== null && curve !== known) throw damaged(t`it names two curves`);
  }
  if (curve === null) throw damaged(t`it names no curve`);
  if (scalar.length > curve.bytes) throw damaged(t`its private number is too long`);
  const d = padded(scalar, curve.bytes);
  const wrapped = optional(TAG.context1);
  const point =
    wrapped === undefined ? pointOf(curve, d) : uncompressedPoint(curve, wholeBytes(only(wrapped, TAG.bitString)));
  return { parts: { keyType: 'ecdsa', curve, point }, secret: { d } };
}

/** The public point of a private scalar. */
function pointOf(curve: Curve, scalar: Buffer): Buffer {
  const ecdh = createECDH(curve.opensslName);
  try {
    ecdh.setPrivateKey(scalar);
    return ecdh.getPublicKey();
  } catch {
    throw damaged(t`its private number is not one of its curve`);
  }
}

/** The public key of an Ed25519 seed. JWK would need the public key; PKCS#8 (RFC 8410 §7) needs only the seed. */
function ed25519Point(seed: Buffer): Buffer {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const { x = '' } = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' });
  return Buffer.from(x, 'base64url');
}

/** OneAsymmetricKey; PKCS#8 is its version 0 (RFC 5958 §2). Attributes are ignored. */
function readPkcs8(content: Buffer): PrivateNumbers {
  const [version, identifier, inside, ...more] = elements(content);
  checkVersion(version?.body ?? NONE, 0, 1);
  const key = inside?.body ?? NONE;
  const bits = more.find(({ tag }) => tag === TAG.primitive1)?.body;
  const told = bits === undefined ? null : wholeBytes(bits);
  const algorithm = readAlgorithm(identifier?.body ?? NONE);
  if (algorithm === 'rsa') return readRsa(only(key, TAG.sequence));
  if (algorithm === 'ed25519') {
    const { point: seed } = checkedEd25519(only(key, TAG.octetString));
    return { parts: checkedEd25519(told ?? ed25519Point(seed)), secret: { d: seed } };
  }
  if (algorithm === null) throw unknownCurve();
  if ('oid' in algorithm) return readSec1(only(key, TAG.sequence), algorithm);
  throw new KeyFormatError('unsupported', t`ssh has no keys of this algorithm`);
}

function readPrivateElements(bytes: Buffer): DerPrivateKey | null {
  if (bytes[0] !== TAG.sequence) return null;
  const content = only(bytes, TAG.sequence);
  const shape = shapeOf(elements(content));
  if (/^(02){9}$/.test(shape)) return { container: 'pkcs1', ...readRsa(content) };
  if (/^023004(a0)?(81)?$/.test(shape)) return { container: 'pkcs8', ...readPkcs8(content) };
  if (/^0204(a0)?(a1)?$/.test(shape)) return { container: 'sec1', ...readSec1(content, null) };
  switch (shape) {
    case '3004':
      throw new KeyFormatError('encrypted', t`the private key is encrypted`);
    case PUBLIC_SHAPES.spki:
    case PUBLIC_SHAPES.pkcs1:
      throw new KeyFormatError('public-key', t`this is a public key: a private key was expected`);
    case '02020202020202020230':
      throw manyPrimes();
    case '020202020202':
      throw new KeyFormatError('unsupported', t`dsa keys are not supported: openssh has dropped them`);
    default:
      return null;
  }
}

/**
 * Parses a private key in DER, or returns null if the elements are not a key. Only the elements identify the structure:
 * some services label PKCS#1 as PKCS#8 or send it without armour.
 *
 * @throws KeyFormatError `damaged`, `encrypted`, `public-key` or `unsupported`.
 */
export function readPrivateDer(bytes: Buffer): DerPrivateKey | null {
  try {
    return readPrivateElements(bytes);
  } catch (error) {
    if (!(error instanceof KeyFormatError) || error.reason !== 'unsupported') throw error;
    const found = readByNode(bytes);
    if (found === null) throw error;
    return found;
  }
}

/** An RSA or ECDSA key that Node reads and OpenSSH accepts, or null. */
function readByNode(key: Buffer): DerPrivateKey | null {
  for (const type of ['pkcs1', 'pkcs8', 'sec1'] as const) {
    try {
      const read = createPrivateKey({ key, format: 'der', type });
      const parts = publicPartsOf(read);
      return parts === null || parts.keyType === 'dsa' ? null : { container: 'node', key: read, parts };
    } catch {
      // Another structure.
    }
  }
  return null;
}
