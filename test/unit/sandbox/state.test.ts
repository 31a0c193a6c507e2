import { randomUUID } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { countKeyPairs, fileRepositories } from '../../../sandbox/file-repository.ts';
import { createSandbox } from '../../../sandbox/server.ts';
import { withoutPairs, withPairs, type Repository, type StoredPair } from '../../../sandbox/repository.ts';
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
};

const add = (repository: Repository, pair: StoredPair): void => {
  repository.update((contents) => withPairs(contents, [pair]));
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
  const { KeyPair } = (json(made) as { Response: { KeyPair: { KeyId: string; PublicKey: string } } }).Response;
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
    (json(tencent) as { Response: { KeyPair: { PrivateKey: string } } }).Response.KeyPair.PrivateKey.split('\n')[1] ??
      '',
    (json(ecs) as { PrivateKeyBody: string }).PrivateKeyBody.slice(0, 64),
  ];
  expect(files().length).toBeGreaterThanOrEqual(2);
  for (const file of files()) {
    const text = readFileSync(file, 'utf8');
    if (!file.endsWith('0.json')) expect(text).toContain('ssh-rsa');
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
      send(n % 2 === 0 ? one.port : two.port, tc3(pair, 'cvm', 'CreateKeyPair', { KeyName: 'a', ProjectId: 0 })),
    ),
  );
  const codes = answers.map(codeOf);
  expect(codes.filter((code) => code === null)).toHaveLength(1);
  expect(codes.filter((code) => code === 'InvalidKeyPairName.Duplicate')).toHaveLength(19);
  expect(await countKeyPairs(folder)).toEqual([{ service: 'cvm', region: 'ap-guangzhou', keyPairs: 1 }]);
});

test('a last version that is broken or holds something else is passed over, and overtaken', () => {
  const repository = fileRepositories(folder)('cvm', 'ap-guangzhou');
  expect(repository.read().pairs).toEqual([]);
  add(repository, PAIR);
  const place = join(folder, 'cvm', 'ap-guangzhou');
  const whole = repository.read();
  const [first] = whole.instances;
  const bad = [
    JSON.stringify(whole).slice(0, 40),
    '',
    'null',
    '[]',
    JSON.stringify({ ...whole, pairs: [{ ...PAIR, name: 1 }] }),
    JSON.stringify({ ...whole, pairs: [{ ...PAIR, tags: [{ key: 'a' }] }] }),
    JSON.stringify({ ...whole, instances: {} }),
    JSON.stringify({ ...whole, instances: [{ ...first, keys: [{ keyId: 1 }] }] }),
    JSON.stringify({ ...whole, instances: [{ ...first, operation: { name: 'a' } }] }),
    JSON.stringify({ ...whole, instances: [{ ...first, platform: 'plan9' }] }),
  ];
  bad.forEach((text, index) => {
    const file = join(place, `${index + 2}.json`);
    writeFileSync(file, text);
    // The first may still be in the writing, and is waited for.
    if (index > 0) utimesSync(file, new Date(0), new Date(0));
    expect(repository.read(), text).toEqual(whole);
  });
  mkdirSync(join(place, 'folder.json'));
  writeFileSync(join(place, '.draft'), '{}');
  const other = fileRepositories(folder)('cvm', 'ap-guangzhou');
  add(other, { ...PAIR, id: 'skey-00000001', name: 'b' });
  expect(readdirSync(place)).toContain(`${bad.length + 2}.json`);
  expect(repository.read().pairs.map(({ name }) => name)).toEqual(['a', 'b']);
  repository.update((contents) => withoutPairs(contents, new Set([PAIR.id])));
  expect(other.read().pairs.map(({ name }) => name)).toEqual(['b']);
});

test('what a change throws leaves everything as it was; one that changes nothing writes nothing', () => {
  const repository = fileRepositories(folder)('ecs', 'cn-hangzhou');
  add(repository, PAIR);
  const before = files();
  expect(() => {
    repository.update(() => {
      throw new Error('no');
    });
  }).toThrow('no');
  repository.update((contents) => contents);
  expect(files()).toEqual(before);
  expect(repository.read().pairs).toEqual([PAIR]);
});

test('a change begins again when somebody else was quicker', () => {
  const [one, two] = [fileRepositories(folder), fileRepositories(folder)].map((find) => find('cvm', 'ap-guangzhou'));
  if (one === undefined || two === undefined) throw new Error('two repositories');
  const seen: number[] = [];
  one.update((contents) => {
    seen.push(contents.pairs.length);
    if (seen.length === 1) add(two, PAIR);
    return withPairs(contents, [{ ...PAIR, id: 'skey-00000001', name: 'b' }]);
  });
  expect(seen).toEqual([0, 1]);
  expect(two.read().pairs.map(({ name }) => name)).toEqual(['a', 'b']);
});

test('a state that is emptied underneath is empty, and begins anew', () => {
  const repository = fileRepositories(folder)('cvm', 'ap-guangzhou');
  add(repository, PAIR);
  expect(repository.read().pairs).toHaveLength(1);
  rmSync(join(folder, 'cvm'), { recursive: true });
  expect(repository.read().pairs).toEqual([]);
  add(repository, { ...PAIR, name: 'b' });
  expect(repository.read().pairs.map(({ name }) => name)).toEqual(['b']);
});

test('old versions are tidied away, the last ones stay a while', () => {
  const repository = fileRepositories(folder)('cvm', 'ap-guangzhou');
  const place = join(folder, 'cvm', 'ap-guangzhou');
  const grow = (count: number): void => {
    for (let n = 0; n < count; n += 1) add(repository, { ...PAIR, id: randomUUID(), name: randomUUID() });
  };
  grow(40);
  expect(readdirSync(place)).toHaveLength(41);
  const longAgo = new Date(Date.now() - 60_000);
  for (const file of files()) utimesSync(file, longAgo, longAgo);
  grow(1);
  expect(readdirSync(place).length).toBeLessThanOrEqual(18);
  expect(readdirSync(place)).toContain('41.json');
  expect(repository.read().pairs).toHaveLength(41);
});

test('newest first; of one moment, by name', () => {
  const repository = fileRepositories(folder)('cvm', 'ap-guangzhou');
  add(repository, { ...PAIR, name: 'b' });
  add(repository, { ...PAIR, name: 'a' });
  add(repository, { ...PAIR, name: 'c', createdAt: '2026-01-02T00:00:00.000Z' });
  expect(repository.read().pairs.map(({ name }) => name)).toEqual(['c', 'a', 'b']);
});

test('making a sandbox writes nothing', () => {
  createSandbox({ stateDir: join(folder, 'state') });
  expect(readdirSync(folder)).toEqual([]);
});

test('a count of a folder that is not there is empty', async () => {
  expect(await countKeyPairs(join(folder, 'nowhere'))).toEqual([]);
});
