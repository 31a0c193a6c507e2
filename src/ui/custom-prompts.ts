import {
  createPrompt,
  isBackspaceKey,
  isDownKey,
  isEnterKey,
  isTabKey,
  isUpKey,
  makeTheme,
  useKeypress,
  usePagination,
  usePrefix,
  useState,
} from '@inquirer/core';
import { t } from '../i18n/t.ts';
import type { PromptTheme } from './prompt-theme.ts';

/** The result of a check while the user types. */
export interface Verdict {
  /** What is wrong, or null. */
  readonly problem: string | null;
  /** The nearest valid text, which Tab enters, or null. */
  readonly instead: string | null;
  /** A note about a valid text, or null. */
  readonly note: string | null;
}

/** A question for a text that is checked at every key. */
interface ValidatedInputConfig {
  readonly message: string;
  /** The value of an empty answer; null: an answer is required. */
  readonly suggestion: string | null;
  readonly check: (text: string) => Verdict;
  readonly theme: PromptTheme;
}

/**
 * Asks for a text, and checks it at every key: a line below shows the problem or a note. Tab enters the nearest valid
 * text; Enter accepts only a valid one.
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
        : theme.style.error(verdict.instead === null ? verdict.problem : t`${verdict.problem} (Tab accepts it)`);
  return [`${prefix} ${message} ${offered}${value}`, below];
});

/** A choice of {@link searchPrompt}. */
interface SearchItem {
  readonly value: string;
  readonly title: string;
  readonly note: string;
}

/** A question with many choices. */
interface SearchPromptConfig {
  readonly message: string;
  /** The matches for a text, best first. */
  readonly find: (text: string) => readonly SearchItem[];
  /** The number of visible lines. */
  readonly lines: number;
  readonly theme: PromptTheme;
}

/**
 * Asks to find one of many by typing a part of it. The search is synchronous, so Enter always chooses the line with the
 * arrow. The library's own search is asynchronous, and loses an Enter that arrives before its result.
 */
export const searchPrompt = createPrompt<string, SearchPromptConfig>((config, done) => {
  const theme = makeTheme(config.theme);
  const [text, setText] = useState<string>('');
  const [active, setActive] = useState(0);
  const [chosen, setChosen] = useState<string | null>(null);
  const prefix = usePrefix({ status: chosen === null ? 'idle' : 'done', theme });
  const found = config.find(text.trim());
  useKeypress((key, line) => {
    if (chosen !== null) return;
    const current = found[active];
    if (isEnterKey(key)) {
      if (current === undefined) {
        // Enter has cleared the line.
        line.write(text);
        return;
      }
      setChosen(current.title);
      done(current.value);
    } else if (isUpKey(key) || isDownKey(key)) {
      // The history keys have cleared the line, too.
      line.clearLine(0);
      line.write(text);
      setActive(Math.min(Math.max(active + (isUpKey(key) ? -1 : 1), 0), Math.max(found.length - 1, 0)));
    } else if (line.line !== text) {
      // Keys that only move the cursor do not move the arrow.
      setText(line.line);
      setActive(0);
    }
  });
  const page = usePagination({
    items: found,
    active,
    renderItem: ({ item, isActive }) => (isActive ? theme.style.highlight(`❯ ${item.title}`) : `  ${item.title}`),
    pageSize: config.lines,
    loop: false,
  });
  const message = theme.style.message(config.message, chosen === null ? 'idle' : 'done');
  if (chosen !== null) return `${prefix} ${message} ${theme.style.answer(chosen)}`;
  const note = found[active]?.note ?? '';
  const below = [
    found.length === 0 ? theme.style.error(t`no match`) : page,
    ...(note === '' ? [] : [theme.style.help(note)]),
    config.theme.style.keysHelpTip([
      ['↑↓', 'navigate'],
      ['⏎', 'select'],
    ]),
  ];
  return [`${prefix} ${message} ${text}`, below.join('\n')];
});
