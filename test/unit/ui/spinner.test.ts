import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import type { Context } from '../../../src/context.ts';
import { bar, type Update, withSpinner } from '../../../src/ui/spinner.ts';

/** A terminal that writes down what it is sent, without the escape codes. */
function terminal(): { readonly context: Context; readonly said: () => string } {
  const stderr = Object.assign(new PassThrough(), {
    isTTY: true,
    columns: 80,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
  });
  let said = '';
  stderr.on('data', (text: Buffer) => (said += text.toString()));
  const context = { stderr, env: { TERM: 'xterm' } } as unknown as Context;
  return { context, said: () => said.replaceAll(/\u001b\[[?\d;]*[a-zA-Z]/g, '') };
}

describe('progress', () => {
  it('is a bar with counts', () => {
    expect(bar({ done: 0, of: 40 })).toBe('[--------------------] 0/40');
    expect(bar({ done: 10, of: 40 })).toBe('[#####---------------] 10/40');
    expect(bar({ done: 39, of: 40 })).toBe('[###################-] 39/40');
    expect(bar({ done: 40, of: 40 })).toBe('[####################] 40/40');
  });

  it('is there before anything begins, and tells the seconds of what takes long', async () => {
    vi.useFakeTimers();
    try {
      const { context, said } = terminal();
      let update: Update = () => undefined;
      let finish = (): void => undefined;
      const work = withSpinner(context, false, 'creating foo', (shown) => {
        update = shown;
        expect(said()).toContain('creating foo …');
        return new Promise<void>((resolve) => (finish = resolve));
      });
      await vi.advanceTimersByTimeAsync(1900);
      expect(said()).not.toContain(' s)');
      await vi.advanceTimersByTimeAsync(1200);
      expect(said()).toContain('creating foo … (3 s)');
      update('creating 40 key pairs', { done: 20, of: 40 });
      await vi.advanceTimersByTimeAsync(200);
      expect(said()).toContain('creating 40 key pairs [##########----------] 20/40 … (3 s)');
      finish();
      await work;
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is a plain line on a dumb terminal', async () => {
    const { context, said } = terminal();
    const dumb = { ...context, env: { TERM: 'dumb' } };
    await withSpinner(dumb, true, 'creating foo', (update) => {
      update('something else', { done: 1, of: 2 });
      return Promise.resolve();
    });
    expect(said()).toBe('keypair: creating foo …\n');
  });
});
