import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '../support/program.ts';
import { serveSandbox, type Served } from '../support/served.ts';
import { temporaryDirectory } from '../support/temporary.ts';

// Paths that no system call takes: each with the error that it has.
const PLACES = ['ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'ENOENT'] as const;
const PAIR = ['-p', 'tencent', '-r', 'ap-guangzhou'];

let served: Served;
let home: string;
beforeAll(async () => {
  served = await serveSandbox();
  home = temporaryDirectory();
  symlinkSync('loop', path.join(home, 'loop'));
  await keypair(['create', '--name', 'there', ...PAIR]);
});
afterAll(() => served.close());

function pathOf(place: (typeof PLACES)[number]): string {
  if (place === 'ENOTDIR') return '/dev/null';
  if (place === 'ELOOP') return path.join(home, 'loop');
  // No directory can be made in it: it answers ENOENT, also to root.
  if (place === 'ENOENT') return '/proc/keypair';
  return path.join(home, 'a'.repeat(300));
}

async function keypair(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> {
  const ended = await served.run(args, { home, env });
  expect(ended.stderr).not.toContain('unexpected error');
  return ended;
}

describe.each(PLACES)('a path of %s', (place) => {
  it.each([
    ['as --key-dir', (at: string) => ['--key-dir', at], {}],
    ['as KEYPAIR_KEY_DIR', () => [], { KEYPAIR_KEY_DIR: '' }],
  ])('%s is refused by ensure as by create, before the cloud is asked', async (_what, flags, env) => {
    const at = pathOf(place);
    const variables = 'KEYPAIR_KEY_DIR' in env ? { KEYPAIR_KEY_DIR: at } : {};
    const calls = served.sandbox.log.length;
    const create = await keypair(['create', '--name', 'foo', ...PAIR, ...flags(at)], variables);
    const ensure = await keypair(['ensure', '--name', 'foo', ...PAIR, ...flags(at)], variables);
    expect(create.stderr).toContain(`(${place})`);
    expect(create.exit).toBe(2);
    expect(served.sandbox.log.slice(calls).map(({ action }) => action)).not.toContain('CreateKeyPair');
    expect(ensure).toEqual(create);
  });

  it.each([
    ['create --local', ['create', '--local', '--name', 'foo']],
    ['create --recreate', ['create', '--recreate', '--yes', '--name', 'foo']],
    ['ensure --local', ['ensure', '--local', '--name', 'foo']],
  ])('is refused by %s', async (_what, args) => {
    const { exit, stderr } = await keypair([...args, ...PAIR, '--key-dir', pathOf(place)]);
    expect(stderr).toContain(`(${place})`);
    expect(exit).toBe(2);
  });

  it('is refused as --output', async () => {
    const { exit, stderr } = await keypair(['create', '--name', 'foo', ...PAIR, '--output', `${pathOf(place)}/foo`]);
    expect(stderr).toContain(`(${place})`);
    expect(exit).toBe(2);
  });

  it.each([
    ['list', ['list', ...PAIR]],
    ['show', ['show', 'there', ...PAIR]],
    ['update', ['update', 'there', '--description', 'text', ...PAIR]],
  ])('is where %s finds no private halves', async (_what, args) => {
    const { exit, stderr } = await keypair([...args, '--key-dir', pathOf(place)]);
    expect(exit, stderr).toBe(0);
  });

  it.each([
    ['fingerprint', ['fingerprint']],
    ['export', ['export', '--format', 'public']],
    ['import', ['import', '--name', 'bar', ...PAIR]],
    ['import --from-private', ['import', '--name', 'bar', '--from-private', ...PAIR]],
  ])('is no key file to %s', async (_what, args) => {
    const { exit } = await keypair([...args, path.join(pathOf(place), 'foo.pub')]);
    expect(exit).not.toBe(0);
  });

  it.each(['XDG_STATE_HOME', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME'])('as %s crashes nothing', async (variable) => {
    const env = { [variable]: pathOf(place) };
    for (const args of [
      ['create', '--name', `foo-${variable}-${place}`, ...PAIR],
      ['config', 'set', 'region', 'ap-guangzhou'],
      ['doctor', '--local-only'],
    ]) {
      const { exit } = await keypair(args, env);
      expect([0, 1, 2, 4]).toContain(exit);
    }
  });
});
