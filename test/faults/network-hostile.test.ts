import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeBlob } from '../../sandbox/keys.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { type Cloud, SERVICES, type ServiceUnderFault, startCloud } from './network-cloud.ts';
import { type Lie, lies } from './network-lies.ts';
import { startNetworkProxy } from './network-proxy.ts';
import { startAnyhow } from './network-runs.ts';
import { type Evidence, leftovers, oneLine, wrongAnyhow, wrongCreate } from './network-verdict.ts';

/** A server that carries everything out and lies in its answers. */

let cloud: Cloud;
let homes: string;
let serial = 0;
const tally = { runs: 0, kept: 0 };
beforeAll(async () => {
  cloud = await startCloud();
  homes = temporaryDirectory();
});
afterAll(async () => {
  await cloud.close();
  console.log(`hostile server: ${tally.runs} runs, ${tally.kept} keys that could not be used kept as they came`);
});

const COMMANDS: Readonly<Record<string, (name: string) => readonly string[]>> = {
  create: (name) => ['create', '--name', name],
  import: (name) => ['import', 'key.pub', '--name', name],
  ensure: (name) => ['ensure', '--name', name],
  list: () => ['list'],
  instances: () => ['instances'],
  show: (name) => ['show', name],
  update: (name) => ['update', name, '--tag', 'a=b'],
  rename: (name) => ['update', name, '--rename', `${name}x`],
  attach: (name) => ['attach', name, 'ins-00000001'],
  delete: (name) => ['delete', name, '--yes'],
};
const SAY_MOST = new Set(['create', 'list', 'instances', 'show']);
const MAKES_ITS_OWN = new Set(['create', 'import', 'ensure']);
const [tencent, aliyun, legacy] = SERVICES as readonly [ServiceUnderFault, ServiceUnderFault, ServiceUnderFault];
const ABLE: readonly (readonly [ServiceUnderFault, readonly string[]])[] = [
  [tencent, ['create', 'import', 'ensure', 'list', 'instances', 'show', 'rename', 'attach', 'delete']],
  [aliyun, ['create', 'import', 'list', 'instances', 'show', 'update', 'attach', 'delete']],
  [legacy, ['create', 'list', 'delete']],
];

describe.each(
  ABLE.flatMap(([service, commands]) => commands.map((command) => [service.title, command, service] as const)),
)('%s %s', (_title, command, service) => {
  it('shows nothing hostile, touches nothing else, and keeps every key', { timeout: 120_000 }, async () => {
    const { secretKey } = cloud.sandbox.credentials;
    // Both voices where most is said, and one of them elsewhere.
    const queue = lies([secretKey, Buffer.from(secretKey).toString('base64')]).flatMap((lie, index) =>
      (SAY_MOST.has(command) ? [false, true] : [index % 2 === 0]).map((json) => ({ lie, json })),
    );
    const wrong: string[] = [];
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        wrong.push(...(await play(service, command, next.lie, next.json)));
      }
    };
    await Promise.all(Array.from({ length: 30 }, work));
    expect(wrong).toEqual([]);
    expect(existsSync('/tmp/keypair-was-here')).toBe(false);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});

async function play(service: ServiceUnderFault, command: string, lie: Lie, json: boolean): Promise<readonly string[]> {
  serial += 1;
  const name = `h${serial}`;
  const home = path.join(homes, name);
  mkdirSync(home);
  const publicKey = `ssh-rsa ${fakeBlob().toString('base64')} test`;
  writeFileSync(path.join(home, 'key.pub'), `${publicKey}\n`);
  if (!MAKES_ITS_OWN.has(command)) await cloud.plant(service, name, publicKey);
  const arrived: string[] = [];
  const proxy = await startNetworkProxy({
    to: cloud.port,
    action: null,
    times: Infinity,
    fault: {
      at: 'request',
      play: async ({ client, action, forward }) => {
        const answer = (await forward()).toString('utf8');
        const truth: unknown = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
        const body = Buffer.from(lie.tell(truth) as string);
        if (action === 'CreateKeyPair') {
          const keys = oneLine(body.toString('latin1')).match(/M[A-Z][A-Za-z0-9+/]{400,}/g) ?? [];
          // Past the modulus, which is public.
          arrived.push(...keys.map((key) => key.slice(-200, -160)));
        }
        client.end(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`), body]));
      },
    },
  });
  const args = [...COMMANDS[command]!(name), ...service.flags, '--no-input', ...(json ? ['--json'] : [])];
  const run = await startAnyhow(args, {
    home,
    env: { ...cloud.env, KEYPAIR_ENDPOINT: `http://127.0.0.1:${proxy.port}`, KEYPAIR_TIMEOUT: '5' },
  }).end;
  await proxy.close();
  const evidence: Evidence = {
    run,
    name,
    home,
    cloud: await cloud.pairs(service, name),
    blind: true,
    arrived,
    secrets: [cloud.sandbox.credentials.secretKey, ...arrived],
  };
  cloud.forget(service, name);
  const wrong = [...(command === 'create' ? wrongCreate(evidence) : wrongAnyhow(evidence))];
  if (json) wrong.push(...wrongJson(run.stdout), ...wrongJson(run.stderr));
  const strangers = readdirSync(home).filter((entry) => !['.cache', '.ssh', '.local', 'key.pub'].includes(entry));
  if (strangers.length > 0) wrong.push(`files of the server's choice: ${strangers.join()}`);
  tally.runs += 1;
  if (leftovers(home).temporary.length > 0) tally.kept += 1;
  return wrong.map(
    (what) => `${lie.name}${json ? ', json' : ''}: ${what} (exit ${run.exit ?? ''}: ${run.stderr.slice(0, 500)})`,
  );
}

/** Every line must be one JSON value. */
function wrongJson(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      try {
        JSON.parse(line);
        return [];
      } catch {
        return [`not JSON: ${line.slice(0, 200)}`];
      }
    });
}
