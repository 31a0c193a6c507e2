import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { COMMAND, run } from '../support/program.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';

let home: string;
beforeEach(async () => {
  home = temporaryDirectory();
  expect((await run(['create', '--sandbox', '-p', 'tencent', '--name', 'foo'], { home })).exit).toBe(0);
});

/** Runs `doctor --fix` where a system call says that it worked and does nothing, as chmod on a Windows drive in WSL. */
function doctorWhere(calls: string): { status: number | null; stdout: string } {
  const args = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', `inject=${calls}:retval=0`];
  const program = [...COMMAND, 'doctor', '--fix', '--local-only', '--json'];
  const env = { PATH: process.env['PATH'], HOME: home, UV_USE_IO_URING: '0' };
  return spawnSync('strace', [...args, ...program], { env, encoding: 'utf8', timeout: 60_000 });
}

interface Told {
  readonly check: string;
  readonly level: string;
  readonly hints: readonly string[];
  readonly fixed: boolean;
}

function told(stdout: string, check: string): Told | undefined {
  return (JSON.parse(stdout) as { findings: Told[] }).findings.find((one) => one.check === check);
}

it('a chmod that does nothing is not told as 0600 now, and all is not well', () => {
  chmodSync(path.join(home, '.ssh/foo'), 0o644);
  const { status, stdout } = doctorWhere('?chmod,fchmodat');
  expect(modeOf(path.join(home, '.ssh/foo'))).toBe(0o644);
  expect(status, stdout).toBe(1);
  const { level, fixed, hints } = told(stdout, 'key-files') ?? {};
  expect({ level, fixed }).toEqual({ level: 'problem', fixed: false });
  expect(hints?.[0]).toContain('the file system does not store modes: it is still 0644');
});

it('what is still there after it was removed has not been mended', () => {
  const left = path.join(home, '.ssh/.foo.0123456789ab.keypair');
  writeFileSync(left, '');
  spawnSync('touch', ['-d', '2 days ago', left]);
  const { stdout } = doctorWhere('?unlink,unlinkat');
  expect(readdirSync(path.join(home, '.ssh'))).toContain(path.basename(left));
  expect(told(stdout, 'leftovers')).toMatchObject({
    level: 'note',
    fixed: false,
    hints: ['the fix ran, but the problem is still there'],
  });
});
