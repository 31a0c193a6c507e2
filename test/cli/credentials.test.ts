import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run, type Run } from '../support/program.ts';
import { IDENTITY_PROVIDERS, roleArn, tokenFile } from '../contract/cloud-world.ts';
import { type Served, serveSandbox } from '../support/served.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { put } from '../unit/credentials/world.ts';

describe('credentials of the vendors’ own tools', () => {
  let home: string;
  let served: Served;
  let id: string;
  let secret: string;
  beforeEach(async () => {
    home = temporaryDirectory();
    served = await serveSandbox({ behaviour: { requestsPerSecond: null } });
    ({ secretId: id, secretKey: secret } = served.sandbox.credentials);
    await served.run(['create', '-p', 'tencent', '--name', 'tencents', '-q'], { home });
    await served.run(['create', '-p', 'aliyun', '--name', 'alibabas', '-q'], { home });
  });
  afterEach(() => served.close());

  /** Runs the program with none of the credentials' variables but those given. */
  const keypair = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> =>
    run(args, { home, env: { KEYPAIR_ENDPOINT: served.env['KEYPAIR_ENDPOINT']!, ...env } });

  const list = (provider: string, env?: Readonly<Record<string, string>>): Promise<Run> =>
    keypair(['list', '-p', provider, '-q'], env);

  it.each([
    ['~/.tccli', '.tccli/default.credential', {}, () => JSON.stringify({ secretId: id, secretKey: secret })],
    [
      'a profile of tccli',
      '.tccli/prod.credential',
      { TCCLI_PROFILE: 'prod' },
      () => JSON.stringify({ secretId: id, secretKey: secret }),
    ],
    [
      '~/.tencentcloud',
      '.tencentcloud/credentials',
      {},
      () => `[default]\nsecret_id = ${id}\nsecret_key = ${secret}\n`,
    ],
  ] as const)('lists the pairs of tencent with only %s', async (_, file, env, content) => {
    put(home, file, content());
    expect(await list('tencent', env)).toEqual({ exit: 0, stdout: 'tencents\n', stderr: '' });
  });

  it.each([
    [
      '~/.aliyun',
      '.aliyun/config.json',
      () =>
        JSON.stringify({
          current: 'p',
          profiles: [{ name: 'p', mode: 'AK', access_key_id: id, access_key_secret: secret }],
        }),
    ],
    [
      '~/.alibabacloud',
      '.alibabacloud/credentials',
      () => `[default]\ntype = access_key\naccess_key_id = ${id}\naccess_key_secret = ${secret}\n`,
    ],
  ] as const)('lists the pairs of aliyun with only %s', async (_, file, content) => {
    put(home, file, content());
    expect(await list('aliyun')).toEqual({ exit: 0, stdout: 'alibabas\n', stderr: '' });
  });

  it('says where it has looked, what was wrong there, and what to do', async () => {
    put(home, '.tccli/default.credential', `{\n"secretId": "${id}",\n"secretKey": ${secret}\n}`);
    const { exit, stdout, stderr } = await keypair(['list', '-p', 'tencent']);
    expect([exit, stdout]).toEqual([4, '']);
    expect(stderr).toContain('keypair: error: no credentials for Tencent Cloud CVM\n');
    expect(stderr).toContain('keypair: hint: ~/.tccli/default.credential: line 3 is not JSON\n');
    expect(stderr).toContain('keypair: hint: run keypair auth login -p tencent\n');
    expect(stderr).not.toContain(secret);
    const { stderr: json } = await keypair(['list', '-p', 'aliyun', '--json']);
    expect(JSON.parse(json)).toMatchObject({ error: { code: 'AUTH', provider: 'aliyun' } });
  });

  it('warns once for a vendor, whatever number of its services are asked', async () => {
    put(home, '.tccli/default.credential', { secretId: id, secretKey: secret }, 0o644);
    const { exit, stderr } = await keypair(['list', '-p', 'tencent,lighthouse,qcloud']);
    expect(exit).toBe(0);
    expect(stderr.match(/others can read/g)).toHaveLength(1);
    expect(stderr).toContain('run chmod 600 ~/.tccli/default.credential\n');
  });

  it('shows no secret with --debug, whichever file it is from', async () => {
    put(home, '.tccli/default.credential', { secretId: id, secretKey: secret, token: 'tok0tok' }, 0o600);
    const { stderr } = await keypair(['list', '-p', 'tencent', '--debug']);
    expect(stderr).toContain('debug:');
    expect(stderr).not.toContain(secret);
    expect(stderr).not.toContain('tok0tok');
  });
});

type Env = Readonly<Record<string, string>>;

/** What a source is made of: a home, the sandbox's pairs, and what of the home is to be set. */
interface Parts {
  readonly home: string;
  readonly permanent: { readonly secretId: string; readonly secretKey: string };
  readonly temporary: { readonly secretId: string; readonly secretKey: string; readonly token: string };
}

const tencentPair = ({ secretId, secretKey }: Parts['permanent']): Env => ({
  TENCENTCLOUD_SECRET_ID: secretId,
  TENCENTCLOUD_SECRET_KEY: secretKey,
});

const alibabaPair = ({ secretId, secretKey }: Parts['permanent'], prefix = 'ALIBABA_CLOUD_'): Env => ({
  [`${prefix}ACCESS_KEY_ID`]: secretId,
  [`${prefix}ACCESS_KEY_SECRET`]: secretKey,
});

/** A config.json of Alibaba's CLI whose current profile is the last of these. */
function aliyunConfig(home: string, profiles: readonly { readonly name: string }[]): void {
  put(home, '.aliyun/config.json', { current: profiles.at(-1)?.name, profiles });
}

/** Every source: what it sets up and gives for variables, and the requests by which it comes to credentials. */
const SOURCES: readonly (readonly [
  title: string,
  provider: 'tencent' | 'aliyun',
  setUp: (parts: Parts) => Env,
  asks: readonly string[],
])[] = [
  ['a pair of variables', 'tencent', ({ permanent }) => tencentPair(permanent), []],
  ...['TENCENTCLOUD_SESSION_TOKEN', 'TENCENTCLOUD_TOKEN', 'TENCENTCLOUD_SECURITY_TOKEN'].map(
    (name) =>
      [
        `a temporary pair with ${name}`,
        'tencent',
        ({ temporary }: Parts) => ({ ...tencentPair(temporary), [name]: temporary.token }),
        [],
      ] as const,
  ),
  [
    'a pair and TENCENTCLOUD_ROLE_ARN',
    'tencent',
    ({ permanent }) => ({ ...tencentPair(permanent), TENCENTCLOUD_ROLE_ARN: roleArn('tencent', 'ops') }),
    ['AssumeRole'],
  ],
  [
    'the variables of a TKE pod',
    'tencent',
    ({ home }) => ({
      TKE_REGION: 'ap-guangzhou',
      TKE_PROVIDER_ID: IDENTITY_PROVIDERS.tencent,
      TKE_ROLE_ARN: roleArn('tencent', 'ops'),
      TKE_WEB_IDENTITY_TOKEN_FILE: tokenFile(home, 600),
    }),
    ['AssumeRoleWithWebIdentity'],
  ],
  ['TENCENTCLOUD_CAM_ROLE_NAME', 'tencent', () => ({ TENCENTCLOUD_CAM_ROLE_NAME: 'ops' }), ['metadata:credentials']],
  [
    'a cvm-role of tccli',
    'tencent',
    ({ home }) => (put(home, '.tccli/default.credential', { type: 'cvm-role' }), {}),
    ['metadata:role', 'metadata:credentials'],
  ],
  [
    'a role of tccli',
    'tencent',
    ({ home, permanent }) => {
      put(home, '.tccli/default.credential', {
        ...permanent,
        'role-arn': roleArn('tencent', 'ops'),
        'role-session-name': 'nightly',
      });
      return {};
    },
    ['AssumeRole'],
  ],
  ...['ALIBABA_CLOUD_', 'ALICLOUD_'].map(
    (prefix) =>
      [`a pair with ${prefix}`, 'aliyun', ({ permanent }: Parts) => alibabaPair(permanent, prefix), []] as const,
  ),
  [
    'a temporary pair',
    'aliyun',
    ({ temporary }) => ({ ...alibabaPair(temporary), ALIBABA_CLOUD_SECURITY_TOKEN: temporary.token }),
    [],
  ],
  [
    'a pair and ALICLOUD_ASSUME_ROLE_ARN',
    'aliyun',
    ({ permanent }) => ({ ...alibabaPair(permanent), ALICLOUD_ASSUME_ROLE_ARN: roleArn('aliyun', 'ops') }),
    ['AssumeRole'],
  ],
  [
    'the variables of an ACK pod',
    'aliyun',
    ({ home }) => ({
      ALIBABA_CLOUD_OIDC_PROVIDER_ARN: IDENTITY_PROVIDERS.aliyun,
      ALIBABA_CLOUD_OIDC_TOKEN_FILE: tokenFile(home, 600),
      ALIBABA_CLOUD_ROLE_ARN: roleArn('aliyun', 'ops'),
    }),
    ['AssumeRoleWithOIDC'],
  ],
  [
    'ALIBABA_CLOUD_ECS_METADATA',
    'aliyun',
    () => ({ ALIBABA_CLOUD_ECS_METADATA: 'ops' }),
    ['metadata:token', 'metadata:credentials'],
  ],
  [
    'a RamRoleArn of the CLI',
    'aliyun',
    ({ home, permanent: { secretId, secretKey } }) => {
      const pair = { access_key_id: secretId, access_key_secret: secretKey };
      const role = { ram_role_arn: roleArn('aliyun', 'external'), external_id: 'ext-42' };
      aliyunConfig(home, [{ name: 'p', mode: 'RamRoleArn', ...pair, ...role } as { name: string }]);
      return {};
    },
    ['AssumeRole'],
  ],
  [
    'a ChainableRamRoleArn of the CLI',
    'aliyun',
    ({ home, permanent: { secretId, secretKey } }) => {
      const base = { name: 'base', mode: 'AK', access_key_id: secretId, access_key_secret: secretKey };
      const role = { ram_role_arn: roleArn('aliyun', 'ops'), ram_session_name: 'nightly' };
      const chained = { name: 'p', mode: 'ChainableRamRoleArn', source_profile: 'base', ...role };
      aliyunConfig(home, [base, chained]);
      return {};
    },
    ['AssumeRole'],
  ],
  [
    'an EcsRamRole of the CLI',
    'aliyun',
    ({ home }) => {
      aliyunConfig(home, [{ name: 'p', mode: 'EcsRamRole', ram_role_name: 'ops' } as { name: string }]);
      return {};
    },
    ['metadata:token', 'metadata:credentials'],
  ],
];

describe('the program signs with', () => {
  let home: string;
  let served: Served;
  let endpoint: readonly string[];
  let parts: Parts;
  beforeEach(async () => {
    home = temporaryDirectory();
    served = await serveSandbox({ behaviour: { requestsPerSecond: null } });
    endpoint = ['--endpoint', served.env['KEYPAIR_ENDPOINT'] ?? ''];
    const { credentials: permanent, temporaryCredentials: temporary } = served.sandbox;
    parts = { home, permanent, temporary };
  });
  afterEach(() => served.close());

  const keypair = (args: readonly string[], env: Env = {}, input?: string): Promise<Run> =>
    run([...args, ...endpoint], { home, env, ...(input === undefined ? {} : { input }) });

  it.each(SOURCES)('%s', async (_title, provider, setUp, asks) => {
    const env = setUp(parts);
    const create = await keypair(['create', '-p', provider, '--name', 'mine', '--json'], env);
    expect([create.exit, create.stderr]).toEqual([0, '']);
    const asked = served.sandbox.log.map(({ action }) => action).filter((action) => !action.includes('KeyPair'));
    expect(asked).toEqual(asks);
    const list = await keypair(['list', '-p', provider, '-q'], env);
    expect(list).toEqual({ exit: 0, stdout: 'mine\n', stderr: '' });
  });

  it('the role of a profile', async () => {
    await keypair(['config', 'set', '--profile', 'ops', 'role.arn', roleArn('aliyun', 'external')]);
    const set = await keypair(['config', 'set', '--profile', 'ops', 'role.external-id', 'ext-42']);
    expect(set.stdout).toBe('profile ops: role.external-id is set\n');
    const env = alibabaPair(parts.permanent);
    expect((await keypair(['list', '-p', 'aliyun', '--profile', 'ops'], env)).exit).toBe(0);
    const { stdout } = await keypair(['auth', 'status', '-p', 'aliyun', '--check', '--json'], {
      ...env,
      KEYPAIR_PROFILE: 'ops',
    });
    const role = roleArn('aliyun', 'external');
    expect(JSON.parse(stdout)).toMatchObject([
      { works: true, source: `role ${role}, by environment (ALIBABA_CLOUD_ACCESS_KEY_ID)` },
    ]);
    expect((await keypair(['auth', 'status', '-p', 'aliyun', '--json'], env)).stdout).not.toContain(role);
  });

  it('the access key itself where ALIBABA_CLOUD_ROLE_ARN stands beside it, and says so', async () => {
    const env = { ...alibabaPair(parts.permanent), ALIBABA_CLOUD_ROLE_ARN: roleArn('aliyun', 'ops') };
    const { exit, stderr } = await keypair(['list', '-p', 'aliyun'], env);
    expect(exit).toBe(0);
    expect(stderr).toContain('ALIBABA_CLOUD_ROLE_ARN has no effect beside an access key');
    expect(served.sandbox.log.map(({ action }) => action)).not.toContain('AssumeRole');
    // In a pod all three are always there.
    const pod = {
      ...env,
      ALIBABA_CLOUD_OIDC_PROVIDER_ARN: IDENTITY_PROVIDERS.aliyun,
      ALIBABA_CLOUD_OIDC_TOKEN_FILE: tokenFile(home, 600),
    };
    expect((await keypair(['list', '-p', 'aliyun'], pod)).stderr).not.toContain('ALIBABA_CLOUD_ROLE_ARN');
  });

  it('what a login stored, once the cloud has taken it, each profile with its own', async () => {
    const { secretId, secretKey } = parts.permanent;
    const login = ['auth', 'login', '-p', 'tencent', '--secret-id', secretId, '--secret-stdin'];
    const inFile = [...login, '--store', 'file', '--insecure-plaintext'];
    const wrong = await keypair(inFile, {}, 'notTheSecretOfThisKey000');
    expect(wrong.exit).toBe(4);
    expect(wrong.stderr).toContain('keypair: hint: nothing was stored\n');
    expect((await keypair(['auth', 'status', '-p', 'tencent'])).exit).toBe(4);

    const work = await keypair([...inFile, '--profile', 'work'], {}, `${secretKey}\n`);
    expect(work.exit, work.stderr).toBe(0);
    expect(work.stdout).toContain('logged in to Tencent Cloud, account 100000000001');
    expect((await keypair(['list', '-p', 'tencent'])).exit).toBe(4);
    expect((await keypair(['list', '-p', 'lighthouse', '--profile', 'work'])).exit).toBe(0);
    expect((await keypair(['list', '-p', 'tencent'], { KEYPAIR_PROFILE: 'work' })).exit).toBe(0);
  });

  it('what works where the profile’s endpoint is, as auth status --check asks nowhere else', async () => {
    const endpoint = served.env['KEYPAIR_ENDPOINT'];
    put(home, '.config/keypair/config.json', { profiles: { default: { provider: 'tencent', endpoint } } });
    // Whatever would leave this machine ends at a proxy that is not there.
    const env = { ...tencentPair(parts.permanent), KEYPAIR_ENDPOINT: '', HTTPS_PROXY: 'http://127.0.0.1:9' };
    const { exit, stdout, stderr } = await keypair(['auth', 'status', '-p', 'tencent', '--check'], env);
    expect(exit, stderr).toBe(0);
    expect(stdout).toContain('100000000001');
  });

  it('nothing that does not work, as auth status --check tells of all providers', async () => {
    const env = {
      ...tencentPair(parts.permanent),
      ...alibabaPair({ ...parts.permanent, secretKey: 'wrong000' }),
    };
    const { exit, stdout } = await keypair(['auth', 'status', '--check', '--json'], env);
    expect(exit).toBe(4);
    const rows = JSON.parse(stdout) as readonly { readonly provider: string; readonly works: boolean }[];
    expect(rows.map(({ provider, works }) => `${provider} ${String(works)}`)).toEqual([
      'tencent true',
      'lighthouse true',
      'aliyun false',
      'swas false',
      'qcloud true',
    ]);
    expect(rows[0]).toMatchObject({ account: '100000000001', error: null });
    expect(rows[2]).toMatchObject({ error: { code: 'AUTH' } });
  });

  it('the pair of a vendor’s file, in the region of its other file', async () => {
    put(home, '.tccli/default.credential', parts.permanent);
    put(home, '.tccli/default.configure', { _sys_param: { region: 'ap-beijing' } });
    const { exit, stdout, stderr } = await keypair(['create', '-p', 'tencent', '--name', 'north', '--json']);
    expect([exit, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ region: 'ap-beijing' });
  });
});
