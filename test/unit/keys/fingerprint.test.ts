import { createPrivateKey, createPublicKey, generateKeyPairSync, hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { Secret } from '../../../src/secret.ts';
import {
  fingerprintDialects,
  matchFingerprint,
  md5Fingerprint,
  sha256Fingerprint,
} from '../../../src/keys/fingerprint.ts';
import { parsePrivateKey } from '../../../src/keys/private-key.ts';
import { parsePublicKey } from '../../../src/keys/public-key.ts';
import { VENDOR_PRIVATE_KEY, VENDOR_PUBLIC_KEY } from './vendor-example.ts';

const publicKey = parsePublicKey(VENDOR_PUBLIC_KEY);
const privateKey = parsePrivateKey(new Secret(VENDOR_PRIVATE_KEY));
const dialects = fingerprintDialects(publicKey, privateKey);

const SHA1_OF_BLOB = 'af:98:de:a3:a3:3e:b8:bc:57:d3:38:2e:4f:b3:f0:de:2a:70:df:24';
const SHA1_OF_PKCS8 = 'bc:f1:0c:cc:07:21:8a:7d:40:85:93:01:cb:00:e6:e3:56:54:db:7f';

describe('the fingerprints of the vendor’s example', () => {
  it('are those that ssh-keygen prints', () => {
    expect(sha256Fingerprint(publicKey)).toBe('SHA256:7kEDPZu7L8dUNYq/vpqL4n7l16aU8WDpv1jjSUnRDLQ');
    expect(md5Fingerprint(publicKey)).toBe('MD5:2a:9e:ed:97:1f:57:2c:11:5b:3f:79:22:80:21:e6:51');
  });

  it('are there in every dialect, those of openssh first', () => {
    const spki = createPublicKey(VENDOR_PRIVATE_KEY).export({ format: 'der', type: 'spki' });
    const pkcs8 = createPrivateKey(VENDOR_PRIVATE_KEY).export({ format: 'der', type: 'pkcs8' });
    const colons = (name: string, data: Buffer): string => hash(name, data, 'hex').replace(/..(?=.)/g, '$&:');
    expect(dialects.map(({ id, value }) => [id, value])).toEqual([
      ['sha256', sha256Fingerprint(publicKey)],
      ['md5', md5Fingerprint(publicKey)],
      ['sha1', SHA1_OF_BLOB],
      ['sha512', `SHA512:${hash('sha512', publicKey.blob, 'base64').replace(/=+$/, '')}`],
      ['sha256-hex', hash('sha256', publicKey.blob, 'hex')],
      ['spki-md5', colons('md5', spki)],
      ['spki-sha1', colons('sha1', spki)],
      ['spki-sha256', colons('sha256', spki)],
      ['pkcs8-sha1', SHA1_OF_PKCS8],
      ['pkcs8-md5', colons('md5', pkcs8)],
    ]);
  });

  it('need the private half for those of the private half, and the right one', () => {
    expect(fingerprintDialects(publicKey).map(({ id }) => id)).not.toContain('pkcs8-sha1');
    const other = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    expect(() => fingerprintDialects(publicKey, parsePrivateKey(new Secret(other)))).toThrow(
      expect.objectContaining({ reason: 'mismatch' }),
    );
  });
});

describe('matching', () => {
  it.each([
    ['sha256', '7kEDPZu7L8dUNYq/vpqL4n7l16aU8WDpv1jjSUnRDLQ'],
    ['sha256', 'SHA256:7kEDPZu7L8dUNYq/vpqL4n7l16aU8WDpv1jjSUnRDLQ='],
    ['sha256', ' sha256:7kEDPZu7L8dUNYq/vpqL4n7l16aU8WDpv1jjSUnRDLQ\n'],
    ['md5', '2a:9e:ed:97:1f:57:2c:11:5b:3f:79:22:80:21:e6:51'],
    ['md5', '2A9EED971F572C115B3F79228021E651'],
    ['md5', 'md5:2a9eed971f572c115b3f79228021e651'],
    ['sha1', SHA1_OF_BLOB],
    ['sha1', SHA1_OF_BLOB.toUpperCase()],
    ['sha1', `SHA1:${Buffer.from(SHA1_OF_BLOB.replaceAll(':', ''), 'hex').toString('base64')}`],
    ['sha256-hex', hash('sha256', publicKey.blob, 'hex').toUpperCase()],
    ['pkcs8-sha1', SHA1_OF_PKCS8.replaceAll(':', '')],
  ])('%s: %s', (id, text) => {
    expect(matchFingerprint(text, dialects)?.id).toBe(id);
  });

  it.each([
    ['nothing', ''],
    ['blanks', '  '],
    ['a prefix alone', 'SHA256:'],
    ['a beginning in base64', 'SHA256:7kEDPZu7L8dUNYq/'],
    ['a beginning in hexadecimal', '2a:9e:ed:97'],
    ['another prefix', 'SHA1:2a:9e:ed:97:1f:57:2c:11:5b:3f:79:22:80:21:e6:51'],
    ['an unknown prefix', 'SHA3:2a:9e:ed:97:1f:57:2c:11:5b:3f:79:22:80:21:e6:51'],
    ['base64 in another case', 'SHA256:7KEDPZU7L8DUNYQ/VPQL4N7L16AU8WDPV1JJSUNRDLQ'],
    ['colons out of place', '2a9:e:ed:97:1f:57:2c:11:5b:3f:79:22:80:21:e6:51'],
    ['one digit more', '2a:9e:ed:97:1f:57:2c:11:5b:3f:79:22:80:21:e6:51:0'],
    ['one octet changed', '2b:9e:ed:97:1f:57:2c:11:5b:3f:79:22:80:21:e6:51'],
    ['a megabyte', 'a'.repeat(1 << 20)],
  ])('not %s', (_name, text) => {
    expect(matchFingerprint(text, dialects)).toBeNull();
  });

  it('finds nothing where there is nothing', () => {
    expect(matchFingerprint('', [{ id: 'md5', title: 'an empty one', value: '' }])).toBeNull();
    expect(matchFingerprint('2a', [])).toBeNull();
  });
});
