import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { startCloud, type Fields } from './cloud.ts';

const PLACE = { service: 'cvm', region: 'ap-guangzhou' } as const;

test('two thousand pairs take no time, and OpenSSH reads their keys', async () => {
  await using cloud = await startCloud();
  const begun = performance.now();
  const pairs = cloud.sandbox.seed({
    ...PLACE,
    count: 2000,
    name: (index) => `seed_${index}`,
    tags: (index) => [{ key: 'n', value: String(index) }],
  });
  expect(performance.now() - begun).toBeLessThan(2000);
  expect(new Set(pairs.map(({ publicKey }) => publicKey.split(' ')[1])).size).toBe(2000);
  expect(await cloud.cvm('DescribeKeyPairs', { Limit: 1 })).toMatchObject({ TotalCount: 2000 });
  const one = { Filters: [{ Name: 'tag:n', Values: ['1234'] }] };
  expect(await cloud.cvm('DescribeKeyPairs', one)).toMatchObject({
    KeyPairSet: [{ KeyId: pairs[1234]?.id, KeyName: 'seed_1234', PublicKey: pairs[1234]?.publicKey }],
  });
  const folder = mkdtempSync(join(tmpdir(), 'keypair-seed-'));
  try {
    const lines = pairs.slice(0, 20).map(({ publicKey }) => `${publicKey}\n`);
    writeFileSync(join(folder, 'keys'), lines.join(''));
    const read = execFileSync('ssh-keygen', ['-l', '-f', join(folder, 'keys')], { encoding: 'utf8' });
    expect(read.match(/^2048 SHA256:\S+ skey-[0-9a-z]{8} \(RSA\)$/gm)).toHaveLength(20);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('seeds of ECS have fingerprints; names that are taken are refused as a whole', async () => {
  await using cloud = await startCloud();
  const seed = { service: 'ecs', region: 'cn-hangzhou', name: (index: number) => `key-${index}` } as const;
  cloud.sandbox.seed({ ...seed, count: 2, createdAt: (index) => new Date(Date.UTC(2026, 0, index + 1)) });
  expect(await cloud.ecs('DescribeKeyPairs', { KeyPairName: 'key-*' })).toMatchObject({
    KeyPairs: {
      KeyPair: [
        { KeyPairName: 'key-1', CreationTime: '2026-01-02T00:00Z' },
        { KeyPairName: 'key-0', KeyPairFingerPrint: expect.stringMatching(/^([0-9a-f]{2}:){19}/) as unknown },
      ],
    },
  });
  expect(() => cloud.sandbox.seed({ ...seed, count: 3 })).toThrow('taken');
  expect(() => cloud.sandbox.seed({ ...seed, count: 2, name: () => 'same' })).toThrow('taken');
  expect(await cloud.ecs('DescribeKeyPairs')).toMatchObject({ TotalCount: 2 });
});

test('pairs come and go during a walk, at the very moment between two answers', async () => {
  const steps: (() => void)[] = [];
  await using cloud = await startCloud({}, { onRequest: () => steps.shift()?.() });
  const { sandbox } = cloud;
  sandbox.seed({ ...PLACE, count: 4, name: (index) => `seed_${index}` });
  const names = async (Offset: number): Promise<unknown> => {
    const page = await cloud.cvm('DescribeKeyPairs', { Offset, Limit: 2 });
    return (page['KeyPairSet'] as Fields[]).map(({ KeyName }) => KeyName);
  };
  steps.push(() => {
    sandbox.remove({ ...PLACE, names: ['seed_0', 'nobody'] });
  });
  expect(await names(0)).toEqual(['seed_0', 'seed_1']);
  // What moved up was jumped over.
  expect(await names(2)).toEqual(['seed_3']);
  steps.push(() => {
    sandbox.seed({ ...PLACE, count: 1, name: () => 'late', createdAt: () => new Date(Date.now() + 1000) });
  });
  expect(await names(0)).toEqual(['seed_1', 'seed_2']);
  // What moved down comes twice.
  expect(await names(2)).toEqual(['seed_2', 'seed_3']);
});

test('page sizes may be any, and never none or more than was asked for', async () => {
  const sizes = [3, 1, 0, -5, 2.9, 1000];
  await using cloud = await startCloud({ pageSize: () => sizes.shift() ?? 1 });
  cloud.sandbox.seed({ ...PLACE, count: 20, name: (index) => `seed_${index}` });
  const rows = async (): Promise<number> => {
    const page = await cloud.cvm('DescribeKeyPairs', { Limit: 5 });
    expect(page).toMatchObject({ TotalCount: 20 });
    return (page['KeyPairSet'] as Fields[]).length;
  };
  const seen: number[] = [];
  for (let count = 0; count < 6; count += 1) seen.push(await rows());
  expect(seen).toEqual([3, 1, 1, 1, 2, 5]);
});

test('ECS counts in pages, so its size is drawn once for a question and then stays', async () => {
  const sizes = [3, 7];
  const drawn: number[] = [];
  await using cloud = await startCloud({
    pageSize: (asked) => {
      drawn.push(asked);
      return sizes.shift() ?? 1;
    },
  });
  cloud.sandbox.seed({ service: 'ecs', region: 'cn-hangzhou', count: 20, name: (index) => `key-${index}` });
  const names: unknown[] = [];
  for (let number = 1; number <= 7; number += 1) {
    const page = await cloud.ecs('DescribeKeyPairs', { PageSize: '50', PageNumber: String(number) });
    expect(page).toMatchObject({ TotalCount: 20, PageSize: 3 });
    names.push(...(page['KeyPairs'] as { KeyPair: Fields[] }).KeyPair.map(({ KeyPairName }) => KeyPairName));
  }
  expect(new Set(names).size).toBe(20);
  expect(drawn).toEqual([50]);
});
