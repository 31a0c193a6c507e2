import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { searchFor } from '../support/leaks.ts';
import { COMMAND, ended, PROGRAM } from '../support/program.ts';
import { type Served, serveSandbox } from '../support/served.ts';
import { temporaryDirectory } from '../support/temporary.ts';

// What Node itself would give away of the program's secrets.

const CREATE = ['create', '-p', 'tencent', '-r', 'ap-guangzhou', '--name', 'foo'];

let served: Served;
let home: string;
beforeEach(async () => {
  served = await serveSandbox();
  home = temporaryDirectory();
});
afterEach(() => served.close());

describe('while an answer is waited for', () => {
  let child: ChildProcess;
  let stderr: string;
  beforeEach(async () => {
    served.sandbox.fault({ kind: 'hang', when: 'before', action: 'CreateKeyPair' });
    const script = 'ulimit -c unlimited; exec "$@"';
    const env = { ...served.env, PATH: process.env['PATH'], HOME: home };
    child = spawn('sh', ['-c', script, 'sh', ...COMMAND, ...CREATE], { cwd: home, env });
    stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    while (!served.sandbox.log.some(({ action }) => action === 'CreateKeyPair')) await setTimeout(20);
  });
  afterEach(() => child.kill('SIGKILL'));

  it('SIGUSR1 starts no debugger', async () => {
    child.kill('SIGUSR1');
    await setTimeout(500);
    expect(stderr).toBe('');
    expect(child.exitCode ?? child.signalCode).toBeNull();
  });

  it.runIf(process.platform === 'linux')('a core dump holds no secret', async () => {
    const filter = readFileSync(`/proc/${child.pid ?? 0}/coredump_filter`, 'utf8');
    expect(parseInt(filter, 16)).toBe(0x10);
    const end = ended(child);
    child.kill('SIGSEGV');
    expect((await end).exit).toBe('SIGSEGV');
    // Where the system gives core dumps to a program of its own there is none to look at.
    for (const name of readdirSync(home).filter((file) => file.startsWith('core'))) {
      const core = readFileSync(path.join(home, name));
      expect(core.includes(served.sandbox.credentials.secretKey)).toBe(false);
    }
  });
});

it('SIGUSR1 starts no debugger in the process that asks the keychain, from its first line', async () => {
  const helper = path.join(path.dirname(PROGRAM), '../dist/keychain-process.js');
  // It waits for its request.
  const child = spawn(process.execPath, [helper], { cwd: home, env: {} });
  const end = ended(child);
  const catches = (): boolean => {
    const status = readFileSync(`/proc/${child.pid ?? 0}/status`, 'utf8');
    return (parseInt(/^SigCgt:\s*\w*(\w{8})$/m.exec(status)?.[1] ?? '', 16) & (1 << 9)) !== 0;
  };
  while (!catches()) await setTimeout(10);
  await setTimeout(300);
  child.kill('SIGUSR1');
  await setTimeout(300);
  child.stdin.end('{"act":"get"}');
  const { exit, stderr } = await end;
  expect([exit, stderr]).toEqual([0, '']);
});

it.each(['http,https,net,tls,stream', '*'])('NODE_DEBUG=%s prints no secret', async (debug) => {
  const { temporaryCredentials: access } = served.sandbox;
  const env = {
    TENCENTCLOUD_SECRET_ID: access.secretId,
    TENCENTCLOUD_SECRET_KEY: access.secretKey,
    TENCENTCLOUD_SESSION_TOKEN: access.token,
    NODE_DEBUG: debug,
  };
  const { exit, stdout, stderr } = await served.run(CREATE, { home, env });
  expect(exit).toBe(0);
  expect(stdout).toContain('foo');
  const privateKey = readFileSync(path.join(home, '.ssh/foo'), 'utf8');
  const secrets = searchFor([
    { name: 'secret id', value: access.secretId },
    { name: 'secret key', value: access.secretKey },
    { name: 'token', value: access.token },
    { name: 'signature', value: 'TC3-HMAC-SHA256' },
    { name: 'private key', value: privateKey.split('\n')[3] ?? '' },
  ]);
  expect(secrets.in(stderr)).toEqual([]);
  expect(existsSync(path.join(home, '.ssh/foo.pub'))).toBe(true);
});
