import { fstatSync, statSync, writeSync } from 'node:fs';
import { devNull } from 'node:os';
import type { OutputStream } from './context.ts';

/** Node's stream for a descriptor: loading it costs a tenth of Node's own start, and off a terminal nothing needs it. */
type SlowStream = () => NodeJS.WriteStream;

/**
 * One of the process's own output streams. A terminal is Node's stream. A pipe or a file is written straight; only a
 * pipe that is full, its other end having been made non-blocking by somebody, is left to Node's stream from then on.
 *
 * A reader that has gone (`keypair regions | head -1`) is an error only to a write that asks, with `done`.
 *
 * @param descriptor 1 for stdout, 2 for stderr.
 * @param failed called with what prevents the output, such as a full disk.
 */
export function outputStream(
  descriptor: number,
  slowStream: SlowStream,
  failed: (error: Error) => void,
): OutputStream {
  if (goesNowhere(descriptor)) return NOWHERE;
  if (isDevice(descriptor)) return slowStream();
  let slow: NodeJS.WriteStream | null = null;
  return {
    write: (text, done) => {
      let rest = Buffer.from(text);
      try {
        while (slow === null && rest.length > 0) rest = rest.subarray(writeSync(descriptor, rest));
      } catch (error) {
        if (!isSystemError(error)) throw error;
        if (error.code !== 'EAGAIN') {
          if (done !== undefined) done(error);
          else if (error.code !== 'EPIPE') failed(error);
          return false;
        }
        slow = slowStream();
      }
      if (slow !== null) return slow.write(rest, done);
      done?.();
      return true;
    },
  };
}

const NOWHERE: OutputStream = {
  write: (_text, done) => {
    done?.();
    return true;
  },
  isNullDevice: true,
};

/** Node opens the null device in the place of a descriptor that was closed before the start (`>&-`). */
function goesNowhere(descriptor: number): boolean {
  try {
    const stream = fstatSync(descriptor);
    return stream.isCharacterDevice() && stream.rdev === statSync(devNull).rdev;
  } catch {
    return false;
  }
}

/** A terminal is a character device. */
function isDevice(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice();
  } catch {
    // Whatever it is: Node has a stream that swallows everything.
    return true;
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}
