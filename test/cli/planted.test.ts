import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import module from 'node:module';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { installedProgram } from '../support/installed.ts';
import { PROGRAM, run } from '../support/program.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';

const ROOT = process.getuid?.() === 0;

describe('compiled code', () => {
  const kept = 'enableCompileCache' in module;
  let home: string;
  let caches: string;
  beforeEach(() => {
    home = temporaryDirectory();
    caches = path.join(home, '.cache');
    mkdirSync(caches, { mode: 0o700 });
  });

  /** Whether a run keeps compiled code below the user's caches. */
  async function keeps(env: Readonly<Record<string, string>> = {}): Promise<boolean> {
    const { exit, stderr } = await run(['--help'], { home, env });
    expect(exit, stderr).toBe(0);
    return existsSync(path.join(env['XDG_CACHE_HOME'] ?? caches, 'keypair', 'compiled'));
  }

  it('is never looked for in the shared temporary directory', async () => {
    const shared = temporaryDirectory();
    chmodSync(shared, 0o1777);
    await keeps({ TMPDIR: shared, TMP: shared, TEMP: shared });
    expect(readdirSync(shared)).toEqual([]);
  });

  it('is kept in a directory of the user alone', async () => {
    expect(await keeps()).toBe(kept);
    if (kept) expect(modeOf(path.join(caches, 'keypair', 'compiled'))).toBe(0o700);
  });

  it.each([0o770, 0o777])('is kept nowhere where others may write (0%o)', async (mode) => {
    chmodSync(caches, mode);
    expect(await keeps()).toBe(false);
  });

  it('is kept nowhere where others may write above', async () => {
    chmodSync(home, 0o777);
    expect(await keeps()).toBe(false);
  });

  it.runIf(ROOT)('of root is not kept in the home of another user', async () => {
    chownSync(home, 54_321, 54_321);
    chownSync(caches, 54_321, 54_321);
    expect(await keeps()).toBe(false);
    expect(readdirSync(caches)).toEqual([]);
  });

  it('makes no directory for caches', async () => {
    expect(await keeps({ XDG_CACHE_HOME: path.join(home, 'none') })).toBe(false);
  });
});

describe('a module that somebody has planted above the program', () => {
  const KEYTAR = `
    require('node:fs').writeFileSync(process.env.MARK, 'loaded');
    exports.getPassword = async () => null;
  `;
  let home: string;
  let mark: string;
  beforeEach(() => {
    home = temporaryDirectory();
    mark = path.join(home, 'mark');
  });

  /** The program, installed in a directory, as it looks for a login in the keychain. */
  async function look(directory: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
    cpSync(path.dirname(path.dirname(installedProgram(null))), directory, { recursive: true });
    const config = path.join(home, '.config', 'keypair');
    mkdirSync(config, { recursive: true, mode: 0o700 });
    const logins = { profiles: { default: { logins: { tencent: 'keychain' } } } };
    writeFileSync(path.join(config, 'config.json'), JSON.stringify(logins), { mode: 0o600 });
    const options = { home, env: { MARK: mark, ...env }, program: path.join(directory, 'bin', 'keypair.js') };
    await run(['auth', 'status', '-p', 'tencent'], options);
  }

  function plant(directory: string): void {
    const folder = path.join(directory, 'keytar');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'index.js'), KEYTAR);
  }

  it('is not taken for keytar', async () => {
    plant(path.join(home, 'node_modules'));
    await look(path.join(home, 'opt', 'keypair'));
    expect(existsSync(mark)).toBe(false);
  });

  it('is not taken for keytar when NODE_PATH leads to it', async () => {
    const elsewhere = temporaryDirectory();
    plant(elsewhere);
    await look(path.join(home, 'opt', 'keypair'), { NODE_PATH: elsewhere });
    expect(existsSync(mark)).toBe(false);
  });

  it('counts from the program’s own node_modules, and from those that hold it', async () => {
    plant(path.join(home, 'own', 'keypair', 'node_modules'));
    await look(path.join(home, 'own', 'keypair'));
    expect(readFileSync(mark, 'utf8')).toBe('loaded');
    writeFileSync(mark, '');
    plant(path.join(home, 'lib', 'node_modules'));
    await look(path.join(home, 'lib', 'node_modules', 'keypair'));
    expect(readFileSync(mark, 'utf8')).toBe('loaded');
  });

  it('cannot be any other: the program asks for none by its bare name', () => {
    const dist = path.join(path.dirname(path.dirname(PROGRAM)), 'dist');
    const asked = readdirSync(dist)
      .filter((name) => name.endsWith('.js'))
      .flatMap((name) => [...readFileSync(path.join(dist, name), 'utf8').matchAll(/require\("([^"]+)"\)/g)])
      .map(([, name]) => name!);
    expect(asked).toContain('node:fs');
    const bare = asked.filter((name) => !name.startsWith('./') && !module.isBuiltin(name));
    expect(bare).toEqual([]);
  });
});
