import type { ErrorCode } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { Schema } from './schema.ts';
import type { Session } from './session.ts';

/**
 * What completions offer if the name does not tell: the key pairs last listed, those or files, the instances of pairs
 * last seen, the names of profiles, or the values of the setting before.
 */
export type Offer = 'pairs' | 'pairs-or-files' | 'instances' | 'profiles' | 'settings';

/** A positional argument. */
export interface ArgumentSpec {
  /** `FILE`; completions offer files for this name. */
  readonly name: string;
  readonly summary: string;
  readonly offers?: Offer;
  /** The few words that completions offer; other words may be accepted too. */
  readonly values?: readonly string[];
  readonly many?: boolean;
  readonly optional?: boolean;
  /** Whether an empty text is allowed; elsewhere it is an error. */
  readonly mayBeEmpty?: boolean;
  /** Whether the command asks for it on a terminal; elsewhere an error names it with all else that is missing. */
  readonly asked?: boolean;
}

/** A flag, in Commander's notation: `--tag <K=V...>`. */
export interface OptionSpec {
  readonly flags: string;
  readonly summary: string;
  /** All values, if they can be listed: the manual shows them, completions offer them. */
  readonly values?: readonly string[];
  /** Further values, which are refused with an error of their own. */
  readonly refused?: readonly string[];
  readonly offers?: Offer;
  /** What it is without the flag, if that is a value that the flag takes. The summary names it, too. */
  readonly default?: string;
  /** Whether the flag may be repeated, with one value each time: `<k=v...>` would take the arguments after it. */
  readonly again?: boolean;
  /** Whether an empty text is allowed; elsewhere it is an error. */
  readonly mayBeEmpty?: boolean;
}

/** An example that a reader can copy. */
export interface Example {
  readonly line: string;
  readonly does: string;
}

/**
 * What a command can change: keys and settings of this machine, the key pairs of the cloud account, or instances. Notes
 * that the program keeps for itself do not count: caches, the names for completions.
 */
export type Change = 'this machine' | 'the cloud' | 'instances';

/** The result of a command with `--json`. Only `--help --json` and the schemas in docs/ load it. */
export interface ResultSpec {
  /** How it comes on stdout. `object per line`: one for each item, as soon as it is true. */
  readonly output: 'object' | 'array' | 'object per line';
  /** An object, or an item of the array. */
  readonly item: Schema;
  /** The same in a dry run, if it has other fields. */
  readonly planned?: Schema;
  /** The codes that the command can end with, besides FAILURE, USAGE and CANCELLED. */
  readonly errors: readonly ErrorCode[];
  /** What any other exit code means. */
  readonly otherExit?: string;
}

/** A command: data, and one function. Help, completions and the parser read it. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** Whether `--provider` or `--region` may be `all`; if so, completions offer it. */
  readonly all?: readonly ('providers' | 'regions')[];
  readonly examples: readonly Example[];
  /** All that it can change, with any flags; empty: nothing. Absent if there are subcommands. */
  readonly changes?: readonly Change[];
  /** Absent if there are subcommands. */
  readonly result?: () => Promise<ResultSpec>;
  /**
   * What the command does first about interrupted creates. `ask`: asks the cloud, which it calls anyway. Default:
   * reports what this machine knows. `silent`: nothing.
   */
  readonly unfinished?: 'ask' | 'silent';
  /** Its subcommands: `sandbox serve`. */
  readonly commands?: readonly CommandSpec[];
  /** Does not load the profile: the command uses no defaults, or must work with a broken configuration. */
  readonly withoutProfile?: boolean;
  /** Whether answers are missing that the wizard asks for: if so, program.ts opens it on a terminal instead of `run`. */
  readonly opensWizard?: (session: Session, flags: Flags) => boolean;
  /** Absent if there are subcommands. */
  run?(session: Session, args: readonly string[], flags: Flags): Promise<void>;
}

/** A command's own flags, as Commander parsed them. */
export type Flags = Readonly<Record<string, unknown>>;

/** An entry of the command list: enough for `--help`, and how to load the rest. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandSpec>;
}

/** Commander's name of a flag: `--key-dir <dir>` is `keyDir`; `--no-copy` is `copy`. */
type FlagName<F extends string> = F extends `${string}--no-${infer Name}`
  ? CamelCase<Name>
  : F extends `${string}--${infer Name} ${string}`
    ? CamelCase<Name>
    : F extends `${string}--${infer Name}`
      ? CamelCase<Name>
      : never;

type CamelCase<S extends string> = S extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : S;

/** Commander's value of a flag: `[pair]` is true without a value. */
type FlagValue<O extends OptionSpec> = O extends { readonly again: true } | { readonly flags: `${string}...>` }
  ? readonly string[]
  : O extends { readonly values: readonly (infer V)[]; readonly refused: readonly (infer R)[] }
    ? V | R
    : O['flags'] extends `${string}>`
      ? string
      : O['flags'] extends `${string}]`
        ? boolean | string
        : boolean;

/** The flags of a command, from its `options`. */
export type FlagsOf<O extends readonly OptionSpec[]> = {
  readonly [P in O[number] as FlagName<P['flags']>]?: FlagValue<P>;
};

/** A command that can run, with the type of its flags. */
type TypedCommand<F> = Omit<CommandSpec, 'run' | 'changes' | 'result'> &
  Required<Pick<CommandSpec, 'changes' | 'result'>> & {
    run(session: Session, args: readonly string[], flags: F): Promise<void>;
  };

/** Defines a command whose flags are typed by its `options`. */
export function defineCommand<const O extends readonly OptionSpec[] = readonly []>(
  spec: TypedCommand<FlagsOf<O>> & { readonly options?: O },
): TypedCommand<FlagsOf<O>>;
/** Defines a command with an explicit type for its flags. */
export function defineCommand<F extends object>(spec: TypedCommand<Partial<F>>): TypedCommand<Partial<F>>;
/** Defines a command, for `commands/index.ts` to load. */
export function defineCommand(spec: CommandSpec): CommandSpec {
  return spec;
}

/** Values for the flags of a command; absent or undefined: not given. */
export type GivenFlags<O extends readonly OptionSpec[]> = {
  readonly [K in keyof FlagsOf<O>]?: FlagsOf<O>[K] | undefined;
};

/** The command line words for these flags, in the order of the options. */
export function flagWords<O extends readonly OptionSpec[]>(options: O, given: GivenFlags<O>): readonly string[] {
  const values = given as Readonly<Record<string, boolean | string | readonly string[] | undefined>>;
  return options.flatMap(({ flags }) => {
    const [long = '', no = '', name = ''] = /--(no-)?([a-z-]+)/.exec(flags) ?? [];
    const value = values[name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
    if (value === undefined || value === (no !== '')) return [];
    if (typeof value === 'boolean') return [long];
    // Repeat the flag: as a further value, one that begins with a hyphen would be read as a flag.
    return [value].flat().flatMap((one) => [long, one]);
  });
}

/** The flag of every command that changes something. Some have a summary of their own. */
export const DRY_RUN_OPTION = {
  flags: '--dry-run',
  summary: t`show what would be done, and do nothing`,
} as const satisfies OptionSpec;

/** The flags that every command takes, before or after its name. */
export const GLOBAL_FLAGS = [
  { flags: '-p, --provider <id>', summary: t`tencent, lighthouse, aliyun, swas or qcloud` },
  { flags: '-r, --region <id>', summary: t`region of the provider` },
  {
    flags: '--profile <name>',
    summary: t`take the defaults of this profile (see keypair config)`,
    offers: 'profiles',
  },
  { flags: '--site <site>', summary: t`site of the account: cn or intl`, values: ['cn', 'intl'] },
  { flags: '--endpoint <url>', summary: t`call this https address instead` },
  { flags: '--sandbox', summary: t`use the local stand-in cloud: no account needed` },
  { flags: '--json', summary: t`print JSON` },
  { flags: '-q, --quiet', summary: t`print only the value that matters` },
  { flags: '--no-input', summary: t`never ask` },
  { flags: '-y, --yes', summary: t`answer yes to every question` },
  { flags: '--timeout <seconds>', summary: t`longest wait for one request (default: 30)`, default: '30' },
  { flags: '--no-color', summary: t`print without colour` },
  { flags: '--lang <language>', summary: t`language: en or zh-CN`, values: ['en', 'zh-CN'] },
  { flags: '--debug', summary: t`trace HTTP requests on stderr, without secrets` },
] as const satisfies readonly OptionSpec[];
