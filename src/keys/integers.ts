import { Buffer } from 'node:buffer';

// SSH's mpint (RFC 4251 §5) and DER's INTEGER (X.690 §8.3) have the same body: two's complement, big-endian, shortest
// form. Within this room a number is its magnitude: unsigned, big-endian, no leading zero byte.

/** Whether these are the shortest two's complement bytes of a number above zero. */
export function isPositiveInteger(body: Buffer): boolean {
  const [first = 0, second = 0] = body;
  if (body.length === 0 || first >= 0x80) return false;
  return first !== 0 || second >= 0x80;
}

/** The magnitude of a number that {@link isPositiveInteger} holds for. */
export function magnitude(body: Buffer): Buffer {
  return body[0] === 0 ? body.subarray(1) : body;
}

/** The shortest two's complement bytes of a magnitude. */
export function signed(value: Buffer): Buffer {
  return (value[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), value]) : value;
}

/** How many bits a magnitude has. */
export function bitLength(value: Buffer): number {
  return value.length === 0 ? 0 : value.length * 8 - Math.clz32(value[0] ?? 0) + 24;
}

/** A magnitude as a bigint. */
export function toBigInt(value: Buffer): bigint {
  return BigInt(`0x0${value.toString('hex')}`);
}

/** The magnitude of a bigint above zero. */
export function fromBigInt(value: bigint): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}

/** A magnitude with zero bytes in front up to `length`, as fields of a fixed size want it. */
export function padded(value: Buffer, length: number): Buffer {
  return Buffer.concat([Buffer.alloc(length - value.length), value]);
}
