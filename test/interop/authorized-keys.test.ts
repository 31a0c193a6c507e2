import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePublicKey, type PublicKey } from '../../src/keys/public-key.ts';
import { keysScript, readKeysAnswer } from '../../src/ssh/authorized-keys.ts';
import { type ServerAccount, serverAccount, type Shell, SHELLS } from '../support/server-account.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';

const keys = temporaryDirectory();

function keygen(name: string, type: string, comment = 'me@host'): string {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', comment, '-f', path.join(keys, name)]);
  return readFileSync(path.join(keys, `${name}.pub`), 'utf8').trim();
}

const KEY = keygen('key', 'ed25519', 'me and “you”');
const BLOB = KEY.split(' ')[1] ?? '';
const OTHER = keygen('other', 'ed25519');
const MORE = keygen('more', 'ecdsa');
const publicKey = parsePublicKey(KEY);
const LINE = `ssh-ed25519 ${BLOB} me-and-you-`;

/** The line with which cloud-init closes root (cloudinit/ssh_util.py, DISABLE_USER_OPTS). */
const CLOSED =
  'no-port-forwarding,no-agent-forwarding,no-X11-forwarding,command="echo \'Please login as the user \\"ubuntu\\" rather than the user \\"root\\".\';echo;sleep 1;exit 142"';

/** Texts without an open line of the key. */
const WITHOUT: Readonly<Record<string, string>> = {
  'an empty file': '',
  'one line': `${OTHER}\n`,
  'no last newline': `${OTHER}\n${MORE}`,
  'lines of Windows': `${OTHER}\r\n${MORE}\r\n`,
  'lines of Windows, the last without an end': `${OTHER}\r\n${MORE}`,
  'comments and empty lines': `# mine\n\n  # more\n${OTHER}\n\n`,
  'options with spaces and quotation marks': `command="echo \\"a b\\", c",from="10.0.0.0/8,*.example.com" ${OTHER}\n`,
  'tabs and spaces': ` \t${OTHER.replaceAll(' ', '\t')}\n`,
  'ten thousand lines': Array.from({ length: 10_000 }, (_, row) => `${OTHER}-${row}\n`).join(''),
  'a line of 200 KB': `${OTHER} ${'x'.repeat(200_000)}\n`,
  'bytes that are no UTF-8': `${OTHER} caf\xe9\n`,
  'the key in a comment': `# ${KEY}\n`,
  'the key as the comment of another': `${OTHER} ${BLOB} ${KEY}\n`,
  'the key in a command of another': `command="grep ${BLOB} ssh-ed25519 ${BLOB} x" ${OTHER}\n`,
  'a longer word than the key': `ssh-ed25519 ${BLOB}AAAA\n`,
};

/** Texts in which sshd takes no line of the key for a login, and the number of its lines. */
const DISABLED: Readonly<Record<string, readonly [text: string, count: number]>> = {
  'root as cloud-init closes it': [`${CLOSED} ${KEY}\n${OTHER}\n`, 1],
  'root as cloud-init closes it, twice, before an open line': [`${CLOSED} ${KEY}\n${CLOSED} ${KEY}\n${KEY}`, 3],
  'expired, in lines of Windows': [`${OTHER}\r\nexpiry-time="20200101" ${KEY}\r\n`, 1],
  'expired, and for certificates': [`expiry-time="202001010101Z" ${KEY}\ncert-authority ${KEY}\n`, 2],
  'for principals of a certificate': [`cert-authority,principals="a b" ${KEY}\n`, 1],
  'an algorithm that is another': [`ssh-rsa ${BLOB}\n${OTHER}`, 1],
};

/** Texts with open lines of the key, and what is left without all of its lines. */
const WITH: Readonly<Record<string, readonly [text: string, left: string]>> = {
  'one line': [`${KEY}\n`, ''],
  'the last without an end': [`${OTHER}\n${KEY}`, `${OTHER}\n`],
  'the first of lines of Windows': [`ssh-ed25519 ${BLOB}\r\n${OTHER}\r\n`, `${OTHER}\r\n`],
  'several, before one without an end': [
    `${KEY}\n${OTHER}\n\trestrict,from="127.0.0.1" ${LINE}\n${CLOSED} ${KEY}\n# ${KEY}\n${MORE}`,
    `${OTHER}\n# ${KEY}\n${MORE}`,
  ],
  'with options, spaces and tabs': [
    `environment="A=b c",no-pty,EXPIRY-TIME="20990101000000"\t ssh-ed25519\t${BLOB}\t it's mine\n${OTHER}\n`,
    `${OTHER}\n`,
  ],
  'an expired one before it': [`expiry-time="20200101" ${KEY}\n${KEY}\n`, ''],
  'a thousand times': [`${MORE}\n${`${KEY}\n`.repeat(1000)}`, `${MORE}\n`],
};

const task = {
  look: (account: ServerAccount, allUsers = false) =>
    ({ op: 'look', user: account.user, publicKey, allUsers }) as const,
  add: (account: ServerAccount, lifetimeSeconds: number | null = null, key: PublicKey = publicKey) =>
    ({ op: 'add', user: account.user, publicKey: key, files: null, lifetimeSeconds }) as const,
  remove: (account: ServerAccount, files: readonly string[] | null = null) =>
    ({ op: 'remove', user: account.user, publicKey, files }) as const,
};

/** An account with a file. */
function accountWith(text: string): ServerAccount {
  const account = serverAccount();
  mkdirSync(path.dirname(account.file), { mode: 0o700 });
  writeFileSync(account.file, text, { encoding: 'latin1', mode: 0o640 });
  return account;
}

async function inEachShell(check: (shell: Shell) => Promise<void>): Promise<void> {
  await Promise.all(SHELLS.map(check));
}

const textOf = ({ file }: ServerAccount): string => readFileSync(file, 'latin1');
const raw = (text: string): string => (text.includes('\xe9') ? text : Buffer.from(text).toString('latin1'));
const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

describe('authorized_keys on a server', () => {
  let sshd: Sshd;

  beforeAll(async () => {
    sshd = await startSshd(temporaryDirectory());
  });
  afterAll(() => {
    sshd.close();
  });

  /** Whether a real sshd lets the key in to run a command, by the file of an account. */
  function opens({ file }: ServerAccount): boolean {
    sshd.authorize(file);
    const flags = ['-F', sshd.config, '-i', path.join(keys, 'key'), '-p', String(sshd.port)];
    const done = spawnSync('ssh', [...flags, `${sshd.user}@127.0.0.1`, 'echo in'], { encoding: 'utf8' });
    return done.stdout === 'in\n';
  }

  it.each(Object.entries(WITHOUT))('adds exactly one line, and takes it off again: %s', async (_name, text) => {
    await inEachShell(async (shell) => {
      const account = accountWith(raw(text));
      const before = textOf(account);
      if (shell === 'dash') expect(opens(account)).toBe(false);
      expect(await account.run(task.look(account), { shell })).toMatchObject({
        result: 'looked',
        accounts: [{ user: 'carol', presence: 'absent' }],
      });
      expect(await account.run(task.remove(account), { shell })).toMatchObject({ result: 'unchanged' });
      expect(textOf(account)).toBe(before);
      expect(await account.run(task.add(account), { shell })).toMatchObject({
        result: 'added',
        path: account.file,
        accounts: [{ user: 'carol', presence: 'present' }],
        expires: null,
      });
      const whole = before === '' || before.endsWith('\n') ? before : `${before}\n`;
      expect(textOf(account)).toBe(`${whole}${LINE}\n`);
      expect(modeOf(account.file)).toBe(0o640);
      if (shell === 'dash') expect(opens(account)).toBe(true);
      expect(await account.run(task.add(account), { shell })).toMatchObject({ result: 'unchanged' });
      expect(await account.run(task.remove(account), { shell })).toMatchObject({
        result: 'removed',
        accounts: [{ user: 'carol', presence: 'absent' }],
      });
      expect(textOf(account)).toBe(whole);
      expect(readdirSync(path.dirname(account.file))).toEqual(['authorized_keys']);
    });
  });

  it.each(Object.entries(DISABLED))('opens an account whose line is disabled: %s', async (_name, [text, count]) => {
    await inEachShell(async (shell) => {
      const account = accountWith(raw(text));
      const before = textOf(account);
      if (shell === 'dash') expect(opens(account)).toBe(false);
      expect(await account.run(task.look(account), { shell })).toMatchObject({
        accounts: [{ presence: 'disabled' }],
      });
      expect(await account.run(task.add(account), { shell })).toMatchObject({
        result: 'added',
        accounts: [{ presence: 'present' }],
      });
      const whole = before.endsWith('\n') || text.includes('command=') ? before : `${before}\n`;
      expect(textOf(account)).toBe(text.includes('command=') ? `${LINE}\n${whole}` : `${whole}${LINE}\n`);
      if (shell === 'dash') expect(opens(account)).toBe(true);
      expect(await account.run(task.remove(account), { shell })).toMatchObject({ result: 'removed' });
      expect(textOf(account)).not.toContain(BLOB);
      expect(linesOf(textOf(account)).length).toBe(linesOf(before).length - count);
    });
  });

  it.each(Object.entries(WITH))(
    'leaves an open account as it is, and removes all lines: %s',
    async (_name, [text, left]) => {
      await inEachShell(async (shell) => {
        const account = accountWith(raw(text));
        const before = textOf(account);
        if (shell === 'dash') expect(opens(account)).toBe(true);
        expect(await account.run(task.look(account), { shell })).toMatchObject({
          accounts: [{ presence: 'present' }],
        });
        if (!/expiry-time="2099/i.test(text)) {
          expect(await account.run(task.add(account), { shell })).toMatchObject({ result: 'unchanged' });
          expect(textOf(account)).toBe(before);
        }
        expect(await account.run(task.remove(account), { shell })).toMatchObject({
          result: 'removed',
          accounts: [{ presence: 'absent' }],
        });
        expect(textOf(account)).toBe(raw(left));
        if (shell === 'dash') expect(opens(account)).toBe(false);
      });
    },
  );

  it.each(SHELLS)('makes the directory and the file: %s', async (shell) => {
    const account = serverAccount();
    expect(await account.run(task.remove(account), { shell })).toMatchObject({ result: 'unchanged' });
    expect(readdirSync(account.home)).toEqual([]);
    expect(await account.run(task.add(account), { shell })).toMatchObject({ result: 'added', path: account.file });
    expect(textOf(account)).toBe(`${LINE}\n`);
    expect([modeOf(path.dirname(account.file)), modeOf(account.file)]).toEqual([0o700, 0o600]);
    expect(opens(account)).toBe(true);
  });

  it.each(SHELLS)('asks sshd for the files and the host keys: %s', async (shell) => {
    const account = serverAccount();
    const [keys1, keys2] = [path.join(account.home, 'one/carol'), path.join(temporaryDirectory(), 'a%carol')];
    account.sshd(
      'permitrootlogin yes',
      `authorizedkeysfile one/%u ${path.dirname(keys2)}/a%%%u %h/three`,
      'authorizedkeyscommand none',
      `hostkey ${path.join(keys, 'other')}`,
      `hostkey ${path.join(keys, 'gone')}`,
    );
    writeFileSync(keys2, `${KEY}\n`);
    const looked = await account.run(task.look(account), { shell });
    expect(looked).toEqual({
      result: 'looked',
      refusal: null,
      path: null,
      accounts: [{ user: 'carol', presence: 'present', files: [keys1, keys2, path.join(account.home, 'three')] }],
      askedSshd: true,
      hostKeys: [OTHER.split(' ').slice(0, 2).join(' ')],
      expires: null,
    });
    const files = looked?.accounts[0]?.files ?? [];
    mkdirSync(path.dirname(keys1));
    expect(await account.run({ ...task.remove(account), files }, { shell })).toMatchObject({
      result: 'removed',
      path: keys2,
    });
    expect(readFileSync(keys2, 'utf8')).toBe('');
    expect(await account.run({ ...task.add(account), files }, { shell })).toMatchObject({
      result: 'added',
      path: keys1,
    });
    // A line that hides the key in the first file hides that in the second.
    writeFileSync(keys1, `${CLOSED} ${KEY}\n`);
    writeFileSync(keys2, `${KEY}\n`);
    expect(await account.run(task.look(account), { shell })).toMatchObject({ accounts: [{ presence: 'disabled' }] });
    account.sshd('authorizedkeysfile none');
    expect(await account.run(task.look(account), { shell })).toMatchObject({ refusal: 'no-file', accounts: [] });
    expect(await account.run({ ...task.add(account), files: [] }, { shell })).toMatchObject({ refusal: 'no-file' });
    account.sshd('authorizedkeysfile .ssh/authorized_keys', 'authorizedkeyscommand /usr/bin/keys %u');
    expect(await account.run(task.look(account), { shell })).toMatchObject({
      refusal: 'keys-command',
      accounts: [{ presence: 'absent' }],
    });
  });

  it.each(SHELLS)('finds every account with the key: %s', async (shell) => {
    const account = accountWith(`${OTHER}\n`);
    const homes = ['dave', 'erin', 'frank', 'grace', 'heidi'].map((name) => {
      const home = path.join(temporaryDirectory(), 'a b');
      mkdirSync(path.join(home, '.ssh'), { recursive: true });
      return { name, home, file: path.join(home, '.ssh/authorized_keys') };
    });
    const [dave, erin, frank, grace, heidi] = homes.map(({ file }) => file) as [string, string, string, string, string];
    writeFileSync(dave, KEY);
    writeFileSync(`${erin}2`, `${CLOSED} ${KEY}\n`);
    // A reader of a pipe would wait for ever.
    execFileSync('mkfifo', [frank]);
    writeFileSync(grace, OTHER);
    // sshd takes the key, and the programs of a script stumble over the NUL.
    writeFileSync(heidi, `\0\n${KEY}`);
    account.passwd(
      ...homes.map(({ name, home }) => `${name}:x:1:1::${home}:/bin/sh`),
      'ghost:x:1:1::/nonexistent:/bin/sh',
      'odd:x:1:1:::',
      account.entry(),
    );
    expect(await account.run(task.look(account, true), { shell })).toMatchObject({
      result: 'looked',
      accounts: [
        { user: 'carol', presence: 'absent' },
        { user: 'dave', presence: 'present', files: [dave] },
        { user: 'erin', presence: 'disabled', files: [`${erin}2`] },
        { user: 'heidi', presence: 'unreadable', files: [] },
      ],
    });
    account.passwd(account.entry(), ...Array.from({ length: 301 }, (_, row) => `user${row}:x:1:1::/tmp:/bin/sh`));
    if (shell === 'dash')
      expect(await account.run(task.look(account, true), { shell })).toMatchObject({ refusal: 'too-many-accounts' });
  });

  it.each(SHELLS)('writes when a line ends, in the local time of the server: %s', async (shell) => {
    const account = accountWith('');
    const through = ['env', 'TZ=America/New_York'];
    const added = await account.run(task.add(account, 3600), { shell, through });
    const [, line] = /^expiry-time="(\d{14})" (.*)\n$/.exec(textOf(account)) ?? [];
    expect([added?.result, added?.expires, line !== undefined]).toEqual(['added', line, true]);
    const inAnHour = execFileSync('date', ['-d', '+1 hour', '+%Y%m%d%H%M%S'], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] },
    });
    expect(Math.abs(Number(line) - Number(inAnHour))).toBeLessThan(100);
    expect(opens(account)).toBe(true);
    // The same call again, after its answer was lost.
    expect(await account.run(task.add(account, 3600), { shell })).toMatchObject({ result: 'unchanged', expires: line });
    expect(await account.run(task.add(account, 7200), { shell })).toMatchObject({ result: 'added' });
    expect(await account.run(task.add(account), { shell })).toMatchObject({ result: 'added', expires: null });
    expect(await account.run(task.add(account, 60), { shell })).toMatchObject({ result: 'unchanged', expires: null });
    expect(linesOf(textOf(account)).length).toBe(3);
    writeFileSync(account.file, '');
    account.program('date', 'case $1 in -d) exit 1 ;; esac; echo 20260101000000');
    expect(await account.run(task.add(account, 60), { shell })).toMatchObject({ refusal: 'no-clock' });
    expect(textOf(account)).toBe('');
  });

  it.each(SHELLS)('refuses what it must not change, and leaves it as it is: %s', async (shell) => {
    const account = accountWith(`${KEY}\n`);
    const directory = path.dirname(account.file);
    const away = path.join(temporaryDirectory(), 'away');
    const refusedBoth = async (refusal: string, file: string | null): Promise<void> => {
      const before = readdirSync(directory);
      expect(await account.run(task.remove(account), { shell })).toMatchObject({ refusal, path: file });
      expect(await account.run(task.add(account, null, parsePublicKey(OTHER)), { shell })).toMatchObject({
        refusal,
        path: file,
      });
      expect(readdirSync(directory)).toEqual(before);
    };
    account.passwd(account.entry(4321));
    await refusedBoth('not-own', directory);
    account.passwd();
    account.program('id', 'echo dave');
    await refusedBoth('no-user', null);
    account.passwd(account.entry());
    await refusedBoth('other-user', null);
    account.program('id', 'echo carol');
    account.passwd('carol:x:0:0::/nonexistent:/bin/sh');
    await refusedBoth('no-home', '/nonexistent');
    account.passwd(account.entry());
    mkdirSync(path.join(directory, 'authorized_keys.d'));
    await refusedBoth('keys-directory', path.join(directory, 'authorized_keys.d'));
    rmSync(path.join(directory, 'authorized_keys.d'), { recursive: true });
    writeFileSync(account.file, `${KEY}\n\0\n`);
    await refusedBoth('not-text', account.file);
    writeFileSync(account.file, `${KEY}\n${'#'.repeat(9 << 20)}\n`);
    await refusedBoth('too-large', account.file);
    writeFileSync(account.file, `${KEY} ${'#'.repeat(70_000)}\n`);
    expect(await account.run(task.look(account), { shell })).toMatchObject({ accounts: [{ presence: 'unreadable' }] });
    expect(await account.run(task.remove(account), { shell })).toMatchObject({ refusal: 'too-large' });
    writeFileSync(away, `${KEY}\n`);
    rmSync(account.file);
    symlinkSync(away, account.file);
    await refusedBoth('link', account.file);
    rmSync(account.file);
    symlinkSync('/nonexistent', account.file);
    await refusedBoth('link', account.file);
    rmSync(account.file);
    mkdirSync(account.file);
    await refusedBoth('not-own', account.file);
    rmSync(account.file, { recursive: true });
    writeFileSync(account.file, `${KEY}\n`);
    renameSync(directory, `${away}.d`);
    symlinkSync(`${away}.d`, directory);
    await refusedBoth('link', directory);
    expect(readFileSync(away, 'utf8')).toBe(`${KEY}\n`);
    expect(readFileSync(path.join(`${away}.d`, 'authorized_keys'), 'utf8')).toBe(`${KEY}\n`);
  });

  it.each(SHELLS)('lets a change of somebody else stand: %s', async (shell) => {
    const account = accountWith(`${OTHER}\n`);
    account.program('dd', `echo '# new' >> ${account.file}`);
    expect(await account.run(task.add(account), { shell })).toMatchObject({ refusal: 'changed-meanwhile' });
    expect(textOf(account)).toBe(`${OTHER}\n# new\n`);
    expect(readdirSync(path.dirname(account.file))).toEqual(['authorized_keys']);
    // A group or an access list that the copy does not get.
    account.program('dd', `chmod g+w ${account.file}`);
    expect(await account.run(task.add(account), { shell })).toMatchObject({ refusal: 'attributes' });
    account.program('dd', 'exit 0');
    account.program('cp', 'exit 1');
    expect(await account.run(task.add(account), { shell })).toMatchObject({ refusal: 'not-writable' });
    expect(textOf(account)).toBe(`${OTHER}\n# new\n`);
    expect(readdirSync(path.dirname(account.file))).toEqual(['authorized_keys']);
  });

  it.each([
    ['KILL', 40],
    ['TERM', 15],
  ] as const)('leaves the old file or the new one when SIG%s ends it', async (signal, times) => {
    const old = Array.from({ length: 3000 }, (_, row) => `${OTHER}-${row}\n`).join('');
    const account = accountWith(old);
    const seen = new Set<string>();
    for (let time = 0; time < times; time++) {
      const through = ['timeout', '-s', signal, String(0.02 + (0.6 * time) / times)];
      await account.run(time % 2 === 0 ? task.add(account) : task.remove(account), {
        through,
        shell: SHELLS[time % 3] ?? 'dash',
      });
      // Its programs may still run.
      const text = textOf(account);
      expect(text === old || text === `${old}${LINE}\n`).toBe(true);
      seen.add(text);
      if (signal === 'TERM') expect(readdirSync(path.dirname(account.file))).toEqual(['authorized_keys']);
    }
    await account.run(task.add(account));
    expect(textOf(account)).toBe(`${old}${LINE}\n`);
  });

  it.each(SHELLS)('answers whatever profiles set and print: %s', async (shell) => {
    const account = accountWith(`${KEY}\n`);
    const profile = [
      'echo welcome; printf "no end" >&2',
      'set -euCf; IFS=abc; TZ=Asia/Shanghai; export TZ; umask 0',
      'alias cat="cat -n" ls="ls --color" rm="rm -i"',
      'cd /nonexistent 2>&1 || :',
      'printf "no end"',
    ].join('\n');
    const marker = 'abcdefgh12345678';
    const output = await account.execute(
      `exec 2>&1\n${profile}\n${keysScript(task.remove(account), marker)}\necho bye`,
      { shell },
    );
    expect(output).toContain('welcome');
    expect(readKeysAnswer(output, marker)).toMatchObject({ result: 'removed', accounts: [{ presence: 'absent' }] });
    expect(textOf(account)).toBe('');
  });

  it('does nothing if it does not come whole', async () => {
    const account = accountWith(`${OTHER}\n`);
    const script = keysScript(task.add(account), 'abcdefgh12345678');
    for (const shell of SHELLS)
      for (const length of [script.length - 26, Math.floor(script.length / 2), 900])
        expect(await account.execute(`exec 2>/dev/null\n${script.slice(0, length)}`, { shell })).toBe('');
    expect(textOf(account)).toBe(`${OTHER}\n`);
  });

  it('is a script of which shellcheck has nothing to say', () => {
    const script = keysScript(task.add(serverAccount(), 60), 'marker1234');
    const { status, stdout } = spawnSync(
      'shellcheck',
      // `stat` does not show whether there is an access list.
      ['-s', 'sh', '-e', 'SC2012', '-'],
      { input: script, encoding: 'utf8' },
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });
});
