import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';

const made: string[] = [];

/** A fresh directory that is removed after the file's tests, also when a test took away the right to write in it. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'keypair-test-'));
  made.push(directory);
  return directory;
}

afterAll(() => {
  for (const directory of made) {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory()) chmodSync(path.join(directory, entry.name), 0o700);
    }
    // A keyring that outlives its session may still write into it.
    rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
});

/** Permission bits of a file, as `0o600`. */
export function modeOf(file: string): number {
  return statSync(file).mode & 0o777;
}
