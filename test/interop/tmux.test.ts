import { describe, it } from 'vitest';
import { run } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { keypairInTmux } from '../support/tmux.ts';
import { chooseThroughSizes, converseThroughSizes } from '../wizard/sizes.ts';

describe('a conversation in tmux', () => {
  it('goes on at any size, and leaves nothing behind', async () => {
    await using terminal = await keypairInTmux(['--sandbox'], temporaryDirectory());
    await converseThroughSizes(terminal);
  }, 60_000);

  it('goes on in a list to choose several of', async () => {
    const home = temporaryDirectory();
    await run(['create', '--sandbox', '-p', 'tencent', '--name', 'foo'], { home });
    await using terminal = await keypairInTmux(['--sandbox'], home);
    await chooseThroughSizes(terminal, 'foo');
  }, 60_000);
});
