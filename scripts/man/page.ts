import { EXIT_MEANINGS } from '../../src/cli/help-json.ts';
import type { ArgumentSpec, CommandEntry, CommandSpec, Example, OptionSpec } from '../../src/cli/spec.ts';
import { EXIT_CODES } from '../../src/errors.ts';
import type { Descriptor } from '../../src/providers/types.ts';
import { type Entry, FILES, VARIABLES } from './facts.ts';
import { bold, example, heading, italic, item, paragraph, roff } from './roff.ts';

/** The manual page keypair(1), in the man macros: every command with its flags, and all that the contract promises. */
export async function manualPage(
  entries: readonly CommandEntry[],
  globals: readonly OptionSpec[],
  descriptors: readonly Descriptor[],
): Promise<string> {
  const specs = await Promise.all(entries.map(({ load }) => load()));
  return [
    '.\\" Written from the commands by npm run generate, see scripts/man.\n',
    '.TH KEYPAIR 1 "" "keypair" "User Commands"\n.nh\n.ad l\n',
    `${heading('NAME')}keypair \\- create and manage SSH key pairs for cloud servers\n`,
    `${heading('SYNOPSIS')}.nf\n${bold('keypair')} ${roff('[flags]')}\n${specs.map((spec) => `${usage(spec, 'keypair')}\n`).join('')}${bold('keypair help')} ${italic('COMMAND')}\n.fi\n`,
    heading('DESCRIPTION'),
    DESCRIPTION.map((text) => `${roff(text)}\n`).join('.PP\n'),
    heading('COMMANDS'),
    ...specs.flatMap((spec) => command(spec, 'keypair')),
    heading('GLOBAL FLAGS'),
    line('These flags work before and after the command.'),
    ...[...globals, ...PARSERS].map(flag),
    heading('PROVIDERS'),
    ...descriptors.map(provider),
    heading('ENVIRONMENT'),
    line(
      'A flag wins over its KEYPAIR variable, this over the variable of the vendor, this over the profile. The variable of a flag without a value is 1, true, yes or on, or the opposite.',
    ),
    ...globals.map((option) => variable(option)),
    ...VARIABLES.map(entry),
    heading('FILES'),
    ...FILES.map(entry),
    heading('EXIT STATUS'),
    item(bold('0'), roff('success')),
    ...Object.entries(EXIT_MEANINGS).map(([code, when]) =>
      item(`${bold(String(EXIT_CODES[code as keyof typeof EXIT_MEANINGS]))} ${bold(code)}`, roff(when)),
    ),
    paragraph(
      roff(
        'With several names the exit status is 7 if any of them ended with 7, else that of the first failure. With --json an error is one line on stderr: {"error":{"code":"CONFLICT", ...}}.',
      ),
    ),
    heading('EXAMPLES'),
    ...EXAMPLES.map(({ line, does }) => example(line, does)),
    heading('SEE ALSO'),
    '.BR ssh (1),\n.BR ssh\\-keygen (1),\n.BR ssh\\-agent (1)\n',
  ].join('');
}

/** The flags that the parser adds to the global flags. */
const PARSERS: readonly OptionSpec[] = [
  { flags: '-h, --help', summary: 'show help for the command' },
  { flags: '-V, --version', summary: 'print the version' },
];

const DESCRIPTION = [
  'keypair creates and manages SSH key pairs for cloud servers. A cloud returns a private key only once. keypair reserves the file before the call, sends the request once, writes the answer to disk before it parses it, and never overwrites a file.',
  'Without a command, on a terminal, keypair starts a wizard. It creates, lists, shows, attaches and deletes key pairs, shows what it will do before it does it, and prints the command line that does the same.',
  'On a terminal a command asks for what is missing. Elsewhere it never asks, and it reads stdin only where - is given. Results go to stdout, everything else goes to stderr.',
];

const EXAMPLES: readonly Example[] = [
  {
    line: 'keypair create --provider tencent --name foo',
    does: 'create a key pair and save it as ~/.ssh/foo',
  },
  {
    line: 'keypair ensure -p aliyun --name deploy --json | jq -r .privateKeyPath',
    does: 'in a script that can run again: get the path of the private key',
  },
  {
    line: 'keypair create -p aliyun --name web --output - | ssh-add -',
    does: 'put the private key into the agent; a copy stays in the trash',
  },
  { line: 'keypair list -p all -r all', does: 'list all key pairs' },
];

/** The first line of a section, from plain text. */
function line(text: string): string {
  return `${roff(text)}\n`;
}

/** A command and its subcommands. */
function command(spec: CommandSpec, above: string): readonly string[] {
  const name = `${above} ${spec.name}`;
  const below = spec.commands ?? [];
  return [
    heading(name, 2),
    `${usage(spec, above)}\n`,
    paragraph(roff(`${spec.summary.replace(/^[a-z]/, (letter) => letter.toUpperCase())}.`)),
    ...(spec.arguments ?? []).map((argument) => item(argumentTerm(argument), roff(argument.summary))),
    ...(spec.options ?? []).map(flag),
    // The examples of a command with subcommands are theirs.
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
  // Some summaries name the values: `cn or intl`.
  const missing = values?.some((value) => !summary.includes(value)) === true;
  const choice = missing ? `; one of ${values.join(', ')}` : '';
  return item(flagTerm(flags), roff(`${summary}${choice}`));
}

/** `-n, --name <name...>` as `-n, --name NAME...`, `--recreate [pair]` as `--recreate [PAIR]`. */
function flagTerm(flags: string): string {
  const [, names = flags, open, value = '', more = ''] = /^(.*?) ([<[])(.*?)(\.\.\.)?[>\]]$/.exec(flags) ?? [];
  const spelled = names.split(', ').map(bold).join(', ');
  if (open === undefined) return spelled;
  return open === '[' ? `${spelled} [${italic(value)}]` : `${spelled} ${italic(value)}${more}`;
}

function variable({ flags }: OptionSpec): string {
  const long = /--([a-z-]+)/.exec(flags)?.[1] ?? '';
  return item(bold(`KEYPAIR_${long.toUpperCase().replaceAll('-', '_')}`), roff(`as --${long}`));
}

function provider({ id, aliases, title, defaultRegion }: Descriptor): string {
  return item(bold(id), roff(`${title}, aliases: ${aliases.join(', ')}; default region: ${defaultRegion}`));
}

function entry([name, meaning]: Entry): string {
  return item(name.split(', ').map(bold).join(', '), roff(meaning));
}
