import { existsSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { run } from '../support/program.ts';
import { KEYS, keypairOnTerminal, type OnTerminal } from '../support/terminal.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { converse, line, QUESTIONS } from './talk.ts';

const { menu, region } = QUESTIONS;

describe('picking a key pair', () => {
  let home: string;
  beforeEach(async () => {
    home = temporaryDirectory();
    const made = await run(['create', '--sandbox', '-p', 'tencent', '--name', 'foo', 'bar'], { home });
    expect(made.exit, made.stderr).toBe(0);
  });

  /** As far as the list of key pairs, and picks one of it. */
  async function pick(terminal: OnTerminal, name: string): Promise<void> {
    await converse(terminal, [menu, line(2)], ['Whose key pairs?'], [region]);
    await terminal.shows('Which key pair');
    terminal.type(name + KEYS.enter);
    await terminal.shows(`What about ${name}?`);
  }

  it('shows one, and then another', async () => {
    await using terminal = keypairOnTerminal(['--sandbox'], { home });
    await pick(terminal, 'foo');
    terminal.type(KEYS.enter);
    await terminal.shows('permissions   0600');
    await terminal.shows(/\[SHA256\]-+\+\n\? What about foo\?/);
    terminal.type(line(5) + KEYS.enter);
    await terminal.shows(/Another key pair\n\? Which key pair \(type to search\)\?\s*\n❯ (foo|bar)/);
    terminal.type('bar');
    await terminal.shows('❯ bar\n');
    terminal.type(KEYS.enter);
    await terminal.shows('What about bar?');
    terminal.type(line(6) + KEYS.enter);
    expect(await terminal.ended()).toBe(0);
  });

  it('attaches one to the instances that are chosen', async () => {
    await using terminal = keypairOnTerminal(['--sandbox'], { home });
    await pick(terminal, 'foo');
    terminal.type(line(2) + KEYS.enter);
    await terminal.shows('To which instances?');
    terminal.type(KEYS.enter);
    await terminal.shows('at least one');
    expect(terminal.screen()).not.toContain('office-1');
    terminal.type(` ${KEYS.enter}`);
    await converse(terminal, ['Some of them run. What about those?']);
    await terminal.shows(/Attach|attach foo to ins-sandbox1/);
    await terminal.shows('(y/N)');
    terminal.type(`y${KEYS.enter}`);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toMatch(/attach\w* foo to ins-sandbox1/);
  });

  it('deletes one, and its files when asked; both only after a yes', async () => {
    {
      await using terminal = keypairOnTerminal(['--sandbox'], { home });
      await pick(terminal, 'foo');
      terminal.type(line(3) + KEYS.enter);
      await converse(terminal, ['Delete foo (skey-']);
      expect(await terminal.ended()).toBe(130);
      expect(terminal.screen()).toContain('cancelled: nothing was changed');
    }
    await using terminal = keypairOnTerminal(['--sandbox'], { home });
    await pick(terminal, 'foo');
    terminal.type(line(4) + KEYS.enter);
    await converse(terminal, ['move the key files here to the trash?', 'y']);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toContain('deleted foo');
    expect(existsSync(path.join(home, '.ssh/foo'))).toBe(false);
    expect(existsSync(path.join(home, '.ssh/bar'))).toBe(true);
  });

  it.each(['Which key pair', 'What about foo?', 'To which instances?'])(
    'is left by Ctrl-C at “%s” with nothing changed',
    async (question) => {
      await using terminal = keypairOnTerminal(['--sandbox'], { home });
      if (question.startsWith('Which')) {
        await converse(terminal, [menu, line(2)], ['Whose key pairs?'], [region]);
      } else {
        await pick(terminal, 'foo');
        if (question.startsWith('To')) terminal.type(line(2) + KEYS.enter);
      }
      await terminal.shows(question);
      terminal.type(KEYS.ctrlC);
      expect(await terminal.ended()).toBe(130);
      expect(terminal.screen()).toContain('cancelled: nothing was changed');
    },
  );

  it('says that there are none', async () => {
    await using terminal = keypairOnTerminal(['--sandbox', '-p', 'aliyun'], { home });
    await converse(terminal, [menu, line(2)], [region]);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toContain('keypair: there are no key pairs in cn-hangzhou');
  });

  it('is numbers on a dumb terminal, instances too', async () => {
    await using terminal = keypairOnTerminal(['--sandbox', '-p', 'tencent'], { home, env: { TERM: 'dumb' } });
    await converse(terminal, [menu, '2'], ['Number, a part of it, or ?', '1']);
    await converse(terminal, ['Number, or a part of it:', 'foo'], ['What about foo?', '2']);
    await terminal.shows('Numbers:');
    terminal.type(`9${KEYS.enter}`);
    await terminal.shows('numbers from 1 to');
    terminal.type(`1${KEYS.enter}`);
    await converse(terminal, ['What about those?', '1'], ['(y/N)', 'y']);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.raw()).not.toContain('\u001b');
  });
});
