import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MANIFEST, moveToTrash } from '../../../src/storage/trash.ts';
import { modeOf, temporaryDirectory } from '../../support/temporary.ts';

/** What the file system does wrong: the error code of a call on a file of this name. */
const faults = new Map<'rename' | 'unlink' | 'sync', { readonly name: string; readonly code: string }>();
afterEach(() => {
  faults.clear();
});

vi.mock(import('node:fs/promises'), async (original) => {
  const real = await original();
  const check = (call: 'rename' | 'unlink' | 'sync', file: string): void => {
    const fault = faults.get(call);
    if (fault !== undefined && file.endsWith(fault.name)) {
      throw Object.assign(new Error(`${call} fails`), { code: fault.code });
    }
  };
  const rename: typeof real.rename = async (from, to) => {
    check('rename', from as string);
    await real.rename(from, to);
  };
  const unlink: typeof real.unlink = async (file) => {
    check('unlink', file as string);
    await real.unlink(file);
  };
  const open: typeof real.open = async (file, ...rest) => {
    const handle = await real.open(file, ...rest);
    const sync = handle.sync.bind(handle);
    handle.sync = async () => {
      check('sync', file as string);
      await sync();
    };
    return handle;
  };
  return { ...real, rename, unlink, open };
});

const NOW = new Date('2026-11-21T01:02:03.456Z');
const PERSON = { home: '/nowhere', platform: 'linux' };

interface Place {
  readonly keys: string;
  readonly state: string;
  at(name: string): string;
  /** @returns the folder. */
  move(...names: readonly string[]): Promise<string>;
}

function place(): Place {
  const keys = temporaryDirectory();
  const state = path.join(temporaryDirectory(), 'state');
  const at = (name: string): string => path.join(keys, name);
  writeFileSync(at('foo'), 'private', { mode: 0o600 });
  writeFileSync(at('foo.pub'), 'public', { mode: 0o640 });
  return {
    keys,
    state,
    at,
    move: async (...names) => path.dirname((await moveToTrash(names.map(at), state, NOW, PERSON))[0] ?? ''),
  };
}

/** The name and content of all that is in the trash, whatever its folder. */
function trashed({ state }: Place): Record<string, string> {
  const trash = path.join(state, 'trash');
  const folders = existsSync(trash) ? readdirSync(trash) : [];
  const files = folders.flatMap((folder) =>
    readdirSync(path.join(trash, folder))
      .filter((name) => name !== MANIFEST)
      .map((name) => [name, path.join(trash, folder, name)] as const),
  );
  return Object.fromEntries(files.map(([name, file]) => [name, readFileSync(file, 'utf8')]));
}

async function failure(moving: Promise<string>): Promise<{ code: string; message: string; hints: string[] }> {
  return moving.then(
    () => expect.unreachable('it did not fail'),
    (error: unknown) => error as { code: string; message: string; hints: string[] },
  );
}

describe.each(['by rename', 'across file systems'])('moving to the trash %s', (way) => {
  const ready = (): Place => {
    if (way === 'across file systems') faults.set('rename', { name: '', code: 'EXDEV' });
    return place();
  };

  it('moves the files into a dated folder that is private, with their modes', async () => {
    const there = ready();
    const folder = await there.move('foo', 'foo.pub');
    expect(path.dirname(folder)).toBe(path.join(there.state, 'trash'));
    expect(path.basename(folder)).toMatch(/^2026-11-21T010203Z-[0-9a-f]{12}$/);
    expect(readdirSync(there.keys)).toEqual([]);
    expect(trashed(there)).toEqual({ foo: 'private', 'foo.pub': 'public' });
    for (const directory of [there.state, path.dirname(folder), folder]) expect(modeOf(directory)).toBe(0o700);
    expect(modeOf(path.join(folder, 'foo'))).toBe(0o600);
    expect(modeOf(path.join(folder, 'foo.pub'))).toBe(0o640);
  });

  it('takes a folder of its own each time', async () => {
    const there = ready();
    const first = await there.move('foo');
    writeFileSync(there.at('foo'), 'another');
    const second = await there.move('foo');
    expect(second).not.toBe(first);
    expect(readFileSync(path.join(first, 'foo'), 'utf8')).toBe('private');
    expect(readFileSync(path.join(second, 'foo'), 'utf8')).toBe('another');
  });

  it('keeps files of one name from several directories', async () => {
    const there = ready();
    for (const name of ['a', 'b']) {
      mkdirSync(there.at(name));
      writeFileSync(there.at(`${name}/foo`), name);
    }
    await there.move('foo', 'a/foo', 'b/foo', 'a/foo');
    expect(trashed(there)).toEqual({ foo: 'private', 'foo-2': 'a', 'foo-3': 'b' });
  });

  it('moves a link as a link that leads to the same file', async () => {
    const there = ready();
    symlinkSync('foo', there.at('link'));
    const folder = await there.move('link');
    expect(existsSync(there.at('link'))).toBe(false);
    expect(readFileSync(there.at('foo'), 'utf8')).toBe('private');
    expect(readlinkSync(path.join(folder, 'link'))).toBe(there.at('foo'));
  });

  it.each(['is not there', 'is a directory'])('says where each file is when the second one %s', async (what) => {
    const there = ready();
    if (what === 'is a directory') mkdirSync(there.at('bar'));
    const error = await failure(there.move('foo', 'bar', 'foo.pub'));
    expect(error.code).toBe('PARTIAL');
    expect(error.message).toMatch(/bar could not be moved to the trash \((ENOENT|not a file)\)$/);
    const [folder = ''] = readdirSync(path.join(there.state, 'trash'));
    expect(error.hints).toEqual([
      `in ${path.join(there.state, 'trash', folder)} now: ${there.at('foo')}`,
      `where it was: ${there.at('bar')}, ${there.at('foo.pub')}`,
    ]);
    expect(trashed(there)).toEqual({ foo: 'private' });
    expect(readFileSync(there.at('foo.pub'), 'utf8')).toBe('public');
  });

  it('leaves no empty folder when the first one cannot be moved', async () => {
    const there = ready();
    await failure(there.move('bar'));
    expect(readdirSync(path.join(there.state, 'trash'))).toEqual([]);
  });

  it('says so when the folder cannot be made, and leaves the files', async () => {
    const there = ready();
    writeFileSync(there.state, 'a file');
    const error = await failure(there.move('foo', 'foo.pub'));
    expect(error).toMatchObject({
      code: 'PARTIAL',
      message: `${there.at('foo')} could not be moved to the trash (ENOTDIR)`,
    });
    expect(readdirSync(there.keys)).toEqual(['foo', 'foo.pub']);
  });

  it('says so when the disk does not confirm', async () => {
    const there = ready();
    faults.set('sync', { name: path.basename(there.keys), code: 'EIO' });
    const error = await failure(there.move('foo'));
    expect(error.message).toBe('the key files are in the trash, but may not be on the disk yet (EIO)');
    expect(trashed(there)).toEqual({ foo: 'private' });
  });
});

describe('a move across file systems', () => {
  it('leaves the original when the copy cannot be written, and no half of it', async () => {
    const there = place();
    faults.set('rename', { name: '', code: 'EXDEV' });
    faults.set('sync', { name: '/foo.pub', code: 'ENOSPC' });
    const error = await failure(there.move('foo', 'foo.pub'));
    expect(error.message).toBe(`${there.at('foo.pub')} could not be moved to the trash (ENOSPC)`);
    expect(trashed(there)).toEqual({ foo: 'private' });
    expect(readFileSync(there.at('foo.pub'), 'utf8')).toBe('public');
  });

  it('takes the copy back when the original cannot be removed', async () => {
    const there = place();
    faults.set('rename', { name: '', code: 'EXDEV' });
    faults.set('unlink', { name: there.at('foo'), code: 'EACCES' });
    await failure(there.move('foo'));
    expect(trashed(there)).toEqual({});
    expect(readFileSync(there.at('foo'), 'utf8')).toBe('private');
  });

  it('keeps the copy when the original has gone meanwhile', async () => {
    const there = place();
    faults.set('rename', { name: '', code: 'EXDEV' });
    faults.set('unlink', { name: there.at('foo'), code: 'ENOENT' });
    await there.move('foo');
    expect(trashed(there)).toEqual({ foo: 'private' });
  });

  it('is really one where /dev/shm is', async () => {
    const there = place();
    const directory = existsSync('/dev/shm') ? '/dev/shm' : temporaryDirectory();
    const file = path.join(directory, path.basename(there.keys));
    writeFileSync(file, 'private', { mode: 0o600 });
    const [moved = ''] = await moveToTrash([file], there.state, NOW, PERSON);
    expect(existsSync(file)).toBe(false);
    expect(lstatSync(moved).mode & 0o777).toBe(0o600);
    expect(readFileSync(moved, 'utf8')).toBe('private');
  });
});
