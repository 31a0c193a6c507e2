import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entryText } from '../support/intent.ts';
import type { Run } from '../support/program.ts';
import { serveSandbox, type Served } from '../support/served.ts';
import { temporaryDirectory } from '../support/temporary.ts';

// Two finished one entry of the journal at once. Here both have looked at it, and at the cloud, before either acts.

const PAIR = ['-p', 'tencent', '-r', 'ap-guangzhou'];
const TEMPORARY = '.foo.0123456789ab.keypair';

let served: Served;
let gate: Gate;
let home: string;
beforeEach(async () => {
  served = await serveSandbox({ behaviour: { keyBits: 2048 } });
  gate = await openGate(Number(new URL(served.env['KEYPAIR_ENDPOINT'] ?? '').port));
  home = temporaryDirectory();
});
afterEach(async () => {
  await gate.close();
  await served.close();
});

interface Gate {
  readonly url: string;
  /** Holds lists of key pairs back until there are as many. */
  hold(many: number): void;
  close(): Promise<void>;
}

/** A way to the sandbox. */
async function openGate(port: number): Promise<Gate> {
  let many = 0;
  const held: (() => void)[] = [];
  const server = createServer((asked, answer) => {
    const pieces: Buffer[] = [];
    asked.on('data', (piece: Buffer) => pieces.push(piece));
    asked.on('end', () => {
      const pass = (): void => {
        const { method, url, headers } = asked;
        const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (came) => {
          answer.writeHead(came.statusCode ?? 500, came.headers);
          came.pipe(answer);
        });
        onward.end(Buffer.concat(pieces));
      };
      if (many === 0 || asked.headers['x-tc-action'] !== 'DescribeKeyPairs') {
        pass();
        return;
      }
      held.push(pass);
      if (held.length < many) return;
      many = 0;
      for (const one of held.splice(0)) one();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold: (wanted) => (many = wanted),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function keypair(...args: string[]): Promise<Run> {
  return served.run([...args, ...PAIR], { home, env: { KEYPAIR_ENDPOINT: gate.url } });
}

function journal(): readonly string[] {
  return readdirSync(path.join(home, '.local/state/keypair/journal'));
}

const key = (): string => readFileSync(path.join(home, '.ssh/foo'), 'utf8');

async function cloud(): Promise<readonly { readonly name: string; readonly id: string }[]> {
  const { stdout } = await served.run(['list', '--json', ...PAIR], { home: temporaryDirectory() });
  return JSON.parse(stdout) as { name: string; id: string }[];
}

/** What a killed create has left: the only copy of a key, or nothing of it; gives the key. */
async function left(kind: 'key' | 'lost' | 'never'): Promise<string | null> {
  const fields: Record<string, unknown> = {
    endpoint: gate.url,
    startedAt: new Date(Date.now() - 20 * 60_000).toISOString(),
    temporaryFile: path.join(home, '.ssh', TEMPORARY),
    privateKeyFile: path.join(home, '.ssh/foo'),
  };
  let came: string | null = null;
  for (const directory of ['.ssh', '.local/state/keypair/journal'])
    mkdirSync(path.join(home, directory), { recursive: true, mode: 0o700 });
  if (kind !== 'never') {
    const theirs = temporaryDirectory();
    expect((await served.run(['create', '--name', 'foo', ...PAIR], { home: theirs })).exit).toBe(0);
    const made = readFileSync(path.join(theirs, '.ssh/foo'), 'utf8');
    if (kind === 'key') came = made;
    else Object.assign(fields, { keyLost: true, pairId: (await cloud())[0]?.id });
  }
  writeFileSync(path.join(home, '.ssh', TEMPORARY), came ?? '', { mode: 0o600 });
  writeFileSync(path.join(home, '.local/state/keypair/journal/20261122000000-0123456789ab.json'), entryText(fields));
  return came;
}

const RECREATE = ['create', '--name', 'foo', '--recreate'];
const DOCTOR = ['doctor', '--fix', '--yes'];
const REFUSED = 'keypair: error: another process is finishing foo\nkeypair: hint: wait for it to end, and try again\n';

describe.each(['key', 'lost', 'never'] as const)('an entry that left %s', (kind) => {
  it('is finished by one of two creates; the other says so and ends 5', async () => {
    const came = await left(kind);
    gate.hold(2);
    const runs = await Promise.all([keypair(...RECREATE), keypair(...RECREATE)]);
    const [won, lost] = runs[0].exit === 0 ? runs : runs.toReversed();
    expect([won?.exit, lost?.exit, lost?.stderr, lost?.stdout]).toEqual([0, 5, REFUSED, '']);
    expect(readdirSync(path.join(home, '.ssh')).sort()).toEqual(['foo', 'foo.pub']);
    expect([journal(), (await cloud()).map(({ name }) => name)]).toEqual([[], ['foo']]);
    if (came !== null) expect(key()).toBe(came);
  });

  it('is finished by one of two doctors; the other does not say that anything is wrong with it', async () => {
    const came = await left(kind);
    gate.hold(2);
    const runs = await Promise.all([keypair(...DOCTOR), keypair(...DOCTOR)]);
    expect(runs.map(({ exit, stderr }) => [exit, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    const told = runs.map(({ stdout }) => /^(?:fixed|note) +unfinished +(.*)$/m.exec(stdout)?.[1]);
    expect(told.filter((line) => line === 'another process is finishing foo')).toHaveLength(1);
    for (const { stdout } of runs) expect(stdout).not.toMatch(/is lost|could not|is safe in/);
    expect(journal()).toEqual([]);
    expect((await cloud()).map(({ name }) => name)).toEqual(kind === 'key' ? ['foo'] : []);
    if (came === null) expect(existsSync(path.join(home, '.ssh/foo'))).toBe(false);
    else expect(key()).toBe(came);
  });
});
