import { expect, test } from 'vitest';

import { json, rpc, send, tc3, v1 } from './client.ts';
import { error, startCloud } from './cloud.ts';

test('regions of each service, asked with a region or without', async () => {
  await using cloud = await startCloud();
  const pair = cloud.sandbox.credentials;
  const guangzhou = { Region: 'ap-guangzhou', RegionName: '华南地区(广州)', RegionState: 'AVAILABLE' };
  const cvm = await cloud.cvm('DescribeRegions');
  expect(cvm).toMatchObject({ TotalCount: 20, RegionSet: expect.arrayContaining([guangzhou]) as unknown });
  const bare = json(await send(cloud.port, tc3(pair, 'cvm', 'DescribeRegions', {}, { region: null })));
  expect(bare).toMatchObject({ Response: { RegionSet: cvm['RegionSet'] } });
  const other = tc3(pair, 'cvm', 'DescribeInstances', {}, { region: null });
  expect(json(await send(cloud.port, other))).toMatchObject({ Response: error('MissingParameter') });
  const older = v1(pair, { Action: 'DescribeRegions', Version: '2017-03-12', Region: '' });
  expect(json(await send(cloud.port, older))).toMatchObject({ Response: { TotalCount: 20 } });
  const lighthouse = await cloud.lighthouse('DescribeRegions');
  const mainland = (lighthouse['RegionSet'] as { Region: string; IsChinaMainland: boolean }[])
    .filter((region) => region.IsChinaMainland)
    .map(({ Region }) => Region);
  expect(mainland).toEqual(['ap-beijing', 'ap-chengdu', 'ap-chongqing', 'ap-guangzhou', 'ap-nanjing', 'ap-shanghai']);
  const region = async (params: object): Promise<unknown> => {
    const change = {
      version: '2022-06-27',
      host: 'region.tencentcloudapi.com',
      service: 'region',
      region: null,
    };
    return json(await send(cloud.port, tc3(pair, 'cvm', 'DescribeRegions', params, change)));
  };
  expect(await region({ Product: 'lighthouse' })).toMatchObject({ Response: { TotalCount: 17 } });
  expect(await region({})).toMatchObject({ Response: error('MissingParameter') });
  expect(await region({ Product: 'tea' })).toMatchObject({ Response: error('InvalidParameterValue') });
  const ecs = await cloud.ecs('DescribeRegions');
  expect((ecs['Regions'] as { Region: object[] }).Region).toHaveLength(41);
  expect((ecs['Regions'] as { Region: object[] }).Region).toContainEqual({
    RegionId: 'cn-hangzhou',
    RegionEndpoint: 'ecs-cn-hangzhou.aliyuncs.com',
    LocalName: '华东1（杭州）',
    Status: 'available',
  });
  expect(json(await send(cloud.port, rpc(pair, 'DescribeRegions', { RegionId: '' })))).toEqual({
    ...ecs,
    RequestId: expect.any(String) as unknown,
  });
  expect(json(await send(cloud.port, rpc(pair, 'DescribeInstances', { RegionId: '' })))).toMatchObject({
    Code: 'MissingRegionId',
  });
  expect(await cloud.legacy('DescribeRegions')).toMatchObject({ code: 6100 });
});
