import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import module from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installedProgram } from '../support/installed.ts';
import { PROGRAM, run, type Run } from '../support/program.ts';
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

function plantedCode(): void {
  let home: string;
  let mark: string;
  let program: string;
  let planted: string;
  /** Code for the program's first file that leaves a mark: Node believes it by the length and checksum of the file. */
  beforeEach(async () => {
    home = temporaryDirectory();
    mark = path.join(home, 'mark');
    planted = path.join(home, 'planted');
    const installed = path.join(home, 'keypair');
    cpSync(path.dirname(path.dirname(installedProgram(null))), installed, { recursive: true });
    program = path.join(installed, 'bin', 'keypair.js');
    const main = path.join(installed, 'dist', 'main.js');
    const own = readFileSync(main);
    const leaveMark = 'require("fs").writeFileSync(process.env.MARK, ""); exports.main = () => undefined;';
    writeFileSync(main, leaveMark.padEnd(own.length));
    await run(['--help'], { home, program, env: { MARK: mark, NODE_COMPILE_CACHE: planted } });
    rmSync(mark);
    writeFileSync(main, own);
    for (const file of readdirSync(planted, { recursive: true, encoding: 'utf8' })) {
      const found = path.join(planted, file);
      if (!statSync(found).isFile()) continue;
      const cached = readFileSync(found);
      // Of the header's words the second is the length of the source, and the fourth its checksum.
      if (cached.readUInt32LE(4) !== own.length) continue;
      cached.writeUInt32LE(crc32(own), 12);
      writeFileSync(found, cached);
    }
  });

  async function isRun(env: Readonly<Record<string, string>>): Promise<boolean> {
    await run(['--help'], { home, program, env: { MARK: mark, ...env } });
    return existsSync(mark);
  }

  function giveAway(directory: string): void {
    for (const file of ['', ...readdirSync(directory, { recursive: true, encoding: 'utf8' })])
      chownSync(path.join(directory, file), 54_321, 54_321);
  }

  it('would be run by who names its directory', async () => {
    expect(await isRun({ NODE_COMPILE_CACHE: planted })).toBe(true);
  });

  it('is not run from the shared temporary directory', async () => {
    const shared = temporaryDirectory();
    chmodSync(shared, 0o1777);
    cpSync(planted, path.join(shared, 'node-compile-cache'), { recursive: true });
    giveAway(path.join(shared, 'node-compile-cache'));
    expect(await isRun({ TMPDIR: shared })).toBe(false);
  });

  it('is not run from the cache directory', async () => {
    const caches = path.join(home, '.cache');
    mkdirSync(path.join(caches, 'keypair'), { recursive: true, mode: 0o700 });
    cpSync(planted, path.join(caches, 'keypair', 'compiled'), { recursive: true });
    giveAway(path.join(caches, 'keypair', 'compiled'));
    expect(await isRun({})).toBe(false);
  });
}

// Node 20 keeps no compiled code, and CI takes a skipped test for a failure.
if (ROOT && 'enableCompileCache' in module) describe('compiled code that another user has planted', plantedCode);

describe('a configuration that another user has planted', () => {
  let asked: number;
  let server: Server;
  let endpoint: string;
  let home: string;
  let config: string;
  beforeEach(async () => {
    asked = 0;
    server = createServer((_request, response) => {
      asked += 1;
      response.end('{"Response":{"RequestId":"r","KeyPairSet":[],"TotalCount":0}}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    endpoint = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    home = temporaryDirectory();
    config = path.join(home, '.config', 'keypair', 'config.json');
    mkdirSync(path.dirname(config), { recursive: true, mode: 0o700 });
    plantConfig(config, 0o644);
  });
  afterEach(() => {
    server.close();
  });

  function plantConfig(file: string, mode: number): void {
    const profile = { provider: 'tencent', region: 'ap-guangzhou', endpoint };
    writeFileSync(file, JSON.stringify({ profiles: { default: profile } }));
    chmodSync(file, mode);
  }

  async function list(env: Readonly<Record<string, string>> = {}): Promise<Run> {
    const signer = {
      TENCENTCLOUD_SECRET_ID: 'AKIDexample',
      TENCENTCLOUD_SECRET_KEY: 'Gu5t9xGARNpq86cd98joQYCN3',
    };
    return run(['list'], { home, env: { ...signer, ...env } });
  }

  async function refused(listing: Promise<Run>, ...words: readonly string[]): Promise<void> {
    const { exit, stderr } = await listing;
    for (const word of words) expect(stderr).toContain(word);
    expect(exit).toBe(2);
    expect(asked).toBe(0);
  }

  it('is obeyed where it is ours, also where others may read it', async () => {
    expect(await list()).toMatchObject({ exit: 0 });
    expect(asked).toBe(1);
  });

  it.runIf(ROOT)('is refused where the file is another user’s', async () => {
    chownSync(config, 54_321, 54_321);
    await refused(list(), `${config} belongs to another user`, `sudo chown "$(id -u)" ${config}`);
    expect(readdirSync(path.dirname(config))).toEqual(['config.json']);
  });

  it('is refused where others may write it', async () => {
    chmodSync(config, 0o666);
    await refused(list(), `others may change ${config}`, `chmod go-w ${config}`);
  });

  it('is refused where others may write in its directory, or above it', async () => {
    chmodSync(path.dirname(config), 0o777);
    await refused(list(), `chmod go-w ${path.dirname(config)}`);
    chmodSync(path.dirname(config), 0o700);
    chmodSync(path.join(home, '.config'), 0o777);
    await refused(list(), `chmod go-w ${path.join(home, '.config')}`);
  });

  it('is refused where XDG_CONFIG_HOME or a link leads to it', async () => {
    const open = temporaryDirectory();
    mkdirSync(path.join(open, 'keypair'));
    chmodSync(open, 0o777);
    plantConfig(path.join(open, 'keypair', 'config.json'), 0o600);
    await refused(list({ XDG_CONFIG_HOME: open }), `chmod go-w ${open}`, 'XDG_CONFIG_HOME');
    rmSync(config);
    symlinkSync(path.join(open, 'keypair', 'config.json'), config);
    await refused(list(), `chmod go-w ${open}`);
  });

  it('is named by doctor', async () => {
    chmodSync(config, 0o666);
    const { stdout, exit } = await run(['doctor', '--local-only'], { home });
    expect(stdout).toContain('others may change');
    expect(exit).not.toBe(0);
    expect(asked).toBe(0);
  });

  it.runIf(ROOT)('brings no login: a file of logins is refused like it', async () => {
    const logins = path.join(path.dirname(config), 'credentials');
    mkdirSync(logins, { mode: 0o700 });
    const file = path.join(logins, 'default.tencent.json');
    writeFileSync(file, JSON.stringify({ secretId: 'AKIDplanted', secretKey: 'planted' }), { mode: 0o600 });
    const profile = { provider: 'tencent', region: 'ap-guangzhou', endpoint, logins: { tencent: 'file' } };
    writeFileSync(config, JSON.stringify({ profiles: { default: profile } }));
    chownSync(file, 54_321, 54_321);
    await refused(run(['list'], { home }), `${file} belongs to another user`);
  });
});

describe('a module that somebody has planted above the program', () => {
  // The process that asks the keychain gets few variables, and none of a test.
  const keytar = (): string => `
    require('node:fs').writeFileSync(${JSON.stringify(mark)}, 'loaded');
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
    const options = { home, env, program: path.join(directory, 'bin', 'keypair.js') };
    await run(['auth', 'status', '-p', 'tencent'], options);
  }

  function plant(directory: string): void {
    const folder = path.join(directory, 'keytar');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'index.js'), keytar());
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
