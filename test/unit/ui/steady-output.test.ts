import { EventEmitter, once } from 'node:events';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Context, Interrupts } from '../../../src/context.ts';
import { askChoice, askText } from '../../../src/ui/prompts.ts';
import { steadyOutput } from '../../../src/ui/steady-output.ts';

const ERASE = '\r\u001b[2K\u001b[C\u001b[J\r';

/** A terminal that writes down what it is sent. */
class Recorder extends EventEmitter {
  readonly isTTY = true;
  columns = 20;
  said = '';

  write(text: string): boolean {
    this.said += text;
    return true;
  }

  /** What was sent since the last time. */
  news(): string {
    const { said } = this;
    this.said = '';
    return said;
  }
}

function question(): { terminal: Recorder; keys: PassThrough; output: NodeJS.WritableStream } {
  const terminal = new Recorder();
  const keys = new PassThrough();
  return { terminal, keys, output: steadyOutput(terminal, keys, { TERM: 'tmux' }) };
}

/** As @inquirer writes a question with a note below it, over what it wrote before. */
const ASKED = '\u001b[1B\u001b[2K\u001b[1A\u001b[2K\u001b[G? name: foo\nnote\u001b[1A\u001b[12G';

describe('the output of a question', () => {
  it('takes away what it has painted itself, however many rows that are', () => {
    const { terminal, output } = question();
    output.write(ASKED);
    expect(terminal.news()).toBe('? name: foo\nnote\u001b[1A\u001b[12G');
    output.write(ASKED.replace('foo', 'foo and more of it').replace('12G', '27G'));
    expect(terminal.news()).toBe(`${ERASE}? name: foo and more\n of it\nnote\u001b[1A\u001b[7G`);
    output.write(ASKED);
    expect(terminal.news()).toBe(`\u001b[1A${ERASE}? name: foo\nnote\u001b[1A\u001b[12G`);
  });

  it('paints once more when the terminal has been resized, and is done with it', async () => {
    const { terminal, output } = question();
    output.write(ASKED);
    terminal.news();
    for (terminal.columns of [15, 12, 10]) terminal.emit('resize');
    expect(terminal.news()).toBe('');
    await sleep(400);
    // On ten columns the cursor, behind eleven letters, has come to stand in the second row.
    expect(terminal.news()).toBe(`\u001b[1A${ERASE}? name: \nfoo\nnote\u001b[1A\u001b[4G`);
  });

  it('moves the cursor when that is all there is', () => {
    const { terminal, output } = question();
    output.write(ASKED);
    terminal.news();
    output.write('\u001b[9G');
    expect(terminal.news()).toMatch(/\u001b\[1A\u001b\[9G$/);
  });

  it('has a cursor that is hidden wait at the top', () => {
    const { terminal, output } = question();
    output.write('? which\n❯ one\n  two\u001b[?25l\u001b[6G');
    expect(terminal.news()).toBe('\u001b[?25l\u001b[?7l? which\n❯ one\n  two\u001b[?7h\u001b[2A\u001b[1G');
    output.write('\u001b[2K\u001b[1A\u001b[2K\u001b[G✔ which one\u001b[12G');
    expect(terminal.news()).toBe(`${ERASE}✔ which one\u001b[12G`);
  });

  it('goes below its last row at the end', () => {
    const { terminal, output } = question();
    output.write(ASKED);
    terminal.news();
    output.write('\u001b[1B\n\u001b[G\u001b[?25h');
    expect(terminal.news()).toBe('\u001b[1B\n\r\u001b[G\u001b[?25h');
    output.write('\u001b[1B\n\u001b[G\u001b[?25h');
    expect(terminal.news()).toBe('\u001b[G\u001b[?25h');
  });

  it('goes below its last row also on a terminal that has just become narrower', () => {
    const { terminal, output } = question();
    output.write(ASKED);
    terminal.news();
    terminal.columns = 10;
    output.write('\u001b[1B\n\u001b[G\u001b[?25h');
    const painted = `\u001b[1A${ERASE}? name: \nfoo\nnote\u001b[1A\u001b[4G`;
    expect(terminal.news()).toBe(`${painted}\u001b[1B\n\r\u001b[G\u001b[?25h`);
  });

  it('leaves the line to the shell before Ctrl-Z stops it', () => {
    const { terminal, keys, output } = question();
    output.write(ASKED);
    terminal.news();
    keys.emit('keypress', undefined, { name: 'z', ctrl: false });
    expect(terminal.news()).toBe('');
    keys.emit('keypress', undefined, { name: 'z', ctrl: true });
    expect(terminal.news()).toBe('\u001b[1B\n\r\u001b[?25h');
  });

  it('hands on, below all, what it does not understand', () => {
    const { terminal, output } = question();
    output.write(ASKED);
    terminal.news();
    output.write('\u0007something else');
    expect(terminal.news()).toBe('\u001b[1B\n\r\u0007something else');
  });

  it('lets go of the terminal when it is ended, also while it is resized', async () => {
    const { terminal, keys, output } = question();
    output.write(ASKED);
    terminal.emit('resize');
    terminal.news();
    output.end();
    await once(output, 'finish');
    expect([terminal.listenerCount('resize'), keys.listenerCount('keypress')]).toEqual([0, 0]);
    await sleep(400);
    expect(terminal.news()).toBe('');
  });
});

describe('a question of the library', () => {
  function context(): { context: Context; terminal: Recorder; keys: PassThrough } {
    const terminal = new Recorder();
    const keys = new PassThrough();
    const interrupts = new Interrupts();
    const env = { TERM: 'xterm', NO_COLOR: '1' };
    return {
      context: { stdin: keys, stderr: terminal, env, interrupts } as unknown as Context,
      terminal,
      keys,
    };
  }

  const choices = ['one', 'two'].map((value) => ({ value, title: value, note: '' }));

  it('is understood whole: it erases nothing by itself', async () => {
    const { context: world, terminal, keys } = context();
    const answer = askChoice(world, 'Which?', choices);
    keys.write('\u001b[B');
    await expect.poll(() => terminal.said).toContain('❯ two');
    terminal.columns = 8;
    terminal.emit('resize');
    keys.write('\r');
    expect(await answer).toBe('two');
    const { said } = terminal;
    expect(said).toContain('❯ one');
    expect(said).toContain(`${ERASE}✔ Which?\n two`);
    expect(said.endsWith('\n\r\u001b[G\u001b[?25h')).toBe(true);
    // Whole lines are erased in one place only.
    expect(said.replaceAll(ERASE, '')).not.toMatch(/\u001b\[\d*[JK]/);
    await expect.poll(() => terminal.listenerCount('resize')).toBe(0);
    expect(terminal.listenerCount('resize')).toBe(0);
  });

  it('lets go of the terminal also when it is left by Ctrl-C', async () => {
    const { context: world, terminal } = context();
    const answer = askText(world, 'Name?', () => null);
    await expect.poll(() => terminal.said).toContain('? Name?');
    terminal.emit('resize');
    world.interrupts.interrupt();
    await expect(answer).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect.poll(() => terminal.listenerCount('resize')).toBe(0);
    expect(terminal.said.endsWith('\n\r\u001b[G\u001b[?25h')).toBe(true);
  });
});
