import { confirm, input, select } from '@inquirer/prompts';
import type { Context } from '../context.ts';
import { KeypairError } from '../errors.ts';

/** One of the answers of a {@link askChoice}. */
export interface Choice {
  readonly value: string;
  readonly title: string;
  readonly note: string;
}

/**
 * Asks for a line of text on the terminal; the question stands on stderr, so that stdout stays the result.
 *
 * @param problem what is wrong with an answer, or null: shown at once, and asked again.
 * @throws KeypairError `CANCELLED` on Ctrl-C.
 */
export function askText(
  context: Context,
  message: string,
  problem: (answer: string) => string | null,
): Promise<string> {
  return answered(input({ message, validate: (answer) => problem(answer) ?? true }, streams(context)));
}

/**
 * Asks to choose one of several.
 *
 * @throws KeypairError `CANCELLED` on Ctrl-C.
 */
export function askChoice(context: Context, message: string, choices: readonly Choice[]): Promise<string> {
  const shown = choices.map(({ value, title, note }) => ({ value, name: title, description: note }));
  return answered(select({ message, choices: shown }, streams(context)));
}

/**
 * Asks for yes or no; an empty answer is no.
 *
 * @throws KeypairError `CANCELLED` on Ctrl-C.
 */
export function askConfirm(context: Context, message: string): Promise<boolean> {
  return answered(confirm({ message, default: false }, streams(context)), UNCHANGED);
}

/**
 * Asks for a number to be typed as a yes to something grave: true once it is, false for an empty answer.
 *
 * @throws KeypairError `CANCELLED` on Ctrl-C.
 */
export async function askNumber(context: Context, message: string, number: number): Promise<boolean> {
  const yes = String(number);
  const validate = (answer: string): true | string =>
    ['', yes].includes(answer.trim()) || `type ${yes}, or nothing to leave everything as it is`;
  return (await answered(input({ message, validate }, streams(context)), UNCHANGED)).trim() === yes;
}

function streams(context: Context): {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  signal: AbortSignal;
} {
  return {
    input: context.stdin,
    output: context.stderr as NodeJS.WritableStream,
    signal: context.interrupts.signal,
  };
}

const LEFT = new Set(['ExitPromptError', 'AbortPromptError', 'CancelPromptError']);

const UNCHANGED = 'cancelled: nothing was changed';

async function answered<T>(question: Promise<T>, left = 'cancelled: nothing was called'): Promise<T> {
  try {
    return await question;
  } catch (cause) {
    if (!(cause instanceof Error) || !LEFT.has(cause.name)) throw cause;
    throw new KeypairError('CANCELLED', left, { cause });
  }
}
