import { afterEach, describe, expect, it } from 'vitest';
import { setTimeout } from 'node:timers/promises';
import { createRateLimiter } from '../../src/http/rate-limit.ts';
import type { RemoteScript, ScriptResult } from '../../src/providers/scripts.ts';
import {
  type Bench,
  type BenchOptions,
  instanceAt,
  INTERFACES,
  listed,
  NEVER,
  openBench,
  plain,
} from './interfaces.ts';

const ECHO: RemoteScript = { text: 'echo hello world\n', user: 'root', marker: 'keypair-1', timeoutSeconds: 60 };

const open: Bench[] = [];
afterEach(async () => {
  for (const bench of open.splice(0)) await bench.close();
});

const WITH_SCRIPTS = INTERFACES.filter(({ descriptor }) => descriptor.abilities.runCommand !== false);

describe.each(WITH_SCRIPTS)('scripts on instances: $title', (under) => {
  const [first, second, stopped] = [instanceAt(under.at, 1), instanceAt(under.at, 2), instanceAt(under.at, 3)];
  const nowhere = instanceAt(under.at, 'nowhere');
  const isEcs = under.at === 'ecs';
  const isAliyun = under.descriptor.vendor === 'aliyun';
  // Simple Application Server runs a script on one instance.
  const isSingle = under.at === 'swas';

  async function bench(options: BenchOptions = {}): Promise<Bench> {
    const opened = await openBench(under, { ...options, behaviour: { agentMs: 60, ...options.behaviour } });
    open.push(opened);
    return opened;
  }

  async function ended(
    { provider }: Bench,
    run: string,
    instances: readonly string[],
  ): Promise<readonly ScriptResult[]> {
    for (let round = 0; round < 100; round += 1) {
      const results = await provider.scriptResults!(run, instances, NEVER);
      if (results.every(({ state }) => state !== 'under way')) return results;
      await setTimeout(20);
    }
    throw new Error(`${run} never ended`);
  }

  it('tells whose agent is online, offline, or not there', async () => {
    const { provider } = await bench({ behaviour: { agent: (id) => (id === second ? 'absent' : 'online') } });
    expect(await provider.agentStates!([second, nowhere, first, stopped], NEVER)).toEqual([
      { instance: second, state: 'absent' },
      { instance: nowhere, state: 'absent' },
      { instance: first, state: 'online' },
      { instance: stopped, state: 'offline' },
    ]);
  });

  it('tries a script without running it', async () => {
    const opened = await bench({ behaviour: { agent: (id) => (id === second ? 'offline' : 'online') } });
    const tried = await opened.provider.tryScript!(ECHO, [first, second, stopped, nowhere], NEVER);
    expect(tried.map(({ item, error }) => [item, error === null])).toEqual([
      [first, true],
      [second, false],
      [stopped, false],
      [nowhere, false],
    ]);
    for (const { error } of tried.slice(1, 3)) expect(error).toMatchObject({ code: 'CONFLICT', outcome: 'none' });
    expect(tried.flatMap(({ error }) => error?.hints ?? [])).not.toEqual([]);
    // A run with this marker or token would be found again.
    const [started] = await opened.provider.startScript!(ECHO, [first], NEVER);
    expect(await ended(opened, started?.run ?? '', [first])).toHaveLength(1);
  });

  it('runs a script and reads its output and exit code', async () => {
    // Long enough to be seen under way on a busy machine.
    const opened = await bench({ behaviour: { agentMs: 1500 } });
    const started = await opened.provider.startScript!(ECHO, [second, first], NEVER);
    expect(started.map(({ item, error }) => [item, error])).toEqual([
      [second, null],
      [first, null],
    ]);
    expect(opened.count('RunCommand')).toBe(isSingle ? 2 : 1);
    const run = started[1]?.run ?? '';
    expect(started[0]?.run === run).toBe(!isSingle);
    expect((await opened.provider.scriptResults!(run, [first], NEVER))[0]).toMatchObject({
      state: 'under way',
      exitCode: null,
    });
    const result = { state: 'ended', exitCode: 0, output: 'hello world\n', reason: null };
    expect(await ended(opened, run, [first])).toEqual([{ instance: first, ...result }]);
    const together = isSingle ? [second] : [first, second];
    expect(await ended(opened, started[0]?.run ?? '', together)).toEqual(
      together.map((instance) => ({ instance, ...result })),
    );
  });

  it('runs a script of 12 KB', async () => {
    const opened = await bench();
    const words = 'a-word '.repeat(1700).trim();
    const [started] = await opened.provider.startScript!({ ...ECHO, text: `echo ${words}\n` }, [first], NEVER);
    const [result] = await ended(opened, started?.run ?? '', [first]);
    expect(result).toMatchObject({ state: 'ended', exitCode: 0, output: `${words}\n` });
  });

  it('tells of a script that did not run', async () => {
    const opened = await bench();
    const [started] = await opened.provider.startScript!({ ...ECHO, user: 'nobody-here' }, [first], NEVER);
    const [result] = await ended(opened, started?.run ?? '', [first]);
    expect(result).toMatchObject({ state: 'not run', exitCode: null, output: '' });
    expect(result?.reason).not.toBeNull();
  });

  it('runs a script where it can', async () => {
    const opened = await bench({ behaviour: { agent: (id) => (id === second ? 'absent' : 'online') } });
    const started = await opened.provider.startScript!(ECHO, [stopped, nowhere, first, second], NEVER);
    const happened = await Promise.all(
      started.map(async ({ item, run, error }) => {
        if (run === null) return [item, error?.code];
        const [result] = await ended(opened, run, [item]);
        return [item, result?.state];
      }),
    );
    expect(happened).toEqual([
      [stopped, isAliyun ? 'not run' : 'CONFLICT'],
      [nowhere, 'NOT_FOUND'],
      [first, 'ended'],
      [second, isAliyun ? 'not run' : 'CONFLICT'],
    ]);
  });

  // As connect.ts does.
  const limiter = () =>
    createRateLimiter({
      limitOf: () => null,
      retryForMs: 20_000,
      now: () => performance.now(),
      wait: (ms, signal) => setTimeout(ms / 10, undefined, { signal }),
      random: Math.random,
    });

  it('starts a script once, although the answer is lost', async () => {
    const opened = await bench({ limiter: limiter() });
    const { provider, sandbox } = opened;
    const [before] = await provider.startScript!({ ...ECHO, marker: 'keypair-0' }, [first], NEVER);
    const [other] = await provider.startScript!(ECHO, [second], NEVER);
    sandbox.fault({ kind: 'drop', when: 'after', action: 'RunCommand' });
    const [started] = await provider.startScript!(ECHO, [first], NEVER);
    expect(started?.error).toBeNull();
    expect(new Set([before?.run, other?.run, started?.run]).size).toBe(3);
    expect((await ended(opened, started?.run ?? '', [first]))[0]?.output).toBe('hello world\n');
    expect(opened.count('RunCommand')).toBe(isEcs ? 4 : 3);
    // Had it been started twice, this would be another run.
    if (isEcs) expect((await provider.startScript!(ECHO, [first], NEVER))[0]?.run).toBe(started?.run);
  });

  it('reads lists whose pages are shorter than was asked for', async () => {
    const opened = await bench({ limiter: limiter(), behaviour: { pageSize: () => 1 } });
    const { provider, sandbox } = opened;
    const states = await provider.agentStates!([first, second], NEVER);
    expect(states.map(({ state }) => state)).toEqual(['online', 'online']);
    sandbox.fault({ kind: 'drop', when: 'after', action: 'RunCommand' });
    sandbox.fault({ kind: 'error', code: 'InternalError', action: 'DescribeInvocations' });
    const reached = isSingle ? [second] : [first, second];
    const [started] = await provider.startScript!(ECHO, reached, NEVER);
    const results = await ended(opened, started?.run ?? '', reached);
    expect(results.map(({ output }) => output)).toEqual(reached.map(() => 'hello world\n'));
  });

  it('never tells that nothing happened when a request is lost', async () => {
    const { provider, sandbox, count } = await bench({ limiter: limiter() });
    sandbox.fault({ kind: 'drop', when: 'before', action: 'RunCommand', times: 9 });
    const [lost] = await provider.startScript!(ECHO, [first], NEVER);
    expect(lost).toMatchObject({ item: first, run: null, error: { code: 'UNAVAILABLE', outcome: 'unknown' } });
    expect(count('RunCommand')).toBe(isEcs ? 4 : 1);
  });

  it('tells of credentials that may not run scripts', async () => {
    const { provider, sandbox } = await bench();
    const code = isAliyun ? 'Forbidden.RAM' : 'UnauthorizedOperation.CamAuthFailed';
    sandbox.fault({ kind: 'error', code, action: 'RunCommand', message: 'not allowed' });
    const refused = provider.startScript!(ECHO, [first], NEVER);
    await expect(refused).rejects.toMatchObject({ code: 'AUTH', outcome: 'none', providerCode: code });
  });
});

describe.each(INTERFACES.filter(({ descriptor }) => descriptor.abilities.launchTemplates !== false))(
  'launch templates: $title',
  (under) => {
    it('are found by the pair that one of their versions names', async () => {
      const opened = await openBench(under);
      open.push(opened);
      const { provider, sandbox } = opened;
      for (const name of ['foo', 'foo_2']) await provider.createKeyPair!(plain(name), NEVER);
      const place = { service: under.at === 'ecs' ? 'ecs' : 'cvm', region: under.descriptor.defaultRegion } as const;
      const old = ['foo', ...Array.from({ length: 34 }, () => null)];
      const web = sandbox.seedTemplate({ ...place, name: 'web', keyPairs: old });
      sandbox.seedTemplate({ ...place, name: 'other', keyPairs: ['foo_2', null] });
      const late = sandbox.seedTemplate({ ...place, name: 'late', keyPairs: [...old.slice(1), 'foo'] });
      const [pair] = await listed(provider, { name: 'foo' });
      const found = await provider.launchTemplatesWith!(pair!, NEVER);
      expect([...found].sort()).toEqual([`${late.id} (late)`, `${web.id} (web)`].sort());
    });
  },
);
