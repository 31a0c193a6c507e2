import { fields } from '../params.ts';
import { REGION_NAMES } from '../region-names.ts';
import { ECS_REGIONS } from '../regions.ts';
import { action } from './action.ts';
import { PER_SECOND } from './ecs-describe.ts';

/** ECS DescribeRegions: all regions, with Chinese names, as it answers without AcceptLanguage. */
export const describeRegions = action(PER_SECOND, fields({}), () => ({
  Regions: {
    Region: [...ECS_REGIONS].map((region) => ({
      RegionId: region,
      RegionEndpoint:
        region === 'cn-hangzhou' ? 'ecs-cn-hangzhou.aliyuncs.com' : `ecs.${region}.aliyuncs.com`,
      LocalName: REGION_NAMES.get(region) ?? region,
      Status: 'available',
    })),
  },
}));
