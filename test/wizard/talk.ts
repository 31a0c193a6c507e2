import { expect } from 'vitest';
import { KEYS, type OnTerminal } from '../support/terminal.ts';

/** Waits for each question in turn, and answers it with these keys and Enter. */
export async function converse(
  terminal: OnTerminal,
  ...turns: readonly (readonly [question: string, keys?: string])[]
): Promise<void> {
  for (const [question, keys = ''] of turns) {
    await terminal.shows(question);
    terminal.type(keys + KEYS.enter);
  }
}

/** Moves from the first line of a list to the n-th, counted from 1. */
export function line(place: number): string {
  return KEYS.down.repeat(place - 1);
}

/** The terminal is left as it was found: its cursor is shown. */
export function expectRestored(terminal: OnTerminal): void {
  const raw = terminal.raw();
  expect(raw.lastIndexOf('\u001b[?25h')).toBeGreaterThanOrEqual(raw.lastIndexOf('\u001b[?25l'));
}

/** The questions of the full conversation, in order. */
export const QUESTIONS = {
  menu: 'What do you want to do?',
  provider: 'Where do you want a key pair?',
  region: 'Region (type to search):',
  name: 'Name of the key pair:',
  where: 'Where shall the pair be made?',
  passphrase: 'Protect the private key with a passphrase (asked for at the end)?',
  go: 'Go ahead?',
} as const;
