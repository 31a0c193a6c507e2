import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

import { Secret } from '../../../src/secret.ts';
import { fingerprintDialects, md5Fingerprint, sha256Fingerprint } from '../../../src/keys/fingerprint.ts';
import { parsePrivateKey } from '../../../src/keys/private-key.ts';
import { formatPublicKey, parsePublicKey, samePublicKey } from '../../../src/keys/public-key.ts';
import { MANGLINGS } from './manglings.ts';
import { CONTAINERS, KIND_NAMES, Oracle } from './oracle.ts';

const oracle = new Oracle();
afterAll(() => {
  oracle.remove();
});

describe.each(KIND_NAMES)('%s', (kind) => {
  describe.each(CONTAINERS)('in the container %s', (container) => {
    it('has the public line that ssh-keygen -y derives', () => {
      const text = oracle.privateKey(kind, container);
      expect(formatPublicKey(parsePrivateKey(new Secret(text)).publicKey)).toBe(oracle.publicLine(text));
    });

    it('has the fingerprints and the size that ssh-keygen -l prints', () => {
      const text = oracle.privateKey(kind, container);
      const { publicKey } = parsePrivateKey(new Secret(text));
      const line = oracle.publicLine(text);
      const sha512 = fingerprintDialects(publicKey).find((dialect) => dialect.id === 'sha512');
      expect(oracle.fingerprint(line, 'sha256')).toEqual({
        bits: publicKey.bits,
        value: sha256Fingerprint(publicKey),
      });
      expect(oracle.fingerprint(line, 'md5').value).toBe(md5Fingerprint(publicKey));
      expect(oracle.fingerprint(line, 'sha512').value).toBe(sha512?.value);
    });

    // Byte for byte what ssh-keygen wrote, hence also what it reads and derives the same public key from.
    it.each(Object.entries(MANGLINGS))('comes out as ssh-keygen wrote it: %s', (_name, mangle) => {
      const text = oracle.privateKey(kind, container);
      expect(parsePrivateKey(new Secret(mangle(text))).text.reveal()).toBe(text);
    });

    it('is refused under a passphrase', () => {
      const text = oracle.encrypted(kind, container);
      expect(() => parsePrivateKey(new Secret(text))).toThrow(expect.objectContaining({ reason: 'encrypted' }));
    });
  });

  // ssh-keygen itself has but one container for ed25519.
  const formats = kind === 'ed25519' ? ['RFC4716'] : ['RFC4716', 'PKCS8', 'PEM'];
  it.each(formats)('reads the public key that ssh-keygen -e -m %s writes', (format) => {
    const text = oracle.privateKey(kind, 'RFC4716');
    const { publicKey } = parsePrivateKey(new Secret(text));
    const exported = oracle.run(
      'ssh-keygen',
      '-e',
      '-m',
      format,
      '-f',
      oracle.write(`${formatPublicKey(publicKey)}\n`),
    );
    const read = parsePublicKey(exported);
    expect(read).toEqual({ ...publicKey, comment: read.comment });
    expect(parsePublicKey(exported.replaceAll('\n', '\r\n')).blob).toEqual(publicKey.blob);
    expect(samePublicKey(read, publicKey)).toBe(true);
  });
});

describe('ed25519 in pkcs8', () => {
  it('becomes the container that every openssh reads, and signs', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const key = parsePrivateKey(new Secret(pem));
    const text = key.text.reveal();
    expect(text).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
    expect(oracle.publicLine(text)).toBe(formatPublicKey(key.publicKey));
    expect(parsePrivateKey(key.text).text.reveal()).toBe(text);

    const message = oracle.write('a message');
    oracle.run('ssh-keygen', '-q', '-Y', 'sign', '-n', 'test', '-f', oracle.write(text), message);
    expect(oracle.run('sh', '-c', `ssh-keygen -Y check-novalidate -n test -s ${message}.sig < ${message}`)).toContain(
      sha256Fingerprint(key.publicKey),
    );
  });
});

describe('a comment in the key', () => {
  it('loses what could play tricks on a terminal or a line', () => {
    const comment = 'a\u001b[31m\nssh-rsa\u202eb é 钥';
    const file = join(oracle.directory, 'comment');
    oracle.run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file);
    const text = readFileSync(file, 'utf8');
    const key = parsePrivateKey(new Secret(text));
    expect(key.publicKey.comment).toBe('a[31mssh-rsab é 钥');
    expect(key.text.reveal()).toBe(text);
  });
});

describe('openssl', () => {
  it.each([
    ['pkcs1, traditional', 'rsa 2048', ['rsa', '-aes128', '-traditional']],
    ['pkcs8', 'rsa 2048', ['pkcs8', '-topk8', '-v2', 'aes-256-cbc']],
    ['pkcs8 with an old cipher', 'rsa 2048', ['pkcs8', '-topk8', '-v1', 'PBE-SHA1-3DES']],
    ['sec1', 'ecdsa 256', ['ec', '-aes128']],
  ] as const)('its encrypted keys are refused: %s', (_name, kind, args) => {
    const file = oracle.write(oracle.privateKey(kind, 'PEM'));
    const text = oracle.run('openssl', ...args, '-passout', 'pass:a passphrase', '-in', file);
    expect(text).toContain('ENCRYPTED');
    expect(() => parsePrivateKey(new Secret(text))).toThrow(expect.objectContaining({ reason: 'encrypted' }));
  });

  it('its encrypted pkcs8 is recognised without armour', () => {
    const file = oracle.write(oracle.privateKey('rsa 2048', 'PEM'));
    const der = oracle.run('sh', '-c', `openssl pkcs8 -topk8 -passout pass:secret -in ${file} -outform DER | base64`);
    expect(() => parsePrivateKey(new Secret(der))).toThrow(expect.objectContaining({ reason: 'encrypted' }));
  });

  it('its ec keys with parameters in front and compressed points are read', () => {
    const text = oracle.privateKey('ecdsa 384', 'PEM');
    const parameters = oracle.run('openssl', 'ecparam', '-name', 'secp384r1');
    const file = oracle.write(text);
    const compressed = oracle.run('openssl', 'ec', '-conv_form', 'compressed', '-in', file);
    const bare = oracle.run('openssl', 'ec', '-no_public', '-in', file);
    expect(compressed.length).toBeLessThan(text.length);
    expect(bare.length).toBeLessThan(compressed.length);
    for (const variant of [parameters + text, compressed, bare]) {
      expect(parsePrivateKey(new Secret(variant)).text.reveal()).toBe(text);
    }
  });

  it('its keys of other algorithms and curves are called unsupported', () => {
    const commands = [
      ['genpkey', '-algorithm', 'X25519'],
      ['genpkey', '-algorithm', 'ed448'],
      ['genpkey', '-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048'],
      ['ecparam', '-name', 'secp256k1', '-genkey', '-noout'],
      ['genrsa', '-traditional', '512'],
      ['genrsa', '512'],
    ];
    for (const args of commands) {
      const text = oracle.run('openssl', ...args);
      expect(() => parsePrivateKey(new Secret(text)), args.join(' ')).toThrow(
        expect.objectContaining({ reason: 'unsupported' }),
      );
    }
  });
});
