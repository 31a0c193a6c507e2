import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { KEYS } from '../support/terminal.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { keypairInTmux } from '../support/tmux.ts';
import { line, QUESTIONS } from '../wizard/talk.ts';

const { menu, provider, region, name, where, passphrase, go } = QUESTIONS;

/** So much of a question stands in one row of any size. */
const start = (question: string): string => question.slice(0, 15);

it('in tmux, the answers are those that were given, whatever size the terminal has by then', async () => {
  const home = temporaryDirectory();
  await using terminal = await keypairInTmux(['--sandbox'], home);
  const answer = async (question: string, columns: number, keys: string): Promise<void> => {
    await terminal.shows(new RegExp(String.raw`\? ${start(question).replace(/[()]/g, String.raw`\$&`)}[^✔]*$`));
    await terminal.resized(columns);
    terminal.type(keys + KEYS.enter);
  };
  await answer(menu, 40, '');
  await answer(provider, 25, line(3));
  await answer(region, 100, 'cn-shang');
  await answer(name, 30, 'a_name_of_some_length');
  await answer(where, 25, line(2));
  await answer(passphrase, 60, '');
  await answer(go, 120, '');
  await terminal.shows(/--provider aliyun --region cn-shanghai --name a_name_of_some_length/);
  expect(existsSync(path.join(home, '.ssh/a_name_of_some_length'))).toBe(true);
});
