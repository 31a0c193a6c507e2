import { t } from '../i18n/t.ts';
import type { Session } from './session.ts';

/**
 * What completions offer where a name does not say it: the key pairs that were listed last, those or files, the
 * instances that pairs were seen bound to, the names of profiles, or what the setting before can be.
 */
export type Offer = 'pairs' | 'pairs-or-files' | 'instances' | 'profiles' | 'settings';

/** A positional argument. */
export interface ArgumentSpec {
  /** `FILE`; completions offer files for this name. */
  readonly name: string;
  readonly summary: string;
  readonly offers?: Offer;
  /** Words that completions offer, where there are not many; others may be taken as well. */
  readonly values?: readonly string[];
  readonly many?: boolean;
  readonly optional?: boolean;
  /** Whether the command itself asks for it on a terminal, and names it elsewhere with all else that is missing. */
  readonly asked?: boolean;
}

/** A flag, in Commander's notation: `--tag <K=V...>`. */
export interface OptionSpec {
  readonly flags: string;
  readonly summary: string;
  /** The values that there are, where they can be listed: the manual shows them, completions offer them. */
  readonly values?: readonly string[];
  /** Further values, each with an error that says more than that there is no such value. */
  readonly refused?: readonly string[];
  readonly offers?: Offer;
  /** Whether it may be given again, with one value each time: `<k=v...>` would swallow the arguments after it. */
  readonly again?: boolean;
  /** Whether an empty text is a value here. Anywhere else it is refused. */
  readonly mayBeEmpty?: boolean;
}

/** A line that a reader can copy. */
export interface Example {
  readonly line: string;
  readonly does: string;
}

/** What a command is: data, and one function. Help, completions and the parser all read this. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** Which of `--provider` and `--region` may be `all` here: completions offer the word. */
  readonly all?: readonly ('providers' | 'regions')[];
  readonly examples: readonly Example[];
  /**
   * What it does, before its own work, about creates that were cut short. `ask`: it calls a cloud anyway, and asks it
   * what is true. Default: it tells what this machine knows. `silent`: nothing.
   */
  readonly unfinished?: 'ask' | 'silent';
  /** Commands below this one: `sandbox serve`. */
  readonly commands?: readonly CommandSpec[];
  /** For a command that takes no defaults, and one that must work where the configuration is broken: it is not read. */
  readonly withoutProfile?: boolean;
  /** Whether answers are missing that the wizard asks for on a terminal: program.ts opens it in place of the command. */
  readonly opensWizard?: (session: Session, flags: Flags) => boolean;
  /** Absent where there are commands below. */
  run?(session: Session, args: readonly string[], flags: Flags): Promise<void>;
}

/** A command's own flags, as Commander parsed them. */
export type Flags = Readonly<Record<string, unknown>>;

/** An entry of the command list: enough for `--help`, and the way to the rest. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandSpec>;
}

/** `--key-dir <dir>` as Commander names it: `keyDir`; `--no-copy` is `copy`. */
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

/** What Commander makes of a flag's value: `[pair]` is true without one. */
type FlagValue<O extends OptionSpec> = O extends { readonly again: true } | { readonly flags: `${string}...>` }
  ? readonly string[]
  : O extends { readonly values: readonly (infer V)[]; readonly refused: readonly (infer R)[] }
    ? V | R
    : O['flags'] extends `${string}>`
      ? string
      : O['flags'] extends `${string}]`
        ? boolean | string
        : boolean;

/** The flags of a command, as its own `options` declare them. */
export type FlagsOf<O extends readonly OptionSpec[]> = {
  readonly [P in O[number] as FlagName<P['flags']>]?: FlagValue<P>;
};

/** A command that does something, with the type of its flags. */
type TypedCommand<F> = Omit<CommandSpec, 'run'> & {
  run(session: Session, args: readonly string[], flags: F): Promise<void>;
};

/** A command whose flags have the types that its `options` declare. */
export function defineCommand<const O extends readonly OptionSpec[] = readonly []>(
  spec: TypedCommand<FlagsOf<O>> & { readonly options?: O },
): TypedCommand<FlagsOf<O>>;
/** A command whose flags are typed by hand. */
export function defineCommand<F extends object>(spec: TypedCommand<Partial<F>>): TypedCommand<Partial<F>>;
/** A command, for `commands/index.ts` to load. */
export function defineCommand(spec: CommandSpec): CommandSpec {
  return spec;
}

/** Values for the flags of a command; absent or undefined: it is not given. */
export type GivenFlags<O extends readonly OptionSpec[]> = {
  readonly [K in keyof FlagsOf<O>]?: FlagsOf<O>[K] | undefined;
};

/** The words of a command line that say these flags, in the order of the options. */
export function flagWords<O extends readonly OptionSpec[]>(options: O, given: GivenFlags<O>): readonly string[] {
  const values = given as Readonly<Record<string, boolean | string | readonly string[] | undefined>>;
  return options.flatMap(({ flags }) => {
    const [long = '', no = '', name = ''] = /--(no-)?([a-z-]+)/.exec(flags) ?? [];
    const value = values[name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
    if (value === undefined || value === (no !== '')) return [];
    if (typeof value === 'boolean') return [long];
    // A flag for each: after another value, one that begins with a hyphen would be a flag itself.
    return [value].flat().flatMap((one) => [long, one]);
  });
}

/** The flags that every command takes, before or after its name. */
export const GLOBAL_FLAGS = [
  { flags: '-p, --provider <id>', summary: t`tencent, lighthouse, aliyun or qcloud` },
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
  { flags: '--timeout <seconds>', summary: t`longest wait for one request (default: 30)` },
  { flags: '--no-color', summary: t`print without colour` },
  { flags: '--lang <language>', summary: t`language: en or zh-CN`, values: ['en', 'zh-CN'] },
  { flags: '--debug', summary: t`trace the wire on stderr, secrets taken out` },
] as const satisfies readonly OptionSpec[];
