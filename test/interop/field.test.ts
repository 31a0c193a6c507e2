import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { withoutCrt } from '../support/without-crt.ts';

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
  execFileSync('ssh-keygen', ['-q', '-s', path.join(home, 'rsa'), '-I', 'id', path.join(home, 'ed25519.pub')]);
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

it.each([
  ['without the numbers that follow from the rest', 'rsa'],
  ['with its curve written out', 'ecdsa'],
])('fingerprint prints of a key %s what ssh-keygen -l prints', async (_name, type) => {
  const file = path.join(temporaryDirectory(), 'key');
  const text =
    type === 'rsa'
      ? withoutCrt(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)
      : openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-param_enc', 'explicit');
  writeFileSync(file, text, { mode: 0o600 });
  const [ours, theirs] = await both(file);
  expect(ours).toBe(theirs);
  // The public half in the same form, which ssh-keygen does not take.
  const form = type === 'rsa' ? [] : ['-ec_param_enc', 'explicit'];
  openssl('pkey', '-in', file, '-pubout', ...form, '-out', `${file}.pem`);
  const { stdout, stderr } = await run(['fingerprint', `${file}.pem`], { home: path.dirname(file) });
  expect(stdout || stderr).toBe(ours);
});

function openssl(...args: string[]): string {
  return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const ed25519 = generateKeyPairSync('ed25519');

it.each<[string, KeyObject, 'pkcs1' | 'pkcs8' | 'sec1']>([
  ['a private rsa key', rsa.privateKey, 'pkcs1'],
  ['a private rsa key', rsa.privateKey, 'pkcs8'],
  ['a private ecdsa key', ec.privateKey, 'sec1'],
  ['a private ed25519 key', ed25519.privateKey, 'pkcs8'],
])('%s in der is named, and the command that is shown makes it readable (%#)', async (_name, key, type) => {
  const home = temporaryDirectory();
  const file = path.join(home, 'it is der');
  writeFileSync(file, key.export({ format: 'der', type } as never), { mode: 0o600 });
  for (const command of [['fingerprint'], ['import', '-p', 'tencent', '--name', 'foo', '--sandbox']]) {
    const { exit, stderr } = await run([...command, file], { home });
    expect(exit).toBe(2);
    expect(stderr).toContain('it is binary, as keys in der are: convert it to pem');
    const [, line = ''] = /hint: a private key in der: (.*)$/m.exec(stderr) ?? [];
    execFileSync('sh', ['-c', line], { cwd: home });
    const { stdout } = await run(['fingerprint', '-q', `${file}.pem`], { home });
    const pem = path.join(home, 'right');
    writeFileSync(pem, key.export({ format: 'pem', type } as never), { mode: 0o600 });
    expect(stdout).toBe((await run(['fingerprint', '-q', pem], { home })).stdout);
    expect(stdout).toMatch(/^SHA256:/);
  }
});

it.each<[string, KeyObject, 'pkcs1' | 'spki']>([
  ['rsa', rsa.publicKey, 'pkcs1'],
  ['rsa', rsa.publicKey, 'spki'],
  ['ecdsa', ec.publicKey, 'spki'],
  ['ed25519', ed25519.publicKey, 'spki'],
])('a public %s key in der is read as its pem is (%#)', async (_name, key, type) => {
  const home = temporaryDirectory();
  const [der, pem] = [path.join(home, 'key.der'), path.join(home, 'key.pem')];
  writeFileSync(der, key.export({ format: 'der', type } as never));
  writeFileSync(pem, key.export({ format: 'pem', type } as never));
  const { exit, stdout } = await run(['fingerprint', '-q', der], { home });
  expect([exit, stdout]).toEqual([0, (await run(['fingerprint', '-q', pem], { home })).stdout]);
});
