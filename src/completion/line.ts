import type { GlobalFlags } from '../cli/settings.ts';
import {
  type ArgumentSpec,
  type CommandEntry,
  type CommandSpec,
  GLOBAL_FLAGS,
  type Offer,
  type OptionSpec,
} from '../cli/spec.ts';
import { t } from '../i18n/t.ts';

/** The kind of a flag's value or of an argument. */
export type Value =
  | { readonly kind: 'text' | 'files' | 'directories' | 'providers' | 'regions' | Offer }
  | { readonly kind: 'words'; readonly words: readonly string[] };

/** A flag with all its names, including the dashes. */
interface Flag {
  readonly names: readonly string[];
  readonly summary: string;
  /** Its value; null for a switch. */
  readonly value: Value | null;
  /** Whether it may be repeated. */
  readonly many: boolean;
}

/** A command line up to the current word. */
export interface Line {
  /** The command, or an entry with an empty name for the program itself. */
  readonly command: CommandSpec;
  /** The commands that can follow. */
  readonly below: readonly Named[];
  /** The flags that can follow, and those that were given. */
  readonly flags: readonly Flag[];
  readonly given: ReadonlySet<Flag>;
  /** The flags that select key pairs; the last of a kind counts. */
  readonly globals: GlobalFlags;
  /** The arguments so far. */
  readonly args: readonly string[];
  /** The flag whose value is the current word. */
  readonly after: Flag | null;
  /** Whether `--` was given: no flags follow. */
  readonly ended: boolean;
}

/** A command's name and summary. */
type Named = Pick<CommandSpec, 'name' | 'summary'>;

/** The flags and the command that Commander adds. */
const HELP: OptionSpec = { flags: '-h, --help', summary: t`show help` };
const VERSION: OptionSpec = { flags: '-V, --version', summary: t`print the version` };
const HELP_COMMAND: CommandSpec = { name: 'help', summary: HELP.summary, examples: [] };

const PROGRAM: CommandSpec = {
  name: '',
  summary: '',
  examples: [],
  options: [VERSION],
  all: ['providers', 'regions'],
};

/** The global flags that select key pairs. */
const GLOBALS: ReadonlySet<string> = new Set<keyof GlobalFlags>([
  'provider',
  'region',
  'profile',
  'site',
  'endpoint',
  'sandbox',
]);

/**
 * Parses an unfinished command line. Loads only the spec of its command, and not Commander.
 *
 * @param words the words before the current one, without the program's name.
 */
export async function readLine(words: readonly string[], entries: readonly CommandEntry[]): Promise<Line> {
  let command = PROGRAM;
  let below: readonly (CommandEntry | CommandSpec)[] = [...entries, HELP_COMMAND];
  let flags = flagsOf(command);
  let after: Flag | null = null;
  let ended = false;
  let helping = false;
  const given = new Set<Flag>();
  const globals: Record<string, string | boolean> = {};
  const args: string[] = [];
  const take = ({ names, value }: Flag, text: string): void => {
    const name = names.at(-1)?.slice(2) ?? '';
    if (GLOBALS.has(name)) globals[name] = value === null ? true : text;
  };
  for (const word of words) {
    if (after !== null) {
      take(after, word);
      after = null;
    } else if (ended) {
      args.push(word);
    } else if (word === '--') {
      ended = true;
    } else if (word.startsWith('-')) {
      const found = flagIn(flags, word);
      if (found === null) continue;
      given.add(found.flag);
      if (found.flag.value === null || found.glued !== null) take(found.flag, found.glued ?? '');
      else after = found.flag;
    } else {
      const next = args.length > 0 ? undefined : below.find(({ name }) => name === word);
      if (next === undefined) {
        args.push(word);
        continue;
      }
      const spec = 'load' in next ? await next.load() : next;
      helping ||= next === HELP_COMMAND;
      command = helping ? HELP_COMMAND : spec;
      below = next === HELP_COMMAND ? entries : (spec.commands ?? []);
      flags = flagsOf(command);
    }
  }
  return { command, below: args.length > 0 ? [] : below, flags, given, globals, args, after, ended };
}

/** A command's own flags and the global ones. */
export function flagsOf({ options = [] }: CommandSpec): readonly Flag[] {
  return [...options.map(flagOf), ...SHARED];
}

/** The part of Commander's notation that we use: `-n, --name <name...>`. An optional value is not completed. */
const FLAGS = /^(?:(-[A-Za-z]), )?(--[a-z][a-z-]*)(?: <([^<>.]+)(\.{3})?>| \[[a-z]+\])?$/;

/** @throws Error for a flag that does not match: a bug. */
function flagOf({ flags, summary, values, offers, again }: OptionSpec): Flag {
  const [match, short, long, placeholder, many] = FLAGS.exec(flags) ?? [];
  if (match === undefined || long === undefined) throw new Error(`flag that cannot be completed: ${flags}`);
  return {
    names: short === undefined ? [long] : [short, long],
    summary,
    value: placeholder === undefined ? null : valueOf(placeholder, long, values, offers),
    many: many !== undefined || again === true,
  };
}

/** The same objects for the whole run: {@link Line.given} compares by identity. */
const SHARED: readonly Flag[] = [...GLOBAL_FLAGS, HELP].map(flagOf);

/** The next argument; null if the command takes no more. */
export function nextArgument({ command: { arguments: takes = [] }, args }: Line): Value | null {
  const last = takes.at(-1);
  const next: ArgumentSpec | undefined = takes[args.length] ?? (last?.many === true ? last : undefined);
  return next === undefined ? null : valueOf(next.name, '', next.values, next.offers);
}

/** The placeholder FILE is a file and DIR a directory, as in the help. */
function valueOf(
  placeholder: string,
  long: string,
  words: readonly string[] | undefined,
  offers: Offer | undefined,
): Value {
  if (words !== undefined) return { kind: 'words', words };
  if (offers !== undefined) return { kind: offers };
  if (long === '--provider') return { kind: 'providers' };
  if (long === '--region') return { kind: 'regions' };
  const name = placeholder.toLowerCase();
  return { kind: name === 'file' ? 'files' : name === 'dir' ? 'directories' : 'text' };
}

/** The flag of a word; `glued` is the value in the same word (`--region=x`, `-rx`), null if there is none. */
export function flagIn(
  flags: readonly Flag[],
  word: string,
): { readonly flag: Flag; readonly glued: string | null } | null {
  const byName = (name: string): Flag | undefined => flags.find(({ names }) => names.includes(name));
  const whole = byName(word);
  if (whole !== undefined) return { flag: whole, glued: null };
  const [, name = '', glued = ''] = /^(--[a-z-]+)=(.*)$/s.exec(word) ?? /^(-[A-Za-z])(.+)$/s.exec(word) ?? [];
  const flag = byName(name);
  return flag === undefined || flag.value === null ? null : { flag, glued };
}
