import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { COMMAND, ended, type Run } from '../support/program.ts';
import { type Served, serveSandbox, withEachObject } from '../support/served.ts';
import { startSshd } from '../support/sshd.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { KEYS, keypairOnTerminal } from '../support/terminal.ts';

/** Where ssh looks for `.ssh`, whatever HOME is. Only root may put another directory in its place, for one process. */
const HOME = userInfo().homedir;
const root = process.getuid?.() === 0;

/** Configurations of every kind: none may change for any host of its own. */
const CONFIGS: Readonly<Record<string, string>> = {
  'one host': 'Host alpha\n  HostName alpha.example.com\n  User bob\n',
  'options for all at the top': 'ServerAliveInterval 30\nUser bob\nHost alpha\n  Port 2200\n',
  'Host *': 'Host alpha\n  User bob\n\nHost *\n  User alice\n  IdentityFile ~/.ssh/id_x\n  ForwardAgent yes\n',
  'Match exec': 'Match exec "test %n = alpha"\n  User bob\nMatch host alpha,beta\n  Port 2200\n',
  'Match all, final and canonical':
    'CanonicalizeHostname no\nMatch final host alpha\n  User bob\nMatch all\n  Port 2200\n',
  'Include of another file': 'Include conf.d/*\nHost alpha\n  User bob\n',
  'Include inside a Host': 'Host alpha\n  Include conf.d/*\nHost beta\n  User bob\n',
  CRLF: 'Host alpha\r\n  User bob\r\n\r\nHost beta\r\n  Port 2200\r\n',
  'no newline at the end': 'Host alpha\n  User bob',
  'quotation marks': 'Host "alpha" "beta"\n  User "bob"\n  IdentityFile "~/.ssh/a b"\n',
  tabs: '\tHost\talpha\n\t\tUser\tbob\n',
  'equals signs': 'Host=alpha\nUser=bob\nHost = beta\n  Port = 2200\n',
  'keywords in any case': 'HOST alpha\n  uSER bob\nhost beta\n  PORT 2200\n',
  'an empty file': '',
  'comments only': '# one\n\n   # two\n',
  'blank lines first': '\n\n\nHost alpha\n  User bob\n',
  wildcards: 'Host alpha?.example.com *.internal\n  User bob\nHost al*\n  Port 2200\n',
  negation: 'Host * !alpha\n  User bob\nHost !beta *\n  Port 2200\n',
  'many hosts': Array.from({ length: 60 }, (_, n) => `Host alpha${n}\n  User bob${n}\n  Port ${2200 + n}\n`).join(''),
  'thousands of hosts': Array.from({ length: 2000 }, (_, n) => `Host h${n}\n  HostName h${n}.example\n`).join(''),
  'a very long line': `Host ${Array.from({ length: 40 }, (_, n) => `alpha${n}`).join(' ')}\n  User bob\n`,
  'no ASCII': '# 服务器 é\nHost alpha\n  User bob\n  IdentityFile ~/.ssh/密钥\n',
  'no UTF-8': Buffer.from([0x23, 0x20, 0xff, 0xfe, 0x0a]).toString('latin1') + 'Host alpha\n  User bob\n',
  'a jump host': 'Host alpha\n  ProxyJump beta\nHost beta\n  User bob\n',
  tokens: 'Host alpha\n  HostName %h.example.com\n  IdentityFile ~/.ssh/%h-%r\n  ControlPath ~/.ssh/c-%C\n',
  'trailing blanks and form feeds': 'Host alpha  \t\n  User bob \f\n',
  'a Host twice': 'Host alpha\n  User bob\nHost alpha beta\n  User carol\n  Port 2200\n',
};

/** Names that are asked for besides the user's own. */
const NAMES = ['alpha', 'beta', 'alpha1', 'alpha1.example.com', 'x.internal', 'gamma', 'localhost', '192.0.2.7'];

describe.runIf(root)('ssh-config', () => {
  let served: Served;
  let template: string;
  let home: string;
  let ssh: string;
  let told: Readonly<Record<string, unknown>>;
  /** A directory in place of /etc/ssh. */
  let system = '/etc/ssh';

  beforeAll(async () => {
    served = await serveSandbox({ behaviour: { requestsPerSecond: null, operationMs: 0 } });
    const patch = (answer: unknown): unknown =>
      withEachObject(answer, (row) => ({ ...row, ...(told[String(row['InstanceId'])] as object | undefined) }));
    served.sandbox.fault({ kind: 'patch', action: 'DescribeInstances', times: 99_999, patch });
    told = {};
    template = temporaryDirectory();
    home = template;
    for (const number of [3, 4]) {
      await keypair('create', '--name', `key${number}`, '-q');
      const { exit, stderr } = await keypair('attach', `key${number}`, `ins-sandbox${number}`, '-y', '--json');
      expect(exit, stderr).toBe(0);
    }
    const elsewhere = ['-p', 'tencent', '-r', 'ap-beijing'];
    await there(...COMMAND, 'create', '--name', 'key2', '-q', ...elsewhere);
    const { exit, stderr } = await there(
      ...[...COMMAND, 'attach', 'key2', 'ins-sandbox2', '-y', '--force-stop', '--json', ...elsewhere],
    );
    expect(exit, stderr).toBe(0);
  });
  afterAll(() => served.close());
  beforeEach(() => {
    told = { 'ins-sandbox3': { PublicIpAddresses: ['203.0.113.3'], DefaultLoginPort: 2022 } };
    system = '/etc/ssh';
    home = temporaryDirectory();
    ssh = path.join(home, '.ssh');
    cpSync(template, home, { recursive: true });
    chmodSync(ssh, 0o700);
    mkdirSync(path.join(ssh, 'conf.d'));
    writeFileSync(path.join(ssh, 'conf.d/one'), 'Host gamma\n  User dave\n');
  });

  /** A command in a world where the user's home directory is `home`. */
  function there(...command: readonly string[]): Promise<Run> {
    return ended(startThere(command));
  }

  function startThere(command: readonly string[], more: Readonly<Record<string, string>> = {}): ChildProcess {
    const script = 'mount --bind "$1" "$2" && mount --bind "$3" /etc/ssh && cd / && shift 3 && exec "$@"';
    const env = { PATH: process.env['PATH'], HOME, ...served.env, ...more };
    return spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', home, HOME, system, ...command], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  function keypair(...args: readonly string[]): Promise<Run> {
    return there(...COMMAND, args[0] ?? '', ...args.slice(1), '-p', 'tencent', '-r', 'ap-guangzhou');
  }

  const install = (...more: readonly string[]): Promise<Run> => keypair('ssh-config', 'install', '--yes', ...more);
  const remove = (): Promise<Run> => there(...COMMAND, 'ssh-config', 'remove', '--yes');

  /** What ssh says of these hosts with the configuration in use. */
  async function resolved(names: readonly string[]): Promise<string> {
    const { stdout } = await there(
      'sh',
      '-c',
      'for name; do echo "== $name"; ssh -G -- "$name" 2>&1; done',
      'sh',
      ...names,
    );
    return stdout;
  }

  async function valuesOf(name: string, ...keywords: readonly string[]): Promise<readonly string[]> {
    const lines = (await resolved([name])).split('\n');
    return lines.filter((line) => keywords.some((keyword) => line.startsWith(`${keyword} `)));
  }

  const config = (): string => path.join(ssh, 'config');
  const bytes = (): Buffer => readFileSync(config());
  const files = (): readonly string[] => readdirSync(ssh).sort();

  it.each(Object.entries(CONFIGS))(
    'leaves every other host as it was, and %s as it was when removed',
    async (_name, text) => {
      writeFileSync(config(), text, { encoding: 'latin1', mode: 0o600 });
      if (_name === 'no ASCII') writeFileSync(config(), text);
      const [before, filesBefore] = [bytes(), files()];
      const told1 = await resolved(NAMES);
      const done = await install('--json');
      expect(done.exit, done.stderr).toBe(0);
      expect(bytes().subarray(-before.length || undefined)).toEqual(before.length === 0 ? bytes() : before);
      expect(bytes().length - before.length).toBe(text.startsWith('Host alpha\r') ? 24 : 23);
      expect(await resolved(NAMES)).toBe(told1);
      expect(await valuesOf('batch-1', 'hostname', 'identityfile')).toEqual(
        expect.arrayContaining(['hostname 203.0.113.3', `identityfile ${HOME}/.ssh/key3`]),
      );
      // Again: only our own file changes.
      const once = bytes();
      expect((await install('--json')).exit).toBe(0);
      expect(bytes()).toEqual(once);
      const gone = await remove();
      expect(gone.exit, gone.stderr).toBe(0);
      expect(bytes()).toEqual(before);
      expect(files()).toEqual(filesBefore);
      expect(await resolved(NAMES)).toBe(told1);
    },
  );

  it('writes what a login needs, for the name and the id', async () => {
    const { exit, stdout, stderr } = await install('--json');
    expect(exit, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      lineAdded: true,
      backup: null,
      hosts: [
        { host: 'batch-1', address: '203.0.113.3', port: 2022, user: 'ubuntu' },
        { host: 'ins-sandbox3' },
        { host: 'batch-2', address: '10.0.0.4', port: null },
        { host: 'ins-sandbox4' },
      ],
    });
    for (const name of ['batch-1', 'ins-sandbox3']) {
      expect(await valuesOf(name, 'hostname', 'user', 'port', 'identityfile', 'identitiesonly')).toEqual([
        'user ubuntu',
        'hostname 203.0.113.3',
        'port 2022',
        'identitiesonly yes',
        `identityfile ${HOME}/.ssh/key3`,
      ]);
    }
    expect(statSync(path.join(ssh, 'keypair.config')).mode & 0o777).toBe(0o600);
    expect(statSync(config()).mode & 0o777).toBe(0o600);
    expect(bytes().toString()).toBe('Include keypair.config\n');
    const printed = await keypair('ssh-config', 'print');
    expect(readFileSync(path.join(ssh, 'keypair.config'), 'utf8')).toContain(
      printed.stdout.split('\n').slice(1).join('\n'),
    );
    await remove();
    expect(existsSync(config())).toBe(false);
  });

  it('logs in under the name and under the id', async () => {
    const sshd = await startSshd(temporaryDirectory());
    try {
      told = {
        'ins-sandbox3': {
          PublicIpAddresses: ['127.0.0.1'],
          DefaultLoginPort: sshd.port,
          DefaultLoginUser: sshd.user,
        },
      };
      sshd.authorize(path.join(ssh, 'key3.pub'));
      writeFileSync(
        config(),
        'StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\nIdentityAgent none\nBatchMode yes\n',
        { mode: 0o600 },
      );
      const { exit, stderr } = await install();
      expect(exit, stderr).toBe(0);
      for (const name of ['batch-1', 'ins-sandbox3'])
        expect(await there('ssh', name, 'echo', 'hello')).toEqual({ exit: 0, stdout: 'hello\n', stderr: '' });
    } finally {
      sshd.close();
    }
  });

  it('lets what the user’s own patterns set win, and takes over no Host of the user', async () => {
    const text =
      'Host batch-2\n  HostName mine.example.com\nHost ba*\n  User bob\n  Port 2200\n  IdentitiesOnly no\n  ProxyJump alpha\n';
    writeFileSync(config(), text, { mode: 0o600 });
    const { exit, stderr } = await install();
    expect(exit, stderr).toBe(0);
    expect(stderr).toContain('the name batch-2 of ins-sandbox4 is left out: your ssh configuration uses that name');
    expect(await valuesOf('batch-1', 'hostname', 'user', 'port', 'identitiesonly', 'proxyjump')).toEqual([
      'user bob',
      'hostname 203.0.113.3',
      'port 2200',
      'identitiesonly no',
      'proxyjump alpha',
    ]);
    expect(await valuesOf('ins-sandbox3', 'user', 'port')).toEqual(['user ubuntu', 'port 2022']);
    expect(await valuesOf('batch-2', 'hostname')).toEqual(['hostname mine.example.com']);
    expect(await valuesOf('ins-sandbox4', 'hostname')).toEqual(['hostname 10.0.0.4']);
    // A pattern that is new by the next install counts, too.
    writeFileSync(config(), `${bytes().toString()}Host ins-*\n  User carol\n`);
    expect((await install()).exit).toBe(0);
    expect(await valuesOf('ins-sandbox3', 'user')).toEqual(['user carol']);
  });

  it.each([
    ['Host ba*\n  HostName %h.example.com\n  User bob\n', 'a pattern with a HostName'],
    ['Match originalhost batch-1\n  User bob\n', 'Match originalhost'],
    ['Match user root host=alpha,batch-1\n  User bob\n', 'Match host'],
    ['Match exec "test %n = batch-1"\n  HostName 192.0.2.7\n', 'Match exec'],
    ['Host alpha\n  ProxyJump carol@beta:22,bob@batch-1:22\n', 'ProxyJump'],
    ['Host alpha\n  ProxyCommand ssh batch-1 -W %h:%p\n', 'ProxyCommand'],
    ['Host alpha\n  HostName batch-1\nMatch final user nobody\n  Port 2200\n', 'HostName, for a second pass'],
    ['Host b"atch-1"\n  User bob\n', 'a word with quotation marks inside'],
    ['Include conf.d/*\n', 'another file'],
    ['', 'the configuration of the system'],
  ])('takes over no name that the user has: %j, %s', async (text, where) => {
    writeFileSync(config(), text, { mode: 0o600 });
    if (where === 'another file') writeFileSync(path.join(ssh, 'conf.d/two'), 'Host batch-1\n  User bob\n');
    if (text === '') {
      system = temporaryDirectory();
      mkdirSync(path.join(system, 'ssh_config.d'));
      writeFileSync(path.join(system, 'ssh_config'), 'Include /etc/ssh/ssh_config.d/*.conf\nHost *\n  User eve\n');
      writeFileSync(path.join(system, 'ssh_config.d/corp.conf'), 'Host batch-1\n  HostName 192.0.2.7\n');
    }
    const before = await resolved(['batch-1', ...NAMES]);
    const { exit, stderr } = await install();
    expect(exit, stderr).toBe(0);
    expect(stderr).toContain('the name batch-1 of ins-sandbox3 is left out: your ssh configuration uses that name');
    expect(await resolved(['batch-1', ...NAMES])).toBe(before);
    expect(await valuesOf('ins-sandbox3', 'hostname', 'user')).toEqual(['user ubuntu', 'hostname 203.0.113.3']);
  });

  it('keeps the hosts of other services and regions, and names those that go', async () => {
    const elsewhere = await there(
      ...[...COMMAND, 'ssh-config', 'install', '--yes', '--json', '-p', 'tencent', '-r', 'ap-beijing'],
    );
    expect(elsewhere.exit, elsewhere.stderr).toBe(0);
    const second = await install('--json');
    expect(JSON.parse(second.stdout)).toMatchObject({ kept: ['web-2', 'ins-sandbox2'], removed: [] });
    expect(await valuesOf('web-2', 'identityfile')).toEqual([`identityfile ${HOME}/.ssh/key2`]);
    expect(await valuesOf('batch-2', 'identityfile')).toEqual([`identityfile ${HOME}/.ssh/key4`]);
    // An instance there has the name of one that is kept.
    told = { 'ins-sandbox4': { InstanceName: 'web-2' } };
    const third = await install();
    expect(third.exit, third.stderr).toBe(0);
    expect(third.stderr).toContain('the name web-2 of ins-sandbox4 is left out: other instances have that name');
    expect(third.stdout).toContain('kept those of other services and regions: web-2, ins-sandbox2\nremoved batch-2\n');
    expect(await valuesOf('web-2', 'identityfile')).toEqual([`identityfile ${HOME}/.ssh/key2`]);
    // The user has taken a name that was kept.
    writeFileSync(config(), `${bytes().toString()}Host web-2\n  HostName mine.example.com\n`);
    expect((await install()).stdout).toContain('other services and regions: ins-sandbox2\nremoved web-2\n');
    expect(await valuesOf('web-2', 'hostname')).toEqual(['hostname mine.example.com']);
    expect((await remove()).exit).toBe(0);
  });

  it('does not install the embedded sandbox, where nobody answers', async () => {
    const before = files();
    expect(await install('--sandbox')).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('keypair sandbox serve --ssh') as string,
    });
    expect(files()).toEqual(before);
  });

  it('removes no configuration that changes while it asks', async () => {
    await install();
    await using terminal = keypairOnTerminal(['ssh-config', 'remove'], { home });
    await terminal.shows('Take back');
    writeFileSync(config(), `${bytes().toString()}Host precious\n`);
    terminal.type(`y${KEYS.enter}`);
    expect(await terminal.ended()).toBe(6);
    expect(bytes().toString()).toBe('Include keypair.config\nHost precious\n');
    expect(files()).toContain('keypair.config');
  });

  it.each([
    ['another program changes it', 6, 'has just been changed'],
    ['its directory is not there', 2, '/nowhere (ENOENT)'],
  ])('leaves nothing behind where the configuration cannot be written: %s', async (what, code, words) => {
    const changing = code === 6;
    if (changing) writeFileSync(config(), 'Match exec "echo \\# >> ~/.ssh/config"\n  User bob\n', { mode: 0o600 });
    else symlinkSync('../nowhere/config', config());
    const before = files();
    const { exit, stderr } = await install();
    expect(exit, what).toBe(code);
    expect(stderr).toContain(words);
    expect(files()).toEqual(before);
  });

  it('ends at once on SIGINT while ssh is asked', async () => {
    const temporary = path.join(home, 'temporary');
    mkdirSync(temporary);
    writeFileSync(config(), 'Match exec "touch ~/started; exec sleep 15"\n  User bob\n', { mode: 0o600 });
    const words = ['ssh-config', 'print', '-p', 'tencent', '-r', 'ap-guangzhou'];
    const child = startThere([...COMMAND, ...words], { TMPDIR: path.join(HOME, 'temporary') });
    const end = ended(child);
    while (!existsSync(path.join(home, 'started'))) await new Promise((resolve) => setTimeout(resolve, 20));
    const at = performance.now();
    child.kill('SIGINT');
    await new Promise((resolve) => child.once('exit', resolve));
    expect(performance.now() - at).toBeLessThan(5000);
    expect(child.exitCode).toBe(130);
    expect(readdirSync(temporary)).toEqual([]);
    child.stdout?.destroy();
    child.stderr?.destroy();
    expect(await end).toMatchObject({ exit: 130, stderr: expect.stringContaining('cancelled') as string });
  });

  it('goes on where a killed run has stopped, and takes its leftovers away', async () => {
    writeFileSync(config(), 'Host alpha\n', { mode: 0o600 });
    const before = files();
    await install();
    // As if it had been killed before it wrote the line.
    writeFileSync(config(), 'Host alpha\n');
    const leave = (): void => {
      for (const name of ['.config.0123456789ab.keypair', '.keypair.config.0123456789ab.keypair']) {
        writeFileSync(path.join(ssh, name), 'x');
        utimesSync(path.join(ssh, name), 1, 1);
      }
    };
    leave();
    await install();
    expect(files().filter((name) => /before-keypair|\.0123/.test(name))).toEqual(['config.before-keypair']);
    // Or remove, before it removed the copy and our file.
    writeFileSync(config(), 'Host alpha\n');
    expect((await remove()).exit).toBe(0);
    leave();
    await remove();
    expect(files()).toEqual(before);
  });

  it.each([
    '$(touch planted)',
    '-oProxyCommand=touch planted',
    '../planted',
    'a" b',
    'x\n  ProxyCommand touch planted',
    '* !alpha',
    'github.com',
    '2130706433',
    'localhost',
    'a b',
    'ins-sandbox4',
    'batch-2',
    'web-1 #',
    '%h',
    '名字',
  ])('keeps an instance called %j by its id only', async (name) => {
    told = { 'ins-sandbox3': { PublicIpAddresses: ['203.0.113.3'], InstanceName: name } };
    writeFileSync(config(), 'Host alpha\n  User bob\n', { mode: 0o600 });
    const before = await resolved(NAMES);
    const { exit, stdout, stderr } = await install('--json');
    expect(exit, stderr).toBe(0);
    const { hosts } = JSON.parse(stdout) as {
      readonly hosts: readonly { readonly host: string; readonly id: string }[];
    };
    expect(hosts.filter(({ id }) => id === 'ins-sandbox3').map(({ host }) => host)).toEqual(['ins-sandbox3']);
    expect(readFileSync(path.join(ssh, 'keypair.config'), 'utf8')).not.toMatch(
      /touch|planted|ProxyCommand|github|\.\./,
    );
    expect(await resolved(NAMES)).toBe(before);
    expect(await valuesOf('ins-sandbox4', 'hostname')).toEqual(['hostname 10.0.0.4']);
    expect(readdirSync(home)).not.toContain('planted');
  });

  it.each([
    ['Include keypair.config\n', 'as we write it'],
    ['include "keypair.config"\n', 'in quotation marks'],
    ['Include=~/.ssh/keypair.config\n', 'with its path'],
    [`Include ${HOME}/.ssh/keypair.config\n`, 'with its whole path'],
    ['# x\n\nInclude conf.d/* keypair.config\nHost alpha\n  User bob\n', 'among others'],
    ['Include *.config\n', 'with a pattern'],
  ])('adds no second line where it is included already: %j, %s', async (text) => {
    writeFileSync(config(), text, { mode: 0o600 });
    writeFileSync(`${config()}.before-keypair`, text);
    const { exit, stderr, stdout } = await keypair('ssh-config', 'install', '--json');
    expect(exit, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ lineAdded: false, backup: null });
    expect(bytes().toString()).toBe(text);
    expect(await valuesOf('batch-1', 'hostname')).toEqual(['hostname 203.0.113.3']);
    chmodSync(config(), 0o400);
    expect((await install()).exit).toBe(0);
    expect((await remove()).exit).toBe(0);
    expect(bytes().toString()).toBe(text);
    expect(existsSync(`${config()}.before-keypair`)).toBe(true);
    expect(existsSync(path.join(ssh, 'keypair.config'))).toBe(false);
  });

  it('adds its line where the file is included for one host only', async () => {
    writeFileSync(config(), 'Host alpha\n  Include keypair.config\n', { mode: 0o600 });
    expect((await install()).exit).toBe(0);
    expect(bytes().toString()).toMatch(/^Include keypair\.config\nHost alpha/);
    expect(await valuesOf('batch-1', 'hostname')).toEqual(['hostname 203.0.113.3']);
  });

  it('rewrites the target of a link, keeps its mode, and copies it once', async () => {
    mkdirSync(path.join(home, 'dotfiles'));
    const target = path.join(home, 'dotfiles/ssh_config');
    writeFileSync(target, 'Host alpha\n  User bob\n', { mode: 0o644 });
    chmodSync(target, 0o644);
    symlinkSync('../dotfiles/ssh_config', config());
    const { exit, stderr } = await install();
    expect(exit, stderr).toBe(0);
    expect(lstatSync(config()).isSymbolicLink()).toBe(true);
    expect(statSync(target).mode & 0o777).toBe(0o644);
    expect(readdirSync(path.dirname(target)).sort()).toEqual(['ssh_config', 'ssh_config.before-keypair']);
    await install();
    expect(readFileSync(`${target}.before-keypair`, 'utf8')).toBe('Host alpha\n  User bob\n');
    // Edited since: only the line goes, and the copy stays.
    writeFileSync(target, `# mine\n${readFileSync(target, 'utf8')}Host beta\n  User eve\n`);
    expect((await remove()).exit).toBe(0);
    expect(readFileSync(target, 'utf8')).toBe('# mine\nHost alpha\n  User bob\nHost beta\n  User eve\n');
    expect(readdirSync(path.dirname(target)).sort()).toEqual(['ssh_config', 'ssh_config.before-keypair']);
    await install();
    expect(readdirSync(path.dirname(target))).toContain('ssh_config.before-keypair.2');
  });

  it.each([
    ['a byte order mark', Buffer.from('\ufeffHost alpha\n'), 0o600, 'byte order mark'],
    ['a file that others may write', Buffer.from('Host alpha\n'), 0o666, 'chmod go-w'],
    ['a read-only file', Buffer.from('Host alpha\n'), 0o400, 'read-only'],
    ['UTF-16', Buffer.from('Host alpha\n', 'utf16le'), 0o600, 'no text'],
    ['a keyword that ssh does not know', Buffer.from('Host alpha\n  Usr bob\n'), 0o600, 'ssh cannot read'],
  ])('refuses %s, and changes nothing', async (_what, content, mode, words) => {
    writeFileSync(config(), content);
    chmodSync(config(), mode);
    const before = files();
    const { exit, stderr } = await install();
    expect(exit).toBe(2);
    expect(stderr).toContain(words);
    expect(bytes()).toEqual(content);
    expect(files()).toEqual(before);
    expect(stderr).not.toContain('/keypair-');
    if (words !== 'read-only') return;
    expect((await keypair('ssh-config', 'print', '-q')).stdout).toContain('batch-1\n');
    expect((await keypair('ssh-config', 'install', '-q', '--dry-run')).stdout).toContain('batch-1\n');
  });

  it('takes no directory for a copy', async () => {
    writeFileSync(config(), 'Host alpha\n', { mode: 0o600 });
    mkdirSync(`${config()}.before-keypair`);
    const before = files();
    await install();
    expect(files()).toContain('config.before-keypair.2');
    expect((await remove()).exit).toBe(0);
    expect(files()).toEqual(before);
  });

  it('leaves a keypair.config of the user alone', async () => {
    writeFileSync(path.join(ssh, 'keypair.config'), 'Host mine\n');
    expect((await install()).exit).toBe(5);
    expect((await remove()).exit).toBe(5);
    expect(readFileSync(path.join(ssh, 'keypair.config'), 'utf8')).toBe('Host mine\n');
    expect(existsSync(config())).toBe(false);
  });

  it('asks first, changes nothing for --dry-run or when a service does not answer, and says what is missing', async () => {
    const before = files();
    const asked = await there(...COMMAND, 'ssh-config', 'install', '--no-input');
    expect(asked).toMatchObject({ exit: 2, stderr: expect.stringContaining('missing: --provider, --yes') as string });
    const dry = await keypair('ssh-config', 'install', '--dry-run', '--json', '--no-input');
    expect(JSON.parse(dry.stdout)).toMatchObject({ dryRun: true, lineAdded: true });
    expect(files()).toEqual(before);
    expect(await remove()).toMatchObject({ exit: 0, stdout: 'nothing to remove\n' });
    const silent = await there(
      ...COMMAND,
      'ssh-config',
      'install',
      '--yes',
      '-p',
      'tencent',
      '-r',
      'ap-guangzhou,xx-nowhere',
    );
    expect(silent.exit).not.toBe(0);
    expect(files()).toEqual(before);
  });

  it('gives ssh a key whose path is hard to quote', async () => {
    const odd = path.join(home, "a b'c%d $x");
    cpSync(ssh, odd, { recursive: true });
    execFileSync('rm', ['-f', path.join(ssh, 'key3'), path.join(ssh, 'key3.pub'), path.join(odd, 'key4')]);
    const { exit, stderr } = await install('--key-dir', path.join(HOME, "a b'c%d $x"));
    expect(exit, stderr).toBe(0);
    expect(await valuesOf('batch-1', 'identityfile')).toEqual([`identityfile ${HOME}/a b'c%%d $x/key3`]);
  });
});
