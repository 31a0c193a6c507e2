import type { RegionFound, VendorData } from './vendor.ts';
import { aliyun } from './vendors/aliyun.ts';
import { tencent } from './vendors/tencent.ts';
import type { Env } from './variables.ts';
import type { Vendor } from '../providers/credentials.ts';

/** Every vendor, in the order of the providers. */
export const VENDORS: readonly [VendorData, ...VendorData[]] = [tencent, aliyun];

/** The vendor with this id. Every vendor of a descriptor exists. */
export function vendorOf(id: Vendor): VendorData {
  const found = VENDORS.find((vendor) => vendor.id === id);
  if (found === undefined) throw new Error(`no vendor ${id}`);
  return found;
}

/**
 * The region that the vendor's own variables set, or null.
 *
 * @param regions the provider's.
 */
export function regionFromVariable(vendor: Vendor, regions: readonly string[], env: Env): RegionFound | null {
  const { regionVariables, ambiguousRegionVariables } = vendorOf(vendor);
  for (const source of regionVariables) {
    const region = env[source]?.trim() ?? '';
    if (region === '' || (ambiguousRegionVariables.includes(source) && !regions.includes(region))) continue;
    return { region, source };
  }
  return null;
}
