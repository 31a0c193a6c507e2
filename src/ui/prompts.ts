import { emitKeypressEvents, type Interface } from 'node:readline';
import { checkbox, confirm, input, password, select } from '@inquirer/prompts';
import type { Context } from '../context.ts';
import { Secret } from '../credentials/secret.ts';
import { KeypairError } from '../errors.ts';
import { t, translated } from '../language/t.ts';
import type { Verdict } from './validated-input.ts';
import {
  isPlain,
  PlainBack,
  plainChoice,
  plainConfirm,
  plainSearch,
  plainSecret,
  plainSeveral,
  plainText,
} from './plain-prompts.ts';
import { listLines, promptTheme } from './prompt-theme.ts';

/** The user went from a question back to the one before it. */
export class WentBack extends Error {
  override readonly name = 'WentBack';
}

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
  return asked(context, (on) =>
    input({ message, validate: validator(problem), theme: promptTheme(context) }, on),
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
  const config = { message, mask: true, toggleMask: false, validate, theme: promptTheme(context) };
  return new Secret(await asked(context, (on) => password(config, on)));
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
  const config = {
    message,
    choices: choices.map(shown),
    pageSize: listLines(context),
    theme: promptTheme(context),
    loop: false,
  };
  return asked(context, (on) => select(usual === null ? config : { ...config, default: usual }, on));
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
  const config = { message, default: false, theme: { ...theme, style, keywords } };
  return asked(context, (on) => confirm(config, on), unchanged());
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
    ['', yes].includes(answer.trim()) ? null : t`type ${yes} to confirm, or nothing to cancel`;
  const config = { message, validate: validator(problem), theme: promptTheme(context) };
  const typed = await (isPlain(context)
    ? answered(plainText(context, message, problem), unchanged())
    : asked(context, (on) => input(config, on), unchanged()));
  return typed.trim() === yes;
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

/** Where a question of the library stands, and what ends it. */
interface Streams {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
  readonly clearPromptOnDone: boolean;
}

/** So long, in milliseconds, Esc is waited for to be more than that: the beginning of an arrow, say. */
const ESCAPE_MS = 150;

/** ECMA-48, ED. */
const ERASE_BELOW = '\u001b[J';

/** A key as Node's readline tells of it. */
interface Key {
  readonly name?: string | undefined;
  readonly ctrl?: boolean;
}

/** Asks a question of the library; Esc leads back from it where the context says so. */
async function asked<T>(
  { stdin, stderr, interrupts, goesBack }: Context,
  ask: (on: Streams) => Promise<T>,
  left?: string,
): Promise<T> {
  const back = new AbortController();
  const pressed = (_: unknown, { name, ctrl }: Key): void => {
    if (name === 'escape' && goesBack === true) back.abort();
    // The shell writes over what stands below the cursor once the process is stopped.
    if (name === 'z' && ctrl === true) stderr.write(ERASE_BELOW);
  };
  // Whoever comes first sets how long Esc is waited for; the library's half a second is felt.
  emitKeypressEvents(stdin, { escapeCodeTimeout: ESCAPE_MS } as unknown as Interface);
  stdin.on('keypress', pressed);
  const streams: Streams = {
    input: stdin,
    output: stderr as unknown as NodeJS.WritableStream,
    signal: AbortSignal.any([interrupts.signal, back.signal]),
    // The library looks when the question ends.
    get clearPromptOnDone() {
      return back.signal.aborted;
    },
  };
  try {
    return await answered(ask(streams), left);
  } catch (error) {
    if (back.signal.aborted && !interrupts.requested) {
      stderr.write(`↩ ${t`back`}\n`);
      throw new WentBack();
    }
    throw error;
  } finally {
    stdin.removeListener('keypress', pressed);
  }
}

const LEFT = new Set(['ExitPromptError', 'AbortPromptError', 'CancelPromptError']);

function unchanged(): string {
  return t`cancelled: nothing was changed`;
}

async function answered<T>(question: Promise<T>, left = t`cancelled: nothing was called`): Promise<T> {
  try {
    return await question;
  } catch (cause) {
    if (cause instanceof PlainBack) throw new WentBack();
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
  const { searchPrompt } = await import('./search-prompt.ts');
  const config = {
    message,
    find: (text: string) => find(text).map(worded),
    lines: listLines(context),
    theme: promptTheme(context),
  };
  return asked(context, (on) => searchPrompt(config, on));
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
  const validate = (chosen: readonly unknown[]): true | string => chosen.length > 0 || t`at least one`;
  const config = {
    message,
    choices: choices.map(shown),
    pageSize: listLines(context),
    loop: false,
    validate,
    theme: promptTheme(context),
  };
  return asked(context, (on) => checkbox(config, on), unchanged());
}

/**
 * Asks for a text that is checked with every letter that is typed.
 *
 * @param suggestion stands for an empty answer, or null.
 * @throws KeypairError `CANCELLED` on Ctrl-C.
 */
export async function askValidated(
  context: Context,
  question: string,
  suggestion: string | null,
  check: (text: string) => Verdict,
): Promise<string> {
  const message = translated(question);
  if (isPlain(context))
    return answered(plainText(context, message, (text) => check(text).problem, suggestion));
  const { validatedInput } = await import('./validated-input.ts');
  return asked(context, (on) =>
    validatedInput({ message, suggestion, check, theme: promptTheme(context) }, on),
  );
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
