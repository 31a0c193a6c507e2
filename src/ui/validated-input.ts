import {
  createPrompt,
  isBackspaceKey,
  isEnterKey,
  isTabKey,
  makeTheme,
  usePrefix,
  useKeypress,
  useState,
} from '@inquirer/core';
import { t } from '../i18n/t.ts';
import type { PromptTheme } from './prompt-theme.ts';

/** The result of checking a text while it is typed. */
export interface Verdict {
  /** What is wrong with it, or null. */
  readonly problem: string | null;
  /** The nearest valid text, which Tab enters; null where there is none. */
  readonly instead: string | null;
  /** What a valid text leads to, or null where there is nothing to say. */
  readonly note: string | null;
}

/** A question for a text that is checked at every key. */
export interface ValidatedInputConfig {
  readonly message: string;
  /** The value of an empty answer; null: an answer is required. */
  readonly suggestion: string | null;
  readonly check: (text: string) => Verdict;
  readonly theme: PromptTheme;
}

/**
 * Asks for a text, and shows below it at every key what is wrong with it or what it leads to. Tab enters the nearest
 * valid text; Enter accepts only a valid one.
 */
export const validatedInput = createPrompt<string, ValidatedInputConfig>((config, done) => {
  const theme = makeTheme(config.theme);
  const [status, setStatus] = useState<'idle' | 'done'>('idle');
  const [value, setValue] = useState<string>('');
  const [suggestion, setSuggestion] = useState<string>(config.suggestion ?? '');
  const [refused, setRefused] = useState(false);
  const prefix = usePrefix({ status, theme });
  const verdict = config.check(value === '' ? suggestion : value);
  useKeypress((key, line) => {
    if (status === 'done') return;
    if (isEnterKey(key)) {
      const answer = value === '' ? suggestion : value;
      if (config.check(answer).problem === null) {
        setValue(answer);
        setStatus('done');
        done(answer);
        return;
      }
      // Enter has cleared the line.
      line.write(value);
      setRefused(true);
      return;
    }
    if (isTabKey(key)) {
      line.clearLine(0);
      const better = verdict.instead ?? (value === '' ? suggestion : value);
      line.write(better);
      setValue(better);
      return;
    }
    if (isBackspaceKey(key) && value === '') setSuggestion('');
    setRefused(false);
    setValue(line.line);
  });
  const message = theme.style.message(config.message, status);
  if (status === 'done') return `${prefix} ${message} ${theme.style.answer(value)}`;
  const offered = value === '' && suggestion !== '' ? `${theme.style.defaultAnswer(suggestion)} ` : '';
  const typedNothing = value === '' && suggestion === '' && !refused;
  const below =
    verdict.problem === null
      ? theme.style.help(verdict.note ?? '')
      : typedNothing
        ? ''
        : theme.style.error(
            verdict.instead === null ? verdict.problem : t`${verdict.problem} (Tab accepts it)`,
          );
  return [`${prefix} ${message} ${offered}${value}`, below];
});
