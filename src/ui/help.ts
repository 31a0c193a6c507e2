import type { Command, Help } from 'commander';
import type { Example } from '../commands/define.ts';

/**
 * Help that leads with what people look for: how to call it, then lines to copy, then the flags.
 *
 * @param examplesOf the lines of a command, or none.
 */
export function helpFormatter(
  examplesOf: (command: Command) => readonly Example[],
): (command: Command, helper: Help) => string {
  return (command, helper) => {
    const width = helper.helpWidth ?? 80;
    const rows = {
      commands: helper
        .visibleCommands(command)
        .map((c) => [helper.subcommandTerm(c), helper.subcommandDescription(c)]),
      arguments: helper
        .visibleArguments(command)
        .map((a) => [helper.argumentTerm(a), helper.argumentDescription(a)]),
      flags: helper.visibleOptions(command).map((o) => [helper.optionTerm(o), o.description]),
      'global flags': helper
        .visibleGlobalOptions(command)
        .filter((option) => option.long !== '--version')
        .map((o) => [helper.optionTerm(o), o.description]),
    };
    const termWidth = Math.max(
      ...Object.values(rows).flatMap((list) => list.map(([term = '']) => term.length)),
    );
    const sections = Object.entries(rows)
      .filter(([, list]) => list.length > 0)
      .map(([title, list]) => {
        const lines = list.map(([term = '', text = '']) => helper.formatItem(term, termWidth, text, helper));
        return `${title}\n${lines.join('\n')}\n`;
      });
    const examples = examplesOf(command).map(({ line, does }) => `  # ${does}\n  ${line}\n`);
    return [
      `${helper.boxWrap(helper.commandDescription(command), width)}\n`,
      `usage\n  ${helper.commandUsage(command)}\n`,
      ...(examples.length > 0 ? [`examples\n${examples.join('')}`] : []),
      ...sections,
    ].join('\n');
  };
}
