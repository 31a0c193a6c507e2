import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { fileName, fileShelves } from '../../../src/sandbox/file-shelf.ts';
import { createSandbox } from '../../../src/sandbox/server.ts';
import type { StoredPair } from '../../../src/sandbox/shelf.ts';
import { countKeyPairs } from '../../../src/sandbox/state.ts';
import { codeOf, json, rpc, send, startSandbox, tc3 } from './client.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keypair-sandbox-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const PAIR: StoredPair = {
  id: 'skey-00000000',
  name: 'a',
  publicKey: 'ssh-rsa AAAA a',
  fingerprint: '',
  createdAt: '2026-01-01T00:00:00.000Z',
  projectId: 0,
  description: '',
  resourceGroupId: '',
  tags: [],
  instances: [],
};

const files = (): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

test('what one sandbox makes another sees, also later', async () => {
  const stateDir = join(folder, 'state');
  await using one = await startSandbox({ stateDir });
  await using two = await startSandbox({ stateDir });
  const pair = one.sandbox.credentials;
  const made = await send(one.port, tc3(pair, 'cvm', 'CreateKeyPair', { KeyName: 'Abc', ProjectId: 0 }));
  const { KeyPair } = (json(made) as { Response: { KeyPair: { KeyId: string; PublicKey: string } } })
    .Response;
  const listed = await send(two.port, tc3(pair, 'cvm', 'DescribeKeyPairs'));
  expect(json(listed)).toMatchObject({
    Response: { TotalCount: 1, KeyPairSet: [{ KeyId: KeyPair.KeyId, PublicKey: KeyPair.PublicKey }] },
  });
  await send(two.port, rpc(pair, 'CreateKeyPair', { KeyPairName: 'a:b' }));
  expect(await countKeyPairs(stateDir)).toEqual([
    { service: 'cvm', region: 'ap-guangzhou', keyPairs: 1 },
    { service: 'ecs', region: 'cn-hangzhou', keyPairs: 1 },
  ]);
  await send(two.port, tc3(pair, 'cvm', 'DeleteKeyPairs', { KeyIds: [KeyPair.KeyId] }));
  expect(json(await send(one.port, tc3(pair, 'cvm', 'DescribeKeyPairs')))).toMatchObject({
    Response: { TotalCount: 0 },
  });
  expect(await countKeyPairs(stateDir)).toEqual([{ service: 'ecs', region: 'cn-hangzhou', keyPairs: 1 }]);
});

test('no private key is kept, and nobody else may read what is', async () => {
  await using own = await startSandbox({ stateDir: folder });
  const pair = own.sandbox.credentials;
  const tencent = await send(own.port, tc3(pair, 'lighthouse', 'CreateKeyPair', { KeyName: 'a' }));
  const ecs = await send(own.port, rpc(pair, 'CreateKeyPair', { KeyPairName: 'ab' }));
  const secrets = [
    (json(tencent) as { Response: { KeyPair: { PrivateKey: string } } }).Response.KeyPair.PrivateKey.split(
      '\n',
    )[1] ?? '',
    (json(ecs) as { PrivateKeyBody: string }).PrivateKeyBody.slice(0, 64),
  ];
  expect(files()).toHaveLength(2);
  for (const file of files()) {
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('ssh-rsa');
    expect(text).not.toContain('PRIVATE');
    for (const secret of secrets) {
      expect(secret).toHaveLength(64);
      expect(text).not.toContain(secret);
    }
    expect(statSync(file).mode & 0o777).toBe(0o600);
  }
  expect(statSync(join(folder, 'ecs', 'cn-hangzhou')).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'ecs')).mode & 0o777).toBe(0o700);
});

test('of twenty creates of one name over two sandboxes exactly one wins', async () => {
  await using one = await startSandbox({ stateDir: folder });
  await using two = await startSandbox({ stateDir: folder });
  const pair = one.sandbox.credentials;
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      send(
        n % 2 === 0 ? one.port : two.port,
        tc3(pair, 'cvm', 'CreateKeyPair', { KeyName: 'a', ProjectId: 0 }),
      ),
    ),
  );
  const codes = answers.map(codeOf);
  expect(codes.filter((code) => code === null)).toHaveLength(1);
  expect(codes.filter((code) => code === 'InvalidKeyPairName.Duplicate')).toHaveLength(19);
  expect(files()).toHaveLength(1);
});

test('files that vanish, are broken or hold something else are passed over', () => {
  const shelf = fileShelves(folder)('cvm', 'ap-guangzhou');
  expect(shelf.list()).toEqual([]);
  expect(shelf.add(PAIR)).toBe(true);
  const place = join(folder, 'cvm', 'ap-guangzhou');
  const whole = JSON.stringify(PAIR);
  for (const [name, text] of Object.entries({
    half: whole.slice(0, 40),
    empty: '',
    null: 'null',
    list: '[]',
    number: JSON.stringify({ ...PAIR, name: 1 }),
    tags: JSON.stringify({ ...PAIR, tags: [{ key: 'a' }] }),
    instances: JSON.stringify({ ...PAIR, instances: [1] }),
  })) {
    writeFileSync(join(place, `${name}.json`), text);
  }
  mkdirSync(join(place, 'folder.json'));
  writeFileSync(join(place, '.draft'), whole);
  expect(shelf.list()).toEqual([PAIR]);
  expect(shelf.add(PAIR)).toBe(false);
  expect(shelf.remove('nobody')).toBe(false);
  expect(shelf.remove('a')).toBe(true);
  expect(shelf.list()).toEqual([]);
});

test('a name gives one file name, of letters that every file system tells apart', () => {
  expect(fileName('key_1-a')).toBe('key_1-a.json');
  expect(fileName('Key')).not.toBe(fileName('key'));
  expect(fileName('Key').toLowerCase()).not.toBe(fileName('key').toLowerCase());
  expect(fileName('a:b.c')).toBe('a%3ab%2ec.json');
  const longest = fileName('密'.repeat(128));
  expect(longest.length).toBeLessThan(255);
  expect(longest).not.toBe(fileName('密'.repeat(127)));
});

test('newest first; of one moment, by name', () => {
  const shelf = fileShelves(folder)('cvm', 'ap-guangzhou');
  shelf.add({ ...PAIR, name: 'b' });
  shelf.add({ ...PAIR, name: 'a' });
  shelf.add({ ...PAIR, name: 'c', createdAt: '2026-01-02T00:00:00.000Z' });
  expect(shelf.list().map(({ name }) => name)).toEqual(['c', 'a', 'b']);
});

test('making a sandbox writes nothing', () => {
  createSandbox({ stateDir: join(folder, 'state') });
  expect(readdirSync(folder)).toEqual([]);
});

test('a count of a folder that is not there is empty', async () => {
  expect(await countKeyPairs(join(folder, 'nowhere'))).toEqual([]);
});
