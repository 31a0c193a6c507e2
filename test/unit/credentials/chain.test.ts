import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { EMPTY_PROFILE } from '../../../src/config/profile.ts';
import { findCredentials, probeCredentials } from '../../../src/credentials/chain.ts';
import { Secret } from '../../../src/secret.ts';
import { staticSource } from '../../../src/credentials/environment.ts';
import type { CredentialSource, Vendor } from '../../../src/providers/credentials.ts';
import { KeypairError } from '../../../src/errors.ts';
import { ecsDescriptor as aliyun } from '../../../src/providers/vendors/aliyun/descriptor.ts';
import {
  lighthouseDescriptor as lighthouse,
  cvmDescriptor as tencent,
} from '../../../src/providers/vendors/tencent/descriptors.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { NOW, put, testProfile, testWorld } from './world.ts';

const roles = vi.hoisted(() => ({
  assumeRole: vi.fn(),
  webIdentityRole: vi.fn(),
  instanceRole: vi.fn(),
  isInstanceOf: vi.fn(),
}));
vi.mock('../../../src/credentials/roles.ts', () => roles);
vi.mock('../../../src/credentials/instance.ts', () => roles);

const never = new AbortController().signal;

function keyOf(id: string, source: string): CredentialSource {
  return staticSource({ id, secret: new Secret('hush'), token: null, source, expiresAt: null });
}

/** A failed search as it would be shown, all of it. */
async function failure(search: Promise<unknown>): Promise<string> {
  const error = await search.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(KeypairError);
  const { code, message, hints } = error as KeypairError;
  return [code, message, ...hints].join('\n');
}

describe('the search for credentials', () => {
  let home: string;
  beforeEach(() => {
    home = temporaryDirectory();
    roles.assumeRole
      .mockReset()
      .mockImplementation((_: Vendor, base: CredentialSource, { arn }: { arn: string }) =>
        keyOf(`role of ${base.source}`, `role ${arn}, by ${base.source}`),
      );
    roles.webIdentityRole.mockReset().mockReturnValue(keyOf('pod', 'pod'));
    roles.instanceRole.mockReset().mockReturnValue(keyOf('instance', 'role of this instance'));
    roles.isInstanceOf.mockReset().mockResolvedValue(false);
  });

  const PAIR = { secretId: 'AKIDfile', secretKey: 'hush-file' };
  const ALI = { access_key_id: 'LTAIfile', access_key_secret: 'hush-file' };
  const aliConfig = (profile: object, more: readonly object[] = []): object => ({
    current: 'prod',
    profiles: [{ name: 'prod', mode: 'AK', ...ALI, ...profile }, ...more],
  });
  const ini = (id: string): string => `[default]\nsecret_id = ${id}\nsecret_key = hush-ini\n`;

  /** Id and source of what is found. */
  async function found(
    descriptor = tencent,
    env: Readonly<Record<string, string>> = {},
    profile = EMPTY_PROFILE,
  ): Promise<readonly [string, string]> {
    const source = await findCredentials(descriptor, profile, testWorld(home, env));
    return [(await source.current(never)).id, source.source];
  }

  it.each([
    ['.tccli/default.credential', PAIR, {}, 'AKIDfile', '~/.tccli/default.credential'],
    ['.tccli/prod.credential', PAIR, { TCCLI_PROFILE: 'prod' }, 'AKIDfile', '~/.tccli/prod.credential'],
    ['.tccli/prod.credential', PAIR, { TENCENTCLOUD_PROFILE: 'prod' }, 'AKIDfile', '~/.tccli/prod.credential'],
    [
      'tf/default.credential',
      PAIR,
      { TENCENTCLOUD_SHARED_CREDENTIALS_DIR: '~/tf' },
      'AKIDfile',
      '~/tf/default.credential',
    ],
    ['.tencentcloud/credentials', ini('AKIDini'), {}, 'AKIDini', '~/.tencentcloud/credentials, profile default'],
    [
      'go/creds',
      ini('AKIDgo'),
      { TENCENTCLOUD_CREDENTIALS_FILE: '~/go/creds' },
      'AKIDgo',
      '~/go/creds, profile default',
    ],
  ])('finds Tencent’s %s', async (file, content, env, id, source) => {
    put(home, file, content);
    expect(await found(tencent, env)).toEqual([id, source]);
    expect((await found(lighthouse, env))[0]).toBe(id);
  });

  const SDK = '[default]\ntype = access_key\naccess_key_id = LTAIini\naccess_key_secret = hush\n';
  it.each([
    ['.aliyun/config.json', aliConfig({}), {}, 'LTAIfile', '~/.aliyun/config.json, profile prod'],
    ['.alibabacloud/credentials', SDK, {}, 'LTAIini', '~/.alibabacloud/credentials, profile default'],
    ['c', SDK, { ALIBABA_CLOUD_CREDENTIALS_FILE: '~/c' }, 'LTAIini', '~/c, profile default'],
    ['c', aliConfig({}), { ALIBABA_CLOUD_CREDENTIALS_FILE: '~/c' }, 'LTAIfile', '~/c, profile prod'],
    ['c', aliConfig({}), { ALICLOUD_SHARED_CREDENTIALS_FILE: '~/c' }, 'LTAIfile', '~/c, profile prod'],
  ])('finds Alibaba’s %s', async (file, content, env, id, source) => {
    put(home, file, content);
    expect(await found(aliyun, env)).toEqual([id, source]);
  });

  it.each(['ALIBABA_CLOUD_PROFILE', 'ALIBABACLOUD_PROFILE', 'ALICLOUD_PROFILE'])(
    'takes the aliyun profile that %s names, and no other',
    async (name) => {
      put(home, '.aliyun/config.json', aliConfig({}, [{ name: 'x', mode: 'AK', ...ALI, access_key_id: 'LTAIx' }]));
      expect(await found(aliyun, { [name]: 'x' })).toEqual(['LTAIx', '~/.aliyun/config.json, profile x']);
      const told = await failure(found(aliyun, { [name]: 'gone' }));
      expect(told).toContain(`it has no credentials in profile gone, which ${name} names`);
    },
  );

  it.each(['ALIBABA_CLOUD_IGNORE_PROFILE', 'ALIBABA_CLOUD_CLI_PROFILE_DISABLED'])(
    'leaves the CLI’s profiles alone with %s',
    async (name) => {
      put(home, '.aliyun/config.json', aliConfig({}));
      expect(await failure(found(aliyun, { [name]: 'TRUE' }))).toContain(
        `~/.aliyun/config.json: ${name} switches it off`,
      );
      put(home, '.alibabacloud/credentials', SDK);
      expect((await found(aliyun, { [name]: 'true' }))[0]).toBe('LTAIini');
    },
  );

  it('takes the environment first, then the login, then a named file, then the others in order', async () => {
    const env = { TENCENTCLOUD_SECRET_ID: 'AKIDenv', TENCENTCLOUD_SECRET_KEY: 'hush' };
    const named = { TENCENTCLOUD_CREDENTIALS_FILE: put(home, 'named', ini('AKIDnamed')) };
    put(home, '.tencentcloud/credentials', ini('AKIDini'));
    expect((await found())[0]).toBe('AKIDini');
    put(home, '.tccli/default.credential', PAIR);
    expect((await found())[0]).toBe('AKIDfile');
    expect((await found(tencent, named))[0]).toBe('AKIDnamed');
    const login = testProfile({ name: 'work', logins: { tencent: 'keychain' } });
    const stored = vi.fn().mockResolvedValue(keyOf('AKIDlogin', 'login'));
    const search = (own: Readonly<Record<string, string>>): Promise<CredentialSource> =>
      findCredentials(tencent, login, testWorld(home, own), stored);
    expect((await search(named)).source).toBe('login');
    expect(stored).toHaveBeenCalledWith('work', 'tencent', 'keychain', expect.anything());
    expect((await search({ ...named, ...env })).source).toBe('environment (TENCENTCLOUD_SECRET_ID)');
    expect(stored).toHaveBeenCalledOnce();
  });

  it('asks for no login that nobody has made, and goes no further than one that cannot be had', async () => {
    put(home, '.tccli/default.credential', PAIR);
    const stored = vi.fn().mockRejectedValue(new KeypairError('AUTH', 'the keychain is locked'));
    const elsewhere = testProfile({ logins: { aliyun: 'file' } });
    await findCredentials(tencent, elsewhere, testWorld(home), stored);
    expect(stored).not.toHaveBeenCalled();
    const search = findCredentials(tencent, testProfile({ logins: { tencent: 'file' } }), testWorld(home), stored);
    expect(await failure(search)).toContain('the keychain is locked');
    // Nor than one that is gone: the other account would be used without a word where scripts are, with --json.
    const gone = vi.fn().mockResolvedValue(null);
    const profile = testProfile({ name: 'work', logins: { tencent: 'file' } });
    expect(await failure(findCredentials(tencent, profile, testWorld(home), gone))).toContain(
      'the file with the login of profile work is gone',
    );
  });

  it('takes a role on: what the environment says goes before the file and the profile', async () => {
    const arn = 'qcs::cam::uin/1:roleName/r';
    put(home, '.tccli/default.credential', { ...PAIR, 'role-arn': 'qcs::cam::file' });
    expect((await found())[1]).toBe('role qcs::cam::file, by ~/.tccli/default.credential');
    expect((await found(tencent, { TENCENTCLOUD_ROLE_ARN: arn }))[1]).toBe(
      `role ${arn}, by ~/.tccli/default.credential`,
    );
    const role = { arn: 'qcs::cam::profile', sessionName: 's', externalId: 'x', durationSeconds: 900 };
    const env = { TENCENTCLOUD_SECRET_ID: 'a', TENCENTCLOUD_SECRET_KEY: 'b', TENCENTCLOUD_ROLE_ARN: arn };
    expect((await found(tencent, env, testProfile({ role })))[1]).toBe(
      `role ${arn}, by environment (TENCENTCLOUD_SECRET_ID)`,
    );
    expect((await found(tencent, { ...env, TENCENTCLOUD_ROLE_ARN: '' }, testProfile({ role })))[1]).toBe(
      'role qcs::cam::profile, by environment (TENCENTCLOUD_SECRET_ID)',
    );
    expect(roles.assumeRole.mock.lastCall?.[2]).toEqual({ ...role, policy: null, stsEndpoint: null });
  });

  it('takes the profile’s role on for its own vendor only', async () => {
    put(home, '.tccli/default.credential', PAIR);
    put(home, '.aliyun/config.json', aliConfig({}));
    const role = { arn: 'acs:ram::1:role/r', sessionName: null, externalId: null, durationSeconds: null };
    expect((await found(tencent, {}, testProfile({ role })))[0]).toBe('AKIDfile');
    expect((await found(aliyun, {}, testProfile({ role })))[1]).toBe(
      'role acs:ram::1:role/r, by ~/.aliyun/config.json, profile prod',
    );
  });

  it('asks the instance for its role on an instance only, and last', async () => {
    await failure(found());
    expect(roles.instanceRole).not.toHaveBeenCalled();
    roles.isInstanceOf.mockImplementation((vendor: Vendor) => Promise.resolve(vendor === 'tencent'));
    expect((await found())[0]).toBe('instance');
    await failure(found(aliyun));
    put(home, '.tccli/default.credential', PAIR);
    expect((await found())[0]).toBe('AKIDfile');
    expect(roles.instanceRole).toHaveBeenCalledOnce();
  });

  it('tells why an instance gives none, and leaves it alone where that is asked for', async () => {
    roles.isInstanceOf.mockResolvedValue(true);
    roles.instanceRole.mockReturnValue({
      source: 'role of this instance',
      current: () => Promise.reject(new KeypairError('AUTH', 'this instance has no role')),
    });
    expect(await failure(found(aliyun))).toContain('the role of this instance: this instance has no role');
    expect(await failure(found(aliyun, { ALIBABA_CLOUD_ECS_METADATA_DISABLED: 'true' }))).toContain(
      'the role of this instance: ALIBABA_CLOUD_ECS_METADATA_DISABLED switches it off',
    );
    expect(roles.instanceRole).toHaveBeenCalledOnce();
  });

  it('passes over what it cannot use with one line each, and goes on', async () => {
    put(home, '.tccli/default.credential', { ...PAIR, type: 'sso', token: 't', expiresAt: NOW / 1000 });
    put(home, '.tencentcloud/credentials', ini('AKIDini'));
    const world = testWorld(home);
    const source = await findCredentials(tencent, EMPTY_PROFILE, world);
    expect(source.source).toContain('.tencentcloud');
    await findCredentials(lighthouse, EMPTY_PROFILE, world);
    expect(world.warnings).toEqual([
      '~/.tccli/default.credential is skipped: its login has expired: run tccli sso login',
    ]);
  });

  it('uses a login of another tool until it ends, and not longer', async () => {
    put(home, '.tccli/default.credential', {
      ...PAIR,
      type: 'oauth',
      token: 't',
      expiresAt: NOW / 1000 + 60,
    });
    let now = NOW;
    const world = { ...testWorld(home), now: () => new Date(now) };
    const source = await findCredentials(tencent, EMPTY_PROFILE, world);
    expect((await source.current(never)).expiresAt?.getTime()).toBe(NOW + 60_000);
    now = NOW + 60_000;
    expect(await failure(source.current(never))).toBe(
      'AUTH\nthe credentials in ~/.tccli/default.credential have expired\nrun tccli auth login',
    );
  });

  it('lists every place and what was wrong there when there is nothing, without warnings', async () => {
    put(home, '.tccli/default.credential', '{\n"secretKey": hush\n}');
    put(home, '.tencentcloud/credentials', '');
    const world = testWorld(home);
    const told = await failure(findCredentials(lighthouse, EMPTY_PROFILE, world));
    expect(told.split('\n')).toEqual([
      'AUTH',
      'no credentials for Tencent Lighthouse',
      'looked in: environment (TENCENTCLOUD_SECRET_ID); keypair auth login, profile default; ' +
        '~/.tccli/default.credential; ~/.tencentcloud/credentials; /etc/tencentcloud/credentials; ' +
        'the role of this instance',
      '~/.tccli/default.credential: line 2 is not JSON',
      '~/.tencentcloud/credentials: it is empty',
      'run keypair auth login -p lighthouse',
      'or set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY',
      'or try it without an account: add --sandbox',
    ]);
    expect(world.warnings).toEqual([]);
  });

  it.each(['TCCLI_PROFILE', 'TENCENTCLOUD_PROFILE'])(
    'takes no other profile for the one that %s names',
    async (name) => {
      put(home, '.tccli/default.credential', PAIR);
      put(home, '.tencentcloud/credentials', ini('AKIDini'));
      const told = await failure(found(tencent, { [name]: 'prod' }));
      expect(told).toContain(`~/.tccli/prod.credential: ${name} names it, but it is not there`);
      expect(told).toContain(`~/.tencentcloud/credentials: it has no credentials in profile prod, which ${name} names`);
    },
  );

  it.each(['../../etc/passwd', '..', 'a/b', 'a\\b'])('takes no path for a profile: %s', async (name) => {
    expect(await failure(found(tencent, { TCCLI_PROFILE: name }))).toContain(
      'TCCLI_PROFILE is not the name of a profile',
    );
  });

  it('refuses an environment that contradicts itself, where it matters', async () => {
    put(home, '.tccli/default.credential', PAIR);
    const half = { TENCENTCLOUD_SECRET_ID: 'AKIDenv' };
    expect(await failure(found(tencent, half))).toContain('TENCENTCLOUD_SECRET_KEY is not');
    const two = { TCCLI_PROFILE: 'a', TENCENTCLOUD_PROFILE: 'b' };
    expect(await failure(found(tencent, two))).toContain(
      'TCCLI_PROFILE and TENCENTCLOUD_PROFILE are both set and differ',
    );
    expect((await found(tencent, { ...two, ...half, TENCENTCLOUD_SECRET_KEY: 'hush' }))[0]).toBe('AKIDenv');
  });

  it('warns once of a file that others can read, and says how to mend it', async () => {
    put(home, '.tccli/default.credential', PAIR, 0o644);
    const world = testWorld(home);
    await findCredentials(tencent, EMPTY_PROFILE, world);
    await findCredentials(lighthouse, EMPTY_PROFILE, world);
    expect(world.warnings).toEqual([
      'others can read ~/.tccli/default.credential: run chmod 600 ~/.tccli/default.credential',
    ]);
    const windows = { ...testWorld(home), platform: 'win32' };
    await findCredentials(tencent, EMPTY_PROFILE, windows);
    expect(windows.warnings).toEqual([]);
    put(home, "it's here/default.credential", PAIR, 0o640);
    const other = testWorld(home, { TENCENTCLOUD_SHARED_CREDENTIALS_DIR: path.join(home, "it's here") });
    await findCredentials(tencent, EMPTY_PROFILE, other);
    expect(other.warnings[0]).toContain(String.raw`run chmod 600 ~/'it'\''s here/default.credential'`);
  });

  it('takes no directory, FIFO, device or huge file for credentials, and waits for none', async () => {
    const file = path.join(home, '.tccli/default.credential');
    mkdirSync(file, { recursive: true });
    expect(await failure(found())).toContain('~/.tccli/default.credential: it is not a regular file');
    execFileSync('mkfifo', [path.join(home, 'fifo')]);
    const named = (name: string): Promise<string> => failure(found(tencent, { TENCENTCLOUD_CREDENTIALS_FILE: name }));
    expect(await named('~/fifo')).toContain('~/fifo: it is not a regular file');
    expect(await named('/dev/zero')).toContain('/dev/zero: it is not a regular file');
    truncateSync(put(home, 'huge', 'x'), 1024 * 1024 + 1);
    expect(await named('~/huge')).toContain('~/huge: it is larger than 1 MiB');
    symlinkSync(path.join(home, 'loop'), path.join(home, 'loop'));
    expect(await named('~/loop')).toContain('~/loop: it cannot be read (ELOOP)');
    expect(await named('~/gone')).toContain('~/gone: TENCENTCLOUD_CREDENTIALS_FILE names it, but it is not there');
  });

  it('never reads .env', async () => {
    put(home, '.env', 'TENCENTCLOUD_SECRET_ID=AKIDdot\nTENCENTCLOUD_SECRET_KEY=hush\n');
    expect(await failure(found())).not.toContain('.env');
  });

  it('surveys without a word, up to the first that is found', async () => {
    put(home, '.tccli/default.credential', { type: 'sso', ...PAIR, expiresAt: 1 }, 0o644);
    put(home, '.tencentcloud/credentials', ini('AKIDini'));
    const world = testWorld(home);
    const { found: source, places } = await probeCredentials('tencent', EMPTY_PROFILE, world);
    expect(source?.source).toBe('~/.tencentcloud/credentials, profile default');
    expect(places.map(({ title, state, note }) => [title, state, note])).toEqual([
      ['environment (TENCENTCLOUD_SECRET_ID)', 'nothing', null],
      ['keypair auth login, profile default', 'nothing', null],
      ['~/.tccli/default.credential', 'skipped', 'its login has expired: run tccli sso login'],
      ['~/.tencentcloud/credentials', 'found', null],
    ]);
    expect(places[2]?.warning).toContain('chmod 600');
    expect(world.warnings).toEqual([]);
  });
});
