import { KeypairError } from '../errors.ts';
import { joinList, t, withNote } from '../i18n/t.ts';
import { ecsDescriptor as aliyun, swasDescriptor as swas } from './vendors/aliyun/descriptor.ts';
import {
  lighthouseDescriptor as lighthouse,
  legacyDescriptor as qcloud,
  cvmDescriptor as tencent,
} from './vendors/tencent/descriptors.ts';
import { nearest } from './regions.ts';
import type { Descriptor } from './types.ts';

/** All providers, in display order. Loads no SDK. */
export const descriptors: readonly Descriptor[] = [tencent, lighthouse, aliyun, swas, qcloud];

/** The provider with this id or alias, case-insensitive, or null. */
export function descriptorOf(text: string): Descriptor | null {
  const wanted = text.trim().toLowerCase();
  return descriptors.find(({ id, aliases }) => id === wanted || aliases.includes(wanted)) ?? null;
}

/**
 * The provider with this id or alias, case-insensitive.
 *
 * @throws KeypairError `USAGE` that lists all providers and suggests a similar name if there is one.
 */
export function findDescriptor(text: string): Descriptor {
  const found = descriptorOf(text);
  if (found !== null) return found;
  const names = descriptors.flatMap(({ id, aliases }) => [id, ...aliases]);
  const near = nearest(text.trim().toLowerCase(), names);
  const list = joinList(descriptors.map(({ id, aliases }) => withNote(id, joinList(aliases))));
  throw new KeypairError('USAGE', t`no provider is called ${JSON.stringify(text)}`, {
    hints: [...(near === null ? [] : [t`did you mean ${near}?`]), t`the providers are ${list}`],
  });
}
