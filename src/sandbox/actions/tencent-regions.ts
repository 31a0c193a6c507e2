import { fields } from '../params.ts';
import { REGION_NAMES } from '../region-names.ts';
import { action, type Action } from './action.ts';

/** DescribeRegions of CVM or Lighthouse: every region, the request's own or not. Names are Chinese. */
export function describeRegions(
  perSecond: number,
  regions: ReadonlySet<string>,
  more: (region: string) => object = () => ({}),
): Action {
  return action(perSecond, fields({}), () => ({
    TotalCount: regions.size,
    RegionSet: [...regions].map((region) => ({
      Region: region,
      RegionName: REGION_NAMES.get(region) ?? region,
      RegionState: 'AVAILABLE',
      ...more(region),
    })),
  }));
}
