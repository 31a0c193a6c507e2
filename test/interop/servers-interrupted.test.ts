import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ended, start } from '../support/program.ts';
import { type Served, serveSandbox } from '../support/served.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const PLACE = ['-p', 'tencent', '-r', 'ap-guangzhou'];

let home: string;
let served: Served;
beforeEach(() => {
  home = temporaryDirectory();
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(home, 'alice')]);
});
afterEach(() => served.close());

/** Starts a change, and interrupts it after this run of a script was asked for. */
async function interruptedAfter(
  run: number,
): Promise<{ readonly result: Awaited<ReturnType<typeof ended>>; ms: number }> {
  let runs = 0;
  let interrupt = (): void => undefined;
  served = await serveSandbox({
    stateDir: temporaryDirectory(),
    runCommands: true,
    onRequest: ({ action }) => {
      if (action !== 'RunCommand') return;
      runs += 1;
      if (runs < run) return;
      served.sandbox.fault({
        kind: 'patch',
        action: 'DescribeInvocationTasks',
        times: 1000,
        patch: () => ({ Response: { TotalCount: 0, InvocationTaskSet: [], RequestId: 'r' } }),
      });
      interrupt();
    },
  });
  const child = start(['authorize', './alice.pub', 'web-1', ...PLACE, '--json'], { home, env: served.env });
  let at = 0;
  interrupt = () => {
    at = performance.now();
    setTimeout(() => child.kill('SIGINT'), 300);
  };
  const result = await ended(child);
  return { result, ms: performance.now() - at };
}

describe('Ctrl-C while an agent does not answer', () => {
  it('ends a look at once, and says that nothing was changed', async () => {
    const { result, ms } = await interruptedAfter(1);
    expect(result.exit).toBe(130);
    expect(result.stderr).toContain('nothing was changed');
    expect(ms).toBeLessThan(5000);
  });

  it('ends a change after a while, and says that it may have been done', async () => {
    const { result, ms } = await interruptedAfter(2);
    expect(result.exit).toBe(7);
    expect(result.stderr).toMatch(/"code":"PARTIAL".*it may have been done anyway/);
    expect(ms).toBeLessThan(15_000);
  });
});
