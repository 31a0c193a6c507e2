import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { exportedKey } from '../../src/keys/export-key.ts';
import type { KeyType } from '../../src/keys/generate.ts';
import type { PrivateKey } from '../../src/keys/private-key.ts';
import { formatPublicKey } from '../../src/keys/public-key.ts';
import { entryText } from '../support/intent.ts';
import { madeKeys } from '../support/made-keys.ts';
import { COMMAND, run, type Run } from '../support/program.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';
import { KEYS, keypairOnTerminal, onTerminal } from '../support/terminal.ts';

const OLD = 'correct horse';
const NEW = 'battery 电池 staple';

const putKey = madeKeys();

let home: string;
beforeEach(() => {
  home = temporaryDirectory();
  mkdirSync(path.join(home, '.ssh'), { mode: 0o700 });
});

const ssh = (file = ''): string => path.join(home, '.ssh', file);
const read = (file: string): string => readFileSync(file, 'utf8');
const passphrase = (args: readonly string[], input?: string): Promise<Run> =>
  run(['passphrase', ...args], input === undefined ? { home } : { home, input });
const set = (...lines: string[]): Promise<Run> => passphrase(['foo', '--passphrase-stdin'], lines.join('\n'));

const put = (type: KeyType, file = ssh('foo')): PrivateKey => putKey(type, file);

/** The public line of a key file, by ssh-keygen; null if the passphrase is wrong. */
function keygen(file: string, words: string): string | null {
  const { status, stdout } = spawnSync('ssh-keygen', ['-y', '-P', words, '-f', file], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

describe('passphrase', () => {
  it.each<KeyType>(['rsa-2048', 'ed25519', 'ecdsa-256'])('sets, changes and removes that of %s', async (type) => {
    const { publicKey } = put(type);
    // The key has no comment if it is in PEM.
    writeFileSync(ssh('foo.pub'), `${formatPublicKey(publicKey, 'me')}\n`);
    const line = formatPublicKey(publicKey, 'me');
    expect(await set(OLD)).toEqual({ exit: 0, stdout: `set the passphrase of ${ssh('foo')}\n`, stderr: '' });
    expect([keygen(ssh('foo'), OLD), keygen(ssh('foo'), '')]).toEqual([line, null]);
    expect(read(ssh('foo'))).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
    expect((await set(OLD, NEW, '')).stdout).toBe(`changed the passphrase of ${ssh('foo')}\n`);
    expect([keygen(ssh('foo'), NEW), keygen(ssh('foo'), OLD)]).toEqual([line, null]);
    const removed = await passphrase(['foo', '--remove', '--passphrase-stdin', '--json'], `${NEW}\r\n`);
    expect([removed.exit, removed.stderr, keygen(ssh('foo'), '')]).toEqual([0, '', line]);
    expect(JSON.parse(removed.stdout)).toMatchObject({
      ...{ file: ssh('foo'), encrypted: false, wasEncrypted: true, keyType: publicKey.keyType, bits: publicKey.bits },
      ...{ publicKey: line, fingerprints: { sha256: expect.stringMatching(/^SHA256:/) as string }, dryRun: false },
    });
    const again = await passphrase(['foo', '--remove']);
    expect(again).toEqual({ exit: 0, stdout: `${ssh('foo')} has no passphrase\n`, stderr: '' });
    expect(readdirSync(ssh()).sort()).toEqual(['foo', 'foo.pub']);
  });

  it.each(['RFC4716', 'PEM', 'PKCS8'])('changes what ssh-keygen has encrypted: %s', async (container) => {
    const { publicKey } = put('rsa-2048');
    execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', OLD, '-m', container, '-f', ssh('foo')]);
    const done = await set(OLD, NEW);
    expect(done.exit, done.stderr).toBe(0);
    expect(keygen(ssh('foo'), NEW)).toContain(formatPublicKey(publicKey, ''));
  });

  it('changes nothing if the passphrase is wrong, or the new one cannot be one', async () => {
    put('rsa-2048');
    await set(OLD);
    const before = [read(ssh('foo')), statSync(ssh('foo')).ino];
    const tries: readonly [string | Buffer, number, string][] = [
      [`wrong\n${NEW}\n`, 4, 'wrong passphrase for'],
      [`${OLD} \n${NEW}\n`, 4, 'wrong passphrase for'],
      [`\n${NEW}\n`, 4, 'wrong passphrase for'],
      [`${OLD}\nabcd\n`, 2, 'the new passphrase: at least 5 characters'],
      [`${OLD}\n\n`, 2, 'the new passphrase: at least 5 characters'],
      [`${OLD}\n${'x'.repeat(1024)}\n`, 2, 'the new passphrase: at most 1023 bytes'],
      [`${OLD}\nabc\rdef\n`, 2, 'no line ends'],
      [`${OLD}\nabc\0def\n`, 2, 'no line ends and no NUL'],
      [Buffer.concat([Buffer.from(`${OLD}\nab`), Buffer.from([0xe4]), Buffer.from('cdef')]), 2, 'not in utf-8'],
      [NEW, 2, 'expected on stdin, one a line: the present passphrase, the new passphrase'],
      [`${OLD}\n${NEW}\n${NEW}`, 2, 'expected on stdin'],
      ['', 2, 'expected on stdin'],
    ];
    for (const [input, exit, said] of tries) {
      const done = spawnSync(COMMAND[0], [...COMMAND.slice(1), 'passphrase', 'foo', '--passphrase-stdin'], {
        ...{ input, encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: home } },
      });
      expect([String(input), done.status, done.stdout]).toEqual([String(input), exit, '']);
      expect(done.stderr).toContain(said);
      expect([read(ssh('foo')), statSync(ssh('foo')).ino]).toEqual(before);
    }
    expect(readdirSync(ssh())).toEqual(['foo']);
  });

  it('says that a present passphrase is not in UTF-8, and names what takes it', () => {
    put('ed25519');
    const words = Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x73]);
    const script = `ssh-keygen -q -p -P '' -N "$(printf 'caf\\351s')" -f "$0"`;
    execFileSync('sh', ['-c', script, ssh('foo')]);
    const before = read(ssh('foo'));
    const done = spawnSync(COMMAND[0], [...COMMAND.slice(1), 'passphrase', 'foo', '--passphrase-stdin'], {
      ...{ input: Buffer.concat([words, Buffer.from(`\n${NEW}\n`)]), encoding: 'utf8' },
      env: { PATH: process.env['PATH'], HOME: home },
    });
    expect([done.status, done.stdout]).toEqual([2, '']);
    expect(done.stderr).toContain(`the passphrase of ${ssh('foo')} is not in utf-8\n`);
    expect(done.stderr).toContain(`hint: ssh-keygen takes it: ssh-keygen -p -f ${ssh('foo')}\n`);
    expect(read(ssh('foo'))).toBe(before);
  });

  it('names what is missing off a terminal, and reads no stdin without its flag', async () => {
    put('rsa-2048');
    expect((await passphrase([])).stderr).toContain('missing: NAME, --passphrase-stdin\n');
    for (const args of [['foo'], ['foo', '--no-input'], ['foo', '--json']]) {
      const { exit, stdout, stderr } = await passphrase(args, `${OLD}\n`);
      expect([exit, stdout, stderr.includes('missing: --passphrase-stdin')]).toEqual([2, '', true]);
    }
    const dry = await passphrase(['foo', '--dry-run', '--json']);
    expect(JSON.parse(dry.stdout)).toMatchObject({ encrypted: true, wasEncrypted: false, dryRun: true });
    expect(keygen(ssh('foo'), '')).not.toBeNull();
  });

  it('keeps the mode of the owner, and rewrites the target of a link', async () => {
    put('rsa-2048', path.join(home, 'elsewhere'));
    chmodSync(path.join(home, 'elsewhere'), 0o400);
    symlinkSync('../elsewhere', ssh('foo'));
    const done = await set(OLD);
    expect(done.exit, done.stderr).toBe(0);
    expect(readlinkSync(ssh('foo'))).toBe('../elsewhere');
    expect(lstatSync(path.join(home, 'elsewhere')).isFile()).toBe(true);
    expect(modeOf(path.join(home, 'elsewhere'))).toBe(0o400);
    expect(keygen(path.join(home, 'elsewhere'), OLD)).not.toBeNull();
    chmodSync(path.join(home, 'elsewhere'), 0o644);
    expect((await set(OLD, NEW)).exit).toBe(0);
    expect(modeOf(path.join(home, 'elsewhere'))).toBe(0o600);
  });

  it('warns of a copy without the passphrase that a killed run has left', async () => {
    const { text } = put('rsa-2048');
    writeFileSync(ssh('.foo.0123456789ab.keypair'), text.reveal(), { mode: 0o600 });
    put('ed25519', ssh('.foo.0123456789ac.keypair'));
    put('rsa-2048', ssh('.bar.0123456789ab.keypair'));
    const { exit, stderr } = await set(OLD);
    expect(exit).toBe(0);
    expect(stderr.match(/warning: .*/g)).toEqual([
      `warning: ${ssh('.foo.0123456789ab.keypair')} holds the same key, without a passphrase: remove it`,
    ]);
    expect(existsSync(ssh('.foo.0123456789ab.keypair'))).toBe(true);
  });

  it('refuses a file with other names, which would keep the key as it is, and says how to go on', async () => {
    put('rsa-2048');
    linkSync(ssh('foo'), ssh('bar'));
    const { exit, stderr } = await set(OLD);
    expect([exit, stderr]).toEqual([2, expect.stringContaining('has 2 names (hard links)') as string]);
    const [, line = ''] = /hint: .*: (cp .*)$/m.exec(stderr) ?? [];
    execFileSync('sh', ['-c', line]);
    expect((await set(OLD)).exit).toBe(0);
    expect([keygen(ssh('foo'), OLD), keygen(ssh('bar'), '')]).not.toContain(null);
  });

  it('refuses a file that others can change, and one that holds more than a key', async () => {
    const { text } = put('rsa-2048');
    chmodSync(ssh('foo'), 0o666);
    expect(await set(OLD)).toMatchObject({ exit: 2, stderr: expect.stringContaining('others may change') as string });
    chmodSync(ssh('foo'), 0o600);
    chmodSync(ssh(), 0o777);
    expect(await set(OLD)).toMatchObject({ exit: 2, stderr: expect.stringContaining('everybody may write') as string });
    chmodSync(ssh(), 0o700);
    const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    writeFileSync(ssh('foo'), text.reveal() + certificate);
    expect(await set(OLD)).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('more than a private key') as string,
    });
    expect(read(ssh('foo'))).toBe(text.reveal() + certificate);
  });

  it.runIf(process.getuid?.() === 0)('refuses a file of another user', async () => {
    put('rsa-2048');
    chownSync(ssh('foo'), 12_345, 12_345);
    expect(await set(OLD)).toMatchObject({ exit: 2, stderr: expect.stringContaining('another user') as string });
    expect(keygen(ssh('foo'), '')).not.toBeNull();
  });

  it('sends a file of putty to export, and says what is no private key', async () => {
    const key = put('ed25519');
    writeFileSync(ssh('foo.ppk'), exportedKey(key, 'ppk', 3).reveal(), { mode: 0o600 });
    const { exit, stderr } = await passphrase(['foo.ppk', '--passphrase-stdin'], OLD);
    expect([exit, stderr]).toEqual([
      2,
      expect.stringContaining(`convert it: keypair export ${ssh('foo.ppk')} --format`),
    ]);
    writeFileSync(ssh('one.pub'), `${formatPublicKey(key.publicKey)}\n`);
    const publicHalf = await passphrase([ssh('one.pub'), '--passphrase-stdin'], OLD);
    expect(publicHalf).toMatchObject({ exit: 2, stderr: expect.stringContaining('this is a public key') as string });
    expect((await passphrase(['nobody', '--passphrase-stdin'], OLD)).exit).toBe(3);
    expect((await passphrase(['./nobody', '--passphrase-stdin'], OLD)).exit).toBe(3);
    expect((await passphrase([home, '--passphrase-stdin'], OLD)).stderr).toContain('is not a file');
    expect((await passphrase(['-', '--passphrase-stdin'], OLD)).exit).toBe(2);
  });

  it('waits for the end of the create that the key is from, which compares the file with what came', async () => {
    put('rsa-2048');
    const journal = path.join(home, '.local/state/keypair/journal');
    mkdirSync(journal, { recursive: true, mode: 0o700 });
    const entry = entryText({ temporaryFile: ssh('.foo.0123456789ab.keypair'), privateKeyFile: ssh('foo') });
    writeFileSync(path.join(journal, '20261122000000-0123456789ab.json'), entry, { mode: 0o600 });
    const { exit, stdout, stderr } = await set(OLD);
    expect([exit, stdout]).toEqual([5, '']);
    expect(stderr).toMatch(
      /error: the create of foo has not ended\nkeypair: hint: finish it first: keypair doctor --fix/,
    );
    expect(keygen(ssh('foo'), '')).not.toBeNull();
  });

  it('leaves the key one that this program has made: shown, and moved by delete --local-files', async () => {
    const sandbox = ['--sandbox', '-p', 'tencent'];
    expect((await run(['create', ...sandbox, '--name', 'foo'], { home })).exit).toBe(0);
    expect((await set(OLD)).exit).toBe(0);
    const shown = await run(['show', ...sandbox, 'foo', '--json'], { home });
    expect(JSON.parse(shown.stdout)).toMatchObject({ privateKeyPath: ssh('foo') });
    expect((await run(['ensure', ...sandbox, '--name', 'foo'], { home })).exit).toBe(0);
    const gone = await run(['delete', ...sandbox, 'foo', '--local-files', '--yes'], { home });
    expect([gone.exit, gone.stderr.includes('stays')]).toEqual([0, false]);
    expect(readdirSync(ssh())).toEqual([]);
  });
});

describe('passphrase on a terminal', () => {
  it.each([
    {
      lang: 'en',
      asks: ['New passphrase of ', 'at least 5 characters', 'The same again:', 'they differ: try again'],
      set: 'set the passphrase of',
      present: 'Passphrase of ',
      wrong: 'wrong passphrase: try again',
      anew: 'New passphrase (empty: none):',
      remove: 'Remove the passphrase of',
      removed: 'removed the passphrase of',
    },
    {
      lang: 'zh-CN',
      asks: [' 的新口令：', '至少 5 个字符', '再次输入口令：', '两次输入不一致'],
      set: '设置口令',
      present: ' 的口令：',
      wrong: '口令不正确，请重试',
      anew: '新口令（留空表示不设）：',
      remove: '去掉口令后',
      removed: '已去掉',
    },
  ])('asks in $lang', async ({ lang, asks, set: wasSet, present, wrong, anew, remove, removed }) => {
    put('ed25519');
    const enter = KEYS.enter;
    {
      await using terminal = keypairOnTerminal(['passphrase', 'foo', '--lang', lang], { home });
      const [question = '', short = '', again = '', differ = ''] = asks;
      await terminal.shows(question);
      terminal.type(`abc${enter}`);
      await terminal.shows(short);
      terminal.type(KEYS.clear + OLD + enter);
      await terminal.shows(again);
      terminal.type(`another${enter}`);
      await terminal.shows(new RegExp(`${differ}[^]*${question}`));
      terminal.type(OLD + enter);
      await terminal.shows(new RegExp(`${again}[^]*${again}`));
      terminal.type(OLD + enter);
      await terminal.shows(wasSet);
      expect(await terminal.ended()).toBe(0);
      expect(terminal.raw()).not.toContain(OLD);
      expect(keygen(ssh('foo'), OLD)).not.toBeNull();
    }
    {
      await using terminal = keypairOnTerminal(['passphrase', 'foo', '--lang', lang], { home });
      await terminal.shows(present);
      terminal.type(`wrong${enter}`);
      await terminal.shows(wrong);
      terminal.type(OLD + enter);
      await terminal.shows(anew);
      terminal.type(enter);
      await terminal.shows(remove);
      terminal.type(`n${enter}`);
      expect(await terminal.ended()).toBe(130);
      expect(keygen(ssh('foo'), OLD)).not.toBeNull();
    }
    await using terminal = keypairOnTerminal(['passphrase', 'foo', '--remove', '--lang', lang], { home });
    await terminal.shows(present);
    terminal.type(OLD + enter);
    await terminal.shows(removed);
    expect(await terminal.ended()).toBe(0);
    expect(keygen(ssh('foo'), '')).not.toBeNull();
  });

  it('gives up after three wrong passphrases, and on Ctrl-C', async () => {
    put('ed25519');
    await set(OLD);
    const before = read(ssh('foo'));
    {
      await using terminal = keypairOnTerminal(['passphrase', 'foo'], { home });
      for (const nth of [1, 2, 3]) {
        await terminal.shows(new RegExp(`(Passphrase of [^]*){${nth}}`));
        terminal.type(`wrong${KEYS.enter}`);
      }
      expect(await terminal.ended()).toBe(4);
    }
    await using terminal = keypairOnTerminal(['passphrase', 'foo'], { home });
    await terminal.shows('Passphrase of ');
    terminal.type(OLD + KEYS.enter);
    await terminal.shows('New passphrase');
    terminal.type(`${NEW}${KEYS.ctrlC}`);
    expect(await terminal.ended()).toBe(130);
    expect(read(ssh('foo'))).toBe(before);
    expect(readdirSync(ssh())).toEqual(['foo']);
  });

  it('shows the passphrase to no other program, and reads none from a terminal that would echo it', async () => {
    put('ed25519');
    const log = path.join(home, 'trace');
    const traced = ['-f', '-v', '-s', '100000', '-e', 'trace=execve,execveat', '-o', log, ...COMMAND];
    const env = { PATH: process.env['PATH'] ?? '', HOME: home, TERM: 'xterm-256color' };
    {
      await using terminal = onTerminal('strace', [...traced, 'passphrase', 'foo', '--debug'], { cwd: home, env });
      for (const question of ['New passphrase of', 'The same again:']) {
        await terminal.shows(question);
        terminal.type(OLD + KEYS.enter);
      }
      await terminal.shows('set the passphrase of');
      expect(await terminal.ended()).toBe(0);
    }
    expect(keygen(ssh('foo'), OLD)).not.toBeNull();
    expect(read(log)).toContain('execve(');
    for (const secret of [OLD, OLD.slice(0, 7)]) expect(read(log)).not.toContain(secret);
    const state = path.join(home, '.local/state');
    if (existsSync(state)) expect(spawnSync('grep', ['-r', OLD, state, path.join(home, '.cache')]).status).toBe(1);
    await using terminal = keypairOnTerminal(['passphrase', 'foo', '--passphrase-stdin'], { home });
    await terminal.shows('stdin is the terminal, which would show the passphrase');
    expect(await terminal.ended()).toBe(2);
  });
});
