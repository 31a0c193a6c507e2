import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Run } from '../support/program.ts';
import { placeOf } from '../support/places.ts';
import { type Served, serveSandbox } from '../support/served.ts';
import { keypairOnTerminal } from '../support/terminal.ts';
import { temporaryDirectory } from '../support/temporary.ts';

interface InstanceJson {
  readonly provider: string;
  readonly region: string;
  readonly id: string;
  readonly name: string | null;
  readonly publicAddresses: readonly string[];
  readonly privateAddresses: readonly string[];
  readonly system: string | null;
  readonly keyPairs: readonly { readonly name: string | null; readonly privateKeyPath: string | null }[] | null;
}

function instancesIn({ stdout }: Run): readonly InstanceJson[] {
  return JSON.parse(stdout) as readonly InstanceJson[];
}

describe('instances', () => {
  let home: string;
  let served: Served;
  beforeEach(async () => {
    home = temporaryDirectory();
    served = await serveSandbox({ behaviour: { requestsPerSecond: null, operationMs: 0 } });
  });
  afterEach(() => served.close());

  const keypair = (...args: string[]): Promise<Run> => served.run(args, { home });
  const bind = async (provider: string, name: string, number: number, ...flags: string[]) => {
    await keypair('create', '-p', provider, '--name', name, '-q', ...flags);
    const { exit, stderr } = await keypair('attach', '-p', provider, name, placeOf(provider).instance(number), '-y');
    expect(exit, stderr).toBe(0);
  };

  it.each(['tencent', 'lighthouse', 'aliyun', 'swas', 'qcloud'] as const)(
    'of %s, with their key pairs and where the private halves are',
    async (provider) => {
      await bind(provider, 'here', 3);
      await bind(provider, 'gone', 4, '--output', path.join(home, 'gone'));
      rmSync(path.join(home, 'gone'));
      const listed = await keypair('instances', '-p', provider, '--json');
      expect(listed).toMatchObject({ exit: 0, stderr: '' });
      const { instance } = placeOf(provider);
      expect(instancesIn(listed)).toMatchObject([
        { provider, name: 'batch-1', id: instance(3), keyPairs: [{ name: 'here' }], publicAddresses: [] },
        { name: 'batch-2', keyPairs: [{ name: 'gone', privateKeyPath: null }] },
        { name: 'office-1', platform: 'windows', keyPairs: [] },
        { name: 'web-1', privateAddresses: ['10.0.0.1'], sandbox: false },
        { name: 'web-2', publicAddresses: ['203.0.113.2'], system: expect.stringContaining('Ubuntu') as string },
      ]);
      expect(instancesIn(listed)[0]?.keyPairs?.[0]?.privateKeyPath).toBe(path.join(home, '.ssh/here'));
      const piped = await keypair('instances', '-p', provider, '--name', 'batch-1');
      expect(piped.stdout).toMatch(/^batch-1\t[^\n]*\there\t[^\n]*\/\.ssh\/here\n$/);
      expect((await keypair('instances', '-p', provider, '--name', 'web-?', '-q')).stdout).toBe(
        `${instance(1)}\n${instance(2)}\n`,
      );
      expect((await keypair('instances', '-p', provider, '--key', 'he*', '-q')).stdout).toBe(`${instance(3)}\n`);
      expect((await keypair('instances', '-p', provider, '--key', 'other', '--json')).stdout).toBe('[]\n');
    },
  );

  it('of a key pair by id', async () => {
    await bind('tencent', 'foo', 3);
    const [pair] = JSON.parse((await keypair('list', '-p', 'tencent', '--json')).stdout) as [{ readonly id: string }];
    expect((await keypair('instances', '-p', 'tencent', '--key', pair.id, '-q')).stdout).toBe('ins-sandbox3\n');
  });

  it('are shown with a key pair, and their addresses', async () => {
    await bind('tencent', 'foo', 3);
    await keypair('attach', '-p', 'tencent', 'foo', 'web-1', '--force-stop', '--wait', '-y');
    const { stdout } = await keypair('show', '-p', 'tencent', 'foo');
    expect(stdout).toMatch(
      /instance +ins-sandbox1 {2}web-1 {2}RUNNING {2}203\.0\.113\.1 {2}2001:db8::1 {2}10\.0\.0\.1\n/,
    );
    expect(stdout).toMatch(/instance +ins-sandbox3 {2}batch-1 {2}STOPPED {2}10\.0\.0\.3\n/);
    const shown = JSON.parse((await keypair('show', '-p', 'tencent', 'foo', '--json')).stdout) as unknown;
    expect(shown).toMatchObject({
      instances: ['ins-sandbox1', 'ins-sandbox3'],
      instanceStates: [
        { id: 'ins-sandbox1', publicAddresses: ['203.0.113.1', '2001:db8::1'], privateAddresses: ['10.0.0.1'] },
        { id: 'ins-sandbox3', state: 'STOPPED', publicAddresses: [], privateAddresses: ['10.0.0.3'] },
      ],
    });
  });

  it('of several services and regions, on every page', async () => {
    await served.close();
    served = await serveSandbox({ behaviour: { requestsPerSecond: null, maxPageSize: 2 } });
    const listed = instancesIn(
      await keypair('instances', '-p', 'tencent,aliyun', '-r', 'ap-beijing,ap-guangzhou,cn-hangzhou', '--json'),
    );
    expect([...new Set(listed.map(({ provider, region }) => `${provider} ${region}`))]).toEqual([
      'tencent ap-beijing',
      'tencent ap-guangzhou',
      'aliyun cn-hangzhou',
    ]);
    expect(listed).toHaveLength(15);
  });

  it('shows what it got when a service fails, and exits with its code', async () => {
    served.sandbox.fault({
      kind: 'error',
      code: 'UnauthorizedOperation',
      message: 'no',
      action: 'DescribeInstances',
      interface: 'cvm',
      times: 9,
    });
    const { exit, stdout, stderr } = await keypair('instances', '-p', 'all', '--json');
    expect(new Set((JSON.parse(stdout) as InstanceJson[]).map(({ provider }) => provider))).toEqual(
      new Set(['lighthouse', 'aliyun', 'swas']),
    );
    expect(exit).toBe(4);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'AUTH', provider: 'tencent', region: 'ap-guangzhou' } });
  });

  it('shows the instances when the key pairs fail, which leaves open whose key is here', async () => {
    await bind('tencent', 'foo', 3);
    served.sandbox.fault({
      kind: 'error',
      code: 'UnauthorizedOperation',
      message: 'no',
      action: 'DescribeKeyPairs',
      times: 9,
    });
    const listed = await keypair('instances', '-p', 'tencent', '--name', 'batch-1', '--json');
    expect(listed.exit).toBe(4);
    expect(instancesIn(listed)[0]?.keyPairs).toMatchObject([{ name: null, privateKeyPath: null }]);
    expect(listed.stderr).toContain('"code":"AUTH"');
  });

  it('takes no address that is none, and no name that controls a terminal', async () => {
    served.sandbox.fault({
      kind: 'patch',
      action: 'DescribeInstances',
      times: 9,
      patch: (answer) =>
        JSON.parse(JSON.stringify(answer), (key, value: unknown) => {
          if (key === 'PublicIpAddresses') return ['-oProxyCommand=id', '203.0.113.9\n', '203.0.113.9'];
          if (key === 'PrivateIpAddresses') return 'fe80::1%$(id)';
          if (key === 'InstanceName') return 'a\tb\u001b[2J';
          return key === 'OsName' ? 'c\u202e' : value;
        }) as unknown,
    });
    const [first] = instancesIn(await keypair('instances', '-p', 'tencent', '--json'));
    expect(first).toMatchObject({ name: null, system: null, privateAddresses: [] });
    expect(first?.publicAddresses.filter((address) => !address.includes(':'))).toEqual(['203.0.113.9']);
  });

  it('gives completions the names that were seen, without a call, and ids once something is typed', async () => {
    await bind('tencent', 'foo', 3);
    served.sandbox.fault({
      kind: 'patch',
      action: 'DescribeInstances',
      times: 9,
      patch: (answer) =>
        JSON.parse(JSON.stringify(answer), (key, value: unknown) =>
          key === 'InstanceName' && value === 'web-2' ? '$(id)' : value,
        ) as unknown,
    });
    await keypair('instances', '-p', 'tencent', '-q');
    const calls = served.sandbox.log.length;
    const offers = async (...words: readonly string[]): Promise<readonly string[]> => {
      const { stdout } = await keypair('__complete', 'bash', `line=${words.at(-1) ?? ''}`, ...words.slice(0, -1));
      return stdout.split('\n').slice(1, -1);
    };
    expect(await offers('ssh', '-p', 'tencent', '')).toEqual(['web-1', 'batch-1', 'batch-2', 'office-1']);
    expect(await offers('ssh', '--jump', 'web')).toEqual(['web-1']);
    expect(await offers('attach', 'foo', 'ins-sandbox2')).toEqual(['ins-sandbox2']);
    expect(await offers('detach', 'foo', '')).toEqual(['batch-1']);
    expect(await offers('ssh', 'web-1', '--', '')).toEqual([]);
    expect(served.sandbox.log).toHaveLength(calls);
  });

  it('calls nothing without a provider', async () => {
    const { exit, stderr } = await keypair('instances', '--no-input');
    expect(exit).toBe(2);
    expect(stderr).toContain('missing: --provider');
    expect(served.sandbox.log).toEqual([]);
  });

  it('fits a narrow terminal, and speaks Chinese', async () => {
    await bind('tencent', 'foo', 3);
    const on = { home, env: served.env };
    const shown = keypairOnTerminal(['instances', '-p', 'tencent'], { ...on, columns: 60 });
    expect(await shown.ended()).toBe(0);
    expect(shown.screen()).toMatch(/NAME +ID +PUBLIC ADDRESS +PRIVATE KEY/);
    expect(shown.screen()).toMatch(/batch-1 +ins-sandbox3 +~\/\.ssh\/foo/);
    const chinese = keypairOnTerminal(['instances', '-p', 'tencent', '--lang', 'zh-CN'], { ...on, columns: 200 });
    expect(await chinese.ended()).toBe(0);
    for (const heading of ['公网地址', '内网地址', '系统', '密钥对', '私钥'])
      expect(chinese.screen()).toContain(heading);
  });
});
