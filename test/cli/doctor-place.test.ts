import { chmodSync, chownSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { run } from '../support/program.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';

// Owners are changed, and another user runs the program.
const root = process.getuid?.() === 0;
const CREATE = ['create', '--sandbox', '-p', 'tencent', '-r', 'ap-guangzhou', '--name', 'foo'];
const DOCTOR = ['doctor', '--sandbox', '--local-only'];
const SOMEBODY = 54_321;

let home: string;
beforeEach(() => {
  home = temporaryDirectory();
  chmodSync(home, 0o755);
});

function here(...names: readonly string[]): string {
  return path.join(home, ...names);
}

interface Case {
  readonly setUp: () => void;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Who runs it; by default root. */
  readonly uid?: number;
}

const CASES: Readonly<Record<string, Case>> = {
  'HOME=/ of a user': { setUp: () => undefined, env: { HOME: '/' }, uid: SOMEBODY },
  'a ~/.local of root': {
    setUp: () => {
      chownSync(home, SOMEBODY, SOMEBODY);
      mkdirSync(here('.local'));
    },
    uid: SOMEBODY,
  },
  'a HOME that cannot be written': { setUp: () => undefined, uid: SOMEBODY },
  'a HOME of somebody else': {
    setUp: () => {
      chownSync(home, SOMEBODY, SOMEBODY);
    },
  },
  'a HOME that all may write': {
    setUp: () => {
      chmodSync(home, 0o777);
    },
  },
  'a ~/.ssh that leads nowhere': {
    setUp: () => {
      symlinkSync('nowhere', here('.ssh'));
    },
  },
  'a key directory in /proc': { setUp: () => undefined, flags: ['--key-dir', '/proc/keypair/keys'] },
  'a key directory below a device': { setUp: () => undefined, flags: ['--key-dir', '/dev/null/keys'] },
};

describe.runIf(root)('doctor and create --dry-run say of a place that create refuses what create says', () => {
  it.each(Object.entries(CASES))('%s', async (_what, { setUp, flags = [], env = {}, uid }) => {
    setUp();
    const options = { home, env, cwd: '/', ...(uid === undefined ? {} : { uid }) };
    const before = readdirSync(home);
    const doctor = await run([...DOCTOR, ...flags], options);
    const dry = await run([...CREATE, ...flags, '--dry-run'], options);
    expect(readdirSync(home)).toEqual(before);
    const create = await run([...CREATE, ...flags], options);
    expect(create.exit).toBe(2);
    expect(dry).toMatchObject({ exit: 2, stdout: '', stderr: create.stderr });
    const [, said = 'create said nothing'] = /^keypair: error: (.*)$/m.exec(create.stderr) ?? [];
    // `create` looks whether the key file is there first, and names that.
    expect(doctor.stdout).toContain(said.replace('/keys/foo (', '/keys ('));
    expect(doctor.exit).toBe(1);
  });
});

it('leaves nothing where create could make all', async () => {
  const { exit, stdout } = await run(DOCTOR, { home });
  expect(stdout).toContain('all is well');
  expect(exit).toBe(0);
  expect(readdirSync(home)).toEqual([]);
});

describe('a directory of this program in which all may write', () => {
  it.each([
    ['the journal', '.local/state/keypair/journal'],
    ['the configuration', '.config/keypair'],
    ['logins', '.config/keypair/credentials'],
    ['the cache', '.cache/keypair'],
  ])('is a problem, and closed by --fix (%s)', async (_what, directory) => {
    mkdirSync(here(directory), { recursive: true, mode: 0o700 });
    chmodSync(here(directory), 0o777);
    const { exit, stdout } = await run(DOCTOR, { home });
    expect(stdout).toContain(`everybody may write in ${here(directory)}`);
    expect(exit).toBe(1);
    expect(await run([...DOCTOR, '--fix'], { home })).toMatchObject({ exit: 0 });
    expect(modeOf(here(directory))).toBe(0o700);
  });
});
