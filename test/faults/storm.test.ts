import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ended, type Run, start } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { type Cloud, SERVICES, startCloud } from './network-cloud.ts';
import { type NetworkProxy, passOn, startNetworkProxy } from './network-proxy.ts';
import { leftovers, wrongCreate } from './network-verdict.ts';

/** Many processes at once, with one key directory and one cloud. */

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(async () => {
  await cloud.close();
});

const tencent = SERVICES[0]!;

/** Starts this many at once; `each` is told of every one with its number. */
function storm(
  count: number,
  home: string,
  argsOf: (index: number) => readonly string[],
  each: (child: ChildProcess, index: number) => void = () => undefined,
  env: Readonly<Record<string, string>> = {},
): Promise<Run[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => {
      const child = start(argsOf(index), { home, env: { ...cloud.env, ...env } });
      each(child, index);
      return ended(child);
    }),
  );
}

/** A way to the cloud on which the first creates wait for each other, so that none is answered before all have asked. */
async function gate(together: number): Promise<NetworkProxy> {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let arrived = 0;
  return startNetworkProxy({
    to: cloud.port,
    action: 'CreateKeyPair',
    times: Infinity,
    fault: {
      at: 'request',
      play: async (exchange) => {
        arrived += 1;
        if (arrived === together) open();
        await opened;
        await passOn(exchange);
      },
    },
  });
}

/** How many of which exit code. */
function exits(runs: readonly Run[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { exit } of runs) counts[String(exit)] = (counts[String(exit)] ?? 0) + 1;
  return counts;
}

function wrongWinner(
  run: Run,
  name: string,
  home: string,
  pairs: Awaited<ReturnType<Cloud['pairs']>>,
): readonly string[] {
  return wrongCreate({ run, name, home, cloud: pairs, blind: false, arrived: [], secrets: [] });
}

it('a hundred creates of one name make one pair, and 99 are told of the conflict', { timeout: 180_000 }, async () => {
  const home = temporaryDirectory();
  mkdirSync(path.join(home, '.ssh'), { mode: 0o700 });
  const foreign = path.join(home, '.ssh/.one.0123456789ab.keypair');
  writeFileSync(foreign, 'of somebody else', { mode: 0o600 });
  const proxy = await gate(50);
  const env = { KEYPAIR_ENDPOINT: `http://127.0.0.1:${proxy.port}`, KEYPAIR_TIMEOUT: '120' };
  const runs = await storm(100, home, () => ['create', '-p', 'tencent', '--name', 'one'], undefined, env);
  await proxy.close();
  expect(exits(runs)).toEqual({ 0: 1, 5: 99 });
  const losers = runs.filter(({ exit }) => exit === 5);
  const inCloud = losers.filter(({ stderr }) => stderr.includes('InvalidKeyPairName.Duplicate')).length;
  // The winner may publish both files between the looks at the one and at the other.
  const file = path.join(home, '.ssh/one');
  const atFile = losers.filter(({ stderr }) =>
    [file, `${file}.pub`].some((taken) => stderr.includes(`${taken} already exists`)),
  );
  // Both ways to lose: the place was free and the name in the cloud was not, or the file stood there already.
  expect(inCloud).toBeGreaterThanOrEqual(49);
  expect(inCloud + atFile.length).toBe(99);
  // A temporary file that was there is nobody's but its owner's.
  expect(leftovers(home).temporary).toEqual([foreign]);
  expect(readFileSync(foreign, 'utf8')).toBe('of somebody else');
  const winner = runs.find(({ exit }) => exit === 0)!;
  const told = { ...winner, stderr: `${winner.stderr}${foreign}` };
  expect(
    wrongWinner(told, 'one', home, await cloud.pairs(tencent, 'one')).filter(
      (what) => what !== 'a temporary file is left',
    ),
  ).toEqual([]);
  console.log(
    `storm: 100 creates of one name: 1 pair, 99 conflicts (${atFile.length} at the file, ${inCloud} in the cloud)`,
  );
});

it('twenty ensures of one name all find or make the same pair', { timeout: 120_000 }, async () => {
  const home = temporaryDirectory();
  const proxy = await gate(10);
  const env = { KEYPAIR_ENDPOINT: `http://127.0.0.1:${proxy.port}`, KEYPAIR_TIMEOUT: '60' };
  const runs = await storm(20, home, () => ['ensure', '-p', 'tencent', '--name', 'two'], undefined, env);
  await proxy.close();
  expect(exits(runs), runs.find(({ exit }) => exit !== 0)?.stderr).toEqual({ 0: 20 });
  const pairs = await cloud.pairs(tencent, 'two');
  for (const run of runs) expect(wrongWinner(run, 'two', home, pairs)).toEqual([]);
});

it(
  'thirty creates, a third of them killed at any moment, lose nothing that their journal does not tell of',
  { timeout: 120_000 },
  async () => {
    const home = temporaryDirectory();
    const kills: Promise<unknown>[] = [];
    const runs = await storm(
      30,
      home,
      (index) => ['create', '-p', 'tencent', '--name', `n${index}`],
      (child, index) => {
        if (index % 3 !== 0) return;
        kills.push(wait(600 + index * 150).then(() => child.kill('SIGKILL')));
      },
    );
    await Promise.all(kills);
    const { keyFiles, journal, temporary } = leftovers(home);
    const entries = journal.map((file) => readFileSync(path.join(home, '.local/state/keypair/journal', file), 'utf8'));
    const told = { killed: 0, silent: 0 };
    for (const [index, run] of runs.entries()) {
      const name = `n${index}`;
      const pairs = await cloud.pairs(tencent, name);
      const own = temporary.filter((file) => path.basename(file).startsWith(`.${name}.`));
      const noted = entries.some((entry) => entry.includes(`"${name}"`));
      if (run.exit === 0) {
        expect(pairs).toHaveLength(1);
        expect(keyFiles).toContain(name);
        expect(own).toEqual([]);
        expect(noted).toBe(false);
        continue;
      }
      expect(run.exit).toBe('SIGKILL');
      told.killed += 1;
      // What was made is published, or the journal knows of it.
      if (pairs.length > 0 && !keyFiles.includes(name)) expect(noted).toBe(true);
      if (pairs.length === 0 && keyFiles.includes(name)) told.silent += 1;
    }
    expect(told.silent).toBe(0);
    expect(readdirSync(path.join(home, '.ssh')).length).toBe(keyFiles.length + temporary.length);
    console.log(`storm: 30 creates, ${told.killed} killed; every pair published or in the journal`);
  },
);
