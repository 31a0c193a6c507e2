import { styleText } from 'node:util';
import type { Context } from '../context.ts';
import { t } from '../language/t.ts';
import { usesColor } from './color.ts';

type Paint = (text: string) => string;

/** How questions look on one terminal: the part of the library's themes that this program sets. */
export interface PromptTheme {
  readonly prefix: { readonly idle: string; readonly done: string };
  readonly style: {
    readonly keysHelpTip: (keys: readonly (readonly [key: string, does: string])[]) => string;
    readonly answer: Paint;
    readonly message: Paint;
    readonly error: Paint;
    readonly defaultAnswer: Paint;
    readonly help: Paint;
    readonly highlight: Paint;
    readonly key: Paint;
    readonly description: Paint;
    readonly searchTerm: Paint;
    readonly disabled: Paint;
  };
}

/**
 * How questions look on this terminal. Without colour the arrow before the chosen line and the mark before an error
 * say the same.
 */
export function promptTheme({
  stderr,
  env,
  goesBack,
}: Pick<Context, 'stderr' | 'env' | 'goesBack'>): PromptTheme {
  const colored = usesColor(stderr, env, true);
  const painted =
    (...looks: Parameters<typeof styleText>[0][]): Paint =>
    (text: string) =>
      // Node asks stdout whether there is colour: questions stand on stderr.
      colored
        ? looks.reduce((painted, look) => styleText(look, painted, { validateStream: false }), text)
        : text;
  const faint = painted('dim');
  return {
    prefix: { idle: painted('blue')('?'), done: painted('green')('✔') },
    style: {
      keysHelpTip: (keys) => faint(keysLine(goesBack === true ? [...keys, ['esc', 'back']] : keys)),
      answer: painted('cyan'),
      message: painted('bold'),
      error: (text) => painted('red')(`> ${text}`),
      defaultAnswer: (text) => faint(`(${text})`),
      help: faint,
      highlight: painted('cyan'),
      key: (text) => painted('bold', 'cyan')(`<${text}>`),
      description: faint,
      searchTerm: painted('cyan'),
      disabled: (text) => faint(`- ${text}`),
    },
  };
}

/** So many lines at once: a longer list is searched, not read. */
const MOST_LINES = 8;
/** What stands around a list: the question, a note of up to three lines after a blank one, the keys. */
const LINES_AROUND = 6;

/** How many lines of a list are shown at once: on a low terminal so few that its question stays in sight. */
export function listLines({ stderr }: Pick<Context, 'stderr'>): number {
  const rows = stderr.rows ?? 0;
  return rows === 0 ? MOST_LINES : Math.min(MOST_LINES, Math.max(2, rows - LINES_AROUND));
}

/** The library's words for what keys do, in the user's language. */
function keysLine(keys: readonly (readonly [string, string])[]): string {
  const words: Readonly<Record<string, string>> = {
    navigate: t`move`,
    select: t`choose`,
    submit: t`done`,
    all: t`all`,
    invert: t`invert`,
    back: t`back`,
  };
  return keys.map(([key, does]) => `${key === 'space' ? t`space` : key} ${words[does] ?? does}`).join(' • ');
}
