import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePublicKey } from '../../src/keys/public-key.ts';
import { type ServerAccount, serverAccount, SHELLS } from '../support/server-account.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** Another user of this machine, whose account it is. */
const NOBODY = 65534;
const through = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];

const file = path.join(temporaryDirectory(), 'key');
execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'me', '-f', file]);
const KEY = readFileSync(`${file}.pub`, 'utf8');
const publicKey = parsePublicKey(KEY);

const add = { op: 'add', user: 'carol', publicKey, files: null, lifetimeSeconds: null } as const;
const remove = { op: 'remove', user: 'carol', publicKey, files: null } as const;
const look = { op: 'look', user: 'carol', publicKey, allUsers: false } as const;

/** An account of another user, with a file. */
function accountOf(text: string, mode = 0o644): ServerAccount {
  const account = serverAccount(NOBODY);
  const directory = path.dirname(account.file);
  mkdirSync(directory, { mode: 0o755 });
  writeFileSync(account.file, text, { mode });
  for (const one of [directory, account.file]) chownSync(one, NOBODY, NOBODY);
  return account;
}

describe('authorized_keys of another user', () => {
  it.each(SHELLS)('keeps owner and mode: %s', async (shell) => {
    const account = accountOf('# mine\n');
    for (const way of [{ shell, through }, { shell }]) {
      expect(await account.run(add, way)).toMatchObject({ result: 'added' });
      const { uid, gid, mode } = statSync(account.file);
      expect([uid, gid, mode & 0o777]).toEqual([NOBODY, NOBODY, 0o644]);
      expect(await account.run(remove, way)).toMatchObject({ result: 'removed' });
      expect(readFileSync(account.file, 'utf8')).toBe('# mine\n');
    }
  });

  it.each(SHELLS)('leaves what belongs to others, and what it may not write: %s', async (shell) => {
    const account = accountOf(KEY);
    const directory = path.dirname(account.file);
    const refused = async (refusal: string, named: string): Promise<void> => {
      expect(await account.run(remove, { shell, through })).toMatchObject({ refusal, path: named });
      expect(readFileSync(account.file, 'utf8')).toBe(KEY);
      expect(readdirSync(directory)).toEqual(['authorized_keys']);
    };
    chownSync(account.file, 0, NOBODY);
    await refused('not-own', account.file);
    chownSync(account.file, NOBODY, NOBODY);
    chownSync(directory, 0, 0);
    await refused('not-own', directory);
    chownSync(directory, NOBODY, NOBODY);
    chmodSync(directory, 0o500);
    await refused('not-writable', directory);
    chmodSync(directory, 0o700);
    chmodSync(account.file, 0o400);
    await refused('not-writable', account.file);
    // Not every file system has this attribute.
    if (spawnSync('chattr', ['+i', account.file]).status === 0) {
      expect(await account.run(remove, { shell })).toMatchObject({ refusal: 'not-writable', path: account.file });
      execFileSync('chattr', ['-i', account.file]);
    }
    expect(readFileSync(account.file, 'utf8')).toBe(KEY);
    expect(readdirSync(directory)).toEqual(['authorized_keys']);
    expect(await account.run(remove, { shell })).toMatchObject({ result: 'removed' });
  });

  it.each(SHELLS)('says that it cannot read, not that nothing is there: %s', async (shell) => {
    const account = accountOf(KEY);
    const presence = async (): Promise<unknown> =>
      (await account.run(look, { shell, through }))?.accounts.map((one) => one.presence);
    expect(await presence()).toEqual(['present']);
    chownSync(account.file, 0, 0);
    chmodSync(account.file, 0o600);
    expect(await presence()).toEqual(['unreadable']);
    chownSync(path.dirname(account.file), 0, 0);
    chmodSync(path.dirname(account.file), 0o700);
    expect(await presence()).toEqual(['unreadable']);
    chownSync(account.home, 0, 0);
    chmodSync(account.home, 0o700);
    expect(await presence()).toEqual(['unreadable']);
  });
});
