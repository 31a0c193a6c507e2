import { generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run, type Run } from '../support/program.ts';
import { serveSandbox, type Served } from '../support/served.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';

const FIELD = path.resolve(import.meta.dirname, '../support/field');
const field = (name: string): string => path.join(FIELD, name);
const PAIR = ['-p', 'tencent', '-r', 'ap-guangzhou'];

let served: Served;
let home: string;
beforeEach(async () => {
  served = await serveSandbox({ behaviour: { keyBits: 2048 } });
  home = temporaryDirectory();
  mkdirSync(path.join(home, '.ssh'), { mode: 0o700 });
});

afterEach(() => served.close());

const ssh = (file = ''): string => path.join(home, '.ssh', file);
const keypair = (...args: string[]): Promise<Run> => served.run(args, { home });

/** A file of the field in the key directory. */
function put(name: string, as = name): void {
  copyFileSync(field(name), ssh(as));
  chmodSync(ssh(as), 0o600);
}

let count = 0;
/** The public half of a file of the field, uploaded from somewhere else: its name. */
async function uploaded(file: string): Promise<string> {
  count += 1;
  const name = `field_${count}`;
  const made = await served.run(['import', ...PAIR, '--name', name, '--from-private', file], {
    home: temporaryDirectory(),
  });
  expect(made.exit, made.stderr).toBe(0);
  return name;
}

/** A private key in PEM under a passphrase, which tells nothing of its public half, and its public half. */
function closedKey(): { readonly text: string; readonly open: string } {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = { format: 'pem', type: 'pkcs8' } as const;
  return {
    text: privateKey.export({ ...pem, cipher: 'aes-256-cbc', passphrase: 'pass word' }).toString(),
    open: privateKey.export(pem).toString(),
  };
}

describe('an encrypted private key without its public half', () => {
  let name: string;
  beforeEach(async () => {
    const { text, open } = closedKey();
    const elsewhere = path.join(temporaryDirectory(), 'open');
    writeFileSync(elsewhere, open, { mode: 0o600 });
    name = await uploaded(elsewhere);
    writeFileSync(ssh(name), text, { mode: 0o600 });
  });

  it('is not called the key of another pair, and nobody is told to delete the pair', async () => {
    const { exit, stderr } = await keypair('ensure', ...PAIR, '--name', name);
    expect(exit).toBe(5);
    expect(stderr).toContain(
      `${name} is in the cloud, but cannot tell whether its private key is here: could not read ${ssh(name)}`,
    );
    expect(stderr).toContain(`ssh-keygen -y -f ${ssh(name)} > ${ssh(name)}.pub`);
    expect(stderr).not.toMatch(/another pair|delete/);
  });

  it('that others may read is closed first: ssh-keygen reads no other', async () => {
    chmodSync(ssh(name), 0o644);
    const command = `chmod 600 ${ssh(name)} && ssh-keygen -y -f ${ssh(name)} > ${ssh(name)}.pub`;
    expect((await keypair('ensure', ...PAIR, '--name', name)).stderr).toContain(command);
    expect((await keypair('fingerprint', ssh(name))).stderr).toContain(command);
  });

  it('is not to be written over what lies there: the shell would empty it first', async () => {
    writeFileSync(`${ssh(name)}.pub`, 'mine, and no key');
    const { stderr } = await keypair('ensure', ...PAIR, '--name', name);
    expect(stderr).toContain(`see which is right: ssh-keygen -y -f ${ssh(name)}`);
    expect(stderr).not.toContain('>');
  });

  it('is not offered for a file that cannot be read', async () => {
    if (process.getuid?.() !== 0) return;
    rmSync(ssh(name));
    writeFileSync(ssh('closed'), 'x', { mode: 0 });
    for (const one of ['', '.ssh', '.ssh/closed']) chownSync(path.join(home, one), 65534, 65534);
    const { stderr } = await served.run(['ensure', ...PAIR, '--name', name], { home, uid: 65534 });
    expect(stderr).toContain(`see whose it is: ls -ld ${ssh('closed')}`);
    expect(stderr).not.toContain('ssh-keygen');
  });

  it('is said to be unread by show, list, doctor and delete', async () => {
    const shown = await keypair('show', ...PAIR, name);
    expect(shown.stdout).toContain(`cannot tell: could not read ${ssh(name)}`);
    const listed = await keypair('list', ...PAIR, '--cloud-only', '--name', name);
    expect(listed.stdout).toContain(name);
    expect(listed.stderr).toContain(`cannot tell: could not read ${ssh(name)}`);
    const doctor = await keypair('doctor', ...PAIR);
    expect(doctor.stdout).toContain('cannot tell whether private keys are here (tencent, ap-guangzhou)');
    expect(doctor.stdout).not.toMatch(/private keys? elsewhere|is gone from/);
    const deleted = await keypair('delete', ...PAIR, name, '--local-files', '--yes');
    expect(deleted.stderr).toContain(`${ssh(name)} cannot be read: whatever key it holds stays there`);
    expect(deleted.stderr).not.toContain('holds its key');
    expect(existsSync(ssh(name))).toBe(true);
  });
});

it('tells an encrypted key of openssh by the public half that it has in the clear', async () => {
  put('encrypted-openssh', 'mine');
  const name = await uploaded(field('encrypted-openssh'));
  const { exit, stdout, stderr } = await keypair('ensure', ...PAIR, '--name', name, '-q');
  expect([exit, stdout, stderr]).toEqual([0, `${ssh('mine')}\n`, '']);
  const told = await keypair('fingerprint', '-q', ssh('mine'));
  expect(told.stdout).toBe('SHA256:vEiUYMd4Yujieaa8NdIRiTmLO1Z97x9Q9kq3qlybYXs\n');
});

describe.each(['key-on-one-line', 'key-indented', 'openssh-crlf'])('%s', (file) => {
  it('is not here for ensure, list and show', async () => {
    const name = await uploaded(field(file));
    put(file, name);
    const ensured = await keypair('ensure', ...PAIR, '--name', name);
    expect(ensured.exit).toBe(5);
    expect(ensured.stderr).toContain(`but ssh cannot read its private key ${ssh(name)}: `);
    const shown = await keypair('show', ...PAIR, name);
    expect(shown.stdout).toContain(`ssh cannot read ${ssh(name)}: `);
    const json = await keypair('show', ...PAIR, name, '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ privateKeyPath: null });
    const listed = await keypair('list', ...PAIR, '--cloud-only', '--name', name);
    expect(listed.stdout).toContain(name);
    expect(listed.stderr).toContain(`ssh cannot read ${ssh(name)}: `);
  });

  it('is named by doctor, which writes NAME.fixed beside it and nothing over it', async () => {
    put(file, 'mine');
    const before = readFileSync(ssh('mine'));
    const found = await keypair('doctor', '--local-only');
    expect(found.exit).toBe(1);
    expect(found.stdout).toContain(`ssh cannot read ${ssh('mine')}: `);
    const fixed = await keypair('doctor', '--local-only', '--fix');
    expect(fixed.exit, fixed.stdout).toBe(0);
    expect(readFileSync(ssh('mine'))).toEqual(before);
    expect(modeOf(ssh('mine.fixed'))).toBe(0o600);
    const again = await keypair('doctor', '--local-only');
    expect(again.exit, again.stdout).toBe(0);
    expect(again.stdout).toContain(`ssh cannot read ${ssh('mine')}, but it reads the same key in ${ssh('mine.fixed')}`);

    rmSync(ssh('mine.fixed'));
    writeFileSync(ssh('mine.fixed'), 'of the user');
    const refused = await keypair('doctor', '--local-only', '--fix');
    expect(refused.exit).toBe(1);
    expect(readFileSync(ssh('mine.fixed'), 'utf8')).toBe('of the user');
  });
});

it('writes a key anew in its own place only where this program made it for that key', async () => {
  const made = await keypair('create', ...PAIR, '--name', 'ours');
  expect(made.exit, made.stderr).toBe(0);
  const text = readFileSync(ssh('ours'), 'utf8');
  const indented = text.replaceAll(/^/gm, '  ');
  writeFileSync(ssh('ours'), indented);
  const fixed = await keypair('doctor', '--local-only', '--fix');
  expect(fixed.exit, fixed.stdout).toBe(0);
  expect(readFileSync(ssh('ours'), 'utf8')).toBe(text);
  expect(modeOf(ssh('ours'))).toBe(0o600);
  expect(readdirSync(ssh()).sort()).toEqual(['ours', 'ours.pub']);
  const trash = path.join(home, '.local/state/keypair/trash');
  const [folder = ''] = readdirSync(trash);
  expect(readFileSync(path.join(trash, folder, 'ours'), 'utf8')).toBe(indented);

  // Another key under the name that the ledger knows is the user's.
  rmSync(ssh('ours.pub'));
  put('key-indented', 'ours');
  await keypair('doctor', '--local-only', '--fix');
  expect(readFileSync(ssh('ours'))).toEqual(readFileSync(field('key-indented')));
  expect(existsSync(ssh('ours.fixed'))).toBe(true);
});

describe('fingerprint', () => {
  const fingerprint = (...args: string[]): Promise<Run> => run(['fingerprint', ...args], { home });

  it.each([
    ['utf16.pub', /in utf-16, as powershell writes with >: save it again as utf-8\n.*iconv -f UTF-16/],
    ['wrapped-crlf.pub', /the key is wrapped: its line was broken into several\n.*tr -d/],
  ])('says what %s is, and a command that helps', async (file, said) => {
    copyFileSync(field(file), path.join(home, file));
    const { exit, stderr } = await fingerprint(path.join(home, file));
    expect(exit).toBe(2);
    expect(stderr).toMatch(said);
    const [, command = ''] = /: ((?:iconv|tr) .*)$/m.exec(stderr) ?? [];
    const { execSync } = await import('node:child_process');
    execSync(command, { shell: '/bin/sh', cwd: home });
    const [, to = ''] = / > (.*)$/.exec(command) ?? [];
    const { stdout } = await fingerprint('-q', to);
    expect(stdout).toBe('SHA256:vEiUYMd4Yujieaa8NdIRiTmLO1Z97x9Q9kq3qlybYXs\n');
  });

  it('reads der by what it says of it', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const file = path.join(home, 'key.der');
    writeFileSync(file, privateKey.export({ format: 'der', type: 'pkcs1' }), { mode: 0o600 });
    const { exit, stderr } = await fingerprint(file);
    expect(exit).toBe(2);
    expect(stderr).toContain('it is binary, as keys in der are');
    expect(stderr).toContain(`openssl pkey -inform DER -in ${file} -out ${file}.pem`);
    const spki = publicKey.export({ format: 'der', type: 'spki' });
    for (const [name, bytes] of [
      ['key.pem', publicKey.export({ format: 'pem', type: 'spki' })],
      ['key.der', spki],
    ] as const)
      writeFileSync(path.join(home, name), bytes);
    const [der, pem] = [await fingerprint(file, '-q'), await fingerprint(path.join(home, 'key.pem'), '-q')];
    expect([der.exit, der.stdout]).toEqual([0, pem.stdout]);
    const made = await keypair('import', ...PAIR, '--name', 'der', file, '--json');
    expect(made.exit, made.stderr).toBe(0);
    expect(JSON.parse(made.stdout)).toMatchObject({ fingerprints: { sha256: pem.stdout.trim() } });
    writeFileSync(file, spki.subarray(0, -1));
    expect((await fingerprint(file)).stderr).toContain('it is binary, as keys in der are');
    writeFileSync(file, 'ssh-rsa AA\0AA');
    expect((await fingerprint(file)).stderr).toContain('it is binary: key files are text');
  });

  it('reads the public half of a file of putty, and import sends it', async () => {
    const { exit, stdout } = await fingerprint('-q', field('putty-v2.ppk'));
    expect([exit, stdout]).toEqual([0, 'SHA256:AeEN34CJ4b+v9kWHYA1CsoMMxNOX18ybfPLF5VtrKo4\n']);
    for (const more of [[], ['--from-private']]) {
      const name = `putty${more.length}`;
      const made = await keypair('import', ...PAIR, '--name', name, ...more, field('putty-v2.ppk'), '--json');
      expect(made.exit, made.stderr).toBe(0);
      expect(JSON.parse(made.stdout)).toMatchObject({ privateKeyPath: null });
      await keypair('delete', ...PAIR, name, '--yes');
    }
  });

  it('reads version 3 of such files as well', async () => {
    const file = path.join(home, 'v3.ppk');
    writeFileSync(file, readFileSync(field('putty-v2.ppk'), 'utf8').replace('File-2', 'File-3'));
    const { exit, stdout } = await fingerprint('-q', file);
    expect([exit, stdout]).toEqual([0, 'SHA256:AeEN34CJ4b+v9kWHYA1CsoMMxNOX18ybfPLF5VtrKo4\n']);
    const made = await keypair('import', ...PAIR, '--name', 'v3', file, '-q');
    expect(made.exit, made.stderr).toBe(0);
  });

  it('reads a key of three primes', async () => {
    const { exit, stdout, stderr } = await fingerprint('--all', field('rsa-3-primes.pem'));
    expect(exit, stderr).toBe(0);
    expect(stdout).toContain('PKCS#8');
  });

  it('takes a line of ssh-keygen -l, and tells what is no fingerprint from one that does not match', async () => {
    const file = field('options.pub');
    const sha256 = 'SHA256:vEiUYMd4Yujieaa8NdIRiTmLO1Z97x9Q9kq3qlybYXs';
    const fits = await fingerprint('--match', `2048 ${sha256} me@box (RSA)`, file, '-q');
    expect([fits.exit, fits.stdout]).toEqual([0, 'sha256\n']);
    for (const none of ['hello', '', 'SHA256:abc', '2048 me@box (RSA)'])
      expect((await fingerprint('--match', none, file)).exit).toBe(2);
    expect((await fingerprint('--match', sha256.replace('vE', 'vF'), file)).exit).toBe(3);
  });

  it('refuses what is far too long by its name', async () => {
    const file = path.join(home, 'long');
    writeFileSync(file, 'x'.repeat(2 ** 20 + 1));
    expect((await fingerprint(file)).stderr).toContain(`${file} is longer than 1024 KiB: it is no key file`);
    const made = await keypair('import', ...PAIR, '--name', 'long', file);
    expect(made.stderr).toContain(`${file} is longer than 64 KiB: it is no key file`);
  });
});

it.each([
  ['authorized_keys-two', 'there are several lines with keys, and one is wanted'],
  ['options.pub', 'there are options before the key, as in authorized_keys'],
])('import says what %s is, and how to take one key of it', async (file, said) => {
  copyFileSync(field(file), path.join(home, file));
  const { exit, stderr } = await keypair('import', ...PAIR, '--name', 'one', path.join(home, file));
  expect(exit).toBe(2);
  expect(stderr).toContain(said);
  const [, command = ''] = /take the first key alone: (.*)$/m.exec(stderr) ?? [];
  const { execSync } = await import('node:child_process');
  execSync(command, { shell: '/bin/sh', cwd: home });
  const made = await keypair('import', ...PAIR, '--name', 'one', path.join(home, `${file}.key`));
  expect(made.exit, made.stderr).toBe(0);
});

it('show reads a FIFO, and says what a file is that holds no key', async () => {
  const name = await uploaded(field('encrypted-openssh'));
  const fifo = path.join(home, 'fifo');
  const { execFileSync } = await import('node:child_process');
  execFileSync('mkfifo', [fifo]);
  const writer = writeFile(fifo, readFileSync(field('options.pub')));
  const shown = await keypair('show', ...PAIR, fifo, '-q');
  await writer;
  expect(shown.exit, shown.stderr).toBe(0);
  expect((await keypair('show', ...PAIR, name, '-q')).stdout).toBe(shown.stdout);
  for (const [file, exit, said] of [
    [field('utf16.pub'), 2, 'it is in utf-16'],
    [field('authorized_keys-two'), 2, 'holds several keys'],
    [`${home}/`, 2, '(EISDIR)'],
    [`${home}/none`, 3, '(ENOENT)'],
  ] as const) {
    const refused = await keypair('show', ...PAIR, file);
    expect([file, refused.exit]).toEqual([file, exit]);
    expect(refused.stderr).toContain(said);
  }
});

it('import refuses a certificate by that name', async () => {
  const { exit, stderr } = await keypair('import', ...PAIR, '--name', 'one', field('rsa-cert.pub'));
  expect(exit).toBe(2);
  expect(stderr).toContain('this is a certificate, not a public key');
});
