import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { KEYS, keypairOnTerminal } from '../support/terminal.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { converse, expectRestored, QUESTIONS } from './talk.ts';

const all = Object.values(QUESTIONS);

describe('Ctrl-C', () => {
  it.each([
    ...all.map((question) => [question, 'xterm-256color'] as const),
    ...all.map((question) => [question, 'dumb'] as const),
  ])('at “%s” on %s leaves nothing, and the terminal as it was', async (question, TERM) => {
    const home = temporaryDirectory();
    await using terminal = keypairOnTerminal(['--sandbox'], { home, env: { TERM } });
    for (const earlier of all.slice(0, all.indexOf(question))) {
      await converse(terminal, [earlier, earlier === QUESTIONS.name ? 'foo' : '']);
    }
    await terminal.shows(question);
    terminal.type(KEYS.ctrlC);
    expect(await terminal.ended()).toBe(130);
    expect(terminal.screen()).toMatch(/keypair: error: cancelled: nothing was (?:called|changed)/);
    expect(terminal.screen()).not.toContain('Warning');
    expect(readdirSync(home)).toEqual([]);
    expectRestored(terminal);
  });

  it('at the name alone leaves nothing', async () => {
    const home = temporaryDirectory();
    await using terminal = keypairOnTerminal(['create', '--sandbox', '-p', 'aliyun'], { home });
    await terminal.shows(QUESTIONS.name);
    terminal.type(`foo${KEYS.ctrlC}`);
    expect(await terminal.ended()).toBe(130);
    expect(existsSync(path.join(home, '.ssh'))).toBe(false);
  });

  it('by Ctrl-D on a dumb terminal is the same', async () => {
    const home = temporaryDirectory();
    await using terminal = keypairOnTerminal(['--sandbox'], { home, env: { TERM: 'dumb' } });
    await terminal.shows('Number: [1]');
    terminal.type('\u0004');
    expect(await terminal.ended()).toBe(130);
  });
});
