import { Buffer } from 'node:buffer';
import { ECDH } from 'node:crypto';
import { t } from '../i18n/t.ts';

import { damaged } from './format-error.ts';

/** A NIST curve that SSH has (RFC 5656 §10.1). */
export interface Curve {
  /** SSH's name of it. */
  readonly name: string;
  /** OpenSSL's name of it. */
  readonly opensslName: string;
  /** The body of its object identifier, in hexadecimal (RFC 5480 §2.1.1.1). */
  readonly oid: string;
  readonly bits: number;
  /** The size of a coordinate and of a private scalar, in bytes. */
  readonly bytes: number;
}

const CURVES: readonly Curve[] = [
  { name: 'nistp256', opensslName: 'prime256v1', oid: '2a8648ce3d030107', bits: 256, bytes: 32 },
  { name: 'nistp384', opensslName: 'secp384r1', oid: '2b81040022', bits: 384, bytes: 48 },
  { name: 'nistp521', opensslName: 'secp521r1', oid: '2b81040023', bits: 521, bytes: 66 },
];

/** The curve of this SSH name, or null. */
export function curveByName(name: string): Curve | null {
  return CURVES.find((curve) => curve.name === name) ?? null;
}

/** The curve of this object identifier (hexadecimal body), or null. */
export function curveByOid(oid: string): Curve | null {
  return CURVES.find((curve) => curve.oid === oid) ?? null;
}

/**
 * A point in the uncompressed form, the only one that SSH takes (RFC 5656 §3.1), from any form of SEC 1 §2.3.3.
 *
 * @throws KeyFormatError `damaged` when it does not lie on the curve.
 */
export function uncompressedPoint(curve: Curve, point: Buffer): Buffer {
  let converted: Buffer | string;
  try {
    converted = ECDH.convertKey(point, curve.opensslName, undefined, undefined, 'uncompressed');
  } catch {
    throw damaged(t`its public point does not lie on its curve`);
  }
  if (!Buffer.isBuffer(converted) || converted.length !== 1 + 2 * curve.bytes) {
    throw damaged(t`its public point is the point at infinity`);
  }
  return converted;
}
