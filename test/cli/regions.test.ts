import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runInside } from '../support/inside.ts';
import { type Served, serveSandbox } from '../support/served.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const TENCENT = { TENCENTCLOUD_SECRET_ID: 'AKIDexample', TENCENTCLOUD_SECRET_KEY: 'example' };
const ALIYUN = { ALIBABA_CLOUD_ACCESS_KEY_ID: 'LTAIexample', ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'example' };

let home: string;
beforeEach(() => {
  home = temporaryDirectory();
});

function put(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(home, file)), { recursive: true, mode: 0o700 });
  writeFileSync(path.join(home, file), text, { mode: 0o600 });
}

describe('C12: a file of the vendor’s that names the region and cannot be read', () => {
  const cases = [
    ['tencent', '.tccli/default.configure', '{"_sys_param": {"region": "ap-nanjing", "output": "json",}}', TENCENT],
    [
      'aliyun',
      '.aliyun/config.json',
      '{"current":"default","profiles":[{"name":"default","mode":"AK","region_id":"cn-beijing",}]}',
      ALIYUN,
    ],
  ] as const;

  it.each(cases)('is an error of %s that names it', async (provider, file, text, env) => {
    put(file, text);
    const create = ['create', '-p', provider, '--name', 'foo', '--dry-run'];
    const { exit, stdout, stderr } = await runInside(create, { home, env });
    expect(exit).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(`error: cannot read the region from ~/${file}: line 1 is not JSON`);
    expect(stderr).toContain(`hint: correct ~/${file}, or name the region with --region`);
  });

  it.each(cases)('does not matter to %s where the region is named', async (provider, file, text, env) => {
    put(file, text);
    const region = provider === 'aliyun' ? 'cn-shanghai' : 'ap-shanghai';
    const create = ['create', '-p', provider, '--name', 'foo', '--dry-run', '--json'];
    const variable = provider === 'aliyun' ? 'ALIBABA_CLOUD_REGION_ID' : 'TENCENTCLOUD_REGION';
    for (const [args, more] of [
      [['-r', region], {}],
      [[], { KEYPAIR_REGION: region }],
      [[], { [variable]: region }],
    ] as const) {
      const { stdout } = await runInside([...create, ...args], { home, env: { ...env, ...more } });
      expect(JSON.parse(stdout)).toMatchObject({ region });
    }
  });

  it.each(cases)('is one problem of the configuration to doctor: %s', async (provider, file, text, env) => {
    put(file, text);
    for (const more of [['-p', provider], ['--local-only']]) {
      const { exit, stdout } = await runInside(['doctor', ...more], { home, env });
      expect(exit).toBe(1);
      expect(stdout).toMatch(/^problem +configuration +cannot read the region from/);
      expect(stdout.split(`${file}: line 1 is not JSON`)).toHaveLength(2);
    }
  });
});

describe('C17: what is no region of the provider in force', () => {
  it('is refused by config set, with the one that may be meant', async () => {
    put('.config/keypair/config.json', '{"profiles":{"default":{"provider":"aliyun"}}}');
    const set = (args: readonly string[]) => runInside(['config', 'set', 'region', ...args], { home });
    const refused = await set(['ap-shanghai']);
    expect(refused.exit).toBe(2);
    expect(refused.stderr).toBe(
      'keypair: error: Alibaba Cloud ECS has no region ap-shanghai\n' +
        'keypair: hint: did you mean cn-shanghai?\n' +
        'keypair: hint: see keypair regions --provider aliyun\n',
    );
    expect((await set(['ap-shanghai', '-p', 'tencent'])).exit).toBe(0);
    expect((await set(['cn-shanghai'])).exit).toBe(0);
    for (const text of ['shanghai', '上海'])
      expect((await set([text, '-p', 'tencent'])).stderr).toContain('hint: did you mean ap-shanghai?');
    const fresh = await set(['ap-southeast-9']);
    expect(fresh.exit).toBe(0);
    expect(fresh.stderr).toContain('warning: ap-southeast-9 is not a documented region');
  });

  it('is named with all the others of a comma list', async () => {
    const list = (args: readonly string[]) => runInside(['list', '--sandbox', ...args], { home });
    const one = await list(['-p', 'tencent', '-r', 'shanghai,ap-tokyo,Bangkok']);
    expect(one.exit).toBe(2);
    expect(one.stderr).toContain('these are not regions: shanghai, Bangkok');
    expect(one.stderr).toContain('did you mean ap-shanghai, ap-bangkok?');
    const two = await list(['-p', 'tencent,aliyun', '-r', 'ap-tokyo,xx-a,xx-b']);
    expect(two.stderr).toContain('these are not regions: xx-a, xx-b');
  });

  it.each([
    ['tencent', 'shanghai', 'ap-shanghai'],
    ['aliyun', 'shanghai', 'cn-shanghai'],
    ['tencent', '上海', 'ap-shanghai'],
    ['aliyun', '法兰克福', 'eu-central-1'],
    ['tencent', 'Sao Paulo', 'sa-saopaulo'],
  ])('C13: is told %s’s own name: %s is %s', async (provider, text, region) => {
    const { exit, stderr } = await runInside(['list', '--sandbox', '-p', provider, '-r', text], { home });
    expect(exit).toBe(2);
    expect(stderr).toContain(`hint: did you mean ${region}?\n`);
  });
});

describe('C15: a variable that is wrong', () => {
  const list = (env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
    runInside(['list', ...args], { home, env: { ...TENCENT, KEYPAIR_PROVIDER: 'tencent', ...env } });

  it.each([
    [{ KEYPAIR_PROVIDER: 'moon' }, 'KEYPAIR_PROVIDER: no provider is called "moon"'],
    [{ KEYPAIR_PROVIDER: 'tencent,moon' }, 'KEYPAIR_PROVIDER: no provider is called "moon"'],
    [{ KEYPAIR_REGION: 'moon' }, '"moon" is not a region, in KEYPAIR_REGION'],
    [{ KEYPAIR_REGION: 'moon,mars' }, 'these are not regions: moon, mars, in KEYPAIR_REGION'],
    [{ KEYPAIR_ENDPOINT: 'http://example.com' }, "KEYPAIR_ENDPOINT: the endpoint 'http://example.com' is not https"],
    [{ KEYPAIR_SITE: 'moon' }, 'KEYPAIR_SITE is neither cn nor intl'],
    [{ KEYPAIR_TIMEOUT: 'soon' }, 'KEYPAIR_TIMEOUT takes seconds, from 0.1 to 3600'],
    [{ KEYPAIR_LANG: 'tlh' }, 'KEYPAIR_LANG is neither en nor zh-CN'],
    [{ KEYPAIR_PROFILE: '../x' }, 'KEYPAIR_PROFILE'],
    [{ KEYPAIR_JSON: 'perhaps' }, 'KEYPAIR_JSON is neither on nor off'],
  ])('is named: %j', async (env, message) => {
    const { exit, stderr } = await list(env);
    expect(exit).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr.split('hint:')[0]).not.toContain('--');
  });

  it('is no obstacle to a flag: KEYPAIR_SANDBOX=1 and --endpoint', async () => {
    const { exit, stderr } = await list({ KEYPAIR_SANDBOX: '1' }, '--endpoint', 'http://127.0.0.1:9', '-r', 'ap-tokyo');
    expect(exit).toBe(6);
    expect(stderr).toContain('127.0.0.1');
  });
});

describe('C16: a name that two pairs have, and a pair that two regions list', () => {
  let served: Served;
  afterEach(() => served.close());
  const call = (...args: readonly string[]) => runInside([...args, '-p', 'tencent'], { home, env: served.env });

  it('is a conflict that names both ids, and never the first of them', async () => {
    served = await serveSandbox({ behaviour: { requestsPerSecond: null, tencentNames: 'project' } });
    const ids: string[] = [];
    for (const project of ['0', '1000001']) {
      const file = path.join(home, project);
      const made = await call(
        'create',
        '--name',
        'foo',
        '--project',
        project,
        '--output',
        file,
        '-r',
        'ap-tokyo',
        '--json',
      );
      ids.push((JSON.parse(made.stdout) as { id: string }).id);
    }
    await call('create', '--name', 'bar', '-r', 'ap-tokyo');
    for (const args of [
      ['show', 'foo'],
      ['update', 'foo', '--rename', 'new'],
      ['attach', 'foo', 'ins-r8hr2upy', '--yes'],
      ['detach', 'foo', 'ins-r8hr2upy', '--yes'],
      ['delete', 'foo', '--yes'],
      ['delete', 'bar', 'foo', '--yes'],
      ['ensure', '--name', 'foo'],
    ]) {
      const { exit, stdout, stderr } = await call(...args, '-r', 'ap-tokyo');
      expect([args[0], exit]).toEqual([args[0], 5]);
      expect(stdout).toBe('');
      for (const id of ids) expect(stderr).toContain(id);
    }
    const [first = '', second = ''] = ids;
    expect((await call('delete', first, '--yes', '-r', 'ap-tokyo')).exit).toBe(0);
    const left = await call('show', 'foo', '-r', 'ap-tokyo', '--json');
    expect(JSON.parse(left.stdout)).toMatchObject({ id: second, projectId: 1000001 });
  });

  it.each(['region', 'account'] as const)('is listed once where it belongs to the %s', async (tencentScope) => {
    served = await serveSandbox({ behaviour: { requestsPerSecond: null, tencentScope } });
    await call('create', '--name', 'foo', '-r', 'ap-tokyo');
    await call('create', '--name', 'bar', '-r', 'ap-seoul');
    const { stdout } = await call('list', '-r', 'ap-seoul,ap-tokyo', '--quiet');
    expect(stdout.split('\n').sort()).toEqual(['', 'bar', 'foo']);
    expect((await call('show', 'foo', '-r', 'ap-tokyo')).exit).toBe(0);
    expect((await call('delete', 'foo', '--yes', '-r', 'ap-tokyo')).exit).toBe(0);
    expect((await call('list', '-r', 'ap-seoul,ap-tokyo', '--quiet')).stdout).toBe('bar\n');
  });
});

describe('D21: attach and detach say what they do', () => {
  let served: Served;
  beforeEach(async () => {
    served = await serveSandbox({ behaviour: { requestsPerSecond: null, operationMs: 0 } });
    const { service, region } = { service: 'lighthouse', region: 'ap-guangzhou' } as const;
    served.sandbox.seed({ service, region, count: 2, name: (i) => `foo${i}` });
  });
  afterEach(() => served.close());
  const call = (...args: readonly string[]) =>
    runInside([...args, '-p', 'lighthouse', '--yes'], { home, env: served.env });

  it('on Lighthouse, where the key before becomes invalid', async () => {
    const attached = await call('attach', 'foo0', 'lhins-sandbox1');
    expect(attached.stderr).toContain('the key that the instance has becomes invalid, and login by password');
    expect(attached.stderr).toContain('a running instance is stopped for it, by force');
    await call('attach', 'foo1', 'lhins-sandbox1');
    const show = await call('show', 'foo0', '--json');
    expect(JSON.parse(show.stdout)).toMatchObject({ instances: [] });
    const detached = await call('detach', 'foo1', 'lhins-sandbox1');
    expect(detached.stderr).toContain('without one, nobody can log in');
  });

  it('without a word on running instances where they are stopped', async () => {
    const { exit, stderr } = await call('attach', 'foo0', 'lhins-sandbox3');
    expect(exit).toBe(0);
    expect(stderr).toContain('becomes invalid');
    expect(stderr).not.toContain('running');
  });
});

describe('C13: regions come from the service', () => {
  let served: Served;
  beforeEach(async () => {
    served = await serveSandbox({ behaviour: { requestsPerSecond: null } });
  });
  afterEach(() => served.close());
  const call = (...args: readonly string[]) => runInside(args, { home, env: served.env });
  const asked = () => served.sandbox.log.filter(({ action }) => action === 'DescribeRegions').length;

  it('so that list -r all finds a pair of Lighthouse in a region that is built in nowhere', async () => {
    served.sandbox.seed({ service: 'lighthouse', region: 'sa-saopaulo', count: 1, name: () => 'far' });
    const list = () => call('list', '-p', 'lighthouse', '-r', 'all', '--json');
    const { exit, stdout } = await list();
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{ name: 'far', region: 'sa-saopaulo' }]);
    expect(asked()).toBe(1);
    expect(JSON.parse((await list()).stdout)).toHaveLength(1);
    // A day long nobody asks again.
    expect(asked()).toBe(1);
  });

  it('for each account anew, and import says which it leaves out', async () => {
    const made = ['create', '-p', 'tencent', '-r', 'ap-seoul', '--name', 'key'];
    expect((await call(...made)).exit).toBe(0);
    const upload = (name: string, env: Readonly<Record<string, string>>) =>
      runInside(['import', '-p', 'tencent', '-r', 'all', '--name', name, path.join(home, '.ssh/key.pub')], {
        home,
        env,
      });
    const patch = (answer: unknown) =>
      JSON.parse(JSON.stringify(answer).replaceAll('ap-tokyo', 'ap-elsewhere')) as unknown;
    served.sandbox.fault({ kind: 'patch', patch, action: 'DescribeRegions' });
    const first = await upload('one', served.env);
    expect(first.stdout).not.toContain('ap-tokyo');
    expect(first.stderr).toMatch(/warning: left out, since tencent does not list them: .*ap-tokyo/);
    const { secretId, secretKey, token } = served.sandbox.temporaryCredentials;
    const other = await upload('two', {
      ...served.env,
      TENCENTCLOUD_SECRET_ID: secretId,
      TENCENTCLOUD_SECRET_KEY: secretKey,
      TENCENTCLOUD_TOKEN: token,
    });
    expect(other.stdout).toContain('ap-tokyo');
    expect(asked()).toBe(2);
  });

  it('and create never asks for them', async () => {
    const { exit } = await call('create', '-p', 'tencent', '--name', 'foo', '-r', 'ap-newplace');
    expect(exit).toBe(3);
    expect((await call('create', '-p', 'tencent', '--name', 'foo', '-r', 'ap-tokyo')).exit).toBe(0);
    expect(asked()).toBe(0);
  });

  it('and a cache that somebody else has written is none', async () => {
    await call('regions', '-p', 'tencent');
    const file = path.join(
      home,
      '.cache/keypair/regions',
      readdirSync(path.join(home, '.cache/keypair/regions'))[0] ?? '',
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const far = new Date(Date.now() + 9e9).toISOString();
    const now = new Date().toISOString();
    for (const text of [
      '{',
      JSON.stringify({ at: far, regions: [['ap-evil', null]] }),
      JSON.stringify({ at: '2020-01-01', regions: [['ap-evil', null]] }),
      JSON.stringify({ at: now, regions: [['evil.example/', 'x'], ['\u001b[2J'], 7, null, {}] }),
      '[['.repeat(50_000),
    ]) {
      writeFileSync(file, text);
      const before = asked();
      const { exit, stdout } = await call('regions', '-p', 'tencent', '--json');
      expect(exit).toBe(0);
      expect(stdout).not.toContain('evil');
      expect(asked()).toBe(before + 1);
    }
  }, 60_000);

  it('and regions shows where each comes from, also without credentials', async () => {
    const rows = JSON.parse((await call('regions', '-p', 'lighthouse', '--json')).stdout) as unknown[];
    expect(rows).toContainEqual({
      provider: 'lighthouse',
      region: 'sa-saopaulo',
      name: 'São Paulo',
      default: false,
      host: 'lighthouse.tencentcloudapi.com',
      source: 'service',
    });
    const off = ['ALIBABA_CLOUD_ECS_METADATA_DISABLED', 'TENCENTCLOUD_METADATA_DISABLED'];
    const env = Object.fromEntries(off.map((name) => [name, 'true']));
    const bare = await runInside(['regions', '-p', 'aliyun'], { home: temporaryDirectory(), env });
    expect(bare.exit).toBe(0);
    expect(bare.stderr).toContain('no credentials for aliyun: showing its built-in regions');
    expect(bare.stdout).toMatch(/cn-hangzhou-finance\tHangzhou Finance\t\tecs.aliyuncs.com\tbuilt-in/);
  });

  it('and one that the account does not have is a warning under all, and an error when named', async () => {
    const code = 'UnsupportedRegion';
    const fault = () => {
      served.sandbox.fault({ kind: 'error', code, action: 'DescribeKeyPairs' });
    };
    fault();
    const all = await call('list', '-p', 'tencent', '-r', 'all');
    expect(all.exit).toBe(0);
    expect(all.stderr).toMatch(/warning: tencent, [a-z-]+ was skipped: .* refused DescribeKeyPairs in /);
    fault();
    const named = await call('list', '-p', 'tencent', '-r', 'ap-tokyo', '--json');
    expect(named.exit).toBe(3);
    const { error } = JSON.parse(named.stderr) as { error: Record<string, unknown> };
    expect(error).toMatchObject({ provider: 'tencent', region: 'ap-tokyo', providerCode: code });
    expect(error['message']).toContain('ap-tokyo');
  });

  it('and every error of several regions names its own', async () => {
    const two = ['ap-seoul', 'ap-tokyo'];
    for (const region of two) served.sandbox.seed({ service: 'cvm', region, count: 1, name: () => 'foo' });
    await call('create', '-p', 'tencent', '-r', 'ap-guangzhou', '--name', 'key');
    const file = path.join(home, '.ssh/key.pub');
    for (const [action, ...args] of [
      ['DeleteKeyPairs', 'delete', 'foo', '--yes'],
      ['ImportKeyPair', 'import', '--name', 'bar', file],
      ['DescribeKeyPairs', 'list'],
      ['DescribeKeyPairs', 'show', 'foo'],
      ['DescribeKeyPairs', 'delete', 'foo', '--yes'],
    ] as const) {
      served.sandbox.fault({ kind: 'status', status: 503, action, times: 100 });
      const { stderr } = await call(...args, '-p', 'tencent', '-r', two.join(), '--json');
      const errors = stderr.split('\n').filter((line) => line.startsWith('{"error"'));
      const regions = errors.map((line) => (JSON.parse(line) as { error: { region?: string } }).error.region);
      expect([args[0], ...regions.sort()]).toEqual([args[0], ...two]);
    }
  }, 60_000);
});

describe('D22: ECS', () => {
  let served: Served;
  beforeEach(async () => {
    served = await serveSandbox({ behaviour: { requestsPerSecond: null } });
  });
  afterEach(() => served.close());
  const call = (...args: readonly string[]) =>
    runInside([...args, '-p', 'aliyun', '-r', 'cn-hangzhou'], { home, env: served.env });

  it('imports what the model allows', async () => {
    const made = await call('create', '--name', 'foo');
    expect(made.exit).toBe(0);
    for (const name of ['密钥.测试', 'ops.laptop', 'é:1']) {
      expect((await call('import', '--name', name, path.join(home, '.ssh/foo.pub'))).exit).toBe(0);
      expect((await call('show', name)).exit).toBe(0);
    }
    const refused = await call('import', '--name', '1x', path.join(home, '.ssh/foo.pub'));
    expect(refused.exit).toBe(2);
    expect(refused.stderr).toContain('2 to 128 letters of any script');
    expect((await call('create', '--name', 'ops.laptop')).exit).toBe(2);
  });

  it('finds the id that create printed, on the machine that made it', async () => {
    const { id } = JSON.parse((await call('create', '--name', 'foo', '--json')).stdout) as { id: string };
    expect(id).toMatch(/^ssh-/);
    expect(JSON.parse((await call('show', id, '--json')).stdout)).toMatchObject({ name: 'foo' });
    const elsewhere = await runInside(['show', id, '-p', 'aliyun', '-r', 'cn-hangzhou'], {
      home: temporaryDirectory(),
      env: served.env,
    });
    expect(elsewhere.exit).toBe(3);
    expect(elsewhere.stderr).toContain(`${id} looks like an id: Alibaba Cloud ECS lists none`);
    expect((await call('delete', id, '--yes')).exit).toBe(0);
    expect((await call('show', 'foo')).exit).toBe(3);
  });

  it('means one pair by such an id: not that of another machine, region or service', async () => {
    const { id } = JSON.parse((await call('create', '--name', 'foo', '--json')).stdout) as { id: string };
    const elsewhere = (...args: readonly string[]) => runInside(args, { home: temporaryDirectory(), env: served.env });
    const beijing = ['-p', 'aliyun', '-r', 'cn-beijing'];
    const tencent = ['-p', 'tencent', '-r', 'ap-beijing'];
    for (const place of [beijing, tencent]) expect((await elsewhere('create', '--name', 'foo', ...place)).exit).toBe(0);
    const at = (...args: readonly string[]) => runInside(args, { home, env: served.env });
    for (const command of [['show'], ['delete', '--yes']]) {
      expect((await at(...command, id, ...beijing)).exit).toBe(3);
      expect((await at(...command, id, '-p', 'tencent,aliyun', '-r', 'ap-beijing,cn-beijing')).exit).toBe(3);
    }
    const hangzhou = ['-p', 'aliyun', '-r', 'cn-hangzhou'];
    expect((await elsewhere('delete', 'foo', '--yes', ...hangzhou)).exit).toBe(0);
    expect((await elsewhere('create', '--name', 'foo', ...hangzhou)).exit).toBe(0);
    for (const command of [
      ['show', id],
      ['delete', id, '--yes'],
      ['update', id, '--tag', 'a=b'],
      ['attach', id, 'i-1', '--yes'],
      ['detach', id, 'i-1', '--yes'],
    ]) {
      const { exit, stderr } = await call(...command);
      expect([command, exit]).toEqual([command, 5]);
      expect(stderr).toContain(`it does not have the key of ${id}`);
    }
    for (const place of [beijing, tencent, hangzhou]) expect((await elsewhere('show', 'foo', ...place)).exit).toBe(0);
  }, 60_000);

  it('names the permission that is missing, and so does Tencent Cloud', async () => {
    const body = JSON.stringify({
      Code: 'Forbidden.RAM',
      Message: 'User not authorized to operate on the specified resource, or this API doesn’t support RAM.',
      RequestId: 'R',
      AccessDeniedDetail: { AuthAction: 'ecs:DescribeKeyPairs', NoPermissionType: 'ImplicitDeny' },
    });
    served.sandbox.fault({
      kind: 'status',
      status: 403,
      body,
      headers: { 'content-type': 'application/json' },
    });
    const ram = await call('list');
    expect(ram.exit).toBe(4);
    expect(ram.stderr).toContain('hint: the permission that is missing: ecs:DescribeKeyPairs\n');
    const message = 'you are not authorized to perform operation (cvm:DescribeKeyPairs) resource (*) has no permission';
    served.sandbox.fault({ kind: 'error', code: 'UnauthorizedOperation', message });
    const cam = await runInside(['list', '-p', 'tencent', '-r', 'ap-tokyo'], { home, env: served.env });
    expect(cam.exit).toBe(4);
    expect(cam.stderr).toContain('hint: the permission that is missing: cvm:DescribeKeyPairs\n');
  });
});
