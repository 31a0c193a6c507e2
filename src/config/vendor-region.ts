import type { Vendor } from '../providers/credentials.ts';

/** A region that neither a flag nor KEYPAIR_REGION sets, and its source, for people. */
export interface RegionFound {
  readonly region: string;
  /** `TENCENTCLOUD_REGION`, `profile work`, `~/.tccli/default.configure`, {@link DEFAULT_SOURCE}. */
  readonly source: string;
}

/** The source of a provider's default region. */
export const DEFAULT_SOURCE = 'default';

/**
 * The variables in which the vendors' own tools look for a region; the first that is set wins. Tencent: tccli and
 * Terraform. Alibaba: its CLI, then Terraform's provider, then the CLI's names without a prefix.
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

/** Names that other programs may use, too: they count only if their value is a region of the provider. */
const AMBIGUOUS = new Set(['REGION_ID', 'REGION']);

/**
 * The region that the vendor's own variables set, or null.
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
