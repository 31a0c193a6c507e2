import type { Settings } from '../cli/settings.ts';
import type { PathsInput } from '../paths.ts';
import type { Descriptor } from '../providers/types.ts';
import {
  accountOf,
  type CachedPair,
  type CachePlace,
  instancesDirectory,
  namesDirectory,
  placesIn,
  readInstances,
  readPairs,
} from './cache.ts';
import type { Line } from './line.ts';

/** One completion. */
export interface Offered {
  readonly value: string;
  /** A description from a server or a file; empty for none. */
  readonly about?: () => string;
  /** A description from this program: it may contain any character. */
  readonly summary?: string;
}

/** The providers in a list; all for null or `all`. */
export async function providersOf(text: string | null): Promise<readonly Descriptor[]> {
  const { descriptorOf, descriptors } = await import('../providers/registry.ts');
  if (text === null || text === 'all') return descriptors;
  return text.split(',').flatMap((name) => descriptorOf(name) ?? []);
}

/**
 * The cached key pairs of the chosen providers and regions.
 *
 * @param ids whether to offer ids, too: before anything is typed they would be noise.
 */
export async function pairOffers(settings: Settings, paths: PathsInput, ids: boolean): Promise<readonly Offered[]> {
  return (await cachedPairs(settings, paths)).flatMap(({ name, id, type, region }) => [
    { value: name, about: () => [id, type, region].filter((part) => part !== null).join(', ') },
    ...(ids && id !== null ? [{ value: id, about: () => name }] : []),
  ]);
}

/**
 * The instances to offer: for `detach` those that the pair is bound to, else all by name, and by id once something is
 * typed.
 */
export async function instanceOffers(
  { command, args: [pair, ...given] }: Line,
  settings: Settings,
  paths: PathsInput,
  ids: boolean,
): Promise<readonly Offered[]> {
  const bound = (await cachedPairs(settings, paths))
    .filter(({ name, id }) => command.name !== 'detach' || name === pair || id === pair)
    .flatMap(({ name, region, instances }) => instances.map((value) => ({ value, about: () => `${name}, ${region}` })));
  const all = (await cachedRows(settings, paths, instancesDirectory(paths), readInstances)).filter(
    ({ id }) => command.name !== 'detach' || bound.some(({ value }) => value === id),
  );
  const named = all.flatMap(({ id, name, region }) => [
    ...(name === null ? [] : [{ value: name, about: () => `${id}, ${region}` }]),
    ...(ids || name === null
      ? [{ value: id, about: () => [name, region].filter((part) => part !== null).join(', ') }]
      : []),
  ]);
  const known = new Set(all.map(({ id }) => id));
  return [...named, ...bound.filter(({ value }) => !known.has(value))].filter(({ value }) => !given.includes(value));
}

/** The cached key pairs of the chosen providers and regions; of all if none was chosen. */
function cachedPairs(
  settings: Settings,
  paths: PathsInput,
): Promise<readonly (CachedPair & { readonly region: string })[]> {
  return cachedRows(settings, paths, namesDirectory(paths), readPairs);
}

/** What a directory of the cache has of the chosen providers and regions; of all if none was chosen. */
async function cachedRows<T>(
  settings: Settings,
  paths: PathsInput,
  directory: string,
  read: (directory: string, place: CachePlace) => readonly T[],
): Promise<readonly (T & { readonly region: string })[]> {
  const [descriptors, { regionFromVariable }] = await Promise.all([
    providersOf(settings.provider),
    import('../credentials/vendors.ts'),
  ]);
  return descriptors.flatMap(({ id, vendor }) => {
    const places = placesIn(directory).filter(
      ({ provider, account }) => provider === id && account === accountOf(settings, id),
    );
    const there = places.map(({ region }) => region);
    const variable = regionFromVariable(vendor, there, paths.env);
    const chosen = chosenRegions(settings, id, there, variable?.region ?? null);
    return places
      .filter(({ region }) => chosen === null || chosen.includes(region))
      .flatMap((place) => read(directory, place).map((row) => ({ ...row, region: place.region })));
  });
}

/**
 * The regions from the flag, KEYPAIR_REGION, the vendor's variable or the profile; null for all. The vendor's files and
 * the default are not considered: that takes too long for a TAB, and the cache rarely has other regions.
 *
 * @param there the regions of the provider in the cache.
 * @param variable the region that the vendor's variable names.
 */
function chosenRegions(
  { region, profile }: Settings,
  provider: string,
  there: readonly string[],
  variable: string | null,
): readonly string[] | null {
  if (region !== null) return region === 'all' ? null : region.split(',').map((id) => id.trim());
  if (variable !== null) return [variable];
  if (profile.region === null) return null;
  return profile.provider === provider || there.includes(profile.region) ? [profile.region] : null;
}
