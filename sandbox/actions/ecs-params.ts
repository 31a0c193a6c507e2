import { aliyunInvalidParameter, ApiError } from '../api-error.ts';
import { fields, integer, list, optional, text } from '../params.ts';
import type { Tag } from '../repository.ts';
import type { Call } from './action.ts';

/** The rate limit of an ECS action in requests a second. The documents give none. */
export const PER_SECOND = 50;

/** The parameters `Tag.N.Key` and `Tag.N.Value`, N from 1. */
export const ECS_TAGS = list(fields({ Key: text, Value: optional(text) }));

/** The one resource group besides the default group, whose id is the empty string here. */
const GROUP = 'rg-sandbox';

/** The resource group of a request; empty for the default group. @throws ApiError */
export function checkGroup(id: string | undefined): string {
  if (id !== undefined && id !== GROUP) {
    throw new ApiError(
      'InvalidResourceGroup.NotFound',
      'The ResourceGroup provided does not exist in our records.',
      404,
    );
  }
  return id ?? '';
}

type RequestedTags = readonly { readonly Key: string; readonly Value: string | undefined }[];

/** Checks the tags of a new pair, at most 20. @throws ApiError */
export function newPairTags(tags: RequestedTags): readonly Tag[] {
  if (tags.length > 20)
    throw new ApiError('QuotaExceed.Tags', 'The number of tags exceeds the upper limit of 20.', 403);
  return checkTags(tags);
}

/** Checks tags: unique keys of 1 to 128 characters, values of at most 128. @throws ApiError */
export function checkTags(tags: RequestedTags): readonly Tag[] {
  for (const { Key: key, Value: value = '' } of tags) {
    if (key === '' || key.length > 128 || /^(aliyun|acs:)/.test(key) || /https?:\/\//.test(key)) {
      throw new ApiError('InvalidTagKey.Malformed', 'The specified Tag.n.Key is not valid.', 400);
    }
    if (value.length > 128 || value.startsWith('acs:') || /https?:\/\//.test(value)) {
      throw new ApiError('InvalidTagValue.Malformed', 'The specified Tag.n.Value is not valid.', 400);
    }
  }
  if (new Set(tags.map(({ Key }) => Key)).size !== tags.length) {
    throw new ApiError('Duplicate.TagKey', 'The Tag.N.Key contain duplicate key.', 400);
  }
  return tags.map(({ Key, Value = '' }) => ({ key: Key, value: Value }));
}

/** Parses a JSON list of strings, such as `["a","b"]`. @throws `refused()` for anything else, or an empty list */
export function parseJsonList(json: string, refused: () => ApiError): readonly string[] {
  try {
    const names: unknown = JSON.parse(json);
    if (Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === 'string')) return names;
  } catch {
    // The error below covers both malformed JSON and another type.
  }
  throw refused();
}

/** The parameters of lists whose pages have numbers. */
export const numberedPages = { PageNumber: optional(integer), PageSize: optional(integer) };

/** A numbered page: 10 rows if the request does not say. @param most the most rows @throws ApiError */
export function numberedPage<T>(
  all: readonly T[],
  asked: { readonly PageNumber: number | undefined; readonly PageSize: number | undefined },
  call: Call,
  most = 50,
): {
  readonly page: readonly T[];
  readonly TotalCount: number;
  readonly PageNumber: number;
  readonly PageSize: number;
} {
  const { PageNumber = 1, PageSize: rows = 10 } = asked;
  if (PageNumber < 1) throw aliyunInvalidParameter('PageNumber');
  if (rows < 1 || rows > most) throw aliyunInvalidParameter('PageSize');
  const PageSize = call.pages.fixedSize(rows);
  const page = all.slice((PageNumber - 1) * PageSize, PageNumber * PageSize);
  return { page, TotalCount: all.length, PageNumber, PageSize };
}

const TOKEN = /^sandbox-([0-9]{1,6})$/;

/** The token of a page that begins at this place. */
export function pageToken(place: number): string {
  return Buffer.from(`sandbox-${place}`).toString('base64url');
}

/** Where the page of a token begins; 0 without a token. @throws ApiError */
export function pagePlace(token: string | undefined): number {
  if (token === undefined || token === '') return 0;
  const place = TOKEN.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (place === undefined) throw aliyunInvalidParameter('NextToken');
  return Number(place);
}
