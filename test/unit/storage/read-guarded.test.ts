import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readGuarded } from '../../../src/storage/read-guarded.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

describe('the guarded reader', () => {
  it('reads to the end where the file system reports a size of 0', async () => {
    const read = await readGuarded('/proc/self/environ', 1 << 20, 'follow');
    expect(typeof read === 'string' ? read : read.bytes.length).toBeGreaterThan(10);
    expect(await readGuarded('/proc/self/environ', 10, 'follow')).toBe('too long');
  });

  it.each([0, 1, 5000, 10_000])('reads %i bytes whole, and refuses one more than the limit', async (size) => {
    const file = path.join(temporaryDirectory(), 'file');
    writeFileSync(file, 'x'.repeat(size));
    expect(await readGuarded(file, size, 'refuse')).toMatchObject({ bytes: Buffer.alloc(size, 'x') });
    if (size > 0) expect(await readGuarded(file, size - 1, 'refuse')).toBe('too long');
  });

  it('does not wait for a pipe', async () => {
    const pipe = path.join(temporaryDirectory(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await readGuarded(pipe, 10, 'follow')).toBe('not a file');
    expect(await readGuarded(pipe, 10, 'refuse')).toBe('not a file');
  });
});
