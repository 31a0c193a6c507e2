import {
  copyFileSync,
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
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Run, run } from '../support/program.ts';
import { serveSandbox, type Served } from '../support/served.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { KEYS, keypairOnTerminal } from '../support/terminal.ts';

let served: Served;
let home: string;
beforeEach(async () => {
  served = await serveSandbox({ behaviour: { keyBits: 2048 } });
  home = temporaryDirectory();
});
afterEach(() => served.close());

const keypair = (...args: string[]): Promise<Run> => served.run(args, { home });
const ssh = (...names: string[]): string => path.join(home, '.ssh', ...names);
const remove = (...names: string[]): void => {
  served.sandbox.remove({ service: 'cvm', region: 'ap-guangzhou', names });
};

/** The user's own key, made by another program: ~/.ssh/id_rsa. */
async function ownKey(): Promise<void> {
  const other = temporaryDirectory();
  expect((await run(['create', '--sandbox', '-p', 'tencent', '--name', 'x'], { home: other })).exit).toBe(0);
  mkdirSync(ssh(), { mode: 0o700 });
  for (const end of ['', '.pub']) copyFileSync(path.join(other, '.ssh', `x${end}`), ssh(`id_rsa${end}`));
}

describe('a key that was imported', () => {
  beforeEach(async () => {
    await ownKey();
    const made = await keypair('import', '-p', 'tencent', '--name', 'laptop', ssh('id_rsa.pub'));
    expect(made.exit, made.stderr).toBe(0);
  });

  it('is not moved by doctor --fix --yes when its pair has vanished, and nobody is asked to', async () => {
    remove('laptop');
    const { stdout, exit } = await keypair('doctor', '--fix', '--yes', '-p', 'tencent');
    expect(exit).toBe(0);
    expect(stdout).toContain(`${ssh('id_rsa')} stays: this program did not write it there`);
    expect(stdout).not.toContain('all is well');
    expect(readdirSync(ssh()).sort()).toEqual(['id_rsa', 'id_rsa.pub']);
    await using asked = keypairOnTerminal(['doctor', '--fix', '-p', 'tencent'], { home, env: served.env });
    await asked.shows('What do you want to do about it?');
    expect(asked.screen()).not.toContain('to the trash');
    asked.type(KEYS.enter);
    await asked.ended();
  });

  it('is not moved by delete --local-files, which says why', async () => {
    const { stdout, exit } = await keypair(
      ...['delete', '-p', 'tencent', 'laptop', '--local-files', '--yes', '--json'],
    );
    expect(exit).toBe(0);
    const why = 'this program did not write it there';
    expect(JSON.parse(stdout)).toMatchObject({
      deleted: true,
      trashed: [],
      kept: [
        { file: ssh('id_rsa'), why },
        { file: ssh('id_rsa.pub'), why },
      ],
    });
    expect(existsSync(ssh('id_rsa'))).toBe(true);
  });
});

describe('a key that create wrote', () => {
  const trash = (name: string): Promise<Run> =>
    keypair('delete', '-p', 'tencent', name, '--local-files', '--yes', '--json');
  beforeEach(async () => {
    expect((await keypair('create', '-p', 'tencent', '--name', 'foo')).exit).toBe(0);
  });

  it('stays while any other pair has it, in another region and under another name, bound or not', async () => {
    const imported = await keypair(...['import', '-p', 'tencent', '-r', 'ap-beijing', '--name', 'bar', ssh('foo.pub')]);
    expect(imported.exit).toBe(0);
    const { stdout } = await trash('foo');
    expect(JSON.parse(stdout)).toMatchObject({
      trashed: [],
      kept: [{ why: 'bar (tencent, ap-beijing) has the same key' }, {}],
    });
    expect(existsSync(ssh('foo'))).toBe(true);
  });

  it('stays while a pair has it that another machine made in the same region', async () => {
    const other = temporaryDirectory();
    // Tencent takes a public key once in a region, Alibaba as often as one likes.
    expect((await keypair('create', '-p', 'aliyun', '--name', 'web')).exit).toBe(0);
    const args = ['import', '-p', 'aliyun', '--name', 'theirs', ssh('web.pub')];
    expect((await served.run(args, { home: other })).exit).toBe(0);
    const { stdout } = await keypair(...['delete', '-p', 'aliyun', 'web', '--local-files', '--yes', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      kept: [{ why: expect.stringContaining('theirs') as string }, {}],
    });
    expect(existsSync(ssh('web'))).toBe(true);
  });

  it('goes with the last of two pairs that are deleted in one run', async () => {
    const where = ['-p', 'aliyun'];
    expect((await keypair('create', ...where, '--name', 'web')).exit).toBe(0);
    expect((await keypair('import', ...where, '--name', 'bar', ssh('web.pub'))).exit).toBe(0);
    const { exit, stderr } = await keypair('delete', ...where, 'web', 'bar', '--local-files', '--yes');
    expect(exit).toBe(0);
    expect(stderr).not.toContain('stays');
    expect(readdirSync(ssh())).toEqual(['foo', 'foo.pub']);
  });

  it.each([
    [
      'renamed',
      (): void => {
        renameSync(ssh('foo'), ssh('mine'));
      },
    ],
    [
      'put elsewhere, with a link in its place',
      (): void => {
        renameSync(ssh('foo'), path.join(home, 'mine'));
        symlinkSync(path.join(home, 'mine'), ssh('foo'));
      },
    ],
  ])('stays when its owner has %s it', async (_what, act) => {
    act();
    const { stdout } = await trash('foo');
    const { trashed } = JSON.parse(stdout) as { trashed: string[] };
    expect(trashed.filter((file) => !file.endsWith('.pub'))).toEqual([]);
    expect(existsSync(ssh('mine')) || existsSync(path.join(home, 'mine'))).toBe(true);
  });

  it('stays with what its owner has added to it since', async () => {
    const notes = `${readFileSync(ssh('foo'), 'utf8')}the server is 10.0.0.1\n`;
    writeFileSync(ssh('foo'), notes);
    const why = 'it holds more than this key';
    expect(JSON.parse((await trash('foo')).stdout)).toMatchObject({
      trashed: [],
      kept: [
        { file: ssh('foo'), why },
        { file: ssh('foo.pub'), why },
      ],
    });
    expect(readFileSync(ssh('foo'), 'utf8')).toBe(notes);
    expect((await keypair('create', '-p', 'tencent', '--name', 'two')).exit).toBe(0);
    const both = readFileSync(ssh('two'), 'utf8') + readFileSync(ssh('foo'), 'utf8');
    writeFileSync(ssh('two'), both);
    expect(JSON.parse((await trash('two')).stdout)).toMatchObject({ trashed: [] });
    expect(readFileSync(ssh('two'), 'utf8')).toBe(both);
  });

  it.each([
    [
      'a link to a file of theirs',
      (line: string): void => {
        writeFileSync(path.join(home, 'mine.pub'), line);
        rmSync(ssh('foo.pub'));
        symlinkSync(path.join(home, 'mine.pub'), ssh('foo.pub'));
      },
      'it is a link',
    ],
    [
      'several lines',
      (line: string): void => {
        writeFileSync(ssh('foo.pub'), `${line}# mine\n`);
      },
      'it holds more than this key',
    ],
  ])('goes, but not a .pub that its owner has made into %s', async (_what, act, why) => {
    act(readFileSync(ssh('foo.pub'), 'utf8'));
    const { trashed, kept } = JSON.parse((await trash('foo')).stdout) as Record<string, string[]>;
    expect(kept).toEqual([{ file: ssh('foo.pub'), why }]);
    expect(trashed).toHaveLength(1);
    expect(readdirSync(ssh())).toEqual(['foo.pub']);
  });

  it('goes with a .pub of which only the comment was changed', async () => {
    const [type = '', blob = ''] = readFileSync(ssh('foo.pub'), 'utf8').split(' ');
    writeFileSync(ssh('foo.pub'), `${type} ${blob} me@laptop at home\n`);
    expect(JSON.parse((await trash('foo')).stdout)).toMatchObject({ kept: [] });
    expect(readdirSync(ssh())).toEqual([]);
  });

  it('is named before the answer', async () => {
    await using asked = keypairOnTerminal(['delete', '-p', 'tencent', 'foo', '--local-files'], {
      home,
      env: served.env,
    });
    await asked.shows('(y/N)');
    expect(asked.screen().replaceAll('\n', '')).toContain(`move ${ssh('foo')}, ${ssh('foo.pub')} to the trash?`);
    asked.type(`n${KEYS.enter}`);
    expect(await asked.ended()).toBe(130);
  });

  it('is moved by doctor only when a person agrees to its path: --yes says what to run instead', async () => {
    remove('foo');
    const { stdout } = await keypair('doctor', '--fix', '--yes', '-p', 'tencent');
    expect(existsSync(ssh('foo'))).toBe(true);
    expect(stdout).toContain('--yes moves no private key: keypair doctor --fix asks for it on a terminal');
    await using asked = keypairOnTerminal(['doctor', '--fix', '-p', 'tencent'], { home, env: served.env });
    await asked.shows('What do you want to do about it?');
    asked.type(KEYS.down + KEYS.enter);
    await asked.ended();
    expect(readdirSync(ssh())).toEqual([]);
  });
});

describe.each([
  ['--key-dir', (): string[] => ['--key-dir', path.join(home, 'keys')]],
  ['--output', (): string[] => ['--output', path.join(home, 'keys', 'foo')]],
])('a key outside ~/.ssh, by %s', (_flag, place) => {
  beforeEach(async () => {
    mkdirSync(path.join(home, 'keys'), { mode: 0o700 });
    const made = await keypair('create', '-p', 'tencent', '--name', 'foo', ...place());
    expect(made.exit, made.stderr).toBe(0);
  });
  const file = (): string => path.join(home, 'keys', 'foo');

  it('is here for list, ensure, show and doctor', async () => {
    expect(await keypair('list', '-p', 'tencent', '--cloud-only', '-q')).toMatchObject({
      exit: 0,
      stdout: '',
    });
    expect(await keypair('ensure', '-p', 'tencent', '--name', 'foo', '-q')).toMatchObject({
      exit: 0,
      stdout: `${file()}\n`,
    });
    const shown = await keypair('show', '-p', 'tencent', 'foo', '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({ privateKeyPath: file(), privateKeyMode: '0600' });
    expect((await keypair('doctor', '-p', 'tencent', '-q')).exit).toBe(0);
  });

  it('is moved by delete --local-files', async () => {
    const { exit } = await keypair('delete', '-p', 'tencent', 'foo', '--local-files', '--yes');
    expect(exit).toBe(0);
    expect(readdirSync(path.join(home, 'keys'))).toEqual([]);
  });

  it('is not here when the file of that name holds another key', async () => {
    await ownKey();
    copyFileSync(ssh('id_rsa'), file());
    copyFileSync(ssh('id_rsa.pub'), `${file()}.pub`);
    expect((await keypair('list', '-p', 'tencent', '--cloud-only', '-q')).stdout).toBe('foo\n');
    await keypair('delete', '-p', 'tencent', 'foo', '--local-files', '--yes');
    expect(readFileSync(file())).toEqual(readFileSync(ssh('id_rsa')));
  });
});
