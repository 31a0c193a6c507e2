import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { PROGRAM } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';

it('a shell script that a user could have written works as written', () => {
  const home = temporaryDirectory();
  const bin = path.join(home, 'bin');
  mkdirSync(bin);
  symlinkSync(PROGRAM, path.join(bin, 'keypair'));
  const script = path.resolve(import.meta.dirname, '../cli/life.sh');
  const env = { PATH: `${bin}:${path.dirname(process.execPath)}:${process.env['PATH'] ?? ''}`, HOME: home };
  const printed = execFileSync('sh', [script], { env, encoding: 'utf8', timeout: 60_000 });
  expect(printed.split('\n')).toEqual([
    'made web_1',
    'made web_2',
    'made db_1',
    'ensured db_1',
    'ins-sandbox3 attached: true',
    'web_1 is on ins-sandbox3',
    'delete while bound: exit 5',
    ...Array<unknown>(3).fill(expect.stringMatching(/^deleted (db_1|web_1|web_2)$/)),
    'left: 0, files: 0',
    '',
  ]);
}, 90_000);
