import type { Vendor } from '../credentials/types.ts';

/** A region that nobody asked for by flag or KEYPAIR_REGION, and where it is from, for people. */
export interface RegionFound {
  readonly region: string;
  /** `TENCENTCLOUD_REGION`, `profile work`, `~/.tccli/default.configure`, {@link DEFAULT_SOURCE}. */
  readonly source: string;
}

/** The source of what nobody chose. */
export const DEFAULT_SOURCE = 'default';

/**
 * The variables in which the vendors' own tools look for a region, the first that is set winning: tccli and Terraform
 * (Tencent); the Alibaba Cloud CLI, then Terraform's provider, then the CLI's names without a prefix.
 */
const VARIABLES: Readonly<Record<Vendor, readonly string[]>> = {
  tencent: ['TENCENTCLOUD_REGION'],
  aliyun: [
    'ALIBABA_CLOUD_REGION_ID',
    'ALIBABACLOUD_REGION_ID',
    'ALICLOUD_REGION_ID',
    'ALIBABA_CLOUD_REGION',
    'ALICLOUD_REGION',
    'REGION_ID',
    'REGION',
  ],
};

/** Names that anybody may use for anything: they count only with a region of the provider in them. */
const AMBIGUOUS = new Set(['REGION_ID', 'REGION']);

/**
 * The region that the vendor's own variables name, or null.
 *
 * @param regions those of the provider.
 */
export function regionFromVariable(
  vendor: Vendor,
  regions: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): RegionFound | null {
  for (const source of VARIABLES[vendor]) {
    const region = env[source]?.trim() ?? '';
    if (region === '' || (AMBIGUOUS.has(source) && !regions.includes(region))) continue;
    return { region, source };
  }
  return null;
}
