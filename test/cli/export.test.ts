import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { KeyType } from '../../src/keys/generate.ts';
import { parsePrivateKey, type PrivateKey } from '../../src/keys/private-key.ts';
import { formatPublicKey, parsePublicKey, samePublicKey } from '../../src/keys/public-key.ts';
import { hasArgon2 as nodeHasArgon2 } from '../../src/keys/putty-encryption.ts';
import { Secret } from '../../src/secret.ts';
import { madeKeys } from '../support/made-keys.ts';
import { COMMAND, run, type Run } from '../support/program.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';
import { KEYS, keypairOnTerminal } from '../support/terminal.ts';

const putKey = madeKeys();

const WORDS = 'open sesame';

/** Of the Node that runs the program: as an executable it brings the newest. */
const hasArgon2 = nodeHasArgon2 || COMMAND.length === 1;

/** Made by puttygen with WORDS. */
const V2 = `PuTTY-User-Key-File-2: ssh-ed25519
Encryption: aes256-cbc
Comment: me
Public-Lines: 2
AAAAC3NzaC1lZDI1NTE5AAAAIOh2bRlZxkxPeYYt+dzrFQp79sRUECpuZ5UIehPW
iKLI
Private-Lines: 1
VBf5ZGn7MBbNfclJfEmn+E1cjuBTrb8L0sPmJIbKH3L3htLh8InpZRBozBWh9kCL
Private-MAC: dfe23a48143485edbf1e56d6cefd15d6451520e1
`;

let home: string;
beforeEach(() => {
  home = temporaryDirectory();
  mkdirSync(path.join(home, '.ssh'), { mode: 0o700 });
});

const ssh = (file = ''): string => path.join(home, '.ssh', file);
const read = (file: string): string => readFileSync(file, 'utf8');
const exportedWith = (input: string, ...args: string[]): Promise<Run> => run(['export', ...args], { home, input });
const exported = (...args: string[]): Promise<Run> => run(['export', ...args], { home });

const put = (type: KeyType, file = ssh('foo')): PrivateKey => putKey(type, file);

/** A file with WORDS, for puttygen. */
function words(): string {
  writeFileSync(path.join(home, 'words'), `${WORDS}\n`);
  return path.join(home, 'words');
}

/** No line of the private key, in base64 or as its file has it. */
function expectNoSecret(said: Run, key: PrivateKey): void {
  const lines = key.text.reveal().split('\n').slice(1, -2);
  const own = lines.filter((line) => !formatPublicKey(key.publicKey).includes(line.slice(4, 40)));
  for (const line of own.slice(-3)) expect(`${said.stdout}${said.stderr}`).not.toContain(line);
}

describe('export', () => {
  it.each<[KeyType, string, string, number]>([
    ['rsa-2048', 'ppk', 'foo.ppk', 0o600],
    ['ed25519', 'ppk', 'foo.ppk', 0o600],
    ['rsa-2048', 'pem', 'foo.pem', 0o600],
    ['ecdsa-256', 'pem', 'foo.pem', 0o600],
    ['ed25519', 'pkcs8', 'foo.p8', 0o600],
    ['rsa-2048', 'openssh', 'foo.openssh', 0o600],
    ['rsa-2048', 'public', 'foo.pub', 0o644],
  ])('of %s as %s is %s', async (type, format, name, mode) => {
    const key = put(type);
    const done = await exported('foo', '--format', format, '--yes', '--json');
    expect(done.exit, done.stderr).toBe(0);
    expect(done.stderr).toBe('');
    const file = ssh(name);
    const { fingerprints, publicKey, ...json } = JSON.parse(done.stdout) as Record<string, unknown>;
    expect(json).toMatchObject({ from: ssh('foo'), file, format, keyType: key.publicKey.keyType, dryRun: false });
    expect(fingerprints).toMatchObject({ sha256: expect.stringMatching(/^SHA256:/) as string });
    expectNoSecret(done, key);
    expect(modeOf(file)).toBe(mode);
    const made = read(file);
    const back = format === 'public' ? parsePublicKey(made) : parsePrivateKey(new Secret(made)).publicKey;
    expect(samePublicKey(back, key.publicKey)).toBe(true);
    expect(samePublicKey(parsePublicKey(String(publicKey)), key.publicKey)).toBe(true);
    expect(readdirSync(ssh()).sort()).toEqual(['foo', name].sort());
  });

  it('writes version 2 of ppk when asked, and takes the comment of the public key beside', async () => {
    const { publicKey } = put('rsa-2048');
    writeFileSync(ssh('foo.pub'), `${formatPublicKey(publicKey, 'me@home')}\n`);
    expect(await exported('foo', '--format', 'ppk', '--ppk-version', '2', '-y', '-q')).toEqual({
      exit: 0,
      stdout: `${ssh('foo.ppk')}\n`,
      stderr: '',
    });
    expect(read(ssh('foo.ppk'))).toMatch(/^PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nComment: me@home\n/);
    const refused = await exported('foo', '--format', 'pem', '--ppk-version', '2', '-y');
    expect(refused).toMatchObject({ exit: 2, stderr: expect.stringContaining('--ppk-version is for') as string });
  });

  it('goes from ppk to what ssh reads, and back', async () => {
    const key = put('ed25519');
    await exported('foo', '--format', 'ppk', '-y');
    const done = await exported('foo.ppk', '--format', 'openssh', '--output', path.join(home, 'new/bar'));
    expect(done).toMatchObject({ exit: 0, stdout: `wrote ${path.join(home, 'new/bar')}\n` });
    expect(modeOf(path.join(home, 'new'))).toBe(0o700);
    const line = execFileSync('ssh-keygen', ['-y', '-f', path.join(home, 'new/bar')], { encoding: 'utf8' });
    expect(samePublicKey(parsePublicKey(line), key.publicKey)).toBe(true);
    expect((await exported(ssh('foo.ppk'), '--format', 'openssh')).stderr).toContain(`${ssh('foo')} already exists`);
  });

  it('overwrites nothing, a dangling link neither', async () => {
    put('rsa-2048');
    writeFileSync(ssh('foo.pem'), 'mine');
    symlinkSync('nowhere', ssh('foo.p8'));
    for (const format of ['pem', 'pkcs8']) {
      const { exit, stderr } = await exported('foo', '--format', format, '--yes');
      expect([exit, stderr]).toEqual([5, expect.stringContaining('already exists\nkeypair: hint: nothing is ever')]);
    }
    expect(read(ssh('foo.pem'))).toBe('mine');
    expect(existsSync(ssh('nowhere'))).toBe(false);
  });

  it('prints the key and nothing else with --output -', async () => {
    const key = put('rsa-2048');
    const done = await exported('foo', '--format', 'pem', '--output', '-', '--yes');
    expect(done).toEqual({ exit: 0, stdout: key.text.reveal(), stderr: '' });
    const json = await exported('foo', '--format', 'pem', '--output', '-', '--yes', '--json');
    expect([json.exit, json.stdout]).toEqual([2, '']);
    const line = await exported('foo', '--format', 'public', '--output', '-');
    expect(line.stdout).toMatch(/^ssh-rsa \S+ foo\n$/);
    expect(readdirSync(ssh())).toEqual(['foo']);
  });

  it('reads a key from stdin', async () => {
    const key = put('rsa-2048');
    const done = await run(['export', '-', '--format', 'ppk', '--output', '-', '--yes'], {
      home,
      input: key.text.reveal(),
    });
    expect(parsePrivateKey(new Secret(done.stdout)).text.reveal()).toBe(key.text.reveal());
    expect((await exported('-', '--format', 'ppk', '-y')).stderr).toContain('a key from stdin needs --output');
  });

  it('asks for consent before it writes a key without a passphrase', async () => {
    put('rsa-2048');
    const refused = await exported('foo', '--format', 'ppk');
    expect(refused).toEqual({ exit: 2, stdout: '', stderr: expect.stringContaining('missing: --yes') as string });
    expect(readdirSync(ssh())).toEqual(['foo']);
    const dry = await exported('foo', '--format', 'ppk', '--dry-run');
    expect([dry.exit, dry.stdout]).toEqual([0, `would write ${ssh('foo.ppk')}\n`]);
    expect(readdirSync(ssh())).toEqual(['foo']);
    const missing: readonly [readonly string[], string][] = [
      [[], 'NAME, --format'],
      [['--passphrase'], 'NAME, --format, --passphrase-stdin'],
      [['--format', 'pem'], 'NAME, --yes'],
      [['--format', 'pem', '--dry-run'], 'NAME'],
      [['--format', 'ppk', '--passphrase'], 'NAME, --passphrase-stdin'],
      [['--format', 'openssh', '--passphrase'], 'NAME, --passphrase-stdin'],
      [['--format', 'public'], 'NAME'],
      [['foo', '--passphrase'], '--format, --passphrase-stdin'],
    ];
    for (const [args, said] of missing) expect((await exported(...args)).stderr).toContain(`missing: ${said}\n`);
  });

  it('asks on a terminal', async () => {
    put('rsa-2048');
    await using terminal = keypairOnTerminal(['export', 'foo', '--format', 'ppk'], { home });
    await terminal.shows('has no passphrase');
    terminal.type(`y${KEYS.enter}`);
    expect(await terminal.ended()).toBe(0);
    expect(existsSync(ssh('foo.ppk'))).toBe(true);
  });

  it('prints no private key on a terminal', async () => {
    put('rsa-2048');
    await using terminal = keypairOnTerminal(['export', 'foo', '--format', 'pem', '--output', '-'], { home });
    await terminal.shows('a private key is not printed on a terminal');
    expect(await terminal.ended()).toBe(2);
  });

  it('keeps a passphrase in openssh without asking for it, and asks before it is left out', async () => {
    const key = put('rsa-2048');
    const locked = ssh('foo');
    execFileSync('ssh-keygen', ['-q', '-p', '-N', WORDS, '-f', locked]);
    const kept = await exported('foo', '--format', 'openssh', '--json');
    expect(kept.exit, kept.stderr).toBe(0);
    expect(JSON.parse(kept.stdout)).toMatchObject({ encrypted: true });
    expect(read(ssh('foo.openssh'))).toBe(read(locked));
    expect((await exported('foo', '--format', 'public', '--output', '-')).stdout).toContain('ssh-rsa ');
    const checked = ['foo', '--format', 'openssh', '--output', ssh('checked'), '--passphrase-stdin'];
    for (const wrong of ['wrong', '']) expect((await exportedWith(wrong, ...checked)).exit).toBe(4);
    expect(existsSync(ssh('checked'))).toBe(false);
    expect((await exportedWith(WORDS, ...checked)).exit).toBe(0);
    expect(read(ssh('checked'))).toBe(read(locked));
    const missing = await exported('foo', '--format', 'pem');
    expect(missing).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('missing: --passphrase-stdin, --yes') as string,
    });
    const pem = ['foo', '--format', 'pem', '--passphrase-stdin'];
    expect((await exportedWith(`wrong\n`, ...pem, '--yes')).exit).toBe(4);
    expect((await exportedWith(`${WORDS}\n`, ...pem)).stderr).toContain('missing: --yes');
    expect(existsSync(ssh('foo.pem'))).toBe(false);
    const done = await exportedWith(`${WORDS}\n`, ...pem, '--yes', '--json');
    expect(JSON.parse(done.stdout)).toMatchObject({ encrypted: false, file: ssh('foo.pem') });
    expect(samePublicKey(parsePrivateKey(new Secret(read(ssh('foo.pem')))).publicKey, key.publicKey)).toBe(true);
    expectNoSecret(done, key);
    expect((await exportedWith(WORDS, '-', '--format', 'pem', '--output', ssh('x'), '--passphrase-stdin')).exit).toBe(
      2,
    );
  });

  it('sets a passphrase in openssh, and in no format that protects it badly', async () => {
    put('ed25519');
    const openssh = ['foo', '--format', 'openssh', '--output', ssh('bar'), '--passphrase-stdin'];
    expect((await exportedWith('abcd', ...openssh)).stderr).toContain('the passphrase of the new file: at least 5');
    expect((await exportedWith(WORDS, ...openssh)).exit).toBe(0);
    expect(execFileSync('ssh-keygen', ['-y', '-P', WORDS, '-f', ssh('bar')], { encoding: 'utf8' })).toMatch(/^ssh-/);
    for (const format of ['pem', 'pkcs8', 'public', 'ppk --ppk-version 2']) {
      for (const more of [['--passphrase-stdin'], ['--passphrase-stdin', '--dry-run'], ['--passphrase']]) {
        const args = ['foo', '--format', ...format.split(' '), ...more, '--yes', '--output', ssh('new')];
        const refused = await exportedWith(WORDS, ...args);
        const said = `file is written without a passphrase: leave out ${more[0] ?? ''}\n`;
        expect(refused).toMatchObject({ exit: 2, stdout: '', stderr: expect.stringContaining(said) as string });
      }
    }
    const closed = await exportedWith('wrong', 'bar', '--format', 'public', '--passphrase-stdin');
    expect(closed.exit).toBe(4);
    const line = await exportedWith(WORDS, 'bar', '--format', 'public', '--passphrase-stdin', '--output', '-');
    expect(line).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^ssh-ed25519 \S+ me\n$/) as string });
    expect((await exported('foo', '--format', 'openssh', '--passphrase')).stderr).toContain(
      'missing: --passphrase-stdin',
    );
    expect(readdirSync(ssh()).sort()).toEqual(['bar', 'foo']);
  });

  it('refuses on a terminal to ask for a passphrase that the format cannot have, before any question', async () => {
    await using terminal = keypairOnTerminal(['export', '--format', 'pkcs8', '--passphrase'], { home });
    await terminal.shows('a pkcs8 file is written without a passphrase: leave out --passphrase');
    expect(await terminal.ended()).toBe(2);
    expect(terminal.screen()).not.toContain('Key file:');
  });

  it('hints at commands that overwrite nothing', async () => {
    const key = put('ed25519');
    writeFileSync(ssh('two'), key.text.reveal() + key.text.reveal(), { mode: 0o600 });
    const two = await exported('two', '--format', 'ppk', '-y');
    expect([two.exit, two.stderr]).toEqual([2, expect.stringMatching(/several keys in one text\n$/)]);
    if (hasArgon2) return;
    execFileSync('puttygen', [ssh('foo'), '-O', 'private', '-o', ssh('old.ppk'), '--new-passphrase', words()]);
    writeFileSync(ssh('old.ppk.key'), 'mine');
    const old = await exportedWith(WORDS, 'old.ppk', '--format', 'openssh', '--passphrase-stdin');
    expect(old.stderr).toContain(`puttygen ${ssh('old.ppk')} -O private-openssh-new -o ${ssh('old.ppk-2.key')}\n`);
    const asked = await exportedWith(WORDS, 'foo', '--format', 'ppk', '--passphrase-stdin', '--output', ssh('x y'));
    expect(asked.stderr).toContain(`puttygen ${ssh('foo')} -O private -P -o '${ssh('x y')}'\n`);
    const printed = ['foo', '--format', 'ppk', '--passphrase-stdin', '--output', '-'];
    writeFileSync(ssh('foo.ppk'), 'mine');
    expect((await exportedWith(WORDS, ...printed)).stderr).toContain(` -o ${ssh('foo-2.ppk')}\n`);
  });

  it('asks for passphrases on a terminal', async () => {
    put('ed25519');
    {
      const args = ['export', 'foo', '--format', 'openssh', '--passphrase'];
      await using terminal = keypairOnTerminal(args, { home });
      for (const question of ['Passphrase of the new file:', 'The same again:']) {
        await terminal.shows(question);
        terminal.type(WORDS + KEYS.enter);
      }
      await terminal.shows('wrote ');
      expect(await terminal.ended()).toBe(0);
    }
    const args = ['export', 'foo.openssh', '--format', 'pkcs8', '--output', ssh('bar')];
    await using terminal = keypairOnTerminal(args, { home });
    await terminal.shows('Passphrase of ');
    terminal.type(WORDS + KEYS.enter);
    await terminal.shows('will have no passphrase: whoever reads it');
    terminal.type(`y${KEYS.enter}`);
    expect(await terminal.ended()).toBe(0);
    expect(read(ssh('bar'))).toContain('BEGIN PRIVATE KEY');
  });

  it('keeps the passphrase between ppk and openssh, where Node has Argon2, and else says what has', async () => {
    const key = put('rsa-2048');
    writeFileSync(ssh('v2.ppk'), V2, { mode: 0o600 });
    const back = await exportedWith(WORDS, 'v2.ppk', '--format', 'openssh', '--passphrase-stdin');
    expect([back.exit, back.stderr]).toEqual([0, '']);
    expect(execFileSync('ssh-keygen', ['-y', '-P', WORDS, '-f', ssh('v2')], { encoding: 'utf8' })).toContain('me');
    const ppk = ['foo', '--format', 'ppk', '--passphrase-stdin'];
    const made = await exportedWith(WORDS, ...ppk);
    if (!hasArgon2) {
      expect(made).toMatchObject({ exit: 2, stdout: '' });
      expect(made.stderr).toContain('needs node 24.22 or 26.12');
      expect(made.stderr).toContain(
        `hint: or with puttygen: puttygen ${ssh('foo')} -O private -P -o ${ssh('foo.ppk')}`,
      );
      return;
    }
    expect(made.exit, made.stderr).toBe(0);
    expect(read(ssh('foo.ppk'))).toContain('Key-Derivation: Argon2id\n');
    const again = ['foo.ppk', '--format', 'openssh', '--output', ssh('bar'), '--passphrase-stdin'];
    expect((await exportedWith('wrong', ...again)).exit).toBe(4);
    expect((await exportedWith(WORDS, ...again)).exit).toBe(0);
    const line = execFileSync('ssh-keygen', ['-y', '-P', WORDS, '-f', ssh('bar')], { encoding: 'utf8' });
    expect(samePublicKey(parsePublicKey(line), key.publicKey)).toBe(true);
  });

  it('says what is not there, what is no key, and what a format lacks', async () => {
    expect(await exported('nobody', '--format', 'ppk', '-y')).toMatchObject({ exit: 3, stdout: '' });
    expect(await exported('./nobody', '--format', 'ppk', '-y')).toMatchObject({ exit: 3, stdout: '' });
    put('ed25519');
    const { exit, stderr } = await exported('foo', '--format', 'pem', '-y');
    expect([exit, stderr]).toEqual([2, expect.stringContaining('an ed25519 key has no pem format of its own')]);
    writeFileSync(path.join(home, 'words'), 'hello');
    const words = await exported(path.join(home, 'words'), '--format', 'ppk', '-y');
    expect([words.exit, words.stderr]).toEqual([2, expect.stringContaining('this is no private key')]);
    for (const output of ['config', 'a.pub'])
      expect((await exported('foo', '--format', 'ppk', '-y', '--output', ssh(output))).exit).toBe(2);
  });

  it('finds a key that create saved elsewhere', async () => {
    const made = ['create', '--sandbox', '-p', 'tencent', '--name', 'far', '--output', path.join(home, 'elsewhere')];
    expect((await run(made, { home })).exit).toBe(0);
    const done = await exported('far', '--format', 'ppk', '-y', '-q');
    expect([done.exit, done.stdout]).toEqual([0, `${path.join(home, 'elsewhere.ppk')}\n`]);
  });

  it('writes no key where others can change the directory', async () => {
    put('rsa-2048');
    mkdirSync(path.join(home, 'open'));
    chmodSync(path.join(home, 'open'), 0o777);
    const { exit } = await exported('foo', '--format', 'ppk', '-y', '--output', path.join(home, 'open/foo.ppk'));
    expect(exit).toBe(2);
    expect(readdirSync(path.join(home, 'open'))).toEqual([]);
  });
});
