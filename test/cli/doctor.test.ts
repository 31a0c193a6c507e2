import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Service } from '../../sandbox/behaviour.ts';
import type { SandboxOptions } from '../../sandbox/server.ts';
import { runInside } from '../support/inside.ts';
import { entryText } from '../support/intent.ts';
import { PROGRAM, run, type Run } from '../support/program.ts';
import { serveSandbox, type Served, withEachObject } from '../support/served.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';
import { KEYS, keypairOnTerminal } from '../support/terminal.ts';

interface Told {
  readonly check: string;
  readonly level: 'ok' | 'note' | 'problem';
  readonly message: string;
  readonly hints: readonly string[];
  readonly file: string | null;
  readonly provider: string | null;
  readonly region: string | null;
  readonly fixable: boolean;
  readonly fixed: boolean;
}

interface Report {
  readonly ok: boolean;
  readonly problems: number;
  readonly notes: number;
  readonly findings: readonly Told[];
}

let served: Served;
let home: string;
beforeEach(async () => {
  served = await serveSandbox({ behaviour: { keyBits: 2048 } });
  home = temporaryDirectory();
});
afterEach(() => served.close());

const PAIR = ['-p', 'tencent', '-r', 'ap-guangzhou'];
const TEMPORARY = '.foo.0123456789ab.keypair';

function keypair(...args: string[]): Promise<Run> {
  return served.run([...args, ...PAIR], { home });
}

function ssh(...names: string[]): string {
  return path.join(home, '.ssh', ...names);
}

function state(...names: string[]): string {
  return path.join(home, '.local/state/keypair', ...names);
}

async function make(name = 'foo'): Promise<void> {
  const made = await keypair('create', '--name', name);
  expect(made.exit, made.stderr).toBe(0);
}

function reportOf({ stdout, stderr }: Pick<Run, 'stdout' | 'stderr'>): Report {
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Report;
}

/** Runs it with --json; the exit code has to fit what it says. */
async function doctor(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Report> {
  const ended = await served.run(['doctor', '--json', ...PAIR, ...args], { home, env });
  const report = reportOf(ended);
  expect(ended.exit === 0).toBe(report.ok);
  return report;
}

/** What it says of one check. */
function of(report: Report, check: string): readonly Told[] {
  return report.findings.filter((one) => one.check === check);
}

function one(report: Report, check: string): Told {
  const [first, ...more] = of(report, check);
  if (first === undefined || more.length > 0) throw new Error(`not one: ${JSON.stringify(of(report, check))}`);
  return first;
}

function writeEntry(fields: Readonly<Record<string, unknown>> = {}): string {
  mkdirSync(ssh(), { recursive: true, mode: 0o700 });
  mkdirSync(state('journal'), { recursive: true, mode: 0o700 });
  const entry = entryText({
    endpoint: served.env['KEYPAIR_ENDPOINT'],
    temporaryFile: ssh(TEMPORARY),
    privateKeyFile: ssh('foo'),
    ...fields,
  });
  const file = state('journal', '20261122000000-0123456789ab.json');
  writeFileSync(file, entry, { mode: 0o600 });
  return file;
}

const LONG_AGO = new Date(Date.now() - 24 * 3_600_000);

describe('where all is well', () => {
  it('says so, and exits with 0', async () => {
    await make();
    const { exit, stdout, stderr } = await keypair('doctor');
    expect([exit, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/\nall is well\n$/);
    expect(stdout).not.toMatch(/^(note|problem)/m);
  });

  it('has one shape for scripts', async () => {
    await make();
    const report = await doctor();
    expect(Object.keys(report)).toEqual(['ok', 'problems', 'notes', 'findings']);
    expect([report.ok, report.problems, report.notes]).toEqual([true, 0, 0]);
    for (const told of report.findings) {
      expect(Object.keys(told)).toEqual([
        'check',
        'level',
        'message',
        'hints',
        'file',
        'provider',
        'region',
        'fixable',
        'fixed',
      ]);
      expect(told.level).toBe('ok');
    }
    expect([...new Set(report.findings.map(({ check }) => check))]).toEqual([
      'config',
      'key-directory',
      'own-directories',
      'key-files',
      'passphrases',
      'weak-keys',
      'leftovers',
      'unfinished',
      'network',
      'credentials',
      'keychain',
      'services',
      'clock',
      'cloud-only',
      'local-only',
    ]);
  });

  it('changes nothing with --fix', async () => {
    await make();
    const before = readFileSync(ssh('foo'), 'utf8');
    const report = await doctor(['--fix', '--yes']);
    expect(report.ok).toBe(true);
    expect(report.findings.some(({ fixed }) => fixed)).toBe(false);
    expect(readFileSync(ssh('foo'), 'utf8')).toBe(before);
    expect(readdirSync(ssh()).sort()).toEqual(['foo', 'foo.pub']);
  });

  it('calls nothing with --local-only', async () => {
    await make();
    const before = served.sandbox.log.length;
    const report = await doctor(['--local-only']);
    expect(report.ok).toBe(true);
    expect(of(report, 'services')).toEqual([]);
    expect(served.sandbox.log).toHaveLength(before);
  });

  it('asks every service that has credentials, but the retired gateway', async () => {
    const { exit, stdout } = await served.run(['doctor', '--json'], { home });
    expect(exit).toBe(0);
    const { findings } = JSON.parse(stdout) as Report;
    expect(findings.filter(({ check }) => check === 'services').map(({ provider }) => provider)).toEqual([
      'tencent',
      'lighthouse',
      'aliyun',
      'swas',
    ]);
  });
});

describe('the key directory', () => {
  it('is closed where others may write in it, and stays so', async () => {
    await make();
    chmodSync(ssh(), 0o777);
    expect(one(await doctor(), 'key-directory')).toMatchObject({
      level: 'problem',
      fixable: true,
      file: ssh(),
    });
    expect(one(await doctor(['--fix']), 'key-directory')).toMatchObject({ level: 'ok', fixed: true });
    expect(modeOf(ssh())).toBe(0o700);
    const again = await doctor(['--fix']);
    expect(again.ok).toBe(true);
    expect(again.findings.some(({ fixed }) => fixed)).toBe(false);
  });

  it('is no problem where others may only look, and is asked for', async () => {
    await make();
    chmodSync(ssh(), 0o755);
    expect(one(await doctor(['--fix']), 'key-directory')).toMatchObject({ level: 'note', fixed: false });
    expect(one(await doctor(['--fix', '--yes']), 'key-directory')).toMatchObject({ fixed: true });
    expect(modeOf(ssh())).toBe(0o700);
  });

  it.each([0o2775, 0o1777, 0o755])('that may be shared on purpose is closed by no general yes (%o)', async (mode) => {
    const shared = path.join(home, 'shared');
    mkdirSync(shared);
    chmodSync(shared, mode);
    const told = one(await doctor(['--fix', '--yes', '--key-dir', shared]), 'key-directory');
    expect(told).toMatchObject({ fixed: false, level: 'note' });
    expect(statSync(shared).mode & 0o7777).toBe(mode);
  });

  it('may be a file, which is said', async () => {
    writeFileSync(ssh(), '');
    expect(one(await doctor(), 'key-directory').message).toContain('is not a directory');
  });
});

describe('key files', () => {
  beforeEach(() => make());

  it('are closed where others may read them', async () => {
    chmodSync(ssh('foo'), 0o644);
    expect(one(await doctor(), 'key-files')).toMatchObject({
      level: 'problem',
      file: ssh('foo'),
      fixable: true,
    });
    expect((await doctor(['--fix'])).ok).toBe(true);
    expect(modeOf(ssh('foo'))).toBe(0o600);
    expect((await doctor()).notes).toBe(0);
  });

  it('that a link leads to are closed by no general yes', async () => {
    const elsewhere = path.join(home, 'team-key');
    renameSync(ssh('foo'), elsewhere);
    chmodSync(elsewhere, 0o640);
    symlinkSync(elsewhere, ssh('foo'));
    const told = one(await doctor(['--fix', '--yes']), 'key-files');
    expect(told).toMatchObject({ level: 'problem', fixable: true, fixed: false });
    expect(modeOf(elsewhere)).toBe(0o640);
  });

  it('get the public half that is missing', async () => {
    const line = readFileSync(ssh('foo.pub'), 'utf8');
    rmSync(ssh('foo.pub'));
    expect(one(await doctor(), 'key-files')).toMatchObject({ level: 'note', fixable: true });
    await doctor(['--fix']);
    expect(readFileSync(ssh('foo.pub'), 'utf8')).toBe(line);
    expect(modeOf(ssh('foo.pub'))).toBe(0o644);
  });

  it('are told of where the public half is another’s, or none, and are left alone', async () => {
    await make('bar');
    writeFileSync(ssh('foo.pub'), readFileSync(ssh('bar.pub')));
    expect(one(await doctor(['--fix', '--yes']), 'key-files').message).toContain('is not the public key of');
    writeFileSync(ssh('foo.pub'), 'nothing');
    expect(one(await doctor(['--fix', '--yes']), 'key-files').message).toContain('holds no public key');
    expect(readFileSync(ssh('foo.pub'), 'utf8')).toBe('nothing');
  });

  it('are told of where a private key is damaged; its text is not', async () => {
    const text = readFileSync(ssh('foo'), 'utf8');
    writeFileSync(ssh('bad'), text.replace(/.{40}\n-----END/, '\n-----END'), { mode: 0o600 });
    const report = await served.run(['doctor', ...PAIR], { home });
    expect(report.exit).toBe(1);
    expect(report.stdout).toMatch(/problem {2}key files +ssh cannot read \S+bad: the key is damaged/);
    expect(report.stdout).not.toContain(text.slice(200, 240));
  });

  it('outside the key directory are mended only where create wrote them', async () => {
    const [theirs, ours] = [path.join(home, 'theirs'), path.join(home, 'ours')];
    mkdirSync(theirs, { mode: 0o700 });
    renameSync(ssh('foo'), path.join(theirs, 'key'));
    await keypair('import', '--name', 'theirs', '--from-private', path.join(theirs, 'key'));
    await keypair('create', '--name', 'ours', '--key-dir', ours);
    for (const file of [path.join(theirs, 'key'), path.join(ours, 'ours')]) chmodSync(file, 0o644);
    const told = of(await doctor(['--fix', '--yes']), 'key-files');
    const command = `fix it with: keypair doctor --fix --key-dir ${theirs}`;
    for (const { hints, fixable } of told.filter(({ file }) => file === path.join(theirs, 'key')))
      expect([fixable, hints.at(-1)]).toEqual([false, command]);
    expect(modeOf(path.join(ours, 'ours'))).toBe(0o600);
    expect(modeOf(path.join(theirs, 'key'))).toBe(0o644);
    expect(readdirSync(theirs)).toEqual(['key']);
    await doctor(['--fix', '--key-dir', theirs]);
    expect(modeOf(path.join(theirs, 'key'))).toBe(0o600);
  });

  it('that --fix has written anew are read anew by the checks after it', async () => {
    const text = readFileSync(ssh('foo'), 'utf8');
    writeFileSync(ssh('foo'), text.replace(/^/gm, ' '));
    expect(one(await doctor(), 'cloud-only').message).toContain('but ssh cannot read it');
    const report = await doctor(['--fix']);
    expect(report).toMatchObject({ problems: 0, notes: 0 });
    expect(one(report, 'cloud-only').message).toBe('the private key of 1 pair is here');
  });

  it('of somebody else may do without a public half', async () => {
    const other = temporaryDirectory();
    const made = await run(['create', '--sandbox', '-p', 'tencent', '--name', 'aws'], { home: other });
    expect(made.exit).toBe(0);
    renameSync(path.join(other, '.ssh/aws'), ssh('aws.pem'));
    expect((await doctor()).notes).toBe(0);
  });
});

describe('a quota of key pairs', () => {
  it('that is nearly full is told: what Lighthouse tells, and what the documents of the others tell', async () => {
    const cloud = await serveSandbox({ behaviour: { requestsPerSecond: null } });
    const seed = (service: Service, region: string, count: number): unknown =>
      cloud.sandbox.seed({ service, region, count, name: (i) => `q${i}` });
    const quotas = async (...args: string[]): Promise<readonly string[]> =>
      reportOf(await runInside(['doctor', '--json', ...args], { home, env: cloud.env }))
        .findings.filter(({ check }) => check === 'quotas')
        .map(({ level, message }) => `${level} ${message}`);
    try {
      seed('cvm', 'ap-beijing', 50);
      seed('cvm', 'ap-shanghai', 39);
      seed('lighthouse', 'ap-beijing', 9);
      seed('ecs', 'cn-hangzhou', 449);
      const all = ['-p', 'tencent,lighthouse', '-r', 'ap-beijing,ap-shanghai'];
      expect(await quotas(...all)).toEqual(['note lighthouse, ap-beijing has 9 of at most 10 key pairs']);
      seed('swas', 'cn-hangzhou', 9);
      expect(await quotas('-p', 'aliyun,swas')).toEqual([
        'note swas, cn-hangzhou has 9 key pairs, and the vendor documents at most 10',
      ]);
      cloud.sandbox.remove({ service: 'lighthouse', region: 'ap-beijing', names: ['q0'] });
      cloud.sandbox.seed({ service: 'cvm', region: 'ap-shanghai', count: 1, name: () => 'last' });
      expect(await quotas(...all)).toEqual(['note tencent has 90 key pairs, and the vendor documents at most 100']);
    } finally {
      await cloud.close();
    }
  }, 60_000);
});

describe('a pair that CVM lists in every region', () => {
  it('is told of once, with all regions asked: it was told once a region', async () => {
    const cloud = await serveSandbox({ behaviour: { tencentScope: 'account', requestsPerSecond: null } });
    try {
      const place = ['-p', 'tencent', '-r', 'ap-beijing'];
      const keys = path.join(home, 'elsewhere');
      const made = await cloud.run(['create', '--name', 'foo', '--key-dir', keys, ...place], { home });
      expect(made.exit, made.stderr).toBe(0);
      const all = ['doctor', '--json', '-p', 'tencent', '-r', 'all'];
      const whole = reportOf(await cloud.run(all, { home }));
      expect(whole.findings.filter(({ check }) => check === 'weak-keys')).toHaveLength(1);
      const services = whole.findings.filter(({ check }) => check === 'services');
      expect(services.map(({ message }) => message).join()).toMatch(/: 1 key pair$/);
      rmSync(keys, { recursive: true });
      const gone = reportOf(await cloud.run(all, { home })).findings;
      expect(gone.filter(({ check }) => check === 'cloud-only')).toMatchObject([
        { level: 'problem', region: 'ap-beijing' },
      ]);
    } finally {
      await cloud.close();
    }
  }, 60_000);
});

describe('weak keys', () => {
  it('of the cloud are a problem, of others a note', async () => {
    const weak = await serveSandbox({ behaviour: { keyBits: 1024 } });
    try {
      const made = await weak.run(['create', '--name', 'foo', ...PAIR], { home });
      expect(made.exit).toBe(0);
      const asked = await weak.run(['doctor', '--json', ...PAIR], { home });
      expect(asked.exit).toBe(1);
      expect(one(reportOf(asked), 'weak-keys')).toMatchObject({ level: 'problem', file: ssh('foo') });
      expect(one(reportOf(asked), 'weak-keys').message).toContain('RSA of 1024 bits');
      rmSync(state('made'), { recursive: true });
      expect(one(await doctor(), 'weak-keys')).toMatchObject({ level: 'note', file: ssh('foo') });
    } finally {
      await weak.close();
    }
  });
});

describe('orphans', () => {
  beforeEach(() => make());

  it('in the cloud whose key was here are a problem', async () => {
    rmSync(ssh('foo'));
    const told = one(await doctor(['--fix', '--yes']), 'cloud-only');
    expect(told).toMatchObject({ level: 'problem', file: ssh('foo'), fixable: true, fixed: false });
    expect(told.message).toBe(`the private key of foo (tencent, ap-guangzhou) is gone from ${ssh('foo')}`);
  });

  it('in the cloud are none where the key has only moved', async () => {
    renameSync(ssh('foo'), ssh('web'));
    renameSync(ssh('foo.pub'), ssh('web.pub'));
    expect((await doctor()).problems + (await doctor()).notes).toBe(0);
  });

  it('in the cloud that are somebody else’s are counted', async () => {
    served.sandbox.seed({ service: 'cvm', region: 'ap-guangzhou', count: 7, name: (index) => `a${index}` });
    const told = one(await doctor(), 'cloud-only');
    expect(told.level).toBe('note');
    expect(told.message).toMatch(/^7 pairs have their private keys elsewhere .*: (a\d, ){4}a\d and 2 more$/);
    expect(told.hints).toEqual([
      `see them with: keypair list -p tencent -r ap-guangzhou --endpoint ${served.env['KEYPAIR_ENDPOINT'] ?? ''} --cloud-only`,
    ]);
  });

  it('here stay, whatever a general yes says', async () => {
    served.sandbox.remove({ service: 'cvm', region: 'ap-guangzhou', names: ['foo'] });
    expect(one(await doctor(['--fix']), 'local-only')).toMatchObject({ level: 'note', fixed: false });
    expect(one(await doctor(['--fix', '--yes']), 'local-only')).toMatchObject({
      level: 'note',
      fixed: false,
    });
    expect(existsSync(ssh('foo'))).toBe(true);
  });

  it('are not denied where nobody looked', async () => {
    const made = await served.run(['create', '-p', 'tencent', '-r', 'ap-beijing', '--name', 'far'], { home });
    expect(made.exit).toBe(0);
    expect(one(await doctor(), 'local-only').message).toBe(
      'in the regions checked, every pair made here is still there; 1 made elsewhere not checked',
    );
    const all = await served.run(['doctor', '--json', '-p', 'tencent', '-r', 'all'], { home });
    expect(one(reportOf(all), 'local-only').message).toBe('every pair made here is still there');
  });

  it('here are not looked for with another access key', async () => {
    const file = state('made', readdirSync(state('made'))[0] ?? '');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(/"signer":"key:[0-9a-f]{16}"/, '"signer":"key:ffffffffffffffff"'));
    served.sandbox.remove({ service: 'cvm', region: 'ap-guangzhou', names: ['foo'] });
    const told = one(await doctor(['--fix', '--yes']), 'local-only');
    expect(told).toMatchObject({
      level: 'note',
      message: 'could not check 1 made with other access keys',
      fixable: false,
    });
    expect(existsSync(ssh('foo'))).toBe(true);
    expect(readFileSync(file, 'utf8')).toContain('ffffffffffffffff');
  });

  it('here stay where the key opens something else as well', async () => {
    const copied = await served.run(['import', '-p', 'tencent', '-r', 'ap-beijing', '--name', 'foo', ssh('foo.pub')], {
      home,
    });
    expect(copied.exit).toBe(0);
    served.sandbox.remove({ service: 'cvm', region: 'ap-guangzhou', names: ['foo'] });
    const told = one(await doctor(['--fix', '--yes']), 'local-only');
    expect(told.hints[0]).toContain('foo (tencent, ap-beijing) has the same key');
    expect(existsSync(ssh('foo'))).toBe(true);
  });

  it('are none after delete and after a new name', async () => {
    await make('bar');
    expect((await keypair('delete', 'foo', '--yes')).exit).toBe(0);
    expect((await keypair('update', 'bar', '--rename', 'baz')).exit).toBe(0);
    const report = await doctor();
    expect([report.problems, report.notes]).toEqual([0, 0]);
    const [entry = '', ...more] = readdirSync(state('made'));
    expect(more).toEqual([]);
    expect(JSON.parse(readFileSync(state('made', entry), 'utf8'))).toMatchObject({ name: 'baz' });
  });

  it('that are gone on both sides are forgotten', async () => {
    served.sandbox.remove({ service: 'cvm', region: 'ap-guangzhou', names: ['foo'] });
    rmSync(ssh('foo'));
    rmSync(ssh('foo.pub'));
    expect(one(await doctor(), 'local-only').level).toBe('note');
    expect((await doctor(['--fix'])).notes).toBe(0);
    expect(readdirSync(state('made'))).toEqual([]);
  });

  it('are not told of a service that cannot be listed', async () => {
    served.sandbox.fault({ kind: 'error', code: 'InternalError', action: 'DescribeKeyPairs', times: 20 });
    const report = await doctor(['--fix', '--yes']);
    expect(one(report, 'services')).toMatchObject({ level: 'problem', provider: 'tencent' });
    expect(of(report, 'local-only')).toEqual([]);
    expect(existsSync(ssh('foo'))).toBe(true);
  });
});

describe('what is unfinished', () => {
  it('may still be made: stays', async () => {
    writeEntry();
    const { exit, stdout } = await keypair('doctor', '--fix', '--yes', '--json');
    expect(exit).toBe(7);
    expect(one(JSON.parse(stdout) as Report, 'unfinished').message).toContain('may still be carried out until');
    expect(readdirSync(state('journal'))).toHaveLength(1);
  });

  it('was never made: is forgotten', async () => {
    writeEntry({ startedAt: new Date(Date.now() - 20 * 60_000).toISOString() });
    writeFileSync(ssh(TEMPORARY), Buffer.alloc(100), { mode: 0o600 });
    expect(one(await doctor(), 'unfinished')).toMatchObject({ level: 'note', fixable: true });
    expect(one(await doctor(['--fix']), 'unfinished')).toMatchObject({ level: 'ok', fixed: true });
    expect(readdirSync(state('journal'))).toEqual([]);
    expect(readdirSync(ssh())).toEqual([]);
  });

  it('has its key here: is published, and the exit code was 7', async () => {
    await make();
    const key = readFileSync(ssh('foo'), 'utf8');
    rmSync(ssh('foo'));
    rmSync(ssh('foo.pub'));
    rmSync(state('made'), { recursive: true });
    writeEntry();
    writeFileSync(ssh(TEMPORARY), key, { mode: 0o600 });
    const { exit, stdout } = await keypair('doctor', '--json');
    expect(exit).toBe(7);
    expect(one(JSON.parse(stdout) as Report, 'unfinished').message).toContain('its private key is safe in');
    expect((await doctor(['--fix'])).ok).toBe(true);
    expect(readFileSync(ssh('foo'), 'utf8')).toBe(key);
    expect(readdirSync(state('made'))).toHaveLength(1);
    expect((await doctor(['--fix'])).findings.some(({ fixed }) => fixed)).toBe(false);
  });

  it('has lost its key: the pair is deleted only when that is wanted', async () => {
    await make();
    const [made = {}] = JSON.parse((await keypair('list', '--json')).stdout) as { readonly id?: string }[];
    rmSync(ssh('foo'));
    rmSync(ssh('foo.pub'));
    // A create that was cut short has not got to noting what it made.
    rmSync(state('made'), { recursive: true });
    writeEntry({ keyLost: true, pairId: made.id });
    const kept = await keypair('doctor', '--fix', '--json');
    expect(kept.exit).toBe(7);
    expect(one(JSON.parse(kept.stdout) as Report, 'unfinished').message).toContain('it is lost');
    // Not 'no key pairs in the cloud', either.
    expect(of(JSON.parse(kept.stdout) as Report, 'cloud-only')).toEqual([]);
    const report = await doctor(['--fix', '--yes']);
    expect(one(report, 'unfinished')).toMatchObject({
      fixed: true,
      message: expect.stringContaining('deleted') as string,
    });
    expect((await keypair('list', '--quiet')).stdout).toBe('');
  });

  it('is under way: is left alone', async () => {
    writeEntry({ pid: process.pid });
    const report = await doctor(['--fix', '--yes']);
    expect(report.ok).toBe(true);
    expect(one(report, 'unfinished')).toMatchObject({ level: 'note', fixable: false });
    expect(readdirSync(state('journal'))).toHaveLength(1);
  });

  it('was there before: is forgotten, and the pair stays', async () => {
    const made = await keypair('create', '--name', 'foo', '--key-dir', temporaryDirectory());
    expect(made.exit).toBe(0);
    writeEntry({ startedAt: new Date(Date.now() + 3_600_000).toISOString() });
    expect(one(await doctor(['--fix']), 'unfinished').fixed).toBe(true);
    expect((await keypair('list', '--quiet')).stdout).toBe('foo\n');
  });

  it('cannot be told: is not forgotten by a general yes', async () => {
    writeEntry({ region: 'ap-beijing', profile: 'gone' });
    const told = one(await doctor(['--fix', '--yes']), 'unfinished');
    expect(told).toMatchObject({ level: 'problem', fixed: false });
    expect(told.message).toContain('there is no profile gone');
    expect(readdirSync(state('journal'))).toHaveLength(1);
  });

  it('tells nothing: is named', async () => {
    writeFileSync(writeEntry(), '{');
    expect(one(await doctor(), 'unfinished').message).toContain('is not a valid journal entry');
    await doctor(['--fix', '--yes']);
    expect(readdirSync(state('journal'))).toHaveLength(1);
  });

  it('is looked for with the profile that it was begun with', async () => {
    const file = path.join(home, '.config/keypair/config.json');
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, '{"profiles":{"work":{"region":"ap-guangzhou"}}}', { mode: 0o600 });
    served.sandbox.fault({ kind: 'body', body: 'PRIVATE KEY', action: 'CreateKeyPair' });
    expect((await keypair('create', '--name', 'foo', '--profile', 'work')).exit).toBe(7);
    const [entry = ''] = readdirSync(state('journal'));
    expect(JSON.parse(readFileSync(state('journal', entry), 'utf8'))).toMatchObject({ profile: 'work' });
    expect(one(await doctor(), 'unfinished').message).toContain('not a usable key');
    writeFileSync(file, '{}', { mode: 0o600 });
    expect(one(await doctor(), 'unfinished').message).toContain('there is no profile work');
  });

  it('is told without a call with --local-only', async () => {
    writeEntry();
    const { exit, stdout } = await keypair('doctor', '--json', '--local-only', '--fix', '--yes');
    expect(exit).toBe(7);
    expect(one(JSON.parse(stdout) as Report, 'unfinished').message).toBe(
      'the create of foo, begun a moment ago, did not end',
    );
    expect(served.sandbox.log).toEqual([]);
  });
});

describe('leftovers', () => {
  it('that are empty are removed', async () => {
    mkdirSync(ssh(), { mode: 0o700 });
    writeFileSync(ssh(TEMPORARY), Buffer.alloc(32), { mode: 0o600 });
    utimesSync(ssh(TEMPORARY), LONG_AGO, LONG_AGO);
    expect(one(await doctor(), 'leftovers').level).toBe('note');
    expect(one(await doctor(['--fix']), 'leftovers').fixed).toBe(true);
    expect(readdirSync(ssh())).toEqual([]);
  });

  it('that hold a key say whose, and stay', async () => {
    await make();
    renameSync(ssh('foo'), ssh(TEMPORARY));
    utimesSync(ssh(TEMPORARY), LONG_AGO, LONG_AGO);
    const told = one(await doctor(['--fix', '--yes']), 'leftovers');
    expect(told).toMatchObject({ level: 'problem', fixable: false });
    expect(told.message).toContain('holds the private key of foo (tencent, ap-guangzhou)');
    expect(told.hints).toEqual([`give it its name: mv -n ${ssh(TEMPORARY)} ${ssh('foo')}`]);
    expect(existsSync(ssh(TEMPORARY))).toBe(true);
  });

  it('that are all there is behind a link stay, those that a file of its own holds go', async () => {
    await make();
    renameSync(ssh('foo'), ssh(TEMPORARY));
    utimesSync(ssh(TEMPORARY), LONG_AGO, LONG_AGO);
    symlinkSync(ssh(TEMPORARY), ssh('foo'));
    expect(one(await doctor(['--fix', '--yes']), 'leftovers').fixed).toBe(false);
    expect(existsSync(ssh('foo'))).toBe(true);
    rmSync(ssh('foo'));
    copyFileSync(ssh(TEMPORARY), ssh('foo'));
    expect(one(await doctor(['--fix', '--yes']), 'leftovers').fixed).toBe(true);
    expect([existsSync(ssh(TEMPORARY)), existsSync(ssh('foo'))]).toEqual([false, true]);
  });

  it('that hold something else are named, and stay', async () => {
    mkdirSync(ssh(), { mode: 0o700 });
    writeFileSync(ssh(TEMPORARY), 'a secret', { mode: 0o600 });
    utimesSync(ssh(TEMPORARY), LONG_AGO, LONG_AGO);
    const told = one(await doctor(['--fix', '--yes']), 'leftovers');
    expect(told).toMatchObject({ level: 'problem', file: ssh(TEMPORARY) });
    expect(JSON.stringify(told)).not.toContain('a secret');
    expect(existsSync(ssh(TEMPORARY))).toBe(true);
  });
});

describe('passphrases', () => {
  const set = async (words: string, name = 'foo'): Promise<void> => {
    const { exit, stderr } = await run(['passphrase', name, '--passphrase-stdin'], { home, input: words });
    expect(exit, stderr).toBe(0);
  };

  it('that keys made here do not have are told, which is no problem', async () => {
    expect(one(await doctor(), 'passphrases')).toMatchObject({ level: 'ok', message: 'no private keys made here' });
    await make();
    await make('bar');
    // Another program's.
    copyFileSync(ssh('foo'), ssh('other'));
    const report = await doctor();
    expect(report.ok).toBe(true);
    const told = one(report, 'passphrases');
    expect(told).toMatchObject({
      level: 'ok',
      message: 'bar, foo: none',
      hints: ['set one with: keypair passphrase bar'],
    });
    await set('correct horse', 'bar');
    expect(one(await doctor(), 'passphrases').message).toBe('foo: none');
    await set('correct horse');
    expect(one(await doctor(), 'passphrases')).toMatchObject({
      message: 'every private key made here has one',
      hints: [],
    });
  });

  it('leave a file that says what it is if setting or removing one was killed', async () => {
    await make();
    copyFileSync(ssh('foo'), path.join(home, 'open'));
    await set('correct horse');
    copyFileSync(ssh('foo'), path.join(home, 'sealed'));
    const leave = (from: string, here: string, at = LONG_AGO): void => {
      copyFileSync(path.join(home, from), ssh(TEMPORARY));
      copyFileSync(path.join(home, here), ssh('foo'));
      utimesSync(ssh(TEMPORARY), at, at);
    };
    for (const here of ['open', 'sealed']) {
      leave('sealed', here);
      const told = one(await doctor(['--fix', '--yes']), 'leftovers');
      expect(told).toMatchObject({ level: 'note', hints: [`if ${ssh('foo')} works, remove it`] });
      expect(told.message).toBe(`${ssh(TEMPORARY)} holds the key of ${ssh('foo')}, with a passphrase`);
    }
    // Any other file may be that of a create that runs now.
    const justNow = new Date(Date.now() - 10_000);
    leave('sealed', 'open', justNow);
    expect(one(await doctor(), 'leftovers').level).toBe('ok');
    leave('open', 'sealed', justNow);
    const told = one(await doctor(['--fix', '--yes']), 'leftovers');
    expect(told).toMatchObject({ level: 'problem', hints: [`if ${ssh('foo')} works, remove it`] });
    expect(told.message).toBe(`${ssh(TEMPORARY)} holds the key of ${ssh('foo')}, without a passphrase`);
    expect(existsSync(ssh(TEMPORARY))).toBe(true);
  });

  it('are no hindrance to convert a file of putty', async () => {
    await make();
    expect((await keypair('export', 'foo', '--format', 'ppk', '--yes')).exit).toBe(0);
    rmSync(ssh('foo'));
    rmSync(ssh('foo.pub'));
    const told = one(await doctor(), 'key-files');
    const [hint = ''] = told.hints;
    expect([told.level, hint]).toEqual(['note', `convert it: keypair export ${ssh('foo.ppk')} --format openssh`]);
    expect((await keypair(...hint.split(' ').slice(3))).exit).toBe(0);
    expect(readdirSync(ssh()).sort()).toEqual(['foo', 'foo.ppk']);
  });
});

describe('the configuration', () => {
  function write(text: string, mode = 0o600): string {
    const file = path.join(home, '.config/keypair/config.json');
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, text, { mode });
    chmodSync(file, mode);
    return file;
  }

  it('that is broken is a finding, and keeps nothing else from being looked at', async () => {
    await make();
    write('{ "profiles": ');
    const report = await doctor();
    expect(one(report, 'config').level).toBe('problem');
    expect(one(report, 'services').level).toBe('ok');
  });

  it('is looked at in every profile', async () => {
    write('{"profiles":{"default":{},"work":{"region":"no region!"}}}');
    expect(one(await doctor(), 'config').message).toContain('work');
  });

  it('that lacks the chosen profile is a finding', async () => {
    expect(one(await doctor(['--profile', 'nope']), 'config').message).toBe('there is no profile nope');
  });

  it('that others can read is closed', async () => {
    const file = write('{}', 0o644);
    expect(one(await doctor(), 'config')).toMatchObject({ level: 'problem', fixable: true });
    expect((await doctor(['--fix'])).ok).toBe(true);
    expect(modeOf(file)).toBe(0o600);
  });
});

describe('credentials', () => {
  it('may be missing: only this machine is looked at', async () => {
    const { exit, stdout } = await run(['doctor', '--json'], { home });
    expect(exit).toBe(0);
    const told = (JSON.parse(stdout) as Report).findings.filter(({ check }) => check === 'credentials');
    expect(told.map(({ level, message }) => [level, message])).toEqual([
      ['note', 'no credentials: only this machine was checked'],
    ]);
  });

  it('that are missing for a provider that was named are a problem', async () => {
    const { exit, stdout } = await run(['doctor', '--json', '-p', 'aliyun'], { home });
    expect(exit).toBe(1);
    expect(one(JSON.parse(stdout) as Report, 'credentials').message).toBe('no credentials for Alibaba Cloud');
  });

  it('that are refused are a problem, and never shown', async () => {
    const env = { TENCENTCLOUD_SECRET_KEY: 'thisisnotthekeyyouarelookingfor' };
    const ended = await served.run(['doctor', ...PAIR], { home, env });
    expect(ended.exit).toBe(1);
    expect(ended.stdout).toMatch(/problem {2}credentials +tencent, ap-guangzhou: /);
    expect(ended.stdout + ended.stderr).not.toContain('thisisnot');
  });
});

describe('the way to the services', () => {
  it('is told where nobody listens', async () => {
    const told = one(await doctor([], { KEYPAIR_ENDPOINT: 'http://127.0.0.1:9' }), 'services');
    expect(told).toMatchObject({ level: 'problem', provider: 'tencent', region: 'ap-guangzhou' });
    expect(told.message).toContain('connection refused');
  });

  it('is told where the proxy cannot be reached, without its password', async () => {
    const env = {
      HTTPS_PROXY: 'http://me:hunter2@127.0.0.1:9',
      KEYPAIR_ENDPOINT: 'https://cvm.tencentcloudapi.com',
    };
    const ended = await served.run(['doctor', ...PAIR], { home, env });
    expect(ended.exit).toBe(1);
    expect(ended.stdout).toContain('through the proxy http://127.0.0.1:9: tencent');
    expect(ended.stdout).toMatch(/problem {2}services +tencent, ap-guangzhou: cannot reach the proxy/);
    expect(ended.stdout + ended.stderr).not.toContain('hunter2');
  });

  it.each([
    [
      { HTTPS_PROXY: 'socks5://user:hunter2@127.0.0.1:1' },
      'problem',
      'proxies of the kind socks5:// are not supported',
    ],
    [{ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, 'note', 'NODE_TLS_REJECT_UNAUTHORIZED=0 is ignored'],
    [
      { NODE_EXTRA_CA_CERTS: '/nowhere/ca.pem' },
      'problem',
      'NODE_EXTRA_CA_CERTS is ignored: /nowhere/ca.pem does not exist',
    ],
    [{ NODE_EXTRA_CA_CERTS: PROGRAM }, 'problem', 'holds no certificate'],
  ] as const)('is judged by %j', async (env, level, message) => {
    const { stdout } = await served.run(['doctor', '--json', '--local-only'], { home, env });
    const told = one(JSON.parse(stdout) as Report, 'network');
    expect(told.level).toBe(level);
    expect(told.message).toContain(message);
    expect(stdout).not.toContain('hunter2');
  });
});

describe('the clock', () => {
  async function off(minutes: number, provider: string): Promise<Report> {
    const options: Partial<SandboxOptions> = { now: () => new Date(Date.now() + minutes * 60_000) };
    const other = await serveSandbox(options);
    try {
      return reportOf(await other.run(['doctor', '--json', '-p', provider], { home }));
    } finally {
      await other.close();
    }
  }

  it.each([
    [0.5, 'tencent', 'ok', 'within 30 s'],
    [2, 'tencent', 'note', '2 min 0 s behind'],
    [-2, 'aliyun', 'note', '2 min 0 s ahead of'],
    [10, 'tencent', 'problem', '10 min 0 s behind'],
    [-20, 'aliyun', 'problem', '20 min 0 s ahead of'],
  ])('that is off by %s minutes for %s is %s', async (minutes, provider, level, message) => {
    const told = one(await off(minutes, provider), 'clock');
    expect(told.level).toBe(level);
    // The header is cut to the second.
    expect(told.message.replace(/\b(1 min 59|2 min 1) s/, '2 min 0 s').replace(/(29|31) s/, '30 s')).toContain(
      message.split(' s')[0],
    );
  });

  it('is what an error about it points to', async () => {
    const other = await serveSandbox({ now: () => new Date(Date.now() + 3_600_000) });
    try {
      const { exit, stderr } = await other.run(['list', ...PAIR], { home });
      expect(exit).toBe(4);
      expect(stderr).toContain('keypair doctor');
    } finally {
      await other.close();
    }
  });
});

describe('many regions', () => {
  it('stand in one line', async () => {
    const { exit, stdout } = await served.run(['doctor', '--json', '-p', 'aliyun', '-r', 'all'], { home });
    expect(exit).toBe(0);
    expect(one(JSON.parse(stdout) as Report, 'services').message).toMatch(
      /^aliyun: \d\d regions answer, the slowest in \d+ ms: no key pairs$/,
    );
  });
});

describe('for people', () => {
  it('says with --quiet only the problems, one a line', async () => {
    await make();
    chmodSync(ssh('foo'), 0o644);
    rmSync(ssh('foo.pub'));
    const { exit, stdout, stderr } = await keypair('doctor', '--quiet');
    expect([exit, stderr]).toEqual([1, '']);
    expect(stdout).toBe(`others may read the private key ${ssh('foo')} (0644): ssh refuses to use it\n`);
  });

  it('counts, and says what --fix would do', async () => {
    await make();
    chmodSync(ssh('foo'), 0o644);
    served.sandbox.seed({ service: 'cvm', region: 'ap-guangzhou', count: 1, name: () => 'theirs' });
    const { exit, stdout } = await keypair('doctor');
    expect(exit).toBe(1);
    expect(stdout).toMatch(/\n1 problem, 1 note; keypair doctor --fix fixes 1 of them\n$/);
  });

  it('refuses a region that cannot be, before it looks at anything', async () => {
    const { exit, stderr } = await served.run(['doctor', '-p', 'tencent', '-r', 'no region'], { home });
    expect(exit).toBe(2);
    expect(stderr).toContain('keypair regions');
  });

  it('asks on a terminal for what is not safe, and takes no for an answer', async () => {
    await make();
    served.sandbox.remove({ service: 'cvm', region: 'ap-guangzhou', names: ['foo'] });
    await using terminal = keypairOnTerminal(['doctor', '--fix', ...PAIR], { home, env: served.env });
    await terminal.shows('What do you want to do about it?');
    terminal.type(KEYS.enter);
    expect(await terminal.ended()).toBe(0);
    expect(existsSync(ssh('foo'))).toBe(true);
    await using again = keypairOnTerminal(['doctor', '--fix', ...PAIR], { home, env: served.env });
    await again.shows('What do you want to do about it?');
    again.type(KEYS.down);
    again.type(KEYS.enter);
    await again.shows('all is well; 1 fixed');
    expect(await again.ended()).toBe(0);
    expect(existsSync(ssh('foo'))).toBe(false);
  });

  it('ends at Ctrl-C in a question', async () => {
    await make();
    chmodSync(ssh('foo'), 0o644);
    served.sandbox.remove({ service: 'cvm', region: 'ap-guangzhou', names: ['foo'] });
    await using terminal = keypairOnTerminal(['doctor', '--fix', ...PAIR], { home, env: served.env });
    await terminal.shows('What do you want to do about it?');
    terminal.type(KEYS.ctrlC);
    expect(await terminal.ended()).toBe(130);
    // There is no report then: what was mended is said.
    expect(terminal.screen()).toContain('is 0600 now');
    expect(terminal.screen()).toContain('cancelled: 1 fixed');
    expect(existsSync(ssh('foo'))).toBe(true);
  });
});

describe('old keys', () => {
  it('are told by the age that the profile allows, with the line that replaces them', async () => {
    await keypair('create', '--name', 'foo');
    await keypair('config', 'set', 'max-age', '90d');
    expect(one(await doctor(), 'old-keys').level).toBe('ok');
    const CreatedTime = new Date(Date.now() - 91 * 24 * 3_600_000).toISOString();
    for (let times = 0; times < 9; times += 1) {
      served.sandbox.fault({
        interface: 'cvm',
        action: 'DescribeKeyPairs',
        kind: 'patch',
        patch: (answer) =>
          withEachObject(answer, (fields) => ('KeyId' in fields ? { ...fields, CreatedTime } : fields)),
      });
    }
    const told = one(await doctor(), 'old-keys');
    expect(told).toMatchObject({ level: 'problem', provider: 'tencent', region: 'ap-guangzhou' });
    expect(told.message).toContain('is 91 days old: the profile allows 90d');
    expect(told.hints[0]).toMatch(/make another one: keypair create --local --name foo_new -p tencent -r ap-guangzhou/);
    const attached = await keypair('attach', 'foo', 'ins-sandbox3', '--wait', '--yes');
    expect(attached.exit).toBe(0);
    expect(one(await doctor(), 'old-keys').hints[0]).toMatch(/keypair rotate skey-\w+ -p tencent -r ap-guangzhou/);
  });
});
