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
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import module from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installedProgram } from '../support/installed.ts';
import { PROGRAM, run, type Run } from '../support/program.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';

const ROOT = process.getuid?.() === 0;

describe('the file of the CA that serve --tls tells clients to trust', () => {
  it('is written nowhere if others may write beside it: one could put another in its place', async () => {
    const home = temporaryDirectory();
    const state = path.join(home, '.local/state/keypair/sandbox');
    mkdirSync(state, { recursive: true });
    chmodSync(state, 0o777);
    for (const flag of ['--tls', '--run-commands']) {
      const { exit, stderr } = await run(['sandbox', 'serve', flag, '--json'], { home });
      expect([exit, stderr]).toEqual([2, expect.stringContaining('everybody may write in ')]);
    }
    expect(readdirSync(state)).toEqual([]);
  });
});

describe('compiled code', () => {
  let home: string;
  let caches: string;
  let compiled: string;
  beforeEach(() => {
    home = temporaryDirectory();
    caches = path.join(home, '.cache');
    compiled = path.join(caches, 'keypair', 'compiled');
    mkdirSync(caches, { mode: 0o700 });
  });

  /** Whether a run keeps compiled code below the user's caches. */
  async function keeps(env: Readonly<Record<string, string>> = {}): Promise<boolean> {
    const { exit, stderr } = await run(['--help'], { home, env });
    expect(exit, stderr).toBe(0);
    return existsSync(path.join(env['XDG_CACHE_HOME'] ?? caches, 'keypair', 'compiled'));
  }

  function keptFiles(): readonly string[] {
    return readdirSync(compiled).map((name) => path.join(compiled, name));
  }

  it('is never looked for in the shared temporary directory', async () => {
    const shared = temporaryDirectory();
    chmodSync(shared, 0o1777);
    await keeps({ TMPDIR: shared, TMP: shared, TEMP: shared });
    expect(readdirSync(shared)).toEqual([]);
  });

  it('is kept in a directory of the user alone', async () => {
    expect(await keeps()).toBe(true);
    expect(modeOf(compiled)).toBe(0o700);
    expect(new Set(keptFiles().map(modeOf))).toEqual(new Set([0o600]));
  });

  it.each([0o770, 0o777])('is kept nowhere if others may write (0%o)', async (mode) => {
    chmodSync(caches, mode);
    expect(await keeps()).toBe(false);
  });

  it('is kept nowhere if others may write above', async () => {
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

  it('is not needed', async () => {
    mkdirSync(path.dirname(compiled), { mode: 0o700 });
    writeFileSync(compiled, 'in the way');
    expect(await keeps()).toBe(true);
    expect(readFileSync(compiled, 'utf8')).toBe('in the way');
    rmSync(compiled);
    expect(await keeps({ NODE_DISABLE_COMPILE_CACHE: '1' })).toBe(false);
  });

  it('is written once by many processes, and not again', async () => {
    await Promise.all(Array.from({ length: 6 }, () => keeps()));
    const files = keptFiles();
    expect(files.filter((file) => file.endsWith('.new'))).toEqual([]);
    expect(files.length).toBeGreaterThan(1);
    const before = files.map((file) => statSync(file).ino);
    await keeps();
    expect(keptFiles().map((file) => statSync(file).ino)).toEqual(before);
  });

  it('is made anew if it is damaged', async () => {
    await keeps();
    const [file = ''] = keptFiles();
    const good = readFileSync(file);
    const damages: readonly ((content: Buffer) => Buffer)[] = [
      ...[0, 40, 500, 5000, good.length / 2 + 700, good.length - 1].map((at) => (content: Buffer) => {
        content[at]! ^= 0x10;
        return content;
      }),
      (content) => content.subarray(0, content.length / 3),
      (content) => Buffer.alloc(content.length),
      () => Buffer.alloc(0),
    ];
    for (const damage of damages) {
      const damaged = damage(Buffer.from(good));
      writeFileSync(file, damaged);
      await keeps();
      const content = readFileSync(file);
      expect(content.equals(damaged)).toBe(false);
      expect(content.subarray(0, content.length / 2).equals(content.subarray(content.length / 2))).toBe(true);
    }
  });

  it('of other versions is removed after a month, what a killed process began after a minute', async () => {
    await keeps();
    const ours = `start-${'0'.repeat(16)}-v20`;
    const files: readonly (readonly [name: string, ageMs: number, stays: boolean])[] = [
      [`${ours}-old`, 31 * 24 * 3_600_000, false],
      [`${ours}-begun.new`, 61_000, false],
      [`${ours}-future.new`, -3_600_000, false],
      [`${ours}-young`, 0, true],
      ['notes', 31 * 24 * 3_600_000, true],
    ];
    for (const [name, ageMs] of files) {
      writeFileSync(path.join(compiled, name), '');
      utimesSync(path.join(compiled, name), new Date(), new Date(Date.now() - ageMs));
    }
    const { exit, stderr } = await run(['providers'], { home });
    expect(exit, stderr).toBe(0);
    for (const [name, , stays] of files) expect(existsSync(path.join(compiled, name)), name).toBe(stays);
  });

  it('is no reason for a run to fail: its directory goes while the program runs', async () => {
    await keeps();
    const hook = path.join(home, 'hook.cjs');
    const remove = `require('fs').rmSync(${JSON.stringify(compiled)}, { recursive: true })`;
    writeFileSync(hook, `process.on('exit', () => ${remove});`);
    const { exit, stderr } = await run(['providers'], { home, env: { NODE_OPTIONS: `-r ${hook}` } });
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  });

  it('is not waited for: a FIFO in its place', async () => {
    await keeps();
    for (const file of keptFiles()) {
      rmSync(file);
      execFileSync('mkfifo', ['-m', '600', file]);
    }
    expect(await keeps()).toBe(true);
  });
});

describe.runIf(ROOT)('compiled code that another user has planted', () => {
  let home: string;
  let mark: string;
  let program: string;
  let compiled: string;
  /** Code in the place of the program's first pack that leaves a mark: V8 takes it for the pack's, by its length. */
  beforeEach(async () => {
    home = temporaryDirectory();
    mark = path.join(home, 'mark');
    compiled = path.join(home, '.cache', 'keypair', 'compiled');
    mkdirSync(path.dirname(path.dirname(compiled)), { mode: 0o700 });
    const installed = path.join(home, 'keypair');
    cpSync(path.dirname(path.dirname(installedProgram(null))), installed, { recursive: true });
    program = path.join(installed, 'bin', 'keypair.js');
    const dist = path.join(installed, 'dist');
    const pack = path.join(dist, readdirSync(dist).find((name) => name.startsWith('start-')) ?? '');
    const own = readFileSync(pack);
    const leaveMark = `(function () {
      process.mainModule.require('fs').writeFileSync(process.env.MARK, '');
      return { 'main.js': (exports) => { exports.main = () => undefined; } };
    })`;
    writeFileSync(pack, leaveMark.padEnd(own.length));
    await run(['--help'], { home, program, env: { MARK: mark } });
    rmSync(mark);
    writeFileSync(pack, own);
  });

  async function isRun(env: Readonly<Record<string, string>> = {}): Promise<boolean> {
    await run(['--help'], { home, program, env: { MARK: mark, ...env } });
    return existsSync(mark);
  }

  function giveAway(...files: readonly string[]): void {
    for (const file of files) chownSync(file, 54_321, 54_321);
  }

  it('would be run if the user had written it', async () => {
    expect(await isRun()).toBe(true);
  });

  it('is not run from a directory of another user', async () => {
    giveAway(compiled);
    expect(await isRun()).toBe(false);
  });

  it('is not run if another user owns the file, or may write it', async () => {
    const files = readdirSync(compiled).map((name) => path.join(compiled, name));
    for (const file of files) chmodSync(file, 0o666);
    expect(await isRun()).toBe(false);
    expect(new Set(files.map(modeOf))).toEqual(new Set([0o600]));
  });

  it('is not run from a directory above which others may write', async () => {
    chmodSync(path.dirname(compiled), 0o777);
    expect(await isRun()).toBe(false);
  });

  it('is not run from where a link leads that another user turns between two looks', async () => {
    const open = temporaryDirectory();
    chmodSync(open, 0o777);
    const evil = path.join(open, 'evil');
    cpSync(path.join(home, '.cache'), evil, { recursive: true });
    const link = path.join(open, 'link');
    symlinkSync(path.join(home, '.cache'), link);
    const hook = path.join(home, 'hook.cjs');
    writeFileSync(
      hook,
      `const fs = require('fs');
      const { lstatSync } = fs;
      fs.lstatSync = (file) => {
        const found = lstatSync(file);
        if (!fs.readlinkSync('${link}').endsWith('evil')) {
          fs.unlinkSync('${link}');
          fs.symlinkSync('${evil}', '${link}');
        }
        return found;
      };`,
    );
    // Code is kept by Node's flags, too: it is planted under the name that this run looks for.
    const flags = `-r ${hook}`;
    const hex = Buffer.from(flags).toString('hex');
    const planted = path.join(evil, 'keypair', 'compiled');
    for (const name of readdirSync(planted)) cpSync(path.join(planted, name), path.join(planted, name + hex));
    rmSync(compiled, { recursive: true });
    await run(['--help'], { home, program, env: { XDG_CACHE_HOME: path.join(home, '.cache'), NODE_OPTIONS: flags } });
    expect(readdirSync(compiled).length).toBeGreaterThan(0);
    rmSync(link);
    symlinkSync(path.join(home, '.cache'), link);
    expect(await isRun({ XDG_CACHE_HOME: link, NODE_OPTIONS: flags })).toBe(false);
  });

  it('is not run from where a link leads', async () => {
    const open = temporaryDirectory();
    chmodSync(open, 0o777);
    cpSync(compiled, path.join(open, 'compiled'), { recursive: true });
    chmodSync(path.join(open, 'compiled'), 0o700);
    rmSync(compiled, { recursive: true });
    symlinkSync(path.join(open, 'compiled'), compiled);
    expect(await isRun()).toBe(false);
  });
});

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
    const bare = asked.filter((name) => !/^[#.]/.test(name) && !module.isBuiltin(name));
    expect(bare).toEqual([]);
  });
});
