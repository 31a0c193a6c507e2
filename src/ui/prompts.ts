import { emitKeypressEvents, type Interface } from 'node:readline';
import { checkbox, confirm, input, password, select } from '@inquirer/prompts';
import type { Context } from '../context.ts';
import { Secret } from '../secret.ts';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { Verdict } from './custom-prompts.ts';
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

/** Thrown when the user goes back to the previous question. */
export class WentBack extends Error {
  override readonly name = 'WentBack';
}

/** A choice of {@link askChoice}. */
export interface Choice {
  readonly value: string;
  readonly title: string;
  readonly note: string;
  /** Shown instead of the title after the choice; default: the title. */
  readonly short?: string;
}

/**
 * Asks for a line of text. Questions are printed on stderr: stdout is for the result.
 *
 * @param problem what is wrong with an answer, or null. It is shown before the question is asked again.
 * @throws KeypairError `CANCELLED` on Ctrl-C.
 */
export function askText(
  context: Context,
  message: string,
  problem: (answer: string) => string | null,
): Promise<string> {
  if (isPlain(context)) return orCancelled(plainText(context, message, problem));
  return askLibrary(context, (on) => input({ message, validate: validator(problem), theme: promptTheme(context) }, on));
}

/**
 * Asks for a secret. Shows an asterisk for each character.
 *
 * @param problem what is wrong with an answer, or null. It must not quote the answer.
 * @throws KeypairError `CANCELLED` on Ctrl-C.
 */
export async function askSecret(
  context: Context,
  message: string,
  problem: (answer: string) => string | null,
): Promise<Secret> {
  if (isPlain(context)) return new Secret(await orCancelled(plainSecret(context, message, problem)));
  const validate = validator(problem);
  const config = { message, mask: true, toggleMask: false, validate, theme: promptTheme(context) };
  return new Secret(await askLibrary(context, (on) => password(config, on)));
}

/**
 * Asks to choose one of several.
 *
 * @param usual the value that Enter chooses; default: the first.
 * @throws KeypairError `CANCELLED` on Ctrl-C.
 */
export function askChoice(
  context: Context,
  message: string,
  choices: readonly Choice[],
  usual: string | null = null,
): Promise<string> {
  if (isPlain(context)) return orCancelled(plainChoice(context, message, choices, usual));
  const config = listConfig(context, message, choices);
  return askLibrary(context, (on) => select(usual === null ? config : { ...config, default: usual }, on));
}

/**
 * Asks for yes or no; an empty answer is no.
 *
 * @throws KeypairError `CANCELLED` on Ctrl-C.
 */
export function askConfirm(context: Context, message: string): Promise<boolean> {
  if (isPlain(context)) return orCancelled(plainConfirm(context, message), nothingChanged());
  const [yes, no] = [t`Yes`, t`No`];
  // The library also accepts y and n, so nobody has to switch the keyboard layout.
  const keywords = { yes, no, error: () => t`You must answer with "${yes}" or "${no}"` };
  const theme = promptTheme(context);
  const style = { ...theme.style, defaultAnswer: () => theme.style.help(t`(y/N)`) };
  const config = { message, default: false, theme: { ...theme, style, keywords } };
  return askLibrary(context, (on) => confirm(config, on), nothingChanged());
}

/**
 * Asks to confirm an irreversible action by typing a number: true for the number, false for an empty answer.
 *
 * @throws KeypairError `CANCELLED` on Ctrl-C.
 */
export async function askNumber(context: Context, message: string, number: number): Promise<boolean> {
  const yes = String(number);
  const problem = (answer: string): string | null =>
    ['', yes].includes(answer.trim()) ? null : t`type ${yes} to confirm, or nothing to cancel`;
  const config = { message, validate: validator(problem), theme: promptTheme(context) };
  const typed = await (isPlain(context)
    ? orCancelled(plainText(context, message, problem), nothingChanged())
    : askLibrary(context, (on) => input(config, on), nothingChanged()));
  return typed.trim() === yes;
}

type Problem = (answer: string) => string | null;

function validator(problem: Problem): (answer: string) => true | string {
  return (answer) => problem(answer) ?? true;
}

/** The streams of a question, and the signal that ends it. */
interface Streams {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
  readonly clearPromptOnDone: boolean;
}

/** How long Esc may still be the start of an arrow key or the like, in milliseconds. */
const ESCAPE_MS = 150;

/** ECMA-48, ED. */
const ERASE_BELOW = '\u001b[J';

/** A key as Node's readline reports it. */
interface Key {
  readonly name?: string | undefined;
  readonly ctrl?: boolean;
}

/** Asks a question with the library. Esc goes back to the previous question, if the context allows it. */
async function askLibrary<T>(
  { stdin, stderr, interrupts, goesBack }: Context,
  ask: (on: Streams) => Promise<T>,
  left?: string,
): Promise<T> {
  const back = new AbortController();
  const pressed = (_: unknown, { name, ctrl }: Key): void => {
    if (name === 'escape' && goesBack === true) back.abort();
    // Ctrl-Z stops the process, and the shell writes below the cursor.
    if (name === 'z' && ctrl === true) stderr.write(ERASE_BELOW);
  };
  // The first call sets the wait after Esc; the library would wait half a second.
  emitKeypressEvents(stdin, { escapeCodeTimeout: ESCAPE_MS } as unknown as Interface);
  stdin.on('keypress', pressed);
  const streams: Streams = {
    input: stdin,
    output: stderr as unknown as NodeJS.WritableStream,
    signal: AbortSignal.any([interrupts.signal, back.signal]),
    // The library reads it when the question ends.
    get clearPromptOnDone() {
      return back.signal.aborted;
    },
  };
  try {
    return await orCancelled(ask(streams), left);
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

/** The user has left a question (Ctrl-C, or Esc if there is no way back). */
export class QuestionLeft extends KeypairError {}

const LEFT = new Set(['ExitPromptError', 'AbortPromptError', 'CancelPromptError']);

function nothingChanged(): string {
  return t`cancelled: nothing was changed`;
}

async function orCancelled<T>(question: Promise<T>, left = t`cancelled: nothing was called`): Promise<T> {
  try {
    return await question;
  } catch (cause) {
    if (cause instanceof PlainBack) throw new WentBack();
    if (!(cause instanceof Error) || !LEFT.has(cause.name)) throw cause;
    throw new QuestionLeft('CANCELLED', left, { cause });
  }
}

/**
 * Asks to find one of many by typing a part of it; Enter chooses the first match.
 *
 * @param find the matches for a text, best first; for the empty text, what is shown at first.
 * @throws KeypairError `CANCELLED` on Ctrl-C.
 */
export async function askSearch(
  context: Context,
  message: string,
  find: (text: string) => readonly Choice[],
): Promise<string> {
  if (isPlain(context)) return orCancelled(plainSearch(context, message, find));
  const { searchPrompt } = await import('./custom-prompts.ts');
  const config = {
    message,
    find,
    lines: listLines(context),
    theme: promptTheme(context),
  };
  return askLibrary(context, (on) => searchPrompt(config, on));
}

/**
 * Asks to choose one or more.
 *
 * @throws KeypairError `CANCELLED` on Ctrl-C.
 */
export function askSeveral(context: Context, message: string, choices: readonly Choice[]): Promise<readonly string[]> {
  if (isPlain(context)) return orCancelled(plainSeveral(context, message, choices), nothingChanged());
  const validate = (chosen: readonly unknown[]): true | string => chosen.length > 0 || t`at least one`;
  const config = { ...listConfig(context, message, choices), validate };
  return askLibrary(context, (on) => checkbox(config, on), nothingChanged());
}

/**
 * Asks for a text and checks it at every key.
 *
 * @param suggestion the value of an empty answer, or null.
 * @throws KeypairError `CANCELLED` on Ctrl-C.
 */
export async function askValidated(
  context: Context,
  message: string,
  suggestion: string | null,
  check: (text: string) => Verdict,
): Promise<string> {
  if (isPlain(context)) return orCancelled(plainText(context, message, (text) => check(text).problem, suggestion));
  const { validatedInput } = await import('./custom-prompts.ts');
  return askLibrary(context, (on) => validatedInput({ message, suggestion, check, theme: promptTheme(context) }, on));
}

function listConfig(context: Context, message: string, choices: readonly Choice[]) {
  return {
    message,
    choices: choices.map(libraryChoice),
    pageSize: listLines(context),
    theme: promptTheme(context),
    loop: false,
  };
}

/** The library's form of a choice. */
function libraryChoice(choice: Choice) {
  const { value, title, note, short = title } = choice;
  return { value, name: title, short, description: note };
}
