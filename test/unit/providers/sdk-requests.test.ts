import EcsModule from '@alicloud/ecs20140526';
import * as $Ecs from '@alicloud/ecs20140526/dist/models/model.js';
import { $OpenApiUtil } from '@alicloud/openapi-core';
import SwasModule, * as $Swas from '@alicloud/swas-open20200601';
import { createHash } from 'node:crypto';
import { Agent, createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client as CvmClient } from 'tencentcloud-sdk-nodejs/tencentcloud/services/cvm/v20170312/cvm_client.js';
import { Client as LighthouseClient } from 'tencentcloud-sdk-nodejs/tencentcloud/services/lighthouse/v20200324/lighthouse_client.js';
import { Client as RegionClient } from 'tencentcloud-sdk-nodejs/tencentcloud/services/region/v20220627/region_client.js';
import { Client as TagClient } from 'tencentcloud-sdk-nodejs/tencentcloud/services/tag/v20180813/tag_client.js';
import { Client as TatClient } from 'tencentcloud-sdk-nodejs/tencentcloud/services/tat/v20201028/tat_client.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ecsDescriptor as aliyun, swasDescriptor as swas } from '../../../src/providers/vendors/aliyun/descriptor.ts';
import { defaultOf } from '../../../src/providers/parse.ts';
import {
  lighthouseDescriptor as lighthouse,
  cvmDescriptor as tencent,
} from '../../../src/providers/vendors/tencent/descriptors.ts';
import type { AdapterOptions, Descriptor, Provider } from '../../../src/providers/types.ts';
import type { HttpRequest } from '../../../src/http/types.ts';
import { ALIBABA, ask, collect, fakeSend, providerFor, signal, TENCENT } from './fake-service.ts';
import { actionOf } from './wire.ts';

// What the vendors' whole clients send to a server here, and what the adapters send for the same: with the clock and
// the nonce of the former, the signatures must be the same, and with them all that is signed.

interface Captured {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const captured: Captured[] = [];
let server: Server;
let port = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      captured.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      response.end('{"Response":{"RequestId":"1"}}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function capture(call: Promise<unknown>): Promise<Captured> {
  captured.length = 0;
  await call.catch(() => null);
  expect(captured).toHaveLength(1);
  return captured[0]!;
}

/** Our request of this action, made with the clock and the nonce of another. */
async function ours(
  descriptor: Descriptor,
  options: Partial<AdapterOptions>,
  action: string,
  act: (provider: Provider) => unknown,
): Promise<HttpRequest> {
  const { send, requests } = fakeSend({ body: '' });
  const done = act(await providerFor(descriptor, { send, ...options }));
  const iterates = typeof done === 'object' && done !== null && Symbol.asyncIterator in done;
  await (iterates ? collect(done as AsyncIterable<unknown>) : (done as Promise<unknown>)).catch(() => null);
  const request = requests.find((one) => actionOf(one) === action);
  expect(request).toBeDefined();
  return request!;
}

/** Every name is this machine's. */
const agent = new Agent({
  lookup: (_host, { all }, answer) => {
    if (all === true) answer(null, [{ address: '127.0.0.1', family: 4 }]);
    else answer(null, '127.0.0.1', 4);
  },
});

const PUBLIC = 'ssh-rsa AAAA+/== Zoë@häuschen';
const PAIR = { id: 'skey-1', name: 'ab' };
const IDS = ['ins-1', 'ins-2'];
const SCRIPT = { text: 'echo é\n', user: 'ubuntu', marker: 'run-1', timeoutSeconds: 60 };
const STILL = { forceStop: false, onlineUser: null };
const TAGS = [{ Key: 'env', Value: 'dev é' }];
const imported = { ...ask('imp_1', { tags: { env: 'dev é' } }), publicKey: PUBLIC };

test.each<['cvm' | 'lighthouse' | 'tag' | 'tat', string, object, (provider: Provider) => unknown]>([
  [
    'cvm',
    'ImportKeyPair',
    {
      KeyName: 'imp_1',
      ProjectId: 0,
      PublicKey: PUBLIC,
      TagSpecification: [{ ResourceType: 'keypair', Tags: TAGS }],
    },
    (provider) => provider.importPublicKey(imported, signal),
  ],
  ['cvm', 'DeleteKeyPairs', { KeyIds: ['skey-1'] }, (provider) => provider.deleteKeyPairs([PAIR], signal)],
  [
    'cvm',
    'DescribeKeyPairs',
    { Offset: 0, Limit: 100, Filters: [{ Name: 'tag:env', Values: ['dev é'] }] },
    (provider) => provider.listKeyPairs({ tags: { env: 'dev é' } }, signal),
  ],
  [
    'cvm',
    'ModifyKeyPairAttribute',
    { KeyId: 'skey-1', KeyName: 'cd', Description: 'für Tests' },
    (provider) => provider.updateKeyPair?.(PAIR, { name: 'cd', description: 'für Tests' }, signal),
  ],
  [
    'cvm',
    'AssociateInstancesKeyPairs',
    { InstanceIds: IDS, KeyIds: ['skey-1'], ForceStop: true },
    (provider) => provider.attachKeyPair?.(PAIR, IDS, { ...STILL, forceStop: true }, signal),
  ],
  [
    'cvm',
    'DisassociateInstancesKeyPairs',
    { InstanceIds: IDS, KeyIds: ['skey-1'] },
    (provider) => provider.detachKeyPair?.(PAIR, IDS, STILL, signal),
  ],
  [
    'cvm',
    'DescribeInstances',
    { Offset: 0, Limit: 100, InstanceIds: IDS },
    (provider) => provider.listInstances?.({ ids: IDS }, signal),
  ],
  [
    'tag',
    'ModifyResourceTags',
    {
      Resource: 'qcs::cvm:ap-guangzhou:uin/:keypair/skey-1',
      ReplaceTags: [{ TagKey: 'env', TagValue: 'dev é' }],
      DeleteTags: [{ TagKey: 'old' }],
    },
    (provider) => provider.updateKeyPair?.(PAIR, { tags: { env: 'dev é' }, removeTags: ['old'] }, signal),
  ],
  [
    'lighthouse',
    'ImportKeyPair',
    { KeyName: 'imp_1', PublicKey: PUBLIC, Tags: TAGS },
    (provider) => provider.importPublicKey(imported, signal),
  ],
  ['lighthouse', 'DeleteKeyPairs', { KeyIds: ['skey-1'] }, (provider) => provider.deleteKeyPairs([PAIR], signal)],
  [
    'lighthouse',
    'AssociateInstancesKeyPairs',
    { InstanceIds: IDS, KeyIds: ['skey-1'], AssociateType: 'ONLINE', Username: 'root' },
    (provider) => provider.attachKeyPair?.(PAIR, IDS, { forceStop: false, onlineUser: 'root' }, signal),
  ],
  [
    'lighthouse',
    'DisassociateInstancesKeyPairs',
    { InstanceIds: IDS, KeyIds: ['skey-1'], DisassociateType: 'OFFLINE' },
    (provider) => provider.detachKeyPair?.(PAIR, IDS, STILL, signal),
  ],
  ['lighthouse', 'DescribeInstances', { Offset: 0, Limit: 100 }, (provider) => provider.listInstances?.({}, signal)],
  [
    'cvm',
    'DescribeLaunchTemplates',
    { Offset: 0, Limit: 100 },
    (provider) => provider.launchTemplatesWith?.(PAIR, signal),
  ],
  [
    'tat',
    'RunCommand',
    {
      Content: 'ZWNobyDDqQo=',
      InstanceIds: IDS,
      CommandName: 'run-1',
      CommandType: 'SHELL',
      WorkingDirectory: '/',
      Timeout: 60,
      SaveCommand: false,
      Username: 'ubuntu',
    },
    (provider) => provider.startScript?.(SCRIPT, IDS, signal),
  ],
  [
    'tat',
    'DescribeInvocations',
    { Offset: 0, Limit: 10 },
    // After an answer without the id of the run.
    (provider) => provider.startScript?.(SCRIPT, IDS, signal),
  ],
  [
    'tat',
    'DescribeInvocationTasks',
    {
      Filters: [
        { Name: 'invocation-id', Values: ['inv-1'] },
        { Name: 'instance-id', Values: IDS },
      ],
      Offset: 0,
      Limit: 15,
      HideOutput: false,
    },
    (provider) => provider.scriptResults?.('inv-1', IDS, signal),
  ],
  [
    'tat',
    'DescribeAutomationAgentStatus',
    { InstanceIds: IDS, Offset: 0, Limit: 100 },
    (provider) => provider.agentStates?.(IDS, signal),
  ],
])('%s %s is signed and sent as by the SDK', async (product, action, parameters, act) => {
  const endpoint = `${product}.tencentcloudapi.com:${port}`;
  const Client = { cvm: CvmClient, lighthouse: LighthouseClient, tag: TagClient, tat: TatClient }[product];
  const client = new Client({
    credential: { secretId: TENCENT.id, secretKey: TENCENT.secret.reveal() },
    region: 'ap-guangzhou',
    profile: { language: 'en-US', httpProfile: { endpoint, protocol: 'http://', agent } },
  });
  const theirs = await capture(client.request(action, parameters) as Promise<unknown>);
  const request = await ours(
    product === 'cvm' || product === 'tag' ? tencent : lighthouse,
    {
      endpoint: new URL(`http://${endpoint.replace('tat.', 'lighthouse.').replace('tag.', 'cvm.')}`),
      now: () => new Date(Number(theirs.headers['x-tc-timestamp']) * 1000),
      sender: String(theirs.headers['x-tc-requestclient']),
    },
    action,
    act,
  );
  expect(request.url.pathname + request.url.search).toBe(theirs.url);
  expect(request.body).toBe(theirs.body);
  for (const [name, value] of Object.entries(request.headers))
    expect([name, theirs.headers[name]]).toEqual([name, value]);
  expect(request.headers['authorization']).toContain('SignedHeaders=content-type;host');
});

test.each([tencent, lighthouse])('$id asks for its regions as the client of that service does', async (descriptor) => {
  const endpoint = `region.tencentcloudapi.com:${String(port)}`;
  const client = new RegionClient({
    credential: { secretId: TENCENT.id, secretKey: TENCENT.secret.reveal() },
    region: '',
    profile: { language: 'en-US', httpProfile: { endpoint, protocol: 'http://', agent } },
  });
  const Product = descriptor === tencent ? 'cvm' : 'lighthouse';
  const theirs = await capture(client.DescribeRegions({ Product }));
  const options = {
    endpoint: new URL(`http://${endpoint}`),
    now: () => new Date(Number(theirs.headers['x-tc-timestamp']) * 1000),
    sender: String(theirs.headers['x-tc-requestclient']),
  };
  const request = await ours(descriptor, options, 'DescribeRegions', (provider) => provider.listRegions!(signal));
  expect(request.body).toBe(theirs.body);
  for (const [name, value] of Object.entries(request.headers))
    expect([name, theirs.headers[name]]).toEqual([name, value]);
});

const REGION = { regionId: 'cn-hangzhou' };
const COMMAND = {
  ...REGION,
  type: 'RunShellScript',
  commandContent: 'ZWNobyDDqQo=',
  contentEncoding: 'Base64',
  instanceId: IDS,
  name: 'run-1',
  timeout: 60,
  username: 'ubuntu',
  workingDir: '/',
  keepCommand: false,
};
const KEYPAIR = { ...REGION, resourceType: 'keypair', resourceId: ['ab'] };

type EcsClient = InstanceType<ReturnType<typeof defaultOf<typeof EcsModule.default>>>;

test.each<[string, (client: EcsClient) => Promise<unknown>, (provider: Provider) => unknown]>([
  [
    'ImportKeyPair',
    (client) =>
      client.importKeyPair(
        new $Ecs.ImportKeyPairRequest({
          ...REGION,
          keyPairName: 'imp_1',
          publicKeyBody: PUBLIC,
          tag: [new $Ecs.ImportKeyPairRequestTag({ key: 'env', value: 'dev é' })],
        }),
      ),
    (provider) => provider.importPublicKey(imported, signal),
  ],
  [
    'DeleteKeyPairs',
    (client) => client.deleteKeyPairs(new $Ecs.DeleteKeyPairsRequest({ ...REGION, keyPairNames: '["ab","c:d"]' })),
    (provider) =>
      provider.deleteKeyPairs(
        [
          { id: null, name: 'ab' },
          { id: null, name: 'c:d' },
        ],
        signal,
      ),
  ],
  [
    'DescribeKeyPairs',
    (client) =>
      client.describeKeyPairs(
        new $Ecs.DescribeKeyPairsRequest({
          ...REGION,
          includePublicKey: true,
          keyPairName: 'ab',
          pageNumber: 1,
          pageSize: 50,
          tag: [new $Ecs.DescribeKeyPairsRequestTag({ key: 'env', value: 'dev é' })],
        }),
      ),
    (provider) => provider.listKeyPairs({ name: 'ab', tags: { env: 'dev é' } }, signal),
  ],
  [
    'DescribeRegions',
    (client) => client.describeRegions(new $Ecs.DescribeRegionsRequest({})),
    (provider) => provider.listRegions!(signal),
  ],
  [
    'AttachKeyPair',
    (client) =>
      client.attachKeyPair(
        new $Ecs.AttachKeyPairRequest({ ...REGION, keyPairName: 'ab', instanceIds: '["ins-1","ins-2"]' }),
      ),
    (provider) => provider.attachKeyPair?.(PAIR, IDS, STILL, signal),
  ],
  [
    'DetachKeyPair',
    (client) =>
      client.detachKeyPair(
        new $Ecs.DetachKeyPairRequest({ ...REGION, keyPairName: 'ab', instanceIds: '["ins-1","ins-2"]' }),
      ),
    (provider) => provider.detachKeyPair?.(PAIR, IDS, STILL, signal),
  ],
  [
    'TagResources',
    (client) =>
      client.tagResources(
        new $Ecs.TagResourcesRequest({
          ...KEYPAIR,
          tag: [new $Ecs.TagResourcesRequestTag({ key: "it's", value: 'a*b (c)!~' })],
        }),
      ),
    (provider) => provider.updateKeyPair?.(PAIR, { tags: { "it's": 'a*b (c)!~' } }, signal),
  ],
  [
    'UntagResources',
    (client) => client.untagResources(new $Ecs.UntagResourcesRequest({ ...KEYPAIR, tagKey: ['a', 'b'] })),
    (provider) => provider.updateKeyPair?.(PAIR, { removeTags: ['a', 'b'] }, signal),
  ],
  [
    'DescribeInstances',
    (client) =>
      client.describeInstances(
        new $Ecs.DescribeInstancesRequest({
          ...REGION,
          maxResults: 100,
          keyPairName: 'ab',
          instanceIds: '["ins-1","ins-2"]',
        }),
      ),
    (provider) => provider.listInstances?.({ ids: IDS, keyPair: PAIR }, signal),
  ],
  [
    'RunCommand',
    (client) => client.runCommand(new $Ecs.RunCommandRequest({ ...COMMAND, repeatMode: 'DryRun' })),
    (provider) => provider.tryScript?.(SCRIPT, IDS, signal),
  ],
  [
    'RunCommand',
    (client) =>
      client.runCommand(
        new $Ecs.RunCommandRequest({
          ...COMMAND,
          repeatMode: 'Once',
          clientToken: createHash('sha256').update('run-1\nins-1\nins-2').digest('hex'),
        }),
      ),
    (provider) => provider.startScript?.(SCRIPT, IDS, signal),
  ],
  [
    'DescribeInvocationResults',
    (client) =>
      client.describeInvocationResults(
        new $Ecs.DescribeInvocationResultsRequest({
          ...REGION,
          invokeId: 't-1',
          contentEncoding: 'Base64',
          maxResults: 20,
        }),
      ),
    (provider) => provider.scriptResults?.('t-1', IDS, signal),
  ],
  [
    'DescribeCloudAssistantStatus',
    (client) =>
      client.describeCloudAssistantStatus(new $Ecs.DescribeCloudAssistantStatusRequest({ ...REGION, instanceId: IDS })),
    (provider) => provider.agentStates?.(IDS, signal),
  ],
  [
    'DescribeLaunchTemplates',
    (client) =>
      client.describeLaunchTemplates(
        new $Ecs.DescribeLaunchTemplatesRequest({ ...REGION, pageNumber: 1, pageSize: 50 }),
      ),
    (provider) => provider.launchTemplatesWith?.(PAIR, signal),
  ],
])('ECS %s is signed and sent as by the SDK', async (action, call, act) => {
  const Client = defaultOf(EcsModule) as unknown as new (config: $OpenApiUtil.Config) => EcsClient;
  await expectSame(aliyun, action, (config) => call(new Client(config)), act);
});

type SwasClient = InstanceType<ReturnType<typeof defaultOf<typeof SwasModule.default>>>;

const BOUND = { ...REGION, keyPairName: 'ab', instanceIds: IDS };

test.each<[string, (client: SwasClient) => Promise<unknown>, (provider: Provider) => unknown]>([
  [
    'CreateKeyPair',
    (client) => client.createKeyPair(new $Swas.CreateKeyPairRequest({ ...REGION, keyPairName: 'a:b_c' })),
    (provider) => provider.createKeyPair?.(ask('a:b_c'), signal),
  ],
  [
    'ImportKeyPair',
    (client) =>
      client.importKeyPair(new $Swas.ImportKeyPairRequest({ ...REGION, keyPairName: 'imp_1', publicKeyBody: PUBLIC })),
    (provider) => provider.importPublicKey({ ...ask('imp_1'), publicKey: PUBLIC }, signal),
  ],
  [
    'DeleteKeyPairs',
    (client) => client.deleteKeyPairs(new $Swas.DeleteKeyPairsRequest({ ...REGION, keyPairNames: ['ab', 'c:d'] })),
    (provider) =>
      provider.deleteKeyPairs(
        [
          { id: null, name: 'ab' },
          { id: null, name: 'c:d' },
        ],
        signal,
      ),
  ],
  [
    'ListKeyPairs',
    (client) =>
      client.listKeyPairs(new $Swas.ListKeyPairsRequest({ ...REGION, keyPairName: 'ab', pageNumber: 1, pageSize: 10 })),
    (provider) => provider.listKeyPairs({ name: 'ab' }, signal),
  ],
  [
    'AttachKeyPair',
    (client) => client.attachKeyPair(new $Swas.AttachKeyPairRequest(BOUND)),
    (provider) => provider.attachKeyPair?.(PAIR, IDS, STILL, signal),
  ],
  [
    'DetachKeyPair',
    (client) => client.detachKeyPair(new $Swas.DetachKeyPairRequest(BOUND)),
    (provider) => provider.detachKeyPair?.(PAIR, IDS, STILL, signal),
  ],
  [
    'ListRegions',
    (client) => client.listRegions(new $Swas.ListRegionsRequest({})),
    (provider) => provider.listRegions?.(signal),
  ],
  [
    'DescribeCloudAssistantAttributes',
    (client) =>
      client.describeCloudAssistantAttributes(
        new $Swas.DescribeCloudAssistantAttributesRequest({ ...REGION, instanceIds: IDS, pageNumber: 1, pageSize: 10 }),
      ),
    (provider) => provider.agentStates?.(IDS, signal),
  ],
  [
    'RunCommand',
    (client) =>
      client.runCommand(
        new $Swas.RunCommandRequest({
          ...REGION,
          instanceId: 'ins-1',
          name: 'run-1',
          type: 'RunShellScript',
          commandContent: 'echo é\n',
          timeout: 60,
          workingUser: 'ubuntu',
          workingDir: '/',
        }),
      ),
    (provider) => provider.startScript?.(SCRIPT, ['ins-1'], signal),
  ],
  [
    'DescribeInvocations',
    (client) =>
      client.describeInvocations(
        new $Swas.DescribeInvocationsRequest({ ...REGION, instanceId: 'ins-1', pageNumber: 1, pageSize: 50 }),
      ),
    // After an answer without the id of the run.
    (provider) => provider.startScript?.(SCRIPT, ['ins-1'], signal),
  ],
  [
    'DescribeInvocationResult',
    (client) =>
      client.describeInvocationResult(
        new $Swas.DescribeInvocationResultRequest({ ...REGION, instanceId: 'ins-1', invokeId: 't-1' }),
      ),
    (provider) => provider.scriptResults?.('t-1', ['ins-1'], signal),
  ],
])('Simple Application Server: %s is signed and sent as by the SDK', async (action, call, act) => {
  const Client = defaultOf(SwasModule) as unknown as new (config: $OpenApiUtil.Config) => SwasClient;
  await expectSame(swas, action, (config) => call(new Client(config)), act);
});

/** Compares what a whole client of Alibaba Cloud sends with our request. */
async function expectSame(
  descriptor: Descriptor,
  action: string,
  call: (config: $OpenApiUtil.Config) => Promise<unknown>,
  act: (provider: Provider) => unknown,
): Promise<void> {
  const endpoint = `127.0.0.1:${port}`;
  const keys = { accessKeyId: ALIBABA.id, accessKeySecret: ALIBABA.secret.reveal() };
  const config = new $OpenApiUtil.Config({ ...keys, ...REGION, endpoint, protocol: 'http' });
  const theirs = await capture(call(config));
  const request = await ours(
    descriptor,
    {
      endpoint: new URL(`http://${endpoint}`),
      now: () => new Date(String(theirs.headers['x-acs-date'])),
      nonce: () => String(theirs.headers['x-acs-signature-nonce']),
    },
    action,
    act,
  );
  expect(request.method).toBe(theirs.method);
  // The order of the parameters is not signed.
  const parts = (url: string): readonly string[] => url.split(/[?&]/).sort();
  expect(parts(request.url.pathname + request.url.search)).toEqual(parts(theirs.url));
  expect(request.body ?? '').toBe(theirs.body);
  for (const [name, value] of Object.entries(request.headers))
    expect([name, theirs.headers[name]]).toEqual([name, value]);
  expect(request.headers['authorization']).toContain('x-acs-content-sha256');
}
