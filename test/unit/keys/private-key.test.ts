import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';

import { Secret } from '../../../src/secret.ts';
import { parsePrivateKey, pkcs8Of, type PrivateKey } from '../../../src/keys/private-key.ts';
import { writeSpki } from '../../../src/keys/der.ts';
import { formatPublicKey, parsePublicKey, samePublicKey } from '../../../src/keys/public-key.ts';
import { readBlob } from '../../../src/keys/public-numbers.ts';
import { ed25519, element, pem, refusal } from './altered-keys.ts';
import { VENDOR_PRIVATE_KEY, VENDOR_PUBLIC_KEY } from './vendor-example.ts';

function parse(text: string): PrivateKey {
  return parsePrivateKey(new Secret(text));
}

describe('the example of the vendor', () => {
  it('is read, fits its public half, and keeps its text', () => {
    const key = parse(VENDOR_PRIVATE_KEY);
    expect(key.text.reveal()).toBe(VENDOR_PRIVATE_KEY);
    expect(key.publicKey).toMatchObject({ keyType: 'rsa', algorithm: 'ssh-rsa', bits: 1024, comment: '' });
    expect(samePublicKey(key.publicKey, parsePublicKey(VENDOR_PUBLIC_KEY))).toBe(true);
    expect(formatPublicKey(key.publicKey, 'skey_112168')).toBe(VENDOR_PUBLIC_KEY);
  });

  it('shows nothing of itself when printed', () => {
    const key = parse(VENDOR_PRIVATE_KEY);
    expect(`${inspect(key, { depth: 9, showHidden: true })}${JSON.stringify(key)}`).not.toContain('MIICXgIBAAKB');
  });
});

describe('the container', () => {
  it('is told by the structure, not by the label', () => {
    const key = createPrivateKey(VENDOR_PRIVATE_KEY);
    const pkcs8 = key.export({ format: 'pem', type: 'pkcs8' }).toString();
    expect(parse(VENDOR_PRIVATE_KEY.replaceAll('RSA PRIVATE', 'PRIVATE')).text.reveal()).toBe(VENDOR_PRIVATE_KEY);
    expect(parse(pkcs8.replaceAll('PRIVATE KEY', 'RSA PRIVATE KEY')).text.reveal()).toBe(pkcs8);
    expect(parse(pkcs8.replaceAll('PRIVATE KEY', 'OPENSSH PRIVATE KEY')).text.reveal()).toBe(pkcs8);
  });

  it.each([
    ['rsa', generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['p-256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['p-384', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['p-521', generateKeyPairSync('ec', { namedCurve: 'P-521' })],
    ['ed25519', generateKeyPairSync('ed25519')],
  ])('pkcs8 and spki are encoded as node encodes them: %s', (_name, pair) => {
    const der = pair.privateKey.export({ format: 'der', type: 'pkcs8' });
    const key = parse(pem('PRIVATE KEY', der));
    expect(pkcs8Of(key)).toEqual(der);
    expect(writeSpki(readBlob(key.publicKey.blob).parts)).toEqual(
      createPublicKey(pair.privateKey).export({ format: 'der', type: 'spki' }),
    );
  });

  it('of ed25519 may tell the public half too, which must then be the right one', () => {
    const { pkcs8, point } = ed25519();
    const version1 = Buffer.from(pkcs8.subarray(2));
    version1[2] = 1;
    const withPoint = (claimed: Buffer): string =>
      pem('PRIVATE KEY', element(0x30, Buffer.concat([version1, element(0x81, Buffer.from([0, ...claimed]))])));
    expect(parse(withPoint(point)).text.reveal()).toBe(parse(pem('PRIVATE KEY', pkcs8)).text.reveal());
    expect(refusal(withPoint(ed25519().point))).toBe('mismatch');
  });
});
