import { describe, expect, test } from 'vitest';
import type { InstanceFilter } from '../../../src/providers/types.ts';
import type { HttpRequest, Send } from '../../../src/http/types.ts';
import { collect, failureOf, fakeSend, providerFor, responseOf, signal, type Reply } from './fake-service.ts';
import { INTERFACES, REQUEST_ID } from './interfaces.ts';
import { NONSENSE } from './nonsense.ts';
import { actionOf, instancesOf, parametersOf } from './wire.ts';

async function listed(label: string, filter: InstanceFilter, send: Send) {
  const api = INTERFACES.find((one) => one.label === label)!;
  const provider = await providerFor(api.descriptor, { send, apiVersion: api.apiVersion });
  return collect(provider.listInstances!(filter, signal));
}

const tencent = (InstanceSet: unknown, TotalCount: unknown): Reply => ({
  body: { Response: { TotalCount, InstanceSet, RequestId: REQUEST_ID } },
});
const swas = (Instances: unknown, TotalCount: unknown = 1): Reply => ({
  body: { Instances, TotalCount, RequestId: REQUEST_ID },
});
const swasPairs = (KeyPairs: readonly unknown[]): Reply => ({
  body: { KeyPairs, TotalCount: KeyPairs.length, RequestId: REQUEST_ID },
});
const ecs = (Instance: unknown, NextToken: unknown = ''): Reply => ({
  body: { Instances: { Instance }, NextToken, RequestId: REQUEST_ID },
});

/** One address among what is none. */
const HOSTILE = [
  '-oProxyCommand=touch /tmp/x',
  '203.0.113.7',
  '203.0.113.7 \n',
  'example.com',
  'fe80::1%$(id)',
  '\u001b[2J',
  7,
  null,
  ['203.0.113.8'],
  { IpAddress: '203.0.113.8' },
];

test('an instance of CVM', async () => {
  const row = {
    InstanceId: 'ins-1',
    InstanceName: 'web',
    InstanceState: 'RUNNING',
    OsName: 'TencentOS Server 4',
    PublicIpAddresses: ['203.0.113.7'],
    IPv6Addresses: ['2001:db8::7'],
    PrivateIpAddresses: ['10.0.0.7', '10.0.0.7'],
    LoginSettings: { KeyIds: ['skey-1', null] },
    LatestOperationState: 'OPERATING',
    DefaultLoginUser: 'ubuntu',
    DefaultLoginPort: 2222,
  };
  expect(
    await listed(
      'tencent',
      {},
      fakeSend(tencent([row, null, { InstanceName: 'x' }, { ...row, InstanceId: '--endpoint=x' }], 1)).send,
    ),
  ).toEqual([
    {
      id: 'ins-1',
      name: 'web',
      state: 'RUNNING',
      platform: 'linux',
      system: 'TencentOS Server 4',
      publicAddresses: ['203.0.113.7', '2001:db8::7'],
      privateAddresses: ['10.0.0.7'],
      keyPairs: ['skey-1'],
      loginUser: 'ubuntu',
      loginPort: 2222,
      operation: 'under way',
    },
  ]);
});

test.each([
  [{ LoginSettings: { KeyIds: null } }, { keyPairs: [] }],
  [{ LoginSettings: {} }, { keyPairs: null }],
  [{ LoginSettings: null }, { keyPairs: null }],
  [{ LoginSettings: { KeyIds: 'skey-1' } }, { keyPairs: null }],
  [{ OsName: 'Windows Server 2022 DC' }, { platform: 'windows' }],
  [{ PlatformType: 'WINDOWS', OsName: 'x' }, { platform: 'windows' }],
  [{ PlatformType: 'LINUX_UNIX' }, { platform: 'linux' }],
  [{ OsName: 7 }, { platform: null, system: null }],
  [{ OsName: 'Debian\u001b[2J' }, { system: null }],
  [{}, { publicAddresses: [], privateAddresses: [] }],
  [
    { PublicAddresses: ['203.0.113.7', null], PublicIpv6Addresses: null, PrivateAddresses: ['10.0.0.7'] },
    { publicAddresses: ['203.0.113.7'], privateAddresses: ['10.0.0.7'] },
  ],
  [
    { PublicAddresses: HOSTILE, PrivateAddresses: { 0: '10.0.0.7' } },
    { publicAddresses: ['203.0.113.7'], privateAddresses: [] },
  ],
  [{ DefaultLoginPort: '22' }, { loginUser: null, loginPort: 22 }],
  [
    { DefaultLoginUser: 'a\nb', DefaultLoginPort: 0 },
    { loginUser: null, loginPort: null },
  ],
  [{ DefaultLoginPort: 65536 }, { loginPort: null }],
  [{ LatestOperationState: 'SUCCESS' }, { operation: 'done' }],
  [{ LatestOperationState: 'FAILED' }, { operation: 'failed' }],
  [{ LatestOperationState: null }, { operation: null }],
  [{ LatestOperationState: 'constructor' }, { operation: null }],
  [
    { InstanceName: '\u001b[2J', InstanceState: ['RUNNING'] },
    { name: null, state: null },
  ],
])('of Lighthouse %j is %j', async (fields, expected) => {
  const { send } = fakeSend(tencent([{ InstanceId: 'lhins-1', ...fields }], 1));
  const [instance] = await listed('lighthouse', {}, send);
  expect(instance).toMatchObject({ id: 'lhins-1', ...expected });
});

test.each([
  [
    { KeyPairName: 'ab', Status: 'Running', OSType: 'linux' },
    { keyPairs: ['ab'], state: 'Running', platform: 'linux' },
  ],
  [
    {
      OSName: 'Ubuntu 24.04 64bit',
      PublicIpAddress: { IpAddress: ['203.0.113.7'] },
      EipAddress: { IpAddress: '203.0.113.8', AllocationId: 'eip-1' },
      VpcAttributes: { PrivateIpAddress: { IpAddress: ['172.16.0.7'] } },
      InnerIpAddress: { IpAddress: ['10.0.0.7'] },
    },
    {
      system: 'Ubuntu 24.04 64bit',
      publicAddresses: ['203.0.113.7', '203.0.113.8'],
      privateAddresses: ['172.16.0.7', '10.0.0.7'],
    },
  ],
  [
    { PublicIpAddress: { IpAddress: [] }, EipAddress: { IpAddress: '' }, VpcAttributes: null },
    { system: null, publicAddresses: [], privateAddresses: [] },
  ],
  [
    { PublicIpAddress: { IpAddress: HOSTILE }, EipAddress: '203.0.113.8', VpcAttributes: { PrivateIpAddress: 7 } },
    { publicAddresses: ['203.0.113.7'], privateAddresses: [] },
  ],
  [
    { KeyPairName: '', OSType: 'windows' },
    { keyPairs: [], platform: 'windows' },
  ],
  [{ ImageOptions: { LoginAsNonRoot: true } }, { loginUser: 'ecs-user', loginPort: null }],
  [{ ImageOptions: { LoginAsNonRoot: 'false' } }, { loginUser: 'root' }],
  [{ ImageOptions: {} }, { loginUser: null }],
  [{ OSType: 'other' }, { keyPairs: null, platform: null, name: null }],
  [
    { KeyPairName: 7, OSType: null },
    { keyPairs: null, platform: null },
  ],
])('of ECS %j is %j', async (fields, expected) => {
  const [instance] = await listed('aliyun', {}, fakeSend(ecs([{ InstanceId: 'i-1', ...fields }])).send);
  expect(instance).toMatchObject({ id: 'i-1', operation: null, ...expected });
});

describe.each(INTERFACES.filter(({ label }) => label !== 'qcloud v2'))('$label', ({ label, descriptor }) => {
  test.each(NONSENSE)('%s (HTTP %d) is no empty list', async (_what, status, body, code) => {
    const error = await failureOf(listed(label, {}, fakeSend({ status, body }).send));
    expect(error).toMatchObject({ code, outcome: 'none', answer: undefined });
  });

  test.each([{}, { Response: {} }, { Response: { InstanceSet: 'x' } }, { Instances: { Instance: {} } }])(
    '%j is no list',
    async (body) => {
      const error = await failureOf(listed(label, {}, fakeSend({ body }).send));
      expect(error).toMatchObject({ provider: descriptor.id, outcome: 'none' });
    },
  );

  test('many ids are asked for in pieces, each once; others that come are left out', async () => {
    const ids = Array.from({ length: 150 }, (_, index) => `ins-${index}`);
    const asked: string[][] = [];
    const send: Send = (request) => {
      if (actionOf(request) === 'ListKeyPairs') return Promise.resolve(responseOf(swasPairs([])));
      const chunk = instancesOf(request);
      asked.push(chunk);
      const rows = [...chunk, 'ins-other'].map((InstanceId) => ({ InstanceId }));
      return Promise.resolve(
        responseOf({ aliyun: ecs(rows), swas: swas(rows, rows.length) }[label] ?? tencent(rows, rows.length)),
      );
    };
    const found = await listed(label, { ids: [...ids, ...ids] }, send);
    expect(found.map(({ id }) => id)).toEqual(ids);
    expect(asked[0]).toEqual(ids.slice(0, 100));
    expect(new Set(asked.flat())).toEqual(new Set(ids));
  });

  test('no ids are no instances, and no request', async () => {
    expect(await listed(label, { ids: [] }, () => Promise.reject(new Error('asked')))).toEqual([]);
  });
});

test.each([
  [
    { InstanceName: 'web', Status: 'Running', Image: { OsType: 'Linux', ImageName: 'Ubuntu', ImageVersion: '24.04' } },
    { name: 'web', state: 'Running', platform: 'linux', system: 'Ubuntu 24.04' },
  ],
  [{ Image: { OsType: 'windows', ImageName: 'x\u001b[2J' } }, { platform: 'windows', system: null }],
  [{ Image: null }, { platform: null, system: null, name: null, state: null, loginUser: null }],
  [
    {
      PublicIpAddress: '203.0.113.7',
      InnerIpAddress: '10.0.0.7',
      NetworkAttributes: [
        { PublicIpAddress: '203.0.113.7', PrivateIpAddress: '10.0.0.7' },
        { PublicIpAddress: '203.0.113.8', PrivateIpAddress: '10.0.0.8' },
        null,
      ],
    },
    { publicAddresses: ['203.0.113.7', '203.0.113.8'], privateAddresses: ['10.0.0.7', '10.0.0.8'] },
  ],
  [
    { PublicIpAddress: HOSTILE, NetworkAttributes: 'x' },
    { publicAddresses: ['203.0.113.7'], privateAddresses: [] },
  ],
])('of Simple Application Server %j is %j', async (fields, expected) => {
  const send: Send = (request) =>
    Promise.resolve(
      responseOf(actionOf(request) === 'ListKeyPairs' ? swasPairs([]) : swas([{ InstanceId: 'a1', ...fields }])),
    );
  const [instance] = await listed('swas', {}, send);
  expect(instance).toMatchObject({ id: 'a1', keyPairs: [], operation: null, ...expected });
});

test('Simple Application Server: the key pairs of an instance that no list may have are unknown', async () => {
  const ids = Array.from({ length: 50 }, (_, index) => `a${index}`);
  const rows = [...ids, 'b'].map((InstanceId) => ({ InstanceId }));
  const send =
    (InstanceIds: readonly string[]): Send =>
    (request) =>
      Promise.resolve(
        responseOf(
          actionOf(request) === 'ListKeyPairs'
            ? swasPairs([{ KeyPairName: 'ab', InstanceIds }])
            : swas(rows, rows.length),
        ),
      );
  expect((await listed('swas', {}, send(ids))).at(-1)).toMatchObject({ id: 'b', keyPairs: null });
  expect((await listed('swas', {}, send(ids.slice(1)))).at(-1)).toMatchObject({ id: 'b', keyPairs: [] });
  const keyPair = { id: null, name: 'ab' };
  expect((await listed('swas', { keyPair }, send(ids))).map(({ id }) => id)).toEqual(ids);
});

test.each(['tencent', 'lighthouse', 'qcloud 2017-03-12'])(
  '%s: those of a key pair are the ones that it names',
  async (label) => {
    const requests: HttpRequest[] = [];
    const send: Send = (request) => {
      requests.push(request);
      const row = { KeyId: 'skey-1', KeyName: 'a', AssociatedInstanceIds: ['ins-1', 'ins-2'] };
      const rows = instancesOf(request).map((InstanceId) => ({ InstanceId }));
      return Promise.resolve(
        responseOf(
          actionOf(request) === 'DescribeKeyPairs'
            ? { body: { Response: { TotalCount: 1, KeyPairSet: [row] } } }
            : tencent(rows, rows.length),
        ),
      );
    };
    const keyPair = { id: 'skey-1', name: 'a' };
    expect((await listed(label, { keyPair }, send)).map(({ id }) => id)).toEqual(['ins-1', 'ins-2']);
    expect((await listed(label, { keyPair, ids: ['ins-2', 'ins-3'] }, send)).map(({ id }) => id)).toEqual(['ins-2']);
    expect(requests.map(actionOf)).toEqual([
      'DescribeKeyPairs',
      'DescribeInstances',
      'DescribeKeyPairs',
      'DescribeInstances',
    ]);
  },
);

test('where a pair does not name its instances, all of them are looked at', async () => {
  const send: Send = (request) =>
    Promise.resolve(
      responseOf(
        actionOf(request) === 'DescribeKeyPairs'
          ? {
              body: {
                Response: { KeyPairSet: [{ KeyId: 'skey-1', KeyName: 'a', AssociatedInstanceIds: null }] },
              },
            }
          : tencent(
              [
                { InstanceId: 'ins-1', LoginSettings: { KeyIds: ['skey-1'] } },
                { InstanceId: 'ins-2', LoginSettings: { KeyIds: ['skey-2'] } },
                { InstanceId: 'ins-3' },
              ],
              3,
            ),
      ),
    );
  const found = await listed('tencent', { keyPair: { id: 'skey-1', name: 'a' } }, send);
  expect(found.map(({ id }) => id)).toEqual(['ins-1']);
});

test('a pair that is not there has no instances', async () => {
  const { send, requests } = fakeSend(INTERFACES[0]!.page([], 0));
  expect(await listed('tencent', { keyPair: { id: 'skey-1', name: 'a' } }, send)).toEqual([]);
  expect(requests.map(actionOf)).toEqual(['DescribeKeyPairs']);
});

test('ECS is asked by the name of the pair, token after token, and looked at again', async () => {
  const { send, requests } = fakeSend(
    ecs([{ InstanceId: 'i-1', KeyPairName: 'ab' }], 'more'),
    ecs([
      { InstanceId: 'i-2', KeyPairName: 'abc' },
      { InstanceId: 'i-3', KeyPairName: 'ab' },
    ]),
  );
  const found = await listed('aliyun', { keyPair: { id: null, name: 'ab' } }, send);
  expect(found.map(({ id }) => id)).toEqual(['i-1', 'i-3']);
  expect(requests.map(parametersOf)).toEqual([
    { KeyPairName: 'ab', MaxResults: '100' },
    { KeyPairName: 'ab', MaxResults: '100', NextToken: 'more' },
  ]);
});
