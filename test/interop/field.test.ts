import { execFileSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const FIELD = path.resolve(import.meta.dirname, '../support/field');

/** What `fingerprint` prints of a file, and what ssh-keygen prints of it twice. */
async function both(file: string): Promise<readonly [string, string]> {
  const told = await run(['fingerprint', file], { home: path.dirname(file) });
  const [sha256, md5] = ['sha256', 'md5'].map((hash) =>
    execFileSync('ssh-keygen', ['-l', '-E', hash, '-f', file], { encoding: 'utf8' }).trimEnd().split('\n'),
  );
  const expected = sha256?.flatMap((line, index) => [line, md5?.[index] ?? '']).join('\n');
  return [told.stdout || told.stderr, `${expected ?? ''}\n`];
}

it.each(['authorized_keys-two', 'options.pub', 'rsa-cert.pub', 'encrypted-openssh', 'rsa-3-primes.pem'])(
  'fingerprint prints of %s what ssh-keygen -l prints',
  async (name) => {
    const file = path.join(temporaryDirectory(), name);
    copyFileSync(path.join(FIELD, name), file);
    execFileSync('chmod', ['600', file]);
    const [ours, theirs] = await both(file);
    expect(ours).toBe(theirs);
  },
);

it('fingerprint finds the keys of lines as ssh-keygen does', async () => {
  const home = temporaryDirectory();
  const made = (type: string, ...more: string[]): string => {
    const file = path.join(home, type);
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'me@box, mine', '-f', file, ...more]);
    return execFileSync('cat', [`${file}.pub`], { encoding: 'utf8' }).trim();
  };
  const [rsa, ed25519, ecdsa] = [made('rsa'), made('ed25519'), made('ecdsa')];
  const bare = ed25519.split(' ').slice(0, 2).join(' ');
  execFileSync('ssh-keygen', [
    '-q',
    '-s',
    path.join(home, 'rsa'),
    '-I',
    'id',
    path.join(home, 'ed25519.pub'),
  ]);
  const certificate = execFileSync('cat', [path.join(home, 'ed25519-cert.pub')], { encoding: 'utf8' });
  const file = path.join(home, 'lines');
  const lines = [
    '# a comment',
    '',
    rsa,
    `  ${ed25519}`,
    `command="echo \\"hi there\\"",no-pty ${ecdsa}`,
    `no-pty ${bare}`,
    `host.example,10.0.0.1 ${bare}`,
    'ssh-rsa AAAAnotakey',
    'rubbish',
    certificate.trim(),
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const [ours, theirs] = await both(file);
  expect(ours).toBe(theirs);
});
