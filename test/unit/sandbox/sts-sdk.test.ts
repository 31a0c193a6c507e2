import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type * as OpenApi from '@alicloud/openapi-core';
import type { ClientConfig } from 'tencentcloud-sdk-nodejs/tencentcloud/common/interface.js';
import {
  CvmRoleCredential,
  OIDCRoleArnCredential,
  STSCredential,
} from 'tencentcloud-sdk-nodejs/tencentcloud/common/credential.js';
import { Client as CvmClient } from 'tencentcloud-sdk-nodejs/tencentcloud/services/cvm/v20170312/cvm_client.js';
import { Client as StsClient } from 'tencentcloud-sdk-nodejs/tencentcloud/services/sts/v20180813/sts_client.js';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { createSandbox, type Listening, type Sandbox } from '../../../sandbox/server.ts';
import { OPS, webIdentity } from './sts.ts';

// The vendors' own clients, over real sockets. Nothing in here signs or builds a request itself.

const require = createRequire(import.meta.url);
// The clients of Alibaba come with a credential chain of their own: the one that they are installed with.
const within = createRequire(require.resolve('@alicloud/openapi-core'));

let sandbox: Sandbox;
let server: Listening;
let folder: string;

// One sandbox for all: the clients keep their sockets open between the tests.
beforeAll(async () => {
  sandbox = createSandbox({ stateDir: null });
  server = await sandbox.listen();
  folder = mkdtempSync(join(tmpdir(), 'keypair-sts-'));
  // The clients believe that they speak to production, or to the instance's metadata: every socket goes to loopback.
  const dial = (): ReturnType<typeof connect> => connect(server.port, '127.0.0.1');
  vi.spyOn(Agent.prototype as unknown as { createConnection: typeof dial }, 'createConnection').mockImplementation(
    dial,
  );
});

afterAll(async () => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
  await server.close();
});

interface Pair {
  readonly secretId: string;
  readonly secretKey: string;
  readonly token?: string;
}

const tencent = (credential: ClientConfig['credential'], more: object = {}): ClientConfig => ({
  credential,
  region: 'ap-guangzhou',
  profile: { httpProfile: { protocol: 'http://', ...more } },
});

test.each(['TC3-HMAC-SHA256', 'HmacSHA1', 'HmacSHA256'] as const)(
  'Tencent STS client, %s: assumes a role, and the role opens CVM',
  async (signMethod) => {
    const config = tencent(sandbox.credentials);
    const client = new StsClient({ ...config, profile: { ...config.profile, signMethod } });
    const { Credentials } = await client.AssumeRole({
      RoleArn: OPS.tencent,
      RoleSessionName: 'sdk',
      Policy: encodeURIComponent('{"version":"2.0","statement":[]}'),
      Tags: [{ Key: 'team', Value: 'x y' }],
    });
    const pair: Pair = {
      secretId: Credentials?.TmpSecretId ?? '',
      secretKey: Credentials?.TmpSecretKey ?? '',
      token: Credentials?.Token ?? '',
    };
    expect((await new CvmClient(tencent(pair)).DescribeKeyPairs({})).TotalCount).toBe(0);
    const who = await new StsClient(tencent(pair)).GetCallerIdentity(null);
    expect(who).toMatchObject({ Type: 'CAMRole', UserId: expect.stringMatching(/:sdk$/) as unknown });
  },
);

test('Tencent STS client: sessions of the user itself open CVM and beget no others', async () => {
  const client = new StsClient(tencent(sandbox.credentials));
  const Policy = encodeURIComponent('{"version":"2.0","statement":[]}');
  const SerialNumber = 'qcs::cam:uin/100000000001::mfa/softToken';
  const sessions = [
    [await client.GetFederationToken({ Name: 'ann', Policy }), 'FederatedUser', '100000000002:ann'],
    [await client.GetSessionToken({ SerialNumber, TokenCode: '123456' }), 'CAMUser', '100000000002'],
  ] as const;
  for (const [{ Credentials: made, ExpiredTime }, Type, UserId] of sessions) {
    const pair = {
      secretId: made?.TmpSecretId ?? '',
      secretKey: made?.TmpSecretKey ?? '',
      token: made?.Token ?? '',
    };
    expect(Math.abs((ExpiredTime ?? 0) - Date.now() / 1000 - 1800)).toBeLessThan(60);
    expect((await new CvmClient(tencent(pair)).DescribeKeyPairs({})).TotalCount).toBe(0);
    const own = new StsClient(tencent(pair));
    expect(await own.GetCallerIdentity(null)).toMatchObject({ Type, UserId, AccountId: '100000000001' });
    await expect(own.GetFederationToken({ Name: 'bob', Policy })).rejects.toMatchObject({
      code: 'UnauthorizedOperation',
    });
  }
  const code = { code: 'FailedOperation.CheckMFAError' };
  await expect(client.GetSessionToken({ SerialNumber, TokenCode: '000000' })).rejects.toMatchObject(code);
  const long = { Name: 'ann', Policy, DurationSeconds: 129_601 };
  await expect(client.GetFederationToken(long)).rejects.toMatchObject({ code: 'InvalidParameter.OverTimeError' });
});

test('Tencent credential classes: STS, web identity and the role of an instance', async () => {
  const before = sandbox.log.length;
  const role = { RoleArn: OPS.tencent, RoleSessionName: 'sdk' };
  const sources = [
    new STSCredential(tencent(sandbox.credentials), role),
    new OIDCRoleArnCredential(tencent({ secretId: '', secretKey: '' }), {
      ...role,
      ProviderId: 'sandbox-oidc',
      WebIdentityToken: webIdentity(600),
    }),
    new CvmRoleCredential(),
  ];
  for (const source of sources) {
    const pair = await source.getCredential();
    const who = await new StsClient(tencent(pair)).GetCallerIdentity(null);
    expect(who.Type).toBe('CAMRole');
  }
  expect(sandbox.log.slice(before).map(({ interface: at, action, host }) => `${at ?? ''} ${action} ${host}`)).toEqual([
    'tencent-sts AssumeRole sts.tencentcloudapi.com',
    'tencent-sts GetCallerIdentity sts.tencentcloudapi.com',
    'tencent-sts AssumeRoleWithWebIdentity sts.tencentcloudapi.com',
    'tencent-sts GetCallerIdentity sts.tencentcloudapi.com',
    'metadata metadata:role metadata.tencentyun.com',
    'metadata metadata:credentials metadata.tencentyun.com',
    'tencent-sts GetCallerIdentity sts.tencentcloudapi.com',
  ]);
});

const { default: Client, $OpenApiUtil } = require('@alicloud/openapi-core') as typeof OpenApi.default;
type CallArguments = Parameters<InstanceType<typeof OpenApi.default.default>['callApi']>;
const NO_OPTIONS = JSON.parse('{}') as CallArguments[2];

/** Calls an STS action with Alibaba's generic client. */
async function call(
  pair: Pair | null,
  action: string,
  query: Readonly<Record<string, string>> = {},
  more: object = {},
): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>> {
  const client = new Client(
    new $OpenApiUtil.Config({
      ...(pair === null
        ? {}
        : { accessKeyId: pair.secretId, accessKeySecret: pair.secretKey, securityToken: pair.token }),
      endpoint: 'sts.aliyuncs.com',
      protocol: 'http',
      ...more,
    }),
  );
  const params = new $OpenApiUtil.Params({
    ...{ action, version: '2015-04-01', protocol: 'HTTP', pathname: '/', method: 'POST', style: 'RPC' },
    ...{ authType: pair === null ? 'Anonymous' : 'AK', bodyType: 'json', reqBodyType: 'formData' },
  });
  const request = new $OpenApiUtil.OpenApiRequest({ query });
  const { body } = (await client.callApi(params, request, NO_OPTIONS)) as {
    body: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
  return body;
}

test.each([
  ['ACS3', {}],
  ['RPC V1', { signatureAlgorithm: 'v2' }],
])('Alibaba generic client, %s: assumes a role, and the role tells who it is', async (_title, more) => {
  const role = { RoleArn: OPS.aliyun, RoleSessionName: 'sdk' };
  const { Credentials = {} } = await call(sandbox.credentials, 'AssumeRole', role, more);
  const pair = {
    secretId: Credentials['AccessKeyId'] ?? '',
    secretKey: Credentials['AccessKeySecret'] ?? '',
    token: Credentials['SecurityToken'] ?? '',
  };
  expect(await call(pair, 'GetCallerIdentity', {}, more)).toMatchObject({
    Arn: 'acs:ram::1000000000000001:assumed-role/ops/sdk',
  });
  await expect(call({ ...pair, token: 'x' }, 'GetCallerIdentity', {}, more)).rejects.toMatchObject({
    code: expect.stringContaining('InvalidSecurityToken.Malformed') as unknown,
  });
});

test('Alibaba generic client without credentials: only AssumeRoleWithOIDC', async () => {
  const web = {
    RoleArn: OPS.aliyun,
    RoleSessionName: 'sdk',
    OIDCProviderArn: 'acs:ram::1000000000000001:oidc-provider/sandbox',
    OIDCToken: webIdentity(600),
  };
  expect(await call(null, 'AssumeRoleWithOIDC', web)).toHaveProperty('Credentials');
  await expect(call(null, 'AssumeRole', web)).rejects.toMatchObject({
    code: expect.stringContaining('MissingAccessKeyId') as unknown,
  });
});

interface AliyunPair {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken: string;
}

/** A credential provider of Alibaba's chain; `doRequest` is what it sends requests with. */
interface Provider {
  getCredentials(): Promise<AliyunPair>;
  doRequest: (request: { protocol: string }) => Promise<unknown>;
}

/** Makes one of the chain's providers, over plain http, where it insists on https. */
function provider(name: string, settings: Readonly<Record<string, unknown>>): Provider {
  const path = join(within.resolve('@alicloud/credentials'), '../providers', name);
  const { default: made } = require(path) as { default: { builder(): Record<string, unknown> } };
  const builder = made.builder();
  Object.assign(builder, settings);
  const built = (builder['build'] as () => Provider).call(builder);
  const send = built.doRequest;
  built.doRequest = (request) => send(Object.assign(request, { protocol: 'http' }));
  return built;
}

test('Alibaba credential chain: STS, OIDC and the role of an instance', async () => {
  const { secretId, secretKey } = sandbox.credentials;
  const before = sandbox.log.length;
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, webIdentity(600));
  const credentialsProvider = {
    getCredentials: () =>
      Promise.resolve({ accessKeyId: secretId, accessKeySecret: secretKey, providerName: 'static_ak' }),
    getProviderName: () => 'static_ak',
  };
  const sources = [
    provider('ram_role_arn', {
      credentialsProvider,
      roleArn: OPS.aliyun.replace('ops', 'external'),
      externalId: 'ext-42',
      stsRegionId: 'cn-beijing',
      enableVpc: true,
    }),
    provider('oidc_role_arn', {
      roleArn: OPS.aliyun,
      oidcProviderArn: 'acs:ram::1000000000000001:oidc-provider/sandbox',
      oidcTokenFilePath: tokenFile,
    }),
    provider('ecs_ram_role', { disableIMDSv1: true }),
  ];
  for (const source of sources) {
    const { accessKeyId, accessKeySecret, securityToken } = await source.getCredentials();
    const pair = { secretId: accessKeyId, secretKey: accessKeySecret, token: securityToken };
    expect(await call(pair, 'GetCallerIdentity')).toMatchObject({ IdentityType: 'AssumedRoleUser' });
  }
  expect(
    sandbox.log
      .slice(before)
      .filter(({ action }) => action !== 'GetCallerIdentity')
      .map(({ interface: at, action, host }) => `${at ?? ''} ${action} ${host}`),
  ).toEqual([
    'aliyun-sts AssumeRole sts-vpc.cn-beijing.aliyuncs.com',
    'aliyun-sts AssumeRoleWithOIDC sts.aliyuncs.com',
    'metadata metadata:token 100.100.100.200',
    'metadata metadata:role 100.100.100.200',
    'metadata metadata:token 100.100.100.200',
    'metadata metadata:credentials 100.100.100.200',
  ]);
});
