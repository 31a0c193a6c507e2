import type { Service } from '../../sandbox/behaviour.ts';

/** A provider, and where the sandbox keeps its pairs and instances. */
export interface Place {
  readonly provider: string;
  readonly service: Service;
  /** The provider's default region. */
  readonly region: string;
  /** The id of one of its instances: 1 and 2 run, 3 and 4 are stopped, 5 has Windows; more do not exist. */
  readonly instance: (number: number) => string;
}

function named(prefix: string): Place['instance'] {
  return (number) => `${prefix}-sandbox${number}`;
}

/** Every provider. */
export const PLACES: readonly Place[] = [
  { provider: 'tencent', service: 'cvm', region: 'ap-guangzhou', instance: named('ins') },
  { provider: 'lighthouse', service: 'lighthouse', region: 'ap-guangzhou', instance: named('lhins') },
  { provider: 'aliyun', service: 'ecs', region: 'cn-hangzhou', instance: named('i') },
  {
    provider: 'swas',
    service: 'swas',
    region: 'cn-hangzhou',
    instance: (number) => `a${String(number).padStart(31, '0')}`,
  },
  { provider: 'qcloud', service: 'cvm', region: 'ap-guangzhou', instance: named('ins') },
];

/** The place of a provider. */
export function placeOf(provider: string): Place {
  const place = PLACES.find((one) => one.provider === provider);
  if (place === undefined) throw new Error(`no provider ${provider}`);
  return place;
}
