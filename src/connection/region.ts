import type { Context } from '../context.ts';
import type { Profile } from '../config/profile.ts';
import type { RegionFound } from '../credentials/vendor.ts';
import { regionFromVariable, vendorOf } from '../credentials/vendors.ts';
import { t } from '../i18n/t.ts';
import { descriptors } from '../providers/registry.ts';
import type { Descriptor } from '../providers/types.ts';
import type { Settings } from '../cli/settings.ts';

/** The source of a provider's default region. */
export const DEFAULT_SOURCE = 'default';

/** What the region depends on. */
export interface RegionInput {
  readonly context: Pick<Context, 'env' | 'home' | 'platform'>;
  readonly settings: Pick<Settings, 'profile'>;
}

/**
 * The region for a provider without `--region` and KEYPAIR_REGION: from the vendor's own variable, else the profile,
 * else the vendor's own configuration file, else the provider's default.
 */
export async function resolveDefaultRegion(input: RegionInput, descriptor: Descriptor): Promise<RegionFound> {
  return (
    regionFromVariable(descriptor.vendor, descriptor.regions, input.context.env) ??
    regionFromProfile(input.settings.profile, descriptor) ??
    (await vendorFileRegion(input, descriptor)) ?? {
      region: descriptor.defaultRegion,
      source: DEFAULT_SOURCE,
    }
  );
}

/** The source of a profile's value, in JSON. */
export function profileSource(name: string): string {
  return `profile ${name}`;
}

/**
 * The source of a value, for people. Names of variables and files are not translated.
 *
 * @param profile the name of the profile in use.
 */
export function sourceText(source: string, profile: string): string {
  switch (source) {
    case profileSource(profile):
      return t`profile ${profile}`;
    case 'flag':
      return t`flag`;
    case 'config':
      return t`config`;
    case DEFAULT_SOURCE:
      return t`default`;
    default:
      return source;
  }
}

/** The profile's region. A profile for another provider counts only if this provider has the region too. */
function regionFromProfile({ name, region, provider }: Profile, descriptor: Descriptor): RegionFound | null {
  if (region === null || (provider !== descriptor.id && !descriptor.regions.includes(region))) return null;
  return { region, source: profileSource(name) };
}

/**
 * The region in the configuration file of the vendor's own CLI. A region of another service of the vendor only is
 * ignored; an unknown one may be new.
 */
async function vendorFileRegion(
  { context }: RegionInput,
  { vendor, regions }: Descriptor,
): Promise<RegionFound | null> {
  const found = await vendorOf(vendor).fileRegion(context);
  if (found === null || regions.includes(found.region)) return found;
  return descriptors.some((other) => other.regions.includes(found.region)) ? null : found;
}
