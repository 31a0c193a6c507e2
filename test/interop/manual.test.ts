import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { manualPage } from '../../scripts/man/page.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const PAGE = path.resolve(import.meta.dirname, '../../man/keypair.1');

/** Runs a formatter, which has nothing to warn of, and gives the text without its weight. */
function formatted(program: string, args: readonly string[]): string {
  const env = { PATH: process.env['PATH'], HOME: temporaryDirectory(), LC_ALL: 'C.UTF-8', MANWIDTH: '100' };
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env, timeout: 15_000 });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout.replaceAll(/.\u0008|\u001b\[[\d;]*m/g, '');
}

it('man shows the manual page without a warning, and what is typed as it is typed', () => {
  const text = formatted('man', ['--warnings', '-E', 'UTF-8', '-l', PAGE]);
  expect(text).toMatch(/^NAME\n +keypair - create and manage SSH key pairs/m);
  expect(text).toMatch(/^ +-p, --provider id$/m);
  expect(text).toMatch(/^ +keypair create -p aliyun -r cn-shanghai --name web --tag env=prod$/m);
  expect(text).toContain(`echo 'eval "$(keypair completion bash)"' >>~/.bashrc`);
  expect(text).toMatch(/^ +7 PARTIAL$/m);
  expect(text).not.toMatch(/\\|<name|\.PP|undefined/);
});

it('groff has nothing to warn of, whatever a text holds', async () => {
  formatted('groff', ['-man', '-Tutf8', '-ww', PAGE]);
  const nasty = `.so /etc/passwd \\*[x] \\n(zZ 'quoted' "twice" ~^\` 密钥 -- \\`;
  const spec = {
    name: 'try',
    summary: nasty,
    arguments: [{ name: 'FILE', summary: nasty }],
    options: [{ flags: '--odd <text>', summary: nasty }],
    examples: [{ line: nasty, does: nasty }],
  };
  const load = () => Promise.resolve(spec);
  const file = path.join(temporaryDirectory(), 'try.1');
  writeFileSync(file, await manualPage([{ name: 'try', summary: nasty, load }], [], []));
  const text = formatted('groff', ['-man', '-Tutf8', '-ww', '-rLL=400n', file]);
  expect(text.split(nasty).length - 1).toBe(5);
});
