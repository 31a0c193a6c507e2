import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { displayWidth } from '../../src/ui/width.ts';
import { type Run, run } from '../support/program.ts';
import { KEYS, keypairOnTerminal } from '../support/terminal.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const CHINESE = { KEYPAIR_LANG: 'zh-CN' };
const ENGLISH = { KEYPAIR_LANG: 'en' };

/** Lines that are only data: names, paths, rows of tables, rows whose label is the same in every language. */
const DATA = [
  /^$/,
  /^[\w.-]+$/,
  /^\/\S*$/,
  /\t/,
  /^ {2}(ID|sha256|md5) +\S+$/,
  /^\d+ (SHA256|MD5):\S+ \S+ \(\w+\)$/,
  /^ {2}[a-z]+ [a-z0-9-]+: \d+$/,
];

/** English that was forgotten: words that no command, flag, path or value has. */
const LEFT_ENGLISH = /(?<![-\w])(the|is|was|are|of|to|not|and|with|it|its|for|from|has|no)\b/;

/** The folder that one deletion makes. */
const TRASH_FOLDER = /trash\/[\w-]+/g;

/** What differs from run to run. */
const FRESH = new Set(['id', 'requestId', 'createdAt', 'fingerprints', 'publicKey', 'providerFingerprint']);

interface Case {
  /** After `keypair`; `--sandbox` is added for the commands that call a service. */
  readonly args: string;
  readonly exit?: number;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The service's own words, which nobody translates, are in it. */
  readonly quoting?: boolean;
  /** Another command comes first. */
  readonly after?: string;
}

const LOGIN = 'auth login -p tencent --secret-id AKIDEXAMPLE --secret-stdin --store file --insecure-plaintext';

const SUCCESSES: readonly Case[] = [
  { args: 'create --sandbox -p tencent --name bar' },
  { args: 'create --sandbox -p tencent --name bar baz' },
  { args: 'create --sandbox -p tencent --name - ', input: 'bar\nbar\n' },
  { args: 'create --sandbox -p aliyun --local --name bar' },
  { args: 'create --sandbox -p aliyun --name bar --tag a=b --resource-group rg-bp67acfmxazb4p --dry-run' },
  { args: 'import --sandbox -p aliyun --name bar .ssh/foo.pub' },
  { args: 'import --sandbox -p tencent -r ap-beijing,ap-shanghai --name bar .ssh/foo.pub' },
  { args: 'ensure --sandbox -p tencent --name foo' },
  { args: 'ensure --sandbox -p tencent --name bar' },
  { args: 'list --sandbox -p tencent' },
  { args: 'show --sandbox -p tencent foo' },
  { args: 'update --sandbox -p tencent foo --rename bar --description text' },
  { args: 'attach --sandbox -p tencent foo ins-sandbox3 --yes' },
  {
    args: 'attach --sandbox -p lighthouse bar lhins-sandbox3 --wait --yes',
    after: 'create --sandbox -p lighthouse --name bar',
  },
  {
    args: 'detach --sandbox -p tencent foo ins-sandbox3 --wait --yes',
    after: 'attach --sandbox -p tencent foo ins-sandbox3 --wait --yes',
  },
  { args: 'delete --sandbox -p tencent foo --yes' },
  { args: 'delete --sandbox -p tencent foo --local-files --yes' },
  { args: 'fingerprint .ssh/foo' },
  { args: 'fingerprint --all .ssh/foo.pub' },
  { args: 'regions -p aliyun' },
  { args: 'providers' },
  { args: LOGIN + ' --no-check', input: 'secret123\n' },
  { args: 'auth status -p tencent', after: LOGIN + ' --no-check', input: 'secret123\n' },
  { args: 'auth logout -p tencent --yes', after: LOGIN + ' --no-check', input: 'secret123\n' },
  { args: 'auth status --sandbox --check' },
  { args: 'config set region ap-beijing' },
  { args: 'config set endpoint https://example.com' },
  { args: 'config get region', after: 'config set region ap-beijing' },
  { args: 'config unset region', after: 'config set region ap-beijing' },
  { args: 'config unset region' },
  { args: 'config unset profile' },
  { args: 'config list', after: 'config set region ap-beijing' },
  { args: 'config path' },
  { args: 'trash restore foo', after: 'delete --sandbox -p tencent foo --local-files --yes' },
  { args: 'trash empty --dry-run', after: 'delete --sandbox -p tencent foo --local-files --yes' },
  { args: 'sandbox status' },
  { args: 'sandbox reset' },
];

const FAILURES: readonly Case[] = [
  { args: 'create', exit: 2 },
  { args: 'create --sandbox -p tencent --name foo', exit: 5 },
  { args: 'create --sandbox -p tencent --name a-b', exit: 2 },
  { args: 'create --sandbox -p tencent --name bar bar', exit: 2 },
  { args: 'create --sandbox -p tencent --name bar --tag a', exit: 2 },
  { args: 'create --sandbox -p tencent --name bar --resource-group rg-1', exit: 2 },
  { args: 'create --sandbox -p tencent --name bar --type ed25519', exit: 2 },
  { args: 'create --sandbox -p tencent --local --name bar --type ed25519', exit: 2 },
  { args: 'create --sandbox -p tencent --name bar baz --output x', exit: 2 },
  { args: 'create --sandbox -p tencent --name bar --output x --key-dir y', exit: 2 },
  { args: 'create --sandbox -p tencent -r Guangzhou --name bar', exit: 2 },
  { args: 'create --sandbox -p tencent --api-version v2 --name bar', exit: 2 },
  { args: 'create --sandbox -p tencent --name -', input: '', exit: 2 },
  { args: 'create -p aliyun --name bar', exit: 4 },
  { args: 'import --sandbox -p tencent --name bar .ssh/foo', exit: 2 },
  { args: 'import --sandbox -p tencent --name bar nothing.pub', exit: 3 },
  { args: 'import --sandbox -p tencent --name bar -', input: 'no key', exit: 2 },
  { args: 'ensure --sandbox -p aliyun --name foo', exit: 5 },
  { args: 'list', exit: 2 },
  { args: 'list --sandbox -p tencent --local-only --cloud-only', exit: 2 },
  { args: 'show --sandbox -p tencent bar', exit: 3 },
  { args: 'show --sandbox -p tencent ./bar', exit: 3 },
  { args: 'update --sandbox -p tencent foo', exit: 2 },
  { args: 'update --sandbox -p lighthouse foo --rename bar', exit: 2 },
  { args: 'update --sandbox -p aliyun foo --tag a=b --remove-tag a', exit: 2 },
  { args: 'attach --sandbox -p tencent foo ins-sandbox3', exit: 2 },
  { args: 'attach --sandbox -p tencent foo nobody --yes', exit: 3 },
  { args: 'attach --sandbox -p tencent foo ins-nonenone0 --yes', exit: 2, quoting: true },
  { args: 'instances', exit: 2 },
  { args: 'attach --sandbox -p tencent foo ins-sandbox3 --online --user x --yes', exit: 2 },
  { args: 'delete --sandbox -p tencent foo', exit: 2 },
  { args: 'delete --sandbox -p tencent foo bar --yes', exit: 3 },
  { args: 'fingerprint nothing', exit: 3 },
  { args: 'fingerprint --match SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA .ssh/foo', exit: 3 },
  { args: 'regions -p nobody', exit: 2 },
  { args: 'auth login', exit: 2 },
  { args: LOGIN, input: 'two\nlines\n', exit: 2 },
  { args: 'auth logout -p tencent --yes', exit: 3 },
  { args: 'auth status', exit: 4 },
  { args: 'config get region', exit: 3 },
  { args: 'config set regoin x', exit: 2 },
  { args: 'config set secret x', exit: 2 },
  { args: 'config set tags x', exit: 2 },
  { args: 'config set region', exit: 2 },
  { args: 'sandbox serve --port 70000', exit: 2 },
  { args: 'nonsense', exit: 2 },
  { args: 'list --nonsense', exit: 2 },
];

describe('in Chinese', () => {
  let prepared: string;
  beforeAll(async () => {
    prepared = temporaryDirectory();
    await run('create --sandbox -p tencent --name foo --quiet'.split(' '), { home: prepared });
  });

  const home = async ({ after, input }: Case): Promise<string> => {
    const directory = temporaryDirectory();
    cpSync(prepared, directory, { recursive: true });
    // The ledger knows whole paths: of the copy, not of the home that it was made in.
    const made = path.join(directory, '.local/state/keypair/made');
    for (const file of readdirSync(made).map((name) => path.join(made, name)))
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll(prepared, directory));
    const options = { home: directory, env: ENGLISH, ...(input === undefined ? {} : { input }) };
    if (after !== undefined) expect(await run(after.split(' '), options)).toMatchObject({ exit: 0 });
    return directory;
  };
  const say = async (each: Case, env: Readonly<Record<string, string>>, ...more: string[]) => {
    const { input } = each;
    const directory = await home(each);
    const args = [...each.args.trim().split(' '), ...more];
    const told = await run(args, {
      home: directory,
      env: { ...each.env, ...env },
      ...(input === undefined ? {} : { input }),
    });
    return { told, directory };
  };

  it.each([...SUCCESSES, ...FAILURES])('says $args', async (each) => {
    const { told } = await say(each, CHINESE);
    expect(told, told.stderr).toMatchObject({ exit: each.exit ?? 0 });
    expect(wordsOf(told).filter((line) => !/\p{Script=Han}/u.test(line))).toEqual([]);
    if (each.quoting !== true) {
      expect(wordsOf(told).filter((line) => LEFT_ENGLISH.test(line))).toEqual([]);
    }
  });

  it.each([...SUCCESSES, ...FAILURES])('leaves the JSON of $args alone', async (each) => {
    const [chinese, english] = [await say(each, CHINESE, '--json'), await say(each, ENGLISH, '--json')];
    expect(comparable(chinese.told, chinese.directory)).toEqual(comparable(english.told, english.directory));
    expect(chinese.told.stdout + chinese.told.stderr).not.toMatch(/\p{Script=Han}/u);
  });

  it('leaves what is behind a pipe alone', async () => {
    for (const args of ['list --sandbox -p tencent', 'providers', 'regions', 'config list']) {
      const [chinese, english] = [await say({ args }, CHINESE), await say({ args }, ENGLISH)];
      const shown = ({ told, directory }: typeof chinese): string => told.stdout.replaceAll(directory, '~');
      expect(shown(chinese)).toBe(shown(english));
    }
  });

  it('tells of what was left unfinished', async () => {
    const directory = await home({ args: '' });
    const journal = path.join(directory, '.local/state/keypair/journal');
    cpSync(path.join(directory, '.ssh'), journal, { recursive: true });
    writeFileSync(path.join(journal, '0-bad.json'), '{');
    const told = await run('list --sandbox -p tencent'.split(' '), { home: directory, env: CHINESE });
    expect(told.exit).toBe(0);
    expect(told.stderr).toContain('操作记录');
    expect(wordsOf(told).filter((line) => !/\p{Script=Han}/u.test(line))).toEqual([]);
  });

  it('aligns wide headings and wide cells with narrow ones', async () => {
    const directory = await home({ args: '' });
    cpSync(path.join(directory, '.ssh/foo.pub'), path.join(directory, '.ssh/网站.pub'));
    cpSync(path.join(directory, '.ssh/foo'), path.join(directory, '.ssh/网站'));
    await using terminal = keypairOnTerminal('list --sandbox -p aliyun --local-only'.split(' '), {
      home: directory,
      env: CHINESE,
    });
    expect(await terminal.ended()).toBe(0);
    const rows = terminal.screen().split('\n');
    const at = (line: string, cell: string): number => displayWidth(line.slice(0, line.indexOf(cell)));
    const heading = rows.find((line) => line.startsWith('名称')) ?? '';
    const cells = rows.filter((line) => line.includes('rsa 2048'));
    expect(cells.map((line) => line.split(' ')[0]).sort()).toEqual(['foo', '网站']);
    for (const line of cells) {
      expect(at(line, 'rsa 2048')).toBe(at(heading, '类型'));
      expect(at(line, 'SHA256:')).toBe(at(heading, '指纹'));
      expect(at(line, '~/.ssh')).toBe(at(heading, '私钥'));
    }
  });

  it('aligns labels by their width', async () => {
    const { told } = await say({ args: 'show --sandbox -p tencent foo' }, CHINESE);
    const rows = told.stdout.split('\n').filter((line) => line.startsWith('  '));
    expect(rows.length).toBeGreaterThan(6);
    for (const row of rows) expect(displayWidth(/^ {2}\S+ +/.exec(row)?.[0] ?? '')).toBe(16);
  });

  it.each([
    ['是', 'xterm-256color'],
    ['y', 'xterm-256color'],
    ['yes', 'xterm-256color'],
    ['是', 'dumb'],
    ['y', 'dumb'],
  ])('takes %s for yes (TERM=%s)', async (yes, TERM) => {
    const directory = await home({ args: '' });
    await using terminal = keypairOnTerminal('delete --sandbox -p tencent foo'.split(' '), {
      home: directory,
      env: { ...CHINESE, TERM },
    });
    await terminal.shows('（y 是/N 否）');
    terminal.type(`${yes}${KEYS.enter}`);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toContain('已删除 foo');
  });

  it.each([
    ['否', 'xterm-256color', 130],
    ['n', 'xterm-256color', 130],
    ['否', 'dumb', 130],
    ['不', 'dumb', 130],
  ])('takes %s for no (TERM=%s)', async (no, TERM, exit) => {
    const directory = await home({ args: '' });
    await using terminal = keypairOnTerminal('delete --sandbox -p tencent foo'.split(' '), {
      home: directory,
      env: { ...CHINESE, TERM },
    });
    await terminal.shows('（y 是/N 否）');
    terminal.type(`${no}${KEYS.enter}`);
    expect(await terminal.ended()).toBe(exit);
  });

  it('says what it takes when it is neither', async () => {
    const directory = await home({ args: '' });
    await using terminal = keypairOnTerminal('delete --sandbox -p tencent foo'.split(' '), {
      home: directory,
      env: CHINESE,
    });
    await terminal.shows('（y 是/N 否）');
    terminal.type(`x${KEYS.enter}`);
    await terminal.shows('请输入 y（是）或 n（否）');
    terminal.type(KEYS.ctrlC);
    expect(await terminal.ended()).toBe(130);
  });

  it('asks, and takes no for an answer', async () => {
    const directory = await home({ args: '' });
    await using terminal = keypairOnTerminal('delete --sandbox -p tencent foo'.split(' '), {
      home: directory,
      env: CHINESE,
    });
    await terminal.shows(/删除 tencent，ap-guangzhou 的 foo（skey-\w+）？ （y 是\/N 否）/);
    terminal.type(KEYS.enter);
    expect(await terminal.ended()).toBe(130);
    expect(terminal.screen()).toContain('已取消：未做任何改动');
    expect(readFileSync(path.join(directory, '.ssh/foo'), 'utf8')).toContain('PRIVATE KEY');
  });
});

/** The lines that are words for people, without what the contract puts before them. */
function wordsOf({ stdout, stderr }: Run): readonly string[] {
  return [...stdout.split('\n'), ...stderr.split('\n')]
    .map((line) => line.replace(/^keypair: ((error|hint|warning): )?/, ''))
    .filter((line) => !DATA.some((data) => data.test(line)));
}

/** A run with `--json`, without what differs from run to run. */
function comparable({ exit, stdout, stderr }: Run, home: string): unknown {
  const parsed = (text: string): readonly unknown[] =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map(
        (line) =>
          JSON.parse(line.replaceAll(home, '~').replaceAll(TRASH_FOLDER, 'trash/fresh'), (key, value: unknown) =>
            FRESH.has(key) && value !== null ? typeof value : value,
          ) as unknown,
      );
  // Of several pairs each is told as soon as it is true.
  return { exit, stdout: parsed(stdout.split('\n').sort().join('\n')), stderr: parsed(stderr) };
}
