import type { ProviderId } from './types.ts';

/** Every provider's other names. Apart from the descriptors, for completions, which load nothing that they can do without. */
export const ALIASES: Readonly<Record<ProviderId, readonly string[]>> = {
  tencent: ['cvm', 'tencent-cvm'],
  lighthouse: ['tencent-lighthouse'],
  aliyun: ['alibaba', 'alicloud', 'ecs'],
  qcloud: ['tencent-legacy'],
};

/** The ids of all providers, in the order in which they are shown. */
export const PROVIDER_IDS = Object.keys(ALIASES) as readonly ProviderId[];

/** The id that an id or an alias stands for, in capitals or not; null for any other text. */
export function providerIdOf(text: string): ProviderId | null {
  const wanted = text.trim().toLowerCase();
  return PROVIDER_IDS.find((id) => id === wanted || ALIASES[id].includes(wanted)) ?? null;
}
