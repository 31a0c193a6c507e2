import type { PathsInput } from '../paths.ts';
import { t } from '../i18n/t.ts';
import type { Descriptor } from '../providers/types.ts';
import { resolveSettings, type Settings } from '../cli/settings.ts';
import type { CommandEntry } from '../cli/spec.ts';
import { accountOf, type CachedPair, namesDirectory, placesIn, readPairs } from './cache.ts';
import { flagIn, type Line, nextArgument, readLine, type Value } from './line.ts';
import { type Offered, written } from './offered.ts';
import { readProfiles } from './profiles.ts';

/** What can stand at the cursor. */
interface Answer {
  /** Files and directories are the shell's business: nothing is offered beside them. */
  readonly kind: 'words' | 'files' | 'directories';
  readonly offers: readonly Offered[];
  /** What of the word that is being typed stands before each offer: `--provider=tencent,`. */
  readonly before: string;
}

/**
 * Answers a completion script: `keypair __complete SHELL line=CURRENT [WORD...]`, with the word that is being typed (not an
 * argument of its own: PowerShell 5 drops empty ones) and the words before it. Reads a few files of this machine and
 * nothing else: no network, no keychain.
 *
 * The first line of the answer is `words`, `files` or `directories`; the shell completes the last two. After `words` there
 * is a line for each word. Scripts of release 0.1 know the commands themselves, and ask for one KIND of values in place of
 * `line`: they get the values without a first line.
 *
 * @param args what follows `__complete`.
 * @param commands all commands.
 * @returns the answer; nothing for what cannot be known or read.
 */
export async function answerCompletion(
  args: readonly string[],
  world: PathsInput,
  commands: readonly CommandEntry[],
): Promise<string> {
  const [shell = '', asked = '', ...split] = args;
  const [, kind = '', last = ''] = /^([a-z]+)=(.*)$/s.exec(asked) ?? [];
  const breaks = world.env['COMP_WORDBREAKS'] ?? '=:';
  const isLine = kind === 'line';
  const { words, current } =
    isLine && shell === 'bash' ? joined([...split, last]) : { words: split, current: last };
  try {
    const line = await readLine(words, commands);
    if (!isLine) {
      // A script that asks for the provider wants its regions, so the typed word does not narrow it.
      const typed = kind === 'provider' ? '' : current;
      return written(shell, { before: '', typed, breaks: '' }, await offersOf(kind, current, line, world));
    }
    const { kind: what, offers, before } = await answerAt(line, current, world);
    const rest = written(shell, { before, typed: current.slice(before.length), breaks }, offers);
    return `${what}\n${rest}`;
  } catch {
    // What is wrong with flags, variables and configuration is told by the command, once it is run.
    return '';
  }
}

/** Bash 4 takes `--flag=value` and `a:b` for three words each; 3.2 does not. */
function joined(split: readonly string[]): { readonly words: readonly string[]; readonly current: string } {
  const words: string[] = [];
  let glued = false;
  for (const word of split) {
    const joint = /^[=:]+$/.test(word);
    if (words.length > 0 && (joint || glued)) words.push((words.pop() ?? '') + word);
    else words.push(word);
    glued = joint;
  }
  const current = words.pop() ?? '';
  return { words, current };
}

async function answerAt(line: Line, current: string, world: PathsInput): Promise<Answer> {
  const { after, below } = line;
  if (after !== null) return valuesFor(after.value, current, '', line, world);
  if (!line.ended && current.startsWith('-')) {
    const found = flagIn(line.flags, current);
    if (found !== null && found.glued !== null) {
      const before = current.slice(0, current.length - found.glued.length);
      return valuesFor(found.flag.value, found.glued, before, line, world);
    }
    const offers = line.flags
      .filter((flag) => flag.many || !line.given.has(flag))
      .flatMap(({ names, summary }) => names.map((value) => described(value, summary)))
      // Fish would match letters that stand apart.
      .filter(({ value }) => value.startsWith(current));
    return { kind: 'words', offers, before: '' };
  }
  if (below.length > 0) {
    return { kind: 'words', offers: below.map(({ name, summary }) => described(name, summary)), before: '' };
  }
  return valuesFor(nextArgument(line), current, '', line, world);
}

const NOTHING: Answer = { kind: 'words', offers: [], before: '' };

/** @param before what stands before the value in the same word. */
async function valuesFor(
  value: Value | null,
  typed: string,
  before: string,
  line: Line,
  world: PathsInput,
): Promise<Answer> {
  if (value === null) return NOTHING;
  switch (value.kind) {
    case 'text':
      return NOTHING;
    case 'files':
    case 'directories':
      return { kind: value.kind, offers: [], before };
    case 'words':
      return { kind: 'words', offers: value.words.map(plain), before };
    case 'providers':
    case 'regions': {
      const list = typed.slice(0, typed.lastIndexOf(',') + 1);
      const offers = value.kind === 'providers' ? await providerOffers() : await regionOffers(line, world);
      // "all" is no part of a list.
      const all = list === '' && line.command.all?.includes(value.kind) === true;
      return {
        kind: 'words',
        offers: all ? [...offers, described('all', t`each of them`)] : offers,
        before: before + list,
      };
    }
    case 'pairs-or-files': {
      const offers = await offersOf('pairs', typed, line, world);
      const some = offers.some((offer) => offer.value.startsWith(typed));
      return some ? { kind: 'words', offers, before } : { kind: 'files', offers: [], before };
    }
    default:
      return { kind: 'words', offers: await offersOf(value.kind, typed, line, world), before };
  }
}

async function providerOffers(): Promise<readonly Offered[]> {
  const { descriptors } = await import('../providers/registry.ts');
  return descriptors.flatMap(({ id, aliases, title }) =>
    [id, ...aliases].map((name) => described(name, title)),
  );
}

/** The regions of the providers that are meant, of all where none was chosen. */
async function regionOffers(line: Line, world: PathsInput): Promise<readonly Offered[]> {
  const { provider } = await settingsOf(line, world);
  const chosen = await providersOf(provider);
  const meant = chosen.length > 0 ? chosen : await providersOf(null);
  return meant.flatMap(({ regions }) => regions.map(plain));
}

/** The values of one kind, as scripts of release 0.1 ask for them. */
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
    case 'provider': {
      const { provider } = await settingsOf(line, world);
      if (provider === null || provider === 'all') return [];
      return (await providersOf(provider)).map(({ id }) => plain(id));
    }
    case 'settings':
      return settingOffers(line, world);
    default:
      return [];
  }
}

/** The same answers as a command's: flag, variable, profile. */
async function settingsOf({ globals }: Line, world: PathsInput): Promise<Settings> {
  const { chosenProfile } = resolveSettings(globals, world.env);
  const { profile } = await readProfiles(world, chosenProfile);
  return resolveSettings(globals, world.env, profile);
}

/** Those that are named; all where none is. */
async function providersOf(text: string | null): Promise<readonly Descriptor[]> {
  const { descriptorOf, descriptors } = await import('../providers/registry.ts');
  if (text === null || text === 'all') return descriptors;
  return text.split(',').flatMap((name) => descriptorOf(name) ?? []);
}

/** @param ids whether ids are wanted, too: before anything is typed they would be noise. */
async function pairOffers(settings: Settings, world: PathsInput, ids: boolean): Promise<readonly Offered[]> {
  return (await cachedPairs(settings, world)).flatMap(({ name, id, type, region }) => [
    { value: name, about: [id, type, region].filter((part) => part !== null).join(', ') },
    ...(ids && id !== null ? [{ value: id, about: name }] : []),
  ]);
}

/** The instances that may be meant: to detach a pair from, those that it is bound to; else those of every pair. */
async function instanceOffers(
  { command, args: [pair, ...given] }: Line,
  settings: Settings,
  world: PathsInput,
): Promise<readonly Offered[]> {
  return (await cachedPairs(settings, world))
    .filter(({ name, id }) => command.name !== 'detach' || name === pair || id === pair)
    .flatMap(({ name, region, instances }) =>
      instances
        .filter((value) => !given.includes(value))
        .map((value) => ({ value, about: `${name}, ${region}` })),
    );
}

/** What the cache has of the services and regions that are meant, of all where none was chosen. */
async function cachedPairs(
  settings: Settings,
  world: PathsInput,
): Promise<readonly (CachedPair & { readonly region: string })[]> {
  const directory = namesDirectory(world);
  const [descriptors, { regionFromVariable }] = await Promise.all([
    providersOf(settings.provider),
    import('../credentials/vendors.ts'),
  ]);
  return descriptors.flatMap(({ id, vendor }) => {
    const places = placesIn(directory).filter(
      ({ provider, account }) => provider === id && account === accountOf(settings, id),
    );
    const there = places.map(({ region }) => region);
    const variable = regionFromVariable(vendor, there, world.env);
    const chosen = chosenRegions(settings, id, there, variable?.region ?? null);
    return places
      .filter(({ region }) => chosen === null || chosen.includes(region))
      .flatMap((place) => readPairs(directory, place).map((pair) => ({ ...pair, region: place.region })));
  });
}

/**
 * By flag, KEYPAIR_REGION, the vendor's variable or the profile; null for all. What the vendor's files say, and the
 * default, are left to commands: finding out takes longer than a TAB may, and mostly nothing else is in the cache.
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

/** What the setting before the cursor can be: `config set site …`. */
async function settingOffers(line: Line, world: PathsInput): Promise<readonly Offered[]> {
  switch (line.args.at(-1)) {
    case 'provider':
      return (await providersOf(null)).map(({ id }) => plain(id));
    case 'region': {
      const { profile } = await settingsOf(line, world);
      return (await providersOf(profile.provider)).flatMap(({ regions }) => regions.map(plain));
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
  return { value };
}

function described(value: string, summary: string): Offered {
  return { value, summary };
}
