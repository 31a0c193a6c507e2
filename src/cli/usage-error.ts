import type { CommanderError } from 'commander';
import { KeypairError } from '../errors.ts';
import { joinList, t } from '../i18n/t.ts';

/** Commander's English error messages by code, and their translations with the values from them. */
const SENTENCES: Readonly<Record<string, readonly Sentence[]>> = {
  'commander.unknownCommand': [[/^unknown command '(.*)'$/s, (name) => t`unknown command '${name}'`]],
  'commander.unknownOption': [[/^unknown option '(.*)'$/s, (flag) => t`unknown option '${flag}'`]],
  'commander.optionMissingArgument': [
    [/^option '(.*)' argument missing$/s, (flags) => t`option '${flags}' argument missing`],
  ],
  'commander.invalidArgument': [
    [
      /^option '(.*?)' argument '(.*)' is invalid\. Allowed choices are (.*)\.$/s,
      (flags, value, choices) =>
        t`option '${flags}' argument '${value}' is invalid. Allowed choices are ${joinList(choices.split(', '))}.`,
    ],
  ],
  'commander.excessArguments': [
    [
      /^too many arguments for '(.*)'\. Expected (\d+) arguments? but got (\d+)\.$/s,
      (command, expected, got) =>
        expected === '1'
          ? t`too many arguments for '${command}'. Expected 1 argument but got ${got}.`
          : t`too many arguments for '${command}'. Expected ${expected} arguments but got ${got}.`,
    ],
  ],
};

const SUGGESTIONS: readonly Sentence[] = [
  [/^\(Did you mean one of (.*)\?\)$/s, (names) => t`did you mean one of ${joinList(names.split(', '))}?`],
  [/^\(Did you mean (.*)\?\)$/s, (name) => t`did you mean ${name}?`],
];

/** Names of commands in other tools. By spelling, Commander would suggest `create` for `rename`. */
const CALLED_ELSEWHERE: Readonly<Record<string, string>> = {
  bind: 'attach',
  describe: 'show',
  generate: 'create',
  login: 'auth login',
  logout: 'auth logout',
  ls: 'list',
  new: 'create',
  remove: 'delete',
  rename: 'update --rename',
  rm: 'delete',
  tag: 'update --tag',
  unbind: 'detach',
  upload: 'import',
};

type Sentence = readonly [pattern: RegExp, say: (...values: readonly string[]) => string];

/**
 * The error for what Commander refused, in the user's language; an unknown message stays in English.
 *
 * @param command the words of the given command; empty if there is no such command.
 */
export function usageError(error: CommanderError, command: readonly string[]): KeypairError {
  const [message = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const unknown = /^unknown command '(.*)'$/s.exec(message)?.[1] ?? '';
  const meant = command.length === 0 && Object.hasOwn(CALLED_ELSEWHERE, unknown) ? CALLED_ELSEWHERE[unknown] : null;
  const hints =
    meant == null
      ? rest
          .map((line) => line.trim())
          .filter((line) => line !== '')
          .map((line) => said(SUGGESTIONS, line))
      : [t`did you mean ${meant}?`];
  return new KeypairError('USAGE', said(SENTENCES[error.code] ?? [], message), {
    hints: [...hints, command.length === 0 ? t`see keypair --help` : t`see keypair ${command.join(' ')} --help`],
    cause: error,
  });
}

function said(sentences: readonly Sentence[], text: string): string {
  for (const [pattern, say] of sentences) {
    const match = pattern.exec(text);
    if (match !== null) return say(...match.slice(1));
  }
  return text;
}
