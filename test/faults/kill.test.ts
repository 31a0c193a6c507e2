import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lookAt } from './findings.ts';
import { explainsOrFinishes } from './next-run.ts';
import { inWorlds, PATIENCE_MS, pointsOf, sampled } from './points.ts';
import { CREATE, OTHERS, type Scenario, WITH_PASSPHRASE, WITHOUT_LINKS } from './scenarios.ts';
import { Tally } from './tally.ts';
import type { Call } from './traced.ts';
import { openWorld, type World } from './world.ts';

const worlds: World[] = [];
const tally = new Tally();
beforeAll(async () => {
  worlds.push(await openWorld(), await openWorld());
  for (const what of ['points killed', 'keys lost']) tally.add(what, 0);
});
afterAll(async () => {
  await Promise.all(worlds.map((world) => world.close()));
  console.log(`killed at every call\n${tally.toString()}`);
});

/** Kills one run at one point; what breaks an invariant is returned. */
async function kill(world: World, scenario: Scenario, point: Call): Promise<readonly string[]> {
  const inject = `${point.name}:signal=KILL:when=${point.nth}`;
  return world.run(scenario, point.thread, [inject], async (home, { run, calls, struck }) => {
    if (struck === 0 || run.exit !== 'SIGKILL') return [`was not killed (${run.exit}): ${run.stderr}`];
    tally.add('points killed');
    const pair = world.pair(scenario);
    const found = lookAt(home, pair, scenario);
    const wrong = [...found.broken];
    if (pair === null) {
      tally.add('killed before the cloud had made the pair');
      return found.published ? [...wrong, 'foo is there without a pair'] : wrong;
    }
    if (found.published) tally.add('killed with the key under its name');
    else if (found.holders.length > 0) tally.add('killed with the key in the file that keeps it');
    else if (scenario.made === 'cloud' && !keptBy(calls)) {
      // Nothing can help against this but to say so: the bytes were in memory only, or still on the wire.
      tally.add('killed before the key could reach the disk');
    } else {
      tally.add('keys lost');
      wrong.push('the key is lost');
    }
    wrong.push(...(await explainsOrFinishes(world, scenario, home, found)));
    return wrong;
  });
}

/** Whether the key had been written: the second write to the temporary file; the first was for room. */
function keptBy(calls: readonly Call[]): boolean {
  const writes = calls.filter(({ text }) => /^pwrite64\(<~\/\.ssh\/\.foo\.\*\.keypair>.* = \d+$/.test(text));
  return writes.length >= 2;
}

describe('killed at any call', { timeout: PATIENCE_MS }, () => {
  it.each([CREATE, ...OTHERS, ...WITH_PASSPHRASE, ...WITHOUT_LINKS])(
    '$title loses no key and leaves no half file',
    async (scenario) => {
      const all = await pointsOf(worlds[0]!, scenario);
      expect(all.length).toBeGreaterThan(50);
      const points = scenario === CREATE ? all : sampled(all);
      const failures: string[] = [];
      await inWorlds(worlds, points, async (world, point) => {
        const wrong = await kill(world, scenario, point);
        failures.push(...wrong.map((what) => `${what}, killed at ${point.text} (${point.name} ${point.nth})`));
      });
      expect(failures).toEqual([]);
    },
  );
});
