import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyWriteAt, errorsAt, failingFrom, type Fault } from './errors.ts';
import { lookAt } from './findings.ts';
import { EXHAUSTIVE, inWorlds, PATIENCE_MS, pointsOf, sampled } from './points.ts';
import { CREATE, OTHERS, type Scenario, WITH_PASSPHRASE, WITHOUT_LINKS } from './scenarios.ts';
import { Tally } from './tally.ts';
import { openWorld, type World } from './world.ts';

const worlds: World[] = [];
const tally = new Tally();
beforeAll(async () => {
  worlds.push(await openWorld(), await openWorld());
  for (const what of ['faults injected', 'keys lost']) tally.add(what, 0);
});
afterAll(async () => {
  await Promise.all(worlds.map((world) => world.close()));
  console.log(`an error at every call\n${tally.toString()}`);
});

/** Runs with one fault; what breaks an invariant, or is not said, is returned. */
async function fail(world: World, scenario: Scenario, fault: Fault): Promise<readonly string[]> {
  return world.run(scenario, fault.at.thread, fault.inject, (home, { run: { exit, stderr, stdout }, struck }) => {
    if (struck === 0) return [`the fault did not strike: ${stderr}`];
    tally.add('faults injected');
    const pair = world.pair(scenario);
    const { broken, published, publicHalf, holders, journal } = lookAt(home, pair, scenario);
    const wrong = [...broken];
    const check = (good: boolean, what: string): void => {
      if (!good) wrong.push(what);
    };
    check(!stdout.includes('PRIVATE') && !stderr.includes('PRIVATE'), 'a private key was printed');
    check(!/unexpected error|could not process the response/.test(stderr), 'this was taken for a bug');
    switch (exit) {
      case 0:
        tally.add('ended well all the same');
        check(published && publicHalf && pair !== null, 'it did not end well');
        break;
      case 7: {
        // Whatever is on the disk is named, and what is not is said to be gone.
        check(pair !== null, 'in doubt about nothing');
        const named = holders.filter((file) => stderr.includes(file));
        if (holders.length > 0) {
          tally.add('told where the key is');
          check(named.length > 0, `none of ${holders.join()} was named`);
          check(
            [...stderr.matchAll(/safe in (\S+?)[,:;\n]/g)].every(([, file = '']) => existsSync(file)),
            'a file was named that is not there',
          );
        } else {
          tally.add('told that the key is lost and the pair is to be deleted');
          check(stderr.includes('lost') && stderr.includes('keypair delete'), 'the pair is not said to be an orphan');
        }
        check(journal.length > 0 || published, 'the journal has forgotten it');
        break;
      }
      case 6:
        tally.add('deleted the pair again, since nothing could hold its key');
        check(pair === null && world.made > 0, 'the pair was not deleted');
        check(holders.length === 0 && !published, 'the key of a deleted pair is there');
        check(stderr.includes('deleted again'), 'that it was deleted is not said');
        break;
      case 2:
      case 5:
        tally.add('refused before the cloud was asked');
        check(pair === null && world.made === 0, 'the cloud was asked all the same');
        check(!published && !publicHalf, 'files stand under the final names');
        break;
      default:
        wrong.push(`ended with ${exit}`);
    }
    if (pair !== null && holders.length === 0 && exit !== 7) {
      tally.add('keys lost');
      wrong.push('the key is lost');
    }
    return wrong.map((what) => `${what} (exit ${exit}: ${stderr.trim()})`);
  });
}

async function failAll(scenario: Scenario, faults: readonly Fault[]): Promise<void> {
  const failures: string[] = [];
  await inWorlds(worlds, faults, async (world, fault) => {
    const wrong = await fail(world, scenario, fault);
    failures.push(...wrong.map((what) => `${fault.what} at ${fault.at.text} (${fault.at.nth}): ${what}`));
  });
  expect(failures).toEqual([]);
}

describe('an error at any call', { timeout: PATIENCE_MS }, () => {
  it.each([CREATE, ...OTHERS, ...WITH_PASSPHRASE, ...WITHOUT_LINKS])('$title: once', async (scenario) => {
    const all = (await pointsOf(worlds[0]!, scenario)).filter(({ thread }) => thread === 'disk');
    const points = scenario === CREATE ? all : sampled(all);
    const most = EXHAUSTIVE ? Infinity : scenario === CREATE ? 2 : 1;
    await failAll(
      scenario,
      points.flatMap((point) => [...errorsAt(point, most), ...emptyWriteAt(point)]),
    );
  });

  it.each([CREATE, ...OTHERS, ...WITH_PASSPHRASE, ...WITHOUT_LINKS])('$title: and ever after', async (scenario) => {
    const all = (await pointsOf(worlds[0]!, scenario)).filter(({ thread }) => thread === 'disk');
    const points = scenario === CREATE ? all : sampled(all);
    const errors = EXHAUSTIVE ? ['EIO', 'ENOSPC', 'EROFS', 'EDQUOT'] : ['EIO'];
    await failAll(
      scenario,
      errors.flatMap((error) => points.map((point) => failingFrom(point, all, error, scenario.always))),
    );
  });
});
