import { expect, test } from 'vitest';
import { assumeRole, callerIdentity } from '../../../src/credentials/roles.ts';
import { staticSource } from '../../../src/credentials/environment.ts';
import type { Site } from '../../../src/providers/types.ts';
import { fakeSend, signal } from '../providers/fake-service.ts';
import { BASE, worldWith } from './fake-world.ts';

type Vendor = 'tencent' | 'aliyun';

const ROLE = {
  sessionName: null,
  externalId: null,
  durationSeconds: null,
  policy: null,
  stsEndpoint: null,
};
const ARN = { tencent: 'qcs::cam::uin/1:roleName/ops', aliyun: 'acs:ram::1:role/ops' };

// D20: an account of the international site was asked for at the mainland's STS, one of a finance region at the common one.
test.each<[Vendor, Site, string | null, string, string?]>([
  ['tencent', 'cn', null, 'sts.tencentcloudapi.com', 'ap-guangzhou'],
  ['tencent', 'cn', 'ap-shanghai', 'sts.tencentcloudapi.com', 'ap-guangzhou'],
  ['tencent', 'intl', 'ap-singapore', 'sts.intl.tencentcloudapi.com', 'ap-guangzhou'],
  ['tencent', 'intl', null, 'sts.intl.tencentcloudapi.com', 'ap-guangzhou'],
  ['tencent', 'cn', 'ap-shanghai-fsi', 'sts.ap-shanghai-fsi.tencentcloudapi.com', 'ap-shanghai-fsi'],
  ['tencent', 'intl', 'ap-shenzhen-fsi', 'sts.ap-shenzhen-fsi.tencentcloudapi.com', 'ap-shenzhen-fsi'],
  ['tencent', 'cn', 'ap-beijing-fsi', 'sts.tencentcloudapi.com', 'ap-guangzhou'],
  ['aliyun', 'intl', 'ap-southeast-1', 'sts.aliyuncs.com'],
  ['aliyun', 'cn', 'cn-hangzhou', 'sts.aliyuncs.com'],
  ['aliyun', 'cn', 'cn-shanghai-finance-1', 'sts.cn-shanghai-finance-1.aliyuncs.com'],
  ['aliyun', 'cn', 'cn-beijing-finance-1', 'sts.cn-beijing-finance-1.aliyuncs.com'],
  ['aliyun', 'cn', 'cn-shenzhen-finance-1', 'sts.aliyuncs.com'],
  ['aliyun', 'cn', 'cn-hangzhou-finance', 'sts.aliyuncs.com'],
])('%s --site %s in %s signs in at %s', async (vendor, site, region, host, told) => {
  const { send, requests } = fakeSend({ body: '{}' });
  const world = worldWith({ send, site, region: () => Promise.resolve(region) });
  const role = assumeRole(vendor, staticSource(BASE), { ...ROLE, arn: ARN[vendor] }, world);
  await role.current(signal).catch(() => null);
  await callerIdentity(vendor, staticSource(BASE), world, signal).catch(() => null);
  expect(requests.map(({ url, headers }) => [url.host, headers['x-tc-region']])).toEqual([
    [host, told],
    [host, told],
  ]);
});
