import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll } from 'vitest';

const ATTEMPTS = 50;

const made: string[] = [];

/** A fresh directory that is removed after the file's tests, also when a test took away the right to write in it. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'keypair-test-'));
  made.push(directory);
  return directory;
}

afterAll(async () => {
  for (const directory of made) {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory()) chmodSync(path.join(directory, entry.name), 0o700);
    }
    await removed(directory);
  }
});

/**
 * Removes a directory into which a program that is about to end may still write: a keyring that outlives its session, or
 * Node's cache of compiled code. The `maxRetries` of `rmSync` do not empty a directory a second time.
 */
async function removed(directory: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      rmSync(directory, { recursive: true, force: true });
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await sleep(100);
    }
  }
}

/** Permission bits of a file, as `0o600`. */
export function modeOf(file: string): number {
  return statSync(file).mode & 0o777;
}
