import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';

import { Secret } from '../../../src/secret.ts';
import { parsePrivateKey } from '../../../src/keys/private-key.ts';
import { formatPublicKey, parsePublicKey, type PublicKey } from '../../../src/keys/public-key.ts';
import { randomart } from '../../../src/keys/randomart.ts';
import { sshString } from '../../../src/keys/ssh-wire.ts';
import { KIND_NAMES, Oracle } from './oracle.ts';

const oracle = new Oracle();
afterAll(() => {
  oracle.remove();
});

/** The pictures of these keys as ssh-keygen draws them, eleven lines each. */
function drawn(keys: readonly PublicKey[]): readonly (readonly string[])[] {
  const file = oracle.write(keys.map((key) => `${formatPublicKey(key)}\n`).join(''));
  const lines = oracle
    .run('ssh-keygen', '-l', '-v', '-f', file)
    .split('\n')
    .filter((line) => /^[+|]/.test(line));
  return keys.map((_, index) => lines.slice(11 * index, 11 * (index + 1)));
}

function ed25519(): PublicKey {
  const blob = Buffer.concat([sshString('ssh-ed25519'), sshString(randomBytes(32))]);
  return parsePublicKey(`ssh-ed25519 ${blob.toString('base64')}`);
}

/** A blob of the right form: neither side looks for the factors of the modulus. */
function rsa(bits: number): PublicKey {
  const modulus = randomBytes(bits / 8);
  modulus[0]! |= 0x80;
  modulus[modulus.length - 1]! |= 1;
  const blob = Buffer.concat([
    sshString('ssh-rsa'),
    sshString(Buffer.from([1, 0, 1])),
    sshString(Buffer.concat([Buffer.alloc(1), modulus])),
  ]);
  return parsePublicKey(`ssh-rsa ${blob.toString('base64')}`);
}

function ecdsa(namedCurve: string): PublicKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve });
  const text = privateKey.export({ type: 'sec1', format: 'pem' }).toString();
  return parsePrivateKey(new Secret(text)).publicKey;
}

/** A key on a security token: the same numbers, and the application that it is for. */
function onToken(key: PublicKey, name: string): PublicKey {
  const fields = key.blob.subarray(4 + key.algorithm.length);
  const blob = Buffer.concat([sshString(name), fields, sshString('ssh:')]);
  return parsePublicKey(`${name} ${blob.toString('base64')}`);
}

describe('randomart', () => {
  it.each(KIND_NAMES)('is the picture of ssh-keygen for its own key: %s', (kind) => {
    const key = parsePrivateKey(new Secret(oracle.privateKey(kind, 'RFC4716'))).publicKey;
    expect(drawn([key])).toEqual([randomart(key)]);
  });

  it.each([
    ['ed25519', 400, ed25519],
    ['rsa 1024', 100, () => rsa(1024)],
    ['rsa 2048', 100, () => rsa(2048)],
    ['rsa 4096', 50, () => rsa(4096)],
    ['rsa 16384', 5, () => rsa(16384)],
    ['ecdsa 256', 50, () => ecdsa('P-256')],
    ['ecdsa 384', 50, () => ecdsa('P-384')],
    ['ecdsa 521', 50, () => ecdsa('P-521')],
    ['ed25519 on a token', 20, () => onToken(ed25519(), 'sk-ssh-ed25519@openssh.com')],
    ['ecdsa on a token', 20, () => onToken(ecdsa('P-256'), 'sk-ecdsa-sha2-nistp256@openssh.com')],
  ] as const)('is the picture of ssh-keygen for random keys: %s', (_name, count, make) => {
    const keys = Array.from({ length: count }, make);
    expect(drawn(keys)).toEqual(keys.map(randomart));
  });

  it('stays the same', () => {
    const key = parsePublicKey('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl');
    expect(randomart(key)).toMatchInlineSnapshot(`
      [
        "+--[ED25519 256]--+",
        "|                 |",
        "|     .           |",
        "|      o          |",
        "|     o o o  .    |",
        "|     .B S oo     |",
        "|     =+^ =...    |",
        "|    oo#o@.o.     |",
        "|    E+.&.=o      |",
        "|    ooo.X=.      |",
        "+----[SHA256]-----+",
      ]
    `);
  });
});
