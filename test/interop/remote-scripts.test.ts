import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RemoteScript, ScriptResult } from '../../src/providers/scripts.ts';
import { type Bench, instanceAt, INTERFACES, NEVER, openBench } from '../contract/interfaces.ts';
import { temporaryDirectory } from '../support/temporary.ts';

// The adapters against a sandbox that executes what comes, as the agents of the vendors do.

describe.each(INTERFACES.filter(({ descriptor }) => descriptor.abilities.runCommand !== false))(
  'scripts that are executed: $title',
  (under) => {
    const user = { ecs: 'ecs-user', swas: 'admin' }[under.at as string] ?? 'ubuntu';
    const [first, second] = [instanceAt(under.at, 1), instanceAt(under.at, 2)];
    let bench: Bench;
    beforeEach(async () => {
      bench = await openBench(under, { executeIn: temporaryDirectory(), behaviour: { agentMs: 10 } });
      expect(await bench.sandbox.executes()).toBe(true);
    });
    afterEach(() => bench.close());

    async function resultsOf(
      text: string,
      more: Partial<RemoteScript> = {},
      instances: readonly string[] = [first],
    ): Promise<readonly ScriptResult[]> {
      const script = {
        text,
        user: 'root',
        marker: `run-${String(Math.random()).slice(2)}`,
        timeoutSeconds: 30,
        ...more,
      };
      const started = await bench.provider.startScript!(script, instances, NEVER);
      expect(started.map(({ error }) => error)).toEqual(instances.map(() => null));
      for (;;) {
        const asked = started.map(({ item, run }) => bench.provider.scriptResults!(run ?? '', [item], NEVER));
        const results = (await Promise.all(asked)).flat();
        if (results.every(({ state }) => state !== 'under way')) return results;
        await setTimeout(50);
      }
    }

    it.each(['root', user])('run as %s, whoever may enter which home', async (account) => {
      const [result] = await resultsOf('pwd; id -un; printf "%s\\n" größe; echo no >&2; exit 3', { user: account });
      expect(result).toMatchObject({ state: 'ended', exitCode: 3, reason: null });
      // The agents join both outputs; profiles may print before.
      expect(result?.output).toMatch(new RegExp(`(^|\n)/\n${account}\ngröße\nno\n$`));
    });

    it('run on each instance by itself', async () => {
      await resultsOf('echo one >~/mark');
      // Profiles print before.
      const results = await resultsOf('cat ~/mark 2>/dev/null || echo none', {}, [first, second]);
      expect(results.map(({ output }) => output.trim().split('\n').at(-1))).toEqual(['one', 'none']);
    });

    it('lose what is too long, and bytes that are not UTF-8', async () => {
      const [long] = await resultsOf('i=0; while [ $i -lt 4000 ]; do echo 0123456789; i=$((i+1)); done');
      expect(long).toMatchObject({ state: 'ended', exitCode: 0 });
      expect(long?.output).toHaveLength(24 * 1024);
      const [binary] = await resultsOf(String.raw`printf 'a\377b'`);
      expect(binary?.output).toMatch(/a\ufffdb$/);
    });

    it('do not run as a user who is not there', async () => {
      const [result] = await resultsOf('true', { user: 'nobody-here' });
      expect(result).toMatchObject({ state: 'not run', exitCode: null, output: '' });
    });

    it('are unknown when their time is over', async () => {
      const [result] = await resultsOf('echo begun; sleep 60', { timeoutSeconds: 1 });
      expect(result).toMatchObject({ state: 'unknown', exitCode: null });
      expect(result?.reason).toMatch(/time-?out/i);
      expect(result?.output).toContain('begun');
    }, 30_000);
  },
);
