import { beforeEach, describe, it } from 'vitest';
import { run } from '../support/program.ts';
import { keypairOnTerminal } from '../support/terminal.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { chooseThroughSizes, converseThroughSizes } from './sizes.ts';

describe.each([
  ['VS Code', { TERM_PROGRAM: 'vscode' }, {}],
  // xterm.js reflows no lines where an old console of Windows does it.
  ['xterm', { XTERM_VERSION: 'XTerm(370)' }, { windowsPty: { backend: 'conpty', buildNumber: 1 } }],
] as const)('a conversation in %s', (_, env, nature) => {
  let home: string;
  beforeEach(() => {
    home = temporaryDirectory();
  });

  it('goes on at any size, and leaves nothing behind', async () => {
    await using terminal = keypairOnTerminal(['--sandbox'], { home, env, nature });
    await converseThroughSizes(terminal);
  }, 60_000);

  it('goes on in a list to choose several of', async () => {
    await run(['create', '--sandbox', '-p', 'tencent', '--name', 'foo'], { home });
    await using terminal = keypairOnTerminal(['--sandbox'], { home, env, nature });
    await chooseThroughSizes(terminal, 'foo');
  }, 60_000);
});
