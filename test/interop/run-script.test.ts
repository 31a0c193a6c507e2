import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../../src/context.ts';
import { Interrupts } from '../../src/interrupts.ts';
import { parsePublicKey } from '../../src/keys/public-key.ts';
import { keysScript, readKeysAnswer } from '../../src/ssh/authorized-keys.ts';
import type { Login } from '../../src/ssh/command.ts';
import { runBySsh } from '../../src/ssh/run-script.ts';
import { quietContext } from '../support/context.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { temporaryDirectory } from '../support/temporary.ts';

describe('a script over ssh', () => {
  const place = temporaryDirectory();
  const file = (name: string): string => path.join(place, name);
  let sshd: Sshd;
  let context: Context;

  beforeAll(async () => {
    sshd = await startSshd(temporaryDirectory());
    for (const name of ['key', 'other'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(name)]);
    sshd.authorize(file('key.pub'));
  });
  afterAll(() => {
    sshd.close();
  });
  beforeEach(() => {
    configure();
    context = quietContext(place, { ...process.env, PATH: sshd.searchPath });
  });

  function configure(...lines: readonly string[]): void {
    const all = ['UserKnownHostsFile /dev/null', 'IdentityAgent none', ...lines, 'StrictHostKeyChecking no'];
    writeFileSync(sshd.config, `${all.join('\n')}\n`);
  }

  const login = (more: Partial<Login> = {}): Login => ({
    address: '127.0.0.1',
    port: sshd.port,
    user: sshd.user,
    privateKeyPath: file('key'),
    knownHosts: null,
    ...more,
  });
  const runs = (script: string, more: Partial<Login> = {}, timeoutMs = 20_000): ReturnType<typeof runBySsh> =>
    runBySsh(context, login(more), { jump: null, timeoutMs }, script);

  it('tells its exit status and what it printed', async () => {
    configure('RemoteCommand exit 5', 'LogLevel QUIET', 'RequestTTY force');
    expect(await runs('echo "a  b"; echo no >&2; exit 3')).toEqual({ exit: 3, output: 'a  b\n' });
    expect(await runs('exit 255')).toEqual({ exit: 255, output: '' });
    const long = await runs('i=0; while [ $i -lt 9000 ]; do echo 0123456789; i=$((i + 1)); done');
    expect([long.exit, long.output.length]).toEqual([0, 64 * 1024]);
  });

  it('asks a server for the lines of a key', async () => {
    const publicKey = parsePublicKey(readFileSync(file('key.pub'), 'utf8'));
    const marker = randomBytes(10).toString('hex');
    const task = { op: 'look', user: sshd.user, publicKey, allUsers: false } as const;
    const { exit, output } = await runs(keysScript(task, marker));
    expect([exit, readKeysAnswer(output, marker)]).toMatchObject([0, { accounts: [{ user: sshd.user }] }]);
  });

  it('goes over a jump host', async () => {
    configure(`Match originalhost hop`, '  HostName 127.0.0.1', `  IdentityFile ${file('key')}`, 'Match all');
    const jump = { host: `${sshd.user}@hop:${sshd.port}` };
    expect(await runBySsh(context, login(), { jump, timeoutMs: 20_000 }, 'echo in')).toEqual({
      exit: 0,
      output: 'in\n',
    });
  });

  it.each([
    ['refuses the key', { privateKeyPath: file('other') }, 'AUTH', ' with '],
    ['is not there', { port: 1 }, 'UNAVAILABLE', 'Connection refused'],
    ['has another host key', { knownHosts: { file: file('known'), alias: 'one' } }, 'FAILURE', 'host key'],
  ] as const)('has not run on a server that %s', async (_what, more, code, words) => {
    configure('StrictHostKeyChecking yes');
    if (code !== 'FAILURE') configure();
    writeFileSync(file('known'), `one ${readFileSync(file('other.pub'), 'utf8')}`);
    await expect(runs('exit 0', more)).rejects.toMatchObject({
      code,
      outcome: 'none',
      message: expect.stringContaining(words) as string,
    });
  });

  it.each([
    ['takes too long', 'sleep 60', 3000, 'UNAVAILABLE'],
    ['loses its connection', 'kill -9 $PPID; sleep 5', 20_000, 'UNAVAILABLE'],
    ['is cancelled', 'sleep 60', 60_000, 'CANCELLED'],
  ] as const)('may have run if it %s', async (_what, script, timeoutMs, code) => {
    const interrupts = new Interrupts();
    context = { ...context, interrupts };
    if (code === 'CANCELLED')
      setTimeout(() => {
        interrupts.interrupt();
      }, 3000);
    await expect(runs(script, {}, timeoutMs)).rejects.toMatchObject({ code, outcome: 'unknown' });
    if (code === 'CANCELLED') await expect(runs(script)).rejects.toMatchObject({ code, outcome: 'none' });
  });
});
