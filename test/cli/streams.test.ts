import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { KEYS, keypairOnTerminal } from '../support/terminal.ts';
import { COMMAND, ended, run, start } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJvMPOIXBmXJqo/ULyAE3LmE9PmEjhaG7hpOeLoMcCwu me@here\n';
const SHA256 = /^256 SHA256:\S{43} me@here \(ED25519\)\n/;

describe('standard streams', () => {
  it('end a pipe early without a word', () => {
    const home = temporaryDirectory();
    const script = `"$0" "$@" | head -n 1; echo "$?"`;
    const env = { PATH: process.env['PATH'], HOME: home };
    const printed = execFileSync('sh', ['-c', script, ...COMMAND, 'regions'], {
      env,
      encoding: 'utf8',
    });
    expect(printed).toMatch(/^tencent\t\S+\t.*\n0\n$/);
  });

  it('say what prevents the result from being written', async () => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(COMMAND[0], [...COMMAND.slice(1), 'providers'], {
      stdio: ['ignore', full, 'pipe'],
      env: {},
    });
    const { exit, stderr } = await ended(child);
    closeSync(full);
    expect(exit).toBe(1);
    expect(stderr).toBe('keypair: error: the result could not be written (ENOSPC)\n');
  });

  it('take a result of any length through a slow reader', async () => {
    const home = temporaryDirectory();
    writeFileSync(path.join(home, 'key.pub'), KEY);
    const child = start(['fingerprint', '--all', ...Array<string>(500).fill('key.pub')], { home });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { stdout, exit } = await ended(child);
    expect(exit).toBe(0);
    expect(stdout.match(/^SHA256 of the public key/gm)).toHaveLength(1000);
    expect(stdout.length).toBeGreaterThan(200_000);
  });

  it('take it through a pipe that somebody made non-blocking', async () => {
    const home = temporaryDirectory();
    const fifo = path.join(home, 'fifo');
    execFileSync('mkfifo', [fifo]);
    writeFileSync(path.join(home, 'key.pub'), KEY);
    // Two openings, since a flag of the one would be the other's as well.
    const reading = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const writing = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
    const [file, ...args] = [...COMMAND, 'fingerprint', '--all', ...Array<string>(500).fill('key.pub')];
    const child = spawn(file, args, {
      cwd: home,
      stdio: ['ignore', writing, 'pipe'],
      env: { HOME: home },
    });
    const done = ended(child);
    let text = '';
    closeSync(writing);
    for (const chunk = Buffer.alloc(10_000); ;) {
      try {
        const length = readSync(reading, chunk);
        if (length === 0) break;
        text += chunk.toString('utf8', 0, length);
      } catch {
        // Nothing to read yet.
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    closeSync(reading);
    expect(await done).toMatchObject({ exit: 0, stderr: '' });
    expect(text.match(/^SHA256 of the public key/gm)).toHaveLength(1000);
  });

  it('read stdin where - is given, and only there', async () => {
    const home = temporaryDirectory();
    expect((await run(['fingerprint', '-'], { home, input: KEY })).stdout).toMatch(SHA256);
    // Stdin stays open and silent here: a command that waited for it would never end.
    expect((await run(['regions', '-q', '-p', 'lighthouse'], { home })).exit).toBe(0);
    expect((await run(['create'], { home })).exit).toBe(2);
  });

  it('leave the stdin of a shell’s loop alone', () => {
    const home = temporaryDirectory();
    const script = `printf 'a1\\nb2\\nc3\\n' | while read -r name; do
      "$0" "$@" create --sandbox -p tencent --name "$name" -q || exit 9; done`;
    const env = { PATH: process.env['PATH'], HOME: home };
    const printed = execFileSync('sh', ['-c', script, ...COMMAND], { env, encoding: 'utf8' });
    expect(
      printed
        .trim()
        .split('\n')
        .map((file) => file.split('/').pop()),
    ).toEqual(['a1', 'b2', 'c3']);
  });

  it('let Ctrl-C end the reading of stdin', async () => {
    const terminal = keypairOnTerminal(['fingerprint', '-'], { home: temporaryDirectory() });
    await new Promise((resolve) => setTimeout(resolve, 400));
    terminal.type(KEYS.ctrlC);
    expect(await terminal.ended()).toBe(130);
    expect(terminal.screen()).toContain('cancelled');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('let a %s end a served sandbox in order', async (signal) => {
    const child = start(['sandbox', 'serve', '--json'], { home: temporaryDirectory() });
    const done = ended(child);
    const line = await new Promise<string>((resolve) =>
      child.stdout?.once('data', (text: string) => {
        resolve(text);
      }),
    );
    expect(JSON.parse(line)).toMatchObject({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
      credentials: { secretId: expect.any(String) as string, secretKey: expect.any(String) as string },
    });
    child.kill(signal);
    expect((await done).exit).toBe(0);
  });
});
