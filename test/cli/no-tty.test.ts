import { spawn, spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CommandSpec } from '../../src/cli/spec.ts';
import { COMMANDS } from '../../src/commands/index.ts';
import { COMMAND, ended, run, type Run, start } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const KEY =
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDP0Yw2T4itUKOJQIK69c1Asy1UO88cxEbujR5Jbr0e/Ey1v4ZKAUzDnsBnFlf4hKPA1YvMB8RBYj4GcLtM7PrKnBNNram8rgl73X/klOO8oqKv+J/XUA7KHH1Y6wcn1RTRTMdDHbGhW1q/UpfeylNTbf+wEIWhEfaL5FKQm4hqCw== me\n';

/** A command line, and the exit code that it has however its streams are. */
interface Case {
  readonly args: readonly string[];
  readonly exit: number;
}

const TENCENT = ['--sandbox', '-p', 'tencent'];

/** Whether this machine has OpenSSH's client: some commands say so if it has not. */
const OPENSSH = spawnSync('ssh', ['-V']).error === undefined;

/**
 * One for each command, by its words; where there is a question on a terminal, one that would ask it. The home has a
 * pair `foo`, a pair `tied` on ins-sandbox3, a public key and a profile.
 */
const CASES: Readonly<Record<string, readonly Case[]>> = {
  create: [
    { args: [...TENCENT, '--name', 'new'], exit: 0 },
    { args: ['--sandbox'], exit: 2 },
  ],
  import: [{ args: [...TENCENT, '--name', 'mine', 'key.pub'], exit: 0 }],
  ensure: [{ args: [...TENCENT, '--name', 'foo'], exit: 0 }],
  list: [{ args: TENCENT, exit: 0 }],
  instances: [{ args: TENCENT, exit: 0 }],
  show: [{ args: [...TENCENT, 'foo'], exit: 0 }],
  ssh: [
    { args: [...TENCENT, 'web-1', '--key', 'foo', '--print'], exit: 0 },
    { args: TENCENT, exit: 2 },
  ],
  'ssh-config print': [{ args: TENCENT, exit: OPENSSH ? 0 : 3 }],
  'ssh-config install': [{ args: TENCENT, exit: 2 }],
  'ssh-config remove': [{ args: [], exit: 0 }],
  doctor: [{ args: TENCENT, exit: 0 }],
  update: [{ args: [...TENCENT, 'foo', '--rename', 'bar'], exit: 0 }],
  attach: [
    { args: [...TENCENT, 'foo', 'ins-sandbox3', '--yes'], exit: 0 },
    { args: [...TENCENT, 'foo', 'ins-sandbox3'], exit: 2 },
  ],
  detach: [
    { args: [...TENCENT, 'tied', 'ins-sandbox3', '--yes'], exit: 0 },
    { args: [...TENCENT, 'tied', 'ins-sandbox3'], exit: 2 },
  ],
  authorize: [
    { args: [...TENCENT, 'foo', 'web-1', '--dry-run'], exit: 0 },
    { args: [...TENCENT, 'foo'], exit: 2 },
  ],
  revoke: [
    { args: [...TENCENT, 'foo', 'web-1', '--yes', '--dry-run'], exit: 0 },
    { args: [...TENCENT, 'foo', 'web-1'], exit: 2 },
  ],
  rotate: [{ args: [...TENCENT, 'foo'], exit: 2 }],
  delete: [
    { args: [...TENCENT, 'foo', '--yes'], exit: 0 },
    { args: [...TENCENT, 'foo'], exit: 2 },
  ],
  fingerprint: [{ args: ['key.pub'], exit: 0 }],
  export: [
    { args: ['foo', '--format', 'ppk', '--yes'], exit: 0 },
    { args: ['foo', '--format', 'ppk'], exit: 2 },
  ],
  passphrase: [
    { args: ['foo', '--dry-run'], exit: 0 },
    { args: ['foo'], exit: 2 },
  ],
  'agent add': [
    { args: ['foo', '--dry-run'], exit: 0 },
    { args: [], exit: 2 },
  ],
  'agent remove': [{ args: ['foo'], exit: OPENSSH ? 6 : 3 }],
  regions: [{ args: [], exit: 0 }],
  providers: [{ args: [], exit: 0 }],
  'auth login': [{ args: ['-p', 'tencent', '--secret-id', 'AKIDx'], exit: 2 }],
  'auth status': [{ args: TENCENT, exit: 0 }],
  'auth logout': [{ args: ['-p', 'tencent'], exit: 2 }],
  'config list': [{ args: [], exit: 0 }],
  'config get': [{ args: ['region'], exit: 0 }],
  'config set': [{ args: ['region', 'ap-beijing'], exit: 0 }],
  'config unset': [{ args: ['region'], exit: 0 }],
  'config path': [{ args: [], exit: 0 }],
  'trash list': [{ args: [], exit: 0 }],
  'trash restore': [{ args: ['gone'], exit: 3 }],
  'trash empty': [{ args: [], exit: 0 }],
  'sandbox reset': [{ args: [], exit: 0 }],
  'sandbox status': [{ args: [], exit: 0 }],
  'completion bash': [{ args: [], exit: 0 }],
  'completion zsh': [{ args: [], exit: 0 }],
  'completion fish': [{ args: [], exit: 0 }],
  'completion powershell': [{ args: [], exit: 0 }],
};

/** Ends by a signal only: see below. */
const SERVING = 'sandbox serve';

/** Ways to call `"$@"` from a shell, and whether what it writes can be seen. `code` is the file for its exit code. */
const WAYS: readonly (readonly [title: string, script: string])[] = [
  ['stdin is /dev/null', '"$@" </dev/null; echo $? >code'],
  ['stdin is closed', '"$@" <&-; echo $? >code'],
  ['stdout is closed', '"$@" >&-; echo $? >code'],
  ['stderr is closed', '"$@" 2>&-; echo $? >code'],
  [
    'stdin belongs to a loop',
    `printf 'one\\ntwo\\nthree\\n' | while read -r line; do
       echo "$line" >>lines; [ "$line" != one ] || { "$@"; echo $? >code; }
     done`,
  ],
  ['its reader goes early', '{ "$@"; echo $? >code; } | head -n 1'],
];

/** Longest time for one run, in milliseconds: whatever waits for somebody takes longer. */
const LIMIT_MS = 15_000;

const QUESTION = /^\s*[?❯]|\u001b\[|\(y\/N\)/im;

let prepared = '';

/** A home of its own for each run, as it was prepared. */
function freshHome(): string {
  const home = temporaryDirectory();
  cpSync(prepared, home, { recursive: true });
  return home;
}

/** Runs a shell script in a home, with the program and its arguments as `"$@"`; stdin stays open and silent. */
function shell(script: string, args: readonly string[], home: string): Promise<Run> {
  const child = spawn('sh', ['-c', script, 'sh', ...COMMAND, ...args], {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home },
    stdio: 'pipe',
    detached: true,
  });
  const late = setTimeout(() => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, LIMIT_MS);
  return ended(child).finally(() => {
    clearTimeout(late);
  });
}

beforeAll(async () => {
  prepared = temporaryDirectory();
  writeFileSync(path.join(prepared, 'key.pub'), KEY);
  for (const args of [
    ['create', ...TENCENT, '-q', '--name', 'foo', 'tied'],
    ['attach', ...TENCENT, '-q', 'tied', 'ins-sandbox3', '--yes', '--wait'],
    ['config', 'set', 'region', 'ap-guangzhou'],
  ]) {
    const { exit, stderr } = await run(args, { home: prepared });
    expect(exit, stderr).toBe(0);
  }
});

function leaves(spec: CommandSpec, above: readonly string[]): readonly string[] {
  const words = [...above, spec.name];
  return spec.commands?.flatMap((child) => leaves(child, words)) ?? [words.join(' ')];
}

it('every command has its case', async () => {
  const specs = await Promise.all(COMMANDS.map(({ load }) => load()));
  expect([...Object.keys(CASES), SERVING].sort()).toEqual(specs.flatMap((spec) => leaves(spec, [])).sort());
});

const LINES = Object.entries(CASES).flatMap(([words, cases]) =>
  cases.map(({ args, exit }) => ({ line: [...words.split(' '), ...args].join(' '), exit })),
);

describe.each(LINES)('$line, off a terminal', ({ line, exit }) => {
  const args = line.split(' ');

  it(`ends with ${exit} and asks nothing, whatever its streams are`, async () => {
    const runs = WAYS.map(async ([title, script]) => {
      const home = freshHome();
      const { exit: shellExit, stdout, stderr } = await shell(script, args, home);
      expect(shellExit, `${title}: did not end`).toBe(0);
      expect(readFileSync(path.join(home, 'code'), 'utf8'), `${title}\n${stderr}`).toBe(`${exit}\n`);
      expect(stdout + stderr, title).not.toMatch(QUESTION);
      expect(stderr, title).not.toMatch(/EPIPE|EBADF|unexpected error/);
      if (script.includes('lines'))
        expect(readFileSync(path.join(home, 'lines'), 'utf8'), title).toBe('one\ntwo\nthree\n');
    });
    await Promise.all(runs);
  }, 60_000);

  it('is quiet about a reader that has gone before the first word', async () => {
    const child = start(args, { home: freshHome() });
    child.stdout?.destroy();
    const { exit: code, stderr } = await ended(child);
    expect(code, stderr).toBe(exit);
    expect(stderr).not.toMatch(/EPIPE|could not be written|unexpected error/);
  }, 30_000);
});

describe(SERVING, () => {
  it.each(['</dev/null', '<&-', ''])('listens with stdin %j until it is told to end', async (redirection) => {
    const home = freshHome();
    const script = `exec "$@" ${redirection}`;
    const child = spawn('sh', ['-c', script, 'sh', ...COMMAND, 'sandbox', 'serve', '--json'], {
      cwd: home,
      env: { PATH: process.env['PATH'], HOME: home },
      stdio: 'pipe',
    });
    child.stdout.once('data', () => child.kill('SIGTERM'));
    expect(await ended(child)).toMatchObject({ exit: 0, stderr: '' });
  });
});
