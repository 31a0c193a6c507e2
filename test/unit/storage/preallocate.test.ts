import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isPreallocated, preallocate, writePreallocated } from '../../../src/storage/durable-write.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

async function withRoom(act: (handle: FileHandle, file: string) => Promise<void>): Promise<void> {
  const file = path.join(temporaryDirectory(), 'room');
  const handle = await open(file, 'wx+');
  await preallocate(handle);
  await act(handle, file);
  await handle.close();
}

/** A handle on which the first write fails, and what was called on it. */
function failing(handle: FileHandle, code: string): { readonly handle: FileHandle; readonly calls: string[] } {
  const calls: string[] = [];
  const proxy = new Proxy(handle, {
    get: (target, name: 'write' | 'truncate' | 'sync') => {
      const real = (target[name] as (...args: unknown[]) => unknown).bind(target);
      return (...args: unknown[]) => {
        calls.push(name);
        if (calls.length === 1) throw Object.assign(new Error(code), { code });
        return real(...args);
      };
    },
  });
  return { handle: proxy, calls };
}

describe('room for a key', () => {
  it('takes its room also where files are compressed, and is told from a key', async () => {
    await withRoom((_handle, file) => {
      const room = readFileSync(file);
      expect(deflateSync(room).length).toBeGreaterThan(32_000);
      expect(isPreallocated(room)).toBe(true);
      return Promise.resolve();
    });
  });

  it('is known by its mark or its whole content, never by its first byte', () => {
    const old = randomBytes(32 * 1024);
    old[0] = 0;
    for (const room of [Buffer.alloc(0), Buffer.alloc(32 * 1024), old]) expect(isPreallocated(room)).toBe(true);
    const key = '-----BEGIN RSA PRIVATE KEY-----\nMIIE';
    const utf16 = Buffer.from(key, 'utf16le');
    const torn = Buffer.alloc(32 * 1024);
    utf16.swap16().copy(torn);
    const answers = [key, `\0${key}`, `\0${key}`.padEnd(32 * 1024, '\0')].map((text) => Buffer.from(text));
    for (const answer of [...answers, utf16, torn, old.subarray(1)]) expect(isPreallocated(answer)).toBe(false);
  });

  it('becomes the content and nothing else', async () => {
    await withRoom(async (handle, file) => {
      await writePreallocated(handle, Buffer.from('key'));
      expect(readFileSync(file, 'utf8')).toBe('key');
    });
  });

  it('takes more than there is room for', async () => {
    await withRoom(async (handle, file) => {
      const long = 'x'.repeat(100_000);
      await writePreallocated(handle, Buffer.from(long));
      expect(readFileSync(file, 'utf8')).toBe(long);
    });
  });

  it.each(['ENOSPC', 'EDQUOT'])('is given back when a disk that copies on write says %s', async (code) => {
    await withRoom(async (handle, file) => {
      const full = failing(handle, code);
      await writePreallocated(full.handle, Buffer.from('key'));
      expect(full.calls).toEqual(['write', 'truncate', 'sync', 'write', 'truncate', 'sync']);
      expect(readFileSync(file, 'utf8')).toBe('key');
    });
  });

  it('keeps other failures', async () => {
    await withRoom(async (handle) => {
      await expect(writePreallocated(failing(handle, 'EIO').handle, Buffer.from('key'))).rejects.toMatchObject({
        code: 'EIO',
      });
    });
  });
});
