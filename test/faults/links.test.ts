import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../src/secret.ts';
import { parsePrivateKey } from '../../src/keys/private-key.ts';
import { modeOf } from '../support/temporary.ts';
import { CREATE, OTHERS } from './scenarios.ts';
import { traced } from './traced.ts';
import { openWorld, type World } from './world.ts';

// What link(2) answers on Android, FUSE, FAT and network mounts: none of it is a reason to refuse, or to lose a key.
const ERRORS = ['EACCES', 'EXDEV', 'EINVAL', 'EPROTO', 'ENOSYS', 'EOPNOTSUPP', 'EMLINK', 'EPERM'];

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

function expectPair(home: string): void {
  const key = path.join(home, '.ssh/foo');
  expect(readdirSync(path.dirname(key)).sort()).toEqual(['foo', 'foo.pub']);
  expect(modeOf(key)).toBe(0o600);
  expect(() => parsePrivateKey(new Secret(readFileSync(key, 'utf8')))).not.toThrow();
  expect(readdirSync(path.join(home, '.local/state/keypair/journal'))).toEqual([]);
}

describe.each(ERRORS)('where link(2) fails with %s', (error) => {
  const inject = [`link:error=${error}`];

  it.each([CREATE, ...OTHERS].map((scenario) => [scenario.title, scenario] as const))(
    '%s saves the pair',
    async (_title, scenario) => {
      await world.run(scenario, 'disk', inject, (home, { run, struck }) => {
        expect(run.exit, run.stderr).toBe(0);
        expect(struck).toBeGreaterThan(1);
        expectPair(home);
      });
    },
  );

  it.each([
    ['create --recreate', [...CREATE.args, '--recreate', '--yes'], 0],
    // The keys of this cloud are short, which is a problem.
    ['doctor --fix', ['doctor', '--fix', '--yes', '-p', 'tencent'], 1],
  ])('%s gives its name to the key of a create that was cut short', async (_title, args, exit) => {
    // The first link(2) tries the place out; before the second the key has come.
    await world.run(CREATE, 'disk', ['link:signal=KILL:when=2'], async (home, { run: killed }) => {
      expect(killed.exit).toBe('SIGKILL');
      const log = path.join(path.dirname(home), 'links.trace');
      const { env } = world.served;
      const { run, struck } = await traced(args, { home, env, thread: 'disk', inject, log });
      expect(struck, run.stderr).toBeGreaterThan(0);
      expect(run.exit, run.stdout + run.stderr).toBe(exit);
      expectPair(home);
    });
  });
});

it('where a file stands in the way nothing is written over it', async () => {
  await world.run(CREATE, 'disk', ['link:error=EEXIST'], (home, { run }) => {
    expect(run.exit).not.toBe(0);
    expect(readdirSync(path.join(home, '.ssh'))).toEqual([]);
  });
});
