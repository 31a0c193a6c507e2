import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileRepositories } from '../../sandbox/file-repository.ts';
import { createSandbox } from '../../sandbox/server.ts';
import type { Login } from '../../sandbox/ssh.ts';
import { COMMAND, ended, type Run, run } from '../support/program.ts';
import {
  loginTo,
  MOUNTS,
  type SandboxServer,
  type ServedInstance,
  SERVERS,
  serveProgram,
  sshTo,
} from '../support/sandbox-server.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';
import { codeOf, rpc, send } from '../unit/sandbox/client.ts';

const login = (to: Login, key: string, ...args: readonly string[]): Promise<Run> => loginTo(to, key, args);

/** The numbers of all processes that a process has started, and that those have started. */
function descendants(pid: number): readonly number[] {
  const all = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/ +/).map(Number));
  const below = (parent: number): number[] =>
    all.flatMap(([child = 0, its]) => (its === parent ? [child, ...below(child)] : []));
  return below(pid);
}

/** Whether a process runs: one that nobody has waited for yet does not. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=,args=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout !== '' && !stdout.startsWith('Z');
}

let home: string;
beforeEach(() => {
  home = temporaryDirectory();
});

describe.each(SERVERS)('sandbox serve --ssh of $who', ({ wrapped }) => {
  let served: SandboxServer;
  let server: ChildProcess;
  let web: ServedInstance;
  beforeEach(async () => {
    served = await serveProgram(['--ssh'], { wrapped });
    server = served.process;
    const found = served.instances.find(({ provider, name }) => provider === 'tencent' && name === 'web-1');
    if (found === undefined) throw new Error('no web-1');
    web = found;
  });
  afterEach(() => served.end());

  const keypair = (...args: string[]): Promise<Run> => {
    const { secretId, secretKey } = served.credentials;
    const env = {
      TENCENTCLOUD_SECRET_ID: secretId,
      TENCENTCLOUD_SECRET_KEY: secretKey,
      ALIBABA_CLOUD_ACCESS_KEY_ID: secretId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: secretKey,
      KEYPAIR_ENDPOINT: served.url,
    };
    return run(args, { home, env });
  };
  const done = async (...args: string[]): Promise<string> => {
    const { exit, stdout, stderr } = await keypair(...args);
    expect(exit, stderr).toBe(0);
    return stdout;
  };
  const key = (name: string): string => path.join(home, '.ssh', name);
  const REFUSED = { exit: 255, stdout: '', stderr: expect.stringMatching(/Permission denied/) as string };

  it.each([
    ['tencent', ['--force-stop']],
    ['lighthouse', []],
    ['aliyun', []],
  ] as const)('lets a key pair of %s in while it is bound, and no other', async (provider, flags) => {
    const to = served.instances.find((one) => one.provider === provider && one.name === 'web-1') ?? web;
    for (const name of ['foo', 'bar']) await done('create', '-p', provider, '--name', name);
    expect(await login(to, key('foo'))).toEqual(REFUSED);
    const reboot = async (): Promise<void> => {
      const request = rpc(served.credentials, 'RebootInstance', { InstanceId: to.id });
      expect(codeOf(await send(Number(new URL(served.url).port), request))).toBeNull();
    };
    await done('attach', '-p', provider, 'foo', 'web-1', '--wait', '-y', ...flags);
    if (provider === 'aliyun') {
      // ECS lists the pair as bound, and the server does not know of it.
      expect(await login(to, key('foo'))).toEqual(REFUSED);
      await reboot();
    }
    expect(await login(to, key('foo'))).toEqual({
      exit: 0,
      stdout: `keypair sandbox: web-1 (${to.id})\n`,
      stderr: '',
    });
    expect(await login(to, key('bar'))).toEqual(REFUSED);
    const other = served.instances.find((one) => one.provider === provider && one.name === 'web-2') ?? web;
    expect(await login(other, key('foo'))).toEqual(REFUSED);
    const listed = JSON.parse(await done('instances', '-p', provider, '--json')) as { publicAddresses: string[] }[];
    expect(listed.map(({ publicAddresses }) => publicAddresses)).toEqual([[], [], [], ['127.0.0.1'], ['127.0.0.1']]);
    await done('detach', '-p', provider, 'foo', 'web-1', '--wait', '-y', ...flags);
    if (provider === 'aliyun') {
      expect(await login(to, key('foo'))).toMatchObject({ exit: 0 });
      await reboot();
    }
    expect(await login(to, key('foo'))).toEqual(REFUSED);
  });

  it('runs nothing that the client sends, forwards nothing, and ends with the server', async () => {
    await done('create', '-p', 'tencent', '--name', 'foo');
    await done('attach', '-p', 'tencent', 'foo', 'web-1', '--wait', '-y', '--force-stop');
    const at = (...args: string[]): Promise<Run> => login(web, key('foo'), ...args);
    const mark = path.join(home, 'mark');
    expect(await at('true')).toEqual({ exit: 0, stdout: '', stderr: '' });
    const words = `'$(touch ${mark})' \`touch ${mark}\` ; touch ${mark} | * \\n "`;
    expect(await at(`echo ${words}`)).toEqual({ exit: 0, stdout: `${words}\n`, stderr: '' });
    for (const command of [`true; touch ${mark}`, `touch ${mark}`, 'true\n', 'sh', '$SHELL', 'echo'])
      expect(await at(command), command).toMatchObject({ exit: 1, stdout: '' });
    expect((await at('-s', 'sftp')).exit).not.toBe(0);
    expect((await at('-tt')).stdout).toBe(`keypair sandbox: web-1 (${web.id})\r\n`);
    expect(existsSync(mark)).toBe(false);

    // A forwarding that is allowed would reach the port of the sandbox itself.
    const port = Number(new URL(served.url).port);
    expect(await at('-o', 'ExitOnForwardFailure=yes', '-R', `127.0.0.1:0:127.0.0.1:${port}`, 'true')).toMatchObject({
      exit: 255,
      stderr: expect.stringContaining('forwarding failed') as string,
    });
    expect(await at('-W', `127.0.0.1:${port}`)).toMatchObject({
      exit: 255,
      stderr: expect.stringContaining('forwarding failed') as string,
    });

    const open = sshTo(web, key('foo'), ['-N']);
    while (descendants(server.pid ?? 0).length === 0) await setTimeout(20);
    await setTimeout(500);
    const sessions = descendants(server.pid ?? 0);
    server.kill('SIGINT');
    await Promise.all([once(server, 'exit'), once(open, 'exit')]);
    expect(server.exitCode).toBe(0);
    expect(sessions).not.toEqual([]);
    expect(sessions.filter(isAlive)).toEqual([]);
    expect((await at('true')).stderr).toMatch(/Connection refused/);
    expect(existsSync(served.credentialsFile)).toBe(false);
  });

  it('takes its own credentials only: others are public', async () => {
    expect(modeOf(served.credentialsFile)).toBe(0o600);
    expect(JSON.parse(readFileSync(served.credentialsFile, 'utf8'))).toEqual(served.credentials);
    const { credentials, temporaryCredentials: temporary } = createSandbox({ stateDir: null });
    const metadata = `${served.url}/latest/meta-data/cam/security-credentials/ops`;
    const session = (await (await fetch(metadata)).json()) as Readonly<Record<string, string>>;
    const all = [
      { id: credentials.secretId, key: credentials.secretKey },
      { id: temporary.secretId, key: temporary.secretKey, token: temporary.token },
      { id: session['TmpSecretId'] ?? '', key: session['TmpSecretKey'] ?? '', token: session['Token'] ?? '' },
    ];
    for (const { id, key: secret, token } of all) {
      const env = {
        TENCENTCLOUD_SECRET_ID: id,
        TENCENTCLOUD_SECRET_KEY: secret,
        ...(token === undefined ? {} : { TENCENTCLOUD_TOKEN: token }),
        KEYPAIR_ENDPOINT: served.url,
      };
      const { exit, stderr } = await run(['list', '-p', 'tencent', '--json'], { home, env });
      expect(exit, stderr).toBe(4);
      expect(stderr).toContain('SecretIdNotFound');
    }
  });

  it('keeps its files from others', () => {
    const folder = path.join(served.state, 'ssh');
    for (const one of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      // Below the last one are the disks of the instances, as these see them.
      if (/\/(disk|mount)(\/|$)/.test(path.join(one.parentPath, one.name))) continue;
      expect(modeOf(path.join(one.parentPath, one.name)), one.name).toBe(one.isDirectory() ? 0o700 : 0o600);
    }
  });
});

describe('a login to the sandbox', () => {
  it('is refused by an instance that is stopped, and prints its name as text', async () => {
    const stateDir = path.join(home, 'state');
    const key = path.join(home, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const sandbox = createSandbox({ stateDir });
    const [pair] = sandbox.seed({ service: 'cvm', region: 'ap-beijing', count: 1, name: () => 'foo' });
    const mark = path.join(home, 'mark');
    const name = `"$(touch ${mark})'\n\u001b[2J%s \\c`;
    fileRepositories(stateDir)('cvm', 'ap-beijing').update((contents) => ({
      ...contents,
      pairs: contents.pairs.map((one) => ({ ...one, publicKey: readFileSync(`${key}.pub`, 'utf8') })),
      instances: contents.instances.map((one) => ({ ...one, name, keys: [{ keyId: pair?.id ?? '', user: null }] })),
    }));
    const listening = await sandbox.listen();
    try {
      const [running, stopped] = [
        await sandbox.login('ap-beijing', 'ins-sandbox1'),
        await sandbox.login('ap-beijing', 'ins-sandbox3'),
      ];
      expect(running.user).toBe(userInfo().username);
      expect(await sandbox.login('ap-beijing', 'ins-sandbox1')).toEqual(running);
      const shown = name.replace(/[\n\u001b]/g, '?');
      expect(await login(running, key)).toMatchObject({ stdout: `keypair sandbox: ${shown} (ins-sandbox1)\n` });
      // The key is bound for ubuntu.
      expect(await sandbox.login('ap-beijing', 'ins-sandbox1', 'ubuntu')).toEqual(running);
      for (const account of ['root', 'deploy']) {
        const other = await sandbox.login('ap-beijing', 'ins-sandbox1', account);
        expect(await login(other, key), account).toMatchObject({ exit: 255, stdout: '' });
      }
      await expect(sandbox.login('ap-beijing', 'ins-sandbox1', '../root')).rejects.toThrow('has no');
      expect(existsSync(mark)).toBe(false);
      const { exit, stdout, stderr } = await login(stopped, key);
      expect({ exit, stdout }).toEqual({ exit: 255, stdout: '' });
      expect(stderr).not.toContain('Permission denied');
    } finally {
      await listening.close();
    }
  });

  it.each(["a'b", 'a%u', 'a$(id)', 'a"b', 'a\nb', 'a\\b'])(
    'is not offered below a directory called %j',
    async (name) => {
      const sandbox = createSandbox({ stateDir: path.join(home, name) });
      await expect(sandbox.login('ap-beijing', 'ins-sandbox1')).rejects.toMatchObject({ reason: 'path' });
      expect(existsSync(path.join(home, name))).toBe(false);
    },
  );

  it('is not offered to what is no instance', async () => {
    const sandbox = createSandbox({ stateDir: path.join(home, 'state') });
    const wrong = [
      ['ap-beijing', 'ins-sandbox9'],
      ['ap-beijing', '../../../ins-sandbox1'],
      ['../../..', 'ins-sandbox1'],
    ] as const;
    for (const [region, id] of wrong) await expect(sandbox.login(region, id)).rejects.toThrow('has no instance');
    expect(readdirSync(home)).toEqual([]);
  });

  it('needs a place for its state', async () => {
    const file = path.join(home, 'file');
    writeFileSync(file, '');
    const { exit, stdout, stderr } = await run(['sandbox', 'serve', '--ssh'], { home, env: { XDG_STATE_HOME: file } });
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toMatch(/error: cannot write in .*\(ENOTDIR\)\n.*hint: set XDG_STATE_HOME/);
  });

  it.runIf(MOUNTS)('needs sshd, and the folder that its service would make', async () => {
    const serve = (hide: string): ChildProcess =>
      spawn('unshare', ['--mount', 'sh', '-c', `${hide} && exec "$@"`, 'sh', ...COMMAND, 'sandbox', 'serve', '--ssh'], {
        env: { PATH: process.env['PATH'], HOME: home },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    const without = await ended(serve('mount --bind /dev/null /usr/sbin/sshd'));
    expect(without).toMatchObject({ exit: 2, stdout: '' });
    expect(without.stderr).toMatch(/error: .*need sshd, which is not installed\n.*hint: .*apt install openssh-server/);
    const bare = serve('mount -t tmpfs none /run');
    const end = ended(bare);
    await once(bare.stdout as NodeJS.ReadableStream, 'data');
    bare.kill('SIGINT');
    expect((await end).stdout).toContain('ssh -p ');
  });
});
