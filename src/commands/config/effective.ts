import { defaultKeyDirectory } from '../../paths.ts';
import { PROFILE_KEYS } from '../../config/keys.ts';
import type { Profile } from '../../config/profile.ts';
import { roleVariable } from '../../credentials/environment.ts';
import type { Context } from '../../context.ts';
import { findDescriptor } from '../../providers/registry.ts';
import type { Descriptor } from '../../providers/types.ts';
import type { GlobalFlags, Settings } from '../../cli/settings.ts';
import { DEFAULT_SOURCE, profileSource, type RegionInput, unaskedRegion } from '../../connection/region.ts';
import { endpointOfProfile } from '../../connection/target.ts';

/** One value that holds. */
export interface Effective {
  /** As users type it. */
  readonly key: string;
  readonly value: string | number;
  /** `flag`, a variable's name, `profile work`, `config` (the configuration itself) or `default`. */
  readonly source: string;
}

/** What a profile says, by the keys as users type them. */
export function valuesOf(profile: Profile): ReadonlyMap<string, string | number> {
  const role = profile.role;
  const values: Readonly<Record<(typeof PROFILE_KEYS)[number]['name'], string | number | null>> = {
    provider: profile.provider,
    region: profile.region,
    site: profile.site,
    endpoint: profile.endpoint,
    'key-dir': profile.keyDir,
    project: profile.project,
    'resource-group': profile.resourceGroup,
    'role.arn': role?.arn ?? null,
    'role.session-name': role?.sessionName ?? null,
    'role.external-id': role?.externalId ?? null,
    'role.duration': role?.durationSeconds ?? null,
  };
  const all = [
    ...PROFILE_KEYS.map(({ name }) => [name, values[name]] as const),
    ...Object.entries(profile.tags).map(([key, value]) => [`tags.${key}`, value] as const),
  ];
  return new Map(all.flatMap(([key, value]) => (value === null ? [] : [[key, value] as const])));
}

/**
 * Every value that a command would take now, with its source, in the order of the keys; what has none is left out.
 *
 * @param settings with the profile in them.
 */
export async function effectiveValues(
  context: RegionInput['context'] & Pick<Context, 'env'>,
  settings: Settings,
): Promise<readonly Effective[]> {
  const { profile } = settings;
  const values = valuesOf(profile);
  const asked = (flag: keyof GlobalFlags | null, variable: string): string | null => {
    if (flag !== null && settings.flags[flag] !== undefined) return 'flag';
    return (context.env[variable] ?? '') === '' ? null : variable;
  };
  const own = (key: string): Effective | null => {
    const value = values.get(key);
    return value === undefined ? null : { key, value, source: profileSource(profile.name) };
  };
  const descriptor = oneProvider(settings.provider);
  const role = descriptor === null ? null : roleVariable(descriptor.vendor, context.env);
  const first = (key: string, value: string | number | null, source: string | null): Effective | null =>
    value === null ? null : source === null ? own(key) : { key, value, source };
  const named = asked('profile', 'KEYPAIR_PROFILE') ?? (profile.chosen ? 'config' : DEFAULT_SOURCE);
  const found: readonly (Effective | null)[] = [
    { key: 'profile', value: profile.name, source: named },
    first('provider', settings.provider, asked('provider', 'KEYPAIR_PROVIDER')),
    first('region', settings.region, asked('region', 'KEYPAIR_REGION')) ??
      (await unasked({ context, settings }, descriptor)) ??
      own('region'),
    first('site', settings.site, asked('site', 'KEYPAIR_SITE')) ?? byDefault('site', settings.site),
    first('endpoint', settings.endpoint, asked('endpoint', 'KEYPAIR_ENDPOINT')) ??
      (descriptor !== null && endpointOfProfile(settings, descriptor) !== null ? own('endpoint') : null),
    first('key-dir', settings.keyDir, asked(null, 'KEYPAIR_KEY_DIR')) ??
      byDefault('key-dir', defaultKeyDirectory(context)),
    lacks(descriptor, 'project') ? null : (own('project') ?? byDefault('project', 0)),
    lacks(descriptor, 'resourceGroup') ? null : own('resource-group'),
    ...(role === null ? ROLE_KEYS.map(own) : [{ key: 'role.arn', value: role.value, source: role.name }]),
    ...(lacks(descriptor, 'tag') ? [] : Object.keys(profile.tags).map((key) => own(`tags.${key}`))),
  ];
  return found.filter((value) => value !== null);
}

const ROLE_KEYS = PROFILE_KEYS.map(({ name }) => name).filter((name) => name.startsWith('role.'));

function byDefault(key: string, value: string | number): Effective {
  return { key, value, source: DEFAULT_SOURCE };
}

async function unasked(input: RegionInput, descriptor: Descriptor | null): Promise<Effective | null> {
  if (descriptor === null) return null;
  const { region, source } = await unaskedRegion(input, descriptor);
  return { key: 'region', value: region, source };
}

/** The provider, where it is one: `list` takes several. */
function oneProvider(provider: string | null): Descriptor | null {
  return provider === null || provider === 'all' || provider.includes(',') ? null : findDescriptor(provider);
}

/** Where no provider is known, what some have is shown. */
function lacks(descriptor: Descriptor | null, ability: 'tag' | 'project' | 'resourceGroup'): boolean {
  return descriptor?.abilities[ability] === false;
}
