import { generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePrivateKey } from '../../src/keys/private-key.ts';
import { formatPublicKey } from '../../src/keys/public-key.ts';
import { Secret } from '../../src/secret.ts';
import { entryText } from '../support/intent.ts';
import { ended, type Run, start } from '../support/program.ts';
import { serveSandbox, type Served } from '../support/served.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';
import { KEYS, keypairOnTerminal } from '../support/terminal.ts';

let served: Served;
let home: string;
beforeEach(async () => {
  served = await serveSandbox();
  home = temporaryDirectory();
});
afterEach(() => served.close());

const PAIR = ['-p', 'tencent', '-r', 'ap-guangzhou'];

function keypair(...args: string[]): Promise<Run> {
  return served.run([...args, ...PAIR], { home });
}

function keyDirectory(): string {
  return path.join(home, '.ssh');
}

function journal(): string[] {
  const directory = path.join(home, '.local/state/keypair/journal');
  return existsSync(directory) ? readdirSync(directory) : [];
}

function temporaries(): string[] {
  return readdirSync(keyDirectory()).filter((name) => name.endsWith('.keypair'));
}

async function until(what: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!what()) {
    if (Date.now() > end) throw new Error(`it never came to: ${String(what)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Starts the real program and kills it while the service keeps its answer back. */
async function killedWhileAsking(when: 'before' | 'after', ...more: string[]): Promise<void> {
  const action = more.includes('--local') ? 'ImportKeyPair' : 'CreateKeyPair';
  served.sandbox.fault({ kind: 'hang', when, action });
  const child = start(['create', '--name', 'foo', ...more, ...PAIR], { home, env: served.env });
  const end = ended(child);
  const asked = (): boolean => served.sandbox.log.some((call) => call.action === action);
  await until(asked);
  child.kill('SIGKILL');
  expect((await end).exit).toBe('SIGKILL');
  expect(journal()).toHaveLength(1);
}

/** Has the pair made by somebody of whom this machine's user knows nothing. */
async function madeElsewhere(): Promise<string> {
  const theirs = temporaryDirectory();
  const made = await served.run(['create', '--name', 'foo', ...PAIR], { home: theirs });
  expect(made.exit).toBe(0);
  return readFileSync(path.join(theirs, '.ssh/foo'), 'utf8');
}

/** Puts a private key where the answer would have been, as a create that died a moment later leaves it. */
async function keyCame(): Promise<string> {
  const key = await madeElsewhere();
  writeEntry({});
  writeFileSync(path.join(keyDirectory(), TEMPORARY), `${key}${'\0'.repeat(1000)}`, { mode: 0o600 });
  return key;
}

/** Longer ago than any request is carried out late. */
const LONG_OVER = (): string => new Date(Date.now() - 20 * 60_000).toISOString();

/** Changes what the only entry says. */
function amend(fields: Readonly<Record<string, unknown>>): void {
  const [name = ''] = journal();
  const file = path.join(home, '.local/state/keypair/journal', name);
  const entry = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify({ ...entry, ...fields }));
}

/** Has the entry tell the id of the pair in the cloud, as when an answer came that held no key which could be used. */
async function provedOurs(): Promise<void> {
  const { stdout } = await served.run(['list', '--json', ...PAIR], { home: temporaryDirectory() });
  const [pair = {}] = JSON.parse(stdout) as { readonly id?: string }[];
  amend({ pairId: pair.id });
}

const TEMPORARY = '.foo.0123456789ab.keypair';

function writeEntry(fields: Readonly<Record<string, unknown>>, name = '20261122000000-0123456789ab.json'): string {
  mkdirSync(keyDirectory(), { recursive: true, mode: 0o700 });
  const directory = path.join(home, '.local/state/keypair/journal');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const entry = entryText({
    endpoint: served.env['KEYPAIR_ENDPOINT'],
    temporaryFile: path.join(keyDirectory(), TEMPORARY),
    privateKeyFile: path.join(keyDirectory(), 'foo'),
    ...fields,
  });
  const file = path.join(directory, name);
  writeFileSync(file, entry, { mode: 0o600 });
  return file;
}

async function cloudNames(): Promise<string[]> {
  const { stdout } = await served.run(['list', '--json', ...PAIR], { home });
  return (JSON.parse(stdout) as { readonly name: string }[]).map(({ name }) => name);
}

describe('the next run', () => {
  it('cleans up by itself after a create that was never carried out', async () => {
    await killedWhileAsking('before');
    expect(temporaries()).toHaveLength(1);
    amend({ startedAt: LONG_OVER() });
    const { exit, stdout, stderr } = await keypair('list', '--quiet');
    expect([exit, stdout]).toEqual([0, '']);
    expect(stderr).toBe('');
    expect(temporaries()).toEqual([]);
    expect(journal()).toEqual([]);
  });

  it('says that the key is lost where an id proves whose it is, and leaves everything as it is', async () => {
    await killedWhileAsking('after');
    await provedOurs();
    const { exit, stderr } = await keypair('show', 'foo');
    expect(exit).toBe(0);
    expect(stderr).toMatch(/a create that began a moment ago did not end: foo .*it is lost/);
    expect(stderr).toContain('keypair doctor --fix');
    expect(journal()).toHaveLength(1);
    expect(await cloudNames()).toEqual(['foo']);
  });

  it('is silent with --json', async () => {
    await killedWhileAsking('after');
    expect((await keypair('list', '--json')).stderr).toBe('');
  });

  it('believes no other access key, which may be of another account', async () => {
    await killedWhileAsking('after');
    const [name = ''] = journal();
    const file = path.join(home, '.local/state/keypair/journal', name);
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(/"signer":"key:[0-9a-f]{16}"/);
    writeFileSync(file, text.replace(/"signer":"key:[0-9a-f]{16}"/, '"signer":"key:ffffffffffffffff"'));
    const { exit, stderr } = await keypair('list');
    expect(exit).toBe(0);
    expect(stderr).toMatch(/cannot tell what happened to foo .*: it was begun with another access key/);
    served.sandbox.remove({ service: 'cvm', region: 'ap-guangzhou', names: ['foo'] });
    expect((await keypair('list')).stderr).not.toContain('was not made');
    expect((await keypair('create', '--name', 'foo', '--recreate')).exit).toBe(4);
    expect(journal()).toEqual([name]);
    expect(temporaries()).toHaveLength(1);
  });

  it('asks the service of the entry, whatever this run is told to call', async () => {
    writeEntry({ provider: 'lighthouse', apiVersion: '2020-03-24', startedAt: LONG_OVER() });
    const { exit, stderr } = await served.run(['list', '-p', 'aliyun'], { home });
    expect(exit).toBe(0);
    expect(stderr).toContain('foo (lighthouse, ap-guangzhou) was not made');
    expect(served.sandbox.log.map(({ action }) => action)).toEqual([
      'DescribeKeyPairs',
      'DescribeKeyPairs',
      'DescribeKeyPairs',
    ]);
  });

  it('never calls out of the sandbox for an entry of the real world, nor the other way', async () => {
    writeEntry({});
    for (const command of [['list'], ['doctor', '--fix', '--yes'], ['ensure', '--name', 'bar']]) {
      const args = [...command, '--sandbox', ...PAIR];
      const env = { KEYPAIR_ENDPOINT: undefined as unknown as string };
      const { exit, stdout, stderr } = await served.run(args, { home, env });
      expect(exit, stderr).toBe(0);
      const { origin } = new URL(served.env['KEYPAIR_ENDPOINT'] ?? '');
      expect(`${stdout}${stderr}`).toContain(`keypair doctor --fix --endpoint ${origin}`);
    }
    expect(served.sandbox.log).toEqual([]);
    rmSync(path.join(home, '.local/state/keypair/journal'), { recursive: true });
    writeEntry({ sandbox: true, endpoint: 'https://cvm.tencentcloudapi.com' });
    expect((await keypair('list')).stderr).toContain('keypair doctor --fix --sandbox');
    expect(served.sandbox.log).toHaveLength(1);
    expect(journal()).toHaveLength(1);
  });

  it('tells what is known here, without a call, from a command that calls nothing', async () => {
    await keyCame();
    const before = served.sandbox.log.length;
    const { exit, stdout, stderr } = await served.run(['providers', '--json'], { home });
    expect([exit, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toBeInstanceOf(Array);
    const told = await served.run(['providers', '-p', 'tencent'], { home });
    expect(told.exit).toBe(0);
    expect(told.stderr).toContain(TEMPORARY);
    expect(served.sandbox.log).toHaveLength(before);
  });

  it('says that the key is safe where it is, and where', async () => {
    await keyCame();
    const { exit, stderr } = await keypair('list');
    expect(exit).toBe(0);
    expect(stderr).toContain(`foo (tencent, ap-guangzhou) was made, and its private key is safe in`);
    expect(stderr).toContain(TEMPORARY);
  });

  it('neither fails nor waits long when the service hangs', async () => {
    writeEntry({});
    served.sandbox.fault({ kind: 'hang', when: 'before', action: 'DescribeKeyPairs' });
    // The service is silent until the time-out of a request: without patience of its own the notice would wait so long.
    const begun = Date.now();
    const { exit, stderr } = await keypair('list', '--timeout', '120');
    expect(exit).toBe(0);
    expect(stderr).toContain('was not checked: the service did not answer at once');
    expect(Date.now() - begun).toBeLessThan(60_000);
    expect(journal()).toHaveLength(1);
  });

  it('says that it could not be finished when the service is slow between two looks', async () => {
    writeEntry({ startedAt: LONG_OVER() });
    const action = 'DescribeKeyPairs';
    served.sandbox.fault({ kind: 'patch', patch: (answer) => answer, action });
    served.sandbox.fault({ kind: 'hang', when: 'before', action });
    const { exit, stderr } = await keypair('list');
    expect(exit).toBe(0);
    expect(stderr).toMatch(/did not end: foo .*; the service did not answer in time\n/);
    expect(stderr).toContain('finish it with: keypair doctor --fix');
    expect(journal()).toHaveLength(1);
    expect((await keypair('list')).stderr).toContain('was not made');
    expect(journal()).toEqual([]);
  });

  it('says nothing of what another process is at work on', async () => {
    writeEntry({ pid: process.pid });
    expect((await keypair('list')).stderr).toBe('');
    expect(journal()).toHaveLength(1);
  });

  it('takes nobody for its owner who only has the process number now', async () => {
    writeEntry({ pid: process.pid, startTime: '1', startedAt: LONG_OVER() });
    expect((await keypair('list')).stderr).toContain('foo (tencent, ap-guangzhou) was not made');
    expect(journal()).toEqual([]);
  });

  it('leaves the entries of another machine alone until it is silent', async () => {
    const file = writeEntry({ host: 'ffffffffffffffff', startedAt: LONG_OVER() });
    expect((await keypair('list')).stderr).toBe('');
    const { exit, stderr } = await keypair('create', '--name', 'foo', '--recreate');
    expect(exit).toBe(5);
    expect(stderr).toContain('foo is being made (a process of another machine or container)');
    const early = new Date(Date.now() - 4 * 60_000);
    utimesSync(file, early, early);
    await keypair('list');
    expect(journal()).toEqual([]);
  });

  it('knows a pair that was there before', async () => {
    await madeElsewhere();
    writeEntry({ startedAt: new Date(Date.now() + 3_600_000).toISOString() });
    const { stderr } = await keypair('list');
    expect(stderr).toContain('existed before');
    expect(journal()).toEqual([]);
    expect(await cloudNames()).toEqual(['foo']);
  });

  it('does not take a pair for ours that was made long after the request', async () => {
    await madeElsewhere();
    writeEntry({ startedAt: new Date(Date.now() - 3_600_000).toISOString() });
    const { stderr } = await keypair('list');
    expect(stderr).toContain('cannot tell whose it is');
    expect((await keypair('create', '--name', 'foo', '--recreate')).exit).toBe(5);
    expect(await cloudNames()).toEqual(['foo']);
  });

  it('reads an entry of the first version', async () => {
    const key = await keyCame();
    const [name = ''] = journal();
    const file = path.join(home, '.local/state/keypair/journal', name);
    const { action, startedAt, pid, provider, region, endpoint, sandbox, ...rest } = JSON.parse(
      readFileSync(file, 'utf8'),
    ) as Record<string, unknown>;
    const { temporaryFile, privateKeyFile } = rest;
    const first = { version: 1, action, startedAt, pid, provider, region, endpoint, sandbox, name: 'foo' };
    writeFileSync(file, JSON.stringify({ ...first, temporaryFile, privateKeyFile }));
    // It does not say what its process number means: silence tells.
    utimesSync(file, new Date(0), new Date(0));
    expect((await keypair('create', '--name', 'foo', '--recreate')).exit).toBe(0);
    expect(readFileSync(path.join(keyDirectory(), 'foo'), 'utf8')).toBe(key);
  });

  it('says which entry it cannot read, and keeps it', async () => {
    const file = writeEntry({});
    writeFileSync(file, '{"version":2,"action":');
    const second = file.replace('0123456789ab', 'aaaaaaaaaaaa');
    symlinkSync('/etc/passwd', second);
    const { exit, stderr } = await keypair('list');
    expect(exit).toBe(0);
    expect(stderr).toContain('it is not a journal entry');
    expect(stderr).toContain('it is a link');
    expect(journal()).toHaveLength(2);
  });

  it('trusts no entry that others may write, and none that names files which are not its own', async () => {
    chmodSync(writeEntry({}), 0o666);
    expect((await keypair('list')).stderr).toContain('others may write it');
    writeEntry({ temporaryFile: path.join(home, '.bashrc') });
    chmodSync(path.join(home, '.local/state/keypair/journal', journal()[0] ?? ''), 0o600);
    expect((await keypair('list')).stderr).toContain('it is not a journal entry');
  });
});

describe('on a terminal', () => {
  it('offers to save a key that came, and does', async () => {
    const key = await keyCame();
    await using terminal = keypairOnTerminal(['list', ...PAIR], { home, env: served.env });
    await terminal.shows('What do you want to do with foo?');
    await terminal.shows('later');
    terminal.type(KEYS.down + KEYS.enter);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toContain('saved the private key of foo as');
    const file = path.join(keyDirectory(), 'foo');
    expect(readFileSync(file, 'utf8')).toBe(key);
    expect([modeOf(file), modeOf(`${file}.pub`)]).toEqual([0o600, 0o644]);
    expect(readFileSync(`${file}.pub`, 'utf8')).toBe(
      `${formatPublicKey(parsePrivateKey(new Secret(key)).publicKey, 'foo')}\n`,
    );
    expect([journal(), temporaries()]).toEqual([[], []]);
  });

  it('offers to delete a pair whose key is lost; an empty answer is later', async () => {
    await killedWhileAsking('after');
    await provedOurs();
    {
      await using terminal = keypairOnTerminal(['list', ...PAIR], { home, env: served.env });
      await terminal.shows('What do you want to do with foo?');
      terminal.type(KEYS.enter);
      expect(await terminal.ended()).toBe(0);
      expect(journal()).toHaveLength(1);
    }
    await using terminal = keypairOnTerminal(['list', ...PAIR], { home, env: served.env });
    await terminal.shows('What do you want to do with foo?');
    terminal.type(KEYS.down + KEYS.enter);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toContain('deleted foo in the cloud');
    expect([journal(), temporaries(), await cloudNames()]).toEqual([[], [], []]);
  });

  it('asks nothing with --yes, which was said to the command', async () => {
    await killedWhileAsking('after');
    await provedOurs();
    await using terminal = keypairOnTerminal(['list', '--yes', ...PAIR], { home, env: served.env });
    expect(await terminal.ended()).toBe(0);
    expect(await cloudNames()).toEqual(['foo']);
  });

  it('ends at Ctrl-C, with everything as it was', async () => {
    await killedWhileAsking('after');
    await using terminal = keypairOnTerminal(['list', ...PAIR], { home, env: served.env });
    await terminal.shows('What do you want to do with foo?');
    terminal.type(KEYS.ctrlC);
    expect(await terminal.ended()).toBe(130);
    expect(journal()).toHaveLength(1);
  });
});

it('asks once for the passphrase of a login, however many entries it is for', async () => {
  const { TENCENTCLOUD_SECRET_ID: id = '', TENCENTCLOUD_SECRET_KEY: secret = '' } = served.env;
  const env = { KEYPAIR_ENDPOINT: served.env['KEYPAIR_ENDPOINT'] ?? '' };
  const passphrase = 'correct horse';
  {
    const args = ['auth', 'login', '-p', 'tencent', '--secret-id', id, '--store', 'file', '--no-check'];
    await using login = keypairOnTerminal(args, { home, env });
    await login.shows('SecretKey:');
    login.type(secret + KEYS.enter);
    await login.shows('Passphrase for the file:');
    login.type(passphrase + KEYS.enter);
    await login.shows(/The same again: *$/m);
    login.type(passphrase + KEYS.enter);
    expect(await login.ended()).toBe(0);
  }
  const startedAt = LONG_OVER();
  for (const digit of ['1', '2', '3']) writeEntry({ startedAt }, `20261122000000-${digit.repeat(12)}.json`);
  await using terminal = keypairOnTerminal(['list', ...PAIR], { home, env });
  await terminal.shows('Passphrase of ~/.config/keypair');
  // The time in which the services must answer has not begun.
  await new Promise((resolve) => setTimeout(resolve, 5000));
  terminal.type(passphrase + KEYS.enter);
  expect(await terminal.ended()).toBe(0);
  expect(terminal.screen().match(/foo \(tencent, ap-guangzhou\) was not made/g)).toHaveLength(3);
  expect(journal()).toEqual([]);
}, 60_000);

describe('create --recreate', () => {
  it('is an ordinary create when nothing is unfinished', async () => {
    expect((await keypair('create', '--name', 'foo', '--recreate')).exit).toBe(0);
    const again = await keypair('create', '--name', 'foo', '--recreate', '--key-dir', 'elsewhere');
    expect(again.exit).toBe(5);
    expect(await cloudNames()).toEqual(['foo']);
  });

  it('publishes a key that is here, and deletes nothing', async () => {
    const key = await keyCame();
    const { exit, stdout } = await keypair('create', '--name', 'foo', '--recreate', '--json');
    expect(exit).toBe(0);
    const file = path.join(keyDirectory(), 'foo');
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'foo',
      privateKeyPath: file,
      publicKeyPath: `${file}.pub`,
    });
    expect(readFileSync(file, 'utf8')).toBe(key);
    const actions = served.sandbox.log.map(({ action }) => action);
    expect(actions.filter((action) => action === 'CreateKeyPair')).toHaveLength(1);
    expect(actions).not.toContain('DeleteKeyPairs');
    expect([journal(), temporaries()]).toEqual([[], []]);
  });

  it('deletes a pair whose key is lost, and makes it anew', async () => {
    await killedWhileAsking('after');
    await provedOurs();
    const { exit, stderr } = await keypair('create', '--name', 'foo', '--recreate');
    expect(stderr).toContain('deleted foo in the cloud');
    expect(exit).toBe(0);
    expect(readdirSync(keyDirectory()).sort()).toEqual(['foo', 'foo.pub']);
    expect([journal(), await cloudNames()]).toEqual([[], ['foo']]);
  });

  it('notes nothing any more of a pair that it deletes, and offers its name no more', async () => {
    await keypair('create', '--name', 'foo');
    writeEntry({ keyLost: true });
    await provedOurs();
    for (const name of ['foo', 'foo.pub']) rmSync(path.join(keyDirectory(), name));
    const offered = () => served.run(['__complete', 'bash', 'pairs='], { home, env: { KEYPAIR_PROVIDER: 'tencent' } });
    expect((await offered()).stdout).toContain('foo');
    await keypair('doctor', '--fix', '--yes');
    expect(readdirSync(path.join(home, '.local/state/keypair/made'))).toEqual([]);
    expect((await offered()).stdout).not.toContain('foo');
  });

  it('refuses what is not proved to be ours, and says why', async () => {
    await madeElsewhere();
    writeEntry({ startedAt: new Date(Date.now() + 3_600_000).toISOString() });
    const { exit, stderr } = await keypair('create', '--name', 'foo', '--recreate');
    expect(exit).toBe(5);
    expect(stderr).toContain('existed before');
    expect(served.sandbox.log.map(({ action }) => action)).not.toContain('DeleteKeyPairs');
  });

  it('takes no pair for its own that another create has made, and whose key is elsewhere', async () => {
    const elsewhere = temporaryDirectory();
    await served.run(['create', '--name', 'foo', ...PAIR, '--key-dir', elsewhere], { home });
    served.sandbox.fault({ kind: 'drop', when: 'before', action: 'CreateKeyPair' });
    const lost = await keypair('create', '--name', 'foo');
    expect(lost.exit).toBe(7);
    expect(lost.stderr).toContain('the name foo belongs to an older pair');
    expect(journal()).toEqual([]);
    writeEntry({ keyLost: true });
    const again = await keypair('create', '--name', 'foo', '--recreate');
    expect(again.exit).toBe(5);
    expect(again.stderr).toContain('it was made by another create on this machine');
    expect(served.sandbox.log.map(({ action }) => action)).not.toContain('DeleteKeyPairs');
  });

  it('takes no pair for its own that is a little older than its request', async () => {
    await madeElsewhere();
    writeEntry({ startedAt: new Date(Date.now() + 60_000).toISOString() });
    const { exit, stderr } = await keypair('create', '--name', 'foo', '--recreate');
    expect(exit).toBe(5);
    expect(stderr).toContain('cannot tell whose it is');
    expect(await cloudNames()).toEqual(['foo']);
  });

  it('says so where it helps', async () => {
    served.sandbox.fault({ kind: 'drop', when: 'after', action: 'CreateKeyPair' });
    const lost = await keypair('create', '--name', 'foo');
    expect(lost.exit).toBe(7);
    expect(lost.stderr).toMatch(/--name foo --recreate skey-\w+\n/);
    const again = await keypair('create', '--name', 'foo');
    expect(again.exit).toBe(5);
    const [, id = ''] = /--name foo --recreate (skey-\w+)\n/.exec(again.stderr) ?? [];
    expect((await keypair('create', '--name', 'foo', '--recreate', id)).exit).toBe(0);
    expect([journal(), await cloudNames()]).toEqual([[], ['foo']]);
  });

  it('takes no key for lost that a person has moved', async () => {
    const key = await keyCame();
    await provedOurs();
    rmSync(path.join(keyDirectory(), TEMPORARY));
    const moved = path.join(temporaryDirectory(), 'mine');
    writeFileSync(moved, key, { mode: 0o600 });
    const unclear = await keypair('create', '--name', 'foo', '--recreate');
    expect(unclear.exit).toBe(5);
    expect(unclear.stderr).toContain('it was moved, or is lost');
    const beside = path.join(keyDirectory(), 'mine');
    renameSync(moved, beside);
    const { exit, stdout } = await keypair('create', '--name', 'foo', '--recreate', '--json');
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ privateKeyPath: beside });
    expect(readFileSync(beside, 'utf8')).toBe(key);
    expect([journal(), await cloudNames()]).toEqual([[], ['foo']]);
  });

  function closedKey(): string {
    const closed = path.join(keyDirectory(), 'closed');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const cipher = { cipher: 'aes-256-cbc', passphrase: 'pass word' };
    writeFileSync(closed, privateKey.export({ format: 'pem', type: 'pkcs8', ...cipher }), { mode: 0o600 });
    return closed;
  }

  it('passes over a key under a passphrase where the place shows that none came', async () => {
    await killedWhileAsking('after');
    await provedOurs();
    const closed = closedKey();
    const { exit, stderr } = await keypair('create', '--name', 'foo', '--recreate');
    expect(stderr).toContain('deleted foo in the cloud');
    expect(exit).toBe(0);
    expect(existsSync(closed)).toBe(true);
    expect([journal(), await cloudNames()]).toEqual([[], ['foo']]);
  });

  it('concludes nothing from a key that only its passphrase tells', async () => {
    await killedWhileAsking('after');
    await provedOurs();
    const closed = closedKey();
    writeFileSync(path.join(keyDirectory(), temporaries()[0] ?? ''), 'half an answer');
    const { exit, stderr } = await keypair('create', '--name', 'foo', '--recreate');
    expect(exit).toBe(5);
    expect(stderr).toContain(`cannot tell whether its private key is here: could not read ${closed}`);
    expect(stderr).not.toContain('lost');
    expect((await keypair('doctor', '--fix', '--yes')).stdout).toContain('cannot tell whether its private key');
    expect(await cloudNames()).toEqual(['foo']);
    rmSync(closed);
    expect((await keypair('doctor')).stdout).toContain('not a usable key');
  });

  it('takes no key for lost that was put under a passphrase', async () => {
    const closed = path.resolve(import.meta.dirname, '../support/field/encrypted-openssh');
    const theirs = { home: temporaryDirectory() };
    await served.run(['import', '--name', 'foo', '--from-private', closed, ...PAIR], theirs);
    writeEntry({ keyLost: true });
    await provedOurs();
    const mine = path.join(keyDirectory(), 'mine');
    writeFileSync(mine, readFileSync(closed), { mode: 0o600 });
    const { exit, stderr } = await keypair('create', '--name', 'foo', '--recreate');
    expect(exit).toBe(5);
    expect(stderr).toContain(`its private key is in ${mine}, under a passphrase`);
    expect(await cloudNames()).toEqual(['foo']);
  });

  it('does not offer to delete a pair for which a key under a passphrase came', async () => {
    await keyCame();
    await provedOurs();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const cipher = { cipher: 'aes-256-cbc', passphrase: 'pass word' };
    const text = privateKey.export({ format: 'pem', type: 'pkcs8', ...cipher });
    writeFileSync(path.join(keyDirectory(), TEMPORARY), text);
    const { stderr } = await keypair('create', '--name', 'foo', '--recreate');
    expect(stderr).toContain('not a usable key (the private key is encrypted)');
    const { stdout } = await keypair('doctor', '--fix');
    expect(stdout).toContain('the private key is encrypted');
    expect(stdout).not.toContain('nobody can log in');
  });

  it('notes that a key is published already', async () => {
    await keyCame();
    const kept = path.join(keyDirectory(), TEMPORARY);
    const key = readFileSync(kept, 'utf8').replace(/\0+$/, '');
    writeFileSync(path.join(keyDirectory(), 'foo'), key, { mode: 0o600 });
    const { exit } = await keypair('create', '--name', 'foo', '--recreate');
    expect(exit).toBe(0);
    expect(readdirSync(keyDirectory()).sort()).toEqual(['foo', 'foo.pub']);
    expect(journal()).toEqual([]);
  });

  it('never overwrites what has taken the place of the key', async () => {
    await keyCame();
    writeFileSync(path.join(keyDirectory(), 'foo'), 'mine');
    const { exit, stderr } = await keypair('create', '--name', 'foo', '--recreate');
    expect(exit).toBe(5);
    expect(stderr).toContain('stands in the way');
    expect(readFileSync(path.join(keyDirectory(), 'foo'), 'utf8')).toBe('mine');
    expect(temporaries()).toEqual([TEMPORARY]);
    expect(journal()).toHaveLength(1);
  });

  it.each(['foo', 'foo.pub'])('removes no empty file %s that the user has made', async (name) => {
    await keyCame();
    writeFileSync(path.join(keyDirectory(), name), '');
    const { exit, stdout } = await keypair('doctor', '--fix', '--yes');
    expect(exit).toBe(7);
    expect(stdout).toContain(`since ${path.join(keyDirectory(), name)} stands in the way`);
    expect(readdirSync(keyDirectory()).sort()).toEqual([TEMPORARY, name].sort());
  });

  it('removes no key by itself, also where its pair is gone and its place is taken', async () => {
    const key = await keyCame();
    served.sandbox.remove({ service: 'cvm', region: 'ap-guangzhou', names: ['foo'] });
    writeFileSync(path.join(keyDirectory(), 'foo'), 'mine');
    const { exit, stderr } = await keypair('create', '--name', 'foo', '--recreate');
    expect(exit).toBe(5);
    expect(stderr).toContain('is not in the cloud any more; the private key that was made for it is in');
    expect(readFileSync(path.join(keyDirectory(), TEMPORARY), 'utf8')).toContain(key);
    expect(journal()).toHaveLength(1);
  });

  it('says with its own exit code that the service cannot be asked', async () => {
    writeEntry({ endpoint: 'http://127.0.0.1:9' });
    const { exit, stderr } = await served.run(['create', '--name', 'foo', '--recreate', ...PAIR], {
      home,
      env: { KEYPAIR_ENDPOINT: 'http://127.0.0.1:9', KEYPAIR_TIMEOUT: '1' },
    });
    expect(exit).toBe(6);
    expect(stderr).toContain('cannot tell what happened to foo (tencent, ap-guangzhou)');
    expect(journal()).toHaveLength(1);
  });

  it('keeps what came and is no key', async () => {
    await keyCame();
    writeFileSync(path.join(keyDirectory(), TEMPORARY), '{"PrivateKey":"-----BEGIN RSA');
    const { exit, stderr } = await keypair('create', '--name', 'foo', '--recreate');
    expect(exit).toBe(5);
    expect(stderr).toContain('not a usable key');
    expect(temporaries()).toEqual([TEMPORARY]);
    expect(await cloudNames()).toEqual(['foo']);
  });
});

it('proves a pair by the id of the pair that was made alone, not by one that an answer merely holds', async () => {
  await keyCame();
  const { stdout } = await served.run(['list', '--json', ...PAIR], { home: temporaryDirectory() });
  const [{ id = '' } = {}] = JSON.parse(stdout) as { readonly id?: string }[];
  const pair = { KeyId: id, KeyName: 'foo', PrivateKey: '' };
  const answers: readonly (readonly [string, boolean])[] = [
    [`{"Response":{"KeyPair":{"KeyId":"${id}","PrivateKey":"-----BEGIN RSA`, true],
    [JSON.stringify({ code: 0, data: { keyId: id, secretkey: '' } }), true],
    [JSON.stringify({ Response: { KeyPairSet: [pair], PrivateKey: '' } }), false],
    [JSON.stringify({ Response: { KeyPair: [pair] } }), false],
    [JSON.stringify({ Response: { KeyPair: pair, Error: { Code: 'X' } } }), false],
    [JSON.stringify({ Response: { KeyPair: pair, Other: { KeyId: 'skey-00000000' } } }), false],
    [JSON.stringify({ Response: { KeyPair: { PrivateKey: `"KeyId":"${id}"` } } }), false],
    [JSON.stringify({ Note: pair }), false],
  ];
  for (const [answer, isProof] of answers) {
    writeFileSync(path.join(keyDirectory(), TEMPORARY), answer);
    const { exit, stderr } = await keypair('create', '--name', 'foo', '--recreate');
    expect([answer, exit]).toEqual([answer, 5]);
    expect([answer, !stderr.includes('cannot tell whose it is')]).toEqual([answer, isProof]);
  }
  expect(await cloudNames()).toEqual(['foo']);
}, 60_000);

it('takes no key for its own that the user has made and imported after a create was killed', async () => {
  await killedWhileAsking('before');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const mine = path.join(keyDirectory(), 'foo');
  writeFileSync(mine, privateKey.export({ format: 'pem', type: 'pkcs1' }), { mode: 0o600 });
  expect((await keypair('import', '--name', 'foo', '--from-private', mine)).exit).toBe(0);
  const { stdout } = await keypair('doctor');
  expect(stdout).toContain(`its private key is in ${mine}, and did not come for this`);
  expect((await keypair('doctor', '--fix', '--yes')).stdout).toContain('forgot foo');
  expect([journal(), temporaries()]).toEqual([[], []]);
  const deleted = await keypair('delete', 'foo', '--local-files', '--yes', '--json');
  expect(JSON.parse(deleted.stdout)).toMatchObject({ deleted: true, trashed: [] });
  expect(existsSync(mine)).toBe(true);
});

it('notes no key as written by create whose file nothing proves to be ours', async () => {
  const key = await keyCame();
  rmSync(path.join(keyDirectory(), TEMPORARY));
  writeFileSync(path.join(keyDirectory(), 'foo'), key, { mode: 0o600 });
  expect((await keypair('create', '--name', 'foo', '--recreate')).exit).toBe(0);
  const deleted = await keypair('delete', 'foo', '--local-files', '--yes', '--json');
  expect(JSON.parse(deleted.stdout)).toMatchObject({ deleted: true, trashed: [] });
});

it('deletes no pair by --recreate ID whose private key is here, or whose place the new key could not take', async () => {
  const elsewhere = temporaryDirectory();
  const made = await keypair('create', '--name', 'rr', '--key-dir', elsewhere, '--json');
  const { id } = JSON.parse(made.stdout) as { id: string };
  const refused = await keypair('create', '--name', 'rr', '--yes', '--recreate', id);
  expect(refused.exit).toBe(5);
  expect(refused.stderr).toContain(`is here: ${path.join(elsewhere, 'rr')}`);
  expect(refused.stderr).toContain(`keypair delete ${id} -p tencent -r ap-guangzhou`);
  rmSync(path.join(elsewhere, 'rr'));
  const unsafe = temporaryDirectory();
  chmodSync(unsafe, 0o777);
  expect((await keypair('create', '--name', 'rr', '--key-dir', unsafe, '--recreate', id)).exit).toBe(2);
  expect(await cloudNames()).toEqual(['rr']);
  expect((await keypair('create', '--name', 'rr', '--recreate', id)).exit).toBe(0);
});

describe('a key that is', () => {
  it('on its way to stdout is saved in the key directory', async () => {
    const key = await keyCame();
    const held = path.join(home, '.local/state/keypair/stdout', '.foo-77.0123456789ab.keypair');
    mkdirSync(path.dirname(held), { mode: 0o700 });
    renameSync(path.join(keyDirectory(), TEMPORARY), held);
    writeEntry({ temporaryFile: held, privateKeyFile: null });
    expect((await keypair('create', '--name', 'foo', '--recreate')).exit).toBe(0);
    expect(readFileSync(path.join(keyDirectory(), 'foo'), 'utf8')).toBe(key);
    expect(existsSync(held)).toBe(false);
  });

  it('rescued from a failing disk is found', async () => {
    const key = await keyCame();
    const rescued = path.join(home, '.local/state/keypair/rescued', TEMPORARY);
    mkdirSync(path.dirname(rescued), { mode: 0o700 });
    writeFileSync(rescued, key, { mode: 0o600 });
    writeFileSync(path.join(keyDirectory(), TEMPORARY), Buffer.alloc(32_768));
    expect((await keypair('create', '--name', 'foo', '--recreate')).exit).toBe(0);
    expect(readFileSync(path.join(keyDirectory(), 'foo'), 'utf8')).toBe(key);
    expect([existsSync(rescued), temporaries(), journal()]).toEqual([false, [], []]);
  });

  it('rescued from another create of that name is left alone', async () => {
    const key = await keyCame();
    rmSync(path.join(keyDirectory(), TEMPORARY));
    const rescued = path.join(home, '.local/state/keypair/rescued', '.foo.ba9876543210.keypair');
    mkdirSync(path.dirname(rescued), { mode: 0o700 });
    writeFileSync(rescued, key, { mode: 0o600 });
    writeEntry({ provider: 'lighthouse', apiVersion: '2020-03-24', startedAt: LONG_OVER() });
    const { stderr } = await keypair('list');
    expect(stderr).toContain('foo (lighthouse, ap-guangzhou) was not made');
    expect(readFileSync(rescued, 'utf8')).toBe(key);
  });

  it('in an answer that was cut after it is found there', async () => {
    const key = await keyCame();
    const answer = `{"Response":{"KeyPair":{"PrivateKey":${JSON.stringify(key)},"Key`;
    writeFileSync(path.join(keyDirectory(), TEMPORARY), answer);
    expect((await keypair('create', '--name', 'foo', '--recreate')).exit).toBe(0);
    expect(readFileSync(path.join(keyDirectory(), 'foo'), 'utf8')).toBe(key);
  });

  it('in an answer that escapes more of it than JSON demands is found there', async () => {
    const key = await keyCame();
    const escaped = key
      .replace(/[=+-]/g, (one) => `\\u00${one.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('/', '\\/')
      .replaceAll('\n', '\\u000a');
    writeFileSync(path.join(keyDirectory(), TEMPORARY), `HTTP/0\r\n\r\n{"PrivateKey":"${escaped}"}`);
    const { exit, stderr } = await keypair('create', '--name', 'foo', '--recreate');
    expect(exit, stderr).toBe(0);
    expect(readFileSync(path.join(keyDirectory(), 'foo'), 'utf8')).toBe(key);
  });
});

it.each(['clean', 'lost'])('gives way to many processes at once that look at the same entry (%s)', async (kind) => {
  await killedWhileAsking(kind === 'clean' ? 'before' : 'after');
  if (kind === 'clean') amend({ startedAt: LONG_OVER() });
  const runs = await Promise.all(Array.from({ length: 5 }, () => keypair('list')));
  expect(runs.map(({ exit }) => exit)).toEqual([0, 0, 0, 0, 0]);
  for (const { stderr } of runs) expect(stderr).not.toContain('error');
  expect(journal()).toHaveLength(kind === 'clean' ? 0 : 1);
});

describe('a pair that was made here', () => {
  it('is published when it is in the cloud', async () => {
    await killedWhileAsking('after', '--local', '--type', 'rsa-2048');
    expect((await keypair('create', '--name', 'foo', '--recreate')).exit).toBe(0);
    expect(readdirSync(keyDirectory()).sort()).toEqual(['foo', 'foo.pub']);
    expect(journal()).toEqual([]);
  });

  it('is uploaded and published when it is not', async () => {
    await killedWhileAsking('before', '--local', '--type', 'rsa-2048');
    const { exit, stderr } = await keypair('create', '--name', 'foo', '--recreate');
    expect(stderr).toContain('uploaded foo');
    expect(exit).toBe(0);
    expect(readdirSync(keyDirectory()).sort()).toEqual(['foo', 'foo.pub']);
    expect([journal(), await cloudNames()]).toEqual([[], ['foo']]);
  });
});

describe('ensure', () => {
  it('finishes a key that is here', async () => {
    await keyCame();
    const { exit, stdout } = await keypair('ensure', '--name', 'foo', '--quiet');
    expect([exit, stdout]).toEqual([0, `${path.join(keyDirectory(), 'foo')}\n`]);
    expect(journal()).toEqual([]);
  });

  it('deletes nothing, and says how to', async () => {
    await killedWhileAsking('after');
    // The leftover is not waited for as if somebody were at work.
    const { exit, stderr } = await keypair('ensure', '--name', 'foo');
    expect(exit).toBe(5);
    expect(stderr).toContain('--name foo --recreate');
    expect(await cloudNames()).toEqual(['foo']);
  });
});

it('lets only one of several processes finish the same entry', async () => {
  await killedWhileAsking('after');
  await provedOurs();
  const runs = await Promise.all(Array.from({ length: 6 }, () => keypair('create', '--name', 'foo', '--recreate')));
  expect(runs.map(({ exit }) => exit).filter((exit) => exit === 0)).toHaveLength(1);
  for (const { exit } of runs) expect([0, 5, 7]).toContain(exit);
  expect(readdirSync(keyDirectory()).sort()).toEqual(['foo', 'foo.pub']);
  expect([journal(), await cloudNames()]).toEqual([[], ['foo']]);
});

it('leads from an answer that was cut off to a new pair without a circle', async () => {
  served.sandbox.fault({ kind: 'cut', action: 'CreateKeyPair' });
  let { exit, stderr } = await keypair('create', '--name', 'foo');
  expect(exit).toBe(7);
  const said: string[] = [];
  for (let step = 0; step < 3 && exit !== 0; step += 1) {
    const [, command = ''] = /: keypair (create .*)$/m.exec(stderr) ?? [];
    expect(said).not.toContain(command);
    said.push(command);
    ({ exit, stderr } = await served.run(command.split(' '), { home }));
  }
  expect(exit, said.join('\n')).toBe(0);
  expect(await cloudNames()).toEqual(['foo']);
});

it('shows the pair on a terminal, and deletes it when that is agreed to; --yes does not agree', async () => {
  await killedWhileAsking('after');
  expect((await keypair('create', '--name', 'foo', '--recreate', '--yes')).exit).toBe(5);
  await using terminal = keypairOnTerminal(['create', '--name', 'foo', '--recreate', ...PAIR], {
    home,
    env: served.env,
  });
  await terminal.shows('in the cloud, and make foo anew?');
  expect(terminal.screen()).toMatch(/SHA256:/);
  terminal.type(`y${KEYS.enter}`);
  expect(await terminal.ended()).toBe(0);
  expect([journal(), await cloudNames()]).toEqual([[], ['foo']]);
});
