import { expect } from 'vitest';
import { KEYS, type OnTerminal } from '../support/terminal.ts';
import { converse, line, QUESTIONS } from './talk.ts';

type Terminal = Pick<OnTerminal, 'type' | 'shows' | 'screen' | 'resized'>;

const { menu, provider, region, name, where } = QUESTIONS;

const BACKSPACE = '\u007f';

/** Narrower twice, and wider again. */
const SIZES = [40, 25, 100];

/** Keys that change something in a question and back again, and how that is seen. */
interface Change {
  readonly there: readonly [keys: string, seen: string | RegExp];
  readonly back: readonly [keys: string, seen: string | RegExp];
}

/**
 * Resizes the terminal under a question, and changes something at each size: each of these lines, which stood on the
 * screen before, stands there as often as before, and in the end there is nothing else.
 */
async function resizedUnder(
  terminal: Terminal,
  lines: readonly string[],
  { there, back }: Change,
): Promise<void> {
  for (const columns of SIZES) {
    await terminal.resized(columns);
    expectOnce(terminal, lines);
    for (const [keys, seen] of [there, back]) {
      terminal.type(keys);
      await terminal.shows(seen);
    }
    expectOnce(terminal, lines);
  }
  expect(shownLines(terminal)).toEqual(lines);
}

function expectOnce(terminal: Terminal, lines: readonly string[]): void {
  // So much of a line fits into any row.
  for (const begin of lines.map((full) => full.slice(0, 15)))
    expect(times(begin, terminal.screen()), terminal.screen()).toBe(times(begin, lines.join('\n')));
}

function times(part: string, text: string): number {
  return text.split(part).length - 1;
}

function shownLines(terminal: Terminal): readonly string[] {
  return terminal
    .screen()
    .split('\n')
    .filter((row) => row !== '');
}

/** Makes a pair as far as its name, with the terminal resized under a list, a search, and a text that is typed. */
export async function converseThroughSizes(terminal: Terminal): Promise<void> {
  await converse(terminal as OnTerminal, [menu]);
  await terminal.shows(provider);
  terminal.type(line(2));
  await terminal.shows('❯ Tencent Lighthouse');
  const answers = [`✔ ${menu} Make a key pair`];
  await resizedUnder(
    terminal,
    [
      ...answers,
      `? ${provider}`,
      '  Tencent Cloud CVM (tencent)',
      '❯ Tencent Lighthouse (lighthouse)',
      '  Alibaba Cloud ECS (aliyun)',
      '  Tencent Cloud CVM (retired v2 gateway) (qcloud)',
      '↑↓ move • ⏎ choose • esc back',
    ],
    { there: [KEYS.down, '❯ Alibaba Cloud ECS'], back: [KEYS.up, '❯ Tencent Lighthouse'] },
  );
  terminal.type(KEYS.enter);
  answers.push(`✔ ${provider} Tencent Lighthouse (lighthouse)`);

  await terminal.shows(region);
  terminal.type('ap-g');
  await terminal.shows(/ap-g\n❯ ap-guangzhou\n/);
  const found = ['❯ ap-guangzhou', 'the default of lighthouse', '↑↓ move • ⏎ choose • esc back'];
  await resizedUnder(terminal, [...answers, `? ${region} ap-g`, ...found], {
    there: ['u', /ap-gu\n/],
    back: [BACKSPACE, /ap-g\n/],
  });
  terminal.type(KEYS.enter);
  answers.push(`✔ ${region} ap-guangzhou`);

  await terminal.shows(name);
  terminal.type('a_name_of_some_length');
  await terminal.shows('its file will be ~/.ssh/a_name_of_some_length');
  const typed = [`? ${name} a_name_of_some_length`, 'its file will be ~/.ssh/a_name_of_some_length'];
  await resizedUnder(terminal, [...answers, ...typed], {
    there: ['y', 'thy'],
    back: [BACKSPACE, /^(?![^]*thy)/],
  });
  terminal.type('x');
  await terminal.shows('lengthx\nits file');
  terminal.type(KEYS.enter);
  answers.push(`✔ ${name} a_name_of_some_lengthx`);

  await terminal.shows(where);
  expect(shownLines(terminal).slice(0, 5)).toEqual([...answers, `? ${where}`]);
  await terminal.resized(25);
  terminal.type(KEYS.ctrlC);
  await terminal.shows('cancelled');
  expect(times(where.slice(0, 20), terminal.screen()), terminal.screen()).toBe(1);
}

/** Chooses what to attach a pair to, with the terminal resized under the list of instances. */
export async function chooseThroughSizes(terminal: Terminal, pair: string): Promise<void> {
  await converse(terminal as OnTerminal, [menu, line(2)], ['Whose key pairs?'], [region]);
  await terminal.shows('Which key pair');
  terminal.type(pair + KEYS.enter);
  await terminal.shows(`What do you want to do with ${pair} (ap-guangzhou)?`);
  terminal.type(line(2) + KEYS.enter);
  await terminal.shows('To which instances?');
  terminal.type(' ');
  await terminal.shows('◉');
  await resizedUnder(terminal, shownLines(terminal), { there: [' ', /^[^◉]*$/], back: [' ', '◉'] });
  terminal.type(KEYS.enter);
  await terminal.shows('Some of them run.');
  expect(times('To which instances?', terminal.screen()), terminal.screen()).toBe(1);
}
