import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CREATE, OTHERS, WITHOUT_LINKS } from './scenarios.ts';
import type { Call } from './traced.ts';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** Files whose content, and directories whose entries, a power failure after these calls could take away. */
function unsynced(calls: readonly Call[]): readonly string[] {
  const dirty = new Set<string>();
  for (const { name, text } of calls) {
    if (!/ = (?!-)/.test(text)) continue;
    const [first = '', second = ''] = [...text.matchAll(/"([^"]+)"/g)].map(([, file = '']) => file);
    const open = /\(<([^>]*)>/.exec(text)?.[1] ?? '';
    if (name === 'pwrite64' || name === 'ftruncate') dirty.add(open);
    else if (name === 'fsync') dirty.delete(open);
    else if (name === 'mkdir' || (name === 'openat' && text.includes('O_CREAT'))) dirty.add(path.dirname(first));
    else if (name === 'link' || name === 'rename') dirty.add(path.dirname(second));
    // What has gone need not last.
    else if (name === 'unlink') dirty.delete(first);
  }
  return [...dirty];
}

describe('a power failure', { timeout: 60_000 }, () => {
  it.each([CREATE, ...OTHERS, ...WITHOUT_LINKS])('$title: all is on the disk when it counts', async (scenario) => {
    const all = await world.run(scenario, 'disk', [], (_home, traced) => traced.calls);
    // What this machine has made, and names for completion, are noted when all is done: no key depends on it.
    const calls = all.filter(({ text }) => !/\/keypair\/made|\/\.cache/.test(text));
    // The room is taken and the intent is noted before the request; the key is kept before it is looked at.
    const writes = calls.filter(({ name }) => name === 'pwrite64');
    const key = calls.indexOf(writes[2]!);
    expect(writes[2]?.text).toContain('.ssh/.foo.');
    expect(unsynced(calls.slice(0, key))).toEqual([]);
    const kept = calls.findIndex(({ name }, index) => index > key && name === 'close');
    expect(unsynced(calls.slice(0, kept + 1))).toEqual([]);
    // Before the file that keeps the key is removed, and the intent with it, the key is safe under its name.
    const last = calls.filter(({ name }) => name === 'unlink').slice(-2);
    expect(last.map(({ text }) => text.split(' = ')[0])).toEqual([
      'unlink("~/.ssh/.foo.*.keypair")',
      'unlink("~/.local/state/keypair/journal/*.json")',
    ]);
    for (const call of last) expect(unsynced(calls.slice(0, calls.indexOf(call)))).toEqual([]);
  });
});
