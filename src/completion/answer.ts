import type { PathsInput } from '../paths.ts';
import { regionFromVariable } from '../config/vendor-region.ts';
import { PROVIDER_IDS, providerIdOf } from '../providers/aliases.ts';
import type { ProviderId } from '../providers/types.ts';
import { resolveSettings, type Settings } from '../cli/settings.ts';
import { accountOf, type CachedPair, namesDirectory, placesIn, readPairs } from './cache.ts';
import { type Line, readLine } from './line.ts';
import { type Offered, written } from './offered.ts';
import { readProfiles } from './profiles.ts';

/**
 * Answers a completion script: `keypair __complete SHELL KIND=CURRENT [WORD...]`, with the word that is being typed (not an
 * argument of its own: PowerShell 5 drops empty ones) and the words before it. Reads a few files of this machine and nothing else: no network, no keychain.
 *
 * @param args what follows `__complete`.
 * @returns a line for each offer as the shell's script wants it; nothing for what cannot be known or read.
 */
export async function answerCompletion(args: readonly string[], world: PathsInput): Promise<string> {
  const [shell = '', asked = '', ...words] = args;
  const [, kind = '', current = ''] = /^([a-z]+)=(.*)$/s.exec(asked) ?? [];
  try {
    // Of the provider the regions are wanted, and it is those that are being typed.
    const begun = kind === 'provider' ? '' : current;
    return written(shell, begun, await offersOf(kind, current, readLine(words), world));
  } catch {
    // What is wrong with flags, variables and configuration is told by the command, once it is run.
    return '';
  }
}

async function offersOf(
  kind: string,
  current: string,
  line: Line,
  world: PathsInput,
): Promise<readonly Offered[]> {
  switch (kind) {
    case 'pairs':
      return pairOffers(await settingsOf(line, world), world, current !== '');
    case 'instances':
      return instanceOffers(line, await settingsOf(line, world), world);
    case 'profiles':
      return (await readProfiles(world, null)).names.map(plain);
    case 'provider':
      return (providersOf((await settingsOf(line, world)).provider) ?? []).map(plain);
    case 'settings':
      return settingOffers(line, world);
    default:
      return [];
  }
}

/** The same answers as a command's: flag, variable, profile. */
async function settingsOf({ flags }: Line, world: PathsInput): Promise<Settings> {
  const { chosenProfile } = resolveSettings(flags, world.env);
  const { profile } = await readProfiles(world, chosenProfile);
  return resolveSettings(flags, world.env, profile);
}

/** The ids; null where no provider was chosen, and where all were. */
function providersOf(text: string | null): readonly ProviderId[] | null {
  if (text === null || text === 'all') return null;
  return text.split(',').flatMap((name) => providerIdOf(name) ?? []);
}

/** @param ids whether ids are wanted, too: before anything is typed they would be noise. */
function pairOffers(settings: Settings, world: PathsInput, ids: boolean): readonly Offered[] {
  return cachedPairs(settings, world).flatMap(({ name, id, type, region }) => [
    { value: name, about: [id, type, region].filter((part) => part !== null).join(', ') },
    ...(ids && id !== null ? [{ value: id, about: name }] : []),
  ]);
}

/** The instances that may be meant: to detach a pair from, those that it is bound to; else those of every pair. */
function instanceOffers(
  { plain: [command, pair, ...given] }: Line,
  settings: Settings,
  world: PathsInput,
): readonly Offered[] {
  return cachedPairs(settings, world)
    .filter(({ name, id }) => command !== 'detach' || name === pair || id === pair)
    .flatMap(({ name, region, instances }) =>
      instances
        .filter((value) => !given.includes(value))
        .map((value) => ({ value, about: `${name}, ${region}` })),
    );
}

/** What the cache has of the services and regions that are meant, of all where none was chosen. */
function cachedPairs(
  settings: Settings,
  world: PathsInput,
): readonly (CachedPair & { readonly region: string })[] {
  const directory = namesDirectory(world);
  const providers = providersOf(settings.provider);
  const places = placesIn(directory).filter(
    ({ provider, account }) =>
      (providers ?? PROVIDER_IDS).some((id) => id === provider) && account === accountOf(settings, provider),
  );
  const isMeant = (provider: string, region: string): boolean => {
    const there = places.filter((place) => place.provider === provider).map((place) => place.region);
    const chosen = chosenRegions(settings, world, provider, there);
    return chosen === null || chosen.includes(region);
  };
  return places
    .filter(({ provider, region }) => isMeant(provider, region))
    .flatMap((place) => readPairs(directory, place).map((pair) => ({ ...pair, region: place.region })));
}

/**
 * By flag, KEYPAIR_REGION, the vendor's variable or the profile; null for all. What the vendor's files say, and the
 * default, are left to commands: finding out takes longer than a TAB may, and mostly nothing else is in the cache.
 *
 * @param there the regions of the provider in the cache.
 */
function chosenRegions(
  { region, profile }: Settings,
  { env }: PathsInput,
  provider: string,
  there: readonly string[],
): readonly string[] | null {
  if (region !== null) return region === 'all' ? null : region.split(',').map((id) => id.trim());
  const variable = regionFromVariable(provider === 'aliyun' ? 'aliyun' : 'tencent', there, env);
  if (variable !== null) return [variable.region];
  if (profile.region === null) return null;
  return profile.provider === provider || there.includes(profile.region) ? [profile.region] : null;
}

/** What the setting before the cursor can be: `config set site …`. */
async function settingOffers(line: Line, world: PathsInput): Promise<readonly Offered[]> {
  switch (line.last) {
    case 'provider':
      return PROVIDER_IDS.map(plain);
    case 'region': {
      const [{ profile }, { descriptors }] = await Promise.all([
        settingsOf(line, world),
        import('../providers/registry.ts'),
      ]);
      return descriptors
        .filter(({ id }) => profile.provider === null || profile.provider === id)
        .flatMap(({ regions }) => regions.map(plain));
    }
    case 'site':
      return ['cn', 'intl'].map(plain);
    case 'profile':
      return (await readProfiles(world, null)).names.map(plain);
    default:
      return [];
  }
}

function plain(value: string): Offered {
  return { value, about: '' };
}
