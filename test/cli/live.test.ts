import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { countKeyPairs } from '../../sandbox/file-repository.ts';
import { createSandbox } from '../../sandbox/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

it('npm run live deletes what a killed run has left, and saves what it was told', async () => {
  const home = temporaryDirectory();
  const cloud = path.join(home, 'cloud');
  let kill: () => void = () => undefined;
  const sandbox = createSandbox({
    stateDir: cloud,
    behaviour: { requestsPerSecond: null },
    onRequest: ({ action }) => {
      if (action === 'ImportKeyPair') kill();
    },
  });
  const listening = await sandbox.listen();
  const { secretId, secretKey } = sandbox.credentials;
  const start = (program: string, words: readonly string[], output: string) => {
    const args = ['-p', 'tencent', '-r', 'ap-guangzhou', '--endpoint', listening.url, '--yes', '--output', output];
    const env = {
      PATH: process.env['PATH'],
      HOME: home,
      TENCENTCLOUD_SECRET_ID: secretId,
      TENCENTCLOUD_SECRET_KEY: secretKey,
    };
    return spawn(program, [...words, ...args], { cwd: ROOT, env });
  };
  const killed = start(process.execPath, ['scripts/live.js'], path.join(home, 'killed.json'));
  kill = () => killed.kill('SIGKILL');
  await once(killed, 'exit');
  const left = await countKeyPairs(cloud);
  expect(left.length, 'nothing was left to delete').toBeGreaterThan(0);
  kill = () => undefined;

  const second = start('npm', ['run', '--silent', 'live', '--'], path.join(home, 'second.json'));
  const [stdout, stderr, ended] = await Promise.all([text(second.stdout), text(second.stderr), once(second, 'close')]);
  expect(stderr).toContain('deleting what an earlier run has left: kplive_');
  expect(stdout).toContain('0 differences from the sandbox');
  expect(ended).toEqual([0, null]);
  expect(await countKeyPairs(cloud)).toEqual([]);
  expect(readdirSync(home)).toContain('second.json');
  await listening.close();
}, 120_000);
