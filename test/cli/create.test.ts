import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/secret.ts';
import { md5Fingerprint, sha256Fingerprint } from '../../src/keys/fingerprint.ts';
import { parsePrivateKey } from '../../src/keys/private-key.ts';
import { formatPublicKey, type PublicKey } from '../../src/keys/public-key.ts';
import { createSandbox, type Listening, type Sandbox } from '../../sandbox/server.ts';
import { COMMAND, ended, run, type Run, start } from '../support/program.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';

interface PairJson {
  readonly name: string;
  readonly fingerprints: { readonly sha256: string; readonly md5: string };
  readonly privateKeyPath: string;
  readonly publicKeyPath: string;
  readonly publicKey: string;
}

/** The public half of a private key file, by our own reader; ssh-keygen is asked in test/interop. */
function publicHalf(file: string): PublicKey {
  return parsePrivateKey(new Secret(readFileSync(file, 'utf8'))).publicKey;
}

describe('create in the embedded sandbox', () => {
  let home: string;
  beforeEach(() => {
    home = temporaryDirectory();
  });

  const create = (...args: string[]): Promise<Run> => run(['create', '--sandbox', ...args], { home });

  it('names whole paths also where HOME has none', async () => {
    const args = ['create', '--sandbox', '-p', 'tencent', '--name', 'foo', '--json'];
    const { exit, stdout } = await run(args, { home, env: { HOME: '.' } });
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ privateKeyPath: path.join(home, '.ssh/foo') });
  });

  it.each([
    ['tencent'],
    ['lighthouse'],
    ['aliyun'],
    ['qcloud'],
    ['qcloud', '--api-version', 'v2'],
    ['tencent', '--site', 'intl', '--region', 'na-ashburn'],
    ['tencent', '--region', 'ap-shanghai-fsi'],
    ['aliyun', '--region', 'us-west-1', '--tag', 'env=prod', '--tag', 'team=a', '--resource-group', 'rg-sandbox'],
    ['tencent', '--project', '1000001', '--tag', 'env=prod'],
  ])('saves a pair: %s %s %s', async (provider, ...more) => {
    const { exit, stdout, stderr } = await create('-p', provider, '--name', 'foo', ...more, '--json');
    expect(stderr).toBe('');
    expect(exit).toBe(0);
    const pair = JSON.parse(stdout) as PairJson;
    const file = path.join(home, '.ssh', 'foo');
    expect(pair).toMatchObject({
      provider,
      name: 'foo',
      privateKeyPath: file,
      publicKeyPath: `${file}.pub`,
      sandbox: true,
    });
    expect(modeOf(file)).toBe(0o600);
    expect(modeOf(`${file}.pub`)).toBe(0o644);
    expect(modeOf(path.dirname(file))).toBe(0o700);
    const key = publicHalf(file);
    expect(pair.fingerprints).toEqual({ sha256: sha256Fingerprint(key), md5: md5Fingerprint(key) });
    expect(pair.publicKey).toBe(formatPublicKey(key, 'foo'));
    expect(readFileSync(`${file}.pub`, 'utf8')).toBe(`${pair.publicKey}\n`);
    expect(readdirSync(path.dirname(file)).sort()).toEqual(['foo', 'foo.pub']);
    expect(readdirSync(path.join(home, '.local/state/keypair/journal'))).toEqual([]);
  });

  it('has the modes right whatever the umask', async () => {
    for (const [name, umask] of [
      ['a', '0000'],
      ['b', '0777'],
    ] as const) {
      const script = `umask ${umask}; exec "$0" "$@"`;
      const { COMMAND } = await import('../support/program.ts');
      execFileSync(
        'sh',
        [
          '-c',
          script,
          ...COMMAND,
          'create',
          '--sandbox',
          '-p',
          'tencent',
          '--name',
          name,
          '-q',
          '--key-dir',
          `keys-${umask}`,
        ],
        { cwd: home, env: { PATH: process.env['PATH'], HOME: home } },
      );
      const directory = path.join(home, `keys-${umask}`);
      expect([
        modeOf(directory),
        modeOf(path.join(directory, name)),
        modeOf(path.join(directory, `${name}.pub`)),
      ]).toEqual([0o700, 0o600, 0o644]);
    }
  });

  it('says on stdout what it made and on stderr what comes next', async () => {
    const { exit, stdout, stderr } = await create('-p', 'tencent', '--name', 'foo');
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^foo\n {2}id +skey-\w+\n/);
    expect(stdout).toContain('SHA256:');
    expect(stdout).toContain('MD5:');
    expect(stdout).toContain(path.join(home, '.ssh/foo.pub'));
    expect(stderr).toContain('using region ap-guangzhou, the default of tencent');
    expect(stderr).toContain('next: keypair attach foo -p tencent -r ap-guangzhou --sandbox');
    expect(stdout + stderr).not.toMatch(/\u001b/);
  });

  it('prints the path alone with --quiet', async () => {
    const { stdout, stderr } = await create('-p', 'aliyun', '--name', 'foo', '-q');
    expect(stdout).toBe(`${path.join(home, '.ssh/foo')}\n`);
    expect(stderr).toBe('');
  });

  it('warns of the retired gateway in one line', async () => {
    const { stderr } = await create('-p', 'qcloud', '--name', 'foo', '-q');
    expect(stderr).toMatch(/^keypair: warning: .*tencent\n$/);
  });

  it('makes several, one JSON line each, and goes on after one that fails', async () => {
    await create('-p', 'tencent', '--name', 'b2', '-q', '--key-dir', 'elsewhere');
    const { exit, stdout, stderr } = await create('-p', 'tencent', '--name', 'a1', 'b2', '--name', 'c3', '--json');
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as PairJson).name)
        .sort(),
    ).toEqual(['a1', 'c3']);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'CONFLICT', providerCode: 'InvalidKeyPairName.Duplicate' },
    });
    expect(exit).toBe(5);
    expect(readdirSync(path.join(home, '.ssh')).sort()).toEqual(['a1', 'a1.pub', 'c3', 'c3.pub']);
  });

  it.each(['>/dev/null', '>&-'])('makes no pair whose private key would go nowhere: --output - %s', (redirection) => {
    const words = ['create', '--sandbox', '-p', 'tencent', '--name', 'foo', '--output', '-'];
    const { status, stderr } = spawnSync('sh', ['-c', `"$0" "$@" ${redirection}`, ...COMMAND, ...words], {
      env: { PATH: process.env['PATH'], HOME: home },
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    expect(stderr).toContain('--output - would send the private key nowhere');
    expect(readdirSync(home)).toEqual([]);
  });

  it('keeps a copy of what a reader of --output - may have lost, until it is seen in another file', async () => {
    const out = ['-p', 'aliyun', '--name', 'foo', '--output', '-', '-q'];
    // A reader that takes one byte, and fails: the key was lost, with exit 0.
    const script = `"$0" "$@" --sandbox | head -c 1; exit 0`;
    const { stderr } = spawnSync('sh', ['-c', script, ...COMMAND, 'create', ...out], {
      cwd: home,
      env: { PATH: process.env['PATH'], HOME: home },
      encoding: 'utf8',
    });
    const [, copy = ''] = /^keypair: a copy is kept in (\S+); remove it with: keypair trash empty$/m.exec(stderr) ?? [];
    expect(modeOf(copy)).toBe(0o600);
    expect(stderr).not.toContain('PRIVATE KEY');
    const list = (): Promise<Run> => run(['list', '--sandbox', '-p', 'aliyun'], { home });
    // A public half proves nothing, nor does a key under a passphrase that nobody gave.
    mkdirSync(path.join(home, '.ssh'), { mode: 0o700 });
    writeFileSync(path.join(home, '.ssh/foo.pub'), `${formatPublicKey(publicHalf(copy), '')}\n`);
    await list();
    expect(existsSync(copy)).toBe(true);
    writeFileSync(path.join(home, '.ssh/foo'), readFileSync(copy), { mode: 0o600 });
    expect((await list()).stderr).toContain(
      `the copy ${copy} is removed: ${path.join(home, '.ssh/foo')} holds the same private key`,
    );
    expect(existsSync(path.dirname(copy))).toBe(false);
    expect((await list()).stderr).not.toContain('copy');
  });

  it.each([
    ['a link to it', ['list', '--sandbox', '-p', 'aliyun']],
    ['a link to it', ['show', '--sandbox', '-p', 'aliyun', 'foo']],
    ['a link to it', ['ensure', '--sandbox', '-p', 'aliyun', '--name', 'foo']],
    ['a link to it', ['doctor', '--sandbox', '-p', 'aliyun', '--local-only', '--fix', '--yes']],
    ['a second name of it', ['list', '--sandbox', '-p', 'aliyun']],
    ['a link to it', ['fingerprint', '.ssh/foo']],
    ['stdin', ['fingerprint', '/dev/stdin']],
    ['another way to it', ['fingerprint', 'way/foo']],
  ])('keeps a copy of which %s is all that is seen: %j', async (what, words) => {
    const made = await run(['create', '--sandbox', '-p', 'aliyun', '--name', 'foo', '--output', '-'], {
      home,
    });
    const [, copy = ''] = /a copy is kept in (\S+);/.exec(made.stderr) ?? [];
    const key = path.join(home, '.ssh/foo');
    mkdirSync(path.dirname(key), { mode: 0o700, recursive: true });
    if (what === 'a link to it') symlinkSync(copy, key);
    if (what === 'a second name of it') linkSync(copy, key);
    if (what === 'another way to it') symlinkSync(path.dirname(copy), path.join(home, 'way'));
    const { stdout, stderr } = spawnSync('sh', ['-c', '"$0" "$@" <"$COPY"', ...COMMAND, ...words], {
      cwd: home,
      env: { PATH: process.env['PATH'], HOME: home, COPY: copy },
      encoding: 'utf8',
    });
    expect(stdout + stderr).not.toMatch(/is removed|removed \//);
    expect(readFileSync(copy, 'utf8')).toBe(made.stdout);
  });

  it.each([[['--no-copy']], [['--no-copy', '--key-dir', 'x'], 2], [['--output', 'foo', '--no-copy'], 2]])(
    'takes --no-copy with --output - only: %j',
    async (flags, code = 0) => {
      const stdout = code === 0 ? ['--output', '-'] : [];
      const { exit, stderr } = await create('-p', 'aliyun', '--name', 'foo', ...flags, ...stdout);
      expect(exit, stderr).toBe(code);
      expect(existsSync(path.join(home, '.local/state/keypair/trash'))).toBe(false);
    },
  );

  it('hands the private key to a program with --output -', async () => {
    const { exit, stdout, stderr } = await create('-p', 'aliyun', '--name', 'foo', '--output', '-');
    expect(exit).toBe(0);
    writeFileSync(path.join(home, 'handed'), stdout, { mode: 0o600 });
    expect(stderr).toContain(sha256Fingerprint(publicHalf(path.join(home, 'handed'))));
    expect(stderr).not.toContain('PRIVATE KEY');
    expect(existsSync(path.join(home, '.ssh'))).toBe(false);
    expect(readdirSync(path.join(home, '.local/state/keypair/stdout'))).toEqual([]);
  });

  it('keeps the private key when nobody reads it from stdout', async () => {
    const child = start(['create', '--sandbox', '-p', 'tencent', '--name', 'foo', '--output', '-'], { home });
    child.stdout?.destroy();
    const { exit, stderr } = await ended(child);
    expect(exit).toBe(7);
    const kept = /safe in (\S+?)[:\n]/.exec(stderr)?.[1] ?? '';
    expect(modeOf(kept)).toBe(0o600);
    expect(readFileSync(kept, 'utf8')).toContain('PRIVATE KEY');
  });

  it('calls nothing on a dry run', async () => {
    const { exit, stdout } = await create('-p', 'tencent', '--name', 'foo', '--dry-run', '--json');
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      dryRun: true,
      name: 'foo',
      endpoint: 'https://cvm.tencentcloudapi.com',
      privateKeyPath: path.join(home, '.ssh/foo'),
    });
    expect(readdirSync(home)).toEqual([]);
  });

  it('shows no secret in a trace', async () => {
    const { exit, stdout, stderr } = await create('-p', 'aliyun', '--name', 'foo', '--debug');
    expect(exit).toBe(0);
    expect(stderr).toContain('keypair: debug:');
    const { credentials } = createSandbox({ stateDir: null });
    const key = readFileSync(path.join(home, '.ssh/foo'), 'utf8').split('\n').slice(4, 20);
    for (const secret of [credentials.secretKey, ...key.filter((line) => line.length > 20)]) {
      expect(stderr + stdout).not.toContain(secret);
    }
  });
});

describe('create against a served sandbox', () => {
  let home: string;
  let sandbox: Sandbox;
  let server: Listening;
  beforeEach(async () => {
    home = temporaryDirectory();
    sandbox = createSandbox({ stateDir: null, behaviour: { keyBits: 2048 } });
    server = await sandbox.listen();
  });
  afterEach(() => server.close());

  function create(args: readonly string[], env: Readonly<Record<string, string>> = {}, uid?: number): Promise<Run> {
    const { secretId, secretKey } = sandbox.credentials;
    const credentials = {
      TENCENTCLOUD_SECRET_ID: secretId,
      TENCENTCLOUD_SECRET_KEY: secretKey,
      ALIBABA_CLOUD_ACCESS_KEY_ID: secretId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: secretKey,
      KEYPAIR_ENDPOINT: server.url,
    };
    return run(['create', ...args], {
      home,
      env: { ...credentials, ...env },
      ...(uid === undefined ? {} : { uid }),
    });
  }

  const TENCENT = ['-p', 'tencent', '--name', 'foo'];

  it.each(['tencent', 'lighthouse', 'aliyun', 'swas', 'qcloud'])(
    'signs for %s at --endpoint with the vendor’s variables',
    async (provider) => {
      const { exit, stderr } = await create(['-p', provider, '--name', 'foo', '-q']);
      // It warns of the old interface.
      expect(stderr).toBe(provider === 'qcloud' ? stderr : '');
      expect(exit).toBe(0);
      // Its answer has no public key to compare with.
      const compared = provider === 'swas' ? ['ListKeyPairs'] : [];
      expect(sandbox.log.map(({ action }) => action)).toEqual(['CreateKeyPair', ...compared]);
    },
  );

  describe('refuses with no request sent', () => {
    const ssh = (): string => {
      mkdirSync(path.join(home, '.ssh'), { recursive: true });
      return path.join(home, '.ssh');
    };

    const REFUSALS: readonly (readonly [string, number, readonly string[], () => void])[] = [
      [
        'an existing file',
        5,
        TENCENT,
        () => {
          writeFileSync(path.join(ssh(), 'foo'), 'old');
        },
      ],
      [
        'an existing .pub',
        5,
        TENCENT,
        () => {
          writeFileSync(path.join(ssh(), 'foo.pub'), 'old');
        },
      ],
      [
        'a dangling link',
        5,
        TENCENT,
        () => {
          symlinkSync('/nowhere', path.join(ssh(), 'foo'));
        },
      ],
      [
        'a dangling link at .pub',
        5,
        TENCENT,
        () => {
          symlinkSync('/nowhere', path.join(ssh(), 'foo.pub'));
        },
      ],
      [
        'a directory of that name',
        5,
        TENCENT,
        () => {
          mkdirSync(path.join(ssh(), 'foo'));
        },
      ],
      [
        'a key directory that is a file',
        2,
        [...TENCENT, '--key-dir', 'file'],
        () => {
          writeFileSync(path.join(home, 'file'), '');
        },
      ],
      ['the name config', 2, ['-p', 'tencent', '--name', 'config'], () => undefined],
      ['the name rc', 2, ['-p', 'aliyun', '--name', 'rc'], () => undefined],
      ['the name environment', 2, ['-p', 'aliyun', '--name', 'environment'], () => undefined],
      ['the file authorized_keys', 2, [...TENCENT, '--output', '.ssh/authorized_keys'], () => undefined],
      ['a path for a name', 2, ['-p', 'tencent', '--name', '../foo'], () => undefined],
      ['a name that Tencent does not take', 2, ['-p', 'tencent', '--name', 'my-key'], () => undefined],
      ['a name that is too long', 2, ['-p', 'lighthouse', '--name', 'x'.repeat(26)], () => undefined],
      ['a name that Alibaba does not take', 2, ['-p', 'aliyun', '--name', '1foo'], () => undefined],
      ['a tag without a value', 2, [...TENCENT, '--tag', 'env'], () => undefined],
      ['a tag that is given twice', 2, [...TENCENT, '--tag', 'a=1', 'a=2'], () => undefined],
      ['a tag that is reserved', 2, ['-p', 'aliyun', '--name', 'foo', '--tag', 'acs:x=1'], () => undefined],
      ['tags where there are none', 2, ['-p', 'qcloud', '--name', 'foo', '--tag', 'a=1'], () => undefined],
      ['a project where there is none', 2, ['-p', 'aliyun', '--name', 'foo', '--project', '7'], () => undefined],
      [
        'a project on the old version',
        2,
        ['-p', 'qcloud', '--api-version', 'v2', '--name', 'foo', '--project', '7'],
        () => undefined,
      ],
      ['a resource group where there is none', 2, [...TENCENT, '--resource-group', 'rg-x'], () => undefined],
      ['a region that is none', 2, [...TENCENT, '--region', 'x/y'], () => undefined],
      ['an http endpoint elsewhere', 2, [...TENCENT, '--endpoint', 'http://example.com'], () => undefined],
      ['an unknown provider', 2, ['-p', 'tencnt', '--name', 'foo'], () => undefined],
      ['a name given twice', 2, ['-p', 'tencent', '--name', 'foo', 'foo'], () => undefined],
      ['one file for two names', 2, ['-p', 'tencent', '--name', 'a1', 'b2', '--output', 'x'], () => undefined],
      ['two outputs', 2, [...TENCENT, '--output', '-', '--json'], () => undefined],
      ['an API version of another provider', 2, [...TENCENT, '--api-version', 'v2'], () => undefined],
    ];

    it.each(REFUSALS)('%s', async (_what, code, args, prepare) => {
      prepare();
      const before = readdirSync(home, { recursive: true }).sort();
      const { exit, stdout, stderr } = await create(args);
      expect(exit, stderr).toBe(code);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/^keypair: error: |^\{"error":/m);
      expect(sandbox.log).toEqual([]);
      expect(
        readdirSync(home, { recursive: true })
          .filter((file) => !String(file).startsWith('.local'))
          .sort(),
      ).toEqual(before);
    });

    it('a key directory that may not be written', async () => {
      // Root may write everywhere: the program runs as nobody.
      const nobody = process.getuid?.() === 0 ? 65534 : undefined;
      const directory = ssh();
      chmodSync(home, 0o755);
      if (nobody !== undefined) for (const owned of [home, directory]) chownSync(owned, nobody, nobody);
      chmodSync(directory, 0o500);
      const { exit, stderr } = await create(TENCENT, {}, nobody);
      expect(stderr).toContain('EACCES');
      expect(exit).toBe(2);
      expect(sandbox.log).toEqual([]);
      expect(readdirSync(directory)).toEqual([]);
    });

    it('no credentials, naming every place', async () => {
      const { exit, stderr } = await create(TENCENT, {
        TENCENTCLOUD_SECRET_ID: '',
        TENCENTCLOUD_SECRET_KEY: '',
      });
      expect(exit).toBe(4);
      expect(stderr).toContain('TENCENTCLOUD_SECRET_ID');
      expect(sandbox.log).toEqual([]);
    });
  });

  it('suggests a legal name', async () => {
    expect((await create(['-p', 'tencent', '--name', 'my-key'])).stderr).toContain('--name my_key');
    expect((await create(['-p', 'tencnt', '--name', 'foo'])).stderr).toMatch(/tencent/);
  });

  it('names all that is missing at once, and asks nothing off a terminal', async () => {
    const { exit, stderr } = await create([]);
    expect(exit).toBe(2);
    expect(stderr).toContain('missing: --provider, --name');
  });

  it('leaves no file when the cloud refuses', async () => {
    sandbox.fault({ kind: 'error', code: 'InvalidKeyPair.LimitExceeded', message: 'too many' });
    const { exit, stderr } = await create([...TENCENT, '--json']);
    expect(exit).toBe(5);
    expect(JSON.parse(stderr)).toMatchObject({
      error: {
        code: 'CONFLICT',
        provider: 'tencent',
        providerCode: 'InvalidKeyPair.LimitExceeded',
        requestId: expect.any(String) as string,
      },
    });
    expect(readdirSync(path.join(home, '.ssh'))).toEqual([]);
    expect(readdirSync(path.join(home, '.local/state/keypair/journal'))).toEqual([]);
  });

  it('shows the request id with an error in words', async () => {
    sandbox.fault({ kind: 'error', code: 'InternalServerError' });
    const { stderr } = await create(TENCENT);
    expect(stderr).toMatch(/InternalServerError, request [0-9a-f-]{36}/);
  });

  describe('when the answer is lost', () => {
    it('says that no pair is there, and that the request may still be carried out', async () => {
      sandbox.fault({ kind: 'drop', when: 'before', action: 'CreateKeyPair' });
      const { exit, stderr } = await create(TENCENT);
      expect(exit).toBe(7);
      expect(stderr).toContain('no pair named foo exists now; the request may still be carried out until');
      expect(readdirSync(path.join(home, '.ssh'))).toEqual([]);
      expect(readdirSync(path.join(home, '.local/state/keypair/journal'))).toHaveLength(1);
    });

    it.each(['tencent', 'aliyun'])(
      'says that a pair of the name is there on %s, and claims nothing of it',
      async (provider) => {
        sandbox.fault({ kind: 'drop', when: 'after', action: 'CreateKeyPair' });
        const { exit, stderr } = await create(['-p', provider, '--name', 'foo', '--json']);
        expect(exit).toBe(7);
        expect(JSON.parse(stderr)).toMatchObject({
          error: {
            code: 'PARTIAL',
            message: expect.stringContaining("it may be the requested one or another's") as string,
          },
        });
        expect(sandbox.log.filter(({ action }) => action === 'CreateKeyPair')).toHaveLength(1);
        expect(readdirSync(path.join(home, '.local/state/keypair/journal'))).toHaveLength(1);
      },
    );

    it('says so when it cannot tell', async () => {
      sandbox.fault({ kind: 'drop', when: 'after', action: 'CreateKeyPair' });
      sandbox.fault({ kind: 'drop', when: 'before', action: 'DescribeKeyPairs', times: 9 });
      const { exit, stderr } = await create(TENCENT);
      expect(exit).toBe(7);
      expect(stderr).toContain('cannot tell');
    });

    it('keeps an answer that it cannot read', async () => {
      sandbox.fault({
        kind: 'body',
        action: 'CreateKeyPair',
        body: '{"Response":{"KeyPair":{"PrivateKey":"-----BEGIN RSA',
      });
      const { exit, stderr } = await create(TENCENT);
      expect(exit).toBe(7);
      const kept = /safe in (\S+?)[:\n]/.exec(stderr)?.[1] ?? '';
      expect(modeOf(kept)).toBe(0o600);
      expect(readFileSync(kept, 'utf8')).toContain('-----BEGIN RSA');
    });
  });

  it.each([
    ['garbage', () => 'AAAA not a key AAAA'],
    ['another pair’s', () => otherKey()],
  ])('keeps a private key that is %s as it came, and says so', async (_what, key) => {
    const text = key();
    sandbox.fault({
      kind: 'patch',
      action: 'CreateKeyPair',
      patch: (answer) =>
        JSON.parse(JSON.stringify(answer), (name, value: unknown) => (name === 'PrivateKey' ? text : value)) as unknown,
    });
    const { exit, stdout, stderr } = await create(TENCENT);
    expect(exit).toBe(7);
    expect(stdout).toBe('');
    const kept = /in (\S+\.keypair)/.exec(stderr)?.[1] ?? '';
    expect(readFileSync(kept, 'utf8')).toBe(text);
    expect(existsSync(path.join(home, '.ssh/foo'))).toBe(false);
  });

  it('says that a fingerprint fits no dialect, asks for the public key, and keeps the key', async () => {
    sandbox.fault({
      kind: 'patch',
      action: 'CreateKeyPair',
      patch: (answer) => ({
        ...(answer as object),
        KeyPairFingerPrint: '89:f0:ba:62:ac:b8:aa:e1:61:5e:fd:81:69:86:6d:6b:f0:c0:5a:d7',
      }),
    });
    const { exit, stderr } = await create(['-p', 'aliyun', '--name', 'foo']);
    expect(exit).toBe(0);
    expect(stderr).toContain('89:f0:ba:62');
    expect(sandbox.log.map(({ action }) => action)).toEqual(['CreateKeyPair', 'DescribeKeyPairs']);
    expect(publicHalf(path.join(home, '.ssh/foo')).bits).toBe(2048);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('lets a %s wait until the key is safe', async (signal) => {
    sandbox.fault({ kind: 'patch', action: 'CreateKeyPair', patch: (answer) => answer });
    const { secretId, secretKey } = sandbox.credentials;
    const env = {
      TENCENTCLOUD_SECRET_ID: secretId,
      TENCENTCLOUD_SECRET_KEY: secretKey,
      KEYPAIR_ENDPOINT: server.url,
    };
    const child = start(['create', ...TENCENT], { home, env });
    const done = ended(child);
    // The request is at the sandbox, which is busy making a key.
    while (!readdirSync(home).includes('.ssh') || readdirSync(path.join(home, '.ssh')).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    child.kill(signal);
    const { exit, stdout, stderr } = await done;
    expect(exit).toBe(130);
    const made = sandbox.log.some(({ action }) => action === 'CreateKeyPair');
    if (made) {
      expect(stdout).toContain('SHA256:');
      expect(publicHalf(path.join(home, '.ssh/foo')).bits).toBe(2048);
    } else {
      expect(stderr).toContain('nothing was called');
      expect(readdirSync(path.join(home, '.ssh'))).toEqual([]);
    }
  });
});

function otherKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
}
