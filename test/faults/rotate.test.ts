import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesBelow, keyOf } from '../support/fake-servers.ts';
import { type Run, run } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { Tally } from './tally.ts';

/** Every point, or some of them. */
const EXHAUSTIVE = process.env['KEYPAIR_FAULTS'] === 'all';

/** Without it every so many points are tried, with one fault each. Odd: so that some are undone, others finished. */
const SAMPLE = 7;

/** How the program ends, or what fails, at a point. */
const FAULTS = [null, 'EIO', 'ENOSPC'] as const;

const IDS = ['ins-sandbox1', 'ins-sandbox2', 'ins-sandbox3'];
const PLACE = ['-p', 'tencent', '--sandbox', '--yes'];
const ROTATE = [
  ...['rotate', 'foo', ...IDS, ...PLACE, '--via', 'agent', '--type', 'rsa-2048'],
  ...['--settle', '0', '--parallel', '1', '--private'],
];
const STATE = '.local/state/keypair';
const CLOUD = `${STATE}/sandbox/cvm/ap-guangzhou`;

const tally = new Tally();
const homes = temporaryDirectory();
let prepared: string;
let points: readonly string[];

beforeAll(async () => {
  prepared = temporaryDirectory();
  const keypair = (...args: readonly string[]): Promise<Run> => run([...args, ...PLACE], { home: prepared });
  expect((await keypair('create', '--name', 'foo', '--local', '--type', 'rsa-2048')).exit).toBe(0);
  expect((await keypair('attach', 'foo', ...IDS.slice(0, 2), '--wait', '--force-stop')).exit).toBe(0);
  // The third one of the sandbox is stopped: let it run with the same key.
  const file = newestCloud(prepared);
  const cloud = JSON.parse(readFileSync(file, 'utf8')) as { readonly instances: object[] };
  cloud.instances[2] = { ...cloud.instances[0], id: IDS[2], name: 'batch-1', address: '10.0.0.3' };
  writeFileSync(file, JSON.stringify(cloud));
  const home = fresh();
  const log = path.join(home, 'points');
  const whole = await faulty(home, { KEYPAIR_FAULT_LOG: log });
  expect(whole.stderr + String(whole.exit)).toMatch(/0$/);
  points = readFileSync(log, 'utf8').trim().split('\n');
}, 120_000);

afterAll(() => {
  console.log(`a whole rotation, ended or failed at what it writes\n${tally.toString()}`);
});

function newestCloud(home: string): string {
  const names = readdirSync(path.join(home, CLOUD)).filter((name) => name.endsWith('.json'));
  return path.join(home, CLOUD, `${Math.max(...names.map((name) => parseInt(name, 10)))}.json`);
}

/** A home of its own, as it was prepared. The ledger has absolute paths. */
function fresh(): string {
  const home = mkdtempSync(path.join(homes, 'home-'));
  cpSync(prepared, home, { recursive: true });
  for (const file of filesBelow(path.join(home, STATE, 'made')))
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(prepared, home));
  return home;
}

function faulty(home: string, env: Readonly<Record<string, string>>): Promise<Run> {
  const preload = path.join(import.meta.dirname, 'fault-at.cjs');
  return run(ROTATE, { home, env: { ...env, NODE_OPTIONS: `--require ${preload}` } });
}

/** The public keys, in base64, of all private keys that are here. */
function keysHere(home: string): ReadonlySet<string | null> {
  const places = ['.ssh', `${STATE}/trash`, `${STATE}/rescued`].map((place) => path.join(home, place));
  return new Set(places.flatMap(filesBelow).map(keyOf));
}

/** The keys of each server, in base64. Before its first login it has the one that it was bound with. */
function keysOfServers(home: string, old: string): ReadonlyMap<string, readonly string[]> {
  return new Map(
    IDS.map((id) => {
      const disk = path.join(home, STATE, 'sandbox/ssh/cvm/ap-guangzhou', id, 'disk/home/ubuntu/.ssh/authorized_keys');
      const lines = existsSync(disk) ? readFileSync(disk, 'utf8').trim().split('\n') : [`ssh-rsa ${old}`];
      return [id, lines.map((line) => line.split(' ')[1] ?? '')];
    }),
  );
}

function keysInCloud(home: string): readonly string[] {
  const { pairs } = JSON.parse(readFileSync(newestCloud(home), 'utf8')) as {
    readonly pairs: readonly { readonly publicKey: string }[];
  };
  return pairs.map(({ publicKey }) => publicKey.split(' ')[1] ?? '');
}

/** What nothing may break: no server is locked out, and no key of a pair is lost. */
function broken(home: string, old: string): readonly string[] {
  const here = keysHere(home);
  const wrong: string[] = [];
  for (const [id, keys] of keysOfServers(home, old)) {
    if (keys.some((key) => here.has(key))) continue;
    tally.add('lock-outs');
    wrong.push(`${id} is locked out`);
  }
  for (const key of keysInCloud(home)) {
    if (here.has(key)) continue;
    tally.add('keys lost');
    wrong.push('the key of a pair is lost');
  }
  return wrong;
}

/** Ends the program at one point, or fails the call there, then does what the next command says. */
async function tryAt(nth: number, code: string | null): Promise<readonly string[]> {
  const home = fresh();
  const old = keyOf(path.join(home, '.ssh/foo')) ?? '';
  const fault = { KEYPAIR_FAULT_AT: String(nth), ...(code === null ? {} : { KEYPAIR_FAULT_CODE: code }) };
  const { exit, stderr } = await faulty(home, fault);
  tally.add(code === null ? 'points killed' : 'faults injected');
  const wrong = [...broken(home, old)];
  if (code === null && exit !== 'SIGKILL') wrong.push(`was not killed: ${String(exit)}`);
  if (code !== null && ![0, 2, 6, 7].includes(Number(exit))) wrong.push(`ended with ${String(exit)}: ${stderr}`);
  const rotations = path.join(home, STATE, 'rotations');
  const open = (): boolean => existsSync(rotations) && readdirSync(rotations).some((name) => name.endsWith('.json'));
  const next = await run(['list', '-p', 'tencent', '--sandbox'], { home });
  const lines = ['--abort', '--resume'].flatMap(
    (how) => new RegExp(`keypair (rotate foo ${how}.*)`).exec(next.stderr)?.[1] ?? [],
  );
  const line = nth % 2 === 0 ? lines[0] : lines.at(-1);
  const isOpen = open();
  if (line === undefined && (isOpen || (exit !== 0 && keysInCloud(home).length > 1))) {
    tally.add('unreported');
    wrong.push(`nobody says how to go on: ${next.stderr}`);
  }
  if (isOpen && line !== undefined) {
    const ended = await run([...line.split(' '), '--settle', '0'], { home });
    tally.add(line.includes('--abort') ? 'undone' : 'finished');
    if (ended.exit !== 0) wrong.push(`${line} ends with ${String(ended.exit)}: ${ended.stderr}`);
    if (open()) wrong.push('the rotation is still open');
  }
  wrong.push(...broken(home, old));
  const key = keyOf(path.join(home, '.ssh/foo'));
  const isRotated = isOpen ? line?.includes('--resume') === true : exit === 0;
  if ((key !== old) !== isRotated) wrong.push('foo is not the key that it should be');
  for (const [id, keys] of keysOfServers(home, old)) {
    if (keys.length !== 1 || keys[0] !== key) wrong.push(`${id} has other keys than that of foo`);
  }
  rmSync(home, { recursive: true, force: true });
  return wrong;
}

describe('a rotation of three servers', { timeout: EXHAUSTIVE ? 7_200_000 : 900_000 }, () => {
  it('killed, or failed with EIO or ENOSPC, at what it writes, locks nobody out and loses no key', async () => {
    for (const what of ['lock-outs', 'keys lost', 'unreported']) tally.add(what, 0);
    const queue = points.flatMap((text, index) =>
      FAULTS.filter((_code, fault) => EXHAUSTIVE || index % (SAMPLE * FAULTS.length) === fault * SAMPLE).map(
        (code) => ({ nth: index + 1, text, code }),
      ),
    );
    const failures: string[] = [];
    const work = async (): Promise<void> => {
      for (let point = queue.shift(); point !== undefined; point = queue.shift()) {
        const { nth, text, code } = point;
        const where = `${code ?? 'killed'} at ${text} (${nth})`;
        failures.push(...(await tryAt(nth, code)).map((what) => `${where}: ${what}`));
      }
    };
    await Promise.all([work(), work(), work()]);
    expect(failures).toEqual([]);
  });
});
