import { Buffer } from 'node:buffer';
import { t } from '../i18n/t.ts';

import { damaged } from './format-error.ts';
import { isPositiveInteger, magnitude, signed } from './ssh-wire.ts';

/** The identifier octets of X.690 that keys are made of. */
export const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  /** `[0]` and `[1]`, constructed: what stands inside is tagged explicitly. */
  context0: 0xa0,
  context1: 0xa1,
  /** `[1]`, primitive: an implicitly tagged BIT STRING (RFC 5958). */
  primitive1: 0x81,
} as const;

/**
 * Reads DER (X.690 §10) from front to back: definite lengths in the shortest form, nothing else. Every method throws
 * KeyFormatError `damaged` where the bytes are not that.
 */
export class DerReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The tag of the next element, or null at the end. */
  peek(): number | null {
    return this.#bytes[this.#at] ?? null;
  }

  /** The body of the next element, whatever its tag. */
  #next(): Buffer {
    let start = this.#at + 2;
    let length = this.#bytes[this.#at + 1] ?? NaN;
    if (length >= 0x80) {
      const size = length - 0x80;
      // Three bytes reach 16 MiB, more than any text that is read here.
      if (size === 0 || size > 3 || start + size > this.#bytes.length)
        throw damaged(t`a length in it is wrong`);
      length = this.#bytes.readUIntBE(start, size);
      if (length < (size === 1 ? 0x80 : 2 ** (8 * (size - 1)))) throw damaged(t`a length in it is wrong`);
      start += size;
    }
    // Written so that NaN, from a missing length byte, fails too.
    if (!(start + length <= this.#bytes.length)) throw damaged(t`its data is cut off`);
    this.#at = start + length;
    return this.#bytes.subarray(start, this.#at);
  }

  /** The body of the next element, which has this tag. */
  read(tag: number): Buffer {
    if (this.peek() !== tag) throw damaged(t`it is not built as such a key is`);
    return this.#next();
  }

  /** A reader of the next element's inside. */
  inside(tag: number): DerReader {
    return new DerReader(this.read(tag));
  }

  /** A positive INTEGER, as an unsigned big-endian number without leading zeros. */
  positive(): Buffer {
    const body = this.read(TAG.integer);
    if (!isPositiveInteger(body)) throw damaged(t`it has a number that is not positive and minimal`);
    return magnitude(body);
  }

  /** Whether the next element is the INTEGER 0. */
  isZero(): boolean {
    return this.#bytes.subarray(this.#at, this.#at + 3).equals(Buffer.from([TAG.integer, 1, 0]));
  }

  /** An INTEGER of one byte, 0 to 127. */
  version(): number {
    const [value = NaN, ...more] = this.read(TAG.integer);
    if (!(value < 0x80) || more.length > 0) throw damaged(t`its version is wrong`);
    return value;
  }

  /** A BIT STRING of whole bytes. */
  bits(tag: number = TAG.bitString): Buffer {
    const body = this.read(tag);
    if (body[0] !== 0) throw damaged(t`it has a bit string that is not of whole bytes`);
    return body.subarray(1);
  }

  /** Checks that nothing is left. */
  end(): void {
    if (this.peek() !== null) throw damaged(t`there is data after its end`);
  }

  /** The tags of all that has not been read yet, as hexadecimal digits: the shape of a structure. */
  shape(): string {
    const ahead = new DerReader(this.#bytes.subarray(this.#at));
    let tags = '';
    for (let tag = ahead.peek(); tag !== null; tag = ahead.peek()) {
      tags += tag.toString(16).padStart(2, '0');
      ahead.#next();
    }
    return tags;
  }
}

/** One element: the tag, the length, and the parts joined as its body. */
export function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = [tag];
  if (body.length < 0x80) head.push(body.length);
  else if (body.length < 0x100) head.push(0x81, body.length);
  else head.push(0x82, body.length >> 8, body.length & 0xff);
  return Buffer.concat([Buffer.from(head), body]);
}

/** An INTEGER from an unsigned big-endian number without leading zeros. */
export function derPositive(value: Buffer): Buffer {
  return der(TAG.integer, signed(value));
}

/** An INTEGER from a number of 0 to 127. */
export function derVersion(value: number): Buffer {
  return der(TAG.integer, Buffer.from([value]));
}

/** A BIT STRING of whole bytes. */
export function derBits(value: Buffer): Buffer {
  return der(TAG.bitString, Buffer.alloc(1), value);
}

/** An OBJECT IDENTIFIER from its encoded body in hexadecimal. */
export function derOid(hex: string): Buffer {
  return der(TAG.oid, Buffer.from(hex, 'hex'));
}
