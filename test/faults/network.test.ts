import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeBlob } from '../../sandbox/keys.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { type Cloud, SERVICES, type ServiceUnderFault, startCloud } from './network-cloud.ts';
import { FAULTS, HARMLESS_NAMES, LASTING, type NamedFault } from './network-faults.ts';
import { type NetworkProxy, startNetworkProxy } from './network-proxy.ts';
import { startAnyhow } from './network-runs.ts';
import {
  type Evidence,
  leftovers,
  oneLine,
  wrongCreate,
  wrongDelete,
  wrongImport,
  wrongShow,
} from './network-verdict.ts';

/** Each fault befalls every command, once or whenever its action is asked for, between the program and each service. */

type CommandName = keyof ServiceUnderFault['actions'];

/** `once`: the action's first request. `always`: each request of any action, the look-ups after it too. */
type Reach = 'once' | 'always';

interface Case {
  readonly service: ServiceUnderFault;
  readonly command: CommandName;
  readonly named: NamedFault;
  readonly reach: Reach;
}

const WRONG = { create: wrongCreate, import: wrongImport, delete: wrongDelete, show: wrongShow } as const;

/** Most of the time goes into waiting: for answers that do not come, and before a look-up is repeated. */
const AT_ONCE = 60;

const tally = { runs: 0, injected: 0, made: 0, published: 0, kept: 0, told: 0, lost: 0, signals: 0 };

let cloud: Cloud;
let homes: string;
beforeAll(async () => {
  cloud = await startCloud();
  homes = temporaryDirectory();
});
afterAll(async () => {
  await cloud.close();
  console.log(
    `network: ${tally.runs} runs, ${tally.injected} faults injected; ${tally.made} pairs made by creates: ` +
      `${tally.published} keys published, ${tally.kept} answers kept in a named file, ` +
      `${tally.told} pairs whose answer never came told of; keys lost without a word: ${tally.lost}`,
  );
});

function pick(services: readonly ServiceUnderFault[], commands: readonly CommandName[], reach: Reach): Case[] {
  return services.flatMap((service) =>
    commands.flatMap((command) =>
      (reach === 'always' ? LASTING : FAULTS).map((named): Case => ({ service, command, named, reach })),
    ),
  );
}

const [tencent, aliyun, legacy, lighthouse] = SERVICES as readonly [
  ServiceUnderFault,
  ServiceUnderFault,
  ServiceUnderFault,
  ServiceUnderFault,
];
const FULL = [tencent, aliyun, legacy];

describe('a fault on the wire', () => {
  it.each([
    ['create', 'once', pick([...FULL, lighthouse], ['create'], 'once')],
    ['create', 'always', pick([tencent], ['create'], 'always')],
    ['import', 'once', pick(FULL, ['import'], 'once')],
    ['import', 'always', pick([aliyun], ['import'], 'always')],
    ['delete', 'once', pick(FULL, ['delete'], 'once')],
    ['delete', 'always', pick([legacy], ['delete'], 'always')],
    ['show', 'once', pick([...FULL, lighthouse], ['show'], 'once')],
    ['show', 'always', pick([tencent], ['show'], 'always')],
  ] as const)(
    '%s, befallen %s, tells the truth and loses nothing',
    { timeout: 300_000 },
    async (_command, _reach, cases) => {
      expect(await wrongIn(cases)).toEqual([]);
    },
  );
});

let serial = 0;

async function wrongIn(cases: readonly Case[]): Promise<readonly string[]> {
  // Those that take longest go first.
  const queue = cases.toSorted((one, other) => one.named.timeout - other.named.timeout);
  const wrong: string[] = [];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) wrong.push(...(await play(next)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return wrong;
}

async function play({ service, command, named, reach }: Case): Promise<readonly string[]> {
  serial += 1;
  const name = `p${serial}`;
  const home = path.join(homes, name);
  mkdirSync(home);
  const publicKey = `ssh-rsa ${fakeBlob().toString('base64')} test`;
  writeFileSync(path.join(home, 'key.pub'), `${publicKey}\n`);
  if (command === 'delete' || command === 'show') await cloud.plant(service, name, publicKey);
  const timeout = reach === 'always' ? Math.min(named.timeout, 2) : named.timeout;
  const proxy = await startNetworkProxy({
    to: cloud.port,
    fault: named.fault,
    action: reach === 'once' ? service.actions[command] : null,
    times: reach === 'once' ? 1 : Infinity,
  });
  const startedAt = performance.now();
  const run = await startAnyhow(argsFor(command, name, timeout, service), {
    home,
    env: { ...cloud.env, KEYPAIR_ENDPOINT: `http://127.0.0.1:${proxy.port}` },
  }).end;
  const elapsed = performance.now() - startedAt;
  await proxy.close();
  const pieces = proxy.answers.flatMap((answer) => piecesOfKeys(answer));
  const sent = oneLine(proxy.sent().toString('latin1'));
  const evidence: Evidence = {
    run,
    name,
    home,
    cloud: await cloud.pairs(service, name),
    blind: reach === 'always',
    // The last characters of a key that was cut are missing: a key is there when its end is.
    arrived: pieces.filter(({ whole }) => sent.includes(whole)).map(({ piece }) => piece),
    secrets: [cloud.sandbox.credentials.secretKey, ...pieces.map(({ piece }) => piece)],
  };
  cloud.forget(service, name);
  const wrong = [...WRONG[command](evidence)];
  if (proxy.played() === 0) wrong.push('the fault was not played');
  if (HARMLESS_NAMES.has(named.name) && run.exit !== 0) wrong.push('the program was disturbed');
  // A change is asked for once; what it came to is looked up twice, each with three repeats.
  if (elapsed > (1 + 2 * 5) * named.timeout * 1000 + 10_000) wrong.push(`it took ${Math.round(elapsed)} ms`);
  count(command, proxy, evidence, wrong);
  return wrong.map(
    (what) =>
      `${service.title} ${command}, ${reach}, ${named.name}: ${what} (exit ${run.exit ?? ''}: ${run.stderr.trim()})`,
  );
}

function argsFor(command: CommandName, name: string, timeout: number, { flags }: ServiceUnderFault): readonly string[] {
  const common = [...flags, '--timeout', String(timeout), '--no-input'];
  switch (command) {
    case 'create':
      return ['create', '--name', name, ...common];
    case 'import':
      return ['import', 'key.pub', '--name', name, ...common];
    case 'delete':
      return ['delete', name, '--yes', ...common];
    case 'show':
      return ['show', name, ...common];
  }
}

/** Every private key in an answer of the service's in base64, and a piece of its private part. */
function piecesOfKeys(answer: Buffer): readonly { readonly whole: string; readonly piece: string }[] {
  const keys = oneLine(answer.toString('latin1')).match(/MII[A-Za-z0-9+/]{400,}/g) ?? [];
  return keys.map((whole) => ({ whole, piece: whole.slice(-200, -160) }));
}

function count(command: CommandName, proxy: NetworkProxy, evidence: Evidence, wrong: readonly string[]): void {
  tally.runs += 1;
  tally.injected += proxy.played();
  if (command !== 'create' || evidence.cloud.length === 0) return;
  const left = leftovers(evidence.home);
  tally.made += 1;
  if (left.keyFiles.length > 0) tally.published += 1;
  else if (left.temporary.length > 0) tally.kept += 1;
  else if (wrong.length === 0) tally.told += 1;
  else tally.lost += 1;
}
