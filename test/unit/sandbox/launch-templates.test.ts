import { expect, test } from 'vitest';

import { error, startCloud, type Fields } from './cloud.ts';

test('CVM: launch templates with their versions, of which thirty are listed by default', async () => {
  await using cloud = await startCloud();
  const place = { service: 'cvm', region: 'ap-guangzhou' } as const;
  const [pair] = cloud.sandbox.seed({ ...place, count: 1, name: () => 'foo' });
  const { id } = cloud.sandbox.seedTemplate({
    ...place,
    name: 'web',
    keyPairs: ['foo', ...Array<null>(31).fill(null)],
  });
  cloud.sandbox.seedTemplate({ ...place, name: 'bare', keyPairs: [null] });
  expect(() => cloud.sandbox.seedTemplate({ ...place, name: 'a', keyPairs: ['bar'] })).toThrow('bar');
  expect(await cloud.cvm('DescribeLaunchTemplates')).toMatchObject({
    TotalCount: 2,
    LaunchTemplateSet: [{ LaunchTemplateName: 'bare' }, { LaunchTemplateId: id, LatestVersionNumber: 32 }],
  });
  const versions = (params: object): Promise<Fields> =>
    cloud.cvm('DescribeLaunchTemplateVersions', { LaunchTemplateId: id, ...params });
  expect(await versions({})).toMatchObject({ TotalCount: 30 });
  expect(await versions({ MaxVersion: 100, Limit: 100 })).toMatchObject({
    TotalCount: 32,
    LaunchTemplateVersionSet: [
      { LaunchTemplateVersion: 1, LaunchTemplateVersionData: { LoginSettings: { KeyIds: [pair?.id] } } },
      ...Array<object>(31).fill({ LaunchTemplateVersionData: { LoginSettings: { KeyIds: [] } } }),
    ],
  });
  expect(await versions({ MaxVersion: 100, DefaultVersion: true })).toMatchObject({
    LaunchTemplateVersionSet: [{ LaunchTemplateVersion: 32, IsDefaultVersion: true }],
  });
  expect(await cloud.cvm('DescribeLaunchTemplateVersions', { LaunchTemplateId: 'lt-0' })).toMatchObject(
    error('InvalidParameterValue.LaunchTemplateIdNotExisted'),
  );
});

test('ECS: a launch template names its key only with DetailFlag', async () => {
  await using cloud = await startCloud();
  const place = { service: 'ecs', region: 'cn-hangzhou' } as const;
  cloud.sandbox.seed({ ...place, count: 1, name: () => 'foo' });
  const { id } = cloud.sandbox.seedTemplate({ ...place, name: 'web', keyPairs: [null, 'foo'] });
  expect(await cloud.ecs('DescribeLaunchTemplates', { PageSize: '1' })).toMatchObject({
    TotalCount: 1,
    LaunchTemplateSets: { LaunchTemplateSet: [{ LaunchTemplateId: id, DefaultVersionNumber: 2 }] },
  });
  const versions = (params: Record<string, string>): Promise<Fields> =>
    cloud.ecs('DescribeLaunchTemplateVersions', { LaunchTemplateId: id, ...params });
  const set = (answer: Fields): unknown => (answer['LaunchTemplateVersionSets'] as Fields)['LaunchTemplateVersionSet'];
  for (const row of set(await versions({})) as Fields[]) expect(row).not.toHaveProperty('LaunchTemplateData');
  expect(set(await versions({ DetailFlag: 'true' }))).toMatchObject([
    { VersionNumber: 1, DefaultVersion: false, LaunchTemplateData: { ImageId: 'ubuntu_24_04_x64' } },
    { VersionNumber: 2, DefaultVersion: true, LaunchTemplateData: { KeyPairName: 'foo' } },
  ]);
  expect(await cloud.ecs('DescribeLaunchTemplateVersions', { LaunchTemplateId: 'lt-0' })).toMatchObject({
    Code: 'InvalidLaunchTemplate.NotFound',
  });
});
