import { afterAll, beforeAll, expect, test } from 'vitest';

import { codeOf, rpc, send, startSandbox, tc3, v1, type Sent, type Tc3Change } from './client.ts';

// One sandbox for all: nothing in here makes a key pair.
let started: Awaited<ReturnType<typeof startSandbox>>;
beforeAll(async () => {
  started = await startSandbox();
});
afterAll(() => started[Symbol.asyncDispose]());

const code = async (sent: Sent): Promise<string | number | null> => codeOf(await send(started.port, sent));
const pair = (): { secretId: string; secretKey: string } => started.sandbox.credentials;
const ago = (s: number): string => String(Math.floor(Date.now() / 1000) - s);
const isoAgo = (s: number): string => new Date(Date.now() - s * 1000).toISOString().replace(/\.\d+Z/, 'Z');

const list = (change: Tc3Change, action = 'DescribeKeyPairs', params: object = {}): Sent =>
  tc3(pair(), 'cvm', action, params, change);
const legacy = (params: Record<string, string> = {}): Sent => v1(pair(), { Action: 'DescribeKeyPairs', ...params });
const v2 = (params: Record<string, string> = {}): Sent => legacy({ Version: '2017-03-12', ...params });
const v1Root = (params: Record<string, string> = {}, method: 'GET' | 'POST' = 'GET'): Sent =>
  v1(
    pair(),
    { Action: 'DescribeKeyPairs', Version: '2017-03-12', Region: 'ap-guangzhou', ...params },
    { host: 'cvm.tencentcloudapi.com', path: '/', method },
  );

test('an ordinary request of each interface passes: the ground that the refusals below stand on', async () => {
  expect(await code(list({}))).toBeNull();
  expect(await code(tc3(pair(), 'lighthouse', 'DescribeKeyPairs'))).toBeNull();
  expect(await code(v1Root())).toBeNull();
  expect(await code(v1Root({}, 'POST'))).toBeNull();
  expect(await code(v2())).toBeNull();
  expect(await code(legacy())).toBeNull();
  expect(await code(v1(pair(), { Action: 'DescribeKeyPairs' }, { method: 'POST' }))).toBeNull();
  expect(await code(rpc(pair(), 'DescribeKeyPairs'))).toBeNull();
});

test.each<[string, () => Sent, string | number]>([
  ['3.0: six minutes late', () => list({ timestamp: ago(360) }), 'AuthFailure.SignatureExpire'],
  ['3.0: six minutes early', () => list({ timestamp: ago(-360) }), 'AuthFailure.SignatureExpire'],
  ['3.0 v1: six minutes late', () => v1Root({ Timestamp: ago(360) }), 'AuthFailure.SignatureExpire'],
  ['2017 on v2: six minutes late', () => v2({ Timestamp: ago(360) }), 'InvalidRequest.ReplayAttack'],
  ['legacy: six minutes late', () => legacy({ Timestamp: ago(360) }), 4500],
  ['ECS: sixteen minutes late', () => rpc(pair(), 'A', { Timestamp: isoAgo(960) }), 'InvalidTimeStamp.Expired'],
  ['ECS: no date', () => rpc(pair(), 'A', { Timestamp: 'today' }), 'InvalidTimeStamp.Format'],
  [
    'ECS: HMAC-SHA256 named for V1',
    () => rpc(pair(), 'A', { SignatureMethod: 'HMAC-SHA256' }),
    'InvalidSignatureMethod',
  ],
])('time and method, %s', async (_title, sent, wanted) => {
  expect(await code(sent())).toBe(wanted);
});

test.each<[string, () => Sent, string | number]>([
  ['3.0: the scope of another service', () => list({ service: 'lighthouse' }), 'AuthFailure.SignatureFailure'],
  ['3.0: a service that is none', () => list({ service: 'cbs' }), 'AuthFailure.SignatureFailure'],
  ['3.0: the other version under this scope', () => list({ version: '2020-03-24' }), 'AuthFailure.SignatureFailure'],
  [
    '3.0: the other host under this scope',
    () => list({ host: 'lighthouse.tencentcloudapi.com' }),
    'AuthFailure.SignatureFailure',
  ],
  ['3.0: a host of nobody', () => list({ host: 'cvm.example.com' }), 'NoSuchProduct'],
  ['3.0: no such version', () => list({ version: '2016-01-01' }), 'NoSuchVersion'],
  ['3.0: no such action', () => list({}, 'DescribeKeypairs'), 'InvalidAction'],
  ['3.0: an action of Object', () => list({}, 'constructor'), 'InvalidAction'],
  ['3.0: no region', () => list({ region: null }), 'MissingParameter'],
  ['3.0: no such region', () => list({ region: 'ap-atlantis' }), 'UnsupportedRegion'],
  ['3.0: short region code', () => list({ region: 'gz' }), 'UnsupportedRegion'],
  ['3.0: finance region on the common host', () => list({ region: 'ap-shanghai-fsi' }), 'UnsupportedRegion'],
  [
    '3.0: common region on a finance host',
    () => list({ host: 'cvm.ap-shanghai-fsi.tencentcloudapi.com' }),
    'UnsupportedRegion',
  ],
  ['2017 on v2: another version', () => v2({ Version: '2020-03-24' }), 'InvalidParameter'],
  ['2017 on v2: no such action', () => v2({ Action: 'X' }), 'InvalidAction.NotFound'],
  ['2017 on v2: no such region', () => v2({ Region: 'xx' }), 'InvalidParameter'],
  ['legacy: no such action', () => legacy({ Action: 'DeleteKeyPairs' }), 6100],
  ['legacy: no region', () => legacy({ Region: '' }), 4000],
  ['ECS: no such action', () => rpc(pair(), 'ListKeyPairs'), 'InvalidApi.NotFound'],
  ['ECS: no such version', () => rpc(pair(), 'DescribeKeyPairs', { Version: '2015-05-26' }), 'InvalidApi.NotFound'],
  ['ECS: no region', () => rpc(pair(), 'DescribeKeyPairs', { RegionId: '' }), 'MissingRegionId'],
  ['ECS: no such region', () => rpc(pair(), 'DescribeKeyPairs', { RegionId: 'cn-x' }), 'InvalidRegionId.NotFound'],
  [
    "ECS: another region's host",
    () => rpc(pair(), 'DescribeKeyPairs', {}, { host: 'ecs.cn-beijing.aliyuncs.com' }),
    'InvalidOperation.NotSupportedEndpoint',
  ],
])('address, %s', async (_title, sent, wanted) => {
  expect(await code(sent())).toBe(wanted);
});

test.each<[string, () => Sent, string | number]>([
  ['3.0: unknown parameter', () => list({}, 'DescribeKeyPairs', { KeyID: [] }), 'UnknownParameter'],
  [
    '3.0: a common input is no parameter with TC3',
    () => list({}, 'DescribeKeyPairs', { Region: 'a' }),
    'UnknownParameter',
  ],
  [
    '3.0: unknown parameter in a list',
    () => list({}, 'DescribeKeyPairs', { Filters: [{ name: 'a' }] }),
    'UnknownParameter',
  ],
  ['3.0: __proto__ is unknown too', () => list({ body: '{"__proto__":{}}' }), 'UnknownParameter'],
  ['3.0: missing parameter', () => list({}, 'CreateKeyPair', { KeyName: 'a' }), 'MissingParameter'],
  ['3.0: text for a number', () => list({}, 'CreateKeyPair', { KeyName: 'a', ProjectId: '0' }), 'InvalidParameter'],
  ['3.0: a fraction', () => list({}, 'DescribeKeyPairs', { Limit: 1.5 }), 'InvalidParameter'],
  ['3.0: text for a list', () => list({}, 'DescribeKeyPairs', { KeyIds: 'skey-00000000' }), 'InvalidParameter'],
  ['3.0: null', () => list({}, 'DescribeKeyPairs', { KeyIds: null }), 'InvalidParameter'],
  ['3.0: no JSON', () => list({ body: 'KeyName=a' }), 'InvalidRequest'],
  ['3.0: a JSON list', () => list({ body: '[]' }), 'InvalidRequest'],
  [
    '3.0: a form under TC3',
    () => list({ contentType: 'application/x-www-form-urlencoded', body: '' }),
    'InvalidRequest',
  ],
  ['3.0: text/plain', () => list({ contentType: 'text/plain' }), 'InvalidRequest'],
  ['3.0: a query beside the body', () => list({ target: '/?a=b' }), 'InvalidRequest'],
  ['3.0: PUT', () => list({ method: 'PUT' }), 'UnsupportedProtocol'],
  ['3.0 v1: unknown parameter', () => v1Root({ KeyID: 'a' }), 'UnknownParameter'],
  ['3.0 v1: text for a number', () => v1Root({ Limit: 'ten' }), 'InvalidParameter'],
  ['3.0 v1: a value and a group', () => v1Root({ KeyIds: 'a', 'KeyIds.0': 'b' }), 'InvalidParameter'],
  ['3.0: a body beyond 10 MB', () => list({ body: ' '.repeat(10 * 2 ** 20 + 1) }), 'RequestSizeLimitExceeded'],
  ['3.0 v1: a query beyond 32 KB', () => v1Root({ KeyID: 'a'.repeat(33_000) }), 'RequestSizeLimitExceeded'],
  ['3.0 v1: a form beyond 1 MB', () => v1Root({ KeyID: 'a'.repeat(2 ** 20) }, 'POST'), 'RequestSizeLimitExceeded'],
  ['legacy: missing parameter', () => legacy({ Action: 'CreateKeyPair' }), 4000],
  ['legacy: text for a number', () => legacy({ limit: 'ten' }), 4000],
  ['2017 on v2: missing parameter', () => v2({ Action: 'CreateKeyPair', KeyName: 'a' }), 'MissingParameter'],
  ['ECS: missing name', () => rpc(pair(), 'CreateKeyPair'), 'MissingKeyPairName'],
  ['ECS: missing public key', () => rpc(pair(), 'ImportKeyPair', { KeyPairName: 'ab' }), 'MissingParameter'],
  ['ECS: text for a number', () => rpc(pair(), 'DescribeKeyPairs', { PageSize: 'ten' }), 'InvalidParameter.Format'],
  [
    'ECS: a boolean of its own',
    () => rpc(pair(), 'DescribeKeyPairs', { IncludePublicKey: 'yes' }),
    'InvalidParameter.Format',
  ],
  ['ECS: DELETE', () => rpc(pair(), 'DescribeKeyPairs', {}, { method: 'DELETE' }), 'UnsupportedHTTPMethod'],
])('shape, %s', async (_title, sent, wanted) => {
  expect(await code(sent())).toBe(wanted);
});

test('the v2 gateway and ECS ignore parameters that they do not know', async () => {
  expect(await code(legacy({ RequestClient: 'x', unheardOf: '1' }))).toBeNull();
  expect(await code(v2({ UnheardOf: '1' }))).toBeNull();
  expect(await code(rpc(pair(), 'DescribeKeyPairs', { OwnerId: '1' }))).toBeNull();
});

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]', 'cvm.localhost', 'cvm.ap-guangzhou.localhost'];
const unsigned = { 'x-tc-content-sha256': 'UNSIGNED-PAYLOAD' };

test.each(LOOPBACK.flatMap((host) => [host, `${host}:8017`]))(
  'any scope and every product on the host %s, and no wrong signature',
  async (host) => {
    for (const service of [host.split('.')[0] ?? '', 'cvm', 'tea']) {
      expect(await code(list({ host, service }))).toBeNull();
      expect(await code(tc3(pair(), 'lighthouse', 'DescribeKeyPairs', {}, { host, service }))).toBeNull();
      const { secretId } = pair();
      const stranger = tc3({ secretId, secretKey: 'x' }, 'cvm', 'DescribeKeyPairs', {}, { host, service });
      expect(await code(stranger)).toBe('AuthFailure.SignatureFailure');
    }
    expect(await code(v1(pair(), { Action: 'DescribeKeyPairs' }, { host }))).toBeNull();
    expect(await code(rpc(pair(), 'DescribeKeyPairs', {}, { host }))).toBeNull();
  },
);

test.each([
  ['cvm.localhost', 'MissingParameter'],
  ['sts.localhost:8017', 'MissingParameter'],
  ['tea.localhost', 'MissingParameter'],
  ['ecs.localhost:8017', 'MissingAccessKeyId'],
])('without a version the first label of %s names the product', async (host, wanted) => {
  const bare = { method: 'GET', target: '/?Action=DescribeKeyPairs', headers: { host }, body: '' };
  const { text } = await send(started.port, bare);
  expect(text).toContain(wanted);
  const interfaces: Readonly<Record<string, string>> = { sts: 'tencent-sts', ecs: 'ecs' };
  expect(started.sandbox.log.at(-1)?.interface).toBe(interfaces[host.split('.')[0] ?? ''] ?? 'cvm');
});

test.each<[string, () => Sent]>([
  ['3.0: a language', () => list({ headers: { 'x-tc-language': 'en-US', 'x-tc-requestclient': 'x' } })],
  ['3.0: a payload that is not signed', () => list({ payload: 'UNSIGNED-PAYLOAD', headers: unsigned })],
  ['3.0 v1: a language', () => v1Root({ Language: 'en-US' })],
  ['ECS: True', () => rpc(pair(), 'DescribeKeyPairs', { IncludePublicKey: 'True' })],
  ['ECS: FALSE', () => rpc(pair(), 'DescribeKeyPairs', { IncludePublicKey: 'FALSE' })],
  ['ECS: milliseconds', () => rpc(pair(), 'DescribeKeyPairs', { Timestamp: new Date().toISOString() })],
  ['ECS: a list from 0', () => rpc(pair(), 'DescribeKeyPairs', { 'Tag.0.Key': 'a', 'Tag.1.Key': 'b' })],
  ['ECS: a language', () => rpc(pair(), 'DescribeRegions', { AcceptLanguage: 'en-US' })],
])('clients send, %s: accepted', async (_title, sent) => {
  expect(await code(sent())).toBeNull();
});

test('a payload is signed unless the request says otherwise', async () => {
  for (const change of [{ payload: 'UNSIGNED-PAYLOAD' }, { headers: unsigned }, { payload: '{}x' }]) {
    expect(await code(list(change))).toBe('AuthFailure.SignatureFailure');
  }
});
