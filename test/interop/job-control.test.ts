import { describe, it } from 'vitest';
import { COMMAND } from '../support/program.ts';
import { KEYS, onTerminal, type OnTerminal } from '../support/terminal.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { expectRestored } from '../wizard/talk.ts';

const CTRL_Z = '\u001a';

/** A shell that knows jobs, with nothing of the developer's own. */
function shell(TERM: string): OnTerminal {
  const home = temporaryDirectory();
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, TERM, PS1: '> ', KEYPAIR_SANDBOX: '1' };
  return onTerminal('bash', ['--noprofile', '--norc', '-i'], { cwd: home, env });
}

describe('Ctrl-Z at a question, and fg', () => {
  it.each([
    ['xterm-256color', [KEYS.down, KEYS.up]],
    ['dumb', []],
  ])('on %s: the shell has its cursor, and the conversation goes on', async (TERM, keys: readonly string[]) => {
    await using terminal = shell(TERM);
    await terminal.shows('>');
    terminal.type(`'${COMMAND.join("' '")}'; echo ended=$?\r`);
    await terminal.shows('Leave');
    if (TERM === 'dumb') await terminal.shows('Number:');
    terminal.type(CTRL_Z);
    await terminal.shows('Stopped');
    expectRestored(terminal);
    await terminal.shows('ended=148');
    terminal.type(`fg; echo ended=$?\r`);
    await terminal.shows(/> fg.*\n.*keypair/);
    // A key at a time: the first was always heard, the next found the program gone.
    for (const key of keys) terminal.type(key);
    terminal.type(KEYS.enter);
    await terminal.shows('Where do you want a key pair?');
    terminal.type(KEYS.ctrlC);
    await terminal.shows('ended=130');
  });
});
