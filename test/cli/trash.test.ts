import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Run, run } from '../support/program.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';
import { KEYS, keypairOnTerminal } from '../support/terminal.ts';

interface Listed {
  readonly name: string;
  readonly file: string;
  readonly from: string | null;
  readonly copy: boolean;
  readonly folder: string;
  readonly at: string;
}

let home: string;
const keypair = (...args: string[]): Promise<Run> => run(args, { home, env: { KEYPAIR_SANDBOX: '1' } });
const ssh = (name: string): string => path.join(home, '.ssh', name);
const trash = (...names: string[]): string => path.join(home, '.local/state/keypair/trash', ...names);
const list = async (): Promise<readonly Listed[]> =>
  JSON.parse((await keypair('trash', 'list', '--json')).stdout) as Listed[];

async function first(): Promise<Listed> {
  const [file] = await list();
  return file ?? expect.unreachable('the trash is empty');
}

async function putAside(name: string): Promise<void> {
  expect((await keypair('create', '-p', 'tencent', '--name', name)).exit).toBe(0);
  const deleted = await keypair('delete', '-p', 'tencent', name, '--local-files', '--yes');
  expect(deleted.exit, deleted.stderr).toBe(0);
}

beforeEach(async () => {
  home = temporaryDirectory();
  await putAside('foo');
});

it('lists what lies there: what, from where, since when', async () => {
  const [key, half, ...more] = await list();
  expect(more).toEqual([]);
  expect(key).toEqual({
    name: 'foo',
    file: trash(key?.folder ?? '', 'foo'),
    from: ssh('foo'),
    copy: false,
    folder: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d{6}Z-[0-9a-f]{12}$/) as string,
    at: expect.stringMatching(/^\d{4}-.*Z$/) as string,
  });
  expect(half?.from).toBe(ssh('foo.pub'));
  expect((await keypair('trash', 'list')).stdout.split('\n')[0]).toMatch(/^foo\t\/.*\/\.ssh\/foo\t\d{4}-/);
  expect(modeOf(trash(key?.folder ?? '', '.keypair-trash.json'))).toBe(0o600);
});

describe('restore', () => {
  it.each(['name', 'folder'])('puts files back by %s, with their modes', async (by) => {
    const { file, folder } = await first();
    const content = readFileSync(file, 'utf8');
    const { exit, stdout } = await keypair('trash', 'restore', by === 'name' ? 'foo' : folder);
    expect([exit, stdout]).toEqual([0, `restored ${ssh('foo')}\nrestored ${ssh('foo.pub')}\n`]);
    expect(readFileSync(ssh('foo'), 'utf8')).toBe(content);
    expect([modeOf(ssh('foo')), modeOf(ssh('foo.pub'))]).toEqual([0o600, 0o644]);
    expect(readdirSync(trash())).toEqual([]);
  });

  it('makes the directory again, 0700, and moves across file systems', async () => {
    rmSync(ssh(''), { recursive: true });
    expect((await keypair('trash', 'restore', 'foo')).exit).toBe(0);
    expect(modeOf(ssh(''))).toBe(0o700);
    const deleted = path.join('/dev/shm', path.basename(home));
    if (!existsSync('/dev/shm')) return;
    try {
      await putAside('bar');
      expect((await keypair('trash', 'restore', 'bar', '--to', deleted)).exit).toBe(0);
      expect(modeOf(path.join(deleted, 'bar'))).toBe(0o600);
    } finally {
      rmSync(deleted, { recursive: true, force: true });
    }
  });

  it.each(['a file', 'a dangling link'])('overwrites nothing: %s', async (what) => {
    if (what === 'a file') writeFileSync(ssh('foo.pub'), 'mine');
    else symlinkSync('/nowhere', ssh('foo.pub'));
    const { exit, stderr } = await keypair('trash', 'restore', 'foo', '--json');
    expect(exit).toBe(5);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'CONFLICT', message: `${ssh('foo.pub')} already exists` },
    });
    // Nothing has moved: neither half.
    expect(await list()).toHaveLength(2);
    expect(existsSync(ssh('foo'))).toBe(false);
  });

  it('says which there are, where a name is there twice', async () => {
    await putAside('foo');
    const { exit, stderr } = await keypair('trash', 'restore', 'foo');
    expect(exit).toBe(5);
    const [, command = ''] = /hint: put one back with: keypair (.*)/.exec(stderr) ?? [];
    expect((await keypair(...command.split(' '))).exit).toBe(0);
    expect(existsSync(ssh('foo'))).toBe(true);
  });

  it('asks for --to where an earlier version has not noted the place', async () => {
    const { folder } = await first();
    rmSync(trash(folder, '.keypair-trash.json'));
    const { exit, stderr } = await keypair('trash', 'restore', 'foo');
    expect(exit).toBe(2);
    expect(stderr).toContain('--to DIR');
    expect((await keypair('trash', 'restore', 'foo', '--to', path.join(home, 'k'))).exit).toBe(0);
    expect(readdirSync(path.join(home, 'k')).sort()).toEqual(['foo', 'foo.pub']);
  });

  it('is NOT_FOUND for what is not there, and moves nothing on a dry run', async () => {
    expect((await keypair('trash', 'restore', 'nope')).exit).toBe(3);
    expect((await keypair('trash', 'restore', 'foo', '--dry-run')).exit).toBe(0);
    expect(await list()).toHaveLength(2);
  });

  it('says when two files would get one name, and moves nothing', async () => {
    await putAside('foo');
    const folders = [...new Set((await list()).map(({ folder }) => folder))];
    const to = path.join(home, 'k');
    const { exit, stderr } = await keypair('trash', 'restore', ...folders, '--to', to);
    expect(exit).toBe(5);
    expect(stderr).toContain(`more than one file would become ${path.join(to, 'foo')}`);
    expect(stderr).not.toContain('already exists');
    expect(await list()).toHaveLength(4);
  });

  it('changes nothing on a dry run, not even an empty folder', async () => {
    const { folder } = await first();
    for (const file of ['foo', 'foo.pub']) renameSync(trash(folder, file), trash(folder, `${file}-2`));
    expect((await keypair('trash', 'restore', 'foo-2', '--to', 'x', '--dry-run')).exit).toBe(0);
    expect(existsSync(trash(folder))).toBe(true);
  });

  it('saves the copy of a key that went to stdout', async () => {
    const made = await keypair('create', '-p', 'aliyun', '--name', 'web', '--output', '-');
    expect((await list()).find(({ copy }) => copy)).toMatchObject({ name: 'web', from: null });
    const report = await keypair('doctor', '-p', 'aliyun', '--local-only');
    const [, command = ''] = /save it with: keypair (.*)/.exec(report.stdout) ?? [];
    const { exit, stderr } = await keypair(...command.split(' '));
    expect(exit, stderr).toBe(0);
    expect(readFileSync(ssh('web'), 'utf8')).toBe(made.stdout);
  });
});

describe('empty', () => {
  it('asks, and needs --yes off a terminal', async () => {
    expect(await keypair('trash', 'empty')).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('--yes') as string,
    });
    expect((await keypair('trash', 'empty', '--dry-run')).stdout).toMatch(
      /^would remove .*foo\nwould remove .*foo.pub\n$/,
    );
    expect(await list()).toHaveLength(2);
    await using asked = keypairOnTerminal(['trash', 'empty'], { home, env: {} });
    await asked.shows('Remove 2 files from the trash for good?');
    asked.type(`2${KEYS.enter}`);
    expect(await asked.ended()).toBe(0);
    expect(readdirSync(trash())).toEqual([]);
    expect((await keypair('trash', 'empty', '--json')).stdout).toBe('{"removed":[],"left":[],"dryRun":false}\n');
  });

  it('does not call the trash empty when nothing could be removed', async () => {
    const { folder } = await first();
    const uid = 65534;
    if (process.getuid?.() !== 0) return;
    chownSync(home, uid, uid);
    for (const one of readdirSync(home, { recursive: true, encoding: 'utf8' }))
      chownSync(path.join(home, one), uid, uid);
    chmodSync(trash(folder), 0o500);
    const env = { KEYPAIR_SANDBOX: '1' };
    const { exit, stdout, stderr } = await run(['trash', 'empty', '--yes'], { home, env, uid });
    chmodSync(trash(folder), 0o700);
    expect([exit, stdout]).toEqual([1, '']);
    expect(stderr).toContain('could not be removed: ');
  });

  it('changes nothing outside, whatever lies in the trash', async () => {
    const outside = path.join(home, 'outside');
    mkdirSync(outside);
    writeFileSync(path.join(outside, 'precious'), 'mine');
    const { folder } = await first();
    const stamp = '2026-01-01T000000Z-0123456789a';
    symlinkSync(path.join(outside, 'precious'), trash(folder, 'link'));
    symlinkSync(outside, trash(`${stamp}b`));
    mkdirSync(trash(folder, 'directory'));
    mkdirSync(trash(`${stamp}c`));
    chmodSync(trash(`${stamp}c`), 0o777);
    writeFileSync(trash(`${stamp}c`, 'planted'), '');
    mkdirSync(trash('whatever'));
    // A name that leads out of the folder, and a place that it was never at.
    mkdirSync(trash(`${stamp}d`), { mode: 0o700 });
    writeFileSync(trash(`${stamp}d`, 'x'), 'x');
    const files = [{ name: '../../journal', from: path.join(outside, 'precious') }];
    writeFileSync(trash(`${stamp}d`, '.keypair-trash.json'), JSON.stringify({ version: 1, copy: false, files }));
    if (process.getuid?.() === 0) chownSync(trash(`${stamp}d`, 'x'), 65534, 65534);
    expect((await keypair('trash', 'restore', `${stamp}d`)).exit).not.toBe(1);
    const { exit, stderr } = await keypair('trash', 'empty', '--yes');
    expect(exit, stderr).toBe(0);
    expect(stderr).toContain(`${trash(`${stamp}b`)} is left alone`);
    expect(readdirSync(outside)).toEqual(['precious']);
    expect(readFileSync(path.join(outside, 'precious'), 'utf8')).toBe('mine');
    expect(existsSync(trash(`${stamp}c`, 'planted'))).toBe(true);
    expect(existsSync(trash(folder, 'directory'))).toBe(true);
    expect(existsSync(trash(folder, 'foo'))).toBe(false);
  });

  it('does not follow a link in the place of the trash', async () => {
    renameSync(trash(), path.join(home, 'elsewhere'));
    symlinkSync(path.join(home, 'elsewhere'), trash());
    const { stderr } = await keypair('trash', 'empty', '--yes');
    expect(stderr).toContain(`${trash()} is left alone`);
    expect(readdirSync(path.join(home, 'elsewhere'))).toHaveLength(1);
  });
});
