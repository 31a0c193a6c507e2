import {
  createPrompt,
  isDownKey,
  isEnterKey,
  isUpKey,
  makeTheme,
  useKeypress,
  usePagination,
  usePrefix,
  useState,
} from '@inquirer/core';
import { t } from '../i18n/t.ts';
import type { PromptTheme } from './prompt-theme.ts';

/** One of the items to search. */
export interface SearchItem {
  readonly value: string;
  readonly title: string;
  readonly note: string;
}

/** A question for one of many. */
export interface SearchPromptConfig {
  readonly message: string;
  /** The matches for a text, best first. */
  readonly find: (text: string) => readonly SearchItem[];
  /** How many lines are shown at once. */
  readonly lines: number;
  readonly theme: PromptTheme;
}

/**
 * Asks to find one of many by typing a part of it. The matches are found synchronously, so Enter always chooses the line
 * with the arrow. The library's own search is asynchronous, and loses an Enter that comes before its result.
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
      // The history keys have cleared it, too.
      line.clearLine(0);
      line.write(text);
      setActive(Math.min(Math.max(active + (isUpKey(key) ? -1 : 1), 0), Math.max(found.length - 1, 0)));
    } else if (line.line !== text) {
      // Keys that only move the cursor leave the arrow where it is.
      setText(line.line);
      setActive(0);
    }
  });
  const page = usePagination({
    items: found,
    active,
    renderItem: ({ item, isActive }) =>
      isActive ? theme.style.highlight(`❯ ${item.title}`) : `  ${item.title}`,
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
