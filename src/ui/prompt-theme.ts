import { styleText } from 'node:util';
import type { Context } from '../context.ts';
import { t } from '../i18n/t.ts';
import { usesColor } from './color.ts';

type Paint = (text: string) => string;

/** The parts of the library's theme that this program sets. */
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
 * The theme for a terminal. The arrow before the chosen line and the mark before an error also work without colour.
 */
export function promptTheme({ stderr, env, goesBack }: Pick<Context, 'stderr' | 'env' | 'goesBack'>): PromptTheme {
  const colored = usesColor(stderr, env, true);
  const painted =
    (...looks: Parameters<typeof styleText>[0][]): Paint =>
    (text: string) =>
      // Node would check stdout for colour; questions are on stderr.
      colored ? looks.reduce((painted, look) => styleText(look, painted, { validateStream: false }), text) : text;
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

/** The maximum number of visible lines of a list; longer lists are searched. */
const MOST_LINES = 8;
/** The lines around a list: the question, a blank line, a note of up to three lines, the keys. */
const LINES_AROUND = 6;

/** The number of visible lines of a list: fewer on a low terminal, so that the question stays visible. */
export function listLines({ stderr }: Pick<Context, 'stderr'>): number {
  const rows = stderr.rows ?? 0;
  return rows === 0 ? MOST_LINES : Math.min(MOST_LINES, Math.max(2, rows - LINES_AROUND));
}

/** The library's help line for keys, in the user's language. */
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
