import { Buffer } from 'node:buffer';
import { t } from '../i18n/t.ts';
import { damaged } from './format-error.ts';

/**
 * Reads the data types of the SSH protocol (RFC 4251 §5) in order. Every method throws KeyFormatError `damaged` if the
 * bytes are too short or not in the form that the RFC requires.
 */
export class SshReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Exactly `length` bytes. */
  take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw damaged(t`its data is cut off`);
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  uint32(): number {
    return this.take(4).readUInt32BE();
  }

  /** A `string`: four bytes of length, then as many bytes. */
  string(): Buffer {
    return this.take(this.uint32());
  }

  /** A `string` with a name. It is only compared with fixed names, so each byte becomes one character. */
  name(): string {
    return this.string().toString('latin1');
  }

  /** A positive `mpint` in its shortest form, as an unsigned big-endian number without leading zeros. */
  positive(): Buffer {
    return magnitude(this.string());
  }

  /** All remaining bytes. */
  rest(): Buffer {
    return this.take(this.#bytes.length - this.#at);
  }

  /** Checks that nothing is left. */
  end(): void {
    if (this.#at !== this.#bytes.length) {
      throw damaged(t`there is data after its end`);
    }
  }
}

/** A `uint32` of RFC 4251. */
export function sshUint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A `string` of RFC 4251. */
export function sshString(value: Buffer | string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([sshUint32(bytes.length), bytes]);
}

/** An `mpint` of RFC 4251 from an unsigned big-endian number without leading zeros. */
export function sshMpint(value: Buffer): Buffer {
  return sshString(signed(value));
}

// SSH's mpint (RFC 4251 §5) and DER's INTEGER (X.690 §8.3) have the same body: two's complement, big-endian, shortest
// form. In src/keys, a number is its magnitude: unsigned, big-endian, without leading zero bytes.

/**
 * The magnitude of a positive number.
 *
 * @throws KeyFormatError `damaged` if the body is not the shortest form of a positive number.
 */
export function magnitude(body: Buffer): Buffer {
  const [first = 0, second = 0] = body;
  if (body.length === 0 || first >= 0x80 || (first === 0 && second < 0x80)) {
    throw damaged(t`it has a number that is not positive and minimal`);
  }
  return first === 0 ? body.subarray(1) : body;
}

/** The shortest two's complement bytes of a magnitude. */
export function signed(value: Buffer): Buffer {
  return (value[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), value]) : value;
}

/** The number of bits of a magnitude. */
export function bitLength(value: Buffer): number {
  return value.length === 0 ? 0 : value.length * 8 - Math.clz32(value[0] ?? 0) + 24;
}

/** A magnitude as a bigint. */
export function toBigInt(value: Buffer): bigint {
  return BigInt(`0x0${value.toString('hex')}`);
}

/** The magnitude of a positive bigint. */
export function fromBigInt(value: bigint): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}

/** A magnitude with leading zero bytes, up to `length` bytes, for fields of a fixed size. */
export function padded(value: Buffer, length: number): Buffer {
  return Buffer.concat([Buffer.alloc(length - value.length), value]);
}

/** The magnitude in a field of a fixed size: without its leading zero bytes. */
export function withoutZeros(value: Buffer): Buffer {
  const first = value.findIndex((byte) => byte !== 0);
  return first < 0 ? value.subarray(value.length) : value.subarray(first);
}
