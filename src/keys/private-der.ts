import { Buffer } from 'node:buffer';
import { createECDH, createPrivateKey, createPublicKey } from 'node:crypto';
import { t } from '../i18n/t.ts';

import { checkedEd25519, checkedRsa, type Curve, uncompressedPoint } from './public-numbers.ts';
import { der, derBits, derOid, derPositive, DerReader, derVersion, TAG } from './der.ts';
import { damaged, KeyFormatError } from './format-error.ts';
import { padded } from './ssh-wire.ts';
import type { Ed25519Parts, EcdsaParts, PrivateParts, RsaParts } from './private-parts.ts';
import {
  algorithmIdentifier,
  OID,
  PUBLIC_SHAPES,
  readCurve,
  readRsaParameters,
  unknownAlgorithm,
} from './public-der.ts';

/** A private key in DER, and the structure that it stood in. */
export type DerPrivateKey =
  | { readonly container: 'pkcs1'; readonly parts: RsaParts }
  | { readonly container: 'pkcs8'; readonly parts: PrivateParts }
  | { readonly container: 'sec1'; readonly parts: EcdsaParts };

function manyPrimes(): KeyFormatError {
  return new KeyFormatError('unsupported', t`the rsa key has more than two primes`);
}

/** RSAPrivateKey of PKCS#1 (RFC 8017 A.1.2). */
function readRsa(content: DerReader): RsaParts {
  const version = content.version();
  if (version === 1) throw manyPrimes();
  if (version !== 0) throw damaged(t`its version is wrong`);
  // Some writers put zeros in the place of what follows from the rest.
  const factor = (): Buffer => {
    if (content.isZero())
      throw new KeyFormatError('unsupported', t`the rsa key lacks numbers that ssh signs with`);
    return content.positive();
  };
  const [n, e, d] = [content.positive(), content.positive(), content.positive()];
  const [p, q, dp, dq, qi] = [factor(), factor(), factor(), factor(), factor()];
  content.end();
  checkedRsa(n, e);
  return { keyType: 'rsa', n, e, d, p, q, dp, dq, qi };
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

/**
 * ECPrivateKey of SEC1 (RFC 5915 §3).
 *
 * @param known the curve that PKCS#8 names outside of it, or null.
 */
function readSec1(content: DerReader, known: Curve | null): EcdsaParts {
  if (content.version() !== 1) throw damaged(t`its version is wrong`);
  const octets = content.read(TAG.octetString);
  let curve = known;
  if (content.peek() === TAG.context0) {
    const parameters = content.inside(TAG.context0);
    const named = readCurve(parameters);
    parameters.end();
    if (known !== null && named !== known) throw damaged(t`it names two curves`);
    curve = named;
  }
  if (curve === null) throw damaged(t`it names no curve`);
  if (octets.length > curve.bytes) throw damaged(t`its private number is too long`);
  const scalar = padded(octets, curve.bytes);
  let point: Buffer | null = null;
  if (content.peek() === TAG.context1) {
    const wrapped = content.inside(TAG.context1);
    point = uncompressedPoint(curve, wrapped.bits());
    wrapped.end();
  }
  content.end();
  return { keyType: 'ecdsa', curve, point: point ?? pointOf(curve, scalar), scalar };
}

/** The public half of an Ed25519 seed. */
function ed25519Point(seed: Buffer): Buffer {
  const unproven: Ed25519Parts = { keyType: 'ed25519', seed, point: Buffer.alloc(32) };
  const key = createPrivateKey({ key: writePkcs8(unproven), format: 'der', type: 'pkcs8' });
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
}

/** OneAsymmetricKey, of which PKCS#8 is version 0 (RFC 5958 §2; RFC 8410 §7 for Ed25519). */
function readPkcs8(content: DerReader): PrivateParts {
  if (content.version() > 1) throw damaged(t`its version is wrong`);
  const algorithm = content.inside(TAG.sequence);
  const key = new DerReader(content.read(TAG.octetString));
  // Attributes are no part of the key and are not kept.
  if (content.peek() === TAG.context0) content.read(TAG.context0);
  const point = content.peek() === TAG.primitive1 ? content.bits(TAG.primitive1) : null;
  content.end();

  const oid = algorithm.read(TAG.oid).toString('hex');
  let parts: PrivateParts;
  switch (oid) {
    case OID.rsa:
      readRsaParameters(algorithm);
      parts = readRsa(key.inside(TAG.sequence));
      break;
    case OID.ec:
      parts = readSec1(key.inside(TAG.sequence), readCurve(algorithm));
      break;
    case OID.ed25519: {
      const seed = key.read(TAG.octetString);
      checkedEd25519(seed);
      parts = { keyType: 'ed25519', seed, point: point ?? ed25519Point(seed) };
      checkedEd25519(parts.point);
      break;
    }
    default:
      throw unknownAlgorithm(oid);
  }
  algorithm.end();
  key.end();
  return parts;
}

/**
 * Reads a private key in DER, or gives null where the elements are those of no key. Which structure it is, they alone
 * tell: services put PKCS#1 under the name of PKCS#8, or send it without any armour.
 *
 * @throws KeyFormatError `damaged`, `encrypted`, `public-key` or `unsupported`.
 */
export function readPrivateDer(bytes: Buffer): DerPrivateKey | null {
  const outer = new DerReader(bytes);
  if (outer.peek() !== TAG.sequence) return null;
  const content = outer.inside(TAG.sequence);
  outer.end();
  switch (content.shape()) {
    case '020202020202020202':
      return { container: 'pkcs1', parts: readRsa(content) };
    case '023004':
    case '023004a0':
    case '02300481':
    case '023004a081':
      return { container: 'pkcs8', parts: readPkcs8(content) };
    case '0204':
    case '0204a0':
    case '0204a1':
    case '0204a0a1':
      return { container: 'sec1', parts: readSec1(content, null) };
    case '3004':
      throw new KeyFormatError('encrypted', t`the private key is encrypted`);
    case PUBLIC_SHAPES.spki:
    case PUBLIC_SHAPES.pkcs1:
      throw new KeyFormatError('public-key', t`this is a public key: the private half was expected`);
    case '02020202020202020230':
      throw manyPrimes();
    case '020202020202':
      throw new KeyFormatError('unsupported', t`dsa keys are not supported: openssh has dropped them`);
    default:
      return null;
  }
}

/** RSAPrivateKey of PKCS#1 in DER. */
export function writePkcs1(parts: RsaParts): Buffer {
  const { n, e, d, p, q, dp, dq, qi } = parts;
  return der(TAG.sequence, derVersion(0), ...[n, e, d, p, q, dp, dq, qi].map(derPositive));
}

/** ECPrivateKey of SEC1 in DER, with its public point. Inside PKCS#8 the curve stands outside and is left out. */
export function writeSec1(parts: EcdsaParts, withCurve = true): Buffer {
  const curve = withCurve ? [der(TAG.context0, derOid(parts.curve.oid))] : [];
  const point = der(TAG.context1, derBits(parts.point));
  return der(TAG.sequence, derVersion(1), der(TAG.octetString, parts.scalar), ...curve, point);
}

/** PrivateKeyInfo of PKCS#8 in DER, version 0, as OpenSSL and Java write it. */
export function writePkcs8(parts: PrivateParts): Buffer {
  const key = (): Buffer => {
    switch (parts.keyType) {
      case 'rsa':
        return writePkcs1(parts);
      case 'ecdsa':
        return writeSec1(parts, false);
      case 'ed25519':
        return der(TAG.octetString, parts.seed);
    }
  };
  return der(TAG.sequence, derVersion(0), algorithmIdentifier(parts), der(TAG.octetString, key()));
}
