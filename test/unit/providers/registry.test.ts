import EcsModule from '@alicloud/ecs20140526';
import { $OpenApiUtil } from '@alicloud/openapi-core';
import { describe, expect, test } from 'vitest';
import { KeypairError } from '../../../src/errors.ts';
import { ecsHost, ENDPOINTS, REGIONS } from '../../../src/providers/vendors/aliyun/descriptor.ts';
import { defaultOf } from '../../../src/providers/parse.ts';
import { descriptors, findDescriptor } from '../../../src/providers/registry.ts';
import { cvmDescriptor as tencent } from '../../../src/providers/vendors/tencent/descriptors.ts';
import type { Ability } from '../../../src/providers/types.ts';
import { providerFor } from './fake-service.ts';

test('the providers are those of the contract, in its order', () => {
  expect(descriptors.map(({ id, aliases, defaultRegion }) => [id, [...aliases], defaultRegion])).toEqual([
    ['tencent', ['cvm', 'tencent-cvm'], 'ap-guangzhou'],
    ['lighthouse', ['tencent-lighthouse'], 'ap-guangzhou'],
    ['aliyun', ['alibaba', 'alicloud', 'ecs'], 'cn-hangzhou'],
    ['swas', ['simple-application-server'], 'cn-hangzhou'],
    ['qcloud', ['tencent-legacy'], 'ap-guangzhou'],
  ]);
});

test('each name is of one provider, and finds it in any case', () => {
  const names = descriptors.flatMap((descriptor) =>
    [descriptor.id, ...descriptor.aliases].map((name) => ({ name, descriptor })),
  );
  expect(new Set(names.map(({ name }) => name)).size).toBe(names.length);
  for (const { name, descriptor } of names) {
    expect(findDescriptor(name)).toBe(descriptor);
    expect(findDescriptor(` ${name.toUpperCase()} `)).toBe(descriptor);
  }
});

test.each([
  ['tencnt', 'tencent'],
  ['alyun', 'aliyun'],
  ['light', 'lighthouse'],
  ['TENCENT-LEGACI', 'tencent-legacy'],
  ['swass', 'swas'],
  ['gcp', null],
  ['', null],
  ['constructor', null],
])('%j is no provider; near it is %j', (text, near) => {
  let error: unknown;
  try {
    findDescriptor(text);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(KeypairError);
  const { code, hints } = error as KeypairError;
  expect(code).toBe('USAGE');
  expect(hints.filter((hint) => hint.startsWith('did you mean'))).toEqual(
    near === null ? [] : [`did you mean ${near}?`],
  );
  for (const { id } of descriptors) expect(hints.at(-1)).toContain(id);
});

describe.each(descriptors)('the descriptor of $id', (descriptor) => {
  test('has its default region among its regions, each once, and a host for each', () => {
    expect(descriptor.regions).toContain(descriptor.defaultRegion);
    expect(new Set(descriptor.regions).size).toBe(descriptor.regions.length);
    for (const region of descriptor.regions) {
      for (const site of descriptor.sites) {
        expect(new URL(`https://${descriptor.host(region, site)}`).host).toBe(descriptor.host(region, site));
      }
    }
  });

  test('points to https and says of each ability how far it goes', () => {
    expect(descriptor.documentation).toMatch(/^https:\/\//);
    for (const support of Object.values(descriptor.abilities)) expect(support).not.toBe('');
    expect(descriptor.abilities.tag !== false).toBe(descriptor.tagRule !== null);
    expect(descriptor.abilities.description !== false).toBe(descriptor.descriptionRule !== null);
    for (const line of [descriptor.attachWarning, descriptor.detachWarning]) expect(line).toMatch(/^[a-z].*[^.]$/);
  });
});

test.each(descriptors.flatMap((descriptor) => descriptor.apiVersions.map((version) => ({ descriptor, version }))))(
  'the adapter of $descriptor.id, $version, has the methods of its abilities',
  async ({ descriptor, version }) => {
    const provider = await providerFor(descriptor, { apiVersion: version });
    const lacked = descriptor.lackedBy?.[version] ?? [];
    const can = (ability: Ability): boolean => descriptor.abilities[ability] !== false && !lacked.includes(ability);
    for (const ability of Object.keys(descriptor.lackedBy ?? {}).length === 0 ? [] : lacked) {
      expect(descriptor.abilities[ability]).toContain(version);
    }
    expect(provider.updateKeyPair !== undefined).toBe(can('rename') || can('description') || can('retag'));
    expect(provider.attachKeyPair !== undefined).toBe(can('attach'));
    expect(provider.detachKeyPair !== undefined).toBe(can('attach'));
    expect(provider.listInstances !== undefined).toBe(can('instances'));
  },
);

test.each([
  ['skey-mv9yzyjj', true],
  ['lhkp-1a2b3c4d', true],
  ['skey', false],
  ['skey_1', false],
  ['my-key', false],
  ['skey-', false],
  ['skey-1\n', false],
])('%j is an id of Tencent Cloud: %j', (text, expected) => {
  expect(tencent.isId(text)).toBe(expected);
  if (expected) expect(tencent.nameRule.accepts(text)).toBe(false);
  // Alibaba's ids look like its names, and are taken nowhere.
  expect(findDescriptor('aliyun').isId(text)).toBe(false);
});

test.each([
  ['ap-guangzhou', 'cn', 'cvm.tencentcloudapi.com'],
  ['ap-guangzhou', 'intl', 'cvm.intl.tencentcloudapi.com'],
  ['ap-shanghai-fsi', 'cn', 'cvm.ap-shanghai-fsi.tencentcloudapi.com'],
  ['ap-shenzhen-fsi', 'intl', 'cvm.ap-shenzhen-fsi.tencentcloudapi.com'],
  ['ap-new', 'cn', 'cvm.tencentcloudapi.com'],
] as const)('CVM in %s, site %s, is at %s', (region, site, host) => {
  expect(tencent.host(region, site)).toBe(host);
});

test('ECS is where its SDK finds it, for every region and every key of its map', () => {
  const Client = defaultOf(EcsModule);
  const endpointOf = (regionId: string): { _endpoint: string; _endpointMap: Record<string, string> } =>
    new Client(new $OpenApiUtil.Config({ accessKeyId: 'a', accessKeySecret: 'b', regionId }));
  expect(ENDPOINTS).toEqual(endpointOf('cn-hangzhou')._endpointMap);
  for (const region of [...REGIONS, ...Object.keys(ENDPOINTS), 'xx-new-1', 'constructor']) {
    if (region !== 'constructor') expect(ecsHost(region)).toBe(endpointOf(region)._endpoint);
  }
  expect(ecsHost('constructor')).toBe('ecs.constructor.aliyuncs.com');
});

test.each(['', 'a.b', 'x@evil.example', 'cn-hangzhou/', 'a b', '-a', 'cn-hangzhou\n'])(
  'ECS has no host for the region %j',
  (region) => {
    expect(() => ecsHost(region)).toThrow(KeypairError);
  },
);
