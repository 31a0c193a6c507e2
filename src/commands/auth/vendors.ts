import { t } from '../../i18n/t.ts';
import type { Vendor } from '../../providers/credentials.ts';
import { descriptors } from '../../providers/registry.ts';
import type { Descriptor } from '../../providers/types.ts';

/** A vendor for people: credentials are its, and hold for all of its services. */
export interface VendorWords {
  readonly title: string;
  /** What it calls the two halves of an access key. */
  readonly id: string;
  readonly secret: string;
}

/** Every vendor, in the order of the providers. */
export const VENDORS: Readonly<Record<Vendor, VendorWords>> = {
  tencent: { title: t`Tencent Cloud`, id: 'SecretId', secret: 'SecretKey' },
  aliyun: { title: t`Alibaba Cloud`, id: 'AccessKeyId', secret: 'AccessKeySecret' },
};

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
