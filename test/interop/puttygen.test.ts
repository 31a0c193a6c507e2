import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { exportedKey, type ExportFormat } from '../../src/keys/export-key.ts';
import { KeyFormatError } from '../../src/keys/format-error.ts';
import { generateKeyPair, KEY_TYPES, type KeyType } from '../../src/keys/generate.ts';
import { parsePrivateKey, type PrivateKey } from '../../src/keys/private-key.ts';
import { decryptedKey, encryptedPpk } from '../../src/keys/passphrase.ts';
import { formatPublicKey, parsePublicKey } from '../../src/keys/public-key.ts';
import { hasArgon2 } from '../../src/keys/putty-encryption.ts';
import { Secret } from '../../src/secret.ts';

const home = mkdtempSync(path.join(tmpdir(), 'keypair-putty-'));
afterAll(() => {
  rmSync(home, { recursive: true });
});

const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, { cwd: home, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const write = (name: string, text: string | Buffer): string => {
  writeFileSync(path.join(home, name), text, { mode: 0o600 });
  return name;
};
const exported = (key: PrivateKey, format: ExportFormat, version: 2 | 3 = 3): string =>
  exportedKey(key, format, version).reveal();
const line = ({ publicKey }: PrivateKey): string => formatPublicKey(publicKey, '');
/** Without its comment. */
const bare = (publicLine: string): string => publicLine.trim().split(' ').slice(0, 2).join(' ');

const keys = new Map<KeyType, Promise<PrivateKey>>();
const keyOf = (type: KeyType): Promise<PrivateKey> => {
  const key = keys.get(type) ?? generateKeyPair(type, 'me at home');
  keys.set(type, key);
  return key;
};
const types = KEY_TYPES.filter((type) => !['rsa-4096', 'rsa-3072'].includes(type));

describe.each(types)('%s', (type) => {
  it.each([2, 3] as const)('puttygen reads what we write in version %i, and writes the same', async (version) => {
    const key = await keyOf(type);
    const ours = exported(key, 'ppk', version);
    const file = write('ours.ppk', ours);
    expect(run('puttygen', file, '-L').trim()).toBe(formatPublicKey(key.publicKey));
    const made = write('ours.key', exported(key, 'openssh'));
    run('puttygen', made, '-O', 'private', '-o', 'theirs.ppk', '--ppk-param', `version=${version}`);
    expect(readFileSync(path.join(home, 'theirs.ppk'), 'utf8')).toBe(ours);
    run('puttygen', file, '-O', 'private-openssh-new', '-o', 'theirs.key');
    expect(bare(run('ssh-keygen', '-y', '-f', 'theirs.key'))).toBe(line(key));
    const back = parsePrivateKey(new Secret(ours));
    expect(formatPublicKey(back.publicKey)).toBe(formatPublicKey(key.publicKey));
    expect(bare(run('ssh-keygen', '-y', '-f', write('back', back.text.reveal())))).toBe(line(key));
  });

  it.each(['openssh', 'pem', 'pkcs8'] as const)('ssh-keygen reads what we write as %s', async (format) => {
    const key = await keyOf(type);
    if (type === 'ed25519' && format === 'pem') {
      expect(() => exported(key, format)).toThrow('an ed25519 key has no pem format of its own');
      return;
    }
    const text = exported(key, format);
    expect(line(parsePrivateKey(new Secret(text)))).toBe(line(key));
    // OpenSSH before 9.6 reads Ed25519 in its own format only.
    if (type === 'ed25519' && format === 'pkcs8') return;
    const read = run('ssh-keygen', '-y', '-f', write('ours', text)).trim();
    expect(read).toBe(format === 'openssh' ? formatPublicKey(key.publicKey) : line(key));
  });

  it('ssh-keygen reads the public line', async () => {
    const key = await keyOf(type);
    expect(run('ssh-keygen', '-l', '-f', write('ours.pub', exported(key, 'public')))).toContain('me at home');
  });
});

it('agrees with puttygen on ed25519 seeds that begin or end with zeros', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
  for (const [from, to] of [
    [-1, 32],
    [-3, 32],
    [0, 1],
    [0, 3],
  ] as const) {
    const seed = Buffer.from(pkcs8.subarray(-32)).fill(0, from < 0 ? 32 + from : from, to);
    const pem = Buffer.concat([pkcs8.subarray(0, -32), seed]).toString('base64');
    const key = parsePrivateKey(new Secret(`-----BEGIN PRIVATE KEY-----\n${pem}\n-----END PRIVATE KEY-----\n`));
    for (const version of [2, 3] as const) {
      run('puttygen', write('zeros.ppk', exported(key, 'ppk', version)), '-O', 'private-openssh', '-o', 'zeros');
      expect(bare(run('ssh-keygen', '-y', '-f', 'zeros'))).toBe(line(key));
      const args = ['-O', 'private', '-o', 'again.ppk', '--ppk-param', `version=${version}`];
      run('puttygen', write('zeros.key', exported(key, 'openssh')), ...args);
      const again = readFileSync(path.join(home, 'again.ppk'), 'utf8');
      expect(line(parsePrivateKey(new Secret(again)))).toBe(line(key));
    }
  }
});

it('names a file of puttygen that has a passphrase, and reads its public half', async () => {
  const key = await keyOf('ecdsa-256');
  write('words', 'open sesame\n');
  const args = ['-O', 'private', '-o', 'locked.ppk', '--new-passphrase', 'words'];
  run('puttygen', write('ours.key', exported(key, 'openssh')), ...args);
  const locked = readFileSync(path.join(home, 'locked.ppk'), 'utf8');
  expect(() => parsePrivateKey(new Secret(locked))).toThrow(/in putty's format, with a passphrase/);
  expect(formatPublicKey(parsePublicKey(locked))).toBe(formatPublicKey(key.publicKey));
});

describe('with a passphrase', () => {
  const WORDS = 'open sesame 芝麻';
  const secret = (words: string): Secret => new Secret(words);
  const reason = (act: () => unknown): unknown => {
    try {
      return act();
    } catch (error) {
      return error instanceof KeyFormatError ? error.reason : error;
    }
  };
  /** A key of ours, encrypted by puttygen. */
  const locked = (key: PrivateKey, ...params: readonly string[]): string => {
    const args = ['-O', 'private', '-o', 'locked.ppk', '--new-passphrase', write('words', WORDS)];
    run('puttygen', write('ours.key', exported(key, 'openssh')), ...args, '--ppk-param', params.join());
    return readFileSync(path.join(home, 'locked.ppk'), 'utf8');
  };

  it.each(types)('%s is read as puttygen writes it in version 2', async (type) => {
    const key = await keyOf(type);
    const text = locked(key, 'version=2');
    expect(decryptedKey(secret(text), secret(WORDS)).publicKey).toEqual(key.publicKey);
    expect(reason(() => decryptedKey(secret(text), secret('open sesame')))).toBe('wrong-passphrase');
    const altered = text.replace(
      /(Private-Lines: \d+\n)(.)/,
      (_, line: string, one: string) => line + (one === 'A' ? 'B' : 'A'),
    );
    expect(reason(() => decryptedKey(secret(altered), secret(WORDS)))).toBe('wrong-passphrase');
  });

  it.each(types)('%s is read as puttygen writes it in version 3, if Node has Argon2', async (type) => {
    const key = await keyOf(type);
    for (const kdf of ['argon2id', 'argon2i', 'argon2d']) {
      const text = locked(key, `kdf=${kdf}`, 'passes=3', 'parallelism=2');
      if (!hasArgon2) {
        expect(reason(() => decryptedKey(secret(text), secret(WORDS)))).toBe('unsupported');
        continue;
      }
      expect(decryptedKey(secret(text), secret(WORDS)).publicKey).toEqual(key.publicKey);
      expect(reason(() => decryptedKey(secret(text), secret('open sesame')))).toBe('wrong-passphrase');
    }
  });

  it.each(types)('%s is written so that puttygen reads it, if Node has Argon2', async (type) => {
    const key = await keyOf(type);
    if (!hasArgon2) {
      expect(reason(() => encryptedPpk(key, secret(WORDS)))).toBe('unsupported');
      return;
    }
    const file = write('ours.ppk', encryptedPpk(key, secret(WORDS)).reveal());
    const args = ['-O', 'private-openssh-new', '-o', 'open.key', '--old-passphrase', write('words', WORDS)];
    run('puttygen', file, ...args, '--new-passphrase', write('none', ''));
    expect(run('ssh-keygen', '-y', '-P', '', '-f', 'open.key').trim()).toBe(formatPublicKey(key.publicKey));
  });

  it('is refused at once if it needs too much memory or time, or is not whole', async () => {
    const text = locked(await keyOf('ed25519'), 'passes=3');
    const begun = performance.now();
    for (const [line, expected] of [
      ['Argon2-Memory: 1048577', 'unsupported'],
      ['Argon2-Passes: 4097', 'unsupported'],
      ['Argon2-Parallelism: 65', 'unsupported'],
      ['Argon2-Passes: 0', 'damaged'],
      ['Argon2-Salt: zz', 'damaged'],
      ['Key-Derivation: MD5', 'damaged'],
      ['Private-Lines: 9', 'damaged'],
    ]) {
      const name = String(line).split(':')[0];
      const edited = text.replace(new RegExp(`^${name}: .*$`, 'm'), String(line));
      expect(edited).not.toBe(text);
      const found = reason(() => decryptedKey(secret(edited), secret(WORDS)));
      expect([line, found]).toEqual([line, hasArgon2 || expected === 'damaged' ? expected : 'unsupported']);
    }
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});
