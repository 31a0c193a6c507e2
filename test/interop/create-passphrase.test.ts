import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { entryText } from '../support/intent.ts';
import { startAgent } from '../support/agent.ts';
import { COMMAND, run, type Run } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { KEYS, keypairOnTerminal } from '../support/terminal.ts';

const SECRET = 'open sesame';
const PLACE = ['--sandbox', '-p', 'tencent', '-r', 'ap-guangzhou'];

let home: string;
beforeEach(() => {
  home = temporaryDirectory();
});

const ssh = (file: string): string => path.join(home, '.ssh', file);
const create = (...args: string[]): Promise<Run> => run(['create', ...PLACE, ...args], { home, input: `${SECRET}\n` });

/** The public key as ssh-keygen reads it from the private key; null if the passphrase does not open it. */
function opened(file: string, passphrase: string): string | null {
  const { status, stdout } = spawnSync('ssh-keygen', ['-y', '-P', passphrase, '-f', file], { encoding: 'utf8' });
  return status === 0 ? stdout.split(' ').slice(0, 2).join(' ').trim() : null;
}

function expectClosed(file: string): void {
  const line = readFileSync(`${file}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
  expect(opened(file, SECRET)).toBe(line);
  expect(opened(file, '')).toBeNull();
  expect(readdirSync(path.dirname(file)).filter((name) => name.endsWith('.keypair'))).toEqual([]);
  expect(readdirSync(path.join(home, '.local/state/keypair/journal'))).toEqual([]);
}

describe('create --passphrase', () => {
  it.each([
    ['tencent', []],
    ['lighthouse', []],
    ['aliyun', []],
    ['qcloud', []],
    ['tencent', ['--local']],
    ['aliyun', ['--local', '--type', 'rsa-2048']],
  ])('of %s %j is a key that only its passphrase opens', async (provider, more) => {
    const args = [
      'create',
      '--sandbox',
      '-p',
      provider,
      '--name',
      'foo',
      'bar',
      '--passphrase-stdin',
      '--json',
      ...more,
    ];
    const done = await run(args, { home, input: `${SECRET}\n` });
    expect(done).toMatchObject({ exit: 0, stderr: '' });
    expect(done.stdout).not.toContain('sesame');
    for (const name of ['foo', 'bar']) expectClosed(ssh(name));
    const doctor = await run(['doctor', '--sandbox', '-p', provider, '--local-only', '--json'], { home });
    expect(doctor.exit, doctor.stdout).toBe(0);
    const again = await run(['ensure', ...args.slice(1, -1 - more.length)], { home, input: `${SECRET}\n` });
    expect(again).toMatchObject({ exit: 0, stderr: expect.stringContaining('nothing was changed') as string });
  });

  it('goes to stdout, and to the copy, under the passphrase only', async () => {
    const { exit, stdout } = await create('--name', 'foo', '--passphrase-stdin', '--output', '-');
    expect(exit).toBe(0);
    writeFileSync(path.join(home, 'out'), stdout, { mode: 0o600 });
    expect([opened(path.join(home, 'out'), SECRET), opened(path.join(home, 'out'), '')]).toEqual([
      expect.stringContaining('ssh-rsa'),
      null,
    ]);
    const files = readdirSync(home, { recursive: true, encoding: 'utf8' });
    const open = files.filter((file) => read(path.join(home, file)).startsWith('-----BEGIN RSA'));
    expect(open).toEqual([]);
  });

  it.each([
    ['abcd', 'the passphrase: at least 5 characters'],
    ['', 'the passphrase: at least 5 characters'],
    [`${SECRET}\nfoo`, 'expected on stdin, one a line: the passphrase'],
  ])('refuses %j before it calls anything', async (input, message) => {
    const { exit, stderr } = await run(['create', ...PLACE, '--name', 'foo', '--passphrase-stdin'], { home, input });
    expect([exit, stderr.split('\n')[0]]).toEqual([2, `keypair: error: ${message}`]);
    expect(existsSync(ssh('foo'))).toBe(false);
  });

  it('off a terminal names all that is missing', async () => {
    const { exit, stderr } = await run(['create', '--passphrase'], { home });
    expect([exit, stderr.split('\n')[0]]).toEqual([
      2,
      'keypair: error: missing: --provider, --name, --passphrase-stdin',
    ]);
  });

  it.each([
    ['en', ['Passphrase for the private key:', 'The same again:', 'they differ', 'at least 5']],
    ['zh-CN', ['私钥的口令：', '再次输入口令：', '两次输入不一致', '至少 5']],
  ])(
    'asks twice on a terminal, before the call (%s)',
    async (lang, [first = '', second = '', differ = '', short = '']) => {
      const args = ['create', ...PLACE, '--name', 'foo', '--passphrase', '--lang', lang];
      await using terminal = keypairOnTerminal(args, { home });
      await terminal.shows(first);
      terminal.type(`abc${KEYS.enter}`);
      await terminal.shows(short);
      terminal.type(`${KEYS.clear}${SECRET}${KEYS.enter}`);
      await terminal.shows(second);
      expect(existsSync(ssh('foo'))).toBe(false);
      terminal.type(`another${KEYS.enter}`);
      // Not before it asks: between two questions a terminal echoes what is typed.
      await terminal.shows(new RegExp(`${differ}[^]*${first}`));
      terminal.type(`${SECRET}${KEYS.enter}`);
      await terminal.shows(new RegExp(`${second}[^]*${second}`));
      terminal.type(`${SECRET}${KEYS.enter}`);
      expect(await terminal.ended()).toBe(0);
      expect(terminal.raw()).not.toContain('sesame');
      expectClosed(ssh('foo'));
    },
  );

  it('leaves with Ctrl-C at the question, and has called nothing', async () => {
    await using terminal = keypairOnTerminal(['create', ...PLACE, '--name', 'foo', '--passphrase'], { home });
    await terminal.shows('Passphrase for the private key:');
    terminal.type(KEYS.ctrlC);
    expect(await terminal.ended()).toBe(130);
    expect((await run(['list', ...PLACE, '-q'], { home })).stdout).not.toContain('foo');
  });
});

/** Leaves behind what a create --passphrase leaves that is killed once the raw key is on the disk. */
async function interrupted(): Promise<string> {
  expect(await run(['create', ...PLACE, '--name', 'foo', '-q'], { home })).toMatchObject({ exit: 0 });
  const raw = ssh('.foo.0123456789ab.keypair');
  writeFileSync(raw, readFileSync(ssh('foo')), { mode: 0o600 });
  execFileSync('rm', [ssh('foo'), ssh('foo.pub')]);
  const fields = { version: 3, passphrase: true, sandbox: true, temporaryFile: raw, privateKeyFile: ssh('foo') };
  const journal = path.join(home, '.local/state/keypair/journal');
  mkdirSync(journal, { recursive: true, mode: 0o700 });
  writeFileSync(path.join(journal, '20261129100000-0123456789ab.json'), entryText(fields), { mode: 0o600 });
  return raw;
}

/** A create whose stdout takes nothing: the key stays in its temporary file. */
function brokenPipe(...args: string[]): { readonly exit: number | null; readonly stderr: string } {
  const script = '"$@" >/dev/full';
  const words = ['-c', script, 'sh', ...COMMAND, 'create', ...PLACE, '--output', '-', ...args];
  const env = { PATH: process.env['PATH'], HOME: home };
  const { status, stderr } = spawnSync('sh', words, { env, input: `${SECRET}\n`, encoding: 'utf8' });
  return { exit: status, stderr };
}

describe('what a create --passphrase has left', () => {
  it.each([
    ['list', ...PLACE],
    ['doctor', ...PLACE, '--fix', '--yes'],
    ['ensure', ...PLACE, '--name', 'foo'],
    ['create', ...PLACE, '--name', 'foo', '--recreate'],
  ])('is not published without its passphrase by %s', async (...args) => {
    const raw = await interrupted();
    const { stderr, stdout } = await run(args, { home });
    expect(existsSync(ssh('foo'))).toBe(false);
    expect(existsSync(raw)).toBe(true);
    expect(stdout + stderr).toMatch(
      /keypair create -p tencent -r ap-guangzhou --sandbox --name foo --passphrase-stdin --recreate/,
    );
  });

  it.each([
    ['ensure', ...PLACE, '--name', 'foo', '--passphrase-stdin'],
    ['create', ...PLACE, '--name', 'foo', '--passphrase-stdin', '--recreate'],
  ])('is finished with a passphrase on stdin by %s', async (...args) => {
    const raw = await interrupted();
    const { exit, stderr } = await run(args, { home, input: `${SECRET}\n` });
    expect(exit, stderr).toBe(0);
    expect(existsSync(raw)).toBe(false);
    expectClosed(ssh('foo'));
  });

  it.each([
    [['create', ...PLACE, '--name', 'foo', '--passphrase', '--recreate'], null],
    [['create', ...PLACE, '--name', 'foo', '--recreate'], null],
    [['doctor', ...PLACE, '--fix'], 'What do you want to do about it?'],
    [['list', ...PLACE], 'What do you want to do with foo?'],
  ])('is finished on a terminal by %j, which asks', async (args, question) => {
    const raw = await interrupted();
    await using terminal = keypairOnTerminal(args, { home });
    if (question !== null) {
      await terminal.shows(question);
      terminal.type(KEYS.down + KEYS.enter);
    }
    await terminal.shows('Passphrase for the private key:');
    terminal.type(SECRET + KEYS.enter);
    await terminal.shows('The same again:');
    terminal.type(SECRET + KEYS.enter);
    expect(await terminal.ended()).toBe(0);
    expect(existsSync(raw)).toBe(false);
    expectClosed(ssh('foo'));
  });

  it.each([
    [['--passphrase-stdin'], ['--passphrase-stdin']],
    [['--passphrase-stdin'], []],
    [[], ['--passphrase-stdin']],
    [[], []],
  ])('is accepted with the passphrase that ssh-keygen has given it (%j, then %j)', async (wanted, then) => {
    const { exit, stderr } = brokenPipe('--name', 'foo', ...wanted);
    expect([exit, stderr]).toEqual([7, expect.stringContaining('.keypair')]);
    const stdout = path.join(home, '.local/state/keypair/stdout');
    const [kept = ''] = readdirSync(stdout).map((name) => path.join(stdout, name));
    const refused = await run(['passphrase', kept, '--passphrase-stdin'], { home, input: `${SECRET}\n` });
    expect(refused).toMatchObject({ exit: 5, stderr: expect.stringContaining('has not ended') as string });
    expect(opened(kept, '')).not.toBeNull();
    execFileSync('ssh-keygen', ['-q', '-p', '-f', kept, '-P', '', '-N', SECRET]);
    const told = await run(['doctor', ...PLACE], { home });
    expect(told.stdout).toContain('its private key is safe in');
    expect(told.stdout).not.toContain('delete');
    const done = await create('--name', 'foo', '--recreate', ...then);
    expect(done).toMatchObject({ exit: 0 });
    expect(existsSync(kept)).toBe(false);
    expectClosed(ssh('foo'));
  });

  it('is a raw key, and the message of a failed create says so', async () => {
    // The reserved file gets the key; its name is taken meanwhile.
    const taken = path.join(home, 'taken.cjs');
    writeFileSync(
      taken,
      `const fs = require('node:fs/promises'); const link = fs.link;
       fs.link = async (from, to) => { if (to.endsWith('/foo')) throw Object.assign(new Error('x'), { code: 'EEXIST' }); return link(from, to); };`,
    );
    const { exit, stderr } = await run(['create', ...PLACE, '--name', 'foo', '--passphrase-stdin'], {
      home,
      input: `${SECRET}\n`,
      env: { NODE_OPTIONS: `--require ${taken}` },
    });
    expect(exit).toBe(7);
    expect(stderr).toMatch(/hint: it has no passphrase yet: set one with ssh-keygen -p -f \S+\.keypair\n/);
    expect(stderr).toMatch(/hint: finish it or start over: keypair create .* --passphrase-stdin --recreate\n/);
  });
});

describe('create --agent', () => {
  it.each([
    ['cloud', []],
    ['local', ['--local']],
    ['closed', ['--passphrase-stdin']],
    ['closed, local', ['--passphrase-stdin', '--local']],
  ])('gives the agent the new key (%s), through a pipe only', async (_what, more) => {
    await using agent = await startAgent();
    const log = path.join(home, 'calls');
    const args = ['create', ...PLACE, '--name', 'foo', '--agent', '1h', '--json', ...more];
    const traced = spawnSync(
      'strace',
      ['-f', '-qq', '-s', '100000', '-v', '-e', 'trace=execve', '-o', log, ...COMMAND, ...args],
      {
        env: { PATH: process.env['PATH'], HOME: home, ...agent.env },
        input: `${SECRET}\n`,
        encoding: 'utf8',
      },
    );
    expect(traced.status, traced.stderr).toBe(0);
    const json = JSON.parse(traced.stdout) as { fingerprints: { sha256: string }; agent: object };
    expect(json.agent).toEqual({ added: true, lifetime: 3600 });
    expect(agent.fingerprints()).toEqual([json.fingerprints.sha256]);
    const calls = readFileSync(log, 'utf8');
    expect(calls).toMatch(/ssh-add", "-t", "3600", "-"/);
    expect(calls).not.toMatch(/PRIVATE|sesame/);
    const listed = execFileSync('ssh-add', ['-l'], { env: { ...process.env, ...agent.env }, encoding: 'utf8' });
    expect(listed).toMatch(/ foo \(/);
  });

  it('keeps the key and ends well without an agent; what --json says has no agent without the flag', async () => {
    const done = await run(['create', ...PLACE, '--name', 'foo', '--agent'], { home });
    expect(done.exit).toBe(0);
    expect(done.stderr).toMatch(/warning: the agent does not hold foo: no ssh-agent runs for this shell\n/);
    expect(done.stderr).toMatch(/warning: add it later with: keypair agent add \S+\/foo\n/);
    const timed = await run(['create', ...PLACE, '--name', 'timed', '--agent', '90m'], { home });
    expect(timed.stderr).toMatch(/warning: add it later with: keypair agent add \S+\/timed --lifetime 1h30m\n/);
    const json = await run(['create', ...PLACE, '--name', 'bar', '--agent', '--json'], { home });
    expect(json).toMatchObject({
      exit: 0,
      stderr: '',
      stdout: expect.stringContaining('"agent":{"added":false') as string,
    });
    const plain = await run(['create', ...PLACE, '--name', 'baz', '--json'], { home });
    expect(plain.stdout).not.toContain('agent');
  });

  it.each([
    [['--agent', '1x'], '--agent 1x is not a lifetime'],
    [['--agent', '--output', '-'], '--agent is for a key that is saved here'],
    [['--agent='], '--agent is empty'],
  ])('refuses %j before it calls anything', async (more, message) => {
    const { exit, stderr } = await run(['create', ...PLACE, '--name', 'foo', ...more], { home });
    expect([exit, stderr.includes(message)]).toEqual([2, true]);
    expect(existsSync(ssh('foo'))).toBe(false);
  });
});

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
