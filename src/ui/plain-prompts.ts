import { createInterface } from 'node:readline/promises';
import type { Readable } from 'node:stream';
import type { Context } from '../context.ts';
import { joinSentences, t, withLabel } from '../i18n/t.ts';

/** A choice, shown as a line of text. */
interface PlainChoice {
  readonly value: string;
  readonly title: string;
  readonly note: string;
}

/** Thrown when the user leaves a plain question: Ctrl-C, or the end of stdin. */
class LeftPlainPrompt extends Error {
  override readonly name = 'ExitPromptError';
}

/** Thrown for an answer of `<`, which goes back to the previous question, if the context allows it. */
export class PlainBack extends Error {
  override readonly name = 'PlainBack';
}

/**
 * Whether to ask line by line, without cursor movement: with TERM=dumb, which screen readers and shells in editors set.
 */
export function isPlain({ env }: Pick<Context, 'env'>): boolean {
  return env['TERM'] === 'dumb';
}

/**
 * Asks for a line until it is valid.
 *
 * @param problem what is wrong with an answer, or null. It is printed before the question is asked again.
 * @param suggestion the value of an empty answer, or null.
 * @throws LeftPlainPrompt
 */
export async function plainText(
  context: Context,
  message: string,
  problem: (answer: string) => string | null,
  suggestion: string | null = null,
): Promise<string> {
  for (;;) {
    const typed = await readLine(context, suggestion === null ? `${message} ` : `${message} [${suggestion}] `);
    const answer = typed === '' ? (suggestion ?? '') : typed;
    const wrong = problem(answer);
    if (wrong === null) return answer;
    context.stderr.write(`${wrong}\n`);
  }
}

/**
 * Asks to choose by number or by value.
 *
 * @param usual the value of an empty answer.
 * @throws LeftPlainPrompt
 */
export async function plainChoice(
  context: Context,
  message: string,
  choices: readonly PlainChoice[],
  usual: string | null = null,
): Promise<string> {
  context.stderr.write(`${message}\n`);
  list(context, choices);
  const first = Math.max(
    0,
    choices.findIndex(({ value }) => value === usual),
  );
  const chosen = (answer: string): PlainChoice | undefined =>
    choices[Number(answer) - 1] ?? choices.find(({ value }) => value === answer.trim());
  const answer = await plainText(
    context,
    t`Number:`,
    (typed) => (chosen(typed) === undefined ? t`a number from 1 to ${choices.length}` : null),
    String(first + 1),
  );
  return chosen(answer)?.value ?? '';
}

/** The maximum number of choices listed at first: a screen reader reads all of them. */
const MOST_LISTED = 8;

/**
 * Asks to find one of many by number, or by a part of it, which lists the matches; `?` lists all.
 *
 * @param find the matches for a text, best first.
 * @throws LeftPlainPrompt
 */
export async function plainSearch(
  context: Context,
  message: string,
  find: (text: string) => readonly PlainChoice[],
): Promise<string> {
  context.stderr.write(`${message}\n`);
  let found = find('');
  let most = MOST_LISTED;
  for (;;) {
    const listed = found.slice(0, most);
    list(context, listed);
    const more = found.length - listed.length;
    const question = more > 0 ? t`Number, a part of it, or ? for ${more} more:` : t`Number, or a part of it:`;
    const answer = (await plainText(context, question, () => null, '1')).trim();
    const fitting = find(answer);
    const chosen =
      listed[Number(answer) - 1] ??
      fitting.find(({ value }) => value === answer) ??
      (fitting.length === 1 ? fitting[0] : undefined);
    if (chosen !== undefined) return chosen.value;
    if (answer !== '?' && fitting.length === 0) context.stderr.write(`${t`no match`}\n`);
    found = answer === '?' || fitting.length === 0 ? find('') : fitting;
    most = answer === '?' ? Infinity : MOST_LISTED;
  }
}

function list(context: Context, choices: readonly PlainChoice[]): void {
  const lines = choices.map(({ title, note }, index) => {
    const words = joinSentences(note.split('\n'));
    return `  ${index + 1}  ${words === '' ? title : withLabel(title, words)}\n`;
  });
  const back = context.goesBack === true ? `  <  ${t`back`}\n` : '';
  context.stderr.write(lines.join('') + back);
}

/**
 * Asks to choose one or more by numbers, separated by spaces.
 *
 * @throws LeftPlainPrompt
 */
export async function plainSeveral(
  context: Context,
  message: string,
  choices: readonly PlainChoice[],
): Promise<readonly string[]> {
  context.stderr.write(`${message}\n`);
  list(context, choices);
  const chosen = (answer: string): readonly (PlainChoice | undefined)[] =>
    answer.split(/[\s,，、]+/).flatMap((word) => (word === '' ? [] : [choices[Number(word) - 1]]));
  const answer = await plainText(context, t`Numbers:`, (typed) => {
    const picked = chosen(typed);
    return picked.length === 0 || picked.includes(undefined)
      ? t`numbers from 1 to ${choices.length}, separated by spaces`
      : null;
  });
  return [...new Set(chosen(answer).flatMap((choice) => choice?.value ?? []))];
}

/**
 * Asks for yes or no.
 *
 * @throws LeftPlainPrompt
 */
export async function plainConfirm(context: Context, message: string): Promise<boolean> {
  const answer = await readLine(context, `${message} ${t`(y/N)`} `);
  return ['y', 'yes', t`Yes`.toLowerCase()].includes(answer.trim().toLowerCase());
}

/**
 * Asks for a secret, without echo.
 *
 * @throws LeftPlainPrompt
 */
export async function plainSecret(
  context: Context,
  message: string,
  problem: (answer: string) => string | null,
): Promise<string> {
  for (;;) {
    context.stderr.write(`${message} `);
    const answer = await readSecret(context);
    context.stderr.write('\n');
    const wrong = problem(answer);
    if (wrong === null) return answer;
    context.stderr.write(`${wrong}\n`);
  }
}

/** Reads a line that the terminal echoes and edits. Ctrl-D on an empty line leaves. */
async function readLine({ stdin, stderr, interrupts, goesBack }: Context, question: string): Promise<string> {
  const ended = new AbortController();
  const end = (): void => {
    ended.abort();
  };
  // Must run before readline's own listener, which takes an unfinished line as the answer.
  stdin.once('end', end);
  const output = stderr as unknown as NodeJS.WritableStream;
  const lines = createInterface({ input: stdin, output, terminal: false });
  const signal = AbortSignal.any([interrupts.signal, ended.signal]);
  const line = await lines
    .question(question, { signal })
    .catch((cause: unknown) => {
      stderr.write('\n');
      throw new LeftPlainPrompt(undefined, { cause });
    })
    .finally(() => {
      stdin.removeListener('end', end);
      lines.close();
    });
  if (goesBack === true && line.trim() === '<') throw new PlainBack();
  return line;
}

const ENTER = new Set(['\r', '\n']);
const LEAVE = new Set(['\u0003', '\u0004']);
const BACKSPACE = new Set(['\b', '\u007f']);
const CLEAR = '\u0015';
/** Arrows and other keys without a character, and the marks around pasted text (ECMA-48, CSI). */
const KEYS = /\u001b(?:\[[\d;]*[@-~]|O[A-Z])/g;

/** Reads a line in raw mode, without echo: Enter ends it, Ctrl-C and Ctrl-D leave. */
function readSecret({ stdin, interrupts }: Context): Promise<string> {
  const terminal: Readable & { setRawMode?: (raw: boolean) => unknown } = stdin;
  terminal.setRawMode?.(true);
  terminal.setEncoding('utf8');
  return new Promise<string>((resolve, reject) => {
    let typed = '';
    const end = (act: () => void): void => {
      terminal.removeListener('data', read);
      interrupts.signal.removeEventListener('abort', leave);
      terminal.setRawMode?.(false);
      terminal.pause();
      act();
    };
    const leave = (): void => {
      end(() => {
        reject(new LeftPlainPrompt());
      });
    };
    const read = (text: string): void => {
      for (const letter of text.replace(KEYS, '')) {
        if (LEAVE.has(letter)) {
          leave();
          return;
        }
        if (ENTER.has(letter)) {
          end(() => {
            resolve(typed);
          });
          return;
        }
        if (BACKSPACE.has(letter)) typed = Array.from(typed).slice(0, -1).join('');
        else if (letter === CLEAR) typed = '';
        // Drop other control characters: the user could not see them in the secret.
        else if (letter >= ' ') typed += letter;
      }
    };
    interrupts.signal.addEventListener('abort', leave, { once: true });
    terminal.on('data', read).resume();
  });
}
