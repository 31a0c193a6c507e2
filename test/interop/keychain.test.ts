import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { inSession, keypairInSession, type SessionOptions } from '../support/secret-service.ts';
import { serveSandbox } from '../support/served.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const ID = 'AKIDexampleexample00000WXYZ';
const SECRET = 'Gu5t9xGARNpq86cd98joQYCN3EXAMPLE';
const LOGIN = ['auth', 'login', '-p', 'tencent', '--secret-id', ID, '--secret-stdin', '--no-check'];
const LOOKUP = ['secret-tool', 'lookup', 'service', 'keypair', 'account', 'default/tencent'];
const STORED = JSON.stringify({ id: ID, secret: SECRET, token: null });

/** Every file below a directory that holds this text. The keyring's own directories and sockets come and go meanwhile. */
function filesWith(directory: string, text: string): readonly string[] {
  return entriesOf(directory).flatMap((entry) => {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) return filesWith(file, text);
    return entry.isFile() && contentOf(file).includes(text) ? [file] : [];
  });
}

function entriesOf(directory: string): readonly Dirent[] {
  return orGone(() => readdirSync(directory, { withFileTypes: true }), []);
}

function contentOf(file: string): Buffer {
  return orGone(() => readFileSync(file), Buffer.alloc(0));
}

/** What is read from the disk, or this in its place where it has gone. */
function orGone<T>(read: () => T, instead: T): T {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return instead;
    throw error;
  }
}

function processes(): readonly string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
}

/** What proc(5) tells of a process; nothing where it has gone. */
function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

describe('the keychain of a Linux desktop', () => {
  let home: string;
  let unlocked: SessionOptions;
  let locked: SessionOptions;
  beforeEach(() => {
    home = temporaryDirectory();
    unlocked = { home, keyring: 'unlocked' };
    locked = { home, keyring: 'locked' };
  });

  async function loggedIn(): Promise<void> {
    const { exit, stdout, stderr } = await keypairInSession(LOGIN, { ...unlocked, input: `${SECRET}\n` });
    expect(exit, stderr).toBe(0);
    expect(stdout).toBe('logged in to Tencent Cloud: AKID…WXYZ, kept in keychain (profile default)\n');
    expect(stdout + stderr).not.toContain(SECRET);
  }

  it('takes a login, which other programs see too, and gives it up again', async () => {
    await loggedIn();
    expect((await inSession(LOOKUP, unlocked)).stdout).toBe(STORED);

    const status = await keypairInSession(['auth', 'status', '-p', 'lighthouse', '--json'], unlocked);
    expect(status.exit).toBe(0);
    expect(JSON.parse(status.stdout)).toMatchObject([
      { provider: 'lighthouse', found: true, source: 'keychain (profile default)', id: 'AKID…WXYZ' },
    ]);
    expect(status.stdout + status.stderr).not.toContain(SECRET);

    const logout = await keypairInSession(['auth', 'logout', '-p', 'tencent', '--yes'], unlocked);
    expect(logout.exit, logout.stderr).toBe(0);
    expect(await inSession(LOOKUP, unlocked)).toMatchObject({ exit: 1, stdout: '' });
    expect((await keypairInSession(['auth', 'logout', '-p', 'tencent', '--yes'], unlocked)).exit).toBe(3);
  });

  it('leaves the secret in no file in clear', async () => {
    await loggedIn();
    const keyring = path.join(home, '.local/share/keyrings/login.keyring');
    expect(statSync(keyring).size).toBeGreaterThan(200);
    expect(filesWith(home, SECRET)).toEqual([]);
    expect(filesWith(home, '"keychain"')).toHaveLength(1);
  });

  it('serves every command after a login that the cloud has checked, and none after the logout', async () => {
    const served = await serveSandbox();
    try {
      const { secretId, secretKey } = served.sandbox.credentials;
      const at = ['--endpoint', served.env['KEYPAIR_ENDPOINT'] ?? ''];
      const login = ['auth', 'login', '-p', 'tencent', '--secret-id', secretId, '--secret-stdin', ...at];
      const wrong = await keypairInSession(login, { ...unlocked, input: 'notTheSecretOfThisKey000' });
      expect(wrong.exit).toBe(4);
      expect(wrong.stderr).toContain('keypair: hint: nothing was stored\n');
      expect((await inSession(LOOKUP, unlocked)).exit).toBe(1);

      const right = await keypairInSession(login, { ...unlocked, input: secretKey });
      expect(right.exit, right.stderr).toBe(0);
      expect(right.stdout).toContain('logged in to Tencent Cloud, account 100000000001');
      const create = await keypairInSession(['create', '-p', 'tencent', '--name', 'kept', '-q', ...at], unlocked);
      expect(create.exit, create.stderr).toBe(0);
      for (const [provider, names] of [
        ['tencent', 'kept\n'],
        ['lighthouse', ''],
      ] as const) {
        const list = await keypairInSession(['list', '-p', provider, '-q', ...at], unlocked);
        expect(list).toEqual({ exit: 0, stdout: names, stderr: '' });
      }
      const status = await keypairInSession(['auth', 'status', '-p', 'tencent', '--check', '--json', ...at], unlocked);
      expect(JSON.parse(status.stdout)).toMatchObject([
        { found: true, works: true, account: '100000000001', source: 'keychain (profile default)' },
      ]);

      const logout = await keypairInSession(['auth', 'logout', '-p', 'tencent', '--yes'], unlocked);
      expect(logout.exit, logout.stderr).toBe(0);
      const after = await keypairInSession(['list', '-p', 'tencent', ...at], unlocked);
      expect(after.exit).toBe(4);
      expect(after.stderr).toContain('no credentials for Tencent Cloud CVM');
      for (const { stdout, stderr } of [wrong, right, create, status, logout, after]) {
        expect(stdout + stderr).not.toContain(secretKey);
      }
      expect(filesWith(home, secretKey)).toEqual([]);
    } finally {
      await served.close();
    }
  }, 60_000);

  it('replaces an earlier login', async () => {
    await loggedIn();
    const again = await keypairInSession(LOGIN, { ...unlocked, input: 'another' });
    expect(again.exit).toBe(0);
    expect((await inSession(LOOKUP, unlocked)).stdout).toContain('"secret":"another"');
  });

  it('keeps the logins of two profiles apart', async () => {
    await loggedIn();
    const work = await keypairInSession([...LOGIN, '--profile', 'work'], { ...unlocked, input: 'another' });
    expect(work.exit).toBe(0);
    expect((await inSession(LOOKUP, unlocked)).stdout).toBe(STORED);
    expect((await inSession([...LOOKUP.slice(0, -1), 'work/tencent'], unlocked)).stdout).toContain('another');
  });

  it('loses what it held when the login moves to a file', async () => {
    await loggedIn();
    const moved = await keypairInSession([...LOGIN, '--store', 'file', '--insecure-plaintext'], {
      ...unlocked,
      input: SECRET,
    });
    expect(moved.exit, moved.stderr).toBe(0);
    expect((await inSession(LOOKUP, unlocked)).exit).toBe(1);
    expect(filesWith(home, SECRET)).toEqual([path.join(home, '.config/keypair/credentials/default.tencent.json')]);
  });

  it('says that it is locked, and what to do, where nobody can be asked for its password', async () => {
    await loggedIn();
    const login = await keypairInSession(LOGIN, { ...locked, input: 'another' });
    expect(login.exit).toBe(6);
    expect(login.stderr).toContain('keypair: error: the keychain is locked');
    expect(login.stderr).toContain('gnome-keyring-daemon --unlock');
    const status = await keypairInSession(['auth', 'status', '-p', 'tencent'], locked);
    expect(status.exit).toBe(6);
    expect(status.stdout).toContain('keychain (profile default) is locked, or its entry is gone');
  });

  it('does not take a locked keyring for an empty one at logout', async () => {
    await loggedIn();
    const logout = await keypairInSession(['auth', 'logout', '-p', 'tencent', '--yes'], locked);
    expect(logout.exit).toBe(6);
    expect(logout.stderr).toContain('the keychain is locked');
    expect((await inSession(LOOKUP, unlocked)).stdout).toBe(STORED);
    expect((await keypairInSession(['auth', 'logout', '-p', 'tencent', '--yes'], unlocked)).exit).toBe(0);
  });

  it('is not waited for when nobody types its password', async () => {
    await loggedIn();
    const before = Date.now();
    const login = await keypairInSession(LOGIN, { ...locked, prompter: 'silent', input: 'another' });
    expect(login.exit).toBe(6);
    expect(login.stderr).toContain('the keychain did not answer within 5 seconds: it may be locked');
    expect(Date.now() - before).toBeLessThan(15_000);
  });

  it('is asked by a process that has no secret it does not need, no core dump and no debugger', async () => {
    await loggedIn();
    const env = {
      TENCENTCLOUD_SESSION_TOKEN: 'a-token-that-nobody-needs-there',
      HTTPS_PROXY: 'http://user:a-password@127.0.0.1:9',
      NODE_DEBUG: '*',
      NODE_OPTIONS: '--no-warnings',
    };
    const options = { ...locked, prompter: 'silent', input: 'another', env } as const;
    const end = keypairInSession(LOGIN, options);
    let asks: string | undefined;
    while (asks === undefined) {
      await setTimeout(50);
      asks = processes().find((pid) => {
        const [command, own] = [read(pid, 'cmdline'), read(pid, 'environ')];
        return command.includes('keychain-process.js') && own.split('\0').includes(`HOME=${home}`);
      });
    }
    const told = `${read(asks, 'cmdline')}\0${read(asks, 'environ')}`;
    expect(told).toContain('DBUS_SESSION_BUS_ADDRESS=');
    expect(told).not.toMatch(/another|token|password|NODE_DEBUG|NODE_OPTIONS=-/);
    expect(parseInt(read(asks, 'coredump_filter'), 16)).toBe(0x10);
    // It waits in the call by now.
    await setTimeout(500);
    process.kill(Number(asks), 'SIGUSR1');
    await setTimeout(300);
    expect(/^\s*\d+: 0100007F:240D /m.test(readFileSync(`/proc/${asks}/net/tcp`, 'utf8'))).toBe(false);
    const { exit, stderr } = await end;
    expect([exit, stderr]).toEqual([6, expect.stringContaining('did not answer within 5 seconds')]);
    expect(stderr).not.toMatch(/another|NET \d+|CHILD_PROCESS/);
  }, 60_000);

  it('is let go of at an interrupt', async () => {
    await loggedIn();
    const before = Date.now();
    const options = { ...locked, prompter: 'silent', input: 'another', endAfter: 2 } as const;
    const { exit, stderr } = await keypairInSession(LOGIN, options);
    expect(exit, stderr).toBe(130);
    expect(Date.now() - before).toBeLessThan(5_000);
  });

  it('is told from a session in which nobody keeps secrets', async () => {
    const { exit, stderr } = await keypairInSession(LOGIN, { home, keyring: 'none', input: SECRET });
    expect(exit).toBe(4);
    expect(stderr).toContain('no keychain can be reached: no service in this D-Bus session stores secrets');
    expect(filesWith(home, SECRET)).toEqual([]);
  });
});
