import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePublicKey, type PublicKey } from '../../src/keys/public-key.ts';
import { keysScript } from '../../src/ssh/authorized-keys.ts';
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

  it('is a script of which shellcheck has nothing to say', () => {
    const { status, stdout } = spawnSync(
      'shellcheck',
      // `stat` does not show whether there is an access list.
      ['-s', 'sh', '-e', 'SC2012', '-'],
      { input: keysScript(task.add(serverAccount(), 60), 'marker1234'), encoding: 'utf8' },
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });
});
