import { describe, expect, it } from 'vitest';
import { type BindState, type BindTask, progressOf, untilDone } from '../../../src/operations/binding.ts';
import type { Instance } from '../../../src/providers/types.ts';

type Progress = BindState['progress'];

/** Watches instances that show these, look after look; the last one stays. */
async function watched(shows: Readonly<Record<string, readonly Progress[]>>): Promise<{
  readonly seen: readonly string[];
  readonly asked: readonly string[];
  readonly waitedMs: number;
}> {
  const asked: string[] = [];
  const seen: string[] = [];
  let waitedMs = 0;
  const watch = {
    look(instances: readonly string[]) {
      const look = asked.push(instances.join(' ')) - 1;
      const states = instances.map((instance): BindState => {
        const progress = shows[instance]?.[look] ?? shows[instance]?.at(-1) ?? 'unknown';
        return { instance, seen: null, progress };
      });
      return Promise.resolve(states);
    },
    pause(ms: number) {
      waitedMs += ms;
      return Promise.resolve();
    },
  };
  for await (const { instance, progress } of untilDone(Object.keys(shows), watch)) {
    seen.push(`${instance} ${progress}`);
  }
  return { seen, asked, waitedMs };
}

describe('waiting for instances', () => {
  it('looks at once, and no longer at what is done', async () => {
    expect(await watched({ a: ['under way', 'done'], b: ['done'], c: ['under way', 'under way', 'done'] })).toEqual({
      seen: ['b done', 'a done', 'c done'],
      asked: ['a b c', 'a c', 'c'],
      waitedMs: 1500,
    });
  });

  it('gives up after five minutes, and looks no more often than it must', async () => {
    const { seen, asked, waitedMs } = await watched({ a: ['under way'], b: ['unknown'] });
    expect(seen).toEqual(['a under way', 'b unknown']);
    expect(waitedMs).toBeGreaterThanOrEqual(300_000);
    expect(waitedMs).toBeLessThanOrEqual(305_000);
    expect(asked.length).toBeLessThan(70);
  });

  it('believes a failure when it is there twice: the first may be an older operation’s', async () => {
    expect((await watched({ a: ['failed', 'under way', 'done'] })).seen).toEqual(['a done']);
    expect((await watched({ a: ['failed', 'failed', 'done'] })).seen).toEqual(['a failed']);
    expect((await watched({ a: ['failed', 'under way', 'failed', 'done'] })).seen).toEqual(['a done']);
  });
});

describe('what an instance shows', () => {
  const pair = { id: 'skey-00000001', name: 'foo' };
  const show = (
    direction: BindTask['direction'],
    keyPairs: Instance['keyPairs'],
    operation: Instance['operation'],
    onlineUser: string | null = null,
  ): Progress =>
    progressOf(
      {
        id: 'ins-1',
        name: null,
        state: null,
        platform: null,
        system: null,
        publicAddresses: [],
        privateAddresses: [],
        keyPairs,
        loginUser: null,
        loginPort: null,
        operation,
      },
      { direction, pair, options: { forceStop: false, onlineUser } },
    );

  it.each<[BindTask['direction'], Instance['keyPairs'], Instance['operation'], Progress]>([
    ['attach', ['skey-00000001'], 'done', 'done'],
    ['attach', ['foo'], null, 'done'],
    ['attach', ['skey-00000001'], 'under way', 'under way'],
    ['attach', ['skey-00000001'], 'failed', 'failed'],
    // Done, but with what came before: the new operation does not show yet.
    ['attach', ['skey-00000002'], 'done', 'under way'],
    ['attach', [], null, 'under way'],
    ['attach', null, 'done', 'done'],
    ['attach', null, null, 'unknown'],
    ['detach', [], 'done', 'done'],
    ['detach', ['bar'], null, 'done'],
    ['detach', ['foo'], 'done', 'under way'],
    ['detach', null, null, 'unknown'],
  ])('%s, keys %j, operation %s: %s', (direction, keyPairs, operation, progress) => {
    expect(show(direction, keyPairs, operation)).toBe(progress);
  });

  it('leaves the key with another user of the instance', () => {
    expect(show('detach', ['skey-00000001'], 'done', 'ubuntu')).toBe('done');
    expect(show('attach', [], 'done', 'ubuntu')).toBe('under way');
  });
});
