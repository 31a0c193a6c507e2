import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Run } from '../support/program.ts';
import { ended, run, start } from '../support/program.ts';
import { placeOf } from '../support/places.ts';
import { type Served, serveSandbox, withEachObject } from '../support/served.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { keypairOnTerminal, KEYS } from '../support/terminal.ts';

/** Every instance runs. */
const RUNNING = { InstanceState: 'RUNNING', Status: 'Running' };

describe('ssh', () => {
  let sshd: Sshd;
  let served: Served;
  let home: string;
  let env: Readonly<Record<string, string>>;
  let told: Readonly<Record<string, unknown>>;

  beforeAll(async () => {
    sshd = await startSshd(temporaryDirectory());
  });
  afterAll(() => {
    sshd.close();
  });
  beforeEach(async () => {
    home = temporaryDirectory();
    served = await serveSandbox({ behaviour: { requestsPerSecond: null, operationMs: 0 } });
    env = { ...served.env, PATH: sshd.searchPath };
    told = RUNNING;
    served.sandbox.fault({ kind: 'patch', action: 'DescribeInstances', times: 999, patch: onLoopback });
  });
  afterEach(() => served.close());

  /** Gives every instance an address of this machine and the port of the sshd, and the fields of `told`. */
  function onLoopback(value: unknown): unknown {
    const fields: Readonly<Record<string, unknown>> = {
      PublicIpAddresses: ['127.0.0.1'],
      PublicAddresses: ['127.0.0.1'],
      PublicIpAddress: { IpAddress: ['127.0.0.1'] },
      PrivateIpAddresses: ['127.0.0.1'],
      IPv6Addresses: [],
      PublicIpv6Addresses: [],
      ...told,
    };
    return withEachObject(value, (row) => {
      const copy = Object.fromEntries(Object.entries(row).map(([key, one]) => [key, fields[key] ?? one]));
      // Only CVM tells them.
      const isCvm = 'PublicIpAddresses' in row;
      return isCvm ? { ...copy, DefaultLoginUser: sshd.user, DefaultLoginPort: sshd.port, ...told } : copy;
    });
  }

  const keypair = (args: readonly string[], input?: string): Promise<Run> =>
    served.run(args, { home, env, ...(input === undefined ? {} : { input }) });

  async function bound(provider: string, number: number, ...flags: readonly string[]): Promise<string> {
    const id = placeOf(provider).instance(number);
    const made = await keypair(['create', '-p', provider, '--name', `key${number}`, '-q', ...flags]);
    expect(made.exit, made.stderr).toBe(0);
    const file = made.stdout.trim();
    sshd.authorize(`${file}.pub`);
    const attached = await keypair(['attach', '-p', provider, `key${number}`, id, '-y', '--json']);
    expect(attached.exit, attached.stderr).toBe(0);
    return file;
  }

  it.each(['tencent', 'lighthouse', 'aliyun', 'qcloud'] as const)('logs in to an instance of %s', async (provider) => {
    await bound(provider, 3);
    const options = provider === 'tencent' || provider === 'qcloud' ? [] : ['-p', String(sshd.port)];
    const user = ['--user', sshd.user];
    const { exit, stdout, stderr } = await keypair([
      ...['ssh', 'batch-1', '-p', provider, ...user, '--', ...options, 'echo', 'hello;', 'exit', '7'],
    ]);
    expect({ exit, stdout }, stderr).toEqual({ exit: 7, stdout: 'hello\n' });
  });

  it('logs in with a key made here', async () => {
    await bound('aliyun', 3, '--local', '--type', 'rsa-4096');
    const { exit, stderr } = await keypair([
      ...['ssh', 'batch-1', '-p', 'aliyun', '--user', sshd.user, '--', '-p', String(sshd.port), 'true'],
    ]);
    expect(exit, stderr).toBe(0);
  });

  it('offers the key that is attached and no other, and has the exit status of an ssh that is refused', async () => {
    await bound('tencent', 3);
    await keypair(['create', '-p', 'tencent', '--name', 'other', '-q']);
    sshd.authorize(path.join(home, '.ssh/other.pub'));
    const { exit, stderr } = await keypair(['ssh', 'batch-1', '-p', 'tencent', '--', 'true']);
    expect(exit).toBe(255);
    expect(stderr).toContain('Permission denied');
    expect((await keypair(['ssh', 'batch-1', '-p', 'tencent', '--key', 'other', '--', 'true'])).exit).toBe(0);
    const file = path.join(home, '.ssh/other');
    expect((await keypair(['ssh', 'batch-1', '-p', 'tencent', '--key', file, '--', 'true'])).exit).toBe(0);
  });

  it('gives stdin and all arguments to the command, empty ones too', async () => {
    await bound('tencent', 3);
    const { stdout } = await keypair(['ssh', 'batch-1', '-p', 'tencent', '--', 'cat', '-n'], 'one\ntwo\n');
    expect(stdout).toMatch(/1\s+one\n\s+2\s+two\n/);
    const empty = await keypair(['ssh', 'batch-1', '-p', 'tencent', '--', '--', "printf '[%s]'", '', "''", '-h']);
    expect(empty.stdout).toBe('[][-h]');
  });

  it('leaves a passphrase to ssh and to the agent', async () => {
    const file = await bound('tencent', 3);
    const agent = execFileSync('ssh-agent', ['-s'], { encoding: 'utf8' });
    const [, socket = ''] = /SSH_AUTH_SOCK=([^;]+)/.exec(agent) ?? [];
    const [, pid = ''] = /SSH_AGENT_PID=(\d+)/.exec(agent) ?? [];
    try {
      execFileSync('ssh-add', ['-q', file], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' });
      execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'a passphrase', '-f', file]);
      const login = ['ssh', 'batch-1', '-p', 'tencent', '--'];
      expect((await keypair([...login, 'true'])).exit).toBe(255);
      expect((await keypair([...login, '-o', `IdentityAgent=${socket}`, 'true'])).exit).toBe(0);
    } finally {
      process.kill(Number(pid));
    }
    const askpass = path.join(home, 'askpass');
    writeFileSync(askpass, '#!/bin/sh\necho a passphrase\n', { mode: 0o755 });
    const asked = await served.run(['ssh', 'batch-1', '-p', 'tencent', '--', '-o', 'BatchMode=no', 'echo', 'hello'], {
      home,
      env: { ...env, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' },
    });
    expect(asked, asked.stderr).toMatchObject({ exit: 0, stdout: 'hello\n' });
  });

  it('goes through another instance, whose own key opens it, at a path that is hard to quote', async () => {
    const odd = path.join(home, "a b'c%d $x;y");
    mkdirSync(odd, { mode: 0o700 });
    const target = await bound('tencent', 3, '--key-dir', odd);
    const jump = await bound('tencent', 4, '--key-dir', odd);
    sshd.authorize(`${target}.pub`, `${jump}.pub`);
    const args = ['ssh', 'batch-1', '-p', 'tencent', '--key-dir', odd, '--private', '--jump', 'batch-2'];
    const printed = await keypair([...args, '--print', '--json']);
    const { command } = JSON.parse(printed.stdout) as { readonly command: readonly string[] };
    expect(command.join(' ')).toContain(`ProxyCommand=ssh -W '[%h]:%p'`);
    const { exit, stdout, stderr } = await keypair([...args, '--', 'echo', 'hello']);
    expect({ exit, stdout }, stderr).toEqual({ exit: 0, stdout: 'hello\n' });
    // The printed line does the same in a shell.
    writeFileSync(path.join(home, 'line'), (await keypair([...args, '--print', '--', 'echo', 'hello'])).stdout);
    expect(execFileSync('sh', [path.join(home, 'line')], { env, encoding: 'utf8' })).toBe('hello\n');
    sshd.authorize(`${target}.pub`);
    expect((await keypair([...args, '--', 'true'])).exit).toBe(255);
  });

  it('passes a signal on, and ends as ssh does', async () => {
    await bound('tencent', 3);
    const child = start(['ssh', 'batch-1', '-p', 'tencent', '--', 'echo here; sleep 60'], { home, env });
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    const end = ended(child);
    child.kill('SIGTERM');
    expect((await end).exit).toBe(255);
  });

  it('has 128 and the number of the signal that killed ssh', async () => {
    await bound('tencent', 3);
    const bin = path.join(home, 'bin');
    mkdirSync(bin);
    writeFileSync(path.join(bin, 'ssh'), '#!/bin/sh\nkill -KILL $$\n', { mode: 0o755 });
    const killed = await served.run(['ssh', 'batch-1', '-p', 'tencent'], {
      home,
      env: { ...env, PATH: `${bin}:${sshd.searchPath}` },
    });
    expect(killed).toMatchObject({ exit: 128 + constants.signals.SIGKILL, stdout: '' });
  });

  it.each(['$(touch planted)', '-oProxyCommand=touch planted', '../planted', '"; touch planted; "', '`touch planted`'])(
    'does nothing with an instance called %s but log in to it',
    async (name) => {
      told = { ...RUNNING, InstanceName: name };
      await bound('tencent', 3);
      const { exit, stdout } = await keypair(['ssh', 'ins-sandbox3', '-p', 'tencent', '--', 'echo', 'hello']);
      expect({ exit, stdout }).toEqual({ exit: 0, stdout: 'hello\n' });
      const printed = await keypair(['ssh', 'ins-sandbox3', '-p', 'tencent', '--print']);
      expect(printed.stdout).not.toContain('touch');
      const many = await keypair(['ssh', '-p', 'tencent', '--print', '--', name]);
      expect(many.exit).toBe(5);
      expect(readdirSync(home)).not.toContain('planted');
      expect(existsSync(path.join(process.cwd(), 'planted'))).toBe(false);
    },
  );

  it.each(['-oProxyCommand=touch planted', 'root; touch planted', '$(id)', 'a b', 'root\u001b[2J', 'Root', '-l', '..'])(
    'refuses a login user that the service calls %j',
    async (user) => {
      told = { ...RUNNING, DefaultLoginUser: user };
      await bound('tencent', 3);
      const { exit, stderr } = await keypair(['ssh', 'ins-sandbox3', '-p', 'tencent', '--', 'true']);
      // A text with a control character counts as none.
      if (user.includes('\u001b')) expect(exit).toBe(255);
      else expect({ exit, stderr }).toMatchObject({ exit: 2, stderr: expect.stringContaining('--user') as string });
      expect(readdirSync(home)).not.toContain('planted');
    },
  );

  it.each([
    ['en', 'Which instance'],
    ['zh-CN', '登录哪个实例'],
  ])('asks for the instance on a terminal, and hands it over (%s)', async (lang, question) => {
    await bound('tencent', 3);
    await using screen = keypairOnTerminal(['ssh', '-p', 'tencent', '--lang', lang, '-r', 'ap-guangzhou'], {
      home,
      env,
    });
    await screen.shows(question);
    screen.type('batch-1');
    await screen.shows('ins-sandbox3');
    screen.type(KEYS.enter);
    await screen.shows(/[$#%>] *$/);
    screen.type('stty size; tty\r');
    await screen.shows('50 140');
    await screen.shows(/\/dev\/(pts|tty)/);
    // Ctrl-C is for the remote side.
    screen.type('sleep 60\r');
    await new Promise((resolve) => setTimeout(resolve, 300));
    screen.type(KEYS.ctrlC);
    screen.type('echo sti""ll here\r');
    await screen.shows('still here');
    screen.type('exit 9\r');
    expect(await screen.ended()).toBe(9);
    // The cursor is visible again.
    expect(screen.raw().lastIndexOf('\u001b[?25h')).toBeGreaterThanOrEqual(screen.raw().lastIndexOf('\u001b[?25l'));
  });

  it('logs in to an instance of the sandbox, which lives as long as ssh does', async () => {
    const sandbox = (...args: readonly string[]): Promise<Run> =>
      run([...args, '--sandbox', '-p', 'tencent', '-r', 'ap-guangzhou'], { home });
    const flags = ['--wait', '-y', '-q'];
    expect((await sandbox('create', '--name', 'foo', '-q')).exit).toBe(0);
    expect((await sandbox('attach', 'foo', 'web-1', '--force-stop', ...flags)).exit).toBe(0);
    const args = ['ssh', 'web-1', '--sandbox', '-p', 'tencent', '--', '-o', 'IdentityAgent=none', 'echo', 'hello'];
    const { exit, stdout, stderr } = await run(args, { home });
    expect({ exit, stdout }, stderr).toEqual({ exit: 0, stdout: 'hello\n' });
    const printed = await sandbox('ssh', 'web-1', '--print');
    expect(printed.stderr).toContain('keypair sandbox serve --ssh');
    expect((await sandbox('ssh', 'web-1', '--jump', 'web-2')).exit).toBe(2);
  });
});
