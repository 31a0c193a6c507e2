import { Buffer } from 'node:buffer';
import { t } from '../i18n/t.ts';

import { damaged } from './format-error.ts';
import { isPositiveInteger, magnitude, signed } from './integers.ts';

/**
 * Reads the data types of the SSH protocol (RFC 4251 §5) from front to back. Every method throws KeyFormatError
 * `damaged` where the bytes are too short or not in the one form that the RFC allows.
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

  /** A `string` that names something. Compared with fixed names only, hence read byte by byte. */
  name(): string {
    return this.string().toString('latin1');
  }

  /** A positive `mpint` in its shortest form, as an unsigned big-endian number without leading zeros. */
  positive(): Buffer {
    const body = this.string();
    if (!isPositiveInteger(body)) {
      throw damaged(t`it has a number that is not positive and minimal`);
    }
    return magnitude(body);
  }

  /** All that has not been read yet. */
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
