import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { COMMAND, ended, run, type Run } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';

// Another user, other members of a group, and access control lists: all are real, and so this needs root.
const root = process.getuid?.() === 0;
const CREATE = ['create', '--sandbox', '-p', 'tencent', '-r', 'ap-guangzhou', '--name', 'foo'];

let home: string;
let ssh: string;
beforeEach(() => {
  home = temporaryDirectory();
  chmodSync(home, 0o755);
  ssh = path.join(home, '.ssh');
  mkdirSync(ssh, { mode: 0o700 });
});

function create(...more: readonly string[]): Promise<Run> {
  return run([...CREATE, ...more], { home });
}

/** The same where the group of root has these members besides. */
function createAmong(members: string): Promise<Run> {
  const file = path.join(temporaryDirectory(), 'group');
  writeFileSync(file, `root:x:0:${members}\n`);
  const script = `mount --bind ${file} /etc/group && exec ${COMMAND.join(' ')} ${CREATE.join(' ')}`;
  const env = { PATH: process.env['PATH'], HOME: home };
  return ended(spawn('unshare', ['--mount', 'sh', '-c', script], { cwd: home, env, stdio: 'pipe' }));
}

async function refused(running: Promise<Run>, ...words: readonly string[]): Promise<void> {
  const { exit, stderr } = await running;
  for (const word of words) expect(stderr).toContain(word);
  expect(exit).toBe(2);
  expect(existsSync(path.join(ssh, 'foo'))).toBe(false);
}

describe.runIf(root)('a key directory that its group may write', () => {
  beforeEach(() => {
    chmodSync(ssh, 0o770);
  });

  it('is taken where we are the only member', async () => {
    expect(await createAmong('')).toMatchObject({ exit: 0 });
  });

  it('is refused where somebody else is a member', async () => {
    await refused(createAmong('nobody'), 'a group may write in', `chmod g-w ${ssh}`);
  });

  it('is refused where an access control list lets somebody else write', async () => {
    execFileSync('setfacl', ['-m', 'u:nobody:rwx', ssh]);
    await refused(create(), 'a group may write in', `chmod g-w ${ssh}`);
    chmodSync(ssh, 0o750);
    expect(await create()).toMatchObject({ exit: 0 });
  });
});

describe('a key directory below one that others may write', () => {
  it('is refused when that is the home directory', async () => {
    chmodSync(home, 0o777);
    await refused(create(), `everybody may write in ${home}`, `chmod go-w ${home}`);
  });

  it('is refused outside the home directory, up to the root, and the command is quoted', async () => {
    const open = path.join(temporaryDirectory(), "it's open");
    mkdirSync(open);
    chmodSync(open, 0o777);
    await refused(create('--key-dir', path.join(open, 'keys')), String.raw`chmod go-w '`, String.raw`it'\''s open`);
  });

  it('is refused behind a link', async () => {
    const open = path.join(temporaryDirectory(), 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    symlinkSync(open, path.join(home, 'keys'));
    await refused(create('--key-dir', '~/keys'), `everybody may write in ${open}`);
  });
});

it('a journal where others could write is refused as well', async () => {
  mkdirSync(path.join(home, 'state', 'keypair', 'journal'), { recursive: true });
  chmodSync(path.join(home, 'state'), 0o777);
  const env = { XDG_STATE_HOME: path.join(home, 'state') };
  const { exit, stderr } = await run(CREATE, { home, env });
  expect(stderr).toContain('another place with XDG_STATE_HOME');
  expect(stderr).toContain(`chmod go-w ${path.join(home, 'state')}`);
  expect(exit).toBe(2);
  expect(readdirSync(ssh)).toEqual([]);
});

describe('a trash where others may write', () => {
  const SANDBOX = ['--sandbox', '-p', 'tencent', '-r', 'ap-guangzhou'];
  let trash: string;
  beforeEach(async () => {
    expect(await create()).toMatchObject({ exit: 0 });
    trash = path.join(home, '.local', 'state', 'keypair', 'trash');
    mkdirSync(trash, { recursive: true, mode: 0o700 });
    chmodSync(trash, 0o777);
  });

  it('gets no private key from delete, which deletes nothing then', async () => {
    const { exit, stderr } = await run(['delete', 'foo', '--local-files', '--yes', ...SANDBOX], { home });
    expect(stderr).toContain(`everybody may write in ${trash}`);
    expect(stderr).toContain(`chmod go-w ${trash}`);
    expect(exit).toBe(2);
    expect(existsSync(path.join(ssh, 'foo'))).toBe(true);
    expect(await run(['show', 'foo', ...SANDBOX], { home })).toMatchObject({ exit: 0 });
  });

  it('gets no copy of a key that goes to stdout: nothing is created', async () => {
    const { exit, stderr, stdout } = await run(['create', '--name', 'bar', '--output', '-', ...SANDBOX], {
      home,
    });
    expect(stderr).toContain(`everybody may write in ${trash}`);
    expect(exit).toBe(2);
    expect(stdout).toBe('');
    expect(await run(['show', 'bar', ...SANDBOX], { home })).toMatchObject({ exit: 3 });
  });

  it('is named by trash list', async () => {
    const { stderr } = await run(['trash', 'list'], { home });
    expect(stderr).toContain('or others may write in it');
  });
});

describe('trash restore', () => {
  const open = (): string => {
    const directory = path.join(temporaryDirectory(), 'open');
    mkdirSync(directory);
    chmodSync(directory, 0o777);
    if (root) chownSync(directory, 54_321, 54_321);
    return directory;
  };
  beforeEach(async () => {
    expect(await create()).toMatchObject({ exit: 0 });
    const args = ['delete', 'foo', '--local-files', '--yes', '--sandbox', '-p', 'tencent'];
    expect(await run([...args, '-r', 'ap-guangzhou'], { home })).toMatchObject({ exit: 0 });
  });

  it.each(['where others may write', 'where ~/.ssh leads to'])('puts no key %s', async (where) => {
    const directory = open();
    if (where.includes('leads')) {
      rmdirSync(ssh);
      symlinkSync(directory, ssh);
    }
    const to = where.includes('leads') ? [] : ['--to', directory];
    const { exit, stderr } = await run(['trash', 'restore', 'foo', ...to], { home });
    expect(stderr).toContain(root ? `${directory} belongs to another user` : `chmod go-w ${directory}`);
    expect(stderr).toContain('choose another directory with --to DIR');
    expect(exit).toBe(2);
    expect(readdirSync(directory)).toEqual([]);
    expect(await run(['trash', 'restore', 'foo', '--to', path.join(home, 'mine')], { home })).toMatchObject({
      exit: 0,
    });
  });
});

describe.runIf(root)('root with the home of another user', () => {
  beforeEach(() => {
    home = temporaryDirectory();
    chownSync(home, 54_321, 54_321);
  });

  it.each([
    ['create', CREATE],
    ['config', ['config', 'set', 'region', 'ap-guangzhou']],
    [
      'a login',
      ['auth', 'login', '-p', 'tencent', '--secret-id', 'AKIDexampleexample00000WXYZ', '--secret-stdin'].concat([
        '--no-check',
        '--store',
        'file',
        '--insecure-plaintext',
      ]),
    ],
  ])('makes nothing there (%s)', async (_what, args) => {
    const { exit, stderr } = await run(args, { home, input: 'Gu5t9xGARNpq86cd98joQYCN3EXAMPLE\n' });
    expect(stderr).toContain('belongs to another user: nothing was created there');
    expect(exit).toBe(2);
    expect(readdirSync(home)).toEqual([]);
  });
});

it('a link that leads nowhere in the place of the key directory is named', async () => {
  home = temporaryDirectory();
  symlinkSync('nowhere', path.join(home, '.ssh'));
  const { exit, stderr } = await create();
  expect(stderr).toContain('.ssh is a dangling link');
  expect(exit).toBe(2);
});
