import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { run, type Run } from '../support/program.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';

describe('config', () => {
  let home: string;
  let file: string;
  beforeEach(() => {
    home = temporaryDirectory();
    file = path.join(home, '.config/keypair/config.json');
  });

  const keypair = (args: readonly string[], env: Record<string, string> = {}): Promise<Run> => run(args, { home, env });

  function write(content: unknown): void {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
  }

  const stored = (): unknown => JSON.parse(readFileSync(file, 'utf8'));

  async function set(...args: readonly string[]): Promise<void> {
    const { exit, stderr } = await keypair(['config', 'set', ...args]);
    expect(stderr).toBe('');
    expect(exit).toBe(0);
  }

  describe('set, get and unset', () => {
    it('keeps each value in the form that the file has it in', async () => {
      await set('provider', 'alibaba', '--profile', 'work');
      await set('region', 'cn-beijing', '--profile', 'work');
      await set('site', 'intl', '--profile', 'work');
      await set('endpoint', 'https://ecs.example', '--profile', 'work');
      await set('key-dir', 'keys', '--profile', 'work');
      await set('project', '7', '--profile', 'work');
      await set('resource-group', 'rg-abc', '--profile', 'work');
      await set('tags.env.stage', 'a=b c', '--profile', 'work');
      await set('tags.short=v', '--profile', 'work');
      await set('role.arn', 'qcs::cam::uin/100:roleName/ops', '--profile', 'work');
      await set('role.session-name', 'me', '--profile', 'work');
      await set('role.external-id', 'e-1', '--profile', 'work');
      await set('role.duration', '3600', '--profile', 'work');
      await set('profile', 'work');
      expect(stored()).toEqual({
        profile: 'work',
        profiles: {
          work: {
            provider: 'aliyun',
            region: 'cn-beijing',
            site: 'intl',
            endpoint: 'https://ecs.example',
            keyDir: path.join(home, 'keys'),
            project: 7,
            resourceGroup: 'rg-abc',
            tags: { 'env.stage': 'a=b c', short: 'v' },
            role: {
              arn: 'qcs::cam::uin/100:roleName/ops',
              sessionName: 'me',
              externalId: 'e-1',
              durationSeconds: 3600,
            },
          },
        },
      });
      expect(modeOf(file)).toBe(0o600);
      // The file's own choice is the one that is changed when none is chosen.
      await set('region', 'cn-shanghai');
      expect((await keypair(['config', 'get', 'region'])).stdout).toBe('cn-shanghai\n');
      expect((await keypair(['config', 'get', 'tags'])).stdout).toBe('env.stage=a=b c\nshort=v\n');
      expect((await keypair(['config', 'get', 'role.duration', '--quiet'])).stdout).toBe('3600\n');
      expect((await keypair(['config', 'get', 'profile'])).stdout).toBe('work\n');
      const json = await keypair(['config', 'get', 'project', '--json', '--profile', 'work']);
      expect(JSON.parse(json.stdout)).toEqual({ profile: 'work', key: 'project', value: 7 });
    });

    it.each([
      ['provider', 'tencnt', 'did you mean tencent?'],
      ['region', 'not.a.region', 'region takes one region'],
      ['region', 'all', 'region takes one region'],
      ['site', 'moon', 'site takes cn or intl'],
      ['endpoint', 'http://elsewhere.example', 'is not https'],
      ['key-dir', '', 'VALUE is empty'],
      ['project', '-0', 'project'],
      ['project', '1.5', 'project takes the number of a project'],
      ['resource-group', 'x', 'resource-group takes an id'],
      ['role.arn', 'arn:aws:iam::1:role/x', 'role.arn takes a role'],
      ['role.duration', '60', 'role.duration takes seconds'],
      ['max-age', '90', 'max-age takes a number of days'],
      ['tags', 'x', 'tags are set one by one'],
      ['profile', 'nope', 'there is no profile nope'],
      ['profile', '../nope', 'takes the name of a profile'],
      ['regoin', 'x', 'did you mean region?'],
      ['logins.tencent', 'keychain', "unknown key 'logins.tencent'"],
    ])('refuses %s %s', async (key, value, what) => {
      const { exit, stdout, stderr } = await keypair(['config', 'set', key, value]);
      expect(stderr).toContain(what);
      expect(exit).toBe(2);
      expect(stdout).toBe('');
      expect(existsSync(file)).toBe(false);
    });

    it.each(['region', 'site', 'key-dir', 'project', 'tags', 'tags.team', 'role.arn', 'profile'])(
      'finds no %s where it is not set',
      async (key) => {
        const { exit, stdout, stderr } = await keypair(['config', 'get', key]);
        expect(stdout).toBe('');
        expect(stderr).toContain('is not set');
        expect(exit).toBe(3);
      },
    );

    it.each([
      'qcs::cam::uin/12345678:role/4611686018427397919',
      'qcs::cam::uin/12345678:roleName/testRoleName',
      'qcs::cam::uin/12345678:role/tencentcloudServiceRole/4611686018427397920',
      'qcs::cam::uin/12345678:role/tencentcloudServiceRoleName/testServiceRoleName',
      'acs:ram::1234567890123456:role/adminrole',
    ])('takes the role %s of the vendor’s documents', async (arn) => {
      await set('role.arn', arn);
      expect(stored()).toEqual({ profiles: { default: { role: { arn } } } });
    });

    it('takes away what is set, and nothing else', async () => {
      write('{\n  // mine\n  "profiles": { "default": { "region": "ap-one", "tags": {"a": "b"} } }\n}\n');
      expect((await keypair(['config', 'unset', 'region'])).stdout).toBe(
        'profile default: region is not set any more\n',
      );
      expect((await keypair(['config', 'unset', 'region', '--json'])).stdout).toBe(
        '{"profile":"default","key":"region","changed":false}\n',
      );
      expect(readFileSync(file, 'utf8')).toBe('{\n  // mine\n  "profiles": { "default": { "tags": {"a": "b"} } }\n}\n');
      expect((await keypair(['config', 'unset', 'tags'])).exit).toBe(0);
      expect((await keypair(['config', 'get', 'tags'])).exit).toBe(3);
      expect((await keypair(['config', 'unset', 'region', '--profile', 'nope'])).exit).toBe(2);
    });

    it.each([
      ['secret', 'hunter2'],
      ['secret-key', 'hunter2'],
      ['secretKey=hunter2'],
      ['TENCENTCLOUD_SECRET_KEY', 'hunter2'],
      ['access-key-id', 'hunter2'],
      ['role.token', 'hunter2'],
      ['password=hunter2'],
    ])('takes no secret: %s', async (...words) => {
      for (const more of [[], ['--json'], ['--debug']]) {
        const { exit, stdout, stderr } = await keypair(['config', 'set', ...words, ...more]);
        expect(exit).toBe(2);
        expect(stderr).toContain('keypair auth login');
        expect(stdout + stderr).not.toContain('hunter2');
      }
      expect(existsSync(file)).toBe(false);
    });

    it('loses nothing of twenty processes that write at once', async () => {
      write('{\n  // kept\n  "future": [1, 2]\n}\n');
      const numbers = Array.from({ length: 20 }, (_, number) => number);
      const runs = await Promise.all(
        numbers.map((number) => keypair(['config', 'set', `tags.k${number}`, `v${number}`])),
      );
      expect(runs.map(({ stderr }) => stderr).join('')).toBe('');
      expect(runs.map(({ exit }) => exit)).toEqual(Array(20).fill(0));
      const text = readFileSync(file, 'utf8');
      expect(text).toContain('// kept');
      expect(JSON.parse(text.replace('// kept', ''))).toEqual({
        future: [1, 2],
        profiles: {
          default: { tags: Object.fromEntries(numbers.map((number) => [`k${number}`, `v${number}`])) },
        },
      });
      expect(readdirSync(path.dirname(file))).toEqual(['config.json']);
    }, 60_000);
  });

  describe('where it is', () => {
    it('is $XDG_CONFIG_HOME/keypair/config.json', async () => {
      expect((await keypair(['config', 'path'])).stdout).toBe(`${file}\n`);
      const env = { XDG_CONFIG_HOME: path.join(home, 'xdg') };
      expect((await keypair(['config', 'path'], env)).stdout).toBe(`${home}/xdg/keypair/config.json\n`);
      expect((await keypair(['config', 'set', 'site', 'intl'], env)).exit).toBe(0);
      expect(existsSync(path.join(home, 'xdg/keypair/config.json'))).toBe(true);
      expect((await keypair(['config', 'path'], { XDG_CONFIG_HOME: 'relative' })).stdout).toBe(`${file}\n`);
    });
  });

  it('is somewhere for a user without a home directory and without a name, too', async () => {
    // As containers run programs; only root can become such a user here.
    const uid = process.getuid?.() === 0 ? { uid: 54_321 } : {};
    const { exit, stdout, stderr } = await run(['config', 'path'], {
      home,
      env: { HOME: '' },
      cwd: '/',
      ...uid,
    });
    expect(stderr).toBe('');
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^\/.*\.config\/keypair\/config\.json\n$/);
  });

  describe('a broken one', () => {
    const SECRET = 'hunter2hunter2';
    beforeEach(() => {
      write(`{\n  "profiles": { "default": { "region": "${SECRET}\n} }`);
    });

    it.each([
      [['create', '--sandbox', '-p', 'tencent', '--name', 'foo']],
      [['list', '--sandbox', '-p', 'tencent']],
      [['create', '--sandbox', '-p', 'tencent', '--name', 'foo', '--debug']],
      [['config', 'list']],
      [['config', 'get', 'region']],
      [['config', 'set', 'region', 'ap-beijing']],
      [['config', 'unset', 'region']],
    ])('ends %j before anything is called, with its place and without its content', async (args) => {
      const before = readFileSync(file, 'utf8');
      const { exit, stdout, stderr } = await keypair(args);
      expect(stderr).toContain(`keypair: error: ${file}, line 2, column 40: a string is not closed`);
      expect(exit).toBe(2);
      expect(stdout).toBe('');
      expect(stdout + stderr).not.toContain(SECRET);
      expect(readFileSync(file, 'utf8')).toBe(before);
      expect(readdirSync(home)).toEqual(['.config']);
    });

    it.each([
      [['--version']],
      [['--help']],
      [['create', '--help']],
      [['config', 'path']],
      [['config', 'set', '--help']],
      [['completion', 'bash']],
      [['sandbox', 'status']],
      [['providers']],
    ])('is not even read by %j', async (args) => {
      const { exit, stderr } = await keypair(args);
      expect(stderr).toBe('');
      expect(exit).toBe(0);
    });
  });

  it('that others may read is used, with a warning that names the cure', async () => {
    write({ profiles: { default: { provider: 'tencent' } } });
    const { chmodSync } = await import('node:fs');
    chmodSync(file, 0o644);
    const args = ['create', '--sandbox', '--name', 'foo', '--dry-run'];
    const { exit, stderr } = await keypair(args);
    expect(exit).toBe(0);
    expect(stderr).toContain(`keypair: warning: others may read ${file}: chmod 600 ${file}\n`);
    expect((await keypair([...args, '--json'])).stderr).toBe('');
  });

  describe('list', () => {
    it('shows the role that the environment asks for in place of the profile’s', async () => {
      const role = { arn: 'qcs::cam::uin/1:roleName/ops', sessionName: 'me' };
      write({ profiles: { default: { provider: 'tencent', role } } });
      const roles = async (env: Record<string, string>): Promise<readonly unknown[]> => {
        const { stdout } = await keypair(['config', 'list', '--json'], env);
        return (JSON.parse(stdout) as { key: string }[]).filter(({ key }) => key.startsWith('role.'));
      };
      expect(await roles({})).toEqual([
        { key: 'role.arn', value: role.arn, source: 'profile default' },
        { key: 'role.session-name', value: 'me', source: 'profile default' },
      ]);
      const arn = 'qcs::cam::uin/1:roleName/other';
      expect(await roles({ TENCENTCLOUD_ROLE_ARN: arn })).toEqual([
        { key: 'role.arn', value: arn, source: 'TENCENTCLOUD_ROLE_ARN' },
      ]);
    });

    it('says where each value is from', async () => {
      write({
        profile: 'work',
        profiles: {
          work: {
            provider: 'tencent',
            region: 'ap-beijing',
            tags: { team: 'ops' },
            project: 3,
            keyDir: '~/k',
          },
        },
      });
      const env = { KEYPAIR_SITE: 'intl', TENCENTCLOUD_REGION: 'ap-shanghai' };
      const { stdout } = await keypair(['config', 'list', '--json', '--endpoint', 'https://a.example'], env);
      expect(JSON.parse(stdout)).toEqual([
        { key: 'profile', value: 'work', source: 'config' },
        { key: 'provider', value: 'tencent', source: 'profile work' },
        { key: 'region', value: 'ap-shanghai', source: 'TENCENTCLOUD_REGION' },
        { key: 'site', value: 'intl', source: 'KEYPAIR_SITE' },
        { key: 'endpoint', value: 'https://a.example', source: 'flag' },
        { key: 'key-dir', value: '~/k', source: 'profile work' },
        { key: 'project', value: 3, source: 'profile work' },
        { key: 'tags.team', value: 'ops', source: 'profile work' },
      ]);
    });

    it('is rows for people, and key=value with --quiet', async () => {
      const rows = `profile\tdefault\tdefault\nprovider\taliyun\tflag\nregion\tcn-hangzhou\tdefault\nsite\tcn\tdefault\nkey-dir\t${home}/.ssh\tdefault\n`;
      expect((await keypair(['config', 'list', '-p', 'aliyun'])).stdout).toBe(rows);
      expect((await keypair(['config', 'list', '-p', 'aliyun', '--quiet'])).stdout).toBe(
        `profile=default\nprovider=aliyun\nregion=cn-hangzhou\nsite=cn\nkey-dir=${home}/.ssh\n`,
      );
    });

    it('names the source of the profile itself', async () => {
      write({ profiles: { work: {} } });
      const first = async (args: readonly string[], env = {}): Promise<unknown> =>
        (JSON.parse((await keypair(['config', 'list', '--json', ...args], env)).stdout) as unknown[])[0];
      expect(await first(['--profile', 'work'])).toEqual({ key: 'profile', value: 'work', source: 'flag' });
      expect(await first([], { KEYPAIR_PROFILE: 'work' })).toMatchObject({ source: 'KEYPAIR_PROFILE' });
      expect(await first([])).toMatchObject({ value: 'default', source: 'default' });
      expect((await keypair(['config', 'list', '--profile', 'nope'])).exit).toBe(2);
    });
  });
});
