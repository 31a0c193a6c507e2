import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ended, type Run, start } from '../support/program.ts';
import { serveSandbox, type Served } from '../support/served.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** One cloud, and two machines that know nothing of each other: a home of its own each. */
let served: Served;
let ours: string;
let theirs: string;
beforeEach(async () => {
  served = await serveSandbox();
  ours = temporaryDirectory();
  theirs = temporaryDirectory();
});
afterEach(() => served.close());

const INTERFACES = [
  ['tencent', ['-p', 'tencent', '-r', 'ap-guangzhou']],
  ['lighthouse', ['-p', 'lighthouse', '-r', 'ap-guangzhou']],
  ['aliyun', ['-p', 'aliyun', '-r', 'cn-hangzhou']],
  ['qcloud', ['-p', 'qcloud', '-r', 'ap-guangzhou']],
  ['qcloud v2', ['-p', 'qcloud', '-r', 'ap-guangzhou', '--api-version', 'v2']],
] as const;

function keypair(...args: string[]): Promise<Run> {
  return served.run(args, { home: ours });
}

/** What is in the cloud under the name, as a list tells it. */
async function pairs(place: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const { stdout } = await served.run(['list', '--json', ...place.slice(0, 4)], { home: theirs });
  return JSON.parse(stdout) as Record<string, unknown>[];
}

function journal(): readonly string[] {
  const directory = path.join(ours, '.local/state/keypair/journal');
  return readdirSync(directory).map((name) => path.join(directory, name));
}

/** Our machine loses its power while the service keeps its answer back, before or after it has done its work. */
async function killedWhileAsking(when: 'before' | 'after', ...args: readonly string[]): Promise<void> {
  served.sandbox.fault({ kind: 'hang', when, action: 'CreateKeyPair' });
  const child = start(['create', '--name', 'foo', ...args], { home: ours, env: served.env });
  const end = ended(child);
  await expect
    .poll(() => served.sandbox.log.some(({ action }) => action === 'CreateKeyPair'), { timeout: 10_000 })
    .toBe(true);
  child.kill('SIGKILL');
  expect((await end).exit).toBe('SIGKILL');
}

/** Makes the time pass in which our request may still be carried out. */
function letItExpire(): void {
  for (const file of journal()) {
    const entry = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    const startedAt = new Date(Date.now() - 20 * 60_000).toISOString();
    writeFileSync(file, JSON.stringify({ ...entry, startedAt }));
  }
}

function deletions(): number {
  return served.sandbox.log.filter(({ action }) => action.startsWith('DeleteKeyPair')).length;
}

/** The words of the command in the last hint that has one. */
function commandIn({ stderr }: Run): string[] {
  return (/^keypair: hint: .*: keypair (.+)$/m.exec(stderr)?.[1] ?? '').split(' ');
}

describe.each(INTERFACES)('on %s', (_name, place) => {
  it.each(['killed', 'dropped'] as const)(
    'never deletes the pair that another machine made when our request was %s before it arrived',
    async (how) => {
      if (how === 'killed') {
        await killedWhileAsking('before', ...place);
      } else {
        served.sandbox.fault({ kind: 'drop', when: 'before', action: 'CreateKeyPair' });
        const dropped = await keypair('create', '--name', 'foo', ...place);
        expect(dropped.exit).toBe(7);
        expect(dropped.stderr).toMatch(/no pair named foo exists now; the request may still be/);
        expect(dropped.stderr).not.toMatch(/is lost|not created/);
      }
      expect((await served.run(['create', '--name', 'foo', ...place], { home: theirs })).exit).toBe(0);
      const before = await pairs(place);
      const minutesLater = async (): Promise<void> => {
        for (const command of [['create'], ['create', '--yes', '--recreate'], ['ensure', '--yes']]) {
          const { exit, stderr } = await keypair(...command, '--name', 'foo', ...place);
          // The code of the old interface for a taken name may mean anything.
          expect([exit === 7 && (place as readonly string[]).includes('v2') ? 5 : exit, command]).toEqual([5, command]);
          expect(stderr).not.toContain('is lost');
          if (command.includes('--recreate')) expect(stderr).toContain('cannot tell whose it is');
        }
        const fixed = await keypair('doctor', '--fix', '--yes', ...place.slice(0, 4));
        expect(fixed.exit).toBe(7);
        expect(fixed.stdout).toContain('cannot tell whose it is');
        expect((await keypair('list', ...place.slice(0, 4))).exit).toBe(0);
      };
      await minutesLater();
      letItExpire();
      await minutesLater();
      expect(deletions()).toBe(0);
      expect(await pairs(place)).toEqual(before);
    },
    60_000,
  );

  it('deletes the pair that the user names, and no other', async () => {
    await killedWhileAsking('after', ...place);
    const refused = await keypair('create', '--name', 'foo', '--recreate', ...place);
    expect(refused.exit).toBe(5);
    const command = commandIn(refused);
    expect(command.at(-2)).toBe('--recreate');
    const [made] = await pairs(place);
    const another = command.with(-1, place[1] === 'aliyun' ? `SHA256:${'A'.repeat(43)}` : 'skey-00000000');
    if (place[1] === 'lighthouse') another[another.length - 1] = 'lhkp-00000000';
    expect((await keypair(...another)).exit).toBe(5);
    expect(await pairs(place)).toEqual([made]);
    const { exit, stderr } = await keypair(...command);
    expect([exit, stderr]).toEqual([0, expect.stringContaining('deleted foo in the cloud')]);
    const [anew, ...more] = await pairs(place);
    expect(more).toEqual([]);
    expect(anew?.['publicKey'] ?? anew?.['providerFingerprint']).not.toBe(
      made?.['publicKey'] ?? made?.['providerFingerprint'],
    );
    expect(readdirSync(path.join(ours, '.ssh')).sort()).toEqual(['foo', 'foo.pub']);
    expect(journal()).toEqual([]);
  }, 60_000);

  it('says that nothing was made only when the request can no longer be carried out', async () => {
    await killedWhileAsking('before', ...place);
    for (const command of [['create'], ['create', '--recreate'], ['ensure']]) {
      const { exit, stderr } = await keypair(...command, '--name', 'foo', ...place);
      expect([exit, command]).toEqual([5, command]);
      expect(stderr).toContain('its request may still be carried out until');
      expect(stderr).not.toContain('was not made');
    }
    expect((await keypair('doctor', '--fix', '--yes', ...place.slice(0, 4))).exit).toBe(7);
    expect(journal()).toHaveLength(1);
    letItExpire();
    const { stdout } = await keypair('doctor', '--fix', ...place.slice(0, 4));
    expect(stdout).toContain('was not made');
    expect(journal()).toEqual([]);
    expect((await keypair('create', '--name', 'foo', ...place)).exit).toBe(0);
  }, 60_000);

  it('loses nothing with --local, and asks nobody', async () => {
    served.sandbox.fault({ kind: 'drop', when: 'before', action: 'ImportKeyPair', times: 3 });
    const dropped = await keypair('create', '--local', '--name', 'foo', ...place);
    expect(dropped.exit).toBe(7);
    expect((await served.run(['create', '--name', 'foo', ...place], { home: theirs })).exit).toBe(0);
    const before = await pairs(place);
    expect((await keypair('create', '--recreate', '--yes', '--name', 'foo', ...place)).exit).toBe(5);
    expect((await keypair('doctor', '--fix', '--yes', ...place.slice(0, 4))).exit).not.toBe(0);
    expect([deletions(), await pairs(place)]).toEqual([0, before]);
    await served.run(['delete', 'foo', '--yes', ...place], { home: theirs });
    expect((await keypair('create', '--recreate', '--name', 'foo', ...place)).exit).toBe(0);
    expect(readdirSync(path.join(ours, '.ssh')).sort()).toEqual(['foo', 'foo.pub']);
  }, 60_000);
});
