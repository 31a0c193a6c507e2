import { describe, expect, it } from 'vitest';
import { alibabaIniEntry, aliyunEntry, aliyunRegion } from '../../../src/credentials/vendors/aliyun-files.ts';
import type { Entry, PairEntry } from '../../../src/credentials/vendor.ts';
import { iniSection } from '../../../src/credentials/vendor-file.ts';
import { tccliEntry, tccliRegion, tencentIniEntry } from '../../../src/credentials/vendors/tencent-files.ts';
import { Secret } from '../../../src/secret.ts';

function told(entry: Entry | null): unknown {
  if (entry?.kind !== 'pair') return entry;
  return [entry.id, entry.secret.reveal(), entry.token?.reveal() ?? null];
}

const json = JSON.stringify;

describe('~/.tccli/<profile>.credential', () => {
  it('reads permanent and temporary keys, as tccli configure writes them', () => {
    expect(told(tccliEntry('{\n    "secretId": "AKIDa",\n    "secretKey": "hush"\n}'))).toEqual([
      'AKIDa',
      'hush',
      null,
    ]);
    expect(told(tccliEntry(json({ secretId: 'AKIDa', secretKey: 'hush', token: 'tok' })))).toEqual([
      'AKIDa',
      'hush',
      'tok',
    ]);
    expect(told(tccliEntry('\ufeff{"secretId":"AKIDa","secretKey":"hush","token":""}'))).toEqual([
      'AKIDa',
      'hush',
      null,
    ]);
  });

  it('reads a role to take on', () => {
    const entry = tccliEntry(
      json({
        secretId: 'AKIDa',
        secretKey: 'hush',
        'role-arn': 'qcs::cam::uin/1:roleName/r',
        'role-session-name': 's',
      }),
    );
    expect(entry).toMatchObject({
      kind: 'role',
      base: { kind: 'pair', id: 'AKIDa' },
      role: { arn: 'qcs::cam::uin/1:roleName/r', sessionName: 's', stsEndpoint: null },
    });
  });

  it.each([
    ['oauth', { openId: 'o', accessToken: 'a', refreshToken: 'r', expiresAt: 1, site: 'cn' }, 'run tccli auth login'],
    ['sso', { token: 't', uin: '1', site: 'cn', expiresAt: 1 }, 'run tccli sso login'],
  ])('knows when a login by %s ends, and what renews it', (type, login, renew) => {
    const entry = tccliEntry(
      json({
        type,
        secretId: 'AKIDa',
        secretKey: 'hush',
        token: 't',
        expiresAt: 1_800_000_000,
        [type]: login,
      }),
    ) as PairEntry;
    expect(entry.expiresAt?.toISOString()).toBe('2027-01-15T08:00:00.000Z');
    expect(entry.renew).toBe(renew);
    expect(() => tccliEntry(json({ type, secretId: 'a', secretKey: 'b' }))).toThrow('it has no expiresAt');
  });

  it('takes what tccli configure set use-cvm-role false leaves for an access key', () => {
    const text = json({ type: 'default', secretId: 'AKIDa', secretKey: 'hush' });
    expect(told(tccliEntry(text))).toEqual(['AKIDa', 'hush', null]);
  });

  it('reads the instance’s role, and leaves kinds that it does not know', () => {
    expect(tccliEntry(json({ type: 'cvm-role' }))).toEqual({ kind: 'instance', roleName: null });
    expect(tccliEntry(json({ type: 'constructor', secretId: 'a', secretKey: 'b' }))).toMatchObject({
      kind: 'unusable',
    });
  });

  it.each([
    ['{}', null],
    ['{"secretId":"","secretKey":""}', null],
    // Whoever presses Enter at the questions of tccli configure has this.
    ['{"secretId":"None","secretKey":"None"}', null],
    ['{"__proto__":{"secretId":"a","secretKey":"hush"}}', null],
  ])('finds nothing in %s', (text, nothing) => {
    expect(tccliEntry(text)).toBe(nothing);
  });

  it.each([
    ['{\n"secretId": "AKIDa",\n"secretKey": hush\n}', 'line 3 is not JSON'],
    ['{\n"secretId": "AKIDa"\n"secretKey": "hush"\n}', 'line 3 is not JSON'],
    ['{\n"secretKey": "hush",\n}', 'line 3 is not JSON'],
    ['{\n"secretKey": "hush\n"}', 'line 2 is not JSON'],
    ['{\n"secretKey": "hush" "hush"}', 'line 2 is not JSON'],
    ['secretId = hush', 'line 1 is not JSON'],
    ['{"a":"hush"}\n\n}', 'line 3 is not JSON'],
    ['{"a": [1, {"b": "\\u00e4", "c": [[], {}, true, -1.5e3]}]}\n// hush', 'line 2 is not JSON'],
    ['{"secretKey": "hush"', 'it is not JSON'],
    ['["hush"]', 'it is not a JSON object'],
    ['{"secretId": 7, "secretKey": "hush"}', 'secretId is not a line of plain text'],
    ['{"secretId": "AKIDa", "secretKey": "hush\\u001b[2J"}', 'secretKey is not a line of plain text'],
    ['{"secretId": "AKIDa", "secretKey": {"hush": 1}}', 'secretKey is not a line of plain text'],
    ['{"secretId": "AKIDa"}', 'it has secretId, but no secretKey'],
    ['{"secretKey": "hush"}', 'it has secretKey, but no secretId'],
    ['{"type": "sso", "secretId": "a", "secretKey": "hush", "expiresAt": "soon"}', 'expiresAt is not a whole number'],
  ])('tells what is wrong with %j, and nothing of its content', (text, message) => {
    expect(() => tccliEntry(text)).toThrow(new RegExp(`^${message}$`));
  });

  it('refuses a secret that is too long to be one', () => {
    const text = json({ secretId: 'AKIDa', secretKey: 'hush'.repeat(3000) });
    expect(() => tccliEntry(text)).toThrow(/^secretKey is not a line of plain text$/);
  });

  it('reads the region beside it', () => {
    expect(tccliRegion(json({ _sys_param: { region: 'ap-tokyo', output: 'json' }, cvm: {} }))).toBe('ap-tokyo');
    expect(tccliRegion('{}')).toBeNull();
    expect(tccliRegion('{"_sys_param": []}')).toBeNull();
  });
});

describe('~/.aliyun/config.json', () => {
  const key = { access_key_id: 'LTAIa', access_key_secret: 'hush' };
  const role = { ram_role_arn: 'acs:ram::1:role/r', ram_session_name: 's', expired_seconds: 900 };
  const config = (...profiles: object[]): string =>
    json({ current: 'default', meta_path: '', profiles: profiles.map((p) => ({ name: 'default', ...p })) });
  const entry = (...profiles: object[]): Entry | null => aliyunEntry(config(...profiles), null).entry;

  it.each(['AK', 'ak', 'Ak'])('reads mode %s, and takes no token with it', (mode) => {
    expect(told(entry({ mode, ...key, sts_token: 'left over' }))).toEqual(['LTAIa', 'hush', null]);
  });

  it('reads StsToken, which needs its token', () => {
    expect(told(entry({ mode: 'StsToken', ...key, sts_token: 'tok' }))).toEqual(['LTAIa', 'hush', 'tok']);
    expect(() => entry({ mode: 'StsToken', ...key })).toThrow('it has no sts_token');
  });

  it('reads RamRoleArn, with the STS that it names', () => {
    expect(entry({ mode: 'RamRoleArn', ...key, ...role, external_id: 'x', sts_region: 'cn-beijing' })).toMatchObject({
      kind: 'role',
      base: { kind: 'pair', id: 'LTAIa' },
      role: {
        arn: 'acs:ram::1:role/r',
        sessionName: 's',
        externalId: 'x',
        durationSeconds: 900,
        stsEndpoint: 'sts.cn-beijing.aliyuncs.com',
      },
    });
    expect(
      entry({ mode: 'RamRoleArn', ...key, ...role, sts_endpoint: 'sts-vpc.cn-beijing.aliyuncs.com' }),
    ).toMatchObject({
      role: { stsEndpoint: 'sts-vpc.cn-beijing.aliyuncs.com' },
    });
    expect(() => entry({ mode: 'RamRoleArn', ...key, ...role, sts_endpoint: 'evil.example/?' })).toThrow(
      'is not a host name',
    );
    expect(() => entry({ mode: 'RamRoleArn', ...key })).toThrow('it has no ram_role_arn');
  });

  it('takes a role on with a temporary access key, as the CLI does', () => {
    expect(entry({ mode: 'RamRoleArn', ...key, ...role, sts_token: 'tok' })).toMatchObject({
      kind: 'role',
      base: { kind: 'pair', id: 'LTAIa', token: expect.any(Secret) as Secret },
    });
  });

  it('recognises a profile without a mode, as the CLI does', () => {
    expect(told(entry({ ...key }))).toEqual(['LTAIa', 'hush', null]);
    expect(told(entry({ mode: '', ...key, sts_token: 'tok' }))).toEqual(['LTAIa', 'hush', 'tok']);
    expect(entry({ ...key, ...role })).toMatchObject({ kind: 'role', base: { kind: 'pair' } });
    expect(entry({ ram_role_name: 'web' })).toEqual({ kind: 'instance', roleName: 'web' });
    expect(entry({ mode: '', output_format: 'json', language: 'en' })).toBeNull();
  });

  it('reads EcsRamRole, with and without the role’s name, and a role on top of it', () => {
    expect(entry({ mode: 'EcsRamRole', ram_role_name: 'web' })).toEqual({
      kind: 'instance',
      roleName: 'web',
    });
    expect(entry({ mode: 'EcsRamRole' })).toEqual({ kind: 'instance', roleName: null });
    expect(entry({ mode: 'RamRoleArnWithRoleName', ram_role_name: 'web', ...role })).toMatchObject({
      kind: 'role',
      base: { kind: 'instance', roleName: 'web' },
    });
  });

  it('follows source_profile to the end', () => {
    const chain = entry(
      { mode: 'ChainableRamRoleArn', source_profile: 'middle', ...role },
      {
        name: 'middle',
        mode: 'ChainableRamRoleArn',
        source_profile: '生产',
        ...role,
        ram_role_arn: 'acs:ram::1:role/m',
      },
      { name: '生产', mode: 'AK', ...key },
    );
    expect(chain).toMatchObject({
      kind: 'role',
      role: { arn: 'acs:ram::1:role/r' },
      base: { kind: 'role', role: { arn: 'acs:ram::1:role/m' }, base: { kind: 'pair', id: 'LTAIa' } },
    });
  });

  it('refuses a circle of profiles, and one that leads nowhere', () => {
    const chained = (name: string, source: string): object => ({
      name,
      mode: 'ChainableRamRoleArn',
      source_profile: source,
      ...role,
    });
    expect(() => entry(chained('default', 'b'), chained('b', 'default'))).toThrow(
      'source_profile leads in a circle: default → b → default',
    );
    expect(() => entry(chained('default', 'default'))).toThrow('leads in a circle');
    expect(() => entry(chained('default', 'gone'))).toThrow('source_profile names gone, which has no credentials');
  });

  it('reads OIDC', () => {
    const oidc = {
      mode: 'OIDC',
      ...role,
      oidc_provider_arn: 'acs:ram::1:oidc-provider/p',
      oidc_token_file: '/run/t',
    };
    expect(entry(oidc)).toMatchObject({
      kind: 'web identity',
      identity: {
        roleArn: 'acs:ram::1:role/r',
        providerId: 'acs:ram::1:oidc-provider/p',
        tokenFile: '/run/t',
      },
    });
    expect(() => entry({ ...oidc, oidc_token_file: '' })).toThrow('it has no oidc_token_file');
  });

  it.each(['OAuth', 'CloudSSO'])('takes what %s has left until it ends', (mode) => {
    const login = { mode, ...key, sts_token: 'tok', sts_expiration: 1_800_000_000 };
    expect(told(entry(login))).toEqual(['LTAIa', 'hush', 'tok']);
    expect(entry(login)).toMatchObject({
      expiresAt: new Date(1_800_000_000_000),
      renew: `run aliyun configure --mode ${mode} --profile default`,
    });
    expect(entry({ mode, oauth_refresh_token: 'hush' })).toMatchObject({ kind: 'unusable' });
  });

  it.each(['External', 'CredentialsURI', 'BearerToken', 'RsaKeyPair', 'Anonymous', 'hush'])(
    'leaves mode %j to the CLI',
    (mode) => {
      const found = entry({
        mode,
        ...key,
        process_command: 'rm -rf /',
        private_key: 'hush',
        bearer_token: 'hush',
      });
      expect(found).toMatchObject({ kind: 'unusable' });
      expect(json(found)).not.toContain('hush');
    },
  );

  it('takes the profile that is asked for, else the current one', () => {
    const text = json({
      current: 'prod',
      profiles: [null, 7, { name: 'prod', mode: 'AK', ...key, region_id: 'cn-shanghai' }, { name: 'x', mode: 'AK' }],
    });
    expect(aliyunEntry(text, null)).toMatchObject({ name: 'prod', entry: { id: 'LTAIa' } });
    expect(aliyunEntry(text, 'x')).toEqual({ name: 'x', entry: null });
    expect(aliyunEntry(text, 'gone')).toEqual({ name: 'gone', entry: null });
    expect(aliyunRegion(text, null)).toEqual({ region: 'cn-shanghai', missing: null });
    expect(aliyunRegion(text, 'x')).toEqual({ region: null, missing: null });
  });

  it.each([
    ['{}', null],
    ['{"current":"default"}', null],
    ['{"current":"default","profiles":null}', null],
    ['{"current":"default","profiles":[{"name":"default","mode":""}]}', null],
  ])('finds nothing in %s', (text, nothing) => {
    expect(aliyunEntry(text, null).entry).toBe(nothing);
  });

  it.each([
    ['{\n"current": "default",\n"profiles": [{"access_key_secret": hush}]}', 'line 3 is not JSON'],
    ['{"current":"default","profiles":{"default":"hush"}}', 'profiles is not a list'],
    ['{"current":["hush"],"profiles":[]}', 'current is not a line of plain text'],
    [
      '{"current":"d","profiles":[{"name":"d","mode":"AK","access_key_secret":"hush"}]}',
      'it has access_key_secret, but no access_key_id',
    ],
  ])('tells what is wrong with %j, and nothing of its content', (text, message) => {
    expect(() => aliyunEntry(text, null)).toThrow(new RegExp(`^${message}$`));
  });
});

describe('INI files', () => {
  it('reads ~/.tencentcloud/credentials', async () => {
    const text =
      '; a comment\r\n[default]\r\nsecret_id = AKIDa\r\nsecret_key = hush\r\n\r\n[prod]\r\nsecret_id=AKIDb\r\nsecret_key=hush2\r\ntoken=tok\r\n';
    expect(told(tencentIniEntry((await iniSection(text, 'default'))!))).toEqual(['AKIDa', 'hush', null]);
    expect(told(tencentIniEntry((await iniSection(text, 'prod'))!))).toEqual(['AKIDb', 'hush2', 'tok']);
    expect(await iniSection(text, 'gone')).toBeNull();
  });

  it('reads the types of ~/.alibabacloud/credentials', async () => {
    const text = [
      '\ufeff[default]\ntype = access_key\naccess_key_id = LTAIa\naccess_key_secret = hush',
      '[bare]\naccess_key_id = LTAIb\naccess_key_secret = hush',
      '[ecs]\ntype = ecs_ram_role\nrole_name = web',
      '[team.role]\ntype = ram_role_arn\naccess_key_id = LTAIa\naccess_key_secret = hush\nrole_arn = acs:ram::1:role/r\nrole_session_name = s\npolicy = {"Version": "1"}',
      '[odd]\ntype = rsa_key_pair\nprivate_key_file = /k',
      '[half]\ntype = ram_role_arn\naccess_key_id = LTAIa\naccess_key_secret = hush',
    ].join('\n');
    const entry = async (name: string): Promise<Entry | null> => alibabaIniEntry((await iniSection(text, name))!);
    expect(told(await entry('default'))).toEqual(['LTAIa', 'hush', null]);
    expect(told(await entry('bare'))).toEqual(['LTAIb', 'hush', null]);
    expect(await entry('ecs')).toEqual({ kind: 'instance', roleName: 'web' });
    expect(await entry('team.role')).toMatchObject({
      kind: 'role',
      base: { id: 'LTAIa' },
      role: { arn: 'acs:ram::1:role/r', sessionName: 's', policy: '{"Version": "1"}' },
    });
    expect(await entry('odd')).toMatchObject({ kind: 'unusable' });
    await expect(entry('half')).rejects.toThrow('it has no role_arn');
  });

  it.each(['__proto__', 'constructor', 'toString', 'a.__proto__', '__proto__.a'])(
    'has no section %s by inheritance',
    async (name) => {
      expect(await iniSection('[default]\nsecret_id = a\n[a]\nb = c\n', name)).toBeNull();
    },
  );

  it('lets no section or key change what others inherit', async () => {
    const text =
      '[__proto__]\nsecret_id = evil\nsecret_key = hush\n[default]\n__proto__ = x\n__proto__.secret_id = evil\n[a.__proto__]\nsecret_id = evil\n[default.__proto__]\nsecret_id = evil\n';
    const section = await iniSection(text, 'default');
    expect(tencentIniEntry(section!)).toBeNull();
    expect(({} as Record<string, unknown>)['secret_id']).toBeUndefined();
  });

  it.each([
    ['[default]\nsecret_id = a\nhush\n', 'line 3 is neither'],
    ['[default\nsecret_key = hush\n', 'line 1 is neither'],
    ['hush', 'line 1 is neither'],
    ['a = null\n[a.b]\nx = hush\n', 'it cannot be read as INI'],
  ])('tells the line of what is no INI in %j', async (text, message) => {
    await expect(iniSection(text, 'default')).rejects.toThrow(message);
    await expect(iniSection(text, 'default')).rejects.not.toThrow(/hush/);
  });

  it('refuses values that are no text', async () => {
    const section = await iniSection('[default]\nsecret_id = true\nsecret_key[] = hush\n', 'default');
    expect(() => tencentIniEntry(section!)).toThrow('secret_id is not a line of plain text');
  });
});
