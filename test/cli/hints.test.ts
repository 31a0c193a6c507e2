import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { PROGRAM, run, type Run } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** The command line that a hint ends with, as words. */
function commandOf({ stderr }: Run, which: RegExp): readonly string[] {
  const line = stderr.split('\n').find((hint) => which.test(hint)) ?? '';
  return (/keypair: hint: .*: keypair (.+)$/.exec(line)?.[1] ?? '').split(' ');
}

describe('a command line in a hint', () => {
  let home: string;
  beforeEach(() => {
    home = temporaryDirectory();
  });

  it('goes to where the command went: copied as it stood, it would have gone to the real cloud', async () => {
    const place = ['-p', 'tencent', '-r', 'ap-beijing', '--sandbox'];
    await run(['create', ...place, '--name', 'foo'], { home });
    const command = commandOf(await run(['show', 'bar', ...place], { home }), /see what is there/);
    expect(command).toEqual(['list', ...place]);
    expect(await run([...command, '--quiet'], { home })).toMatchObject({ exit: 0, stdout: 'foo\n' });
  });

  it('is right when it would finish a create', async () => {
    const place = ['-p', 'tencent', '-r', 'ap-beijing', '--sandbox'];
    const script = `"$0" "$@" --output - >/dev/full`;
    const words = [PROGRAM, 'create', ...place, '--name', 'foo'];
    const { stderr } = spawnSync('sh', ['-c', script, process.execPath, ...words], {
      env: { PATH: process.env['PATH'], HOME: home },
      encoding: 'utf8',
    });
    const command = commandOf({ exit: 7, stdout: '', stderr }, /finish it/);
    expect(command).toEqual(['create', ...place, '--name', 'foo', '--recreate']);
    expect((await run([...command], { home })).exit).toBe(0);
    expect(existsSync(path.join(home, '.ssh/foo'))).toBe(true);
  });
});
