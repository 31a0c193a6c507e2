import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';

import { sha256Fingerprint } from '../../../src/keys/fingerprint.ts';
import { generateKeyPair, KEY_TYPES } from '../../../src/keys/generate.ts';
import { parsePrivateKey } from '../../../src/keys/private-key.ts';
import { formatPublicKey } from '../../../src/keys/public-key.ts';
import { Oracle } from './oracle.ts';

const oracle = new Oracle();
afterAll(() => {
  oracle.remove();
});

const LABELS = { rsa: 'RSA', ed25519: 'OPENSSH', ecdsa: 'EC' } as const;

describe.each(KEY_TYPES)('%s', (type) => {
  const [keyType, bits] = type.split('-') as ['rsa' | 'ed25519' | 'ecdsa', string | undefined];

  it('is a key that ssh-keygen reads, of the size that was asked for, and that signs', async () => {
    const key = await generateKeyPair(type, 'foo');
    const text = key.text.reveal();
    expect(text.split('\n')[0]).toBe(`-----BEGIN ${LABELS[keyType]} PRIVATE KEY-----`);
    expect(text).toMatch(/-----\n$/);
    expect(key.publicKey).toMatchObject({ keyType, bits: Number(bits ?? 256), comment: 'foo' });

    const line = formatPublicKey(key.publicKey);
    expect(line.split(' ').slice(0, 2)).toEqual(oracle.publicLine(text).split(' ').slice(0, 2));
    expect(oracle.fingerprint(line, 'sha256')).toEqual({
      bits: key.publicKey.bits,
      value: sha256Fingerprint(key.publicKey),
    });

    const message = oracle.write('a message');
    const file = oracle.write(text);
    writeFileSync(`${file}.pub`, `${line}\n`);
    oracle.run('ssh-keygen', '-q', '-Y', 'sign', '-n', 'test', '-f', file, message);
    const check = `ssh-keygen -Y check-novalidate -n test -s ${message}.sig < ${message}`;
    expect(oracle.run('sh', '-c', check)).toContain(sha256Fingerprint(key.publicKey));
  });

  it('comes back from its text as it is', async () => {
    const key = await generateKeyPair(type, '');
    expect(parsePrivateKey(key.text).text.reveal()).toBe(key.text.reveal());
    expect(parsePrivateKey(key.text).publicKey).toEqual(key.publicKey);
  });
});

describe('a key made here', () => {
  it('is another one each time', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => generateKeyPair('ed25519', '')));
    expect(new Set(keys.map(({ publicKey }) => publicKey.blob.toString('hex'))).size).toBe(20);
  });

  it.each(['ed25519', 'ecdsa-256'] as const)('has a comment that cannot play tricks: %s', async (type) => {
    const key = await generateKeyPair(type, ' a\u001b[31m\nssh-rsa\u202e é 钥 ');
    expect(key.publicKey.comment).toBe('a[31mssh-rsa é 钥');
    expect(parsePrivateKey(key.text).publicKey.comment).toBe(type === 'ed25519' ? 'a[31mssh-rsa é 钥' : '');
  });

  it('has its comment in the file where ssh-keygen looks for one', async () => {
    const key = await generateKeyPair('ed25519', 'foo bar');
    expect(oracle.publicLine(key.text.reveal())).toMatch(/ foo bar$/);
  });

  it('leaves the event loop free while it is made', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 5);
    try {
      await generateKeyPair('rsa-4096', '');
    } finally {
      clearInterval(timer);
    }
    expect(turns).toBeGreaterThan(3);
  });
});
