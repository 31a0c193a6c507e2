import type {
  DescribeKeyPairsRequest,
  Filter,
} from 'tencentcloud-sdk-nodejs/tencentcloud/services/cvm/v20170312/cvm_models.js';
import { identityOf, matching } from '../../filter.ts';
import { allPages } from '../../pages.ts';
import type { Service } from '../../service.ts';
import type { KeyPair, ListFilter } from '../../types.ts';
import type { CallAction } from './api.ts';
import { readPage } from './key-pair.ts';

/** DescribeKeyPairs takes no more filters than this. */
const MOST_FILTERS = 10;

/** The key pairs that fit, by DescribeKeyPairs of CVM or Lighthouse: asked for as far as it filters, and looked at again. */
export function listKeyPairs(
  call: CallAction,
  service: Service,
  filter: ListFilter,
  signal: AbortSignal,
): AsyncIterable<KeyPair> {
  const fetchPage = async ({ offset }: { readonly offset: number }) => {
    const page = { Offset: offset, Limit: service.pageSize };
    const parameters: DescribeKeyPairsRequest = { ...page, ...selection(filter) };
    return readPage(await call('DescribeKeyPairs', parameters, { changes: false, signal }));
  };
  return matching(allPages(fetchPage, service.pageSize, identityOf), filter);
}

/** Ids or filters: the service takes one of the two. Lighthouse's filter for names finds parts of them, too. */
function selection({ id, name, tags = {} }: ListFilter): Pick<DescribeKeyPairsRequest, 'KeyIds' | 'Filters'> {
  if (id !== undefined) return { KeyIds: [id] };
  const filters: Filter[] = Object.entries(tags).map(([key, value]) => ({
    Name: `tag:${key}`,
    Values: [value],
  }));
  if (name !== undefined) filters.unshift({ Name: 'key-name', Values: [name] });
  return filters.length === 0 ? {} : { Filters: filters.slice(0, MOST_FILTERS) };
}
