import { Agent } from 'node:http';
import { createRequire } from 'node:module';
import { connect } from 'node:net';

import type * as Ecs from '@alicloud/ecs20140526';
import type * as OpenApi from '@alicloud/openapi-core/dist/utils.js';
import type { ClientConfig } from 'tencentcloud-sdk-nodejs/tencentcloud/common/interface.js';
import { Client as CvmClient } from 'tencentcloud-sdk-nodejs/tencentcloud/services/cvm/v20170312/cvm_client.js';
import { Client as LighthouseClient } from 'tencentcloud-sdk-nodejs/tencentcloud/services/lighthouse/v20200324/lighthouse_client.js';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { createSandbox, type Listening, type Sandbox } from '../../../sandbox/server.ts';

// The vendors' own clients, unmodified, over real sockets. Nothing in here signs or builds a request itself.

// CommonJS with a `default` of its own, which importers see differently: required as its users do.
const require = createRequire(import.meta.url);
const ecs = require('@alicloud/ecs20140526') as typeof Ecs.default;
const { Config } = require('@alicloud/openapi-core/dist/utils') as typeof OpenApi;
const PRIVATE_KEY = /^-----BEGIN RSA PRIVATE KEY-----\n[\s\S]+\n-----END RSA PRIVATE KEY-----\n$/;

let sandbox: Sandbox;
let server: Listening;
let agent: Agent;

beforeEach(async () => {
  sandbox = createSandbox({ stateDir: null, behaviour: { keyBits: 1024 } });
  server = await sandbox.listen();
  // The client believes that it speaks to production: Host header and scope are the real ones.
  agent = new Agent();
  Object.assign(agent, { createConnection: () => connect(server.port, '127.0.0.1') });
});

afterEach(async () => {
  agent.destroy();
  await server.close();
});

interface Style {
  readonly signMethod: 'TC3-HMAC-SHA256' | 'HmacSHA1' | 'HmacSHA256';
  readonly reqMethod: 'GET' | 'POST';
  readonly temporary?: boolean;
}

function tencentConfig(style: Style, endpoint: string): ClientConfig {
  const { secretId, secretKey } = style.temporary === true ? sandbox.temporaryCredentials : sandbox.credentials;
  const token = style.temporary === true ? { token: sandbox.temporaryCredentials.token } : {};
  return {
    credential: { secretId, secretKey, ...token },
    region: 'ap-guangzhou',
    profile: {
      signMethod: style.signMethod,
      httpProfile: { endpoint, protocol: 'http://', reqMethod: style.reqMethod, agent },
    },
  };
}

const STYLES: readonly Style[] = [
  { signMethod: 'TC3-HMAC-SHA256', reqMethod: 'POST' },
  { signMethod: 'TC3-HMAC-SHA256', reqMethod: 'GET' },
  { signMethod: 'TC3-HMAC-SHA256', reqMethod: 'POST', temporary: true },
  { signMethod: 'HmacSHA1', reqMethod: 'GET' },
  { signMethod: 'HmacSHA1', reqMethod: 'POST', temporary: true },
  { signMethod: 'HmacSHA256', reqMethod: 'POST' },
  { signMethod: 'HmacSHA256', reqMethod: 'GET' },
];

for (const style of STYLES) {
  const how = `${style.signMethod} ${style.reqMethod}${style.temporary === true ? ' with a token' : ''}`;

  test(`CVM client, ${how}: create, list, delete`, async () => {
    const client = new CvmClient(tencentConfig(style, 'cvm.tencentcloudapi.com'));
    const created = await client.CreateKeyPair({
      KeyName: 'a_key',
      ProjectId: 0,
      TagSpecification: [{ ResourceType: 'keypair', Tags: [{ Key: 'team', Value: 'x y+z' }] }],
    });
    expect(Object.keys(created.KeyPair ?? {})).toEqual(['KeyId', 'KeyName', 'ProjectId', 'PublicKey', 'PrivateKey']);
    expect(created.KeyPair?.PrivateKey).toMatch(PRIVATE_KEY);
    const id = created.KeyPair?.KeyId ?? '';
    const listed = await client.DescribeKeyPairs({
      Filters: [{ Name: 'key-name', Values: ['a_key'] }],
      Limit: 1,
    });
    expect(listed.TotalCount).toBe(1);
    expect(listed.KeyPairSet?.[0]).toMatchObject({
      KeyId: id,
      PublicKey: created.KeyPair?.PublicKey,
      Tags: [{ Key: 'team', Value: 'x y+z' }],
    });
    await client.DeleteKeyPairs({ KeyIds: [id] });
    expect((await client.DescribeKeyPairs({})).TotalCount).toBe(0);
  });

  test(`Lighthouse client, ${how}: create, list, delete`, async () => {
    const client = new LighthouseClient(tencentConfig(style, 'lighthouse.tencentcloudapi.com'));
    const created = await client.CreateKeyPair({ KeyName: 'a_key' });
    expect(created.KeyPair?.CreatedTime).toBeNull();
    expect(created.KeyPair?.PrivateKey).toMatch(PRIVATE_KEY);
    const id = created.KeyPair?.KeyId ?? '';
    const listed = await client.DescribeKeyPairs({ KeyIds: [id] });
    expect(listed.KeyPairSet?.map((pair) => pair.KeyName)).toEqual(['a_key']);
    await client.DeleteKeyPairs({ KeyIds: [id] });
    expect((await client.DescribeKeyPairs({})).TotalCount).toBe(0);
  });
}

test('CVM client on the v2 gateway: create, list, delete, seen by API 3.0 too', async () => {
  const client = new CvmClient(tencentConfig({ signMethod: 'HmacSHA256', reqMethod: 'GET' }, 'cvm.api.qcloud.com'));
  Object.assign(client, { path: '/v2/index.php' });
  const created = await client.CreateKeyPair({ KeyName: 'a_key', ProjectId: 1_000_001 });
  const id = created.KeyPair?.KeyId ?? '';
  const listed = await client.DescribeKeyPairs({ KeyIds: [id] });
  expect(listed.KeyPairSet?.[0]).toHaveProperty('CreateTime');
  expect(listed.KeyPairSet?.[0]).not.toHaveProperty('CreatedTime');
  const modern = new CvmClient(
    tencentConfig({ signMethod: 'TC3-HMAC-SHA256', reqMethod: 'POST' }, 'cvm.intl.tencentcloudapi.com'),
  );
  expect((await modern.DescribeKeyPairs({ KeyIds: [id] })).KeyPairSet?.[0]?.ProjectId).toBe(1_000_001);
  await client.DeleteKeyPairs({ KeyIds: [id] });
  expect((await modern.DescribeKeyPairs({})).TotalCount).toBe(0);
  expect(sandbox.log.map(({ interface: at, action }) => `${at ?? ''} ${action}`)).toEqual([
    'cvm-v2 CreateKeyPair',
    'cvm-v2 DescribeKeyPairs',
    'cvm DescribeKeyPairs',
    'cvm-v2 DeleteKeyPairs',
    'cvm DescribeKeyPairs',
  ]);
});

test('CVM client with a wrong secret or without its token: the documented errors', async () => {
  const style: Style = { signMethod: 'TC3-HMAC-SHA256', reqMethod: 'POST' };
  const config = (credential: ClientConfig['credential']): ClientConfig => ({
    ...tencentConfig(style, 'cvm.tencentcloudapi.com'),
    credential,
  });
  const codeOf = async (credential: ClientConfig['credential']): Promise<unknown> =>
    new CvmClient(config(credential)).DescribeKeyPairs({}).catch((error: unknown) => error);
  const { secretId, secretKey } = sandbox.credentials;
  const { secretId: temporaryId, secretKey: temporaryKey } = sandbox.temporaryCredentials;
  expect(await codeOf({ secretId, secretKey: `${secretKey}x` })).toMatchObject({
    code: 'AuthFailure.SignatureFailure',
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
  });
  expect(await codeOf({ secretId: 'AKIDnobody', secretKey })).toMatchObject({
    code: 'AuthFailure.SecretIdNotFound',
  });
  expect(await codeOf({ secretId: temporaryId, secretKey: temporaryKey })).toMatchObject({
    code: 'AuthFailure.TokenFailure',
  });
});

for (const style of ['V3', 'V3 with a token', 'V3 with SM3', 'RPC V1', 'RPC V1 with a token'] as const) {
  test(`ECS client, ${style}: create, list, delete`, async () => {
    const temporary = style.endsWith('token');
    const { secretId, secretKey } = temporary ? sandbox.temporaryCredentials : sandbox.credentials;
    const client = new ecs.default(
      new Config({
        accessKeyId: secretId,
        accessKeySecret: secretKey,
        ...(temporary ? { securityToken: sandbox.temporaryCredentials.token } : {}),
        endpoint: `127.0.0.1:${server.port}`,
        protocol: 'http',
        regionId: 'cn-hangzhou',
        ...(style.startsWith('RPC') ? { signatureAlgorithm: 'v2' } : {}),
        ...(style.endsWith('SM3') ? { signatureAlgorithm: 'ACS3-HMAC-SM3' } : {}),
      }),
    );
    const tag = [new ecs.CreateKeyPairRequestTag({ key: 'team', value: `it's (x) *~!` })];
    const made = await client.createKeyPair(
      new ecs.CreateKeyPairRequest({ regionId: 'cn-hangzhou', keyPairName: 'a:key-1', tag }),
    );
    // As the document's example: PKCS#1 without armour.
    expect(made.body?.privateKeyBody).toMatch(/^MIIC[A-Za-z0-9+/]+=*$/);
    expect(made.body?.keyPairFingerPrint).toMatch(/^([0-9a-f]{2}:){19}[0-9a-f]{2}$/);
    expect(made.body?.keyPairId).toMatch(/^ssh-[0-9a-z]{20}$/);
    const listed = await client.describeKeyPairs(
      new ecs.DescribeKeyPairsRequest({
        regionId: 'cn-hangzhou',
        keyPairName: '*key*',
        includePublicKey: true,
      }),
    );
    const [pair] = listed.body?.keyPairs?.keyPair ?? [];
    expect(pair?.publicKey).toMatch(/^ssh-rsa AAAA/);
    expect(pair?.creationTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/);
    expect(pair?.tags?.tag?.[0]?.tagValue).toBe(`it's (x) *~!`);
    await client.deleteKeyPairs(
      new ecs.DeleteKeyPairsRequest({ regionId: 'cn-hangzhou', keyPairNames: '["a:key-1"]' }),
    );
    const after = await client.describeKeyPairs(new ecs.DescribeKeyPairsRequest({ regionId: 'cn-hangzhou' }));
    expect(after.body?.totalCount).toBe(0);
  });
}
