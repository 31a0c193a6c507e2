import { chmodSync, cpSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entryText } from '../support/intent.ts';
import type { Run } from '../support/program.ts';
import { serveSandbox, type Served } from '../support/served.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { KEYS, keypairOnTerminal } from '../support/terminal.ts';

const PAIR = ['-p', 'tencent', '-r', 'ap-guangzhou'];
/** What is older than this is nobody's any more. */
const A_DAY_AGO = new Date(Date.now() - 24 * 3_600_000);

/** English that was forgotten: words that no command, flag, path or value has. */
const LEFT_ENGLISH = /(?<![-\w./])(the|is|was|are|of|to|not|and|with|it|its|for|from|has|no)\b/;

let served: Served;
let home: string;
beforeEach(async () => {
  served = await serveSandbox({ behaviour: { keyBits: 2048 } });
  home = temporaryDirectory();
  expect(await keypair('create', '--name', 'foo')).toMatchObject({ exit: 0 });
});
afterEach(() => served.close());

function keypair(...args: string[]): Promise<Run> {
  return served.run([...args, ...PAIR], { home, env: { KEYPAIR_LANG: 'zh-CN' } });
}

function ssh(...names: string[]): string {
  return path.join(home, '.ssh', ...names);
}

function state(...names: string[]): string {
  return path.join(home, '.local/state/keypair', ...names);
}

/** A temporary file of a create that nobody remembers. */
function leave(name: string, text: string): void {
  const file = ssh(`.${name}.0123456789ab.keypair`);
  writeFileSync(file, text, { mode: 0o600 });
  utimesSync(file, A_DAY_AGO, A_DAY_AGO);
}

/** What a create that was killed has left. */
function cutShort(name: string, held = ''): void {
  mkdirSync(state('journal'), { recursive: true, mode: 0o700 });
  const temporaryFile = ssh(`.${name}.ba9876543210.keypair`);
  const entry = entryText({
    startedAt: A_DAY_AGO.toISOString(),
    endpoint: served.env['KEYPAIR_ENDPOINT'],
    name,
    temporaryFile,
    privateKeyFile: ssh(name),
  });
  writeFileSync(state('journal', `0-${name}.json`), entry, { mode: 0o600 });
  writeFileSync(temporaryFile, held, { mode: 0o600 });
}

function configure(text: string, mode = 0o600): void {
  const file = path.join(home, '.config/keypair/config.json');
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, mode);
}

/** The lines for people, without what the contract puts before them. */
function linesOf({ stdout, stderr }: Run): readonly string[] {
  return [...stdout.split('\n'), ...stderr.split('\n')]
    .map((line) => line.replace(/^keypair: ((error|hint|warning): )?/, ''))
    .filter((line) => line.trim() !== '');
}

function expectChinese(told: Run): void {
  const lines = linesOf(told);
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.filter((line) => !/\p{Script=Han}/u.test(line))).toEqual([]);
  expect(lines.filter((line) => LEFT_ENGLISH.test(line))).toEqual([]);
}

describe('doctor in Chinese', () => {
  it('says that all is well', async () => {
    const told = await keypair('doctor');
    expect(told).toMatchObject({ exit: 0, stderr: '' });
    expectChinese(told);
    expect(told.stdout.trimEnd().split('\n').at(-1)).toBe('一切正常');
  });

  it.each([
    [
      'a key that others may read',
      () => {
        chmodSync(ssh('foo'), 0o644);
      },
      'ssh 会拒绝使用它',
    ],
    [
      'a directory that others may change',
      () => {
        chmodSync(ssh(), 0o777);
      },
      '--fix 将执行 chmod 700',
    ],
    [
      'an empty leftover',
      () => {
        leave('bar', '');
      },
      '残留的空文件',
    ],
    [
      'a leftover with something in it',
      () => {
        leave('bar', 'junk');
      },
      '不是私钥',
    ],
    [
      'a broken configuration',
      () => {
        configure('{ "region" ');
      },
      '缺少冒号',
    ],
    [
      'an open configuration',
      () => {
        configure('{}', 0o666);
      },
      '其他用户可以修改',
    ],
    [
      'a create that was cut short',
      () => {
        cutShort('bar');
      },
      'bar（tencent，ap-guangzhou）未创建',
    ],
    [
      'an answer that is no key',
      () => {
        cutShort('bar', 'junk');
      },
      '不是可用的密钥',
    ],
    [
      'an entry that tells nothing',
      () => {
        cutShort('bar');
        writeFileSync(state('journal', '0-bar.json'), '{');
      },
      '没有可用的信息',
    ],
  ])('tells of %s, and mends it', async (_what, spoil, words) => {
    spoil();
    const told = await keypair('doctor');
    expect(told.stdout).toContain(words);
    expectChinese(told);
    expectChinese(await keypair('doctor', '--local-only'));
    expectChinese(await keypair('doctor', '--fix', '--yes'));
  });

  it('tells of pairs that are only here, or only there', async () => {
    expect(await keypair('create', '--name', 'bar')).toMatchObject({ exit: 0 });
    rmSync(ssh('bar'));
    rmSync(ssh('bar.pub'));
    const elsewhere = { home: temporaryDirectory() };
    expect(await served.run(['delete', 'foo', '--yes', ...PAIR], elsewhere)).toMatchObject({ exit: 0 });
    expect(await served.run(['create', '--name', 'baz', ...PAIR], elsewhere)).toMatchObject({ exit: 0 });
    const told = await keypair('doctor');
    expect(told.stdout).toContain('bar（tencent，ap-guangzhou）的私钥已不在');
    expect(told.stdout).toContain('1 个密钥对的私钥不在本机（tencent，ap-guangzhou）：baz');
    expect(told.stdout).toContain('已不在云端，但密钥仍在');
    expectChinese(told);
  });

  it('says what it lacks without credentials, and what the service refuses', async () => {
    const none = { TENCENTCLOUD_SECRET_ID: '', TENCENTCLOUD_SECRET_KEY: '', KEYPAIR_LANG: 'zh-CN' };
    for (const env of [none, { TENCENTCLOUD_SECRET_KEY: 'wrong', KEYPAIR_LANG: 'zh-CN' }]) {
      const told = await served.run(['doctor', ...PAIR], { home, env });
      expect(told.exit).toBe(1);
      // The service's own words are quoted as they came.
      const own = { ...told, stdout: told.stdout.replace(/拒绝了 DescribeKeyPairs：.*$/gm, '拒绝') };
      expectChinese(own);
    }
  });

  it('asks what shall be done', async () => {
    leave('bar', '');
    cpSync(ssh('foo'), ssh('.foo.0123456789ab.keypair'));
    utimesSync(ssh('.foo.0123456789ab.keypair'), A_DAY_AGO, A_DAY_AGO);
    await using terminal = keypairOnTerminal(['doctor', '--fix', ...PAIR], {
      home,
      env: { ...served.env, KEYPAIR_LANG: 'zh-CN' },
    });
    await terminal.shows(/如何处理？/);
    expect(terminal.screen()).toContain('中是同一个私钥');
    expect(terminal.screen()).toContain('稍后处理');
    terminal.type(KEYS.enter);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toContain('已修复 1 项');
  });
});

describe('in Chinese, a create', () => {
  it.each([
    ['whose file exists', 'foo', () => undefined, 5, '已存在'],
    [
      'into a directory that everybody may write',
      'bar',
      () => {
        chmodSync(ssh(), 0o777);
      },
      2,
      '任何用户都可以写入',
    ],
    ['beside a look-alike', 'Foo', () => undefined, 0, '只有大小写或 Unicode 形式不同'],
    [
      'into what is no directory',
      'foo',
      () => {
        rmSync(ssh(), { recursive: true });
        writeFileSync(ssh(), '');
      },
      2,
      '无法在',
    ],
    [
      'after one that was cut short',
      'baz',
      () => {
        cutShort('bar', 'junk');
      },
      0,
      '没有完成',
    ],
    [
      'beside an entry that tells nothing',
      'baz',
      () => {
        cutShort('bar');
        writeFileSync(state('journal', '0-bar.json'), '{');
      },
      0,
      '操作记录',
    ],
  ])('%s', async (_what, name, spoil, exit, words) => {
    spoil();
    const told = await keypair('create', '--name', name);
    expect(told, told.stderr).toMatchObject({ exit });
    expect(told.stderr).toContain(words);
    expectChinese({ ...told, stdout: '' });
  });
});
