import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EMPTY_PROFILE, type Profile } from '../../../src/config/profile.ts';
import { KeypairError } from '../../../src/errors.ts';
import type { CredentialContext } from '../../../src/credentials/context.ts';

/** 2026-11-22, in milliseconds. */
export const NOW = Date.UTC(2026, 10, 22);

/** A world of a home directory and an environment, in which nobody may be asked; warnings are collected. */
export function testWorld(
  home: string,
  env: Readonly<Record<string, string>> = {},
): CredentialContext & { readonly warnings: string[] } {
  const refuse = (): Promise<never> => Promise.reject(new KeypairError('FAILURE', 'nothing may be sent'));
  const warnings: string[] = [];
  return {
    env,
    home,
    platform: 'linux',
    now: () => new Date(NOW),
    nonce: () => '00'.repeat(32),
    sender: 'keypair/0.0.0',
    site: 'cn',
    region: () => Promise.resolve(null),
    send: refuse,
    metadata: refuse,
    warn: (line) => warnings.push(line),
    askPassphrase: null,
    surveys: new Map(),
    stored: new Map(),
    warnings,
  };
}

/** Writes a file below a home directory, for its owner's eyes only unless a mode is given. */
export function put(home: string, file: string, content: string | object, mode = 0o600): string {
  const where = path.join(home, file);
  mkdirSync(path.dirname(where), { recursive: true });
  writeFileSync(where, typeof content === 'string' ? content : JSON.stringify(content), { mode });
  return where;
}

/** A profile of this program's own with some of its fields set. */
export function testProfile(fields: Partial<Profile>): Profile {
  return { ...EMPTY_PROFILE, ...fields };
}
