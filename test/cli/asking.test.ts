import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { run, type Run } from '../support/program.ts';
import { KEYS, keypairOnTerminal, type OnTerminal } from '../support/terminal.ts';
import { temporaryDirectory } from '../support/temporary.ts';

let home: string;
beforeEach(() => {
  home = temporaryDirectory();
});

const sandboxed = (...args: string[]): Promise<Run> =>
  run(args, { home, env: { KEYPAIR_SANDBOX: '1', KEYPAIR_KEY_DIR: path.join(home, 'keys') } });

/** Makes a pair of this name; in another directory for each place, since a file is never overwritten. */
async function make(name: string, provider = 'tencent', region = 'ap-guangzhou'): Promise<void> {
  const place = ['-p', provider, '-r', region, '--key-dir', `keys-${provider}-${region}`];
  const { exit, stderr } = await sandboxed('create', ...place, '--name', name);
  expect(exit, stderr).toBe(0);
}

describe('off a terminal, one error names all that is missing', () => {
  it.each([
    [['attach'], '--provider, NAME, INSTANCE, --yes'],
    [['attach', '-p', 'tencent', 'foo'], 'INSTANCE, --yes'],
    [['detach', '--yes'], '--provider, NAME, INSTANCE'],
    [['delete'], '--provider, NAME, --yes'],
    [['rotate'], '--provider, NAME, --yes'],
    [['show'], '--provider, NAME'],
    [['show', '-p', 'all'], 'NAME'],
    [['update'], '--provider, NAME, one of --rename, --description, --tag, --remove-tag'],
    [['fingerprint'], 'FILE'],
    [['export', 'foo'], '--format'],
    [['import'], '--provider, --name, FILE'],
    [['config', 'set'], 'KEY'],
  ])('of %j', async (args, missing) => {
    const { exit, stdout, stderr } = await sandboxed(...args);
    expect(stderr).toContain(`keypair: error: missing: ${missing}\n`);
    expect([exit, stdout]).toEqual([2, '']);
  });
});

it('a command by the name that it has elsewhere is suggested by its own', async () => {
  const { exit, stderr } = await sandboxed('rename', 'foo', 'bar');
  expect(exit).toBe(2);
  expect(stderr).toContain("unknown command 'rename'\nkeypair: hint: did you mean update --rename?\n");
});

describe('on a terminal, each is asked for', () => {
  const onTerminal = (...args: string[]): OnTerminal =>
    keypairOnTerminal([...args, '--sandbox', '--key-dir', 'keys'], { home, rows: 60 });

  it('show: where, and which', async () => {
    await make('foo');
    await using terminal = onTerminal('show');
    await terminal.shows('Where is the key pair?');
    terminal.type(KEYS.enter);
    await terminal.shows('❯ foo');
    terminal.type(KEYS.enter);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toContain('tencent, ap-guangzhou (sandbox)');
  });

  it('update: what, to what, and of which', async () => {
    await make('foo');
    await using terminal = onTerminal('update', '-p', 'tencent');
    await terminal.shows('What do you want to change?');
    terminal.type(KEYS.enter);
    await terminal.shows('New name:');
    terminal.type(`bar${KEYS.enter}`);
    await terminal.shows('❯ foo');
    terminal.type(KEYS.enter);
    expect(await terminal.ended()).toBe(0);
    expect((await sandboxed('list', '-p', 'tencent', '-q')).stdout).toBe('bar\n');
  });

  it('attach and detach: the pair, and instances of the list; those that have the key are marked', async () => {
    await make('foo');
    await using terminal = keypairOnTerminal(['attach', '-p', 'tencent', '--sandbox', '--wait'], { home });
    await terminal.shows('❯ foo');
    terminal.type(KEYS.enter);
    await terminal.shows('To which instances?');
    terminal.type(`${KEYS.down.repeat(2)} ${KEYS.enter}`);
    await terminal.shows('(y/N)');
    terminal.type(`y${KEYS.enter}`);
    expect(await terminal.ended(), terminal.screen()).toBe(0);
    await using again = keypairOnTerminal(['attach', '-p', 'tencent', '--sandbox', 'foo'], { home });
    await again.shows(/ins-sandbox3.*✔ has this key/);
    again.type(KEYS.ctrlC);
    await again.ended();
    await using detach = keypairOnTerminal(['detach', '-p', 'tencent', '--sandbox', 'foo', '--yes'], {
      home,
    });
    await detach.shows('From which instances?');
    expect(detach.screen()).not.toContain('ins-sandbox1');
    detach.type(` ${KEYS.enter}`);
    expect(await detach.ended(), detach.screen()).toBe(0);
  });

  it('delete: any number, from the list', async () => {
    await make('foo');
    await using terminal = keypairOnTerminal(['delete', '-p', 'tencent', '--sandbox'], { home });
    await terminal.shows('Which key pairs?');
    terminal.type(` ${KEYS.enter}`);
    await terminal.shows('Delete foo');
    terminal.type(`y${KEYS.enter}`);
    expect(await terminal.ended()).toBe(0);
  });

  it('fingerprint: a file that is there', async () => {
    await make('foo');
    await using terminal = keypairOnTerminal(['fingerprint'], { home });
    await terminal.shows('Key file:');
    terminal.type(`nowhere${KEYS.enter}`);
    await terminal.shows('nowhere is not there');
    terminal.type(`${KEYS.clear}keys-tencent-ap-guangzhou/foo.pub${KEYS.enter}`);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toContain('SHA256:');
  });
});

describe('which pair is this key?', () => {
  beforeEach(async () => {
    await make('foo', 'tencent', 'ap-beijing');
    await make('web', 'aliyun', 'cn-shanghai');
    await make('foo', 'lighthouse', 'ap-shanghai');
  });

  it('is answered by a file, a name and a fingerprint over all services and regions', async () => {
    const file = 'keys-aliyun-cn-shanghai/web.pub';
    for (const place of [
      ['-p', 'all', '-r', 'all'],
      ['-p', 'tencent,aliyun', '-r', 'ap-beijing,cn-shanghai'],
    ]) {
      const byFile = await sandboxed('show', ...place, file, '--json');
      expect(byFile.exit, byFile.stderr).toBe(0);
      const pair = JSON.parse(byFile.stdout) as { fingerprints: { sha256: string } };
      expect(pair).toMatchObject({ provider: 'aliyun', region: 'cn-shanghai', name: 'web' });
      const { sha256 } = pair.fingerprints;
      const privateKey = path.join(home, 'keys-aliyun-cn-shanghai/web');
      expect((await sandboxed('show', ...place, sha256, '-q')).stdout).toBe(`${privateKey}\n`);
      expect((await sandboxed('show', ...place, 'web', '-q')).stdout).toBe(`${privateKey}\n`);
    }
  }, 30_000);

  it('is a conflict that says where each is, with a command that shows it', async () => {
    const { exit, stdout, stderr } = await sandboxed('show', '-p', 'all', '-r', 'all', 'foo');
    expect([exit, stdout]).toEqual([5, '']);
    expect(stderr).toContain('2 key pairs match: choose one of them');
    expect(stderr).toMatch(/keypair show skey-\w+ -p tencent -r ap-beijing --sandbox\n/);
    expect(stderr).toMatch(/keypair show lhkp-\w+ -p lighthouse -r ap-shanghai --sandbox\n/);
  });

  it('has a hint when a name that is nowhere is a file here', async () => {
    writeFileSync(path.join(home, 'mine'), '');
    const { exit, stderr } = await sandboxed('show', '-p', 'tencent', 'mine');
    expect(exit).toBe(3);
    expect(stderr).toContain(
      'mine is a file here; to find the pair of its key: keypair show ./mine -p tencent -r ap-guangzhou --sandbox\n',
    );
  });
});

describe('delete of many', () => {
  beforeEach(async () => {
    for (const name of ['ci_1', 'ci_2', 'web']) await make(name);
    await make('ci_3', 'aliyun', 'cn-hangzhou');
  });

  const ALL = ['-p', 'all', '-r', 'all'];
  const left = async (): Promise<readonly string[]> =>
    (await sandboxed('list', ...ALL, '-q')).stdout.trim().split('\n').sort();

  it('takes a pattern, shows what fits, and asks', async () => {
    await using terminal = keypairOnTerminal(['delete', '--sandbox', ...ALL, 'ci*'], { home });
    await terminal.shows('Type 3 for yes');
    for (const name of ['ci_1', 'ci_2', 'ci_3', 'aliyun, cn-hangzhou']) await terminal.shows(name);
    terminal.type(`3${KEYS.enter}`);
    expect(await terminal.ended()).toBe(0);
    expect(await left()).toEqual(['web']);
  });

  it('prints an object a line with --yes --json, over several services', async () => {
    const { exit, stdout, stderr } = await sandboxed('delete', ...ALL, 'ci*', '--yes', '--json');
    expect([exit, stderr]).toEqual([0, '']);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string; deleted: boolean });
    expect(lines.map(({ name, deleted }) => [name, deleted]).sort()).toEqual([
      ['ci_1', true],
      ['ci_2', true],
      ['ci_3', true],
    ]);
    expect(await left()).toEqual(['web']);
  });

  it('says with --dry-run what would go, and deletes nothing', async () => {
    const { exit, stdout } = await sandboxed('delete', ...ALL, 'ci*', '--dry-run', '-q');
    expect([exit, stdout.trim().split('\n').sort()]).toEqual([0, ['ci_1', 'ci_2', 'ci_3']]);
    expect(await left()).toEqual(['ci_1', 'ci_2', 'ci_3', 'web']);
  });

  it('deletes nothing when a pattern fits nothing', async () => {
    const { exit, stderr } = await sandboxed('delete', ...ALL, 'ci*', 'no*', '--yes');
    expect(exit).toBe(3);
    expect(stderr).toContain('none of the services asked has a key pair no*');
    expect(await left()).toHaveLength(4);
    expect(existsSync(path.join(home, 'keys-tencent-ap-guangzhou/web'))).toBe(true);
  });
});

describe('on a terminal of 80 columns', () => {
  it('a path is short, and one long name takes no column away', async () => {
    await make('a_name_of_25_letters_long');
    const columns = async (): Promise<string> => {
      await using terminal = keypairOnTerminal(
        ['list', '--sandbox', '-p', 'aliyun,tencent', '--key-dir', 'keys-tencent-ap-guangzhou'],
        { home, columns: 80 },
      );
      expect(await terminal.ended()).toBe(0);
      expect(terminal.screen()).toContain('~/keys-tencent');
      return /NAME.*/.exec(terminal.screen())?.[0].replace(/\s+/g, ' ') ?? '';
    };
    const withOne = await columns();
    await sandboxed('update', '-p', 'tencent', 'a_name_of_25_letters_long', '--rename', 'twelve_chars');
    expect(withOne).toBe(await columns());
  });

  it('providers shows every ability, and breaks no line', async () => {
    await using terminal = keypairOnTerminal(['providers'], { home, columns: 80, rows: 60 });
    expect(await terminal.ended()).toBe(0);
    for (const ability of [
      'import',
      'rename',
      'change tags',
      'resource group',
      'attach while it runs',
      'stop by force',
    ])
      expect(terminal.screen().replace(/\s+/g, ' ').split(ability).length, ability).toBeGreaterThan(4);
    for (const row of terminal.raw().split('\r\n'))
      expect(row.replace(/\u001b\[[\d;]*m/g, '').length).toBeLessThanOrEqual(80);
  });
});
