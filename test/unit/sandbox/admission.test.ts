import { afterAll, beforeAll, expect, test } from 'vitest';

import { codeOf, json, rpc, send, startSandbox, tc3, v1, type Sent, type Tc3Change } from './client.ts';

// One sandbox for all: nothing in here makes a key pair.
let started: Awaited<ReturnType<typeof startSandbox>>;
beforeAll(async () => {
  started = await startSandbox();
});
afterAll(() => started[Symbol.asyncDispose]());

const code = async (sent: Sent): Promise<string | number | null> => codeOf(await send(started.port, sent));
const pair = (): { secretId: string; secretKey: string } => started.sandbox.credentials;

const list = (change: Tc3Change, action = 'DescribeKeyPairs', params: object = {}): Sent =>
  tc3(pair(), 'cvm', action, params, change);
const legacy = (params: Record<string, string> = {}): Sent => v1(pair(), { Action: 'DescribeKeyPairs', ...params });
const v2 = (params: Record<string, string> = {}): Sent => legacy({ Version: '2017-03-12', ...params });

test('the same request twice: refused on the v2 gateway and by ECS, not by API 3.0', async () => {
  const twice = async (sent: Sent): Promise<unknown[]> => [await code(sent), await code(sent)];
  expect(await twice(legacy())).toEqual([null, 4500]);
  expect(await twice(v2())).toEqual([null, 'InvalidRequest.ReplayAttack']);
  expect(await twice(rpc(pair(), 'DescribeKeyPairs'))).toEqual([null, 'SignatureNonceUsed']);
  expect(await twice(list({}))).toEqual([null, null]);
});

test('the temporary pair passes with its token only, the permanent one without any', async () => {
  const { token, ...bare } = started.sandbox.temporaryCredentials;
  const describe = 'DescribeKeyPairs';
  const all = (who: { secretId: string; secretKey: string; token?: string }): Promise<unknown[]> =>
    Promise.all(
      [
        tc3(who, 'cvm', describe),
        v1(who, { Action: describe, Version: '2017-03-12' }),
        v1(who, { Action: describe }),
        rpc(who, describe),
      ].map(code),
    );
  expect(await all({ ...bare, token })).toEqual([null, null, null, null]);
  const refused = ['AuthFailure.TokenFailure', 'InvalidRequest.TokenCheckFailed', 4105];
  expect(await all(bare)).toEqual([...refused, 'MissingSecurityToken']);
  expect(await all({ ...bare, token: `${token}x` })).toEqual([...refused, 'InvalidSecurityToken.Malformed']);
  expect(await all({ ...pair(), token })).toEqual([...refused, 'InvalidSecurityToken.Malformed']);
});

test('a wrong secret and an unknown id, in the words of each interface', async () => {
  const all = (who: { secretId: string; secretKey: string }): Promise<unknown[]> =>
    Promise.all(
      [
        tc3(who, 'cvm', 'DescribeKeyPairs'),
        v1(who, { Action: 'DescribeKeyPairs', Version: '2017-03-12' }),
        v1(who, { Action: 'DescribeKeyPairs' }),
        rpc(who, 'DescribeKeyPairs'),
      ].map(code),
    );
  expect(await all({ ...pair(), secretKey: 'wrong' })).toEqual([
    'AuthFailure.SignatureFailure',
    'InvalidParameter.SignatureFailure',
    4100,
    'SignatureDoesNotMatch',
  ]);
  expect(await all({ ...pair(), secretId: 'AKIDnobody' })).toEqual([
    'AuthFailure.SecretIdNotFound',
    'InvalidParameter.SecretIdNotFound',
    4104,
    'InvalidAccessKeyId.NotFound',
  ]);
});

test('no signature at all', async () => {
  const bare = (headers: Record<string, string>, target = '/'): Sent => ({
    method: 'GET',
    target,
    headers,
    body: '',
  });
  expect(await code(bare({ host: 'cvm.tencentcloudapi.com' }))).toBe('MissingParameter');
  expect(
    await code(bare({ authorization: 'TC3-HMAC-SHA256 hello', 'content-type': 'application/x-www-form-urlencoded' })),
  ).toBe('AuthFailure.InvalidAuthorization');
  expect(await code(bare({ authorization: 'ACS3-HMAC-SHA256 hello', accept: 'application/json' }))).toBe(
    'IncompleteSignature',
  );
  expect(await code(bare({ host: 'ecs.aliyuncs.com', accept: 'application/json' }))).toBe('MissingAccessKeyId');
  expect(await code(bare({}, '/v2/index.php'))).toBe(4000);
  expect(await code(bare({}, '/v2/index.php?Version=2017-03-12'))).toBe('MissingParameter');
  expect((await send(started.port, bare({}, '/v3/index.php'))).status).toBe(404);
});

test('a Host of this machine stands for every service, with its port signed or not', async () => {
  const host = `127.0.0.1:${started.port}`;
  expect(await code(list({ host }))).toBeNull();
  expect(await code(tc3(pair(), 'lighthouse', 'DescribeKeyPairs', {}, { host }))).toBeNull();
  const signedWithout = list({ host: '127.0.0.1' });
  expect(await code({ ...signedWithout, headers: { ...signedWithout.headers, host } })).toBeNull();
  expect(await code(rpc(pair(), 'DescribeKeyPairs', { RegionId: 'cn-beijing' }, { host }))).toBeNull();
});

test('a finance region answers on its own host', async () => {
  const change = { host: 'cvm.ap-shanghai-fsi.tencentcloudapi.com', region: 'ap-shanghai-fsi' };
  expect(await code(list(change))).toBeNull();
});

test('Tencent answers errors with status 200, ECS with its own, in JSON only when asked', async () => {
  const tencent = await send(started.port, list({}, 'Nothing'));
  expect([tencent.status, tencent.headers['content-type']]).toEqual([200, 'application/json']);
  expect(json(tencent)).toEqual({
    Response: {
      Error: { Code: 'InvalidAction', Message: expect.any(String) as unknown },
      RequestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
    },
  });
  const ecs = await send(started.port, rpc({ ...pair(), secretKey: 'wrong' }, 'DescribeKeyPairs'));
  expect(ecs.status).toBe(400);
  expect(json(ecs)).toEqual({
    RequestId: expect.stringMatching(/^[0-9A-F-]{36}$/) as unknown,
    HostId: 'ecs-cn-hangzhou.aliyuncs.com',
    Code: 'SignatureDoesNotMatch',
    Message: expect.stringContaining('server string to sign is:GET&%2F&AccessKeyId') as unknown,
    Recommend: expect.stringContaining('SignatureDoesNotMatch') as unknown,
  });
  const xml = await send(started.port, rpc(pair(), 'Nothing<&', { Format: 'XML' }));
  expect(xml.status).toBe(404);
  expect(xml.headers['content-type']).toBe('text/xml;charset=utf-8');
  expect(xml.text).toMatch(/^<\?xml version='1\.0' encoding='UTF-8'\?><Error><RequestId>/);
  const legacyError = await send(started.port, legacy({ Action: 'Nothing' }));
  expect(json(legacyError)).toEqual({
    code: 6100,
    message: expect.stringMatching(/^\(\d+\)/) as unknown,
    codeDesc: 'ActionNotFound',
  });
});

test('the log holds what came and what became of it, and nothing secret', async () => {
  await using own = await startSandbox();
  await send(own.port, tc3(own.sandbox.credentials, 'cvm', 'DescribeKeyPairs'));
  await send(own.port, rpc(own.sandbox.temporaryCredentials, 'CreateKeyPair', { KeyPairName: '1' }));
  await send(own.port, { method: 'GET', target: '/robots.txt?a', headers: {}, body: '' });
  expect(own.sandbox.log).toMatchObject([
    {
      interface: 'cvm',
      action: 'DescribeKeyPairs',
      host: 'cvm.tencentcloudapi.com',
      method: 'POST',
      path: '/',
      statusOrCode: 200,
    },
    { interface: 'ecs', action: 'CreateKeyPair', statusOrCode: 'InvalidKeyPairName.Malformed' },
    { interface: null, action: '', path: '/robots.txt', statusOrCode: 404 },
  ]);
  const { token, secretKey } = own.sandbox.temporaryCredentials;
  expect(JSON.stringify(own.sandbox.log)).not.toContain(token);
  expect(JSON.stringify(own.sandbox.log)).not.toContain(secretKey);
});
