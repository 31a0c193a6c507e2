import path from 'node:path';
import { resolveSettings, type Settings } from '../cli/settings.ts';
import type { CommandEntry } from '../cli/spec.ts';
import { DEFAULT_PROFILE, EMPTY_PROFILE, isProfileName, type Profile } from '../config/profile.ts';
import { t } from '../i18n/t.ts';
import { configDirectory, type PathsInput } from '../paths.ts';
import { readShortText } from './cache.ts';
import { instanceOffers, type Offered, pairOffers, providersOf } from './cached-offers.ts';
import { flagIn, type Line, nextArgument, readLine, type Value } from './line.ts';

/** The completions at the cursor. */
interface Answer {
  /** The shell completes files and directories itself: then there are no offers. */
  readonly kind: 'words' | 'files' | 'directories';
  readonly offers: readonly Offered[];
  /** The part of the current word before each offer: `--provider=tencent,`. */
  readonly before: string;
}

/**
 * Answers a completion script: `keypair __complete SHELL line=CURRENT [WORD...]`, with the current word (not an
 * argument of its own: PowerShell 5 drops empty ones) and the words before it. It reads only a few local files: no
 * network, no keychain.
 *
 * The first line of the answer is `words`, `files` or `directories`; the shell completes the last two. After `words`
 * there is one word a line. Scripts of release 0.1 know the commands themselves and ask for one KIND of values instead
 * of `line`; their answer has no first line.
 *
 * @param args the arguments after `__complete`.
 * @param commands all commands.
 * @returns the answer; empty if nothing is known or readable.
 */
export async function answerCompletion(
  args: readonly string[],
  paths: PathsInput,
  commands: readonly CommandEntry[],
): Promise<string> {
  const [shell = '', asked = '', ...split] = args;
  const [, kind = '', last = ''] = /^([a-z]+)=(.*)$/s.exec(asked) ?? [];
  const breaks = paths.env['COMP_WORDBREAKS'] ?? '=:';
  const isLine = kind === 'line';
  const { words, current } = isLine && shell === 'bash' ? joined([...split, last]) : { words: split, current: last };
  try {
    const line = await readLine(words, commands);
    if (!isLine) {
      // A script that asks for the provider wants its regions: do not filter by the typed word.
      const typed = kind === 'provider' ? '' : current;
      return formatOffers(shell, { before: '', typed, breaks: '' }, await offersOf(kind, current, line, paths));
    }
    const { kind: what, offers, before } = await answerAt(line, current, paths);
    const rest = formatOffers(shell, { before, typed: current.slice(before.length), breaks }, offers);
    return `${what}\n${rest}`;
  } catch {
    // The command itself reports errors in flags, variables and the configuration.
    return '';
  }
}

/** Bash 4 splits `--flag=value` and `a:b` into three words each; 3.2 does not. */
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

async function answerAt(line: Line, current: string, paths: PathsInput): Promise<Answer> {
  const { after, below } = line;
  if (after !== null) return valuesFor(after.value, current, '', line, paths);
  if (!line.ended && current.startsWith('-')) {
    const found = flagIn(line.flags, current);
    if (found !== null && found.glued !== null) {
      const before = current.slice(0, current.length - found.glued.length);
      return valuesFor(found.flag.value, found.glued, before, line, paths);
    }
    const offers = line.flags
      .filter((flag) => flag.many || !line.given.has(flag))
      .flatMap(({ names, summary }) => names.map((value) => described(value, summary)))
      // Fish would also match scattered letters.
      .filter(({ value }) => value.startsWith(current));
    return { kind: 'words', offers, before: '' };
  }
  if (below.length > 0) {
    return { kind: 'words', offers: below.map(({ name, summary }) => described(name, summary)), before: '' };
  }
  return valuesFor(nextArgument(line), current, '', line, paths);
}

const NOTHING: Answer = { kind: 'words', offers: [], before: '' };

/** @param before the part of the word before the value. */
async function valuesFor(
  value: Value | null,
  typed: string,
  before: string,
  line: Line,
  paths: PathsInput,
): Promise<Answer> {
  if (value === null || value.kind === 'text') return NOTHING;
  switch (value.kind) {
    case 'files':
    case 'directories':
      return { kind: value.kind, offers: [], before };
    case 'words':
      return { kind: 'words', offers: value.words.map(plain), before };
    case 'providers':
    case 'regions': {
      const list = typed.slice(0, typed.lastIndexOf(',') + 1);
      const offers = value.kind === 'providers' ? await providerOffers() : await regionOffers(line, paths);
      // "all" cannot be part of a list.
      const all = list === '' && line.command.all?.includes(value.kind) === true;
      return {
        kind: 'words',
        offers: all ? [...offers, described('all', t`each of them`)] : offers,
        before: before + list,
      };
    }
    case 'pairs-or-files': {
      const offers = await offersOf('pairs', typed, line, paths);
      const some = offers.some((offer) => offer.value.startsWith(typed));
      return some ? { kind: 'words', offers, before } : { kind: 'files', offers: [], before };
    }
    default:
      return { kind: 'words', offers: await offersOf(value.kind, typed, line, paths), before };
  }
}

async function providerOffers(): Promise<readonly Offered[]> {
  const { descriptors } = await import('../providers/registry.ts');
  return descriptors.flatMap(({ id, aliases, title }) => [id, ...aliases].map((name) => described(name, title)));
}

/** The regions of the chosen providers; of all if none was chosen. */
async function regionOffers(line: Line, paths: PathsInput): Promise<readonly Offered[]> {
  const { provider } = await settingsOf(line, paths);
  const chosen = await providersOf(provider);
  const meant = chosen.length > 0 ? chosen : await providersOf(null);
  return meant.flatMap(({ regions }) => regions.map(plain));
}

/** The values of one kind, for scripts of release 0.1 as well. */
async function offersOf(kind: string, current: string, line: Line, paths: PathsInput): Promise<readonly Offered[]> {
  switch (kind) {
    case 'pairs':
      return pairOffers(await settingsOf(line, paths), paths, current !== '');
    case 'instances':
      return instanceOffers(line, await settingsOf(line, paths), paths, current !== '');
    case 'profiles':
      return (await readProfiles(paths, null)).names.map(plain);
    case 'provider': {
      const { provider } = await settingsOf(line, paths);
      if (provider === null || provider === 'all') return [];
      return (await providersOf(provider)).map(({ id }) => plain(id));
    }
    case 'settings':
      return settingOffers(line, paths);
    default:
      return [];
  }
}

/** The settings as a command resolves them: flag, variable, profile. */
async function settingsOf({ globals }: Line, paths: PathsInput): Promise<Settings> {
  const { chosenProfile } = resolveSettings(globals, paths.env);
  const { profile } = await readProfiles(paths, chosenProfile);
  return resolveSettings(globals, paths.env, profile);
}

/** The values of the setting before the cursor: `config set site …`. */
async function settingOffers(line: Line, paths: PathsInput): Promise<readonly Offered[]> {
  switch (line.args.at(-1)) {
    case 'provider':
      return (await providersOf(null)).map(({ id }) => plain(id));
    case 'region': {
      const { profile } = await settingsOf(line, paths);
      return (await providersOf(profile.provider)).flatMap(({ regions }) => regions.map(plain));
    }
    case 'site':
      return ['cn', 'intl'].map(plain);
    case 'profile':
      return (await readProfiles(paths, null)).names.map(plain);
    default:
      return [];
  }
}

const plain = (value: string): Offered => ({ value });

const described = (value: string, summary: string): Offered => ({ value, summary });

/** The most lines for a shell: more than anybody reads, and all that the slowest shell can handle at once. */
const MOST = 5000;

/**
 * A text that every shell reads as one word, quoted or not. Names come from a server: no blank, no quotation mark,
 * nothing special to a shell, a terminal or the reader of this output.
 */
function isWord(text: string): boolean {
  // Most are ASCII: the Unicode classes take a millisecond to make.
  const ascii = /^(?:-[A-Za-z]$|--)?[A-Za-z0-9_][A-Za-z0-9._:+-]{0,127}$/.test(text);
  return ascii || /^(?:-[A-Za-z]$|--)?[\p{L}\p{N}_][\p{L}\p{N}\p{M}._:+-]{0,127}$/u.test(text);
}

/** The same for a description. */
function plainWords(text: string): string {
  if (/^[A-Za-z0-9 ._:,+-]{0,200}$/.test(text)) return text;
  return /^[\p{L}\p{N}\p{M} ._:,+-]{1,200}$/u.test(text) ? text : '';
}

/** The part of a word before the value: a flag, and the list so far. */
const BEFORE = /^(?:--[a-z-]+=|-[A-Za-z])?(?:[a-z0-9-]+,)*$/;

/**
 * Formats offers for the script of a shell, one a line, without duplicates. Bash gets only those that start with the
 * typed text, and no descriptions; the other shells filter by themselves.
 *
 * @param shell a shell with a script; for any other the result is empty.
 * @param before the part of the current word before each value: `--provider=tencent,`.
 * @param typed the rest of that word.
 * @param breaks the characters at which bash splits words: it replaces only the part after the last of them.
 */
function formatOffers(
  shell: string,
  { before, typed, breaks }: { readonly before: string; readonly typed: string; readonly breaks: string },
  offers: readonly Offered[],
): string {
  const form = Object.hasOwn(FORMS, shell) ? FORMS[shell] : undefined;
  if (form === undefined || !BEFORE.test(before)) return '';
  const lines = new Map<string, string>();
  const word = before + typed;
  const kept =
    shell === 'bash' ? 1 + Math.max(...['=', ':'].map((c) => (breaks.includes(c) ? word.lastIndexOf(c) : -1))) : 0;
  for (const { value, about, summary } of offers) {
    if (lines.size === MOST) break;
    if (shell === 'bash' && !value.startsWith(typed)) continue;
    if (lines.has(value) || !isWord(value)) continue;
    const beside = shell === 'bash' ? '' : (summary ?? plainWords(about?.() ?? ''));
    lines.set(value, `${form(`${before}${value}`.slice(kept), beside)}\n`);
  }
  return [...lines.values()].join('');
}

/** The format of a line for each shell; `about` may be empty. */
const FORMS: Readonly<Record<string, (value: string, about: string) => string>> = {
  bash: (value) => value,
  // The format of _describe.
  zsh: (value, about) => value.replaceAll(':', '\\:') + (about === '' ? '' : `:${about.replaceAll('\\', '\\\\')}`),
  fish: (value, about) => `${value}\t${about}`,
  powershell: (value, about) => `${value}|${about}`,
};

/**
 * Reads the configuration as plain JSON, unchecked: commands report its errors. The parser for comments takes a third
 * of Node's own start to load, so it is loaded only for a file that is not plain JSON.
 *
 * @param chosen by `--profile` or KEYPAIR_PROFILE.
 * @returns the names of all profiles, `default` first, and the chosen profile, with only the settings that select key
 * pairs.
 * @throws KeypairError `USAGE` for a file that this parser refuses, too.
 */
async function readProfiles(
  paths: PathsInput,
  chosen: string | null,
): Promise<{ readonly names: readonly string[]; readonly profile: Profile }> {
  const file = path.join(configDirectory(paths), 'config.json');
  const text = readShortText(file)?.replace(/^\uFEFF/, '') ?? '{}';
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    const { namesIn, parseDocument, profileFrom } = await import('../config/document.ts');
    const document = parseDocument(file, text);
    return { names: withDefault(namesIn(document)), profile: profileFrom(document, chosen) };
  }
  const profiles = own(content, 'profiles');
  const name = chosen ?? textOf(content, 'profile') ?? DEFAULT_PROFILE;
  const profile = own(profiles, name);
  const [provider, site] = [textOf(profile, 'provider'), textOf(profile, 'site')];
  return {
    names: withDefault(isObject(profiles) ? Object.keys(profiles).filter(isProfileName) : []),
    profile: {
      ...EMPTY_PROFILE,
      name,
      provider: provider === null ? null : ((await providersOf(provider))[0]?.id ?? null),
      region: textOf(profile, 'region'),
      site: site === 'cn' || site === 'intl' ? site : null,
      endpoint: textOf(profile, 'endpoint'),
    },
  };
}

const withDefault = (names: readonly string[]) => [...new Set([DEFAULT_PROFILE, ...names])];

function textOf(value: unknown, key: string): string | null {
  const found = own(value, key);
  return typeof found === 'string' ? found : null;
}

function own(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
