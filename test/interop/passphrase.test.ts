import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { KeyFormatError } from '../../src/keys/format-error.ts';
import { decryptedKey, encryptedKey } from '../../src/keys/passphrase.ts';
import { parsePrivateKey } from '../../src/keys/private-key.ts';
import { Secret } from '../../src/secret.ts';
import { CONTAINERS, type Kind, Oracle } from '../unit/keys/oracle.ts';

const oracle = new Oracle();
afterAll(() => {
  oracle.remove();
});

const PASSPHRASE = 'a passphrase';
const KINDS: readonly Kind[] = ['rsa 2048', 'ecdsa 256', 'ecdsa 521', 'ed25519'];

/** Why a key cannot be decrypted. */
function refusal(text: string, passphrase: string): unknown {
  try {
    return decryptedKey(new Secret(text), new Secret(passphrase));
  } catch (error) {
    return error instanceof KeyFormatError ? error.reason : error;
  }
}

/** A key of ssh-keygen in its own format, encrypted with these arguments. */
function sealed(...args: readonly string[]): string {
  const file = oracle.write(oracle.privateKey('ed25519', 'RFC4716'));
  oracle.run('ssh-keygen', '-q', '-p', '-P', '', '-N', PASSPHRASE, ...args, '-f', file);
  return readFileSync(file, 'utf8');
}

describe.each(KINDS)('%s', (kind) => {
  it('is read by ssh-keygen after it was encrypted here, with its comment', () => {
    const passphrase = 'pässphrase 密码 \u{1F511}';
    const key = parsePrivateKey(new Secret(oracle.privateKey(kind, 'RFC4716')));
    const file = oracle.write(encryptedKey(key, new Secret(passphrase)).text.reveal());
    const line = oracle.publicLine(oracle.privateKey(kind, 'RFC4716'));
    expect(oracle.run('ssh-keygen', '-y', '-P', passphrase, '-f', file).trimEnd()).toBe(line);
    for (const wrong of ['', 'pässphrase']) {
      const { status, stderr } = spawnSync('ssh-keygen', ['-y', '-P', wrong, '-f', file], { encoding: 'utf8' });
      expect([status, stderr]).toEqual([255, expect.stringContaining('incorrect passphrase')]);
    }
    oracle.run('ssh-keygen', '-q', '-p', '-P', passphrase, '-N', '', '-f', file);
    // Except for the check numbers, ssh-keygen writes the same as before.
    expect(parsePrivateKey(new Secret(readFileSync(file, 'utf8'))).publicKey).toEqual(key.publicKey);
  });

  it.each(CONTAINERS)('is decrypted from what ssh-keygen encrypted: %s', (container) => {
    const { publicKey } = parsePrivateKey(new Secret(oracle.privateKey(kind, container)));
    const text = oracle.encrypted(kind, container);
    for (const layout of [text, text.replaceAll('\n', '\r\n'), text.replaceAll(/^(?=.)/gm, '  ')]) {
      const key = decryptedKey(new Secret(layout), new Secret(PASSPHRASE));
      expect(key.publicKey).toEqual(publicKey);
      expect(oracle.publicLine(key.text.reveal())).toContain(publicKey.blob.toString('base64'));
    }
    expect(refusal(text, 'a pass phrase')).toBe('wrong-passphrase');
    expect(refusal(text, '')).toBe('wrong-passphrase');
  });
});

it('reads every cipher of ssh, but one', () => {
  const ciphers = oracle.run('ssh', '-Q', 'cipher').trim().split('\n');
  expect(ciphers.length).toBeGreaterThan(8);
  const { publicKey } = parsePrivateKey(new Secret(oracle.privateKey('ed25519', 'RFC4716')));
  for (const cipher of ciphers) {
    const text = sealed('-Z', cipher);
    if (cipher.startsWith('chacha20')) expect(refusal(text, PASSPHRASE)).toBe('unsupported');
    else {
      expect(decryptedKey(new Secret(text), new Secret(PASSPHRASE)).publicKey, cipher).toEqual(publicKey);
      expect(refusal(text, 'a pass phrase'), cipher).toBe('wrong-passphrase');
    }
  }
});

it('tells a wrong passphrase from a cipher that only old programs have', () => {
  const key = oracle.write(oracle.privateKey('rsa 2048', 'PEM'));
  const pem = (...args: readonly string[]): string =>
    oracle.run('openssl', ...args, '-in', key, '-passout', 'pass:hello', '-provider', 'legacy', '-provider', 'default');
  expect(refusal(pem('rsa', '-traditional', '-des'), 'hello')).toBe('unsupported');
  expect(refusal(pem('pkcs8', '-topk8', '-v1', 'PBE-MD5-DES'), 'hello')).toBe('unsupported');
  const triple = pem('rsa', '-traditional', '-des3');
  expect(refusal(triple, 'hello')).toMatchObject({ publicKey: { keyType: 'rsa' } });
  // One wrong passphrase of 256 gives bytes that look right at their end.
  const wrong = Array.from({ length: 800 }, (_, at) => refusal(triple, `hello ${at}`));
  expect(new Set(wrong)).toEqual(new Set(['wrong-passphrase']));
});

it('refuses rounds that take minutes at once, and more data than the cipher writes', () => {
  const bytes = Buffer.from(
    sealed()
      .split('\n')
      .filter((line) => !line.startsWith('-'))
      .join(''),
    'base64',
  );
  const armoured = (edited: Buffer): string =>
    `-----BEGIN OPENSSH PRIVATE KEY-----\n${edited.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`;
  expect(refusal(armoured(bytes), PASSPHRASE)).toMatchObject({ publicKey: { keyType: 'ed25519' } });
  expect(refusal(armoured(Buffer.concat([bytes, Buffer.alloc(16)])), PASSPHRASE)).toBe('damaged');
  // The magic, the two names and the salt are before the number of rounds.
  const at = 15 + (4 + 10) + (4 + 6) + 4 + (4 + 16);
  for (const rounds of [0, 1001, 0xffffffff]) {
    const edited = Buffer.from(bytes);
    edited.writeUInt32BE(rounds, at);
    const begun = performance.now();
    const reason = refusal(armoured(edited), PASSPHRASE);
    expect([rounds, reason]).toEqual([rounds, rounds === 0 ? 'damaged' : 'unsupported']);
    expect(performance.now() - begun).toBeLessThan(200);
  }
});
