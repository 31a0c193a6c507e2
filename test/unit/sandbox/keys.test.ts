import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Behaviour } from '../../../sandbox/behaviour.ts';
import { formatPrivateKey, type KeyShape, makeRsaKey, parsePublicLine, type RsaKey } from '../../../sandbox/keys.ts';
import { json, rpc, send, startSandbox, tc3 } from './client.ts';

let folder: string;
let key: RsaKey;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keypair-sandbox-'));
  key = await makeRsaKey(1024);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** OpenSSH's own reading of a private key: its public line. */
function publicLine(privateKey: string): string {
  const file = join(folder, 'key');
  writeFileSync(file, privateKey, { mode: 0o600 });
  return execFileSync('ssh-keygen', ['-y', '-P', '', '-f', file], { encoding: 'utf8' }).trim();
}

test.each<[KeyShape, RegExp]>([
  ['pem-pkcs1', /^-----BEGIN RSA PRIVATE KEY-----\n(?:[^\n]{64}\n)+[^\n]{1,64}\n-----END RSA PRIVATE KEY-----\n$/],
  ['pem-pkcs1-crlf', /^-----BEGIN RSA PRIVATE KEY-----\r\n(?:[^\r\n]+\r\n)+-----END RSA PRIVATE KEY-----\r\n$/],
  ['pem-pkcs1-no-newline', /^-----BEGIN RSA PRIVATE KEY-----\n[^]+\n-----END RSA PRIVATE KEY-----$/],
  ['pem-pkcs8', /^-----BEGIN PRIVATE KEY-----\n(?:[^\n]{64}\n)+[^\n]{1,64}\n-----END PRIVATE KEY-----\n$/],
  ['pem-pkcs8-crlf-no-newline', /^-----BEGIN PRIVATE KEY-----\r\n[^]+\r\n-----END PRIVATE KEY-----$/],
  ['bare-pkcs1', /^MIIC[A-Za-z0-9+/]+=*$/],
  ['bare-pkcs8', /^MIIC..IBADANBgkq[A-Za-z0-9+/]+=*$/],
  ['bare-pkcs1-crlf', /^MIIC(?:[^\r\n]+\r\n)+$/],
  ['bare-pkcs8-crlf-no-newline', /^MIIC..IBADANBgkq(?:[^\r\n]+\r\n)+[^\r\n]+$/],
])('%s looks as it is called and is the key', (shape, looks) => {
  const text = formatPrivateKey(key, shape);
  expect(text).toMatch(looks);
  const der = Buffer.from(text.replace(/-----[^-]+-----/g, ''), 'base64');
  const read = createPrivateKey({
    key: der,
    format: 'der',
    type: shape.includes('pkcs1') ? 'pkcs1' : 'pkcs8',
  });
  expect(read.export({ format: 'der', type: 'pkcs1' })).toEqual(key.pkcs1);
});

test('OpenSSH reads the private keys and makes the public line that the cloud shows', async () => {
  await using own = await startSandbox({
    behaviour: { keyBits: 2048, aliyunKeyShape: 'pem-pkcs8' },
  });
  const pair = own.sandbox.credentials;
  const tencent = await send(own.port, tc3(pair, 'cvm', 'CreateKeyPair', { KeyName: 'a', ProjectId: 0 }));
  const { KeyPair } = (
    json(tencent) as { Response: { KeyPair: { KeyId: string; PublicKey: string; PrivateKey: string } } }
  ).Response;
  expect(KeyPair.PublicKey).toBe(`${publicLine(KeyPair.PrivateKey)} ${KeyPair.KeyId}`);
  const ecs = await send(own.port, rpc(pair, 'CreateKeyPair', { KeyPairName: 'ab' }));
  const made = json(ecs) as { PrivateKeyBody: string };
  const listed = await send(own.port, rpc(pair, 'DescribeKeyPairs', { IncludePublicKey: 'true' }));
  const line = publicLine(made.PrivateKeyBody);
  expect(json(listed)).toMatchObject({ KeyPairs: { KeyPair: [{ PublicKey: line }] } });
  writeFileSync(join(folder, 'key.pub'), line);
  const bits = execFileSync('ssh-keygen', ['-l', '-f', join(folder, 'key.pub')], { encoding: 'utf8' });
  expect(bits).toMatch(/^2048 SHA256:/);
});

test.each<[Behaviour['fingerprint'], (made: RsaKey) => string]>([
  ['sha1-blob', ({ blob }) => createHash('sha1').update(blob).digest('hex')],
  ['md5-blob', ({ blob }) => createHash('md5').update(blob).digest('hex')],
  ['sha1-pkcs8', ({ pkcs8 }) => createHash('sha1').update(pkcs8).digest('hex')],
])('ECS fingerprint %s', async (fingerprint, digest) => {
  await using own = await startSandbox({
    behaviour: { fingerprint, aliyunKeyShape: 'bare-pkcs8', keyBits: 1024 },
  });
  const created = await send(own.port, rpc(own.sandbox.credentials, 'CreateKeyPair', { KeyPairName: 'ab' }));
  const made = json(created) as { PrivateKeyBody: string; KeyPairFingerPrint: string };
  const pkcs8 = Buffer.from(made.PrivateKeyBody, 'base64');
  const pem = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({
    format: 'pem',
    type: 'pkcs1',
  });
  const blob = Buffer.from(publicLine(pem.toString()).split(' ')[1] ?? '', 'base64');
  expect(made.KeyPairFingerPrint.replaceAll(':', '')).toBe(digest({ pkcs1: pkcs8, pkcs8, blob }));
});

test.each(['rsa', 'ecdsa'])('a line that ssh-keygen made for %s is read', (type) => {
  const file = join(folder, `made-${type}`);
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'me@home now', '-f', file]);
  const line = execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' });
  const [kind, base64 = ''] = line.split(' ');
  expect(parsePublicLine(line, 'documented')).toEqual({ type: kind, blob: Buffer.from(base64, 'base64') });
});

test('lines that are no key are refused', () => {
  const base64 = key.blob.toString('base64');
  const longer = Buffer.concat([key.blob, Buffer.from([0, 0, 0, 1, 1])]).toString('base64');
  for (const line of [
    '',
    'ssh-rsa',
    base64,
    `ssh-dss ${base64}`,
    `ssh-rsa ${base64.slice(0, -4)}`,
    `ssh-rsa ${base64}!`,
    `ssh-rsa ${longer}`,
    `constructor ${base64}`,
    `from="*" ssh-rsa ${base64}`,
    `ssh-rsa ${base64}\nssh-rsa ${base64}`,
  ]) {
    expect(parsePublicLine(line, 'documented'), line.slice(0, 40)).toBeNull();
  }
  expect(parsePublicLine(`ssh-rsa ${base64} a b\n`, 'documented')?.blob).toEqual(key.blob);
});
