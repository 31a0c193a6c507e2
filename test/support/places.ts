import type { Service } from '../../sandbox/behaviour.ts';

/** A provider, and where the sandbox keeps its pairs and instances. */
export interface Place {
  readonly provider: string;
  readonly service: Service;
  /** The provider's default region. */
  readonly region: string;
  /** Its instances are `<prefix>-sandbox1` to `-sandbox5`: 1 and 2 run, 3 and 4 are stopped, 5 has Windows. */
  readonly prefix: string;
}

/** Every provider. */
export const PLACES: readonly Place[] = [
  { provider: 'tencent', service: 'cvm', region: 'ap-guangzhou', prefix: 'ins' },
  { provider: 'lighthouse', service: 'lighthouse', region: 'ap-guangzhou', prefix: 'lhins' },
  { provider: 'aliyun', service: 'ecs', region: 'cn-hangzhou', prefix: 'i' },
  { provider: 'qcloud', service: 'cvm', region: 'ap-guangzhou', prefix: 'ins' },
];

/** The place of a provider. */
export function placeOf(provider: string): Place {
  const place = PLACES.find((one) => one.provider === provider);
  if (place === undefined) throw new Error(`no provider ${provider}`);
  return place;
}
