import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { COMMAND, ended, type Run, run, start } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';

describe('in a working directory that is gone', () => {
  const GONE = `mkdir gone && cd gone && rmdir ../gone && exec "$0" "$@"`;
  function gone(home: string, ...args: readonly string[]): Promise<Run> {
    return goneWith({ KEYPAIR_SANDBOX: '1', KEYPAIR_PROVIDER: 'tencent' }, home, ...args);
  }
  function goneWith(more: Readonly<Record<string, string>>, home: string, ...args: readonly string[]): Promise<Run> {
    const env = { PATH: process.env['PATH'], HOME: home, ...more };
    return ended(spawn('sh', ['-c', GONE, ...COMMAND, ...args], { cwd: home, env }));
  }

  it('absolute paths work', async () => {
    const home = temporaryDirectory();
    expect(await gone(home, 'create', '--name', 'foo', '--key-dir', path.join(home, 'keys'))).toMatchObject({
      exit: 0,
    });
    expect(await gone(home, 'create', '--name', 'bar', '--output', path.join(home, 'bar'))).toMatchObject({
      exit: 0,
    });
    expect(await gone(home, 'fingerprint', path.join(home, 'bar.pub'))).toMatchObject({ exit: 0 });
    expect(await gone(home, 'config', 'set', 'key-dir', path.join(home, 'keys'))).toMatchObject({ exit: 0 });
    expect(await gone(home, 'create', '--name', 'baz')).toMatchObject({ exit: 0 });
    const none = await gone(home, 'show', 'qux');
    expect(none.stderr).toContain('no key pair qux');
    expect(none.exit).toBe(3);
  });

  it.each([
    ['tencent', 'TENCENTCLOUD_CREDENTIALS_FILE'],
    ['tencent', 'TENCENTCLOUD_SHARED_CREDENTIALS_DIR'],
    ['aliyun', 'ALIBABA_CLOUD_CREDENTIALS_FILE'],
    ['aliyun', 'ALICLOUD_SHARED_CREDENTIALS_FILE'],
  ])('a vendor’s file with a relative path is not there, and nothing crashes (%s, %s)', async (provider, name) => {
    const home = temporaryDirectory();
    for (const args of [['list'], ['auth', 'status'], ['doctor', '--local-only']]) {
      const { exit, stdout, stderr } = await goneWith({ [name]: 'mine' }, home, ...args, '-p', provider);
      expect(`${stdout}${stderr}`, args.join(' ')).not.toMatch(/unexpected error|working directory/);
      expect([0, 1, 2, 4], stderr).toContain(exit);
    }
    const { exit, stderr } = await goneWith({ [name]: 'mine' }, home, 'list', '-p', provider);
    expect(stderr).toMatch(/error: (?:no credentials for|cannot read the region from mine)/);
    expect([2, 4]).toContain(exit);
  });

  it('a relative one is refused in a sentence', async () => {
    const { exit, stderr } = await gone(temporaryDirectory(), 'create', '--name', 'foo', '--key-dir', 'keys');
    expect(stderr).toContain('keypair: error: the working directory is gone\nkeypair: hint: ');
    expect(exit).toBe(2);
  });
});

describe('a FIFO in the place of a file', () => {
  function fifo(): { readonly home: string; readonly file: string } {
    const home = temporaryDirectory();
    const file = path.join(home, 'fifo');
    execFileSync('mkfifo', [file]);
    return { home, file };
  }

  it.each([['fingerprint'], ['import', '--sandbox', '-p', 'tencent', '--name', 'foo']])(
    'ends with SIGTERM while nobody writes (%s)',
    async (...args) => {
      const { home, file } = fifo();
      const child = start([...args, file], { home });
      const end = ended(child);
      await setTimeout(2_000);
      child.kill('SIGTERM');
      expect(await end).toMatchObject({ exit: 130 });
    },
  );

  it.each([
    '.config/keypair/config.json',
    '.tccli/default.credential',
    '.tccli/default.configure',
    '.tencentcloud/credentials',
    '.aliyun/config.json',
    '.alibabacloud/credentials',
    '.ssh/foo',
    '.ssh/foo.pub',
  ])(
    'neither holds up nor breaks a command that looks at it unasked (%s)',
    async (name) => {
      const home = temporaryDirectory();
      mkdirSync(path.dirname(path.join(home, name)), { recursive: true, mode: 0o700 });
      execFileSync('mkfifo', ['-m', '600', path.join(home, name)]);
      for (const args of [
        ['list', '-p', 'tencent'],
        ['list', '-p', 'aliyun'],
        ['ensure', '--sandbox', '-p', 'tencent', '--name', 'foo'],
        ['doctor', '--local-only'],
        ['fingerprint', '--json', path.join(home, 'absent')],
      ]) {
        const child = start(args, { home });
        const late = globalThis.setTimeout(() => child.kill('SIGKILL'), 20_000);
        const { exit, stdout, stderr } = await ended(child);
        clearTimeout(late);
        expect(`${stdout}${stderr}`, args.join(' ')).not.toContain('unexpected error');
        // Ended by itself, and not by the signal.
        expect([0, 1, 2, 3, 4, 5], `${args.join(' ')}\n${stderr}`).toContain(exit);
      }
    },
    120_000,
  );

  it('gives what is written to it later, in pieces', async () => {
    const { home, file } = fifo();
    expect(await run(['create', '--sandbox', '-p', 'tencent', '--name', 'foo'], { home })).toMatchObject({
      exit: 0,
    });
    const end = run(['fingerprint', file], { home });
    const script = `exec 3>"$2"; sleep 1; head -c 20 "$1" >&3; sleep 1; tail -c +21 "$1" >&3`;
    await ended(spawn('sh', ['-c', script, 'sh', path.join(home, '.ssh', 'foo.pub'), file]));
    expect(await end).toMatchObject({ exit: 0, stdout: expect.stringContaining('SHA256:') as string });
  });

  it('ends where the shell’s pipe has nothing in it', async () => {
    const { home } = fifo();
    const line = `: | "$0" "$@" /dev/stdin`;
    const end = ended(spawn('sh', ['-c', line, ...COMMAND, 'fingerprint'], { env: { HOME: home } }));
    const { exit, stderr } = await end;
    expect(stderr).toContain('keypair: error: ');
    expect(exit).toBe(2);
  });

  it('a device that never ends is refused', async () => {
    const { exit, stderr } = await run(['fingerprint', '/dev/zero'], { home: temporaryDirectory() });
    expect(stderr).toContain('KiB: it is no key file');
    expect(exit).toBe(2);
  });
});
