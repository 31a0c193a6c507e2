import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { run, type Run } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** What a dry run of `create` tells, as far as defaults go. */
interface Plan {
  readonly provider: string;
  readonly region: string;
  readonly endpoint: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly projectId: number | null;
  readonly resourceGroupId: string | null;
  readonly privateKeyPath: string;
}

type Env = Readonly<Record<string, string>>;

const TENCENT = { TENCENTCLOUD_SECRET_ID: 'AKIDexample', TENCENTCLOUD_SECRET_KEY: 'example' };

describe('a profile', () => {
  let home: string;
  beforeEach(() => {
    home = temporaryDirectory();
  });

  function write(content: object): void {
    const file = path.join(home, '.config/keypair/config.json');
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, JSON.stringify(content), { mode: 0o600 });
  }

  const profile = (values: object): void => {
    write({ profiles: { default: values } });
  };

  const create = (args: readonly string[], env: Env = {}): Promise<Run> =>
    run(['create', '--sandbox', '--name', 'foo', '--dry-run', ...args], { home, env });

  async function plan(args: readonly string[], env: Env = {}): Promise<Plan> {
    const { exit, stdout, stderr } = await create([...args, '--json'], env);
    expect(stderr).toBe('');
    expect(exit).toBe(0);
    return JSON.parse(stdout) as Plan;
  }

  it('gives the provider after flag and variable', async () => {
    profile({ provider: 'lighthouse' });
    expect((await plan([])).provider).toBe('lighthouse');
    expect((await plan([], { KEYPAIR_PROVIDER: 'aliyun' })).provider).toBe('aliyun');
    expect((await plan(['-p', 'cvm'], { KEYPAIR_PROVIDER: 'aliyun' })).provider).toBe('tencent');
  });

  it('gives the region after flag, KEYPAIR_REGION and the vendor’s variable', async () => {
    profile({ provider: 'tencent', region: 'ap-beijing' });
    const vendor = { TENCENTCLOUD_REGION: 'ap-shanghai', TKE_REGION: 'ap-chengdu' };
    const ours = { ...vendor, KEYPAIR_REGION: 'ap-nanjing' };
    expect((await plan(['-r', 'ap-tokyo'], ours)).region).toBe('ap-tokyo');
    expect((await plan([], ours)).region).toBe('ap-nanjing');
    expect((await plan([], vendor)).region).toBe('ap-shanghai');
    expect((await plan([], { TKE_REGION: 'ap-chengdu' })).region).toBe('ap-beijing');
    profile({ provider: 'tencent' });
    expect((await plan([])).region).toBe('ap-guangzhou');
  });

  it.each([
    'ALIBABA_CLOUD_REGION_ID',
    'ALIBABACLOUD_REGION_ID',
    'ALICLOUD_REGION_ID',
    'ALIBABA_CLOUD_REGION',
    'ALICLOUD_REGION',
    'REGION_ID',
    'REGION',
  ])('gives the region after %s', async (variable) => {
    profile({ provider: 'aliyun', region: 'cn-beijing' });
    expect((await plan([], { [variable]: 'cn-shanghai' })).region).toBe('cn-shanghai');
    // Of two the one that comes first in the vendors' order counts, and REGION may be anybody's.
    const both = { REGION: 'eu-west-9', REGION_ID: 'us-gov', [variable]: 'cn-shanghai' };
    expect((await plan([], both)).region).toBe('cn-shanghai');
    expect((await plan([], { REGION: 'eu-west-9', REGION_ID: ' ' })).region).toBe('cn-beijing');
  });

  it('gives its region to other providers that have it, and to no others', async () => {
    profile({ provider: 'tencent', region: 'ap-beijing' });
    expect((await plan(['-p', 'lighthouse'])).region).toBe('ap-beijing');
    expect((await plan(['-p', 'aliyun'])).region).toBe('cn-hangzhou');
    profile({ region: 'cn-beijing' });
    expect((await plan(['-p', 'aliyun'])).region).toBe('cn-beijing');
    expect((await plan(['-p', 'tencent'])).region).toBe('ap-guangzhou');
    // A region that is newer than this program.
    profile({ provider: 'tencent', region: 'ap-newtown' });
    expect((await plan([])).region).toBe('ap-newtown');
  });

  it.each<[string, readonly string[], Env, string]>([
    ['the profile', [], {}, 'using region ap-beijing, from profile default (--region changes it)'],
    [
      'a variable',
      [],
      { TENCENTCLOUD_REGION: 'ap-shanghai' },
      'using region ap-shanghai, from TENCENTCLOUD_REGION (--region changes it)',
    ],
    ['nowhere', ['-p', 'aliyun'], {}, 'using region cn-hangzhou, the default of aliyun (--region changes it)'],
  ])('says that the region is from %s', async (_, args, env, line) => {
    profile({ provider: 'tencent', region: 'ap-beijing' });
    expect((await create(args, env)).stderr).toBe(`keypair: ${line}\n`);
    expect((await create([...args, '--quiet'], env)).stderr).toBe('');
    expect((await create([...args, '-r', 'ap-tokyo', '-p', 'tencent'], env)).stderr).toBe('');
  });

  it('refuses a variable that holds no region, and names it', async () => {
    const { exit, stderr } = await create(['-p', 'tencent'], {
      TENCENTCLOUD_REGION: 'evil.example/\u001b[2J',
    });
    expect(exit).toBe(2);
    expect(stderr).toContain('is not a region, in TENCENTCLOUD_REGION');
    expect(stderr).not.toContain('\u001b');
  });

  it('gives the site after flag and variable', async () => {
    profile({ provider: 'tencent', site: 'intl' });
    expect((await plan([])).endpoint).toBe('https://cvm.intl.tencentcloudapi.com');
    expect((await plan([], { KEYPAIR_SITE: 'cn' })).endpoint).toBe('https://cvm.tencentcloudapi.com');
    expect((await plan(['--site', 'intl'], { KEYPAIR_SITE: 'cn' })).endpoint).toContain('intl');
    expect((await plan(['--site', 'cn'])).endpoint).toBe('https://cvm.tencentcloudapi.com');
  });

  it('gives its endpoint to its own provider only, after flag, variable and --sandbox', async () => {
    profile({ provider: 'tencent', endpoint: 'https://profile.example' });
    const real = async (args: readonly string[], env: Env = {}): Promise<string> => {
      const words = ['create', '--name', 'foo', '--dry-run', '--json', ...args];
      const { stdout, stderr } = await run(words, { home, env: { ...TENCENT, ...env } });
      expect(stderr).toBe('');
      return (JSON.parse(stdout) as Plan).endpoint;
    };
    const ours = { KEYPAIR_ENDPOINT: 'https://variable.example' };
    expect(await real([])).toBe('https://profile.example');
    expect(await real([], ours)).toBe('https://variable.example');
    expect(await real(['--endpoint', 'https://flag.example'], ours)).toBe('https://flag.example');
    expect(await real(['-p', 'lighthouse'])).toBe('https://lighthouse.tencentcloudapi.com');
    expect((await plan([])).endpoint).toBe('https://cvm.tencentcloudapi.com');
  });

  it('gives the key directory after flag and variable', async () => {
    profile({ provider: 'tencent', keyDir: '~/profile' });
    const ours = { KEYPAIR_KEY_DIR: path.join(home, 'variable') };
    expect((await plan([])).privateKeyPath).toBe(path.join(home, 'profile/foo'));
    expect((await plan([], ours)).privateKeyPath).toBe(path.join(home, 'variable/foo'));
    expect((await plan(['--key-dir', 'flag'], ours)).privateKeyPath).toBe(path.join(home, 'flag/foo'));
  });

  it('gives project, resource group and tags to those that have them, after the flags', async () => {
    profile({ project: 7, resourceGroup: 'rg-abc', tags: { team: 'ops', env: 'dev' } });
    expect(await plan(['-p', 'tencent'])).toMatchObject({
      projectId: 7,
      resourceGroupId: null,
      tags: { team: 'ops', env: 'dev' },
    });
    expect(await plan(['-p', 'aliyun'])).toMatchObject({ projectId: null, resourceGroupId: 'rg-abc' });
    expect(await plan(['-p', 'lighthouse'])).toMatchObject({ projectId: null, resourceGroupId: null });
    const old = await run(
      ['create', '--sandbox', '--name', 'foo', '--dry-run', '--json', '-p', 'qcloud', '--api-version', 'v2'],
      { home },
    );
    expect(JSON.parse(old.stdout)).toMatchObject({ projectId: 0, tags: {} });
    expect(await plan(['-p', 'tencent', '--project', '0', '--tag', 'env=prod', '--tag', 'more=yes'])).toMatchObject({
      projectId: 0,
      tags: { team: 'ops', env: 'prod', more: 'yes' },
    });
    expect(await plan(['-p', 'aliyun', '--resource-group', 'rg-def'])).toMatchObject({
      resourceGroupId: 'rg-def',
    });
  });

  it('with a tag that the service does not take is named as the culprit', async () => {
    profile({ tags: { 'aliyun-x': 'y' } });
    const { exit, stderr } = await create(['-p', 'aliyun']);
    expect(exit).toBe(2);
    expect(stderr).toContain('keypair: error: profile default adds the tag "aliyun-x":');
  });

  it('is followed by create, ensure and import into the cloud', async () => {
    profile({ provider: 'tencent', region: 'ap-beijing', tags: { team: 'ops' }, keyDir: '~/keys' });
    const json = async (...args: readonly string[]): Promise<unknown> => {
      const { exit, stdout, stderr } = await run([...args, '--sandbox', '--json'], { home });
      expect(exit, stderr).toBe(0);
      return JSON.parse(stdout);
    };
    await json('create', '--name', 'one');
    await json('ensure', '--name', 'two');
    await json('import', '--name', 'three', '--from-private', path.join(home, 'keys/one'), '-r', 'ap-tokyo');
    const mine = { provider: 'tencent', region: 'ap-beijing', tags: { team: 'ops' } };
    const made = (await json('list')) as readonly { readonly name: string }[];
    expect(made.toSorted((a, b) => a.name.localeCompare(b.name))).toMatchObject([
      { ...mine, name: 'one', privateKeyPath: `${home}/keys/one` },
      { ...mine, name: 'two', privateKeyPath: `${home}/keys/two` },
    ]);
    expect(await json('list', '-r', 'ap-tokyo')).toMatchObject([
      { ...mine, name: 'three', region: 'ap-tokyo', privateKeyPath: `${home}/keys/one` },
    ]);
  });

  it('is chosen by flag, else by KEYPAIR_PROFILE, else by the configuration', async () => {
    const region = (id: string): object => ({ provider: 'tencent', region: id });
    write({
      profile: 'c',
      profiles: { a: region('ap-beijing'), b: region('ap-shanghai'), c: region('ap-tokyo') },
    });
    expect((await plan(['--profile', 'a'], { KEYPAIR_PROFILE: 'b' })).region).toBe('ap-beijing');
    expect((await plan([], { KEYPAIR_PROFILE: 'b' })).region).toBe('ap-shanghai');
    expect((await plan([])).region).toBe('ap-tokyo');
    expect((await create([], { KEYPAIR_PROFILE: '' })).stderr).toContain('KEYPAIR_PROFILE is empty');
    const { exit, stderr } = await create(['--profile', 'nope']);
    expect(exit).toBe(2);
    expect(stderr).toContain('there is no profile nope\nkeypair: hint: the profiles are a, b, c\n');
  });

  it('does not narrow what regions and providers show', async () => {
    profile({ provider: 'aliyun' });
    const { stdout } = await run(['providers', '--quiet'], { home });
    expect(stdout).toBe('tencent\nlighthouse\naliyun\nswas\nqcloud\n');
  });
});
