import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type * as Ecs from '@alicloud/ecs20140526';
import type * as OpenApi from '@alicloud/openapi-core/dist/utils.js';
import { Client as TatClient } from 'tencentcloud-sdk-nodejs/tencentcloud/services/tat/v20201028/tat_client.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { placeBoundKeys, machineOf, prepareDisk } from '../../sandbox/machines.ts';
import { createSandbox } from '../../sandbox/server.ts';
import {
  loginTo,
  MOUNTS,
  type SandboxServer,
  type ServedInstance,
  SERVERS,
  serveProgram,
  sshTo,
} from '../support/sandbox-server.ts';
import { temporaryDirectory } from '../support/temporary.ts';

// CommonJS with a `default` of its own, which importers see differently: required as its users do.
const require = createRequire(import.meta.url);
const EcsClient = require('@alicloud/ecs20140526') as typeof Ecs.default & typeof Ecs;
const { Config } = require('@alicloud/openapi-core/dist/utils') as typeof OpenApi;

/** How a script ended on one instance. */
interface Result {
  readonly status: string;
  readonly exit: number;
  readonly output: string;
  readonly dropped: number;
  readonly info: string;
}

interface Options {
  readonly user?: string;
  readonly seconds?: number;
  readonly directory?: string;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const decoded = (text = ''): string => Buffer.from(text, 'base64').toString();

/** Runs a script on an instance with the vendor's own client. */
async function byTat(server: SandboxServer, id: string, script: string, options: Options = {}): Promise<Result> {
  const { user = 'root', seconds = 20, directory } = options;
  // The client takes its signing service from the host name: it must believe that it speaks to production.
  const agent = new Agent();
  Object.assign(agent, { createConnection: () => connect(Number(new URL(server.url).port), '127.0.0.1') });
  const client = new TatClient({
    credential: server.credentials,
    region: 'ap-guangzhou',
    profile: { httpProfile: { endpoint: 'tat.tencentcloudapi.com', protocol: 'http://', agent } },
  });
  const { InvocationId = '' } = await client.RunCommand({
    Content: base64(script),
    InstanceIds: [id],
    Username: user,
    Timeout: seconds,
    ...(directory === undefined ? {} : { WorkingDirectory: directory }),
  });
  for (;;) {
    await setTimeout(100);
    const Filters = [{ Name: 'invocation-id', Values: [InvocationId] }];
    const { InvocationTaskSet: [task] = [] } = await client.DescribeInvocationTasks({ Filters, HideOutput: false });
    const { TaskStatus: status = '', TaskResult: result } = task ?? {};
    if (['PENDING', 'DELIVERING', 'RUNNING'].includes(status)) continue;
    const { ExitCode: exit = -1, Output, Dropped: dropped = -1 } = result ?? {};
    return { status, exit, output: decoded(Output), dropped, info: task?.ErrorInfo ?? '' };
  }
}

async function byCloudAssistant(
  server: SandboxServer,
  id: string,
  script: string,
  { user = 'root', seconds = 20, directory }: Options = {},
): Promise<Result> {
  const { secretId, secretKey } = server.credentials;
  const regionId = 'cn-hangzhou';
  const endpoint = new URL(server.url).host;
  const client = new EcsClient.default(
    new Config({ accessKeyId: secretId, accessKeySecret: secretKey, endpoint, protocol: 'http', regionId }),
  );
  const { body } = await client.runCommand(
    new EcsClient.RunCommandRequest({
      ...{ regionId, type: 'RunShellScript', contentEncoding: 'Base64', commandContent: base64(script) },
      ...{ instanceId: [id], username: user, timeout: seconds, workingDir: directory },
    }),
  );
  for (;;) {
    await setTimeout(100);
    const request = new EcsClient.DescribeInvocationResultsRequest({ regionId, invokeId: body?.invokeId });
    const [row] =
      (await client.describeInvocationResults(request)).body?.invocation?.invocationResults?.invocationResult ?? [];
    if (row === undefined || row.invokeRecordStatus === 'Running') continue;
    const { invocationStatus: status = '', exitCode: exit = -1, dropped = -1 } = row;
    return { status, exit, output: decoded(row.output), dropped, info: row.errorCode ?? '' };
  }
}

/** A new key pair: the path of the private key, and the public line. */
function newKey(): { readonly file: string; readonly line: string } {
  const file = path.join(temporaryDirectory(), 'key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'me', '-f', file]);
  return { file, line: readFileSync(`${file}.pub`, 'utf8').trim() };
}

const VENDORS = [
  { provider: 'tencent', id: 'ins-sandbox1', user: 'ubuntu', other: 'root', home: '/home/ubuntu', send: byTat },
  { provider: 'lighthouse', id: 'lhins-sandbox1', user: 'root', other: 'ubuntu', home: '/root', send: byTat },
  { provider: 'aliyun', id: 'i-sandbox1', user: 'root', other: 'ecs-user', home: '/root', send: byCloudAssistant },
] as const;

const isAlive = (argument: string): boolean => spawnSync('pgrep', ['-f', `^${argument}$`]).status === 0;

describe.each(SERVERS)('sandbox serve --ssh --run-commands of $who', ({ wrapped }) => {
  let server: SandboxServer;
  beforeEach(async () => {
    server = await serveProgram(['--ssh', '--run-commands'], { wrapped });
  });
  afterEach(() => server.end());
  const instance = (provider: string, name = 'web-1'): ServedInstance => {
    const found = server.instances.find((one) => one.provider === provider && one.name === name);
    if (found === undefined) throw new Error(`no ${name} of ${provider}`);
    return found;
  };

  it.each(VENDORS)('a script on $provider lets a key in, and takes it off again', async (vendor) => {
    const { provider, id, user, other, home, send } = vendor;
    const { file, line } = newKey();
    const at = instance(provider);
    expect(await loginTo(at, file)).toMatchObject({ exit: 255 });
    const add = `id -un; printf '%s\\n' '${line}' >>~/.ssh/authorized_keys`;
    // Another account of the same instance.
    expect(await send(server, id, add, { user: other })).toMatchObject({ exit: 0 });
    expect(await loginTo(at, file)).toMatchObject({ exit: 255 });
    const added = await send(server, id, add, { user, directory: home });
    expect(added).toMatchObject({ exit: 0, dropped: 0, info: '' });
    expect(added.output).toBe(send === byTat ? `Welcome to web-1\n${user}\n` : `${user}\n`);
    expect(await loginTo(at, file, ['true'])).toMatchObject({ exit: 0, stderr: '' });
    // Another instance of the same service.
    expect(await loginTo(instance(provider, 'web-2'), file)).toMatchObject({ exit: 255 });
    await send(server, id, ': >~/.ssh/authorized_keys', { user });
    expect(await loginTo(at, file)).toMatchObject({ exit: 255 });
  });

  it('a script sees its instance, and nothing else', async () => {
    const secret = path.join(path.dirname(server.credentialsFile), 'secret');
    writeFileSync(secret, 'secret', { mode: 0o644 });
    const outside = path.join(temporaryDirectory(), 'outside');
    const port = new URL(server.url).port;
    const script = `
for one in '${secret}' '${server.credentialsFile}' '${server.state}' '${path.dirname(outside)}' /proc/1 /sys ${import.meta.filename}; do
  if test -e "$one"; then echo "sees $one"; fi
done
touch '${outside}' /usr/x /etc/x /opt/x 2>/dev/null && echo 'writes outside'
unshare --user true 2>/dev/null && echo 'makes a namespace'
mount -t tmpfs none /tmp 2>/dev/null && echo mounts
chown 0:0 ~/.ssh 2>/dev/null && [ "$(id -u)" != 0 ] && echo chowns
(exec 3<>/dev/tcp/127.0.0.1/${port}) 2>/dev/null && echo 'reaches the sandbox'
kill -0 ${server.process.pid ?? 0} 2>/dev/null && echo 'sees the sandbox'
read -r line && echo 'reads stdin'
env | grep -vE '^(PATH=/opt/instance/bin:|HOME=/root$|USER=root$|LOGNAME=root$|SHELL=/bin/bash$|PWD=|OLDPWD=|SHLVL=|_=)'
ls -A / | tr '\\n' ' '
ls -ldn ~ | { read -r _ _ uid _; [ "$uid" = "$(id -u)" ] && echo own; }
getent passwd root; getent passwd nobody-here; echo $?
sshd -T -C user=root | grep authorizedkeysfile`;
    const { output } = await byTat(server, 'ins-sandbox1', script);
    const [welcome, folders, ...rest] = output.split('\n');
    expect(welcome).toBe('Welcome to web-1');
    expect(folders?.replaceAll(/lib\w+ /g, '')).toBe('bin dev etc home lib opt root run sbin tmp usr var own');
    const uid = wrapped ? 54_321 : process.getuid?.() === 0 ? 65_534 : process.getuid?.();
    expect(rest).toEqual([
      expect.stringMatching(`^root:x:${uid}:\\d+:root:/root:/bin/bash$`),
      '2',
      'authorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2',
      '',
    ]);
    expect(existsSync(outside)).toBe(false);
    // Not root, it sees one home, and no host keys.
    const { output: mine } = await byTat(server, 'ins-sandbox1', 'id; ls /root; sshd -T', { user: 'ubuntu' });
    expect(mine).toMatch(/\nuid=\d+\(ubuntu\) .*\n.*Permission denied\nsshd: no hostkeys available/);
    // The host key is the one that ssh meets.
    const { output: hostKey } = await byTat(server, 'ins-sandbox1', 'cat /etc/ssh/ssh_host_*_key.pub');
    const [, ...known] = readFileSync(instance('tencent').knownHostsFile, 'utf8').split(' ');
    expect(hostKey).toBe(`Welcome to web-1\n${known.join(' ')}`);
  });

  it('a script ends at its time limit, its output is cut, and with the sandbox everything ends', async () => {
    const before = Date.now();
    const limited = await byTat(server, 'ins-sandbox1', 'echo a; setsid sleep 98761 & sleep 98762', { seconds: 1 });
    expect(limited).toMatchObject({ status: 'TIMEOUT', output: 'Welcome to web-1\na\n' });
    expect(Date.now() - before).toBeLessThan(10_000);
    expect(isAlive('sleep 98761')).toBe(false);
    const long = await byCloudAssistant(server, 'i-sandbox1', 'head -c 30000 /dev/zero; exit 3');
    expect(long).toMatchObject({ status: 'Failed', exit: 3, dropped: 30_000 - 24 * 1024, info: 'ExitCodeNonzero' });
    expect(long.output).toHaveLength(24 * 1024);
    // What it leaves behind ends with it.
    expect(await byTat(server, 'ins-sandbox1', 'setsid sleep 98763 >/dev/null 2>&1 &')).toMatchObject({ exit: 0 });
    expect(isAlive('sleep 98763')).toBe(false);
    const nowhere = { directory: '/nowhere' };
    expect(await byTat(server, 'ins-sandbox1', 'true', nowhere)).toMatchObject({ status: 'START_FAILED' });
    expect(await byCloudAssistant(server, 'i-sandbox1', 'true', nowhere)).toMatchObject({ info: 'DirectoryNotExists' });

    const key = newKey();
    await byTat(server, 'ins-sandbox1', `echo '${key.line}' >>~/.ssh/authorized_keys`, { user: 'ubuntu' });
    const open = sshTo(instance('tencent'), key.file, ['sh -s'], 'pipe');
    open.stdin?.end('sleep 98764');
    const run = byTat(server, 'ins-sandbox1', 'sleep 98765').catch(() => 'ended');
    while (!isAlive('sleep 98764') || !isAlive('sleep 98765')) await setTimeout(50);
    await server.end();
    expect(await run).toBe('ended');
    expect([isAlive('sleep 98764'), isAlive('sleep 98765')]).toEqual([false, false]);
  });

  it('ssh runs a script from its input, as the account of the login, and nothing else', async () => {
    const { file, line } = newKey();
    await byTat(server, 'ins-sandbox1', `echo '${line}' >>~/.ssh/authorized_keys`, { user: 'ubuntu' });
    const at = instance('tencent');
    const script = 'id -un; pwd; echo oops >&2; ls /root; exit 4';
    expect(await loginTo(at, file, ['sh -s'], script)).toEqual({
      exit: 4,
      stdout: 'ubuntu\n/home/ubuntu\n',
      stderr: expect.stringMatching(/^oops\nls: .*Permission denied\n$/) as string,
    });
    for (const command of ['sh', 'sh -s x', 'sh  -s', 'bash -s', 'id'])
      expect(await loginTo(at, file, [command], 'id'), command).toMatchObject({ exit: 1, stdout: '' });
  });
});

describe('a sandbox that executes no scripts', () => {
  let server: SandboxServer | null = null;
  afterEach(() => server?.end());

  it('says that they did not start', async () => {
    server = await serveProgram(['--ssh']);
    const { file, line } = newKey();
    const script = `echo '${line}' >>~/.ssh/authorized_keys`;
    for (const [send, id] of [
      [byTat, 'ins-sandbox1'],
      [byCloudAssistant, 'i-sandbox1'],
    ] as const) {
      const { status, output } = await send(server, id, script);
      expect([status, output]).toEqual([send === byTat ? 'START_FAILED' : 'Error', '']);
    }
    expect(await byTat(server, 'ins-sandbox1', 'echo a b')).toMatchObject({ status: 'SUCCESS', output: 'a b\n' });
    const home = path.join(server.state, 'ssh/cvm/ap-guangzhou/ins-sandbox1/disk/home/ubuntu/.ssh');
    writeFileSync(path.join(home, 'authorized_keys'), `${line}\n`);
    const at = server.instances.find(({ id }) => id === 'ins-sandbox1');
    if (at === undefined) throw new Error('no ins-sandbox1');
    expect(await loginTo(at, file, ['true'])).toMatchObject({ exit: 0 });
    expect(await loginTo(at, file, ['sh -s'], 'id')).toMatchObject({ exit: 1, stdout: '' });
  });

  it.runIf(MOUNTS)('is also one that could, on a machine that cannot isolate them', async () => {
    server = await serveProgram(['--run-commands'], { mount: 'mount --bind /dev/null /usr/bin/unshare' });
    const refused = await byTat(server, 'ins-sandbox1', 'id');
    expect(refused).toMatchObject({ status: 'START_FAILED', output: '' });
    expect(refused.info).toContain('cannot isolate');
    expect(await byTat(server, 'ins-sandbox1', 'true')).toMatchObject({ status: 'SUCCESS' });
  });
});

describe('the bound key pairs', () => {
  const PLACE = { service: 'cvm', region: 'ap-beijing' } as const;

  function machine(): {
    readonly keys: () => string;
    readonly file: string;
    readonly bind: (...names: string[]) => void;
    readonly line: (name: string) => string;
  } {
    const folder = temporaryDirectory();
    const sandbox = createSandbox({ stateDir: path.join(folder, 'state') });
    const pairs = sandbox.seed({ ...PLACE, count: 2, name: (n) => ['a', 'b'][n] ?? '' });
    const one = machineOf(path.join(folder, 'ssh'), 'cvm', 'ap-beijing', 'ins-sandbox1');
    prepareDisk(one, 'web-1', null);
    const file = path.join(one.accounts[0]?.directory ?? '', '.ssh/authorized_keys');
    const pairOf = (name: string): (typeof pairs)[number] | undefined => pairs.find((pair) => pair.name === name);
    let operations = 0;
    return {
      file,
      keys: () => readFileSync(file, 'utf8'),
      line: (name) => pairOf(name)?.publicKey ?? '',
      bind: (...names) => {
        const bound = names.map((name) => ({ keyId: pairOf(name)?.id ?? '', user: null }));
        const times = { startedAt: '2026-01-01T00:00:00.000Z', endsAt: '2026-01-01T00:00:00.000Z' };
        const requestId = `r${(operations += 1)}`;
        const operation = { name: 'x', requestId, ...times, restarts: false, keys: bound };
        const instance = {
          ...{ id: 'ins-sandbox1', name: 'web-1', platform: 'linux' as const, running: true, address: '' },
          ...{ keys: bound, operation },
        };
        placeBoundKeys(one, { pairs, instances: [instance], runs: [], templates: [] }, new Date());
      },
    };
  }

  it('come and go as lines of the account, and every other line stays', () => {
    const { bind, keys, file, line } = machine();
    bind('a');
    expect(keys()).toBe(`${line('a')}\n`);
    const own = `# mine\n\nfrom="10.0.0.1" ${line('a')}\r\nssh-ed25519 AAAA me`;
    writeFileSync(file, `${line('a')}\n${own}`, { mode: 0o640 });
    bind('b');
    expect(keys()).toBe(`${own}\n${line('b')}\n`);
    bind('b', 'a');
    expect(keys()).toBe(`${own}\n${line('b')}\n${line('a')}\n`);
    // A script took the line off. The next operation writes it again.
    writeFileSync(file, `${own}\n`);
    bind('b', 'a');
    expect(keys()).toBe(`${own}\n${line('b')}\n${line('a')}\n`);
    bind();
    expect(keys()).toBe(`${own}\n`);
  });

  it('are not placed through a link, which a script may have made', () => {
    const { bind, file } = machine();
    const outside = path.join(temporaryDirectory(), 'outside');
    writeFileSync(outside, 'before\n');
    symlinkSync(outside, file);
    bind('a');
    expect(readFileSync(outside, 'utf8')).toBe('before\n');
    execFileSync('rm', ['-r', path.dirname(file)]);
    const folder = temporaryDirectory();
    symlinkSync(folder, path.dirname(file));
    bind('b');
    expect(existsSync(path.join(folder, 'authorized_keys'))).toBe(false);
    execFileSync('rm', [path.dirname(file)]);
    mkdirSync(path.dirname(file));
    execFileSync('mkfifo', [file]);
    bind('a');
    expect(existsSync(file)).toBe(true);
  });
});
