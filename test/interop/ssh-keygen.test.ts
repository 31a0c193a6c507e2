import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';

interface PairJson {
  readonly fingerprints: { readonly sha256: string; readonly md5: string };
  readonly publicKey: string;
}

function sshKeygen(...args: string[]): string {
  return execFileSync('ssh-keygen', args, { encoding: 'utf8' });
}

it.each([['tencent'], ['lighthouse'], ['aliyun'], ['qcloud'], ['qcloud', '--api-version', 'v2']])(
  'prints what ssh-keygen prints of the files: %s %s %s',
  async (provider, ...more) => {
    const home = temporaryDirectory();
    const args = ['create', '--sandbox', '-p', provider, ...more, '--name', 'foo', '--json'];
    const { stdout, stderr } = await run(args, { home });
    const pair = JSON.parse(stdout || stderr) as PairJson;
    const file = path.join(home, '.ssh', 'foo');
    for (const half of [file, `${file}.pub`]) {
      expect(sshKeygen('-l', '-f', half)).toBe(`2048 ${pair.fingerprints.sha256} foo (RSA)\n`);
      expect(sshKeygen('-l', '-E', 'md5', '-f', half)).toBe(`2048 ${pair.fingerprints.md5} foo (RSA)\n`);
    }
    expect(sshKeygen('-y', '-f', file).trim()).toBe(pair.publicKey.replace(/ foo$/, ''));
    const told = await run(['fingerprint', file, `${file}.pub`], { home });
    const lines = (comment: string): string =>
      `2048 ${pair.fingerprints.sha256} ${comment} (RSA)\n2048 ${pair.fingerprints.md5} ${comment} (RSA)\n`;
    expect(told.stdout).toBe(lines('no comment') + lines('foo'));
  },
);
