import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serveSandbox, type Served } from '../support/served.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';

// sshfs gives a file another inode number whenever it is looked at again; test/faults/attacks.test.ts shows that a
// directory that was replaced is noticed where numbers stay.
const PRELOAD = path.resolve(import.meta.dirname, '../faults/renumbered.cjs');

let served: Served;
beforeAll(async () => {
  served = await serveSandbox();
});
afterAll(() => served.close());

it.each([
  ['create', ['create', '-p', 'tencent', '--name', 'foo']],
  ['create of a key that is normalised', ['create', '-p', 'aliyun', '--name', 'foo']],
  ['create --local', ['create', '-p', 'lighthouse', '-r', 'ap-guangzhou', '--local', '--name', 'foo']],
  ['ensure', ['ensure', '-p', 'tencent', '-r', 'ap-shanghai', '--name', 'foo']],
])('%s ends well where inode numbers do not stay', async (_what, args) => {
  const home = temporaryDirectory();
  const { exit, stderr } = await served.run(args, { home, env: { NODE_OPTIONS: `--require ${PRELOAD}` } });
  expect(exit, stderr).toBe(0);
  expect(readdirSync(path.join(home, '.ssh')).sort()).toEqual(['foo', 'foo.pub']);
  expect(modeOf(path.join(home, '.ssh/foo'))).toBe(0o600);
});
