import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Run } from '../support/program.ts';
import { type Served, serveSandbox, withEachObject } from '../support/served.ts';
import { temporaryDirectory } from '../support/temporary.ts';

describe('ssh --print', () => {
  let home: string;
  let served: Served;
  beforeEach(async () => {
    home = temporaryDirectory();
    served = await serveSandbox({ behaviour: { requestsPerSecond: null, operationMs: 0 } });
    await made('foo');
  });
  afterEach(() => served.close());

  const keypair = (...args: readonly string[]): Promise<Run> => served.run(args, { home });
  const print = (...args: readonly string[]): Promise<Run> => keypair('ssh', '--print', '-p', 'tencent', ...args);
  const key = (name: string): string => path.join(home, '.ssh', name);

  async function made(name: string, provider = 'tencent'): Promise<void> {
    const { exit, stderr } = await keypair('create', '-p', provider, '--name', name, '-q');
    expect(exit, stderr).toBe(0);
  }

  async function attached(name: string, instance: string, ...flags: readonly string[]): Promise<void> {
    const provider = instance.startsWith('lhins') ? 'lighthouse' : instance.startsWith('ins') ? 'tencent' : 'aliyun';
    const { exit, stderr } = await keypair('attach', '-p', provider, name, instance, '--wait', '-y', '-q', ...flags);
    expect(exit, stderr).toBe(0);
  }

  /** Changes fields of every instance that the service lists. */
  function tell(fields: Readonly<Record<string, unknown>>): void {
    const patch = (answer: unknown): unknown =>
      withEachObject(answer, (row) => ('InstanceId' in row ? { ...row, ...fields } : row));
    served.sandbox.fault({ kind: 'patch', action: 'DescribeInstances', times: 99, patch });
  }

  it('prints the line, for people and as one object', async () => {
    await attached('foo', 'ins-sandbox2', '--force-stop');
    const ssh = ['-i', key('foo'), '-o', 'IdentitiesOnly=yes', 'ubuntu@203.0.113.2'];
    for (const name of ['web-2', 'ins-sandbox2', '203.0.113.2', '10.0.0.2'])
      expect((await print(name)).stdout).toBe(`ssh ${ssh.join(' ')}\n`);
    const line = await print('web-2', '--user', 'me', '--private', '--', '-L', '8080:localhost:80', 'a b', "c'd");
    expect(line.stdout).toBe(`ssh ${ssh.slice(0, 4).join(' ')} me@10.0.0.2 -L 8080:localhost:80 'a b' 'c'\\''d'\n`);
    const { stdout, stderr } = await print('web-2', '--json', '--', 'true');
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      provider: 'tencent',
      region: 'ap-guangzhou',
      id: 'ins-sandbox2',
      name: 'web-2',
      address: '203.0.113.2',
      port: 22,
      user: 'ubuntu',
      privateKeyPath: key('foo'),
      command: ['ssh', ...ssh, 'true'],
    });
  });

  it.each([
    [{ DefaultLoginUser: 'admin', DefaultLoginPort: 2222 }, '-p 2222 admin@203.0.113.2'],
    [{ DefaultLoginUser: null, OsName: 'Ubuntu Server 22.04' }, 'ubuntu@203.0.113.2'],
    [{ DefaultLoginUser: null, OsName: 'TencentOS Server 4' }, 'root@203.0.113.2'],
    [{ DefaultLoginUser: null, OsName: null }, 'root@203.0.113.2'],
    [{ PublicIpAddresses: null, IPv6Addresses: ['2001:db8::2'], DefaultLoginUser: 'root' }, 'root@2001:db8::2'],
  ])('takes what the service tells, else what the vendor documents: %j', async (told, end) => {
    await attached('foo', 'ins-sandbox2', '--force-stop');
    tell(told);
    expect((await print('ins-sandbox2')).stdout).toContain(` ${end}\n`);
  });

  it('takes the user that the key is bound for, of Lighthouse, and root or ecs-user of ECS', async () => {
    await made('bar', 'lighthouse');
    await attached('bar', 'lhins-sandbox2', '--online', '--user', 'deploy');
    expect((await print('-p', 'lighthouse', 'web-2')).stdout).toContain('deploy@203.0.113.2');
    await made('baz', 'aliyun');
    await attached('baz', 'i-sandbox2');
    expect((await print('-p', 'aliyun', 'web-2')).stdout).toContain('root@203.0.113.2');
    tell({ ImageOptions: { LoginAsNonRoot: true } });
    expect((await print('-p', 'aliyun', 'web-2')).stdout).toContain('ecs-user@203.0.113.2');
  });

  it('searches several services, and lists those that have the name', async () => {
    await attached('foo', 'ins-sandbox2', '--force-stop');
    const { exit, stderr } = await print('web-2', '-p', 'all');
    expect(exit).toBe(5);
    expect(stderr).toContain('4 instances are called web-2: ins-sandbox2 (tencent, ap-guangzhou), lhins-sandbox2');
    const line = /for one: (keypair ssh ins-sandbox2 .*)/.exec(stderr)?.[1]?.split(' ').slice(1) ?? [];
    expect((await keypair(...line, '--print')).stdout).toContain('ubuntu@203.0.113.2');
    expect((await print('ins-sandbox2', '-p', 'all')).stdout).toContain('ubuntu@203.0.113.2');
    const nowhere = await print('nobody', '-p', 'all');
    expect(nowhere).toMatchObject({ exit: 3 });
    expect(nowhere.stderr).toContain('keypair instances -p all -r all --endpoint');
    served.sandbox.fault({
      kind: 'error',
      code: 'UnauthorizedOperation',
      message: 'no',
      action: 'DescribeInstances',
      interface: 'lighthouse',
      times: 99,
    });
    // What a silent service has is not known.
    expect(await print('nobody', '-p', 'all')).toMatchObject({ exit: 4 });
    expect((await print('ins-sandbox2', '-p', 'all')).exit).toBe(0);
  });

  it('takes the one key that is here, of several; else --key chooses', async () => {
    await made('bar', 'lighthouse');
    await made('baz', 'lighthouse');
    await attached('bar', 'lhins-sandbox2', '--online', '--user', 'one');
    await attached('baz', 'lhins-sandbox2', '--online', '--user', 'two');
    const both = await print('-p', 'lighthouse', 'lhins-sandbox2');
    expect(both.exit).toBe(5);
    expect(both.stderr).toMatch(/the private keys of several key pairs open web-2 \(lhins-sandbox2\): ba[rz], ba[rz]/);
    expect((await print('-p', 'lighthouse', 'web-2', '--key', 'baz')).stdout).toBe(
      `ssh -i ${key('baz')} -o IdentitiesOnly=yes two@203.0.113.2\n`,
    );
    renameSync(key('bar'), path.join(home, 'gone'));
    expect((await print('-p', 'lighthouse', 'web-2')).stdout).toContain(key('baz'));
    // Whatever is bound, a file may be named.
    const file = path.join(home, 'gone');
    expect((await print('-p', 'lighthouse', 'web-2', '--key', './gone')).stdout).toContain(`-i ${file} `);
  });

  it.each([
    ['a stopped one', ['batch-1'], 5, 'batch-1 (ins-sandbox3) is not running (STOPPED)'],
    ['Windows', ['office-1'], 5, 'runs Windows'],
    ['one that is not there', ['nobody'], 3, 'has no instance nobody in ap-guangzhou'],
    ['one without a key pair', ['web-1'], 3, 'no key pair is attached to web-1 (ins-sandbox1)'],
    ['a key that is not there', ['web-2', '--key', 'nobody'], 3, 'no key named nobody'],
    ['a file that is not there', ['web-2', '--key', './nobody'], 3, 'is not there'],
    ['a public key', ['web-2', '--key', '~/.ssh/foo.pub'], 2, 'is a public key'],
    ['a user that is an option', ['web-2', '--user=-oProxyCommand=id'], 2, '--user takes a user name'],
    ['a user with a space', ['web-2', '--user', 'a b'], 2, '--user takes a user name'],
    ['a jump host that is an option', ['web-2', '--jump=-oProxyCommand=id'], 2, '--jump takes an instance'],
    ['a jump host for a shell', ['web-2', '--jump', 'a;id'], 2, '--jump takes an instance'],
    ['a jump through an instance without a key', ['web-2', '--jump', 'web-1'], 3, 'no key pair is attached to web-1'],
    ['an empty instance', [''], 2, 'INSTANCE is empty'],
    ['nothing', [], 2, 'missing: INSTANCE'],
  ])('refuses %s', async (_what, args, code, words) => {
    await attached('foo', 'ins-sandbox2', '--force-stop');
    const { exit, stdout, stderr } = await print(...args);
    expect({ exit, stdout }).toEqual({ exit: code, stdout: '' });
    expect(stderr).toContain(words);
  });

  it('says which line works when there is no public address, and which key pairs have no private key here', async () => {
    await attached('foo', 'ins-sandbox2', '--force-stop');
    tell({ PublicIpAddresses: null, IPv6Addresses: null });
    const none = await print('web-2');
    expect(none.exit).toBe(3);
    const line = /from inside its network: (keypair ssh .*)/.exec(none.stderr)?.[1]?.split(' ').slice(1) ?? [];
    expect((await keypair(...line, '--print')).stdout).toContain('ubuntu@10.0.0.2');
    // A jump host may be inside.
    expect((await print('web-2', '--jump', 'me@gate.example.com:2222')).stdout).toContain(
      '-J me@gate.example.com:2222 ubuntu@10.0.0.2',
    );
    rmSync(key('foo'));
    const { exit, stderr } = await print('web-2', '--private');
    expect(exit).toBe(3);
    expect(stderr).toContain('the private key of foo, attached to web-2 (ins-sandbox2), is not on this machine');
  });

  it('leaves a key pair that the service does not tell to --key', async () => {
    tell({ LoginSettings: null });
    const { exit, stderr } = await print('web-2');
    expect(exit).toBe(3);
    expect(stderr).toContain('the service does not tell the key pairs of web-2 (ins-sandbox2)');
    expect((await print('web-2', '--key', 'foo')).stdout).toContain(`-i ${key('foo')} `);
  });

  it('takes a path that ssh would expand, and refuses one that it cannot be given', async () => {
    for (const [name, text] of [
      ['50%', `-o 'IdentityFile="${home}/50%%/foo"'`],
      ['a b', `-i '${home}/a b/foo'`],
    ] as const) {
      mkdirSync(path.join(home, name));
      writeFileSync(path.join(home, name, 'foo'), 'x');
      expect((await print('web-2', '--key', `./${name}/foo`)).stdout).toContain(text);
    }
    for (const name of ['a"b', 'a\nb', '${HOME}', 'a\\b']) {
      mkdirSync(path.join(home, name));
      writeFileSync(path.join(home, name, 'foo'), 'x');
      expect((await print('web-2', '--key', `./${name}/foo`)).exit, name).toBe(2);
    }
  });

  it('needs ssh to log in, and keeps stdout for it', async () => {
    const without = await served.run(['ssh', 'web-2', '-p', 'tencent'], { home, env: { PATH: '/nowhere' } });
    expect(without).toMatchObject({ exit: 3, stderr: expect.stringContaining('there is no ssh on PATH') as string });
    const json = await keypair('ssh', 'web-2', '-p', 'tencent', '--json');
    expect(json).toMatchObject({ exit: 2, stderr: expect.stringContaining('--json is for --print') as string });
  });
});
