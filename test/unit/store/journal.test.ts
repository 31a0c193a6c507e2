import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { hostHash, openEntry } from '../../../src/store/journal.ts';
import { modeOf, temporaryDirectory } from '../../support/temporary.ts';

it('notes an intent in a file of its own, and takes it back when it is followed', async () => {
  const state = path.join(temporaryDirectory(), 'state');
  const intent = {
    action: 'create',
    startedAt: '2026-11-21T10:00:00.000Z',
    latestMs: 150_000,
    pid: 7,
    host: hostHash('here'),
    provider: 'tencent',
    region: 'ap-guangzhou',
    endpoint: 'https://cvm.tencentcloudapi.com',
    apiVersion: '2017-03-12',
    profile: null,
    signer: null,
    sandbox: false,
    name: 'foo',
    tags: { env: 'prod' },
    projectId: 0,
    resourceGroupId: null,
    temporaryFile: '/home/u/.ssh/.foo.1.keypair',
    privateKeyFile: '/home/u/.ssh/foo',
    keyLost: false,
  } as const;
  const entry = await openEntry(state, intent, 'linux');
  const other = await openEntry(state, intent, 'linux');
  expect(modeOf(entry.file)).toBe(0o600);
  expect(modeOf(path.join(state, 'journal'))).toBe(0o700);
  expect(JSON.parse(readFileSync(entry.file, 'utf8'))).toEqual({ version: 2, ...intent });
  await entry.noteLost();
  expect(JSON.parse(readFileSync(entry.file, 'utf8'))).toMatchObject({ name: 'foo', keyLost: true });
  expect(modeOf(entry.file)).toBe(0o600);
  await entry.close();
  expect(existsSync(entry.file)).toBe(false);
  expect(readdirSync(path.join(state, 'journal'))).toEqual([path.basename(other.file)]);
});
