import { Command, CommanderError, Option } from 'commander';
import type { helpFormatter } from './cli/help.ts';
import { createSession, type Session } from './cli/session.ts';
import { type GlobalFlags, isEmpty, resolveSettings } from './cli/settings.ts';
import {
  type ArgumentSpec,
  type CommandEntry,
  type CommandSpec,
  type Example,
  GLOBAL_FLAGS,
  type OptionSpec,
} from './cli/spec.ts';
import { COMMANDS } from './commands/index.ts';
import type { Context } from './context.ts';
import { isEarlyFlagSet } from './env.ts';
import { KeypairError } from './errors.ts';
import { joinList, t } from './i18n/t.ts';
import { hasJournalEntries, hasRotations, stateDirectory } from './paths.ts';

/**
 * Runs one command line. A command's file is loaded only if the command line names it: `--help` and `--version` load
 * none.
 *
 * @param args without the interpreter and the script.
 * @throws KeypairError for every failure; `USAGE` for what Commander refuses.
 */
export async function run(context: Context, args: readonly string[]): Promise<void> {
  const help = args.some(mayAskForHelp) ? await import('./cli/help.ts') : null;
  const program = buildProgram(context, args, help?.helpFormatter ?? null);
  try {
    await program.parseAsync(helpAsFlag(args), { from: 'user' });
  } catch (error) {
    if (error instanceof AnotherTopic) {
      const before = isEarlyFlagSet(args, {}, 'json') && !error.words.includes('--json') ? ['--json'] : [];
      return run(context, [...before, ...error.words]);
    }
    if (error instanceof HelpForPrograms) return writeHelpJson(context, error);
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return;
    if (error.code !== 'commander.help') {
      const { usageError } = await import('./cli/usage-error.ts');
      throw usageError(error, commandWords(program));
    }
    if (program.args.length > 0) throw incomplete(program);
    await openWizard(context, program.opts());
  }
}

/**
 * Whether a word may be `help`, `--help`, or short flags that include `-h`. Only then is the code of the help loaded.
 */
function mayAskForHelp(word: string): boolean {
  return word === 'help' || /^-.*h/.test(word);
}

function buildProgram(context: Context, args: readonly string[], formatter: typeof helpFormatter | null): Command {
  const program = new Command('keypair');
  const specs = new Map<Command, CommandSpec>();
  program
    .description(t`create and manage SSH key pairs for cloud servers`)
    .version(context.version, '-V, --version', t`print the version`)
    .helpOption('-h, --help', t`show help`)
    .helpCommand(false)
    .exitOverride()
    .addHelpText('beforeAll', ({ command, error }) => {
      // Commander would show the parent command's help, which is no answer to `keypair crate --help`.
      const at = command.args.findIndex((word) => !word.startsWith('-'));
      if (command.commands.length > 0 && at >= 0) throw new AnotherTopic(command, command.args, at);
      // Commander also shows help where a command is missing: that is an error.
      const spec = error ? undefined : specs.get(command);
      if (spec !== undefined && isEarlyFlagSet(args, context.env, 'json')) throw new HelpForPrograms(command, spec);
      return '';
    })
    .configureHelp({
      formatHelp: formatter?.((command) => specs.get(command)?.examples ?? []) ?? (() => ''),
      showGlobalOptions: true,
      subcommandTerm: (below) =>
        [
          below.name(),
          ...(below.options.length > 0 ? ['[options]'] : []),
          ...(specs.get(below)?.arguments ?? []).map(argumentWord),
        ].join(' '),
    })
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      // Commander also throws its errors; main prints them once, in this program's form.
      writeErr: () => undefined,
      // Help has no colours; Commander would open Node's own stream to detect them.
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      getOutHelpWidth: () => Math.min(context.stdout.columns ?? 80, 100),
    });
  addOptions(program, GLOBAL_FLAGS);
  specs.set(program, { name: 'keypair', summary: program.description(), examples: EXAMPLES });
  const entries = new Map<Command, CommandEntry>();
  // With a command's name in the first place, no other is needed.
  const named = COMMANDS.filter(({ name }) => name === args[0]);
  for (const entry of named.length > 0 ? named : COMMANDS) {
    entries.set(program.command(entry.name).description(entry.summary), entry);
  }
  program.hook('preSubcommand', async (_program, command) => {
    const entry = entries.get(command);
    if (entry !== undefined) fill(command, await entry.load(), context, specs);
  });
  return program;
}

const EXAMPLES: readonly Example[] = [
  {
    line: 'keypair create --provider tencent --name foo',
    does: t`make a key pair and save it as ~/.ssh/foo`,
  },
  {
    line: 'keypair create --sandbox --provider aliyun --name foo',
    does: t`the same without an account, to try it out`,
  },
  { line: 'keypair fingerprint ~/.ssh/foo.pub', does: t`print the fingerprints of a key` },
];

/** Sets a command up from its spec: arguments, flags, the action, and its subcommands. */
function fill(command: Command, spec: CommandSpec, context: Context, specs: Map<Command, CommandSpec>): void {
  specs.set(command, spec);
  const takes = spec.arguments ?? [];
  // Commander must not require arguments: it would report only the first missing one, and the command reports all.
  for (const { name, many, summary } of takes) command.argument(many === true ? `[${name}...]` : `[${name}]`, summary);
  if (takes.length > 0) command.usage(['[options]', ...takes.map(argumentWord)].join(' '));
  addOptions(command, spec.options ?? []);
  for (const child of spec.commands ?? []) {
    fill(command.helpCommand(false).command(child.name).description(child.summary), child, context, specs);
  }
  if (spec.run === undefined) return;
  command.action(async () => {
    refuseEmpty(command, spec);
    const missing = takes.filter(
      ({ optional, asked }, at) => optional !== true && asked !== true && at >= command.args.length,
    );
    if (missing.length > 0) throw missingArguments(command, missing);
    const session = await openSession(context, globalsOf(command), spec);
    await tellUnfinishedBefore(session, spec, command);
    if (session.interactive && spec.opensWizard?.(session, command.opts()) === true) {
      const { createWizard } = await import('./wizard/create.ts');
      return createWizard(session, command.opts());
    }
    await spec.run?.(session, command.args, command.opts());
  });
}

/** @throws KeypairError `USAGE` that names the first flag or argument with an empty value. */
function refuseEmpty(command: Command, { options = [], arguments: takes = [] }: CommandSpec): void {
  for (const { flags, mayBeEmpty } of options) {
    const option = command.options.find((one) => one.flags === flags);
    if (option === undefined || mayBeEmpty === true) continue;
    const value: unknown = command.getOptionValue(option.attributeName());
    if ([value].flat().includes('')) throw isEmpty(option.long ?? flags);
  }
  for (const [at, text] of command.args.entries()) {
    const argument = takes[at] ?? takes.at(-1);
    if (text === '' && argument?.mayBeEmpty !== true) throw isEmpty(argument?.name ?? "''");
  }
}

/** An argument in a command's usage. */
function argumentWord({ name, many, optional }: ArgumentSpec): string {
  const word = many === true ? `${name}...` : name;
  return optional === true ? `[${word}]` : `<${word}>`;
}

function missingArguments(command: Command, missing: readonly ArgumentSpec[]): KeypairError {
  const words = [command.name()];
  for (let above = command.parent; above?.parent; above = above.parent) words.unshift(above.name());
  return new KeypairError('USAGE', t`missing: ${joinList(missing.map(({ name }) => name))}`, {
    hints: [t`see keypair ${words.join(' ')} --help`],
  });
}

/** The session of a command. Its settings include the profile's defaults unless the command takes no profile. */
async function openSession(context: Context, flags: GlobalFlags, spec: CommandSpec): Promise<Session> {
  const bare = createSession(context, resolveSettings(flags, context.env));
  if (spec.withoutProfile === true) return bare;
  const { loadProfile } = await import('./config/load.ts');
  const profile = await loadProfile(context, bare.settings.chosenProfile, bare.warn);
  return createSession(context, resolveSettings(flags, context.env, profile));
}

/** Reports unfinished creates and rotations before the command runs. Loads nothing more if the journal is empty. */
async function tellUnfinishedBefore(session: Session, spec: CommandSpec, command: Command): Promise<void> {
  const { recreate, dryRun } = command.opts<{
    readonly recreate?: boolean | string;
    readonly dryRun?: boolean;
  }>();
  if (session.settings.json || spec.unfinished === 'silent' || recreate !== undefined) return;
  await tellUnfinished(session, spec.unfinished === 'ask' && dryRun !== true ? 'ask' : 'tell', spec.name !== 'rotate');
}

/** @param rotations whether to report rotations: `rotate` itself says what it finds. */
async function tellUnfinished(session: Session, mode: 'ask' | 'tell', rotations: boolean): Promise<void> {
  const state = stateDirectory(session.context);
  if (rotations && hasRotations(state)) {
    const { noticeRotations } = await import('./operations/rotate/open-rotations.ts');
    await noticeRotations(session);
  }
  if (!hasJournalEntries(state)) return;
  const { noticeUnfinished } = await import('./operations/recovery/notice.ts');
  await noticeUnfinished(session, mode);
}

function addOptions(command: Command, options: readonly OptionSpec[]): void {
  for (const { flags, summary, values, refused = [], again } of options) {
    const option = new Option(flags, summary);
    if (values !== undefined) option.choices([...values, ...refused]);
    if (again === true)
      option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
    command.addOption(option);
  }
}

function globalsOf(command: Command): GlobalFlags {
  let root = command;
  while (root.parent) root = root.parent;
  return root.opts();
}

/** `keypair help create` is `keypair create --help`: Commander's own help command would show an empty frame. */
function helpAsFlag(words: readonly string[]): string[] {
  return words[0] === 'help' ? [...words.slice(1), '--help'] : [...words];
}

/**
 * Help was requested for a command that Commander has not reached (`--help create`, the same as `create --help`), or
 * for one that does not exist: then Commander's error for the same words without `--help` is the answer.
 */
class AnotherTopic extends Error {
  override readonly name = 'AnotherTopic';
  readonly words: readonly string[];

  /** @param at the index of the first word that is no flag. At 0, before all flags, Commander knows no such command. */
  constructor(above: Command, given: readonly string[], at: number) {
    super();
    const words = at === 0 ? given.slice(0, 1) : [...given.slice(at).filter((word) => !isHelp(word)), '--help'];
    for (let command = above; command.parent !== null; command = command.parent) words.unshift(command.name());
    this.words = words;
  }
}

/** Help was requested with `--json`: it needs more than Commander knows. */
class HelpForPrograms extends Error {
  override readonly name = 'HelpForPrograms';
  /** The words before the command's name. */
  readonly above: readonly string[] = [];
  readonly spec: CommandSpec;

  constructor(command: Command, spec: CommandSpec) {
    super();
    this.spec = spec;
    for (let at = command.parent; at !== null; at = at.parent) this.above = [at.name(), ...this.above];
  }
}

async function writeHelpJson({ stdout, version }: Context, { spec, above }: HelpForPrograms): Promise<void> {
  const { ERROR_SCHEMA, helpJson } = await import('./cli/help-json.ts');
  const help =
    above.length > 0
      ? await helpJson(spec, above)
      : {
          version,
          ...(await helpJson({ ...spec, commands: await Promise.all(COMMANDS.map(({ load }) => load())) }, above)),
          error: ERROR_SCHEMA,
        };
  stdout.write(`${JSON.stringify(help)}\n`);
}

function isHelp(word: string): boolean {
  return word === '--help' || word === '-h';
}

/** Without a command: opens the wizard on a terminal; elsewhere it is an error that lists the commands. */
async function openWizard(context: Context, flags: GlobalFlags): Promise<void> {
  const session = await openSession(context, flags, { name: 'keypair', summary: '', examples: [] });
  if (!session.interactive) {
    throw new KeypairError('USAGE', t`no command given`, {
      hints: [t`one of: ${joinList(COMMANDS.map(({ name }) => name))}`, t`see keypair --help`],
    });
  }
  await tellUnfinished(session, 'ask', true);
  const { runWizard } = await import('./wizard/wizard.ts');
  await runWizard(session);
}

/** The words of the command on the command line, as far as it exists. */
function commandWords({ commands, args: [word] }: Command): readonly string[] {
  const below = commands.find((command) => command.name() === word);
  return below === undefined ? [] : [below.name(), ...commandWords(below)];
}

/** The error for a command that needs a subcommand. */
function incomplete(program: Command): KeypairError {
  const words = commandWords(program).join(' ');
  const group = words
    .split(' ')
    .reduce((above, word) => above.commands.find((one) => one.name() === word) ?? above, program);
  return new KeypairError('USAGE', t`a command is missing after ${words}`, {
    hints: [t`one of: ${joinList(group.commands.map((below) => below.name()))}`, t`see keypair ${words} --help`],
  });
}
