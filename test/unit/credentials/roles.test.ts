import { symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { assumeRole, callerIdentity, webIdentityRole } from '../../../src/credentials/roles.ts';
import type { Role, WebIdentity } from '../../../src/credentials/vendor.ts';
import { staticSource } from '../../../src/credentials/environment.ts';
import { KeypairError } from '../../../src/errors.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { failureOf, fakeSend, signal, type Reply } from '../providers/fake-service.ts';
import { BASE, GIVEN, NOW, REFUSED, worldWith } from './fake-world.ts';

type Vendor = 'tencent' | 'aliyun';

const ARN = {
  tencent: 'qcs::cam::uin/100000000001:roleName/ops',
  aliyun: 'acs:ram::1000000000000001:role/ops',
} as const;

const VENDORS: readonly Vendor[] = ['tencent', 'aliyun'];

function role(vendor: Vendor, parts: Partial<Role> = {}): Role {
  const none = {
    sessionName: null,
    externalId: null,
    durationSeconds: null,
    policy: null,
    stsEndpoint: null,
  };
  return { arn: ARN[vendor], ...none, ...parts };
}

/** The role's source, and the requests that it makes of an STS that gives these answers. */
function assumed(vendor: Vendor, replies: readonly [Reply, ...Reply[]], parts: Partial<Role> = {}, env = {}) {
  const { send, requests } = fakeSend(...replies);
  return {
    source: assumeRole(vendor, staticSource(BASE), role(vendor, parts), worldWith({ send, env })),
    requests,
  };
}

/** All of an error that anybody could print. */
function shown(error: Error): string {
  return [error.message, inspect(error, { depth: 9 }), JSON.stringify(error), error.stack].join('\n');
}

describe.each(VENDORS)('%s AssumeRole', (vendor) => {
  test('gives the credentials of the role, and says whose they are', async () => {
    const { source, requests } = assumed(vendor, [GIVEN[vendor]()]);
    expect(requests).toEqual([]);
    const credentials = await source.current(signal);
    const told = `role ${ARN[vendor]}, by environment (TENCENTCLOUD_SECRET_ID)`;
    expect(source.source).toBe(told);
    expect(credentials).toMatchObject({
      id: vendor === 'tencent' ? 'AKID65zyIP0mpqt2SlWIQVMn1umNH58' : 'STS.L4aBSCSJVMuKg5U1',
      source: told,
      expiresAt: new Date('2026-11-22T01:00:00Z'),
    });
    expect(credentials.secret.reveal()).toMatch(/^(q95K84wrzuE|wyLTSmsyPGP1)/);
    expect(credentials.token?.reveal()).toMatch(/^(1siMD5r0tPAq|CAIS\/token)/);
    await source.current(signal);
    expect(requests).toHaveLength(1);
    expect(requests[0]!.url.origin).toBe(
      vendor === 'tencent' ? 'https://sts.tencentcloudapi.com' : 'https://sts.aliyuncs.com',
    );
    expect(JSON.stringify(requests[0]!.headers)).toContain(BASE.token!.reveal());
  });

  test('a role can be assumed by a role', async () => {
    const { send, requests } = fakeSend(GIVEN[vendor](), GIVEN[vendor]());
    const world = worldWith({ send });
    const first = assumeRole(vendor, staticSource(BASE), role(vendor), world);
    const second = assumeRole(vendor, first, role(vendor, { arn: `${ARN[vendor]}2` }), world);
    expect((await second.current(signal)).source).toBe(`role ${ARN[vendor]}2, by ${first.source}`);
    expect(requests).toHaveLength(2);
  });

  const usable = GIVEN[vendor]();
  const [id, secret, token] =
    vendor === 'tencent'
      ? ['TmpSecretId', 'TmpSecretKey', 'Token']
      : ['AccessKeyId', 'AccessKeySecret', 'SecurityToken'];

  test.each<[string, Reply]>([
    ...[id, secret, token].flatMap((name) =>
      [
        '',
        null,
        7,
        {},
        ['x'],
        'PLANTED\nsecret',
        'PLANTED\u001b[31m',
        'PLANTED geheim',
        `PLANTED${'x.'.repeat(10_000)}`,
      ].map((value): [string, Reply] => [
        `${name} is ${JSON.stringify(value).slice(0, 30)}`,
        GIVEN[vendor]({ [name]: value }),
      ]),
    ),
    ['no credentials', GIVEN[vendor]({}, { Credentials: null })],
    ['credentials are a list', GIVEN[vendor]({}, { Credentials: ['PLANTED'] })],
    ['a prototype', { body: '{"__proto__": {"Credentials": {}}, "Response": {"RequestId": "1"}, "RequestId": "1"}' }],
  ])('an answer in which %s is of no use, and not repeated', async (_what, reply) => {
    const error = await failureOf(assumed(vendor, [reply]).source.current(signal));
    expect(error).toMatchObject({ code: 'FAILURE', outcome: 'none' });
    expect(error.message).toContain(`cannot assume the role ${ARN[vendor]} by environment`);
    expect(error.message).toMatch(/answered AssumeRole without usable credentials$/);
    expect(shown(error)).not.toMatch(/PLANTED|q95K84|wyLTSm|1siMD5|CAIS/);
  });

  test.each<unknown>([
    undefined,
    null,
    '',
    'tomorrow',
    '2026-02-30T00:00:00Z',
    '2026-11-22T25:00:00Z',
    '2026-11-22 01:00:00',
    '2026-11-22T01:00:00+08:00',
    '+012026-11-22T01:00:00Z',
    -1,
    0,
    1.5,
    1e15,
    true,
    [1_795_309_200],
    { valueOf: 1 },
  ])('an answer that ends %j is of no use', async (end) => {
    const reply =
      vendor === 'tencent'
        ? GIVEN.tencent({}, { ExpiredTime: end, Expiration: end })
        : GIVEN.aliyun({ Expiration: end });
    const error = await failureOf(assumed(vendor, [reply]).source.current(signal));
    expect(error).toMatchObject({ code: 'FAILURE', outcome: 'none' });
    expect(error.message).toMatch(/without the time when the credentials expire$/);
  });

  test('credentials that have ended already are not taken', async () => {
    const end = '2026-11-22T00:00:00Z';
    const reply =
      vendor === 'tencent'
        ? GIVEN.tencent({}, { ExpiredTime: NOW.getTime() / 1000 })
        : GIVEN.aliyun({ Expiration: end });
    const error = await failureOf(assumed(vendor, [reply]).source.current(signal));
    expect(error.message).toMatch(/with credentials that have expired already$/);
  });

  test.each(['{}', '[]', 'null', '', '<html>PLANTED', '{"Response":{}', '{"Response":[]}'])(
    'an answer of %j is none',
    async (body) => {
      const error = await failureOf(assumed(vendor, [{ body }]).source.current(signal));
      expect(['FAILURE', 'UNAVAILABLE']).toContain(error.code);
      expect(error.outcome).toBe('none');
      expect(shown(error)).not.toContain('PLANTED');
    },
  );

  test.each<[string, string, RegExp]>([
    ...(vendor === 'tencent'
      ? ([
          ['ResourceNotFound.RoleNotFound', 'AUTH', /ARN/],
          ['InternalError.GetRoleError', 'AUTH', /ARN/],
          ['UnauthorizedOperation', 'AUTH', /sts:AssumeRole/],
          ['UnauthorizedOperation.Brandnew', 'AUTH', /sts:AssumeRole/],
          ['AuthFailure.SecretIdNotFound', 'AUTH', /key id/],
          ['AuthFailure.TokenFailure', 'AUTH', /fresh/],
          ['InvalidParameter.StrategyFormatError', 'AUTH', /policy/],
          ['InvalidParameter.OverTimeError', 'AUTH', /session duration/],
          ['InvalidParameterValue.Brandnew', 'AUTH', /session duration/],
          ['InvalidParameter.OverLimit', 'UNAVAILABLE', /too many/],
          ['RequestLimitExceeded', 'UNAVAILABLE', /too many/],
          ['InternalError.DbError', 'UNAVAILABLE', /again/],
          ['Brandnew', 'FAILURE', /look the code up/],
        ] as [string, string, RegExp][])
      : ([
          ['EntityNotExist.Role', 'AUTH', /ARN/],
          ['NoPermission', 'AUTH', /sts:AssumeRole/],
          ['InvalidAccessKeyId.NotFound', 'AUTH', /key id/],
          ['InvalidSecurityToken.Expired', 'AUTH', /fresh/],
          ['InvalidParameter.PolicyGrammar', 'AUTH', /policy/],
          ['InvalidParameter.DurationSeconds', 'AUTH', /session duration/],
          ['Throttling.User', 'UNAVAILABLE', /too many/],
          ['InternalError', 'UNAVAILABLE', /again/],
          ['Brandnew', 'FAILURE', /look the code up/],
        ] as [string, string, RegExp][])),
  ])('%s is %s, named after role and base', async (providerCode, code, hint) => {
    const reply = REFUSED[vendor](providerCode, 'You may not.');
    const error = await failureOf(assumed(vendor, [reply]).source.current(signal));
    expect(error).toMatchObject({ code, providerCode, requestId: 'r-1', provider: vendor, outcome: 'none' });
    expect(error.message).toBe(
      `cannot assume the role ${ARN[vendor]} by environment (TENCENTCLOUD_SECRET_ID): ` +
        `${vendor === 'tencent' ? 'Tencent' : 'Alibaba'} Cloud STS refused AssumeRole: You may not`,
    );
    expect(error.hints.join()).toMatch(hint);
    expect(error.throttled).toBe(hint.source === 'too many');
  });

  test('a refusal that quotes the credentials shows none of them', async () => {
    const values = [BASE.id, BASE.secret.reveal(), BASE.token!.reveal()];
    const quoted = values.flatMap((value) => [value, encodeURIComponent(value), btoa(value)]);
    const reply = REFUSED[vendor]('SignatureDoesNotMatch', `Bad:\u001b[2J ${quoted.join(' ')}`);
    const error = await failureOf(assumed(vendor, [reply]).source.current(signal));
    expect(error.message).toContain('[secret]');
    for (const text of quoted) expect(shown(error)).not.toContain(text);
    expect(error.message).not.toMatch(/[\x00-\x1f]/);
  });

  test('a lost answer has changed nothing, and what had come of it is not shown', async () => {
    const lost = new KeypairError('UNAVAILABLE', 'the connection broke', {
      outcome: 'unknown',
      hints: ['h'],
    });
    const world = worldWith({ send: () => Promise.reject(lost) });
    const error = await failureOf(assumeRole(vendor, staticSource(BASE), role(vendor), world).current(signal));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none', hints: ['h'], answer: undefined });
    expect(error.message).toContain(`cannot assume the role ${ARN[vendor]}`);
  });

  test('the failure of the base is told as it is', async () => {
    const failure = new KeypairError('AUTH', 'the base has expired');
    const base = { source: 'base', current: () => Promise.reject(failure) };
    expect(await failureOf(assumeRole(vendor, base, role(vendor), worldWith({})).current(signal))).toBe(failure);
  });

  test.each<[string, Partial<Role>, RegExp]>([
    ["the other vendor's ARN", { arn: ARN[vendor === 'tencent' ? 'aliyun' : 'tencent'] }, /not the ARN/],
    ['an ARN with an escape', { arn: `${ARN[vendor]}\u001b[31m` }, /not the ARN/],
    ['an endless ARN', { arn: ARN[vendor] + 'x'.repeat(600) }, /not the ARN/],
    ['no ARN', { arn: '' }, /not the ARN/],
    ['a session name with spaces', { sessionName: 'my session' }, /session/],
    ['a session name of one letter', { sessionName: 'a' }, /session/],
    ['an external id with quotes', { externalId: '"x"' }, /external id/],
    ['no time', { durationSeconds: 0 }, /0 seconds/],
    ['too much time', { durationSeconds: 43_201 }, /43201 seconds/],
    ['half a second', { durationSeconds: 1000.5 }, /1000.5 seconds/],
    ['no number', { durationSeconds: NaN }, /NaN seconds/],
    ['a policy that is no JSON', { policy: 'allow' }, /policy/],
    ['a policy that is a list', { policy: '[]' }, /policy/],
    ['plain http', { stsEndpoint: 'http://sts.aliyuncs.com' }, /https/],
    ['http on loopback', { stsEndpoint: 'http://127.0.0.1:1' }, /https/],
    ['a path', { stsEndpoint: 'sts.aliyuncs.com/x' }, /https/],
    ['a password', { stsEndpoint: 'https://u:PLANTED@sts.aliyuncs.com' }, /https/],
    ['no port', { stsEndpoint: 'sts.aliyuncs.com:99999' }, /https/],
  ])('%s is refused before anything is called', (_what, parts, message) => {
    const attempt = () => assumed(vendor, [usable], parts);
    expect(attempt).toThrow(KeypairError);
    expect(attempt).toThrow(message);
    expect(attempt).not.toThrow('PLANTED');
    expect(attempt).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error);
  });

  test.each<[string | null, string]>([
    ['sts.cn-hangzhou.aliyuncs.com', 'https://sts.cn-hangzhou.aliyuncs.com'],
    ['https://STS.example.com/', 'https://sts.example.com'],
    ['sts.example.com:8443', 'https://sts.example.com:8443'],
    ['ap-tokyo', `https://sts.ap-tokyo.${vendor === 'tencent' ? 'tencentcloudapi' : 'aliyuncs'}.com`],
  ])('the STS %s is asked at %s', async (stsEndpoint, origin) => {
    const { source, requests } = assumed(vendor, [usable], { stsEndpoint });
    await source.current(signal);
    expect(requests[0]!.url.origin).toBe(origin);
  });
});

test('Alibaba sessions last 900 seconds at least; no document of Tencent gives a least', () => {
  expect(() => assumed('aliyun', [GIVEN.aliyun()], { durationSeconds: 899 })).toThrow('899 seconds');
  expect(() => assumed('tencent', [GIVEN.tencent()], { durationSeconds: 899 })).not.toThrow();
});

test.each([
  ['ALIBABA_CLOUD_STS_ENDPOINT is heeded', null, 'https://sts.eu-central-1.aliyuncs.com'],
  ['what the role says goes first', 'sts.example.com', 'https://sts.example.com'],
])('%s', async (_what, stsEndpoint, origin) => {
  const env = { ALIBABA_CLOUD_STS_ENDPOINT: 'sts.eu-central-1.aliyuncs.com' };
  const { source, requests } = assumed('aliyun', [GIVEN.aliyun()], { stsEndpoint }, env);
  await source.current(signal);
  expect(requests[0]!.url.origin).toBe(origin);
});

test('a wrong ALIBABA_CLOUD_STS_ENDPOINT is named', () => {
  const env = { ALIBABA_CLOUD_STS_ENDPOINT: 'http://sts.aliyuncs.com' };
  expect(() => assumed('aliyun', [GIVEN.aliyun()], {}, env)).toThrow('ALIBABA_CLOUD_STS_ENDPOINT');
  expect(() => assumed('tencent', [GIVEN.tencent()], {}, env)).not.toThrow();
});

const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQifQ.c2lnbmF0dXJl';

function identity(vendor: Vendor, tokenFile: string, parts: Partial<WebIdentity> = {}): WebIdentity {
  const providerId = vendor === 'tencent' ? 'cls-1' : 'acs:ram::1:oidc-provider/idp';
  return {
    roleArn: ARN[vendor],
    providerId,
    tokenFile,
    sessionName: null,
    region: null,
    stsEndpoint: null,
    ...parts,
  };
}

function tokenFile(text: string | Buffer): string {
  const file = path.join(temporaryDirectory(), 'token');
  writeFileSync(file, text);
  return file;
}

describe.each(VENDORS)('%s web identity', (vendor) => {
  test('the token is read anew for each renewal', async () => {
    let now = NOW;
    const { send, requests } = fakeSend(GIVEN[vendor](), GIVEN[vendor]({}, {}));
    const file = tokenFile(`${JWT}\n`);
    const source = webIdentityRole(vendor, identity(vendor, file), worldWith({ send, now: () => now }));
    expect(source.source).toBe(`role ${ARN[vendor]}, by the token in ${file}`);
    expect((await source.current(signal)).source).toBe(source.source);
    writeFileSync(file, JWT.replace('c2ln', 'bmV3'));
    now = new Date(NOW.getTime() + 56 * 60_000);
    await source.current(signal);
    expect(requests.map(({ body }) => /c2ln|bmV3/.exec(body ?? '')?.[0])).toEqual(['c2ln', 'bmV3']);
    for (const { body, headers } of requests) {
      expect(body).toContain('keypair');
      expect(['SKIP', undefined]).toContain(headers['authorization']);
    }
  });

  test('the region goes where the vendor takes it', async () => {
    const { send, requests } = fakeSend(GIVEN[vendor]());
    const asked = identity(vendor, tokenFile(JWT), { region: 'cn-beijing' });
    await webIdentityRole(vendor, asked, worldWith({ send })).current(signal);
    const { headers, url } = requests[0]!;
    if (vendor === 'tencent') expect(headers['x-tc-region']).toBe('cn-beijing');
    else expect(url.host).toBe('sts.cn-beijing.aliyuncs.com');
  });

  test('Kubernetes mounts the token as a link', async () => {
    const directory = temporaryDirectory();
    const link = path.join(directory, 'token');
    symlinkSync(tokenFile(JWT), link);
    const { send } = fakeSend(GIVEN[vendor]());
    await webIdentityRole(vendor, identity(vendor, link), worldWith({ send })).current(signal);
  });

  test.each<[string, () => string, RegExp]>([
    ['that is not there', () => path.join(temporaryDirectory(), 'token'), /does not exist/],
    ['that is a directory', () => temporaryDirectory(), /not a regular file/],
    [
      'that is a pipe',
      () => {
        const pipe = path.join(temporaryDirectory(), 'pipe');
        execFileSync('mkfifo', [pipe]);
        return pipe;
      },
      /not a regular file/,
    ],
    ['that is too large', () => tokenFile('x'.repeat(64 * 1024 + 1)), /larger than 64 KiB/],
    ['that is empty', () => tokenFile(' \n'), /does not hold a token/],
    ['with several lines', () => tokenFile('PLANTED\nPLANTED'), /does not hold a token/],
    ['that is binary', () => tokenFile(Buffer.from([80, 76, 0, 255])), /does not hold a token/],
    ['in a file', () => path.join(tokenFile('x'), 'token'), /cannot be opened \(ENOTDIR\)/],
  ])('a token file %s is AUTH, names the file, and nothing is sent', async (_what, make, why) => {
    const file = make();
    const source = webIdentityRole(vendor, identity(vendor, file), worldWith({}));
    const error = await failureOf(source.current(signal));
    expect(error).toMatchObject({ code: 'AUTH', outcome: 'none' });
    expect(error.message).toContain(`cannot assume the role ${ARN[vendor]} by the token in ${file}`);
    expect(error.message).toMatch(why);
    expect(shown(error)).not.toContain('PLANTED');
  });

  test('64 KiB are not too large', async () => {
    const { send, requests } = fakeSend(GIVEN[vendor]());
    const file = tokenFile('x'.repeat(64 * 1024));
    await webIdentityRole(vendor, identity(vendor, file), worldWith({ send })).current(signal);
    expect(requests[0]!.body).toContain('x'.repeat(64 * 1024));
  });

  test('a refusal that quotes the token does not show it', async () => {
    const code =
      vendor === 'tencent' ? 'InvalidParameter.WebIdentityTokenError' : 'AuthenticationFail.OIDCToken.Expired';
    const { send } = fakeSend(REFUSED[vendor](code, `this is over: ${JWT}`));
    const source = webIdentityRole(vendor, identity(vendor, tokenFile(JWT)), worldWith({ send }));
    const error = await failureOf(source.current(signal));
    expect(error).toMatchObject({ code: 'AUTH', providerCode: code });
    expect(error.hints.join()).toContain('token in the file');
    expect(error.message).toContain('this is over: [secret]');
    expect(shown(error)).not.toContain('eyJzdWIi');
  });

  test.each<[string, Partial<WebIdentity>]>([
    ['no ARN', { roleArn: 'ops' }],
    ['no provider', { providerId: '' }],
    ['a provider with spaces', { providerId: 'a b' }],
    ['a region that is a host', { region: 'evil.example.com/' }],
    ['a session name that is none', { sessionName: '*' }],
    ['plain http', { stsEndpoint: 'http://sts.example.com' }],
  ])('%s is refused before anything is read', (_what, parts) => {
    expect(() => webIdentityRole(vendor, identity(vendor, '/nowhere', parts), worldWith({}))).toThrow(
      expect.objectContaining({ code: 'USAGE' }) as Error,
    );
  });
});

describe.each(VENDORS)('%s GetCallerIdentity', (vendor) => {
  const told: Readonly<Record<string, string>> =
    vendor === 'tencent'
      ? {
          Arn: 'qcs::cam::uin/1:uin/2',
          AccountId: '1',
          UserId: '2',
          PrincipalId: '2',
          Type: 'CAMUser',
          RequestId: 'r',
        }
      : {
          IdentityType: 'RAMUser',
          AccountId: '1',
          RequestId: 'r',
          PrincipalId: '2',
          UserId: '2',
          Arn: 'acs:ram::1:user/admin',
        };
  const reply = (parts: object): Reply => {
    const fields = { ...told, ...parts };
    return { body: vendor === 'tencent' ? { Response: fields } : fields };
  };
  const ask = (answer: Reply) =>
    callerIdentity(vendor, staticSource(BASE), worldWith({ send: fakeSend(answer).send }), signal);

  test('tells whose the credentials are', async () => {
    expect(await ask(reply({}))).toEqual({
      account: '1',
      identity: told['Arn'],
      type: vendor === 'tencent' ? 'CAMUser' : 'RAMUser',
      requestId: 'r',
    });
  });

  test('what is not told, or cannot be shown, is null', async () => {
    const strange = { Arn: 'a\u001b[2J', AccountId: 7, Type: 'x.'.repeat(300), IdentityType: [] };
    expect(await ask(reply(strange))).toEqual({ account: null, identity: null, type: null, requestId: 'r' });
  });

  test('what quotes the credentials does not show them', async () => {
    const shownIdentity = await ask(reply({ Arn: `x/${BASE.secret.reveal()}`, AccountId: BASE.token!.reveal() }));
    expect(shownIdentity).toMatchObject({ identity: 'x/[secret]', account: '[secret]' });
  });

  test("an answer without a request id is not the service's", async () => {
    expect(await failureOf(ask(reply({ RequestId: null })))).toMatchObject({ code: 'FAILURE' });
  });

  test('wrong credentials are AUTH, by their source', async () => {
    const code = vendor === 'tencent' ? 'AuthFailure.SecretIdNotFound' : 'InvalidAccessKeyId.NotFound';
    const error = await failureOf(ask(REFUSED[vendor](code, 'Unknown key')));
    expect(error).toMatchObject({ code: 'AUTH', providerCode: code, outcome: 'none' });
    expect(error.message).toContain('whose credentials these are (environment (TENCENTCLOUD_SECRET_ID))');
  });

  test('who has gone hears that it was cancelled', async () => {
    const gone = new KeypairError('CANCELLED', 'cancelled while connecting', { outcome: 'unknown' });
    const world = worldWith({ send: () => Promise.reject(gone) });
    const error = await failureOf(callerIdentity(vendor, staticSource(BASE), world, signal));
    expect(error).toMatchObject({
      code: 'CANCELLED',
      message: 'cancelled while connecting',
      outcome: 'none',
    });
  });
});
