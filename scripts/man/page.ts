import type { ArgumentSpec, CommandEntry, CommandSpec, Example, OptionSpec } from '../../src/cli/spec.ts';
import { EXIT_CODES } from '../../src/errors.ts';
import type { Descriptor } from '../../src/providers/types.ts';
import { CODES, type Entry, FILES, VARIABLES } from './facts.ts';
import { bold, example, heading, italic, item, paragraph, roff } from './roff.ts';

/**
 * The manual page keypair(1), in the man macros: every command with its flags, and all that the contract promises.
 *
 * @param entries loaded for it, all of them.
 */
export async function manualPage(
  entries: readonly CommandEntry[],
  globals: readonly OptionSpec[],
  descriptors: readonly Descriptor[],
): Promise<string> {
  const specs = await Promise.all(entries.map(({ load }) => load()));
  return [
    '.\\" Written from the commands by npm run generate, see scripts/man.\n',
    '.TH KEYPAIR 1 "" "keypair" "User Commands"\n.nh\n.ad l\n',
    `${heading('NAME')}keypair \\- make and look after SSH key pairs for cloud servers\n`,
    `${heading('SYNOPSIS')}.nf\n${bold('keypair')} ${roff('[flags]')}\n${specs.map((spec) => `${usage(spec, 'keypair')}\n`).join('')}${bold('keypair help')} ${italic('COMMAND')}\n.fi\n`,
    heading('DESCRIPTION'),
    DESCRIPTION.map((text) => `${roff(text)}\n`).join('.PP\n'),
    heading('COMMANDS'),
    ...specs.flatMap((spec) => command(spec, 'keypair')),
    heading('GLOBAL FLAGS'),
    line('They stand before or after the command.'),
    ...[...globals, ...PARSERS].map(flag),
    heading('PROVIDERS'),
    ...descriptors.map(provider),
    heading('ENVIRONMENT'),
    line(
      'A flag goes before its KEYPAIR variable, that before the variable of the vendor, that before the profile. A switch is on with 1, true, yes or on.',
    ),
    ...globals.map((option) => variable(option)),
    ...VARIABLES.map(entry),
    heading('FILES'),
    ...FILES.map(entry),
    heading('EXIT STATUS'),
    item(bold('0'), roff('it worked')),
    ...Object.entries(CODES).map(([code, when]) =>
      item(`${bold(String(EXIT_CODES[code as keyof typeof CODES]))} ${bold(code)}`, roff(when)),
    ),
    paragraph(
      roff(
        'Of several names, 7 wins; else the first failure counts. With --json an error is one line on stderr, with its code: {"error":{"code":"CONFLICT", ...}}.',
      ),
    ),
    heading('EXAMPLES'),
    ...EXAMPLES.map(({ line, does }) => example(line, does)),
    heading('SEE ALSO'),
    '.BR ssh (1),\n.BR ssh\\-keygen (1),\n.BR ssh\\-agent (1)\n',
  ].join('');
}

/** What the parser adds to the global flags. */
const PARSERS: readonly OptionSpec[] = [
  { flags: '-h, --help', summary: 'show help, of the command that is named' },
  { flags: '-V, --version', summary: 'print the version' },
];

const DESCRIPTION = [
  'keypair makes SSH key pairs in the cloud and looks after them. A cloud hands a private key out once: keypair takes its place on the disk before it asks, asks once, writes what comes before it looks at it, and never overwrites anything.',
  'Without a command, on a terminal, it is a conversation: it makes, lists, shows, attaches and deletes key pairs, says what it will do before it does it, and shows the command line that does the same.',
  'A command asks, on a terminal, for what is left out. Elsewhere nothing is ever asked, and stdin is read only where - is given. Results go to stdout, everything else to stderr.',
];

const EXAMPLES: readonly Example[] = [
  { line: 'keypair create --provider tencent --name foo', does: 'make a key pair and save it as ~/.ssh/foo' },
  {
    line: 'keypair ensure -p aliyun --name deploy --json | jq -r .privateKeyPath',
    does: 'in a script that may run again: the path of the private key',
  },
  {
    line: 'keypair create -p aliyun --name web --output - | ssh-add -',
    does: 'the private key goes to the agent and into no file',
  },
  { line: 'keypair list -p all -r all', does: 'what there is, everywhere' },
];

/** The first line of a section, which needs no request before it. Plain text. */
function line(text: string): string {
  return `${roff(text)}\n`;
}

/** A command and all below it. */
function command(spec: CommandSpec, above: string): readonly string[] {
  const name = `${above} ${spec.name}`;
  const below = spec.commands ?? [];
  return [
    heading(name, 2),
    `${usage(spec, above)}\n`,
    paragraph(roff(`${spec.summary.replace(/^[a-z]/, (letter) => letter.toUpperCase())}.`)),
    ...(spec.arguments ?? []).map((argument) => item(argumentTerm(argument), roff(argument.summary))),
    ...(spec.options ?? []).map(flag),
    // A command with others below it shows what they show.
    ...(below.length > 0 ? [] : spec.examples.map(({ line, does }) => example(line, does))),
    ...below.flatMap((child) => command(child, name)),
  ];
}

function usage(spec: CommandSpec, above: string): string {
  const words = [
    ...((spec.options ?? []).length > 0 || spec.commands === undefined ? [roff('[flags]')] : []),
    ...(spec.commands === undefined ? [] : [spec.commands.map(({ name }) => bold(name)).join('|')]),
    ...(spec.arguments ?? []).map(argumentTerm),
  ];
  return [bold(`${above} ${spec.name}`), ...words].join(' ');
}

function argumentTerm({ name, many, optional }: ArgumentSpec): string {
  const term = `${italic(name)}${many === true ? '...' : ''}`;
  return optional === true ? `[${term}]` : term;
}

function flag({ flags, summary, values }: OptionSpec): string {
  // Some say themselves what there is: `cn or intl`.
  const missing = values?.some((value) => !summary.includes(value)) === true;
  const choice = missing ? `; one of ${values.join(', ')}` : '';
  return item(flagTerm(flags), roff(`${summary}${choice}`));
}

/** `-n, --name <name...>` as `-n, --name NAME...`, `--recreate [pair]` as `--recreate [PAIR]`. */
function flagTerm(flags: string): string {
  const [, names = flags, open, value = '', more = ''] =
    /^(.*?) ([<[])(.*?)(\.\.\.)?[>\]]$/.exec(flags) ?? [];
  const spelled = names.split(', ').map(bold).join(', ');
  if (open === undefined) return spelled;
  return open === '[' ? `${spelled} [${italic(value)}]` : `${spelled} ${italic(value)}${more}`;
}

function variable({ flags }: OptionSpec): string {
  const long = /--([a-z-]+)/.exec(flags)?.[1] ?? '';
  return item(bold(`KEYPAIR_${long.toUpperCase().replaceAll('-', '_')}`), roff(`as --${long}`));
}

function provider({ id, aliases, title, defaultRegion }: Descriptor): string {
  return item(bold(id), roff(`${title}, also called ${aliases.join(', ')}; by default in ${defaultRegion}`));
}

function entry([name, meaning]: Entry): string {
  return item(name.split(', ').map(bold).join(', '), roff(meaning));
}
