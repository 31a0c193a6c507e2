import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { installedProgram } from '../support/installed.ts';
import { run } from '../support/program.ts';
import { KEYS, keypairOnTerminal, type OnTerminal } from '../support/terminal.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';
import { put } from '../unit/credentials/world.ts';

const ID = 'LTAIexampleexample0000WXYZ';
const SECRET = 'Gu5t9xGARNpq86cd98joQYCN3EXAMPLE';
const PASSPHRASE = 'correct horse battery staple';
const LOGIN = ['auth', 'login', '-p', 'aliyun', '--secret-id', ID, '--secret-stdin', '--no-check'];
const IN_CLEAR = ['--store', 'file', '--insecure-plaintext'];

describe('auth without a terminal', () => {
  let home: string;
  beforeEach(() => {
    home = temporaryDirectory();
  });

  it.each([
    [[], '--provider, --secret-id, --secret-stdin'],
    [['-p', 'aliyun'], '--secret-id, --secret-stdin'],
    [['-p', 'aliyun', '--secret-id', ID], '--secret-stdin'],
    [['-p', 'aliyun', '--secret-stdin'], '--secret-id'],
    [['--store', 'file'], '--provider, --secret-id, --secret-stdin, --insecure-plaintext'],
  ])('login %j names all that is missing, and reads nothing', async (args, missing) => {
    const { exit, stderr } = await run(['auth', 'login', ...args], { home });
    expect(exit).toBe(2);
    expect(stderr).toContain(`keypair: error: missing: ${missing}\n`);
  });

  it.each([
    [['login', '--sandbox'], 'hint: leave --sandbox out to log in to a cloud'],
    [['logout', '--sandbox'], 'the sandbox brings its own'],
    [['login', '--insecure-plaintext'], '--insecure-plaintext goes with --store file'],
    [['login', '--store', 'cloud'], "'cloud' is invalid"],
    [['logout'], 'missing: --provider, --yes'],
    [['login', '-p', 'nobody', '--secret-id', ID, '--secret-stdin'], 'no provider is called "nobody"'],
  ])('refuses %j', async (args, message) => {
    const { exit, stderr } = await run(['auth', ...args], { home });
    expect(exit).toBe(2);
    expect(stderr).toContain(message);
  });

  it('names the variable that was in the way of a login', async () => {
    const { stderr } = await run(['auth', 'login'], { home, env: { KEYPAIR_SANDBOX: '1' } });
    expect(stderr).toContain('hint: leave KEYPAIR_SANDBOX out to log in to a cloud');
  });

  it('keeps a login in a file only when asked, and forgets it again', async () => {
    const login = await run([...LOGIN, ...IN_CLEAR], { home, input: `${SECRET}\n` });
    expect(login.exit, login.stderr).toBe(0);
    expect(login.stdout).toBe(
      'logged in to Alibaba Cloud: LTAI…WXYZ, kept in ~/.config/keypair/credentials/default.aliyun.json\n',
    );
    expect(login.stderr).toMatch(/^keypair: warning: .* holds the secret in clear/);
    const file = path.join(home, '.config/keypair/credentials/default.aliyun.json');
    expect(modeOf(file)).toBe(0o600);
    const all = [login];

    all.push(await run(['auth', 'status', '-p', 'aliyun'], { home }));
    expect(all.at(-1)?.stdout).toContain('found      ~/.config/keypair/credentials/default.aliyun.json\n');
    all.push(await run(['auth', 'status', '-p', 'aliyun', '--profile', 'work'], { home }));
    expect(all.at(-1)?.exit).toBe(4);

    all.push(await run(['auth', 'logout', '-p', 'aliyun', '-y', '--json'], { home }));
    expect(JSON.parse(all.at(-1)?.stdout ?? '')).toEqual({
      vendor: 'aliyun',
      profile: 'default',
      store: 'file',
      removed: true,
      remaining: null,
    });
    expect(existsSync(file)).toBe(false);
    all.push(await run(['auth', 'logout', '-p', 'aliyun', '-y'], { home }));
    expect(all.at(-1)?.exit).toBe(3);
    for (const { stdout, stderr } of all) {
      expect(stdout + stderr).not.toContain(SECRET);
      expect(stdout + stderr).not.toContain(ID);
    }
  });

  it('login says that the environment goes before what it stores', async () => {
    const env = { ALICLOUD_ACCESS_KEY: ID, ALICLOUD_SECRET_KEY: SECRET };
    const { exit, stderr } = await run([...LOGIN, ...IN_CLEAR], { home, env, input: SECRET });
    expect(exit).toBe(0);
    expect(stderr).toContain(
      'keypair: warning: environment (ALICLOUD_ACCESS_KEY) overrides this login: unset it to use the login\n',
    );
  });

  it('tells of an age file that nobody can be asked for its passphrase, and stores none', async () => {
    const { exit, stderr } = await run([...LOGIN, '--store', 'file'], { home, input: SECRET });
    expect(exit).toBe(2);
    expect(stderr).toContain('missing: --insecure-plaintext');
    expect(stderr).toContain('can only be asked for on a terminal');
    expect(readdirSync(home)).toEqual([]);
  });

  it('status says what is passed over and what to run, and who can read the rest', async () => {
    const ended = { type: 'sso', secretId: ID, secretKey: SECRET, token: SECRET, expiresAt: 1_700_000_000 };
    put(home, '.tccli/default.credential', ended);
    const nothing = await run(['auth', 'status', '-p', 'tencent'], { home });
    expect(nothing.exit).toBe(4);
    const told = '~/.tccli/default.credential: its login has expired: run tccli sso login\n';
    expect(nothing.stdout).toContain(told);
    expect(nothing.stderr).toContain(`keypair: hint: ${told}`);

    put(home, '.tencentcloud/credentials', `[default]\nsecret_id = ${ID}\nsecret_key = ${SECRET}\n`, 0o644);
    const found = await run(['auth', 'status', '-p', 'tencent'], { home });
    expect(found.exit).toBe(0);
    expect(found.stderr).toBe(
      'keypair: warning: ~/.tccli/default.credential is skipped: its login has expired: run tccli sso login\n' +
        'keypair: warning: others can read ~/.tencentcloud/credentials: run chmod 600 ~/.tencentcloud/credentials\n',
    );
    expect(found.stdout + found.stderr + nothing.stdout + nothing.stderr).not.toContain(SECRET);
  });

  it('shows the sandbox for what it is', async () => {
    const { exit, stdout } = await run(['auth', 'status', '--sandbox', '--check', '--json'], { home });
    expect(exit).toBe(0);
    const rows = JSON.parse(stdout) as readonly object[];
    expect(rows).toHaveLength(5);
    for (const row of rows) expect(row).toMatchObject({ found: true, source: 'sandbox', works: true });
  });
});

/** What the keychain of another machine may do: each takes keytar's place. */
const BROKEN: readonly (readonly [title: string, keytar: string | null, exit: number, told: string])[] = [
  ['is not installed', null, 4, 'keytar is not installed'],
  [
    'has no binary for this machine',
    'throw new Error("Failed to load keytar native addon")',
    4,
    'keytar does not load here',
  ],
  [
    'speaks in escape codes',
    'exports.getPassword = () => Promise.reject(new Error("\\u001b[2Jboo"))',
    4,
    'the keychain refused: \\x1b[2Jboo',
  ],
  ['crashes', 'exports.getPassword = () => process.abort()', 4, 'ended without an answer (SIGABRT)'],
  [
    'never answers',
    'exports.getPassword = () => new Promise(() => setInterval(() => {}, 1000))',
    6,
    'did not answer within 5 seconds',
  ],
  ['blocks its process', 'exports.getPassword = () => { for (;;); }', 6, 'did not answer within 5 seconds'],
];

describe('a keychain that', () => {
  it.each(BROKEN)('%s is told in one line, and stores nothing', async (_title, keytar, exit, told) => {
    const home = temporaryDirectory();
    const program = installedProgram(keytar);
    const done = await run(LOGIN, { home, program, input: SECRET });
    expect(done.exit, done.stderr).toBe(exit);
    expect(done.stderr.split('\n')[0]).toContain(told);
    expect(done.stderr).toContain('--store file');
    expect(done.stderr).not.toContain(SECRET);
    expect(done.stderr).not.toMatch(/\u001b/);
    expect(done.stdout).toBe('');
    expect(readdirSync(home)).toEqual([]);
  });

  it('holds something else than a login does no harm', async () => {
    const home = temporaryDirectory();
    const program = installedProgram(`
      const answer = () => Promise.resolve('{"id":"AKID","secret":["${SECRET}"]}');
      Object.assign(exports, { getPassword: answer, setPassword: answer });
    `);
    const login = await run(LOGIN, { home, program, input: SECRET });
    expect(login.exit, login.stderr).toBe(0);
    const status = await run(['auth', 'status', '-p', 'aliyun'], { home, program });
    expect(status.exit).toBe(4);
    expect(status.stdout).toContain('does not hold what keypair auth login writes');
    expect(status.stdout + status.stderr).not.toContain(SECRET);
  });
});

describe('auth on a terminal', () => {
  let home: string;
  beforeEach(() => {
    home = temporaryDirectory();
  });

  async function answer(terminal: OnTerminal, question: string, keys: string): Promise<void> {
    await terminal.shows(question);
    terminal.type(keys);
  }

  it('asks for all, shows nothing of what is secret, and keeps it in a file with a passphrase', async () => {
    const login = keypairOnTerminal(['auth', 'login', '--store', 'file', '--no-check'], { home });
    await answer(login, 'Whose account is it?', KEYS.down + KEYS.enter);
    await answer(login, 'AccessKeyId:', ID + KEYS.enter);
    // Ctrl-T shows what is typed, where a prompt lets it.
    await answer(login, 'AccessKeySecret:', `${SECRET}\u0014${KEYS.enter}`);
    await answer(login, 'Passphrase for the file:', `short${KEYS.enter}`);
    await answer(login, 'at least 8 characters', KEYS.clear + PASSPHRASE + KEYS.enter);
    await answer(login, 'The same again:', `something else${KEYS.enter}`);
    await login.shows('they differ: try again');
    await login.shows(/Passphrase for the file: *$/m);
    login.type(PASSPHRASE + KEYS.enter);
    await login.shows(/The same again: *$/m);
    login.type(PASSPHRASE + KEYS.enter);
    expect(await login.ended()).toBe(0);
    expect(login.screen()).toContain('kept in ~/.config/keypair/credentials/default.aliyun.age');

    const file = path.join(home, '.config/keypair/credentials/default.aliyun.age');
    expect(modeOf(file)).toBe(0o600);
    expect(readFileSync(file, 'latin1')).not.toContain(ID);

    const status = keypairOnTerminal(['auth', 'status', '-p', 'aliyun'], { home });
    await answer(status, 'Passphrase of ~/.config/keypair', PASSPHRASE + KEYS.enter);
    expect(await status.ended()).toBe(0);
    expect(status.screen()).toContain('LTAI…WXYZ');

    for (const terminal of [login, status]) {
      for (const secret of [SECRET, PASSPHRASE, 'something else']) {
        for (let start = 0; start + 6 <= secret.length; start += 1) {
          expect(terminal.raw()).not.toContain(secret.slice(start, start + 6));
        }
      }
    }
    for (const name of readdirSync(home, { recursive: true, encoding: 'utf8' })) {
      const found = path.join(home, name);
      if (statSync(found).isFile()) expect(readFileSync(found, 'latin1')).not.toContain(SECRET);
    }
  }, 60_000);

  it('leaves nothing after Ctrl-C at the secret', async () => {
    const terminal = keypairOnTerminal(
      ['auth', 'login', '-p', 'tencent', '--secret-id', ID, '--store', 'file', '--no-check'],
      { home },
    );
    await answer(terminal, 'SecretKey:', SECRET + KEYS.ctrlC);
    expect(await terminal.ended()).toBe(130);
    expect(terminal.raw()).not.toContain(SECRET);
    expect(readdirSync(home)).toEqual([]);
  });

  it('shows nothing of a secret that is pasted together with the id', async () => {
    const terminal = keypairOnTerminal(['auth', 'login', '-p', 'tencent', '--store', 'file', '--no-check'], {
      home,
    });
    await answer(terminal, 'SecretId:', ID + KEYS.enter + SECRET + KEYS.enter);
    await terminal.shows(/SecretKey:|Passphrase/);
    terminal.type(KEYS.ctrlC);
    expect(await terminal.ended()).toBe(130);
    expect(terminal.raw()).not.toContain(SECRET.slice(0, 6));
  });

  it('does not read a secret from a terminal that would show it', async () => {
    const terminal = keypairOnTerminal(LOGIN, { home });
    expect(await terminal.ended()).toBe(2);
    expect(terminal.screen()).toContain('stdin is the terminal, which would show the secret');
  });

  it('asks before it logs out', async () => {
    await run([...LOGIN, ...IN_CLEAR], { home, input: SECRET });
    const no = keypairOnTerminal(['auth', 'logout', '-p', 'aliyun'], { home });
    await answer(no, 'Remove the login of profile default to Alibaba Cloud', KEYS.enter);
    expect(await no.ended()).toBe(130);
    expect((await run(['auth', 'status', '-p', 'aliyun'], { home })).exit).toBe(0);
    const yes = keypairOnTerminal(['auth', 'logout', '-p', 'aliyun'], { home });
    await answer(yes, 'Remove the login of profile default to Alibaba Cloud', `y${KEYS.enter}`);
    expect(await yes.ended()).toBe(0);
    expect((await run(['auth', 'status', '-p', 'aliyun'], { home })).exit).toBe(4);
  });
});
