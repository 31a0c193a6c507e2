import { chmodSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runInside } from '../support/inside.ts';
import { run, type Run } from '../support/program.ts';
import { type Served, serveSandbox } from '../support/served.ts';
import { keypairOnTerminal } from '../support/terminal.ts';
import { temporaryDirectory } from '../support/temporary.ts';

interface PairJson {
  readonly provider: string | null;
  readonly region: string | null;
  readonly name: string;
  readonly id: string | null;
  readonly fingerprints: { readonly sha256: string; readonly md5: string } | null;
  readonly privateKeyPath: string | null;
  readonly instances: readonly string[] | null;
}

function pairs({ stdout }: Run): readonly PairJson[] {
  return JSON.parse(stdout) as readonly PairJson[];
}

describe('list and show', () => {
  let home: string;
  let served: Served;
  beforeEach(async () => {
    home = temporaryDirectory();
    served = await serveSandbox({ behaviour: { requestsPerSecond: null } });
  });
  afterEach(() => served.close());

  const keypair = (...args: string[]): Promise<Run> => served.run(args, { home });

  it.each([
    ['tencent', '--project', '1000001'],
    ['aliyun', '--resource-group', 'rg-sandbox'],
  ])(
    'lists the pairs of one place of %s, and refuses services that have no such places',
    async (provider, flag, id) => {
      const inside = (...args: string[]) => runInside(args, { home, env: served.env });
      await inside('create', '-p', provider, '--name', 'in', flag, id, '-q');
      await inside('create', '-p', provider, '--name', 'out', '-q');
      expect((await inside('list', '-p', provider, flag, id, '-q')).stdout).toBe('in\n');
      const refused = await inside('list', '-p', `${provider},lighthouse`, flag, id);
      expect(refused.exit).toBe(2);
      expect(refused.stderr).toContain(`does not support ${flag}`);
      expect((await inside('list', '-p', provider, flag, 'x y')).exit).toBe(2);
    },
  );

  it.each(['tencent', 'lighthouse', 'aliyun', 'swas', 'qcloud'])(
    'lists the pairs of %s and where their private halves are',
    async (provider) => {
      await keypair('create', '-p', provider, '--name', 'here', '-q');
      await keypair('create', '-p', provider, '--name', 'gone', '-q', '--key-dir', 'elsewhere');
      rmSync(path.join(home, 'elsewhere'), { recursive: true });
      const json = await keypair('list', '-p', provider, '--json');
      expect(json).toMatchObject({ exit: 0, stderr: '' });
      expect(
        pairs(json)
          .map(({ name, privateKeyPath }) => [name, privateKeyPath])
          .sort(),
      ).toEqual([
        ['gone', null],
        ['here', path.join(home, '.ssh/here')],
      ]);
      const piped = await keypair('list', '-p', provider, '--name', 'he*');
      expect(piped.stdout).toMatch(/^here\t[^\n]*\/\.ssh\/here\n$/);
      expect((await keypair('list', '-p', provider, '--cloud-only', '-q')).stdout).toBe('gone\n');
      expect((await keypair('list', '-p', provider, '--name', 'nothing', '--json')).stdout).toBe('[]\n');
      const [first] = pairs(await keypair('list', '-p', provider, '--name', 'here', '--json'));
      const shown = JSON.parse((await keypair('show', '-p', provider, 'here', '--json')).stdout) as PairJson;
      // Alibaba tells bound instances only where one pair is asked for.
      expect(shown).toMatchObject({ ...first, instances: [], privateKeyMode: '0600' });
    },
  );

  it('has one order: the newest first, those of one second by name', async () => {
    const at = [500, 700, 100, 2000];
    served.sandbox.seed({
      service: 'cvm',
      region: 'ap-guangzhou',
      count: at.length,
      name: (index) => ['b', 'c', 'a', 'later'][index] ?? '',
      createdAt: (index) => new Date(Date.UTC(2026, 0, 1) + (at[index] ?? 0)),
    });
    served.sandbox.seed({ service: 'cvm', region: 'ap-beijing', count: 1, name: () => 'north' });
    const listed = async (...args: string[]): Promise<readonly string[]> =>
      (await keypair('list', '-p', 'tencent', '-q', ...args)).stdout.trimEnd().split('\n');
    expect(await listed()).toEqual(['later', 'a', 'b', 'c']);
    expect(await listed('-r', 'ap-beijing,ap-guangzhou')).toEqual(['north', 'later', 'a', 'b', 'c']);
  });

  it('shows a pair by id, fingerprint and either file', async () => {
    await keypair('create', '-p', 'tencent', '--name', 'foo', '-q');
    const [pair] = pairs(await keypair('list', '-p', 'tencent', '--json'));
    const file = path.join(home, '.ssh/foo');
    for (const handle of [
      pair?.id,
      pair?.fingerprints?.sha256,
      pair?.fingerprints?.md5,
      file,
      `${file}.pub`,
      '~/.ssh/foo',
    ]) {
      const shown = await keypair('show', '-p', 'tencent', handle ?? '', '--json');
      expect((JSON.parse(shown.stdout) as PairJson).name, `${String(handle)}: ${shown.stderr}`).toBe('foo');
    }
    chmodSync(file, 0o640);
    expect((await keypair('show', '-p', 'tencent', 'foo')).stdout).toMatch(/permissions +0640/);
    for (const handle of ['bar', 'skey-00000000', 'MD5:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff', './nothing']) {
      expect((await keypair('show', '-p', 'tencent', handle)).exit, handle).toBe(3);
    }
  });

  it('shows what the fingerprint of Alibaba Cloud is, as create did', async () => {
    const inCloud = ({ stdout }: Run): string => /in the cloud .*/.exec(stdout)?.[0] ?? '';
    const created = inCloud(await keypair('create', '-p', 'aliyun', '--name', 'foo'));
    expect(created).toContain('(SHA1 of the public key)');
    expect(inCloud(await keypair('show', '-p', 'aliyun', 'foo'))).toBe(created);
  });

  it.each([
    ['aliyun', 'Forbidden.RAM', 'ecs:DescribeInstances is denied'],
    [
      'tencent',
      'UnauthorizedOperation',
      'you are not authorized to perform operation (cvm:DescribeInstances) resource (*) has no permission',
    ],
  ])('shows a pair of %s also where its instances may not be seen', async (provider, code, message) => {
    await keypair('create', '-p', provider, '--name', 'foo', '-q');
    if (provider === 'tencent') await keypair('attach', '-p', provider, 'foo', 'ins-sandbox3', '--yes');
    const denied = { kind: 'error', code, message, status: 403, action: 'DescribeInstances' } as const;
    served.sandbox.fault({ ...denied, times: 2 });
    const { stderr } = await keypair('show', '-p', provider, 'foo');
    const { exit, stdout } = await keypair('show', '-p', provider, 'foo', '--json');
    expect(stderr).toContain('warning: cannot see the instances of foo: ');
    expect(stderr).toContain(`${provider === 'tencent' ? 'cvm' : 'ecs'}:DescribeInstances`);
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'foo',
      instances: provider === 'tencent' ? ['ins-sandbox3'] : null,
      instanceStates: null,
    });
    expect(exit).toBe(0);
  });

  it('lists keys that are on this machine only', async () => {
    await keypair('create', '-p', 'tencent', '--name', 'both', '-q');
    await keypair('create', '-p', 'lighthouse', '--name', 'other', '-q');
    const local = pairs(await keypair('list', '-p', 'tencent', '--local-only', '--json'));
    expect(local).toMatchObject([{ provider: null, region: null, name: 'other', id: null }]);
    expect((await keypair('list', '-p', 'tencent,lighthouse', '--local-only', '-q')).stdout).toBe('');
  });

  it('filters by tags, also where the service cannot', async () => {
    await keypair('create', '-p', 'tencent', '--name', 'a', '--tag', 'env=prod', 'team=x', '-q');
    await keypair('create', '-p', 'tencent', '--name', 'b', '--tag', 'env=test', '-q');
    expect((await keypair('list', '-p', 'tencent', '--tag', 'env=prod', '-q')).stdout).toBe('a\n');
    expect((await keypair('list', '-p', 'tencent', '--tag', 'env=prod', 'team=y', '-q')).stdout).toBe('');
    expect((await keypair('list', '-p', 'tencent', '--tag', 'env')).exit).toBe(2);
  });

  it('tells what fails and shows the rest', async () => {
    await keypair('create', '-p', 'tencent', '--name', 'foo', '-q');
    const env = { ALIBABA_CLOUD_ACCESS_KEY_ID: '', ALIBABA_CLOUD_ACCESS_KEY_SECRET: '' };
    const noKey = await served.run(['list', '-p', 'all', '--json'], { home, env });
    expect(noKey.exit).toBe(4);
    const errors = noKey.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(errors).toMatchObject(['aliyun', 'swas'].map((provider) => ({ error: { code: 'AUTH', provider } })));
    expect(pairs(noKey).map(({ name }) => name)).toEqual(['foo']);
    served.sandbox.fault({
      kind: 'error',
      interface: 'lighthouse',
      code: 'UnauthorizedOperation.NoPermission',
    });
    const refused = await keypair('list', '-p', 'tencent,lighthouse', '--json');
    expect(refused.exit).toBe(4);
    expect(pairs(refused).map(({ name }) => name)).toEqual(['foo']);
  });

  it('repeats a read that found nobody at first', async () => {
    await keypair('create', '-p', 'tencent', '--name', 'foo', '-q');
    served.sandbox.fault({ kind: 'status', status: 502, action: 'DescribeKeyPairs' });
    served.sandbox.fault({ kind: 'drop', when: 'before', action: 'DescribeKeyPairs' });
    expect(await keypair('list', '-p', 'tencent', '-q')).toMatchObject({ exit: 0, stdout: 'foo\n' });
  });

  it('finds all of 2,000 pairs in three regions, whatever the pages', async () => {
    const regions = ['ap-guangzhou', 'ap-shanghai', 'ap-singapore'];
    await served.close();
    served = await serveSandbox({
      behaviour: { requestsPerSecond: null, pageSize: (asked) => 1 + Math.floor(Math.random() * asked) },
    });
    regions.forEach((region, index) => {
      const count = [700, 700, 600][index] ?? 0;
      served.sandbox.seed({
        service: 'cvm',
        region,
        count,
        name: (i) => `k${i}_${region.replaceAll('-', '_')}`.slice(0, 25),
      });
    });
    const all = await keypair('list', '-p', 'tencent', '-r', regions.join(','), '--json');
    expect(all.stderr).toBe('');
    const names = pairs(all).map(({ name, region }) => `${region ?? ''}/${name}`);
    expect(names).toHaveLength(2000);
    expect(new Set(names).size).toBe(2000);
  });

  it('loses none and doubles none while pairs come and go', async () => {
    await served.close();
    let walk = 0;
    served = await serveSandbox({
      behaviour: {
        requestsPerSecond: null,
        pageSize: (asked) => 10 + Math.floor(Math.random() * (asked / 4)),
      },
      onRequest: ({ action }) => {
        if (action !== 'DescribeKeyPairs') return;
        walk += 1;
        served.sandbox.seed({ service: 'cvm', region: 'ap-guangzhou', count: 1, name: () => `new_${walk}` });
        served.sandbox.remove({ service: 'cvm', region: 'ap-guangzhou', names: [`old_${walk * 3}`] });
      },
    });
    served.sandbox.seed({ service: 'cvm', region: 'ap-guangzhou', count: 200, name: (i) => `old_${i}` });
    const names = pairs(await keypair('list', '-p', 'tencent', '--json')).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const stayed = Array.from({ length: 200 }, (_, i) => i).filter((i) => i % 3 !== 0 || i === 0 || i > walk * 3);
    for (const i of stayed) expect(names).toContain(`old_${i}`);
  });

  it.each([
    ['--local-only', '--cloud-only'],
    ['-r', 'ap-guangzhou,nowhere/else'],
    ['-p', 'tencent,nobody'],
  ])('refuses %s %s before it calls', async (...args) => {
    expect((await keypair('list', '-p', 'tencent', ...args)).exit).toBe(2);
    expect(served.sandbox.log).toEqual([]);
  });
});

describe('list and show on a terminal', () => {
  it('fit it, with headings and relative times, and draw the key', async () => {
    const home = temporaryDirectory();
    await run(['create', '--sandbox', '-p', 'tencent', '--name', 'foo', '-q'], { home });
    const listing = keypairOnTerminal(['list', '--sandbox', '-p', 'tencent'], { home });
    expect(await listing.ended()).toBe(0);
    expect(listing.screen()).toMatch(/NAME +ID +PROVIDER/);
    expect(listing.screen()).toMatch(/foo +skey-\w+ +tencent +ap-guangzhou/);
    expect(listing.screen()).toContain('just now');
    const showing = keypairOnTerminal(['show', '--sandbox', '-p', 'tencent', 'foo'], { home });
    expect(await showing.ended()).toBe(0);
    expect(showing.screen()).toContain('+---[RSA 2048]----+');
  });
});
