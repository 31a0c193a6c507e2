import type { Answer } from './response.ts';
import type { Region } from './types.ts';
import { handledRows, lineOf, wordOf } from './parse.ts';

/** What is shaped like a region; whatever else a server sends gets into no host name. */
const REGION = /^[a-z]{2}(-[a-z0-9]+)*$/;

/** Longer than any list of regions. */
const MOST = 300;

/**
 * The regions in a list of a service's answer, but for those that are not to be had.
 *
 * @param fields the names of a row's fields.
 * @throws KeypairError where there is no list, or nothing in it.
 */
export function readRegions(
  answer: Answer,
  list: unknown,
  fields: { readonly id: string; readonly name: string; readonly state: string },
): readonly Region[] {
  const rows = handledRows(list, fields.id, (row, id) => ({
    id,
    name: lineOf(row[fields.name])?.slice(0, 100) ?? null,
    open: wordOf(row[fields.state]) !== 'unavailable',
  }));
  const regions = rows?.items.filter(({ id, open }) => open && id.length <= 60 && REGION.test(id)) ?? [];
  if (regions.length === 0) throw answer.unusable('without a list of regions');
  return [...new Map(regions.map(({ id, name }) => [id, { id, name }])).values()].slice(0, MOST);
}
