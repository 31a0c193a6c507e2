import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Fingerprint } from '../../src/keys/fingerprint.ts';
import { parsePublicKey } from '../../src/keys/public-key.ts';
import { addToLedger } from '../../src/storage/ledger-file.ts';
import { errorsAt, type Fault } from './errors.ts';
import { EXHAUSTIVE, inWorlds, PATIENCE_MS, pointsOf } from './points.ts';
import { DELETE, IMPORT, makePair, placePair, type Scenario } from './scenarios.ts';
import { Tally } from './tally.ts';
import type { Call } from './traced.ts';
import { openWorld, type World } from './world.ts';

const PRESENT = makePair();
const worlds: World[] = [];
const tally = new Tally();
beforeAll(async () => {
  worlds.push(await openWorld(), await openWorld());
  for (const what of ['points killed', 'faults injected', 'keys lost']) tally.add(what, 0);
});
afterAll(async () => {
  await Promise.all(worlds.map((world) => world.close()));
  console.log(`files that are there already\n${tally.toString()}`);
});

const kill = (at: Call): Fault => ({
  at,
  what: 'killed',
  inject: [`${at.name}:signal=KILL:when=${at.nth}`],
});

/** Every place where a file of this name may be: the key directory, and the folders of the trash. */
function contents(home: string, name: string): readonly string[] {
  const trash = path.join(home, '.local/state/keypair/trash');
  const folders = existsSync(trash) ? readdirSync(trash).map((folder) => path.join(trash, folder)) : [];
  return [path.join(home, '.ssh'), ...folders]
    .map((folder) => path.join(folder, name))
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8'));
}

/** A pair as `create` has left it, in its place and noted: no other files ever go to the trash. */
async function prepare(world: World, scenario: Scenario, home: string): Promise<void> {
  placePair(home, PRESENT);
  if (scenario !== DELETE) return;
  world.seed(scenario, PRESENT.publicKey);
  await addToLedger(path.join(home, '.local/state/keypair'), {
    provider: 'tencent',
    region: scenario.region,
    endpoint: world.served.env['KEYPAIR_ENDPOINT'] ?? '',
    sandbox: false,
    name: 'foo',
    id: world.pair(scenario)?.id ?? null,
    fingerprint: sha256Fingerprint(parsePublicKey(PRESENT.publicKey)),
    privateKeyFile: path.join(home, '.ssh/foo'),
    madeAt: new Date().toISOString(),
    profile: null,
    signer: null,
    wroteFile: true,
  });
}

async function strike(world: World, scenario: Scenario, fault: Fault): Promise<readonly string[]> {
  return world.run(
    scenario,
    fault.at.thread,
    fault.inject,
    (home, { run: { exit, stderr }, struck }) => {
      if (struck === 0) return [`it did not strike: ${stderr}`];
      tally.add(fault.what === 'killed' ? 'points killed' : 'faults injected');
      const wrong: string[] = [];
      for (const [name, whole] of [
        ['foo', PRESENT.privateKey],
        ['foo.pub', PRESENT.publicKey],
      ] as const) {
        const found = contents(home, name);
        // At every moment the file is where it was or in the trash.
        if (found.join() === whole) continue;
        tally.add('keys lost');
        wrong.push(`${name} is there ${found.length} times, or not whole`);
      }
      const inPlace = readdirSync(path.join(home, '.ssh')).sort().join();
      if (scenario === IMPORT && inPlace !== 'foo,foo.pub') wrong.push(`~/.ssh is ${inPlace} now`);
      if (fault.what !== 'killed') {
        if (exit === 1 || typeof exit !== 'number') wrong.push(`ended with ${exit}`);
        const directory = path.join(home, '.ssh');
        const said =
          (stderr.includes(directory) && stderr.includes('cannot be read')) ||
          inPlace.split(',').every((name) => stderr.includes(`${path.join(directory, name)} stays: `));
        if (exit === 0 && scenario === DELETE && inPlace !== '' && !said) wrong.push(`${inPlace} stayed unsaid`);
      }
      return wrong.map((what) => `${what} (exit ${exit}: ${stderr.trim()})`);
    },
    (home) => prepare(world, scenario, home),
  );
}

describe('key files that are there already', { timeout: PATIENCE_MS }, () => {
  it.each([DELETE, IMPORT])('survive $title', async (scenario) => {
    const world = worlds[0]!;
    const points = await pointsOf(world, scenario, (home) => prepare(world, scenario, home));
    const disk = points.filter(({ thread }) => thread === 'disk');
    const faults = [...points.map(kill), ...disk.flatMap((point) => errorsAt(point, EXHAUSTIVE ? Infinity : 1))];
    const failures: string[] = [];
    await inWorlds(worlds, faults, async (own, fault) => {
      const wrong = await strike(own, scenario, fault);
      failures.push(...wrong.map((what) => `${fault.what} at ${fault.at.text} (${fault.at.nth}): ${what}`));
    });
    expect(failures).toEqual([]);
  });
});
