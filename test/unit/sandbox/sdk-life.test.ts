import { createRequire } from 'node:module';

import type * as Ecs from '@alicloud/ecs20140526';
import type * as Swas from '@alicloud/swas-open20200601';
import type * as OpenApi from '@alicloud/openapi-core/dist/utils.js';
import type { ClientConfig } from 'tencentcloud-sdk-nodejs/tencentcloud/common/interface.js';
import { Client as CvmClient } from 'tencentcloud-sdk-nodejs/tencentcloud/services/cvm/v20170312/cvm_client.js';
import { Client as LighthouseClient } from 'tencentcloud-sdk-nodejs/tencentcloud/services/lighthouse/v20200324/lighthouse_client.js';
import { Client as TagClient } from 'tencentcloud-sdk-nodejs/tencentcloud/services/tag/v20180813/tag_client.js';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { createSandbox, type Listening, type Sandbox } from '../../../sandbox/server.ts';
import { handClock, RSA } from './cloud.ts';

// The vendors' own clients, unmodified, through all that can be done with a pair after it was made.

const require = createRequire(import.meta.url);
const ecs = require('@alicloud/ecs20140526') as typeof Ecs.default;
const swas = require('@alicloud/swas-open20200601') as typeof Swas.default & typeof Swas;
const { Config } = require('@alicloud/openapi-core/dist/utils') as typeof OpenApi;

let clock: ReturnType<typeof handClock>;
let sandbox: Sandbox;
let server: Listening;

beforeEach(async () => {
  clock = handClock();
  sandbox = createSandbox({
    stateDir: null,
    now: clock.now,
    behaviour: { keyBits: 1024, requestsPerSecond: null },
  });
  server = await sandbox.listen();
});

afterEach(async () => {
  await server.close();
});

function config(reqMethod: 'GET' | 'POST', signMethod: 'TC3-HMAC-SHA256' | 'HmacSHA256'): ClientConfig {
  const httpProfile = { endpoint: `127.0.0.1:${server.port}`, protocol: 'http://' as const, reqMethod };
  return { credential: sandbox.credentials, region: 'ap-guangzhou', profile: { signMethod, httpProfile } };
}

/** The code of an SDK's error. */
async function codeOf(call: Promise<unknown>): Promise<unknown> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  return error instanceof Error && 'code' in error ? error.code : null;
}

for (const how of ['TC3 POST', 'TC3 GET', 'v2 gateway'] as const) {
  test(`CVM client, ${how}: modify, associate, describe, disassociate`, async () => {
    const old = how === 'v2 gateway';
    const client = new CvmClient(config(how === 'TC3 POST' ? 'POST' : 'GET', old ? 'HmacSHA256' : 'TC3-HMAC-SHA256'));
    if (old) Object.assign(client, { path: '/v2/index.php' });
    const { KeyPair: made } = await client.CreateKeyPair({ KeyName: 'a_key', ProjectId: 0 });
    const KeyIds = [made?.KeyId ?? ''];
    await client.ModifyKeyPairAttribute({ KeyId: KeyIds[0] ?? '', KeyName: 'b_key', Description: 'a b/c=é' });
    const both = { KeyIds, InstanceIds: ['ins-sandbox1', 'ins-sandbox3'] };
    expect(await codeOf(client.AssociateInstancesKeyPairs(both))).toBe('UnsupportedOperation.InstanceStateRunning');
    await client.AssociateInstancesKeyPairs({ ...both, ForceStop: true });
    const busy = await client.DescribeInstances({ InstanceIds: ['ins-sandbox1'] });
    expect(busy.InstanceSet?.[0]).toMatchObject({
      InstanceState: 'STOPPING',
      LatestOperationState: 'OPERATING',
    });
    clock.pass(2000);
    const done = await client.DescribeInstances({
      Filters: [{ Name: 'instance-state', Values: ['RUNNING'] }],
    });
    expect(done.TotalCount).toBe(2);
    expect(done.InstanceSet?.[0]).toMatchObject({
      LatestOperationState: 'SUCCESS',
      LoginSettings: { KeyIds },
    });
    const [pair] = (await client.DescribeKeyPairs({ KeyIds })).KeyPairSet ?? [];
    expect(pair).toMatchObject({
      KeyName: 'b_key',
      Description: 'a b/c=é',
      AssociatedInstanceIds: both.InstanceIds,
    });
    expect(await codeOf(client.DeleteKeyPairs({ KeyIds }))).toBe('InvalidParameterValue.KeyPairNotSupported');
    await client.DisassociateInstancesKeyPairs({ ...both, ForceStop: true });
    clock.pass(2000);
    await client.DeleteKeyPairs({ KeyIds });
    expect((await client.DescribeRegions()).TotalCount).toBe(20);
  });
}

test('Lighthouse client: associate, describe, disassociate, quotas', async () => {
  const client = new LighthouseClient(config('POST', 'TC3-HMAC-SHA256'));
  const { KeyPair: made } = await client.CreateKeyPair({ KeyName: 'a_key' });
  const KeyIds = [made?.KeyId ?? ''];
  const InstanceIds = ['lhins-sandbox2'];
  await client.AssociateInstancesKeyPairs({ KeyIds, InstanceIds, AssociateType: 'ONLINE', Username: 'ann' });
  const again = client.AssociateInstancesKeyPairs({ KeyIds, InstanceIds });
  expect(await codeOf(again)).toBe('UnsupportedOperation.LatestOperationUnfinished');
  clock.pass(2000);
  const { InstanceSet } = await client.DescribeInstances({ InstanceIds });
  expect(InstanceSet?.[0]).toMatchObject({ LatestOperationState: 'SUCCESS', LoginSettings: { KeyIds } });
  const [pair] = (await client.DescribeKeyPairs({ KeyIds })).KeyPairSet ?? [];
  expect(pair?.AssociatedInstanceSet).toEqual([{ InstanceId: 'lhins-sandbox2', Username: 'ann' }]);
  expect(await codeOf(client.DeleteKeyPairs({ KeyIds }))).toBe('ResourceInUse.KeyPairInUse');
  await client.DisassociateInstancesKeyPairs({ KeyIds, InstanceIds });
  clock.pass(2000);
  await client.DeleteKeyPairs({ KeyIds });
  const quotas = await client.DescribeGeneralResourceQuotas({ ResourceNames: ['USER_KEY_PAIR'] });
  expect(quotas.GeneralResourceQuotaSet?.[0]?.ResourceQuotaAvailable).toBe(10);
  expect((await client.DescribeRegions()).RegionSet?.length).toBe(17);
});

for (const how of ['TC3-HMAC-SHA256', 'HmacSHA256'] as const) {
  test(`Tag client, ${how}: what it sets, CVM lists; each page of tags, and what is refused`, async () => {
    const cvm = new CvmClient(config('POST', 'TC3-HMAC-SHA256'));
    const client = new TagClient(config('POST', how));
    const Tags = [{ Key: 'old', Value: '1' }];
    const TagSpecification = [{ ResourceType: 'keypair', Tags }];
    const { KeyPair: made } = await cvm.CreateKeyPair({ KeyName: 'a_key', ProjectId: 0, TagSpecification });
    const id = made?.KeyId ?? '';
    // Terraform leaves the account out.
    const Resource = `qcs::cvm:ap-guangzhou:uin/:keypair/${id}`;
    const ReplaceTags = ['b', 'c', 'd'].map((key) => ({ TagKey: key, TagValue: 'x y' }));
    await client.ModifyResourceTags({ Resource, ReplaceTags, DeleteTags: [{ TagKey: 'old' }, { TagKey: 'none' }] });
    const [listed] = (await cvm.DescribeKeyPairs({ KeyIds: [id] })).KeyPairSet ?? [];
    expect(listed?.Tags?.map(({ Key }) => Key)).toEqual(['b', 'c', 'd']);
    const asked = { ServiceType: 'cvm', ResourcePrefix: 'keypair', ResourceRegion: 'ap-guangzhou', ResourceIds: [id] };
    const page = await client.DescribeResourceTagsByResourceIds({ ...asked, Offset: 2, Limit: 2 });
    expect(page).toMatchObject({ TotalCount: 3, Tags: [{ TagKey: 'd', TagValue: 'x y', ResourceId: id }] });
    const there = await client.DescribeResourceTagsByResourceIds({ ...asked, ResourceRegion: 'ap-shanghai' });
    expect(there.TotalCount).toBe(0);
    const codes = await Promise.all(
      [
        client.ModifyResourceTags({ Resource }),
        client.ModifyResourceTags({ Resource, ReplaceTags: [] }),
        client.ModifyResourceTags({ Resource, ReplaceTags, DeleteTags: [{ TagKey: 'b' }] }),
        client.ModifyResourceTags({ Resource: Resource.replace('uin/', 'uin/1'), ReplaceTags }),
        client.ModifyResourceTags({ Resource: Resource.replace('guangzhou', 'shanghai'), ReplaceTags }),
        client.ModifyResourceTags({ Resource, ReplaceTags: [{ TagKey: 'qcs:a', TagValue: '' }] }),
        client.DescribeResourceTagsByResourceIds({ ...asked, ServiceType: 'cos' }),
        client.DescribeResourceTagsByResourceIds({ ...asked, ResourceRegion: 'mars' }),
      ].map(codeOf),
    );
    expect(codes).toEqual([
      'InvalidParameterValue.DeleteTagsParamError',
      'InvalidParameterValue.DeleteTagsParamError',
      'InvalidParameterValue.DeleteTagsParamError',
      'InvalidParameterValue.ResourceDescriptionError',
      'InvalidParameterValue.ResourceDescriptionError',
      'InvalidParameter.ReservedTagKey',
      'InvalidParameterValue.ServiceTypeInvalid',
      'InvalidParameterValue.RegionInvalid',
    ]);
  });
}

const regionId = 'cn-hangzhou';

/** The configuration of an Alibaba client that signs in this way. */
function aliyunConfig(style: 'V3' | 'RPC V1'): OpenApi.Config {
  const { secretId, secretKey } = sandbox.credentials;
  return new Config({
    accessKeyId: secretId,
    accessKeySecret: secretKey,
    endpoint: `127.0.0.1:${server.port}`,
    protocol: 'http',
    regionId,
    ...(style === 'V3' ? {} : { signatureAlgorithm: 'v2' }),
  });
}

for (const style of ['V3', 'RPC V1'] as const) {
  test(`ECS client, ${style}: attach, describe, tag, untag, detach`, async () => {
    const client = new ecs.default(aliyunConfig(style));
    const keyPairName = 'a:key-1';
    await client.createKeyPair(new ecs.CreateKeyPairRequest({ regionId, keyPairName }));
    const instanceIds = '["i-sandbox1","i-sandbox3","i-sandbox5"]';
    const which = { regionId, keyPairName, instanceIds };
    const attached = await client.attachKeyPair(new ecs.AttachKeyPairRequest(which));
    // The SDK makes text of numbers and truths.
    expect(attached.body).toMatchObject({ totalCount: '3', failCount: '1', keyPairName });
    expect(attached.body?.results?.result?.map(({ code, success }) => [code, success])).toEqual([
      ['200', 'true'],
      ['200', 'true'],
      ['DependencyViolation.WindowsInstance', 'false'],
    ]);
    const found = await client.describeInstances(
      new ecs.DescribeInstancesRequest({ regionId, keyPairName, maxResults: 50 }),
    );
    expect(found.body?.instances?.instance?.map(({ instanceId, status }) => [instanceId, status])).toEqual([
      ['i-sandbox1', 'Running'],
      ['i-sandbox3', 'Stopped'],
    ]);
    const instanceId = 'i-sandbox1';
    await client.rebootInstance(new ecs.RebootInstanceRequest({ instanceId, forceStop: true }));
    await client.stopInstance(new ecs.StopInstanceRequest({ instanceId, stoppedMode: 'KeepCharging' }));
    const off = client.rebootInstance(new ecs.RebootInstanceRequest({ instanceId }));
    expect(await codeOf(off)).toBe('IncorrectInstanceStatus');
    const dry = client.startInstance(new ecs.StartInstanceRequest({ instanceId, dryRun: true }));
    expect(await codeOf(dry)).toBe('DryRunOperation');
    await client.startInstance(new ecs.StartInstanceRequest({ instanceId }));
    const resource = { regionId, resourceType: 'keypair', resourceId: [keyPairName] };
    const tag = [new ecs.TagResourcesRequestTag({ key: 'team', value: `it's (x) *~!` })];
    await client.tagResources(new ecs.TagResourcesRequest({ ...resource, tag }));
    const wanted = [new ecs.DescribeKeyPairsRequestTag({ key: 'team', value: `it's (x) *~!` })];
    const tagged = new ecs.DescribeKeyPairsRequest({ regionId, tag: wanted });
    expect((await client.describeKeyPairs(tagged)).body?.totalCount).toBe(1);
    const listing = await client.listTagResources(new ecs.ListTagResourcesRequest(resource));
    expect(listing.body?.tagResources?.tagResource).toMatchObject([
      { resourceType: 'keypair', resourceId: keyPairName, tagKey: 'team', tagValue: `it's (x) *~!` },
    ]);
    await client.joinResourceGroup(
      new ecs.JoinResourceGroupRequest({ ...resource, resourceId: keyPairName, resourceGroupId: 'rg-sandbox' }),
    );
    const grouped = new ecs.DescribeKeyPairsRequest({ regionId, resourceGroupId: 'rg-sandbox' });
    expect((await client.describeKeyPairs(grouped)).body?.totalCount).toBe(1);
    await client.untagResources(new ecs.UntagResourcesRequest({ ...resource, tagKey: ['team'] }));
    expect((await client.describeKeyPairs(tagged)).body?.totalCount).toBe(0);
    const gone = new ecs.DeleteKeyPairsRequest({ regionId, keyPairNames: JSON.stringify([keyPairName]) });
    expect(await codeOf(client.deleteKeyPairs(gone))).toBe('InvalidParameter.KeypairAlreadyAttachedInstance');
    const ids = '["i-sandbox1","i-sandbox3"]';
    const detached = await client.detachKeyPair(new ecs.DetachKeyPairRequest({ ...which, instanceIds: ids }));
    expect(detached.body).toMatchObject({ totalCount: '2', failCount: '0' });
    await client.deleteKeyPairs(gone);
    const regions = await client.describeRegions(new ecs.DescribeRegionsRequest({}));
    expect(regions.body?.regions?.region?.length).toBe(41);
  });
}

for (const style of ['V3', 'RPC V1'] as const) {
  test(`Simple Application Server client, ${style}: create, import, attach, list, detach, delete`, async () => {
    const client = new swas.default(aliyunConfig(style));
    const [web, windows] = ['a'.padEnd(31, '0') + '1', 'a'.padEnd(31, '0') + '5'] as const;
    const made = await client.createKeyPair(new swas.CreateKeyPairRequest({ regionId, keyPairName: 'a:key-1' }));
    expect(made.body?.privateKeyBody).toMatch(/^MIIC[A-Za-z0-9+/]+=*$/);
    const publicKeyBody = `ssh-rsa ${RSA}`;
    await client.importKeyPair(new swas.ImportKeyPairRequest({ regionId, keyPairName: 'b_key', publicKeyBody }));
    for (const [keyPairName, failCount] of [
      ['a:key-1', 1],
      ['b_key', 0],
    ] as const) {
      const instanceIds = failCount === 0 ? [web] : [web, windows];
      const which = { regionId, keyPairName, instanceIds };
      const { body } = await client.attachKeyPair(new swas.AttachKeyPairRequest(which));
      expect(body).toMatchObject({ totalCount: instanceIds.length, failCount });
      expect(body?.results?.map(({ success }) => success)).toEqual(['true', 'false'].slice(0, instanceIds.length));
    }
    const listed = await client.listKeyPairs(new swas.ListKeyPairsRequest({ regionId, pageSize: 10 }));
    expect(listed.body?.totalCount).toBe(2);
    // The second key has replaced the first.
    const bound = new Map(listed.body?.keyPairs?.map((pair) => [pair.keyPairName, pair.instanceIds]));
    expect([bound.get('a:key-1'), bound.get('b_key')]).toEqual([[], [web]]);
    const found = await client.listInstances(new swas.ListInstancesRequest({ regionId, instanceIds: `["${web}"]` }));
    expect(found.body?.instances?.map(({ instanceName, status }) => [instanceName, status])).toEqual([
      ['web-1', 'Running'],
    ]);
    const gone = new swas.DeleteKeyPairsRequest({ regionId, keyPairNames: ['a:key-1', 'b_key'] });
    expect(await codeOf(client.deleteKeyPairs(gone))).toBe('InvalidParameter.KeypairAlreadyAttachedInstance');
    const which = { regionId, keyPairName: 'b_key', instanceIds: [web] };
    const { body } = await client.detachKeyPair(new swas.DetachKeyPairRequest(which));
    expect(body).toMatchObject({ totalCount: 1, failCount: 0 });
    await client.deleteKeyPairs(gone);
    expect((await client.listRegions(new swas.ListRegionsRequest({}))).body?.regions?.length).toBe(26);
    const asked = new swas.DescribeCloudAssistantStatusRequest({ regionId, instanceIds: [web] });
    const { body: agents } = await client.describeCloudAssistantStatus(asked);
    expect(agents?.cloudAssistantStatus?.map(({ status }) => status)).toEqual([true]);
    const wrong = new Config({
      accessKeyId: sandbox.credentials.secretId,
      accessKeySecret: 'x',
      endpoint: `127.0.0.1:${server.port}`,
      protocol: 'http',
      regionId,
    });
    const refused = new swas.default(wrong).listKeyPairs(new swas.ListKeyPairsRequest({ regionId }));
    expect(await codeOf(refused)).toBe('SignatureDoesNotMatch');
  });
}

test('SWAS takes no more than ten pairs in a region', async () => {
  const { secretId, secretKey } = sandbox.credentials;
  const endpoint = `127.0.0.1:${server.port}`;
  const client = new swas.default(
    new Config({ accessKeyId: secretId, accessKeySecret: secretKey, endpoint, protocol: 'http' }),
  );
  const make = (number: number, regionId = 'cn-hangzhou') =>
    client.createKeyPair(new swas.CreateKeyPairRequest({ regionId, keyPairName: `key-${number}` }));
  for (let number = 1; number <= 10; number += 1) await make(number);
  expect(await codeOf(make(11))).toBe('QuotaExceed.KeyPair');
  await make(11, 'cn-beijing');
});
