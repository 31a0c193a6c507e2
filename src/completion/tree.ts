import type { ArgumentSpec, CommandEntry, CommandSpec, Offer, OptionSpec } from '../cli/spec.ts';
import type { Descriptor } from '../providers/types.ts';

/**
 * What can stand at a place of the command line: a flag's value, or an argument. An {@link Offer} is asked of the program
 * at every TAB.
 */
export type Value =
  | { readonly kind: 'text' | 'files' | 'directories' | 'providers' | 'regions' | Offer }
  | { readonly kind: 'words'; readonly words: readonly string[] };

/** A flag with all its names, dashes included. */
export interface FlagNode {
  readonly names: readonly string[];
  readonly summary: string;
  /** What stands after it; null for a switch. */
  readonly value: Value | null;
  /** Whether it may be given more than once. */
  readonly many: boolean;
}

/** What there may be `all` of. */
export type AllOf = 'providers' | 'regions';

/** A command, or the program itself. */
export interface CommandNode {
  /** `sandbox/serve`; empty for the program itself. */
  readonly path: string;
  /** The last word of the path. */
  readonly name: string;
  readonly summary: string;
  /** Its own flags, without the global ones. */
  readonly flags: readonly FlagNode[];
  /** Which of the global flags may be `all`; both of the program itself, as long as no command is named. */
  readonly all: readonly AllOf[];
  /** What its first argument is; null where it takes none. */
  readonly argument: Value | null;
  /** What the arguments after the first are; null where it takes no more. */
  readonly rest: Value | null;
  readonly commands: readonly CommandNode[];
}

/** A provider with all its names, the id first. */
export interface ProviderNode {
  readonly names: readonly [string, ...string[]];
  readonly title: string;
  readonly regions: readonly string[];
}

/** All that a completion script knows of the program. */
export interface Tree {
  readonly program: CommandNode;
  /** The flags that stand anywhere. */
  readonly globals: readonly FlagNode[];
  readonly providers: readonly ProviderNode[];
}

/** What the parser adds by itself. */
const HELP: OptionSpec = { flags: '-h, --help', summary: 'show help' };
const VERSION: OptionSpec = { flags: '-V, --version', summary: 'print the version' };

/**
 * Loads every command and makes plain data of it.
 *
 * @throws Error for a flag or a word that no script could offer: a mistake of ours.
 */
export async function loadTree(
  entries: readonly CommandEntry[],
  globals: readonly OptionSpec[],
  descriptors: readonly Descriptor[],
): Promise<Tree> {
  const specs = await Promise.all(entries.map(({ load }) => load()));
  return {
    program: commandNode(
      {
        name: '',
        summary: '',
        examples: [],
        options: [VERSION],
        all: ['providers', 'regions'],
        commands: [...specs, helpOf(specs)],
      },
      '',
    ),
    globals: [...globals, HELP].map(flagNode),
    providers: descriptors.map(({ id, aliases, title, regions }) => ({
      names: [plain(id), ...aliases.map(plain)],
      title,
      regions: regions.map(plain),
    })),
  };
}

/** A command and all below it, each after the one that it belongs to. */
export function withDescendants(command: CommandNode): readonly CommandNode[] {
  return [command, ...command.commands.flatMap(withDescendants)];
}

/** The paths of the commands in which this may be `all`; the program's own is empty. */
export function pathsOfAll({ program }: Tree, what: AllOf): readonly string[] {
  return withDescendants(program).flatMap(({ path, all }) => (all.includes(what) ? [path] : []));
}

/** The regions of every provider, each once. */
export function allRegions({ providers }: Tree): readonly string[] {
  return [...new Set(providers.flatMap(({ regions }) => regions))];
}

/** `keypair help`, which takes the words of any command. */
function helpOf(specs: readonly CommandSpec[]): CommandSpec {
  const named = ({ name, summary, commands = [] }: CommandSpec): CommandSpec => ({
    name,
    summary,
    examples: [],
    commands: commands.map(named),
  });
  return { name: 'help', summary: HELP.summary, examples: [], commands: specs.map(named) };
}

function commandNode(spec: CommandSpec, above: string): CommandNode {
  const path = [above, spec.name].filter((word) => word !== '').join('/');
  const [first, second = first?.many === true ? first : undefined] = spec.arguments ?? [];
  const argument = first === undefined ? null : argumentValue(first);
  return {
    path,
    name: spec.name === '' ? '' : plain(spec.name),
    summary: spec.summary,
    flags: (spec.options ?? []).map(flagNode),
    all: spec.all ?? [],
    argument,
    rest: second === undefined ? null : second === first ? argument : argumentValue(second),
    commands: (spec.commands ?? []).map((child) => commandNode(child, path)),
  };
}

/** Commander's notation, as far as we use it: `-n, --name <name...>`; a value that may be left out is not completed. */
const FLAGS = /^(?:(-[A-Za-z]), )?(--[a-z][a-z-]*)(?: <([^<>.]+)(\.{3})?>| \[[a-z]+\])?$/;

function argumentValue({ name, values, offers }: ArgumentSpec): Value {
  if (values !== undefined) return { kind: 'words', words: values.map(plain) };
  return offers === undefined ? valueNamed(name) : { kind: offers };
}

function flagNode({ flags, summary, values, offers }: OptionSpec): FlagNode {
  const [match, short, long, placeholder, many] = FLAGS.exec(flags) ?? [];
  if (match === undefined || long === undefined) throw new Error(`flag that cannot be completed: ${flags}`);
  return {
    names: short === undefined ? [long] : [short, long],
    summary,
    value:
      placeholder === undefined
        ? null
        : offers === undefined
          ? flagValue(long, placeholder, values)
          : { kind: offers },
    many: many !== undefined,
  };
}

function flagValue(long: string, placeholder: string, values: readonly string[] | undefined): Value {
  if (values !== undefined) return { kind: 'words', words: values.map(plain) };
  if (long === '--provider') return { kind: 'providers' };
  if (long === '--region') return { kind: 'regions' };
  return valueNamed(placeholder);
}

/** Help calls a file FILE and a directory DIR, and so do we. */
function valueNamed(placeholder: string): Value {
  const name = placeholder.toLowerCase();
  if (name === 'file') return { kind: 'files' };
  return { kind: name === 'dir' ? 'directories' : 'text' };
}

/** A word that means itself in every shell, so that no script has to quote it. */
function plain(word: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(word)) throw new Error(`word that cannot be completed: ${word}`);
  return word;
}
