import { checkbox, confirm, input, password, select } from '@inquirer/prompts';
import type { Context } from '../context.ts';
import { Secret } from '../credentials/secret.ts';
import { KeypairError } from '../errors.ts';
import { t, translated } from '../language/t.ts';
import type { Verdict } from './live-text.ts';
import {
  isPlain,
  plainChoice,
  plainConfirm,
  plainSearch,
  plainSecret,
  plainSeveral,
  plainText,
} from './plain-prompts.ts';
import { listLines, promptTheme } from './prompt-theme.ts';
import { steadyOutput, type Terminal } from './steady-output.ts';

/** One of the answers of a {@link askChoice}. */
export interface Choice {
  readonly value: string;
  readonly title: string;
  readonly note: string;
  /** What stands in the title's place once it is chosen; by default the title. */
  readonly short?: string;
}

/**
 * Asks for a line of text on the terminal; the question stands on stderr, so that stdout stays the result.
 *
 * @param problem what is wrong with an answer, or null: shown at once, and asked again.
 * @throws KeypairError `CANCELLED` on Ctrl-C.
 */
export function askText(
  context: Context,
  question: string,
  problem: (answer: string) => string | null,
): Promise<string> {
  const message = translated(question);
  if (isPlain(context)) return answered(plainText(context, message, spoken(problem)));
  return answered(
    input({ message, validate: validator(problem), theme: promptTheme(context) }, streams(context)),
  );
}

/**
 * Asks for something that must not be seen: a star stands for each letter, and no key reveals them.
 *
 * @param problem what is wrong with an answer, or null; it must not quote it.
 * @throws KeypairError `CANCELLED` on Ctrl-C.
 */
export async function askSecret(
  context: Context,
  question: string,
  problem: (answer: string) => string | null,
): Promise<Secret> {
  const message = translated(question);
  if (isPlain(context)) return new Secret(await answered(plainSecret(context, message, spoken(problem))));
  const validate = validator(problem);
  const asked = { message, mask: true, toggleMask: false, validate, theme: promptTheme(context) };
  return new Secret(await answered(password(asked, streams(context))));
}

/**
 * Asks to choose one of several.
 *
 * @param usual the value that Enter takes; by default the first.
 * @throws KeypairError `CANCELLED` on Ctrl-C.
 */
export function askChoice(
  context: Context,
  question: string,
  choices: readonly Choice[],
  usual: string | null = null,
): Promise<string> {
  const message = translated(question);
  if (isPlain(context)) return answered(plainChoice(context, message, choices.map(worded), usual));
  const asked = {
    message,
    choices: choices.map(shown),
    pageSize: listLines(context),
    theme: promptTheme(context),
    loop: false,
  };
  return answered(select(usual === null ? asked : { ...asked, default: usual }, streams(context)));
}

/**
 * Asks for yes or no; an empty answer is no.
 *
 * @throws KeypairError `CANCELLED` on Ctrl-C.
 */
export function askConfirm(context: Context, question: string): Promise<boolean> {
  const message = translated(question);
  if (isPlain(context)) return answered(plainConfirm(context, message), unchanged());
  const [yes, no] = [t`Yes`, t`No`];
  // Beside the words of the language the library takes y and n: nobody should have to switch the keyboard for it.
  const keywords = { yes, no, error: () => t`You must answer with "${yes}" or "${no}"` };
  const theme = promptTheme(context);
  const style = { ...theme.style, defaultAnswer: () => theme.style.help(t`(y/N)`) };
  const asked = { message, default: false, theme: { ...theme, style, keywords } };
  return answered(confirm(asked, streams(context)), unchanged());
}

/**
 * Asks for a number to be typed as a yes to something grave: true once it is, false for an empty answer.
 *
 * @throws KeypairError `CANCELLED` on Ctrl-C.
 */
export async function askNumber(context: Context, question: string, number: number): Promise<boolean> {
  const message = translated(question);
  const yes = String(number);
  const problem = (answer: string): string | null =>
    ['', yes].includes(answer.trim()) ? null : t`type ${yes}, or nothing to leave everything as it is`;
  const typed = isPlain(context)
    ? plainText(context, message, problem)
    : input({ message, validate: validator(problem), theme: promptTheme(context) }, streams(context));
  return (await answered(typed, unchanged())).trim() === yes;
}

type Problem = (answer: string) => string | null;

function spoken(problem: Problem): Problem {
  return (answer) => {
    const wrong = problem(answer);
    return wrong === null ? null : translated(wrong);
  };
}

function validator(problem: Problem): (answer: string) => true | string {
  return (answer) => spoken(problem)(answer) ?? true;
}

function worded({ value, title, note, short = title }: Choice): Choice {
  return { value, title: translated(title), note: translated(note), short: translated(short) };
}

function streams(context: Context): {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  signal: AbortSignal;
} {
  const { stdin, stderr, env, interrupts } = context;
  return {
    input: stdin,
    output: steadyOutput(stderr as Terminal, stdin, env),
    signal: interrupts.signal,
  };
}

const LEFT = new Set(['ExitPromptError', 'AbortPromptError', 'CancelPromptError']);

function unchanged(): string {
  return t`cancelled: nothing was changed`;
}

async function answered<T>(question: Promise<T>, left = t`cancelled: nothing was called`): Promise<T> {
  try {
    return await question;
  } catch (cause) {
    if (!(cause instanceof Error) || !LEFT.has(cause.name)) throw cause;
    throw new KeypairError('CANCELLED', left, { cause });
  }
}

/**
 * Asks to find one of many by typing a part of it; Enter takes the first that is shown.
 *
 * @param find what fits a text, best first; for the empty one, those to begin with.
 * @throws KeypairError `CANCELLED` on Ctrl-C.
 */
export async function askSearch(
  context: Context,
  question: string,
  find: (text: string) => readonly Choice[],
): Promise<string> {
  const message = translated(question);
  if (isPlain(context)) return answered(plainSearch(context, message, (text) => find(text).map(worded)));
  const { liveSearch } = await import('./live-search.ts');
  return answered(
    liveSearch(
      {
        message,
        find: (text) => find(text).map(worded),
        lines: listLines(context),
        theme: promptTheme(context),
      },
      streams(context),
    ),
  );
}

/**
 * Asks to choose any number of several, but at least one.
 *
 * @throws KeypairError `CANCELLED` on Ctrl-C.
 */
export function askSeveral(
  context: Context,
  question: string,
  choices: readonly Choice[],
): Promise<readonly string[]> {
  const message = translated(question);
  if (isPlain(context)) return answered(plainSeveral(context, message, choices.map(worded)), unchanged());
  const asked = { message, choices: choices.map(shown), pageSize: listLines(context), loop: false };
  const validate = (chosen: readonly unknown[]): true | string => chosen.length > 0 || t`at least one`;
  return answered(
    checkbox({ ...asked, validate, theme: promptTheme(context) }, streams(context)),
    unchanged(),
  );
}

/**
 * Asks for a text that is checked with every letter that is typed.
 *
 * @param suggestion stands for an empty answer, or null.
 * @throws KeypairError `CANCELLED` on Ctrl-C.
 */
export async function askLive(
  context: Context,
  question: string,
  suggestion: string | null,
  check: (text: string) => Verdict,
): Promise<string> {
  const message = translated(question);
  if (isPlain(context))
    return answered(plainText(context, message, (text) => check(text).problem, suggestion));
  const { liveText } = await import('./live-text.ts');
  return answered(liveText({ message, suggestion, check, theme: promptTheme(context) }, streams(context)));
}

/** A choice as the library takes it. */
interface Shown {
  readonly value: string;
  readonly name: string;
  readonly short?: string;
  readonly description?: string;
}

function shown(choice: Choice): Shown {
  const { value, title, note, short = title } = worded(choice);
  return { value, name: title, short, description: note };
}
