import { fields, text } from '../params.ts';
import { ApiError } from '../api-error.ts';
import { CVM_REGIONS, LIGHTHOUSE_REGIONS, REGION_NAMES } from '../regions.ts';
import { action, type Action, type Actions } from './action.ts';

/** DescribeRegions of CVM or Lighthouse: all regions, with Chinese names. */
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

const PRODUCTS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['cvm', CVM_REGIONS],
  ['lighthouse', LIGHTHOUSE_REGIONS],
]);

/** Tencent's regions of all products. The error for an unknown product is a guess. */
export const TENCENT_REGION_ACTIONS: Actions = new Map([
  [
    'DescribeRegions',
    action(50, fields({ Product: text }), ({ Product: product }) => {
      const regions = PRODUCTS.get(product);
      if (regions === undefined) throw new ApiError('InvalidParameterValue', 'The product is not known.');
      return {
        TotalCount: regions.size,
        RegionSet: [...regions].map((region) => ({
          Region: region,
          RegionName: REGION_NAMES.get(region) ?? region,
          RegionState: 'AVAILABLE',
          RegionTypeMC: null,
          LocationMC: null,
          RegionNameMC: null,
          RegionIdMC: null,
        })),
      };
    }),
  ],
]);
