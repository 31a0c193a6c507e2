import { Command, CommanderError, Option } from 'commander';
import type { CommandEntry, CommandSpec, Example, OptionSpec } from './commands/define.ts';
import { COMMANDS } from './commands/index.ts';
import type { Context } from './context.ts';
import { KeypairError } from './errors.ts';
import { GLOBAL_FLAGS } from './global-flags.ts';
import { createSession } from './session.ts';
import { type GlobalFlags, resolveSettings } from './settings.ts';
import { helpFormatter } from './ui/help.ts';

/**
 * Runs one command line to its end.
 *
 * A command's file is loaded only when the command line names it: `--help` and `--version` load none.
 *
 * @param args without the interpreter and the script.
 * @throws KeypairError for everything that went wrong; `USAGE` for what Commander refuses.
 */
export async function run(context: Context, version: string, args: readonly string[]): Promise<void> {
  const program = buildProgram(context, version);
  try {
    await program.parseAsync(helpAsFlag(args), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return;
    if (error.code !== 'commander.help') throw usageError(error);
    if (program.args.length > 0) throw incomplete(program.args);
    await run(context, version, ['create', ...bareFlags(context, args)]);
  }
}

function buildProgram(context: Context, version: string): Command {
  const program = new Command('keypair');
  const specs = new Map<Command, CommandSpec>();
  program
    .description('make and look after SSH key pairs for cloud servers')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .exitOverride()
    .configureHelp({
      formatHelp: helpFormatter((command) => specs.get(command)?.examples ?? []),
      showGlobalOptions: true,
    })
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      // What Commander says of errors is thrown as well; it is shown once, by main, in our own voice.
      writeErr: () => undefined,
      getOutHelpWidth: () => Math.min(context.stdout.columns ?? 80, 100),
    });
  addOptions(program, GLOBAL_FLAGS);
  specs.set(program, { name: 'keypair', summary: '', examples: EXAMPLES });
  const entries = new Map<Command, CommandEntry>();
  for (const entry of COMMANDS) {
    entries.set(program.command(entry.name).description(entry.summary), entry);
  }
  program.hook('preSubcommand', async (_program, command) => {
    const entry = entries.get(command);
    if (entry !== undefined) fill(command, await entry.load(), context, specs);
  });
  return program;
}

const EXAMPLES: readonly Example[] = [
  { line: 'keypair create --provider tencent --name foo', does: 'make a key pair and save it as ~/.ssh/foo' },
  {
    line: 'keypair create --sandbox --provider aliyun --name foo',
    does: 'the same without an account, to try it out',
  },
  { line: 'keypair fingerprint ~/.ssh/foo.pub', does: 'print the fingerprints of a key' },
];

/** Gives a command what its spec says: arguments, flags, the action, and the commands below it. */
function fill(command: Command, spec: CommandSpec, context: Context, specs: Map<Command, CommandSpec>): void {
  specs.set(command, spec);
  for (const argument of spec.arguments ?? []) {
    const name = argument.many === true ? `${argument.name}...` : argument.name;
    command.argument(argument.optional === true ? `[${name}]` : `<${name}>`, argument.summary);
  }
  addOptions(command, spec.options ?? []);
  for (const child of spec.commands ?? []) {
    fill(command.helpCommand(false).command(child.name).description(child.summary), child, context, specs);
  }
  const { run: act } = spec;
  if (act === undefined) return;
  command.action(async () => {
    const settings = resolveSettings(globalsOf(command), context.env);
    await act(createSession(context, settings), command.args, command.opts());
  });
}

function addOptions(command: Command, options: readonly OptionSpec[]): void {
  for (const { flags, summary, values, again } of options) {
    const option = new Option(flags, summary);
    if (values !== undefined) option.choices(values);
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

/** A bare `keypair` begins a create by questions on a terminal; elsewhere it is a mistake, and says what there is. */
function bareFlags(context: Context, args: readonly string[]): readonly string[] {
  if (context.stdinIsTTY && context.stderr.isTTY === true) return args;
  throw new KeypairError('USAGE', 'no command given', {
    hints: [`one of: ${COMMANDS.map(({ name }) => name).join(', ')}`, 'see keypair --help'],
  });
}

function incomplete(words: readonly string[]): KeypairError {
  return new KeypairError('USAGE', `a command is missing after ${words.join(' ')}`, {
    hints: [`see keypair ${words.join(' ')} --help`],
  });
}

function usageError(error: CommanderError): KeypairError {
  const [message = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const hints = rest.map((line) => line.trim().replace(/^\((.*)\)$/, '$1')).filter((line) => line !== '');
  return new KeypairError('USAGE', message, { hints: [...hints, 'see keypair --help'], cause: error });
}
