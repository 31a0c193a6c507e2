import type { Command, Help } from 'commander';
import type { Example } from './spec.ts';
import { t } from '../i18n/t.ts';
import { plainWidth, wrap } from '../ui/wrap.ts';

/** A flag, an argument or a command, and its description. */
type Row = readonly [term: string, text: string];

/** The minimum width of the texts beside their terms, in columns; with less, they are on the next line. */
const LEAST_BESIDE = 40;
const BELOW = ' '.repeat(6);

/**
 * Formats help: usage, examples, then flags.
 *
 * @param examplesOf the examples of a command, or none.
 */
export function helpFormatter(
  examplesOf: (command: Command) => readonly Example[],
): (command: Command, helper: Help) => string {
  return (command, helper) => {
    const width = helper.helpWidth ?? 80;
    const sections: readonly (readonly [title: string, rows: readonly Row[]])[] = [
      [
        t`commands`,
        helper
          .visibleCommands(command)
          .map((c) => [inWords(helper.subcommandTerm(c)), helper.subcommandDescription(c)]),
      ],
      [
        t`arguments`,
        helper.visibleArguments(command).map((a) => [helper.argumentTerm(a), helper.argumentDescription(a)]),
      ],
      [t`flags`, helper.visibleOptions(command).map((o) => [helper.optionTerm(o), o.description])],
      [
        t`global flags`,
        helper
          .visibleGlobalOptions(command)
          .filter((option) => option.long !== '--version')
          .map((o) => [helper.optionTerm(o), o.description]),
      ],
    ];
    const termWidth = Math.max(...sections.flatMap(([, rows]) => rows.map(([term]) => plainWidth(term))));
    const examples = examplesOf(command).map(({ line, does }) => `${comment(does, width)}  ${line}\n`);
    return [
      `${wrap(helper.commandDescription(command), width).join('\n')}\n`,
      `${t`usage`}\n  ${inWords(helper.commandUsage(command))}\n`,
      ...(examples.length > 0 ? [`${t`examples`}\n${examples.join('')}`] : []),
      ...sections
        .filter(([, rows]) => rows.length > 0)
        .map(([title, rows]) => `${title}\n${rows.map((row) => item(row, termWidth, width)).join('')}`),
    ].join('\n');
  };
}

/** Translates Commander's placeholders in a usage line. */
function inWords(usage: string): string {
  return usage.replace('[options]', t`[options]`).replace('[command]', t`[command]`);
}

function comment(text: string, width: number): string {
  return wrap(text, width - 4)
    .map((line) => `  # ${line}\n`)
    .join('');
}

function item([term, text]: Row, termWidth: number, width: number): string {
  const padded = `  ${term}${' '.repeat(termWidth - plainWidth(term) + 2)}`;
  if (text === '') return `  ${term}\n`;
  const beside = width - plainWidth(padded);
  if (beside >= LEAST_BESIDE) {
    return `${padded}${wrap(text, beside).join(`\n${' '.repeat(plainWidth(padded))}`)}\n`;
  }
  return `  ${term}\n${wrap(text, width - BELOW.length)
    .map((line) => `${BELOW}${line}\n`)
    .join('')}`;
}
