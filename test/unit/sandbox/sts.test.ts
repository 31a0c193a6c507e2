import { expect, test } from 'vitest';

import { rpc, send, startSandbox, tc3, v1, codeOf, type Pair, type Sent } from './client.ts';
import { error, handClock } from './cloud.ts';
import { aliyunSts, OPS, pairIn, startSts, webIdentity, type Sts } from './sts.ts';

const TENCENT = { RoleArn: OPS.tencent, RoleSessionName: 'ci-42' };
const ALIYUN = { RoleArn: OPS.aliyun, RoleSessionName: 'ci-42' };

test('Tencent: a role is assumed, and its credentials tell who they are', async () => {
  await using own = await startSts();
  expect(await own.tencent('GetCallerIdentity')).toEqual({
    Arn: 'qcs::cam:100000000001:uin/100000000002',
    AccountId: '100000000001',
    UserId: '100000000002',
    PrincipalId: '100000000002',
    Type: 'CAMUser',
    RequestId: expect.any(String) as unknown,
  });
  const answer = await own.tencent('AssumeRole', TENCENT);
  const ends = Number(answer['ExpiredTime']);
  expect(Math.abs(ends - Date.now() / 1000 - 7200)).toBeLessThan(5);
  expect(answer['Expiration']).toBe(new Date(ends * 1000).toISOString().replace('.000Z', 'Z'));
  expect(await own.tencent('GetCallerIdentity', {}, pairIn(answer))).toMatchObject({
    Arn: expect.stringMatching(/^qcs::sts:100000000001:assumed-role\/\d+$/) as unknown,
    UserId: expect.stringMatching(/^\d+:ci-42$/) as unknown,
    Type: 'CAMRole',
  });
  // A session may assume the next role, and no two sessions have one id.
  const next = await own.tencent('AssumeRole', TENCENT, pairIn(answer));
  expect(pairIn(next).secretId).not.toBe(pairIn(answer).secretId);
  expect(await own.tencent('GetCallerIdentity', {}, own.sandbox.temporaryCredentials)).toMatchObject({
    Type: 'CAMRole',
  });
});

test('Alibaba: a role is assumed, and its credentials tell who they are', async () => {
  await using own = await startSts();
  expect(await own.aliyun('GetCallerIdentity')).toEqual({
    IdentityType: 'RAMUser',
    AccountId: '1000000000000001',
    PrincipalId: '200000000000000001',
    UserId: '200000000000000001',
    Arn: 'acs:ram::1000000000000001:user/sandbox',
    RequestId: expect.any(String) as unknown,
  });
  const answer = await own.aliyun('AssumeRole', { ...ALIYUN, DurationSeconds: '900' });
  const { Expiration } = answer['Credentials'] as { readonly Expiration: string };
  expect(Expiration).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(Math.abs(Date.parse(Expiration) - Date.now() - 900_000)).toBeLessThan(5000);
  expect(answer['AssumedRoleUser']).toEqual({
    Arn: 'acs:ram::1000000000000001:role/ops/ci-42',
    AssumedRoleId: expect.stringMatching(/^\d+:ci-42$/) as unknown,
  });
  const who = await own.aliyun('GetCallerIdentity', {}, pairIn(answer));
  expect(who).toMatchObject({
    IdentityType: 'AssumedRoleUser',
    Arn: 'acs:ram::1000000000000001:assumed-role/ops/ci-42',
    RoleId: expect.stringMatching(/^\d+$/) as unknown,
  });
  expect(who).not.toHaveProperty('UserId');
});

const everywhere = {
  tencent: (pair: Pair): readonly Sent[] => [
    tc3(pair, 'cvm', 'DescribeKeyPairs'),
    tc3(pair, 'lighthouse', 'DescribeKeyPairs'),
    tc3(pair, 'sts', 'GetCallerIdentity'),
    v1(pair, { Action: 'DescribeKeyPairs', Version: '2017-03-12' }),
    v1(pair, { Action: 'DescribeKeyPairs' }),
  ],
  aliyun: (pair: Pair): readonly Sent[] => [rpc(pair, 'DescribeKeyPairs'), aliyunSts(pair, 'GetCallerIdentity')],
};
const refusals = {
  tencent: [
    ...['AuthFailure.TokenFailure', 'AuthFailure.TokenFailure', 'AuthFailure.TokenFailure'],
    ...['InvalidRequest.TokenCheckFailed', 4105],
  ],
  aliyun: (code: string) => [code, code],
};
const codes = (own: Sts, sent: readonly Sent[]): Promise<unknown[]> =>
  Promise.all(sent.map(async (one) => codeOf(await send(own.port, one))));

test('every service takes the credentials until their end, with their token and no other', async () => {
  const clock = handClock();
  await using own = await startSts({ sessionSeconds: 60 }, { now: clock.now });
  const tencent = pairIn(await own.tencent('AssumeRole', TENCENT));
  const aliyun = pairIn(await own.aliyun('AssumeRole', ALIYUN));
  const foreign = pairIn(await own.aliyun('AssumeRole', ALIYUN)).token;

  expect(await codes(own, everywhere.tencent(tencent))).toEqual([null, null, null, null, null]);
  expect(await codes(own, everywhere.aliyun(aliyun))).toEqual([null, null]);
  const wrong = { token: foreign };
  expect(await codes(own, everywhere.tencent({ ...tencent, ...wrong }))).toEqual(refusals.tencent);
  expect(await codes(own, everywhere.aliyun({ ...aliyun, ...wrong }))).toEqual(
    refusals.aliyun('InvalidSecurityToken.Malformed'),
  );
  const { secretId, secretKey } = aliyun;
  expect(await codes(own, everywhere.aliyun({ secretId, secretKey }))).toEqual(refusals.aliyun('MissingSecurityToken'));

  clock.pass(61_000);
  expect(await codes(own, everywhere.tencent(tencent))).toEqual(refusals.tencent);
  expect(await codes(own, everywhere.aliyun(aliyun))).toEqual(refusals.aliyun('InvalidSecurityToken.Expired'));
});

test('an id that nobody issued, one that was changed, and one of the other cloud are unknown', async () => {
  await using own = await startSts();
  const tencent = pairIn(await own.tencent('AssumeRole', TENCENT));
  const aliyun = pairIn(await own.aliyun('AssumeRole', ALIYUN));
  const changed = tencent.secretId.replace(/^(AKID.)./, (_all, head: string) => `${head}0`);
  expect(changed).not.toBe(tencent.secretId);
  for (const secretId of [changed, `${tencent.secretId}A`, 'AKID', aliyun.secretId]) {
    expect(await own.tencent('GetCallerIdentity', {}, { ...tencent, secretId })).toMatchObject(
      error('AuthFailure.SecretIdNotFound'),
    );
  }
  expect(await own.aliyun('GetCallerIdentity', {}, tencent)).toMatchObject({
    Code: 'InvalidAccessKeyId.NotFound',
  });
  expect(await own.tencent('GetCallerIdentity', {}, { ...tencent, secretKey: 'x' })).toMatchObject(
    error('AuthFailure.SignatureFailure'),
  );
});

const role = (name: string): string => `qcs::cam::uin/100000000001:roleName/${name}`;

test.each<[string, object, string]>([
  ['no RoleArn', { RoleArn: undefined }, 'MissingParameter'],
  ['no RoleSessionName', { RoleSessionName: undefined }, 'MissingParameter'],
  ['a RoleArn that is none', { RoleArn: OPS.aliyun }, 'InvalidParameter.ParamError'],
  ['no such role', { RoleArn: role('nobody') }, 'ResourceNotFound.RoleNotFound'],
  ["another account's role", { RoleArn: OPS.tencent.replace('1:', '9:') }, 'ResourceNotFound.RoleNotFound'],
  ['a role that trusts nobody', { RoleArn: role('forbidden') }, 'UnauthorizedOperation'],
  ['no ExternalId', { RoleArn: role('external') }, 'UnauthorizedOperation'],
  ['a wrong ExternalId', { RoleArn: role('external'), ExternalId: 'ext-41' }, 'UnauthorizedOperation'],
  ['a short session name', { RoleSessionName: 'a' }, 'InvalidParameter.ParamError'],
  ['a session name with a space', { RoleSessionName: 'a b' }, 'InvalidParameter.ParamError'],
  ['a long session name', { RoleSessionName: 'a'.repeat(129) }, 'InvalidParameter.ParamError'],
  ['more than 12 hours', { DurationSeconds: 43_201 }, 'InvalidParameter.OverTimeError'],
  ['no time', { DurationSeconds: 0 }, 'InvalidParameter.ParamError'],
  ['text for a number', { DurationSeconds: '60' }, 'InvalidParameter'],
  ['a policy that is no JSON', { Policy: 'allow' }, 'InvalidParameter.StrategyFormatError'],
  [
    'a tag twice',
    {
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'a', Value: '2' },
      ],
    },
    'InvalidParameter.ParamError',
  ],
  ['an unknown parameter', { SessionName: 'a' }, 'UnknownParameter'],
])('Tencent AssumeRole refuses %s', async (_title, change, wanted) => {
  await using own = await startSts();
  expect(await own.tencent('AssumeRole', { ...TENCENT, ...change })).toMatchObject(error(wanted));
});

test.each<[string, Record<string, string>, string, number]>([
  ['no RoleArn', { RoleArn: '' }, 'InvalidParameter.RoleArn', 400],
  ['a RoleArn that is none', { RoleArn: OPS.tencent }, 'InvalidParameter.RoleArn', 400],
  ['no such role', { RoleArn: `${OPS.aliyun}x` }, 'EntityNotExist.Role', 404],
  ['a role that trusts nobody', { RoleArn: OPS.aliyun.replace('ops', 'forbidden') }, 'NoPermission', 403],
  ['no ExternalId', { RoleArn: OPS.aliyun.replace('ops', 'external') }, 'NoPermission', 403],
  ['a short session name', { RoleSessionName: 'a' }, 'InvalidParameter.RoleSessionName', 400],
  ['a session name with =', { RoleSessionName: 'a=b' }, 'InvalidParameter.RoleSessionName', 400],
  ['too short a time', { DurationSeconds: '899' }, 'InvalidParameter.DurationSeconds', 400],
  ['too long a time', { DurationSeconds: '43201' }, 'InvalidParameter.DurationSeconds', 400],
  ['a policy that is no JSON', { Policy: 'allow' }, 'InvalidParameter.PolicyGrammar', 400],
  ['another version', { Version: '2015-04-02' }, 'InvalidApi.NotFound', 404],
])('Alibaba AssumeRole refuses %s', async (_title, change, wanted, status) => {
  await using own = await startSts();
  const answer = await send(own.port, aliyunSts(own.sandbox.credentials, 'AssumeRole', { ...ALIYUN, ...change }));
  expect([codeOf(answer), answer.status]).toEqual([wanted, status]);
});

test('Alibaba: a parameter that is not there is named, and ExternalId opens its role', async () => {
  await using own = await startSts();
  expect(await own.aliyun('AssumeRole', { RoleSessionName: 'ci' })).toMatchObject({ Code: 'MissingRoleArn' });
  expect(await own.aliyun('AssumeRole', { RoleArn: OPS.aliyun })).toMatchObject({
    Code: 'MissingRoleSessionName',
  });
  const external = { RoleArn: OPS.aliyun.replace('ops', 'external'), ExternalId: 'ext-42' };
  expect(await own.aliyun('AssumeRole', { ...ALIYUN, ...external })).toHaveProperty('Credentials');
  const there = { RoleArn: role('external'), ExternalId: 'ext-42' };
  expect(await own.tencent('AssumeRole', { ...TENCENT, ...there })).toHaveProperty('Credentials');
});

const skip = (action: string, params: object, authorization = 'SKIP'): Sent => {
  const signed = tc3({ secretId: 'x', secretKey: 'x' }, 'sts', action, params);
  return { ...signed, headers: { ...signed.headers, authorization } };
};

test('Tencent: a web identity needs no signature, everything else does', async () => {
  await using own = await startSts();
  const web = { ...TENCENT, ProviderId: 'sandbox-oidc', WebIdentityToken: webIdentity(60) };
  const named = 'AssumeRoleWithWebIdentity';
  const answer = await own.ask(skip(named, web));
  expect(await own.tencent('GetCallerIdentity', {}, pairIn(answer))).toMatchObject({ Type: 'CAMRole' });
  const codeFor = async (change: object): Promise<unknown> =>
    codeOf(await send(own.port, skip(named, { ...web, ...change })));
  const bad = 'InvalidParameter.WebIdentityTokenError';
  expect(await codeFor({ WebIdentityToken: webIdentity(-1) })).toBe(bad);
  expect(await codeFor({ WebIdentityToken: 'a.b' })).toBe(bad);
  expect(await codeFor({ WebIdentityToken: 'a.b.c' })).toBe(bad);
  expect(await codeFor({ ProviderId: 'another' })).toBe('InvalidParameter.ParamError');
  expect(await codeFor({ RoleArn: role('nobody') })).toBe('InternalError.GetRoleError');
  expect(await codeFor({ RoleArn: role('forbidden') })).toBe('UnauthorizedOperation');
  for (const action of ['AssumeRole', 'GetCallerIdentity']) {
    expect(await own.ask(skip(action, {}))).toMatchObject(error('AuthFailure.InvalidAuthorization'));
  }
  // A signature that comes all the same is checked.
  const forged = await own.tencent(named, web, { ...own.sandbox.credentials, secretKey: 'x' });
  expect(forged).toMatchObject(error('AuthFailure.SignatureFailure'));
  expect(await own.ask({ ...skip('DescribeKeyPairs', {}), headers: cvmUnsigned })).toMatchObject(
    error('AuthFailure.InvalidAuthorization'),
  );
});

const cvmUnsigned = {
  ...tc3({ secretId: 'x', secretKey: 'x' }, 'cvm', 'DescribeKeyPairs').headers,
  authorization: 'SKIP',
};

const unsigned = (params: Record<string, string>, host = 'sts.aliyuncs.com'): Sent => ({
  method: 'POST',
  target: '/?Version=2015-04-01&Format=JSON&Action=AssumeRoleWithOIDC',
  headers: { host, 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(params).toString(),
});

test('Alibaba: an OIDC token needs no signature, everything else does', async () => {
  await using own = await startSts();
  const provider = 'acs:ram::1000000000000001:oidc-provider/sandbox';
  const web = { ...ALIYUN, OIDCProviderArn: provider, OIDCToken: webIdentity(60) };
  const answer = await own.ask(unsigned(web));
  expect(answer['OIDCTokenInfo']).toMatchObject({ Subject: 'repo:main', Issuer: 'https://ci.example' });
  expect(await own.aliyun('GetCallerIdentity', {}, pairIn(answer))).toMatchObject({
    IdentityType: 'AssumedRoleUser',
  });
  expect(await own.ask(unsigned(web, `127.0.0.1:${own.port}`))).toHaveProperty('Credentials');
  const codeFor = async (change: Record<string, string>): Promise<unknown> => {
    const got = await send(own.port, unsigned({ ...web, ...change }));
    return [codeOf(got), got.status];
  };
  const invalid = ['AuthenticationFail.OIDCToken.Invalid', 401];
  expect(await codeFor({ OIDCToken: webIdentity(-1) })).toEqual(['AuthenticationFail.OIDCToken.Expired', 401]);
  expect(await codeFor({ OIDCToken: 'a.b' })).toEqual(invalid);
  expect(await codeFor({ OIDCToken: '' })).toEqual(invalid);
  const denied = ['AuthenticationFail.NoPermission', 401];
  expect(await codeFor({ OIDCProviderArn: `${provider}2` })).toEqual(denied);
  expect(await codeFor({ RoleArn: OPS.aliyun.replace('ops', 'forbidden') })).toEqual(denied);
  expect(await codeFor({ RoleArn: 'ops' })).toEqual(['InvalidParameter.RoleArn', 400]);
  const other = unsigned(ALIYUN);
  const plain = { ...other, target: other.target.replace('WithOIDC', '') };
  expect(await own.ask(plain)).toMatchObject({ Code: 'MissingAccessKeyId' });
});

test('hosts: those of a region and of private networks, and no others', async () => {
  await using own = await startSts();
  const pair = own.sandbox.credentials;
  const aliyun = async (host: string): Promise<unknown> =>
    codeOf(await send(own.port, aliyunSts(pair, 'GetCallerIdentity', {}, host)));
  expect(await aliyun('sts.cn-hangzhou.aliyuncs.com')).toBeNull();
  expect(await aliyun('sts-vpc.cn-beijing.aliyuncs.com')).toBeNull();
  for (const host of [
    'sts.nowhere.aliyuncs.com',
    'sts-vpc.aliyuncs.com',
    'ecs-cn-hangzhou.aliyuncs.com',
    'sts.example.com',
  ]) {
    expect(await aliyun(host)).toBe('InvalidApi.NotFound');
  }
  const tencent = async (host: string): Promise<unknown> =>
    codeOf(await send(own.port, tc3(pair, 'sts', 'GetCallerIdentity', {}, { host })));
  expect(await tencent('sts.ap-guangzhou.tencentcloudapi.com')).toBeNull();
  expect(await tencent('sts.intl.tencentcloudapi.com')).toBeNull();
  expect(await tencent('cvm.tencentcloudapi.com')).toBe('AuthFailure.SignatureFailure');
  const scope = tc3(pair, 'sts', 'GetCallerIdentity', {}, { service: 'cvm' });
  expect(codeOf(await send(own.port, scope))).toBe('AuthFailure.SignatureFailure');
});

test('rates, faults and the log know both', async () => {
  await using own = await startSts({ requestsPerSecond: 2 });
  own.sandbox.fault({ kind: 'error', code: 'Busy', interface: 'aliyun-sts' });
  own.sandbox.fault({ kind: 'drop', when: 'before', action: 'AssumeRole', interface: 'tencent-sts' });
  await expect(own.tencent('AssumeRole', TENCENT)).rejects.toMatchObject({ code: 'ECONNRESET' });
  const busy = await send(own.port, aliyunSts(own.sandbox.credentials, 'GetCallerIdentity'));
  expect([busy.status, codeOf(busy)]).toEqual([400, 'Busy']);
  await own.tencent('GetCallerIdentity');
  await own.tencent('GetCallerIdentity');
  expect(await own.tencent('GetCallerIdentity')).toMatchObject(error('RequestLimitExceeded'));
  // The other cloud counts for itself.
  expect(await own.aliyun('GetCallerIdentity')).toHaveProperty('Arn');
  expect(own.sandbox.log.map(({ interface: at, action, statusOrCode }) => [at, action, statusOrCode])).toEqual([
    ['tencent-sts', 'AssumeRole', 'fault:drop'],
    ['aliyun-sts', 'GetCallerIdentity', 'fault:error'],
    ['tencent-sts', 'GetCallerIdentity', 200],
    ['tencent-sts', 'GetCallerIdentity', 200],
    ['tencent-sts', 'GetCallerIdentity', 'RequestLimitExceeded'],
    ['aliyun-sts', 'GetCallerIdentity', 200],
  ]);
});

test('STS and the tags share a version: the host tells them apart, and on loopback the action', async () => {
  await using own = await startSandbox();
  const { credentials } = own.sandbox;
  const tags = { Resource: 'qcs::cvm:ap-guangzhou:uin/:keypair/skey-x', DeleteTags: [{ TagKey: 'a' }] };
  const code = async (service: 'sts' | 'tag', action: string, params: object, host?: string): Promise<unknown> =>
    codeOf(await send(own.port, tc3(credentials, service, action, params, host === undefined ? {} : { host })));
  const absent = 'InvalidParameterValue.ResourceDescriptionError';
  expect(await code('tag', 'ModifyResourceTags', tags)).toBe(absent);
  expect(await code('tag', 'ModifyResourceTags', tags, '127.0.0.1')).toBe(absent);
  expect(await code('tag', 'ModifyResourceTags', tags, 'tag.intl.tencentcloudapi.com')).toBe(absent);
  expect(await code('sts', 'GetCallerIdentity', {}, '127.0.0.1')).toBeNull();
  expect(await code('tag', 'GetCallerIdentity', {})).toBe('InvalidAction');
  expect(await code('sts', 'ModifyResourceTags', tags)).toBe('InvalidAction');
});
