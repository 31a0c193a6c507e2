import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/commands/index.ts';
import { COMMAND, ended, run, type Run } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { textsOfSource } from '../unit/i18n/texts.ts';

/** The command line that a hint ends with, as words. */
function commandOf({ stderr }: Run, which: RegExp): readonly string[] {
  const line = stderr.split('\n').find((hint) => which.test(hint)) ?? '';
  return (/keypair: hint: .*: keypair (.+)$/.exec(line)?.[1] ?? '').split(' ');
}

describe('a command line in a hint', () => {
  let home: string;
  beforeEach(() => {
    home = temporaryDirectory();
  });

  it('goes to where the command went: copied as it stood, it would have gone to the real cloud', async () => {
    const place = ['-p', 'tencent', '-r', 'ap-beijing', '--sandbox'];
    await run(['create', ...place, '--name', 'foo'], { home });
    const command = commandOf(await run(['show', 'bar', ...place], { home }), /see what is there/);
    expect(command).toEqual(['list', ...place]);
    expect(await run([...command, '--quiet'], { home })).toMatchObject({ exit: 0, stdout: 'foo\n' });
  });

  it('is right when it would finish a create', async () => {
    const place = ['-p', 'tencent', '-r', 'ap-beijing', '--sandbox'];
    const script = `"$0" "$@" --output - >/dev/full`;
    const words = [...COMMAND, 'create', ...place, '--name', 'foo'];
    const { stderr } = spawnSync('sh', ['-c', script, ...words], {
      env: { PATH: process.env['PATH'], HOME: home },
      encoding: 'utf8',
    });
    const command = commandOf({ exit: 7, stdout: '', stderr }, /finish it/);
    expect(command).toEqual(['create', ...place, '--name', 'foo', '--recreate']);
    expect((await run([...command], { home })).exit).toBe(0);
    expect(existsSync(path.join(home, '.ssh/foo'))).toBe(true);
  });
});

const PLACE = 'ap-guangzhou --sandbox';
const KEY = '~/.ssh/foo';

/**
 * What is put into each text that holds a command line with values: as in a home with a pair `foo` of tencent, its
 * files, and a profile `work`. A text that is not here has no values, or fails.
 */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  'see keypair {0} --help': ['config set'],
  'see what is there with: keypair list -p {0} -r {1}': ['tencent', PLACE],
  'see what is there with: keypair instances -p {0} -r {1}': ['tencent', PLACE],
  'see what is there with: keypair instances {0}': [`-p tencent -r ${PLACE}`],
  'others may read {0}: chmod 600 {1}': [KEY, KEY],
  'others may change {0}: chmod 600 {1}': [KEY, KEY],
  'create it with: keypair config set --profile {0} provider tencent': ['work'],
  'or with: keypair auth login --profile {0}': ['work'],
  'run keypair auth login -p {0}': ['tencent'],
  'others can read {0}: run chmod 600 {1}': [KEY, KEY],
  'keypair auth login, profile {0}': ['default'],
  '{0} does not hold what keypair auth login writes': ['~/login.json'],
  'chmod go-w {0}': [KEY],
  'see what is in it; if it is right: chmod go-w {0}': [KEY],
  'correct it with: chmod go-w {0}': [KEY],
  'if that may change: chmod u+w {0}': [KEY],
  'chmod g-w {0}': [KEY],
  'chmod 600 {0}': [KEY],
  'chmod {0} {1}': ['700', '~/.ssh'],
  'see where it is bound with: keypair show {0} -p {1} -r {2}': ['foo', 'tencent', PLACE],
  'see whether it is still there with: keypair show {0} -p {1} -r {2}': ['foo', 'tencent', PLACE],
  'see what it is now with: keypair show {0} -p {1} -r {2}': ['foo', 'tencent', PLACE],
  'one is: keypair show {0} -p {1} -r {2}': ['foo', 'tencent', PLACE],
  'look everywhere with: keypair show {0} {1}': ['foo', '-p all -r all --sandbox'],
  '{0} is a file here; to find the pair of its key: keypair show {1} {2}': [
    'foo.pub',
    './.ssh/foo.pub',
    `-p tencent -r ${PLACE}`,
  ],
  'see them with: keypair config list --profile {0}': ['work'],
  'see them with: keypair list {0}': [`-p tencent -r ${PLACE}`],
  'see them with: keypair ssh-config print {0}': [`-p tencent -r ${PLACE}`],
  'choose another --name, or see what is there with: keypair list -p {0} -r {1}': ['tencent', PLACE],
  'see them with: keypair list -p {0} -r {1} --cloud-only': ['tencent', PLACE],
  'see all of them with keypair fingerprint --all {0}': [KEY],
  'make one that it takes: keypair create {0} --local --type {1} --name {2}': [
    `-p tencent -r ${PLACE}`,
    'rsa-3072',
    'new',
  ],
  'finish it or start over: keypair create -p {0} -r {1} --name {2} --recreate': ['tencent', PLACE, 'new'],
  'if nobody has it any more: keypair delete {0} -p {1} -r {2}': ['foo', 'tencent', `${PLACE} --yes`],
  'delete the pair with: keypair delete {0} -p {1} -r {2}': ['foo', 'tencent', `${PLACE} --yes`],
  'see which is right: ssh-keygen -y -f {0}': [KEY],
  'add it later with: keypair agent add {0}': [KEY],
  'name the instances that have its key: see them with keypair instances -p {0} -r {1}': ['tencent', PLACE],
  'rotate the key pair that opens it now: see them with keypair list -p {0} -r {1}': ['tencent', PLACE],
  'or bind a key pair with a restart: keypair attach {0}': [`-p tencent -r ${PLACE}`],
  'next: keypair attach {0} {1}': ['foo', `-p tencent -r ${PLACE}`],
  'next: keypair ssh {0} {1}': ['ins-sandbox3', `-p tencent -r ${PLACE}`],
  'next: reboot it, or put the key on it now with: keypair authorize {0}': [`foo i-sandbox1 -p aliyun -r cn-hangzhou`],
  'convert it: keypair export {0} --format openssh': [KEY],
  'set one with: keypair passphrase {0}': [KEY],
  'the private key of {0} has no passphrase: set one with keypair passphrase {1}': ['foo', KEY],
  'a copy is kept in {0}; remove it with: keypair trash empty': ['~/.local/state/keypair/trash/now'],
  'put one back with: keypair trash restore {0}': ['foo'],
  'put one to another directory first: keypair trash restore {0} --to DIR': ['foo-2'],
  'save it with: keypair trash restore {0} --to {1}': ['foo', '~/saved'],
  'write its public key beside it: ssh-keygen -y -f {0} > {1}.pub': [KEY, KEY],
  'write its public key beside it: chmod 600 {0} && ssh-keygen -y -f {1} > {2}.pub': [KEY, KEY, KEY],
  'rewrite it: keypair doctor --local-only --fix --key-dir {0}': ['~/.ssh'],
  'fix it with: keypair doctor --fix --key-dir {0}': ['~/.ssh'],
  '{0} more unfinished: see keypair doctor': ['3'],
  '{0}; keypair doctor --fix fixes {1} of them': ['2 problems', '1'],
  '{0}; keypair doctor --fix asks about {1} of them': ['2 problems', '1'],
  '{0}; keypair doctor --fix fixes {1} of them and asks about {2}': ['2 problems', '1', '1'],
};

/** What follows a command line in a sentence. */
const PROSE = /\s+(?:forgets|does|shows|says|fixes|asks|without|lists|writes|prints|\(|in \w+ place)\b.*$/s;

const names = new Set([...COMMANDS.map(({ name }) => name), 'help']);

/** The command lines in a text, as people would copy them. */
function commandsIn(text: string): readonly string[] {
  return [...text.matchAll(/(?<=^|[\s"'(:])(?:keypair|ssh-keygen -y|chmod) [^"();,]*/g)]
    .map(([line]) => line.replace(PROSE, '').trim())
    .filter((line) => !line.startsWith('keypair ') || names.has(line.split(' ')[1] ?? ''));
}

const HINTS = [...new Set(textsOfSource().texts.map(({ key }) => key))].filter(
  (key) => commandsIn(key.replace(/\{\d+\}/g, 'x')).length > 0 && !key.includes('keypair import …'),
);

describe('every text of the source with a command line in it', () => {
  let prepared: string;
  beforeAll(async () => {
    prepared = temporaryDirectory();
    mkdirSync(path.join(prepared, 'bin'));
    const shim = path.join(prepared, 'bin/keypair');
    writeFileSync(shim, `#!/bin/sh\nexec '${COMMAND.join("' '")}' "$@"\n`);
    chmodSync(shim, 0o755);
    for (const args of [
      ['create', '--sandbox', '-p', 'tencent', '-r', 'ap-guangzhou', '--name', 'foo'],
      ['config', 'set', '--profile', 'work', 'region', 'ap-guangzhou'],
    ]) {
      expect(await run(args, { home: prepared })).toMatchObject({ exit: 0 });
    }
  });

  /** Runs a line in a real shell, in a home of its own, with the environment of the command that has printed it. */
  function inShell(line: string): Promise<Run> {
    const home = temporaryDirectory();
    cpSync(prepared, home, { recursive: true });
    const PATH = `${path.join(prepared, 'bin')}:${process.env['PATH'] ?? ''}`;
    // The sandbox brings its own credentials, and has no logins; a server ends when it is told.
    const env = line.includes(' auth ') ? {} : { KEYPAIR_SANDBOX: '1' };
    const script = line.startsWith('keypair sandbox serve') ? `timeout 3 ${line}` : line;
    const child = spawn('sh', ['-c', script], {
      cwd: home,
      env: { PATH, HOME: home, ...env },
      stdio: 'pipe',
    });
    child.stdin.end();
    return ended(child);
  }

  /** It is understood: what it misses, if anything, it would ask for on a terminal. */
  function expectUnderstood(line: string, { exit, stderr }: Run): void {
    if (exit === 2 && line.startsWith('keypair'))
      expect(stderr, line).toMatch(/^keypair: error: (?:missing: |a command is missing)/m);
    else expect(exit, `${line}\n${stderr}`).not.toBe(2);
    if (!line.startsWith('keypair')) expect(exit, `${line}\n${stderr}`).toBe(0);
  }

  it.each(HINTS)(
    '“%s”',
    async (key) => {
      const values = VALUES[key] ?? [];
      const text = key.replace('{place}', `-p tencent -r ${PLACE}`).replace(/\{(\d+)\}/g, (_, index: string) => {
        const value = values[Number(index)];
        if (value === undefined) throw new Error('a command line in a hint that no test runs: add its values above');
        return value;
      });
      for (const line of commandsIn(text)) {
        expect(line, 'a hint works as printed').not.toContain('…');
        expectUnderstood(line, await inShell(line));
      }
    },
    30_000,
  );

  it.each([
    ['show', '-p', 'tencent', 'nope'],
    ['show', '-p', 'all', '-r', 'all', 'SHA256:nope'],
    ['delete', '-p', 'tencent', 'nope', '--yes'],
    ['create', '-p', 'tencent', '--name', 'foo'],
    ['create', '-p', 'tencent', '--name', 'foo', '--key-dir', 'other'],
    ['attach', '-p', 'tencent', 'foo', 'ins-nope', '--yes'],
    ['detach', '-p', 'tencent', 'foo', 'ins-sandbox3', '--yes'],
    ['update', '-p', 'lighthouse', 'foo', '--rename', 'bar'],
    ['list', '--profile', 'nobody', '-p', 'tencent'],
    ['config', 'get', 'provider'],
    ['config', 'set'],
    ['create', '-p', 'tencent', '--name', 'my-key'],
    ['crate'],
    ['sandbox'],
  ])(
    'as the program prints it: %s %s %s %s',
    async (...args) => {
      const { stderr } = await inShell(`keypair ${args.join(' ')}`);
      for (const hint of stderr.split('\n').filter((said) => said.startsWith('keypair: hint: '))) {
        for (const line of commandsIn(hint.slice('keypair: hint: '.length)))
          expectUnderstood(line, await inShell(line));
      }
    },
    30_000,
  );
});
