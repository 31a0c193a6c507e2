import { DescribeKeyPairsRequest } from '@alicloud/ecs20140526/dist/models/DescribeKeyPairsRequest.js';
import { expect, test } from 'vitest';
import { staticSource } from '../../../src/credentials/environment.ts';
import { Secret } from '../../../src/secret.ts';
import { acs3Request } from '../../../src/providers/vendors/aliyun/api.ts';
import { ecsDescriptor as aliyun } from '../../../src/providers/vendors/aliyun/descriptor.ts';
import {
  lighthouseDescriptor as lighthouse,
  legacyDescriptor as qcloud,
  cvmDescriptor as tencent,
} from '../../../src/providers/vendors/tencent/descriptors.ts';
import { querySignature, type Parameters } from '../../../src/providers/vendors/tencent/legacy-v2/call.ts';
import { tc3Authorization } from '../../../src/providers/vendors/tencent/api.ts';
import type { AdapterOptions, CreateRequest, Descriptor } from '../../../src/providers/types.ts';
import type { HttpRequest } from '../../../src/http/types.ts';
import { ALIBABA, ask, fakeSend, optionsFor, providerFor, signal, TENCENT } from './fake-service.ts';

// The expected requests were captured from the vendors' own SDKs with the clock and the nonce held still.

async function requestOf(
  descriptor: Descriptor,
  request: CreateRequest,
  overrides: Partial<AdapterOptions> = {},
): Promise<HttpRequest> {
  const { send, requests } = fakeSend({ body: '' });
  const provider = await providerFor(descriptor, { send, ...overrides });
  await provider.createKeyPair!(request, signal).catch(() => null);
  expect(requests).toHaveLength(1);
  return requests[0]!;
}

const V1 =
  'TC3-HMAC-SHA256 Credential=AKIDEXAMPLE00000000000000000000000/2023-11-14/cvm/tc3_request, SignedHeaders=content-type;host, Signature=50dbd59b7bf35fb8fa5c34e5f9cfd85bebc45c6f2b524a12c56a3231f65f23c3';

test('V1: CreateKeyPair of CVM is what the SDK sends', async () => {
  const request = await requestOf(tencent, ask('Tencent'), { sender: 'SDK_NODEJS_4.1.313' });
  expect(request.method).toBe('POST');
  expect(request.url.href).toBe('https://cvm.tencentcloudapi.com/');
  expect(request.body).toBe('{"KeyName":"Tencent","ProjectId":0}');
  expect(request.headers).toEqual({
    host: 'cvm.tencentcloudapi.com',
    'x-tc-action': 'CreateKeyPair',
    'x-tc-region': 'ap-guangzhou',
    'x-tc-timestamp': '1700000000',
    'x-tc-version': '2017-03-12',
    'x-tc-language': 'en-US',
    'x-tc-requestclient': 'SDK_NODEJS_4.1.313',
    'content-type': 'application/json',
    authorization: V1,
  });
});

test('V2: a token is sent and not signed, the host of the international site is', async () => {
  const request = await requestOf(tencent, ask('Tencent'), {
    credentials: staticSource({ ...TENCENT, token: new Secret('TOKENEXAMPLE') }),
    endpoint: new URL(`https://${tencent.host('ap-guangzhou', 'intl')}`),
  });
  expect(request.body).toBe('{"KeyName":"Tencent","ProjectId":0}');
  expect(request.headers['x-tc-token']).toBe('TOKENEXAMPLE');
  expect(request.headers['host']).toBe('cvm.intl.tencentcloudapi.com');
  expect(request.headers['authorization']).toMatch(
    /Signature=8d3b981506561ec2a9d0cf3f65d5ef8884782bc734c3d11a3bc8385b67c0fba0$/,
  );
});

test('V3: GET is signed as the SDK signs it', () => {
  const authorization = tc3Authorization({
    method: 'GET',
    url: new URL('https://lighthouse.tencentcloudapi.com/?KeyName=test_create_1'),
    contentType: 'application/x-www-form-urlencoded',
    body: '',
    product: 'lighthouse',
    timestamp: 1_700_000_000,
    credentials: TENCENT,
  });
  expect(authorization).toBe(
    'TC3-HMAC-SHA256 Credential=AKIDEXAMPLE00000000000000000000000/2023-11-14/lighthouse/tc3_request, SignedHeaders=content-type;host, Signature=c3671985072ef3896eb820bae5add1852a087aadc7bdbda4b5ae4d4910b32b93',
  );
});

test('an endpoint of the user keeps the product in the scope, and the port out of the signature', async () => {
  const endpoint = new URL('http://cvm.tencentcloudapi.com:8443');
  const request = await requestOf(tencent, ask('Tencent'), { endpoint });
  expect(request.url.href).toBe('http://cvm.tencentcloudapi.com:8443/');
  expect(request.headers['host']).toBe('cvm.tencentcloudapi.com:8443');
  expect(request.headers['authorization']).toBe(V1);

  const local = await requestOf(lighthouse, ask('a'), {
    endpoint: new URL('http://127.0.0.1:9000/ignored?x'),
  });
  expect(local.url.href).toBe('http://127.0.0.1:9000/');
  expect(local.headers['authorization']).toContain('/2023-11-14/lighthouse/tc3_request,');
});

const LEGACY: Parameters = [
  ['Region', 'gz'],
  ['SecretId', TENCENT.id],
  ['Timestamp', '1700000000'],
  ['Nonce', '16384'],
  ['RequestClient', 'SDK_NODEJS_0.2.1'],
];

test.each<[string, 'GET' | 'POST', Parameters, string]>([
  [
    'V6: GET, HMAC-SHA1',
    'GET',
    [
      ['Action', 'CreateKeyPair'],
      ['keyName', 'Tencent'],
    ],
    '7IF00aDqd1khh/0WuGcLAJwOoZk=',
  ],
  [
    'V7: POST, HMAC-SHA256',
    'POST',
    [
      ['Action', 'CreateKeyPair'],
      ['keyName', 'Tencent'],
      ['SignatureMethod', 'HmacSHA256'],
    ],
    'EVMYJLefzsQFysjA9cHTsCpNHyum4u2oYGfAxKS8YwY=',
  ],
  [
    'V8: 2017-03-12',
    'GET',
    [
      ['Action', 'CreateKeyPair'],
      ['Version', '2017-03-12'],
      ['KeyName', 'Tencent'],
      ['ProjectId', '0'],
      ['SignatureMethod', 'HmacSHA256'],
    ],
    'cs+AIY8lcRpRav4D7LXytgPVesN0MV4AC0iVp3abZ0k=',
  ],
  [
    'V9: lists, and an underscore signed as a dot',
    'GET',
    [
      ['Action', 'BindInstanceKey'],
      ['instanceIds.0', 'ins-1'],
      ['instanceIds.1', 'ins-2'],
      ['keyId', 'skey-x'],
      ['a_b', 'u_v'],
    ],
    'aqxM024K+Q3QKGYV8BsKSBRz/iA=',
  ],
])('%s is signed as the SDK signs it', (_name, method, own, signature) => {
  expect(querySignature(method, 'cvm.api.qcloud.com', '/v2/index.php', [...LEGACY, ...own], TENCENT.secret)).toBe(
    signature,
  );
});

/** 0x00004000 is 16384. */
const nonce = () => '00004000'.padEnd(64, '0');

test('V7: CreateKeyPair of v2 is what the SDK sends', async () => {
  const request = await requestOf(qcloud, ask('Tencent'), {
    region: 'gz',
    apiVersion: 'v2',
    nonce,
    sender: 'SDK_NODEJS_0.2.1',
  });
  expect(request.method).toBe('POST');
  expect(request.url.href).toBe('https://cvm.api.qcloud.com/v2/index.php');
  expect(request.headers).toEqual({
    host: 'cvm.api.qcloud.com',
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
  });
  expect(request.body).toBe(
    'Region=gz&SecretId=AKIDEXAMPLE00000000000000000000000&Timestamp=1700000000&Nonce=16384&RequestClient=SDK_NODEJS_0.2.1&Action=CreateKeyPair&keyName=Tencent&SignatureMethod=HmacSHA256&Signature=EVMYJLefzsQFysjA9cHTsCpNHyum4u2oYGfAxKS8YwY%3D',
  );
});

test('2017-03-12 on the gateway is posted too, with the parameters of V8 and a signed token', async () => {
  const credentials = { ...TENCENT, token: new Secret('TOKEN+/=') };
  const request = await requestOf(qcloud, ask('Tencent', { projectId: 7 }), {
    region: 'gz',
    nonce,
    credentials: staticSource(credentials),
  });
  const form = [...new URLSearchParams(request.body)];
  const sent = form.filter(([name]) => name !== 'Signature') as unknown as Parameters;
  expect(request.method).toBe('POST');
  expect(sent).toEqual([
    ['Region', 'gz'],
    ['SecretId', TENCENT.id],
    ['Token', 'TOKEN+/='],
    ['Timestamp', '1700000000'],
    ['Nonce', '16384'],
    ['RequestClient', 'keypair/0.0.0'],
    ['Action', 'CreateKeyPair'],
    ['Version', '2017-03-12'],
    ['KeyName', 'Tencent'],
    ['ProjectId', '7'],
    ['SignatureMethod', 'HmacSHA256'],
  ]);
  expect(form.at(-1)).toEqual([
    'Signature',
    querySignature('POST', 'cvm.api.qcloud.com', '/v2/index.php', sent, TENCENT.secret),
  ]);
});

test('the gateway gets a positive number of 31 bits as nonce, whatever the digits are', async () => {
  for (const [digits, number] of [
    ['ffffffff', 0x7fffffff],
    ['80000000', 1],
    ['00000000', 1],
  ] as const) {
    const request = await requestOf(qcloud, ask('a'), { nonce: () => digits.padEnd(64, '0') });
    expect(new URLSearchParams(request.body).get('Nonce')).toBe(String(number));
  }
});

test('V10: CreateKeyPair of ECS is what the SDK sends', async () => {
  const request = await requestOf(aliyun, ask('testKeyPairName', { tags: { TestKey: 'Test Value*~' } }));
  expect(request.method).toBe('POST');
  expect(request.url.href).toBe(
    'https://ecs-cn-hangzhou.aliyuncs.com/?KeyPairName=testKeyPairName&RegionId=cn-hangzhou&Tag.1.Key=TestKey&Tag.1.Value=Test%20Value*~',
  );
  expect(request.body).toBeUndefined();
  expect(request.headers).toEqual({
    host: 'ecs-cn-hangzhou.aliyuncs.com',
    'x-acs-version': '2014-05-26',
    'x-acs-action': 'CreateKeyPair',
    'x-acs-date': '2023-11-14T22:13:20Z',
    'x-acs-signature-nonce': '3bd2cc0c3e1e2ddf1cfbf15b18fe5abb072687477a993fafd1a24e9451b4f5eb',
    accept: 'application/json',
    'x-acs-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'x-acs-credentials-provider': 'static_ak',
    authorization:
      'ACS3-HMAC-SHA256 Credential=LTAIEXAMPLE,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-credentials-provider;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature=7af8202f0717ae7cd6b8801d077f15e31da043d534bd688df322168034241d48',
  });
});

test('V11: a request with a token is what the SDK sends', () => {
  const credentials = { ...ALIBABA, token: new Secret('STSTOKENEXAMPLE') };
  const model = new DescribeKeyPairsRequest({
    keyPairName: '*SshKey*',
    pageNumber: 1,
    pageSize: 50,
    regionId: 'cn-hangzhou',
  });
  const request = acs3Request('DescribeKeyPairs', model.toMap(), credentials, optionsFor(aliyun, {}));
  expect(request.url.search).toBe('?KeyPairName=*SshKey*&PageNumber=1&PageSize=50&RegionId=cn-hangzhou');
  expect(request.headers).toMatchObject({
    'x-acs-credentials-provider': 'static_sts',
    'x-acs-accesskey-id': 'LTAIEXAMPLE',
    'x-acs-security-token': 'STSTOKENEXAMPLE',
    authorization:
      'ACS3-HMAC-SHA256 Credential=LTAIEXAMPLE,SignedHeaders=host;x-acs-accesskey-id;x-acs-action;x-acs-content-sha256;x-acs-credentials-provider;x-acs-date;x-acs-security-token;x-acs-signature-nonce;x-acs-version,Signature=b6fba39cdd7ba236b42fc49625a191216a673c11c26d3a8fb8141c9900d91e75',
  });
});

test('ECS signs the host with the port of the endpoint', async () => {
  const plain = await requestOf(aliyun, ask('ab'));
  const ported = await requestOf(aliyun, ask('ab'), {
    endpoint: new URL('http://ecs-cn-hangzhou.aliyuncs.com:8080'),
  });
  expect(ported.headers['host']).toBe('ecs-cn-hangzhou.aliyuncs.com:8080');
  expect(ported.headers['authorization']).not.toBe(plain.headers['authorization']);
});

test('tags, projects and resource groups go where each service has them', async () => {
  const tags = { env: 'dev', __proto__x: '' };
  expect(JSON.parse((await requestOf(tencent, ask('a', { tags, projectId: 9 }))).body ?? '')).toEqual({
    KeyName: 'a',
    ProjectId: 9,
    TagSpecification: [
      {
        ResourceType: 'keypair',
        Tags: [
          { Key: 'env', Value: 'dev' },
          { Key: '__proto__x', Value: '' },
        ],
      },
    ],
  });
  expect(JSON.parse((await requestOf(lighthouse, ask('a', { tags: { env: 'dev' } }))).body ?? '')).toEqual({
    KeyName: 'a',
    Tags: [{ Key: 'env', Value: 'dev' }],
  });
  const ecs = await requestOf(aliyun, ask('ab', { tags, resourceGroupId: 'rg-1' }));
  expect([...ecs.url.searchParams]).toEqual([
    ['KeyPairName', 'ab'],
    ['RegionId', 'cn-hangzhou'],
    ['ResourceGroupId', 'rg-1'],
    ['Tag.1.Key', 'env'],
    ['Tag.1.Value', 'dev'],
    ['Tag.2.Key', '__proto__x'],
    ['Tag.2.Value', ''],
  ]);
});
