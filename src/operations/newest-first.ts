import type { KeyPair } from '../providers/types.ts';

/**
 * The order of lists: the newest first, those of one time by name, those without a time at the end. For `sort`; services
 * give pairs of the same second in any order.
 */
export function newestFirst(a: KeyPair, b: KeyPair): number {
  return timeOf(b) - timeOf(a) || byText(a.name, b.name) || byText(a.id ?? '', b.id ?? '');
}

/** 0 for a time that is none. */
function timeOf({ createdAt }: KeyPair): number {
  return Date.parse(createdAt ?? '') || 0;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
