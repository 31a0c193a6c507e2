import { afterEach, describe, expect, it } from 'vitest';
import { ended, run, start } from '../support/program.ts';
import { serveSandbox, type Served } from '../support/served.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** Longest time from a signal to the end, in milliseconds: much less than anything that is waited for here. */
const SOON_MS = 5000;

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s', (signal) => {
  let served: Served | null = null;
  afterEach(async () => {
    await served?.close();
    served = null;
  });

  it('calls off a request that is waited for: exit 130, and nothing else is said', async () => {
    let child: ReturnType<typeof start> | null = null;
    let sent = Infinity;
    const asked = (): void => {
      // Node has the request; the program waits for an answer that never comes.
      setTimeout(() => {
        sent = Date.now();
        child?.kill(signal);
      }, 50);
    };
    served = await serveSandbox({ onRequest: asked });
    served.sandbox.fault({ kind: 'hang', when: 'before', times: 9 });
    const home = temporaryDirectory();
    child = start(['show', '-p', 'tencent', 'foo', '--json', '--timeout', '60'], { home, env: served.env });
    const { exit, stdout, stderr } = await ended(child);
    expect(exit).toBe(130);
    expect(Date.now() - sent).toBeLessThan(SOON_MS);
    expect(stdout).toBe('');
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'CANCELLED' } });
  });

  it('ends the reading of a silent pipe', async () => {
    const child = start(['fingerprint', '-'], { home: temporaryDirectory() });
    const done = ended(child);
    // Once it is known to run: a signal before that ends any process by itself.
    await run(['fingerprint', '/nowhere'], { home: temporaryDirectory() });
    await new Promise((resolve) => setTimeout(resolve, 500));
    child.kill(signal);
    const { exit, stderr } = await done;
    expect(exit).toBe(130);
    expect(stderr).toMatch(/^keypair: error: cancelled/);
  });
});
