import { createServer, type AddressInfo } from 'node:net';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ended, start } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { type Cloud, SERVICES, startCloud } from './network-cloud.ts';
import { REPRESENTATIVES } from './network-faults.ts';
import { type Point, startNetworkProxy, type WireFault } from './network-proxy.ts';
import { startInside, startProcess } from './network-runs.ts';
import { leftovers, wrongCreate } from './network-verdict.ts';

/** A choice of faults, and all signals at all points, for the built program in a process of its own. */

const [tencent, aliyun, legacy] = SERVICES as readonly [
  (typeof SERVICES)[0],
  (typeof SERVICES)[0],
  (typeof SERVICES)[0],
];

let cloud: Cloud;
let homes: string;
let serial = 0;
const tally = { runs: 0, signals: 0 };
beforeAll(async () => {
  cloud = await startCloud();
  homes = temporaryDirectory();
});
afterAll(async () => {
  await cloud.close();
  console.log(`network, built program: ${tally.runs} faults; ${tally.signals} signals, inside and outside`);
});

function newHome(): { readonly home: string; readonly name: string } {
  serial += 1;
  const name = `q${serial}`;
  const home = path.join(homes, name);
  mkdirSync(home);
  return { home, name };
}

async function wrongOf(run: Awaited<ReturnType<typeof ended>>, home: string, name: string, service = tencent) {
  const evidence = {
    run,
    name,
    home,
    cloud: await cloud.pairs(service, name),
    blind: false,
    arrived: [],
    secrets: [cloud.sandbox.credentials.secretKey],
  };
  return wrongCreate(evidence).map((what) => `${what} (exit ${run.exit ?? ''}: ${run.stderr})`);
}

describe('the built program', () => {
  it.each(REPRESENTATIVES.map((named) => [named.name, named] as const))(
    'tells the truth: %s',
    async (_name, { fault, timeout }) => {
      const { home, name } = newHome();
      const proxy = await startNetworkProxy({ to: cloud.port, fault, action: 'CreateKeyPair', times: 1 });
      const env = { ...cloud.env, KEYPAIR_ENDPOINT: `http://127.0.0.1:${proxy.port}` };
      const args = ['create', '-p', 'tencent', '--name', name, '--timeout', String(timeout), '--debug'];
      const run = await ended(start(args, { home, env }));
      await proxy.close();
      expect(proxy.played()).toBe(1);
      tally.runs += 1;
      // The trace shows times and addresses of frames; everything else holds for it too.
      const stderr = run.stderr.replace(/^keypair: debug: .*\n/gm, '');
      expect(run.stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
      expect(run.stderr).not.toContain(cloud.sandbox.credentials.secretKey);
      expect(await wrongOf({ ...run, stderr }, home, name)).toEqual([]);
    },
  );

  it('shows no secret to whoever looks at its process, its journal and its files', async () => {
    const { home, name } = newHome();
    const silent: WireFault = { at: 'request', play: () => Promise.resolve() };
    let tellReached = (): void => undefined;
    const reached = new Promise<void>((resolve) => {
      tellReached = resolve;
    });
    const proxy = await startNetworkProxy({
      to: cloud.port,
      fault: silent,
      action: null,
      times: 9,
      reached: (point) => {
        if (point === 'request') tellReached();
      },
    });
    const env = { ...cloud.env, KEYPAIR_ENDPOINT: `http://127.0.0.1:${proxy.port}` };
    const child = start(['create', '-p', 'tencent', '--name', name, '--timeout', '20'], { home, env });
    const end = ended(child);
    await reached;
    const { secretKey } = cloud.sandbox.credentials;
    const proc = `/proc/${child.pid ?? 0}`;
    expect(readFileSync(`${proc}/cmdline`, 'latin1')).not.toContain(secretKey);
    const children = readdirSync(`${proc}/task`).map((task) => readFileSync(`${proc}/task/${task}/children`, 'utf8'));
    expect(children.join('')).toBe('');
    const { journal, temporary } = leftovers(home);
    expect(journal).toHaveLength(1);
    expect(temporary).toHaveLength(1);
    const written = readFileSync(path.join(home, '.local/state/keypair/journal', journal[0]!), 'utf8');
    expect(written + temporary.join()).not.toContain(secretKey);
    child.kill('SIGKILL');
    await end;
    await proxy.close();
  });
});

/** The answer comes a moment after it could: time for a signal to come first. */
const SLOW: WireFault = {
  at: 'request',
  play: async ({ client, forward }) => {
    await wait(30);
    const answer = await forward();
    await wait(60);
    client.write(answer.subarray(0, 400));
    await wait(60);
    client.end(answer.subarray(400));
  },
};
const POINTS: readonly Point[] = ['connection', 'head', 'request', 'forwarded', 'answered'];

describe('a signal', () => {
  const processes = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).flatMap((signal) =>
    POINTS.map((point) => ({ how: signal, point, service: tencent })),
  );
  const inside = [tencent, aliyun, legacy].flatMap((service) =>
    POINTS.map((point) => ({ how: 'inside' as const, point, service })),
  );
  it.each([...processes, ...inside])(
    '($how) at $point ends a create of $service.title with a whole pair or with nothing',
    async ({ how, point, service }) => {
      const { home, name } = newHome();
      let interrupt = (): void => undefined;
      const proxy = await startNetworkProxy({
        to: cloud.port,
        fault: SLOW,
        action: null,
        times: 9,
        reached: (now) => {
          if (now === point) interrupt();
        },
      });
      const env = { ...cloud.env, KEYPAIR_ENDPOINT: `http://127.0.0.1:${proxy.port}` };
      const args = ['create', ...service.flags, '--name', name];
      const running = how === 'inside' ? startInside(args, { home, env }) : startProcess(args, { home, env }, how);
      interrupt = running.interrupt;
      const run = await running.end;
      await proxy.close();
      tally.signals += 1;
      expect(run.exit).toBe(130);
      expect(await wrongOf(run, home, name, service)).toEqual([]);
      const { keyFiles } = leftovers(home);
      const whole = [name, `${name}.pub`];
      // Once the request is on its way, it is waited for, and the key is published. The connection stands before that.
      if (point === 'connection') expect([[], whole]).toContainEqual(keyFiles);
      else expect(keyFiles).toEqual(whole);
    },
  );

  it('ends many creates that wait for their turn, at once and without any of them', async () => {
    const { home } = newHome();
    const busy: WireFault = {
      at: 'request',
      play: ({ client }) => {
        const body = '{"Response":{"Error":{"Code":"RequestLimitExceeded","Message":"slow"},"RequestId":"r"}}';
        client.end(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
        return Promise.resolve();
      },
    };
    const proxy = await startNetworkProxy({ to: cloud.port, fault: busy, action: null, times: Infinity });
    const env = { ...cloud.env, KEYPAIR_ENDPOINT: `http://127.0.0.1:${proxy.port}` };
    const names = Array.from({ length: 30 }, (_, index) => `many${index}`);
    const running = startInside(['create', '-p', 'tencent', '--name', ...names], { home, env });
    await wait(1500);
    const askedAt = performance.now();
    running.interrupt();
    const run = await running.end;
    expect(performance.now() - askedAt).toBeLessThan(2000);
    await proxy.close();
    expect(run.exit).toBe(130);
    expect(leftovers(home)).toEqual({ keyFiles: [], temporary: [], journal: [] });
    tally.signals += 1;
  });
});

describe('a name service that says nothing', () => {
  it('keeps the program no longer than its time-out', async () => {
    const { home, name } = newHome();
    const preload = path.join(home, 'deaf.cjs');
    // As the system's own look-up: it cannot be called off, and the process lives as long as it does.
    writeFileSync(preload, `require('node:dns').lookup = () => void setTimeout(() => undefined, 15_000);`);
    const env = {
      ...cloud.env,
      NODE_OPTIONS: `--require=${preload}`,
      KEYPAIR_ENDPOINT: 'https://api.invalid',
    };
    const startedAt = performance.now();
    const run = await ended(start(['create', '-p', 'tencent', '--name', name, '--timeout', '1'], { home, env }));
    expect(performance.now() - startedAt).toBeLessThan(8000);
    expect(run.exit).toBe(6);
    expect(run.stderr).toContain('timed out after 1 s while looking up the host name of api.invalid');
    expect(await wrongOf(run, home, name)).toEqual([]);
  });
});

describe('a port where nobody listens', () => {
  it.each(SERVICES)('costs nothing on $title', async ({ flags }) => {
    const { home, name } = newHome();
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const env = { ...cloud.env, KEYPAIR_ENDPOINT: `http://127.0.0.1:${port}` };
    const run = await startInside(['create', ...flags, '--name', name, '--json'], { home, env }).end;
    expect(run.exit).toBe(6);
    // Errors of the connection name the provider too.
    expect(JSON.parse(run.stderr)).toMatchObject({ error: { code: 'UNAVAILABLE', provider: flags[1] } });
    expect(leftovers(home)).toEqual({ keyFiles: [], temporary: [], journal: [] });
  });
});
