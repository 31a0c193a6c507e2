import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { fileRepositories } from '../../../sandbox/file-repository.ts';
import { bindingsOf } from '../../../sandbox/instances.ts';
import { createSandbox } from '../../../sandbox/server.ts';
import { codeOf, json, send, tc3 } from './client.ts';
import { aliyunSts, OPS, pairIn } from './sts.ts';
import type { Fields } from './cloud.ts';

const SOURCE = resolve(import.meta.dirname, '../../../sandbox');

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keypair-processes-'));
  await build({
    entryPoints: [join(SOURCE, 'server.ts'), join(SOURCE, 'file-repository.ts')],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function run(script: string, ...args: string[]): ChildProcess {
  const file = join(folder, `${script.length}.mjs`);
  writeFileSync(file, script);
  return spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

const GROW = `
import { fileRepositories } from './file-repository.mjs';
const [, , stateDir, who] = process.argv;
const repository = fileRepositories(stateDir)('cvm', 'ap-guangzhou');
for (let n = 0; n < 150; n += 1) {
  repository.update(({ pairs, instances }) => {
    const id = who + n;
    const pair = { id, name: id, publicKey: '', fingerprint: '', createdAt: '', description: '', resourceGroupId: '', projectId: 0, tags: [] };
    const [first, ...others] = instances;
    return { pairs: [...pairs, pair], instances: [{ ...first, keys: [...first.keys, { keyId: id, user: null }] }, ...others] };
  });
}
`;

/** A file system without hard links: what link(2) says there differs. */
const LINKLESS = `
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
fs.linkSync = () => { throw Object.assign(new Error('no links'), { code: 'EPERM' }); };
syncBuiltinESMExports();
`;

/**
 * One sleeps just after it has published, as on a busy machine, until the others have tidied away what it began from:
 * once it then took its own version for one that came late, and did everything twice.
 */
const SLEEPY = `
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const link = fs.linkSync;
const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
let links = 0;
fs.linkSync = (...all) => {
  link(...all);
  links += 1;
  if (process.argv[3] !== 'a') sleep(30);
  else if (links === 1) sleep(3500);
};
syncBuiltinESMExports();
`;

test.each([
  ['', ''],
  [' without hard links', LINKLESS],
  [' with one that sleeps for seconds', SLEEPY],
])(
  'three processes change one region%s at once, and no change is lost',
  async (where, system) => {
    const stateDir = join(folder, `grow${where}`);
    const children = ['a', 'b', 'c'].map((who) => run(`${system}${GROW}`, stateDir, who));
    expect(await Promise.all(children.map((child) => once(child, 'exit')))).toEqual(children.map(() => [0, null]));
    const { pairs, instances } = fileRepositories(stateDir)('cvm', 'ap-guangzhou').read();
    const wanted = ['a', 'b', 'c'].flatMap((who) => Array.from({ length: 150 }, (_, n) => `${who}${n}`)).sort();
    expect(pairs.map(({ id }) => id).sort()).toEqual(wanted);
    expect(instances).toHaveLength(5);
    expect(instances[0]?.keys.map(({ keyId }) => keyId).sort()).toEqual(wanted);
  },
  30_000,
);

test.runIf(process.getuid?.() === 0)('a umask that takes everything away takes nothing from the owner', async () => {
  const home = join(folder, 'nobody');
  mkdirSync(home);
  chownSync(home, 65534, 65534);
  chmodSync(folder, 0o755);
  const child = run(`process.umask(0o777); process.setuid(65534);\n${GROW}`, join(home, 'state/below'), 'a');
  expect(await once(child, 'exit')).toEqual([0, null]);
  const { pairs } = fileRepositories(join(home, 'state/below'))('cvm', 'ap-guangzhou').read();
  expect(pairs).toHaveLength(150);
});

const SERVE = `
import { createSandbox } from './server.mjs';
const sandbox = createSandbox({ stateDir: process.argv[2], behaviour: { requestsPerSecond: null, operationMs: 0 } });
console.log((await sandbox.listen()).port);
`;

async function portOf(child: ChildProcess): Promise<number> {
  const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  return Number(line.toString());
}

test('two served sandboxes bind, unbind and delete on one instance: what was answered is what is there', async () => {
  const stateDir = join(folder, 'serve');
  const children = [run(SERVE, stateDir), run(SERVE, stateDir)];
  try {
    const ports = await Promise.all(children.map(portOf));
    const sandbox = createSandbox({ stateDir });
    const place = { service: 'lighthouse', region: 'ap-guangzhou' } as const;
    const keys = sandbox.seed({ ...place, count: 24, name: (index) => `seed_${index}` }).map(({ id }) => id);
    const ask = async (index: number, action: string, params: object): Promise<string | number | null> =>
      codeOf(await send(ports[index % 2] ?? 0, tc3(sandbox.credentials, 'lighthouse', action, params)));
    const instance = { InstanceIds: ['lhins-sandbox1'] };
    // Keys of several users come beside each other.
    const as = (index: number) => ({ AssociateType: 'ONLINE', Username: `user${index}` });
    const bound = await Promise.all(
      keys.map((id, index) => ask(index, 'AssociateInstancesKeyPairs', { KeyIds: [id], ...instance, ...as(index) })),
    );
    expect(bound).toEqual(keys.map(() => null));
    // Each key is let go by one and deleted by the other, at once: bound and gone must never both be true.
    const codes = await Promise.all(
      keys.flatMap((id, index) => [
        ask(index, 'DisassociateInstancesKeyPairs', { KeyIds: [id], ...instance }),
        ask(index + 1, 'DeleteKeyPairs', { KeyIds: [id] }),
        ask(index, 'AssociateInstancesKeyPairs', {
          KeyIds: [id],
          InstanceIds: ['lhins-sandbox2'],
          ...as(index),
        }),
      ]),
    );
    expect(
      codes.filter(
        (code) => code !== null && code !== 'ResourceInUse.KeyPairInUse' && code !== 'ResourceNotFound.KeyIdNotFound',
      ),
    ).toEqual([]);
    const { pairs, instances } = fileRepositories(stateDir)('lighthouse', 'ap-guangzhou').read();
    const now = new Date();
    const [one, two] = instances.map((held) => bindingsOf(held, now).map(({ keyId }) => keyId));
    expect(one).toEqual([]);
    const rebound = keys.filter((_, index) => codes[3 * index + 2] === null);
    expect(two?.toSorted()).toEqual(rebound.toSorted());
    const deleted = keys.filter((_, index) => codes[3 * index + 1] === null);
    expect(pairs.map(({ id }) => id).toSorted()).toEqual(keys.filter((id) => !deleted.includes(id)).toSorted());
    expect(rebound.filter((id) => deleted.includes(id))).toEqual([]);
    // Both see the same.
    const views = await Promise.all(
      ports.map(async (port) => {
        const sent = tc3(sandbox.credentials, 'lighthouse', 'DescribeInstances');
        return (json(await send(port, sent)) as { Response: { InstanceSet: unknown } }).Response.InstanceSet;
      }),
    );
    expect(views[0]).toEqual(views[1]);
  } finally {
    for (const child of children) child.kill();
    await Promise.all(children.map((child) => once(child, 'exit')));
  }
}, 30_000);

test('temporary credentials that one process issued are known to another, which shares nothing with it', async () => {
  const children = [run(SERVE, join(folder, 'one')), run(SERVE, join(folder, 'two'))];
  try {
    const [one = 0, two = 0] = await Promise.all(children.map(portOf));
    const { credentials } = createSandbox({ stateDir: null });
    const role = (RoleArn: string): Record<string, string> => ({ RoleArn, RoleSessionName: 'ci' });
    const assumed = async (sent: ReturnType<typeof tc3>): Promise<ReturnType<typeof pairIn>> => {
      const answer = json(await send(one, sent)) as Fields;
      return pairIn((answer['Response'] ?? answer) as Fields);
    };
    const tencent = await assumed(tc3(credentials, 'sts', 'AssumeRole', role(OPS.tencent)));
    const aliyun = await assumed(aliyunSts(credentials, 'AssumeRole', role(OPS.aliyun)));
    for (const port of [one, two]) {
      expect(codeOf(await send(port, tc3(tencent, 'cvm', 'DescribeKeyPairs')))).toBeNull();
      expect(codeOf(await send(port, aliyunSts(aliyun, 'GetCallerIdentity')))).toBeNull();
    }
  } finally {
    for (const child of children) child.kill();
    await Promise.all(children.map((child) => once(child, 'exit')));
  }
}, 30_000);
