import type { Buffer } from 'node:buffer';
import { t } from '../i18n/t.ts';

import {
  checkedDsa,
  checkedEd25519,
  checkedRsa,
  curveByOid,
  type PublicParts,
  uncompressedPoint,
} from './public-numbers.ts';
import { der, derBits, derOid, derPositive, DerReader, TAG } from './der.ts';
import { damaged, KeyFormatError } from './format-error.ts';

/** Object identifiers of key algorithms, as the hexadecimal of their bodies (RFC 8017, 5480, 8410, 3279). */
export const OID = {
  rsa: '2a864886f70d010101',
  rsaPss: '2a864886f70d01010a',
  ec: '2a8648ce3d0201',
  ed25519: '2b6570',
  dsa: '2a8648ce380401',
} as const;

/** The tags inside a SubjectPublicKeyInfo and inside an RSAPublicKey of PKCS#1. */
export const PUBLIC_SHAPES = { spki: '3003', pkcs1: '0202' } as const;

/** The AlgorithmIdentifier that stands in SPKI and PKCS#8. */
export function algorithmIdentifier(parts: PublicParts): Buffer {
  switch (parts.keyType) {
    case 'rsa':
      return der(TAG.sequence, derOid(OID.rsa), der(TAG.null));
    case 'ed25519':
      return der(TAG.sequence, derOid(OID.ed25519));
    case 'ecdsa':
      return der(TAG.sequence, derOid(OID.ec), derOid(parts.curve.oid));
    case 'dsa': {
      const domain = der(TAG.sequence, ...[parts.p, parts.q, parts.g].map(derPositive));
      return der(TAG.sequence, derOid(OID.dsa), domain);
    }
  }
}

/** The SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) of a public key, in DER. */
export function writeSpki(parts: PublicParts): Buffer {
  switch (parts.keyType) {
    case 'rsa': {
      const key = der(TAG.sequence, derPositive(parts.n), derPositive(parts.e));
      return der(TAG.sequence, algorithmIdentifier(parts), derBits(key));
    }
    case 'ed25519':
    case 'ecdsa':
      return der(TAG.sequence, algorithmIdentifier(parts), derBits(parts.point));
    case 'dsa':
      return der(TAG.sequence, algorithmIdentifier(parts), derBits(derPositive(parts.y)));
  }
}

/** The error of a key whose algorithm SSH does not have. */
export function unknownAlgorithm(oid: string): KeyFormatError {
  return new KeyFormatError(
    'unsupported',
    oid === OID.rsaPss
      ? t`the key is for rsa-pss only: ssh does not use it`
      : t`ssh has no keys of this algorithm`,
  );
}

/** Reads the object identifier of a named curve. */
export function readCurve(reader: DerReader): NonNullable<ReturnType<typeof curveByOid>> {
  // A curve that is written out may be one that SSH has: whoever reads it finds out.
  const curve = reader.peek() === TAG.oid ? curveByOid(reader.read(TAG.oid).toString('hex')) : null;
  if (curve === null) throw new KeyFormatError('unsupported', t`ssh has no keys on this curve`);
  return curve;
}

/** Reads the NULL that follows RSA's identifier; some writers leave it out. */
export function readRsaParameters(reader: DerReader): void {
  if (reader.peek() === TAG.null && reader.read(TAG.null).length > 0)
    throw damaged(t`its algorithm is wrong`);
}

function readRsaPublicKey(reader: DerReader): PublicParts {
  const parts = checkedRsa(reader.positive(), reader.positive());
  reader.end();
  return parts;
}

function readByAlgorithm(algorithm: DerReader, key: Buffer): PublicParts {
  const oid = algorithm.read(TAG.oid).toString('hex');
  switch (oid) {
    case OID.rsa: {
      readRsaParameters(algorithm);
      const outer = new DerReader(key);
      const parts = readRsaPublicKey(outer.inside(TAG.sequence));
      outer.end();
      return parts;
    }
    case OID.ec: {
      const curve = readCurve(algorithm);
      return { keyType: 'ecdsa', curve, point: uncompressedPoint(curve, key) };
    }
    case OID.ed25519:
      return checkedEd25519(key);
    case OID.dsa: {
      const domain = algorithm.inside(TAG.sequence);
      const [p, q, g] = [domain.positive(), domain.positive(), domain.positive()];
      domain.end();
      const outer = new DerReader(key);
      const y = outer.positive();
      outer.end();
      return checkedDsa(p, q, g, y);
    }
    default:
      throw unknownAlgorithm(oid);
  }
}

/**
 * Reads a public key in DER: a SubjectPublicKeyInfo, or an RSAPublicKey of PKCS#1 (RFC 8017 A.1.1).
 *
 * @throws KeyFormatError `damaged` or `unsupported`; `not-a-public-key` where the structure is another one.
 */
export function readPublicDer(bytes: Buffer): PublicParts {
  const outer = new DerReader(bytes);
  const content = outer.inside(TAG.sequence);
  outer.end();
  switch (content.shape()) {
    case PUBLIC_SHAPES.pkcs1:
      return readRsaPublicKey(content);
    case PUBLIC_SHAPES.spki: {
      const algorithm = content.inside(TAG.sequence);
      const parts = readByAlgorithm(algorithm, content.bits());
      algorithm.end();
      return parts;
    }
    default:
      throw new KeyFormatError('not-a-public-key', t`this is no public key`);
  }
}
