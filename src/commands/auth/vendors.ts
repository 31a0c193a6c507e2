import type { Vendor } from '../../providers/credentials.ts';
import { descriptors } from '../../providers/registry.ts';
import type { Descriptor } from '../../providers/types.ts';

/** The ids of those of some providers, by default of all, that are one vendor's. */
export function providersOfVendor(
  vendor: Vendor,
  providers: readonly Descriptor[] = descriptors,
): readonly string[] {
  return providers.filter((descriptor) => descriptor.vendor === vendor).map(({ id }) => id);
}

/** An access key's id, so that people know it again, and no more: `AKID…WXYZ`; of a short one less. */
export function shortened(id: string): string {
  if (id.length >= 16) return `${id.slice(0, 4)}…${id.slice(-4)}`;
  return `${id.slice(0, Math.min(4, Math.floor(id.length / 4)))}…`;
}
