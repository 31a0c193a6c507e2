import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { CommandSpec } from '../../src/cli/spec.ts';
import { COMMANDS } from '../../src/commands/index.ts';
import { credentialsFor, credentialContext } from '../../src/connection/credentials.ts';
import { EMPTY_PROFILE } from '../../src/config/profile.ts';
import { assumeRole } from '../../src/credentials/roles.ts';
import { KeypairError } from '../../src/errors.ts';
import { findDescriptor } from '../../src/providers/registry.ts';
import { createSession } from '../../src/cli/session.ts';
import { resolveSettings } from '../../src/cli/settings.ts';
import { exportedKey } from '../../src/keys/export-key.ts';
import { decryptedKey } from '../../src/keys/passphrase.ts';
import { Secret } from '../../src/secret.ts';
import { installedProgram } from '../support/installed.ts';
import { run } from '../support/program.ts';
import { startProxy } from '../support/proxy.ts';
import type { FaultKind } from '../../sandbox/faults.ts';
import { createSandbox, type Sandbox } from '../../sandbox/server.ts';
import { IDENTITY_PROVIDERS, roleArn, tokenFile } from '../contract/cloud-world.ts';
import { type Inside, runInside } from '../support/inside.ts';
import {
  filesBelow,
  partsOfPrivateKey,
  type Planted,
  searchFor,
  showsPrivateKey,
  temporaryEnv,
} from '../support/leaks.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { put } from '../unit/credentials/world.ts';

/** A stand-in cloud of a test's own, so that tests may run beside each other. */
interface Stage extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly url: string;
}

async function openStage(): Promise<Stage> {
  const sandbox = createSandbox({ stateDir: null, behaviour: { keyBits: 1024, requestsPerSecond: null } });
  const listening = await sandbox.listen();
  return { sandbox, url: listening.url, [Symbol.asyncDispose]: () => listening.close() };
}

const PROXY_PASSWORD = 'pr0xy-Passw0rd-0123456789abcdef';
const TCCLI = 'tccliSecretThatIsInAFile01234567';
const ALIYUN = 'aliyunSecretThatIsInAFile0123456';
const LOGIN = 'loginSecretThatCameByStdin012345';

/** Credentials in the environment, and what of them is secret. */
interface Access {
  readonly env: Env;
  readonly secrets: readonly Planted[];
}

type Env = Readonly<Record<string, string>>;

function permanentAccess({ sandbox, url }: Stage): Access {
  const { secretId, secretKey } = sandbox.credentials;
  return {
    env: {
      TENCENTCLOUD_SECRET_ID: secretId,
      TENCENTCLOUD_SECRET_KEY: secretKey,
      ALIBABA_CLOUD_ACCESS_KEY_ID: secretId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: secretKey,
      KEYPAIR_ENDPOINT: url,
    },
    secrets: [{ name: 'the secret key', value: secretKey }],
  };
}

function temporaryAccess({ sandbox, url }: Stage): Access {
  const { secretKey, token } = sandbox.temporaryCredentials;
  return {
    env: temporaryEnv(sandbox, url),
    secrets: [
      { name: 'the temporary secret key', value: secretKey },
      { name: 'the session token', value: token },
    ],
  };
}

/** A home with the vendors' own files in it, and the key pair `there` if it is wanted. */
function homeWithFiles(): string {
  const home = temporaryDirectory();
  put(home, '.tccli/default.credential', { secretId: 'AKIDtccli', secretKey: TCCLI });
  const profile = { name: 'p', mode: 'AK', access_key_id: 'LTAIfile', access_key_secret: ALIYUN };
  put(home, '.aliyun/config.json', { current: 'p', profiles: [profile] });
  return home;
}

const PLANTED_FILES = ['.tccli/default.credential', '.aliyun/config.json', 'token'];

/** Where a private key may be: its own file, and what is kept of an answer that could not be used. */
const KEY_PLACES = /^(?:\.ssh|\.local\/state\/keypair)\//;

/** Secrets that lie about on every machine of the tests, whatever a run uses. */
const ABOUT: readonly Planted[] = [
  { name: 'the password of the proxy', value: PROXY_PASSWORD },
  { name: 'the secret in ~/.tccli', value: TCCLI },
  { name: 'the secret in ~/.aliyun', value: ALIYUN },
  { name: 'the secret of a login', value: LOGIN },
];

/** What `keypair passphrase` has written with LOGIN, in a format that Node reads. */
function unlocked(text: string): string {
  if (!text.includes('BEGIN OPENSSH PRIVATE KEY')) return text;
  return exportedKey(decryptedKey(new Secret(text), new Secret(LOGIN)), 'pkcs8', 3).reveal();
}

/**
 * Looks at all that a run has left.
 *
 * @param kept files that may hold secrets by their purpose: `auth login --store file`.
 */
function expectNoLeak(
  line: readonly string[],
  done: Pick<Inside, 'stdout' | 'stderr' | 'error'>,
  home: string,
  secrets: readonly Planted[],
  kept: readonly string[] = [],
): void {
  const files = filesBelow(home);
  const keys = files
    .filter(({ text }) => text.startsWith('-----BEGIN '))
    .flatMap(({ file, text }) => partsOfPrivateKey(file, unlocked(text)));
  const ofCredentials = searchFor([...ABOUT, ...secrets]);
  const ofKeys = searchFor(keys);
  const all = { in: (text: string) => [...ofCredentials.in(text), ...ofKeys.in(text)] };
  const { error } = done;
  const seen = {
    stdout: all.in(done.stdout),
    stderr: all.in(done.stderr),
    inspected: all.in(inspect(error, { depth: Infinity, showHidden: true, getters: true })),
    stringified: all.in(`${String(error)}${JSON.stringify(error)}${JSON.stringify(causesOf(error))}`),
    keys: [done.stdout, done.stderr].filter(showsPrivateKey),
  };
  expect({ line, ...seen }).toEqual({ line, ...NOTHING });
  const where = files
    .filter(({ file }) => !PLANTED_FILES.includes(file))
    .flatMap(({ file, mode, text }) => {
      // What a server sent in place of a key is kept as it came: it may be the only copy of one.
      if (KEY_PLACES.test(file) && mode === 0o600) return all.in(file);
      return [...(kept.includes(file) ? [] : ofCredentials.in(text)), ...ofKeys.in(text), ...all.in(file)].map(
        (name) => `${file} (${mode.toString(8)}): ${name}`,
      );
    });
  expect({ line, where }).toEqual({ line, where: [] });
}

const NOTHING = { stdout: [], stderr: [], inspected: [], stringified: [], keys: [] };

function causesOf(error: unknown): readonly string[] {
  const texts: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) texts.push(at.message, at.stack ?? '');
  return texts;
}

/** Says whatever a hostile server may know or guess of us, as it may say it. */
function echo(secrets: readonly Planted[]): string {
  return secrets
    .flatMap(({ value }) => {
      const text = String(value);
      return [text, encodeURIComponent(text), Buffer.from(text).toString('base64')];
    })
    .join(' ');
}

/** Puts it behind every text in an answer. */
function echoedIn(value: unknown, words: string): unknown {
  if (typeof value === 'string') return `${value} ${words}`;
  if (Array.isArray(value)) return value.map((item) => echoedIn(item, words));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, echoedIn(item, words)]));
}

/** Every fault that the sandbox knows: a new kind does not compile without its entry. */
const FAULTS: Readonly<Record<FaultKind['kind'], (words: string) => readonly FaultKind[]>> = {
  error: (words) => [
    {
      kind: 'error',
      code: 'SignatureDoesNotMatch',
      message: `Specified signature is not matched. server string to sign is:POST ${words}`,
    },
    { kind: 'error', code: 'AuthFailure.SignatureFailure', message: words },
    { kind: 'error', code: words.slice(0, 90), message: words },
    { kind: 'error', code: 'InternalError', message: words, status: 500 },
  ],
  status: (words) => [
    {
      kind: 'status',
      status: 502,
      body: `<html>${words}</html>`,
      headers: { 'x-echo': words, server: words },
    },
    {
      kind: 'status',
      status: 403,
      body: JSON.stringify({ message: words, [words]: words, RequestId: words, Code: words, Message: words }),
      headers: { 'content-type': 'application/json' },
    },
  ],
  drop: () => [
    { kind: 'drop', when: 'before' },
    { kind: 'drop', when: 'after' },
  ],
  cut: () => [{ kind: 'cut' }],
  hang: () => [{ kind: 'hang', when: 'after' }],
  redirect: (words) => [
    {
      kind: 'redirect',
      location: `https://user:${encodeURIComponent(words)}@example.test/?token=${encodeURIComponent(words)}`,
    },
  ],
  body: (words) => [
    { kind: 'body', body: words, headers: { 'x-echo': words } },
    {
      kind: 'body',
      body: JSON.stringify({ Response: { Error: { Code: words, Message: words }, RequestId: words } }),
    },
    { kind: 'body', body: '\u0000\u001b[2J{"Response":' },
  ],
  patch: (words) => [
    { kind: 'patch', patch: (answer) => echoedIn(answer, words) },
    { kind: 'patch', patch: (answer) => ({ ...(answer as object), [words]: words }) },
  ],
};

const EVERY_FAULT = (Object.keys(FAULTS) as FaultKind['kind'][]).flatMap((kind) =>
  // Their number is known before anything is planted.
  FAULTS[kind]('').map((_fault, index) => ({ kind, index })),
);

/** Leaves `there` in the cloud, and its key in the home. */
async function withKey(home: string, provider: readonly string[], env: Env): Promise<void> {
  const made = await runInside(['create', ...provider, '--name', 'there', '-q'], { home, env });
  expect(made.exit, made.stderr).toBe(0);
}

const SERVICES = [
  {
    provider: ['-p', 'tencent'],
    at: 'cvm',
    create: 'CreateKeyPair',
    list: 'DescribeKeyPairs',
    remove: 'DeleteKeyPairs',
  },
  {
    provider: ['-p', 'lighthouse'],
    at: 'lighthouse',
    create: 'CreateKeyPair',
    list: 'DescribeKeyPairs',
    remove: 'DeleteKeyPairs',
  },
  {
    provider: ['-p', 'aliyun'],
    at: 'ecs',
    create: 'CreateKeyPair',
    list: 'DescribeKeyPairs',
    remove: 'DeleteKeyPairs',
  },
  {
    provider: ['-p', 'qcloud'],
    at: 'cvm-v2',
    create: 'CreateKeyPair',
    list: 'DescribeKeyPairs',
    remove: 'DeleteKeyPairs',
  },
] as const;

/** The fault, made to say all that it can of these secrets. */
function faultOf(kind: FaultKind['kind'], index: number, secrets: readonly Planted[]): FaultKind {
  const fault = FAULTS[kind](echo(secrets))[index];
  if (fault === undefined) throw new Error('there is no such fault');
  return fault;
}

/** The two that say most. */
const MODES = [['--debug'], ['--json', '--debug']] as const;

/** Seconds; what never answers need not be waited for. */
const TIMEOUT: Partial<Readonly<Record<FaultKind['kind'], string>>> = { hang: '0.4' };

describe('the search for secrets', () => {
  const secret = 'Kq7/+x"Secret=9f';
  const bytes = Buffer.from(secret);
  it.each([
    ['as it is', secret],
    ['in other cases', secret.toLowerCase()],
    ['backwards', Array.from(secret).reverse().join('')],
    ['in a URL', encodeURIComponent(secret)],
    ['in JSON', JSON.stringify({ secret })],
    ['in hex', bytes.toString('hex')],
    ['in base64', bytes.toString('base64')],
    ['inside of what is in base64', Buffer.from(`a${secret} and more`).toString('base64')],
    ['further inside', Buffer.from(`ab${secret}`).toString('base64url')],
    ['broken into lines', `${secret.slice(0, 5)}\n${secret.slice(5)}`],
  ])('finds one %s', (_title, text) => {
    expect(searchFor([{ name: 'it', value: secret }]).in(`before ${text} after`)).toEqual(['it']);
  });

  it('finds nothing where there is none, and a private key in any armour', () => {
    expect(searchFor([{ name: 'it', value: secret }]).in('Kq7/+x"Secret')).toEqual([]);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    const other = privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64');
    expect(searchFor(partsOfPrivateKey('k', pem)).in(other)).toHaveLength(3);
    expect(searchFor(partsOfPrivateKey('k', pem)).in(pem)).toHaveLength(3);
    expect([pem, other].map(showsPrivateKey)).toEqual([true, true]);
    const publicKey = `ssh-rsa AAAAB3/${'x'.repeat(300)}+`;
    expect([publicKey, encodeURIComponent(publicKey)].map(showsPrivateKey)).toEqual([false, false]);
    expect(showsPrivateKey(encodeURIComponent(other))).toBe(true);
  });
});

describe('no secret is seen when a service fails', () => {
  const attempts = SERVICES.flatMap(({ provider, at, create, list, remove }) =>
    (
      [
        [create, ['create', '--name', 'fresh']],
        [list, ['list']],
        [remove, ['delete', 'there', '--yes']],
      ] as const
    ).flatMap(([action, args]) => MODES.map((mode) => ({ provider, at, action, args, mode }))),
  );

  it.each(EVERY_FAULT)('by $kind ($index) at create, list and delete', async ({ kind, index }) => {
    const attempt = async ({ provider, at, action, args, mode }: (typeof attempts)[number]): Promise<void> => {
      await using stage = await openStage();
      const { env, secrets } = index % 2 === 0 ? temporaryAccess(stage) : permanentAccess(stage);
      const home = homeWithFiles();
      if (args[0] === 'delete') await withKey(home, provider, env);
      stage.sandbox.fault({ ...faultOf(kind, index, secrets), interface: at, action });
      const line = [...args, ...provider, '--timeout', TIMEOUT[kind] ?? '3', ...mode];
      const done = await runInside(line, { home, env });
      expect(stage.sandbox.log.some(({ statusOrCode }) => statusOrCode === `fault:${kind}`)).toBe(true);
      expectNoLeak(line, done, home, secrets);
    };
    await Promise.all(attempts.map(attempt));
  });
});

/** Where temporary credentials come from: what to set for it, and what of that is secret. */
const SOURCES: readonly {
  readonly vendor: 'tencent' | 'aliyun';
  readonly action: string;
  readonly line: readonly string[];
  readonly access: (stage: Stage, home: string) => Access;
}[] = (['tencent', 'aliyun'] as const).flatMap((vendor) => {
  const of = <T>(tencent: T, aliyun: T): T => (vendor === 'tencent' ? tencent : aliyun);
  const list = ['list', '-p', vendor];
  return [
    {
      vendor,
      action: 'AssumeRole',
      line: list,
      access: (stage: Stage) => {
        const { env, secrets } = permanentAccess(stage);
        const name = of('TENCENTCLOUD_ROLE_ARN', 'ALICLOUD_ASSUME_ROLE_ARN');
        return { env: { ...env, [name]: roleArn(vendor, 'ops') }, secrets };
      },
    },
    {
      vendor,
      action: of('AssumeRoleWithWebIdentity', 'AssumeRoleWithOIDC'),
      line: list,
      access: ({ url }: Stage, home: string) => {
        const file = tokenFile(home, 600);
        const role = roleArn(vendor, 'ops');
        const provider = IDENTITY_PROVIDERS[vendor];
        const env = of<Env>(
          {
            TKE_REGION: 'ap-guangzhou',
            TKE_PROVIDER_ID: provider,
            TKE_WEB_IDENTITY_TOKEN_FILE: file,
            TKE_ROLE_ARN: role,
          },
          {
            ALIBABA_CLOUD_OIDC_PROVIDER_ARN: provider,
            ALIBABA_CLOUD_OIDC_TOKEN_FILE: file,
            ALIBABA_CLOUD_ROLE_ARN: role,
          },
        );
        const value = readFileSync(file, 'utf8').trim();
        return {
          env: { ...env, KEYPAIR_ENDPOINT: url },
          secrets: [{ name: 'the web identity token', value }],
        };
      },
    },
    {
      vendor,
      action: 'metadata:credentials',
      line: list,
      access: ({ url }: Stage) => ({
        env: {
          [of('TENCENTCLOUD_CAM_ROLE_NAME', 'ALIBABA_CLOUD_ECS_METADATA')]: 'ops',
          KEYPAIR_ENDPOINT: url,
        },
        secrets: [],
      }),
    },
    {
      vendor,
      action: 'GetCallerIdentity',
      line: ['auth', 'status', '--check', '-p', vendor],
      access: temporaryAccess,
    },
    {
      vendor,
      action: 'GetCallerIdentity',
      line: [
        'auth',
        'login',
        '-p',
        vendor,
        '--secret-id',
        'AKIDsandbox0000000000000000000permanent',
        '--secret-stdin',
        '--store',
        'file',
        '--insecure-plaintext',
      ],
      access: (stage: Stage) => {
        const { env, secrets } = permanentAccess(stage);
        return { env: { KEYPAIR_ENDPOINT: env['KEYPAIR_ENDPOINT'] ?? '' }, secrets };
      },
    },
  ];
});

describe('no secret is seen when temporary credentials are asked for', () => {
  it.each(EVERY_FAULT)('and it fails by $kind ($index)', async ({ kind, index }) => {
    const attempt = async (
      { vendor, action, line, access }: (typeof SOURCES)[number],
      mode: readonly string[],
    ): Promise<void> => {
      await using stage = await openStage();
      const home = homeWithFiles();
      const { env, secrets } = access(stage, home);
      const at = action.startsWith('metadata') ? 'metadata' : (`${vendor}-sts` as const);
      stage.sandbox.fault({ ...faultOf(kind, index, secrets), interface: at, action });
      const whole = [...line, '--timeout', TIMEOUT[kind] ?? '3', ...mode];
      const done = await runInside(whole, { home, env, input: stage.sandbox.credentials.secretKey });
      expect(stage.sandbox.log.some(({ statusOrCode }) => statusOrCode === `fault:${kind}`)).toBe(true);
      expectNoLeak(whole, done, home, secrets, [`.config/keypair/credentials/default.${vendor}.json`]);
    };
    await Promise.all(MODES.flatMap((mode) => SOURCES.map((source) => attempt(source, mode))));
  });

  it('and they come', async () => {
    for (const mode of MODES) {
      for (const { action, line, access } of SOURCES) {
        await using stage = await openStage();
        const home = homeWithFiles();
        const { env, secrets } = access(stage, home);
        const issued: Planted[] = [];
        const collect = (answer: unknown, name: string): unknown => {
          if (typeof answer === 'object' && answer !== null) {
            for (const [field, value] of Object.entries(answer)) collect(value, field);
          } else if (/SecretKey|KeySecret|Token$/.test(name)) issued.push({ name, value: String(answer) });
          return answer;
        };
        stage.sandbox.fault({ kind: 'patch', patch: (answer) => collect(answer, ''), action });
        const done = await runInside([...line, ...mode], {
          home,
          env,
          input: stage.sandbox.credentials.secretKey,
        });
        expect(done.exit, done.stderr).toBe(0);
        expect(issued).toHaveLength(action === 'GetCallerIdentity' ? 0 : 2);
        const kept = ['tencent', 'aliyun'].map((vendor) => `.config/keypair/credentials/default.${vendor}.json`);
        expectNoLeak(line, done, home, [...secrets, ...issued], kept);
      }
    }
  });
});

/** What each command is tried with, well or badly: `$KEY` is a public key's file and `$PRIVATE` a private one's. */
const LINES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  create: [
    ['-p', 'tencent', '--name', 'one', 'two'],
    ['-p', 'aliyun', '--name', 'one', '--local'],
    ['-p', 'tencent', '--name', 'there'],
    ['-p', 'aliyun', '--name', 'one', '--dry-run'],
    ['-p', 'lighthouse', '--name', '../bad'],
  ],
  import: [
    ['-p', 'tencent', '--name', 'up', '$KEY'],
    ['-p', 'aliyun', '--name', 'up', '--from-private', '$PRIVATE'],
    ['-p', 'tencent', '--name', 'up', '$PRIVATE'],
  ],
  ensure: [
    ['-p', 'tencent', '--name', 'there'],
    ['-p', 'qcloud', '--name', 'other'],
  ],
  list: [
    ['-p', 'tencent'],
    ['-p', 'all', '-r', 'all'],
  ],
  instances: [
    ['-p', 'all', '-r', 'all'],
    ['-p', 'aliyun', '--key', 'there'],
  ],
  ssh: [
    ['-p', 'tencent', 'web-1', '--print'],
    ['-p', 'tencent', 'web-1', '--print', '--key', '$PRIVATE'],
    ['-p', 'all', 'web-1'],
  ],
  'ssh-config print': [['-p', 'all']],
  'ssh-config install': [['-p', 'tencent', '--yes']],
  'ssh-config remove': [['--yes']],
  show: [
    ['-p', 'tencent', 'there'],
    ['-p', 'tencent', '$PRIVATE'],
    ['-p', 'tencent', 'nobody'],
  ],
  update: [
    ['-p', 'tencent', 'there', '--description', 'words'],
    ['-p', 'aliyun', 'there', '--tag', 'a=b'],
  ],
  attach: [['-p', 'tencent', 'there', 'ins-sandbox3', '--yes']],
  detach: [['-p', 'tencent', 'there', 'ins-sandbox3', '--yes']],
  authorize: [
    ['-p', 'tencent', 'there', 'web-1'],
    ['-p', 'aliyun', '$PRIVATE', 'web-1', '--dry-run'],
  ],
  revoke: [['-p', 'aliyun', 'there', 'web-1', '--yes']],
  rotate: [
    ['-p', 'tencent', 'there', 'web-1', '--yes'],
    ['-p', 'aliyun', 'there', 'web-1', '--dry-run'],
  ],
  delete: [
    ['-p', 'tencent', 'there', '--yes', '--local-files'],
    ['-p', 'tencent', 'there'],
  ],
  fingerprint: [['$KEY'], ['$PRIVATE', '--all'], ['.tccli/default.credential']],
  export: [
    ['$PRIVATE', '--format', 'ppk', '--yes'],
    ['$KEY', '--format', 'pem', '--yes'],
    ['.tccli/default.credential', '--format', 'public'],
  ],
  passphrase: [
    ['$PRIVATE', '--passphrase-stdin'],
    ['$KEY', '--passphrase-stdin'],
    ['$PRIVATE', '--remove'],
  ],
  'agent add': [['$PRIVATE'], ['$PRIVATE', '--dry-run'], ['.tccli/default.credential', '--lifetime', '1h']],
  'agent remove': [['$PRIVATE'], ['.tccli/default.credential']],
  regions: [['-p', 'tencent']],
  providers: [[]],
  doctor: [
    ['-p', 'tencent'],
    ['-p', 'tencent', '--fix', '--yes'],
  ],
  'auth login': [
    [
      '-p',
      'tencent',
      '--secret-id',
      'AKIDx',
      '--secret-stdin',
      '--store',
      'file',
      '--insecure-plaintext',
      '--no-check',
    ],
    ['-p', 'tencent', '--secret-id', 'AKIDx', '--secret-stdin', '--store', 'file', '--insecure-plaintext'],
    ['-p', 'tencent', '--secret-id', 'AKIDx', '--secret-stdin', '--store', 'file'],
  ],
  'auth status': [[], ['--check'], ['-p', 'aliyun', '--check']],
  'auth logout': [['-p', 'tencent', '--yes']],
  'config list': [[]],
  'config get': [['region']],
  'config set': [
    ['region', 'ap-beijing'],
    ['secret-key', LOGIN],
    ['token', LOGIN],
    ['endpoint', `https://user:${LOGIN}@example.test`],
    ['role.external-id', LOGIN],
    ['role.external-id', `${LOGIN} `],
    ['role.arn', LOGIN],
  ],
  'config unset': [['region']],
  'config path': [[]],
  'sandbox serve': [['--port', '0']],
  'sandbox reset': [[]],
  'sandbox status': [[]],
  'trash list': [[]],
  'trash restore': [['foo']],
  'trash empty': [[], ['--dry-run']],
  'completion bash': [[]],
  'completion zsh': [[]],
  'completion fish': [[]],
  'completion powershell': [[]],
};

/** What would serve for ever is ended after as many milliseconds. */
const SERVING_MS: Readonly<Record<string, number>> = { 'sandbox serve': 300 };

async function everyCommand(): Promise<readonly string[]> {
  const names = (spec: CommandSpec, before: readonly string[]): readonly string[] => [
    ...(spec.run === undefined ? [] : [[...before, spec.name].join(' ')]),
    ...(spec.commands ?? []).flatMap((child) => names(child, [...before, spec.name])),
  ];
  const specs = await Promise.all(COMMANDS.map(({ load }) => load()));
  return specs.flatMap((spec) => names(spec, []));
}

describe('no secret is seen in what a command says', () => {
  it('of which every one is tried', async () => {
    expect(Object.keys(LINES).sort()).toEqual([...(await everyCommand())].sort());
  });

  const trial = async (command: string, rest: readonly string[], mode: readonly string[]): Promise<void> => {
    await using stage = await openStage();
    const { env, secrets } = mode.length === 0 ? permanentAccess(stage) : temporaryAccess(stage);
    const home = homeWithFiles();
    const withPairs = rest.some((word) => /^there$|\$/.test(word));
    for (const provider of withPairs ? ['tencent', 'aliyun'] : []) {
      const directory = ['--key-dir', path.join(home, '.ssh', provider)];
      await runInside(['create', '-p', provider, '--name', 'there', ...directory], { home, env });
    }
    const key = path.join(home, '.ssh/tencent/there');
    const words = rest.map((word) => word.replace('$KEY', `${key}.pub`).replace('$PRIVATE', key));
    const line = [...command.split(' '), ...words, ...mode];
    const done = await runInside(line, { home, env, input: LOGIN, endAfterMs: SERVING_MS[command] });
    if (command === 'sandbox serve') {
      // It is its purpose to tell the sandbox's own credentials, which open nothing.
      expect(done.stdout.includes(stage.sandbox.credentials.secretKey)).toBe(!mode.includes('--quiet'));
      return;
    }
    const kept = ['.config/keypair/credentials/default.tencent.json'];
    if (rest[0] === 'role.external-id') kept.push('.config/keypair/config.json');
    expectNoLeak(line, done, home, secrets, kept);
  };

  it.each(Object.entries(LINES))('%s', async (command, lines) => {
    for (const mode of [[], ['--json'], ['--quiet'], ['--debug']]) {
      await Promise.all(lines.map((rest) => trial(command, rest, mode)));
    }
  });
});

describe('no secret is seen in what the program works with', () => {
  it('however it is printed', async () => {
    await using stage = await openStage();
    const home = homeWithFiles();
    for (const { env, secrets } of [permanentAccess(stage), temporaryAccess(stage)]) {
      const { context } = await runInside(['config', 'path'], { home, env: { ...env, KEYPAIR_DEBUG: '1' } });
      const session = createSession(context, resolveSettings({ debug: true }, context.env));
      const shown: unknown[] = [context, session, session.settings];
      for (const vendor of ['tencent', 'aliyun'] as const) {
        const world = credentialContext(session, vendor);
        shown.push(world);
        const descriptor = findDescriptor(vendor);
        const source = await credentialsFor(session, descriptor, EMPTY_PROFILE);
        const role = assumeRole(
          vendor,
          source,
          {
            arn: roleArn(vendor, 'ops'),
            sessionName: null,
            externalId: null,
            durationSeconds: null,
            policy: null,
            stsEndpoint: null,
          },
          world,
        );
        const { secret, token } = await role.current(new AbortController().signal);
        const issued = [secret, ...(token === null ? [] : [token])];
        const all = searchFor([
          ...ABOUT,
          ...secrets,
          ...issued.map((own) => ({ name: 'what STS issued', value: own.reveal() })),
        ]);
        const error = new KeypairError('PARTIAL', 'm', {
          answer: secret,
          cause: new Error('c', { cause: token }),
        });
        shown.push(source, role, await source.current(new AbortController().signal), error, [error], {
          ...(await role.current(new AbortController().signal)),
        });
        for (const object of shown) {
          const texts = [
            inspect(object, { depth: Infinity, showHidden: true, getters: true }),
            inspect(object, { depth: Infinity, showProxy: true }),
            // Streams and signals of Node's hold themselves.
            JSON.stringify(object, once()),
            String(object),
          ];
          expect(texts.map((text) => all.in(text))).toEqual([[], [], [], []]);
        }
      }
    }
  });
});

/** Leaves out what was written already, so that circles end. */
function once(): (name: string, value: unknown) => unknown {
  const seen = new Set<unknown>();
  return (_name, value) => {
    if (typeof value !== 'object' || value === null) return value;
    if (seen.has(value)) return null;
    seen.add(value);
    return value;
  };
}

describe('the password of a proxy is not seen', () => {
  it.each(['ok', 'drop', 'hang', 'garbage', 407, 502, 'closed', 'not a URL'] as const)(
    'when it is %s',
    async (mode) => {
      await using stage = await openStage();
      const { env, secrets } = permanentAccess(stage);
      const to = Number(new URL(stage.url).port);
      const known = mode === 'closed' || mode === 'not a URL' ? 'ok' : mode;
      const server = await startProxy({ to, mode: known });
      try {
        if (mode === 'closed') await server.close();
        const setting = `http://user:${PROXY_PASSWORD}@127.0.0.1:${server.port}`;
        const proxy = mode === 'not a URL' ? `${setting}:what` : setting;
        for (const line of [
          ['list', '-p', 'tencent', '--timeout', '0.5', '--debug'],
          ['create', '-p', 'aliyun', '--name', 'fresh', '--timeout', '0.5', '--json', '--debug'],
        ]) {
          const home = homeWithFiles();
          // Plain http to this machine goes through no proxy.
          const secure = { ...env, KEYPAIR_ENDPOINT: stage.url.replace('http:', 'https:') };
          const done = await runInside(line, { home, env: secure, proxy });
          expect(done.exit).not.toBe(0);
          expectNoLeak(line, done, home, secrets);
        }
      } finally {
        await server.close();
      }
    },
  );
});

/** Makes the program itself fail in a way that nobody thought of, with a secret in its message. */
const BOOM = `
  const crypto = require('node:crypto');
  const fail = () => { throw new TypeError('it was ' + process.env.TENCENTCLOUD_SECRET_KEY); };
  for (const name of ['createHmac', 'createHash']) {
    Object.defineProperty(crypto, name, { value: fail });
  }
`;

describe('no secret is seen in the program itself', () => {
  it.each([
    ['create -p tencent --name fresh --debug', 0],
    ['create -p aliyun --name fresh --json', 0],
    ['list -p all --debug', 0],
    ['auth status --check --debug', 0],
    ['list -p tencent --timeout x --debug', 2],
  ])('%s', async (words, exit) => {
    const line = words.split(' ');
    for (const proxied of [false, true]) {
      await using stage = await openStage();
      const { env, secrets } = temporaryAccess(stage);
      const proxy = await startProxy({ to: Number(new URL(stage.url).port) });
      try {
        const setting = proxied ? { HTTP_PROXY: `http://user:${PROXY_PASSWORD}@127.0.0.1:${proxy.port}` } : {};
        const home = homeWithFiles();
        const done = await run(line, { home, env: { ...env, ...setting } });
        expect(done.exit, done.stderr).toBe(exit);
        expectNoLeak(line, { ...done, error: undefined }, home, secrets);
      } finally {
        await proxy.close();
      }
    }
  });

  it('that fails in a way that nobody thought of: frames, and no message', async () => {
    await using stage = await openStage();
    const { env, secrets } = permanentAccess(stage);
    const home = homeWithFiles();
    const boom = path.join(temporaryDirectory(), 'boom.cjs');
    writeFileSync(boom, BOOM);
    const line = ['list', '-p', 'tencent', '--debug'];
    const { exit, stdout, stderr } = await run(line, {
      home,
      env: { ...env, NODE_OPTIONS: `--require ${boom}` },
    });
    expect([exit, stdout]).toEqual([1, '']);
    expect(stderr).toContain('unexpected error (TypeError)');
    expect(stderr).toMatch(/^keypair: debug: at /m);
    expect(stderr).not.toContain('it was');
    expectNoLeak(line, { stdout, stderr, error: undefined }, home, secrets);
  });

  it('nor in what another process sees of it and of the one that asks the keychain', async () => {
    const home = homeWithFiles();
    const spied = path.join(temporaryDirectory(), 'spied');
    const program = installedProgram(`
      const { readFileSync, appendFileSync } = require('node:fs');
      const spy = () => {
        for (const id of [process.pid, process.ppid]) {
          for (const what of ['cmdline', 'environ']) appendFileSync(${JSON.stringify(spied)}, what + readFileSync('/proc/' + id + '/' + what));
        }
        return Promise.resolve(null);
      };
      Object.assign(exports, { getPassword: spy, setPassword: spy, deletePassword: spy });
    `);
    const line = ['auth', 'login', '-p', 'tencent', '--secret-id', 'AKIDx', '--secret-stdin', '--no-check'];
    const done = await run(line, { home, program, input: LOGIN });
    expect(done.exit, done.stderr).toBe(0);
    expect(readFileSync(spied, 'utf8').match(/cmdline/g)?.length).toBeGreaterThanOrEqual(4);
    expect(searchFor(ABOUT).in(readFileSync(spied, 'latin1'))).toEqual([]);
    expectNoLeak(line, { ...done, error: undefined }, home, []);
  });
});
