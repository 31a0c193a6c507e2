import { writeFileSync } from 'node:fs';
import { beforeAll } from 'vitest';
import { generateKeyPair, type KeyType } from '../../src/keys/generate.ts';
import type { PrivateKey } from '../../src/keys/private-key.ts';

/**
 * Makes a key pair of each algorithm, with the comment `me`, once for the tests of a file.
 *
 * @returns a function that writes one of the private keys to a file with mode 0600.
 */
export function madeKeys(): (type: KeyType, file: string) => PrivateKey {
  const keys = new Map<KeyType, PrivateKey>();
  beforeAll(async () => {
    for (const type of ['rsa-2048', 'ed25519', 'ecdsa-256'] as const) keys.set(type, await generateKeyPair(type, 'me'));
  });
  return (type, file) => {
    const key = keys.get(type);
    if (key === undefined) throw new Error(type);
    writeFileSync(file, key.text.reveal(), { mode: 0o600 });
    return key;
  };
}
