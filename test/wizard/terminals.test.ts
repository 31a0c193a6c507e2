import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { KEYS, keypairOnTerminal } from '../support/terminal.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { converse, expectRestored, line, QUESTIONS } from './talk.ts';

const { menu, provider, region, name, where, passphrase, go } = QUESTIONS;

/** Escape codes that change how letters look (ECMA-48, SGR), other than "as usual". */
const LOOKS = /\u001b\[(?!0?m|39m|22m)[\d;]+m/;

describe('the conversation', () => {
  let home: string;
  beforeEach(() => {
    home = temporaryDirectory();
  });
  const made = (): boolean => existsSync(path.join(home, '.ssh/foo'));

  it.each([20, 40, 200, 500])('holds on %i columns', async (columns) => {
    await using terminal = keypairOnTerminal(['--sandbox'], { home, columns });
    // On a narrow terminal a question may take two lines.
    const start = (question: string): string => question.slice(0, 16);
    await converse(terminal, [start(menu)], [start(provider)], [start(region)]);
    await converse(terminal, [start(name), 'foo'], [start(where), line(2)], [start(passphrase)], [start(go)]);
    expect(await terminal.ended()).toBe(0);
    expect(made()).toBe(true);
    const lines = terminal.screen().split('\n');
    expect(lines.every((row) => row.length <= columns)).toBe(true);
    // Nothing of the questions is left over where they stood.
    expect(lines.filter((row) => /^[?❯]|⏎/.test(row))).toEqual([]);
  });

  it('keeps its question in sight on a terminal of ten lines', async () => {
    await using terminal = keypairOnTerminal(['--sandbox'], { home, columns: 40, rows: 10 });
    await converse(terminal, [menu]);
    await terminal.shows('❯ Tencent Cloud CVM (tencent)');
    terminal.type(KEYS.down.repeat(4));
    await terminal.shows('qcloud is an old interface');
    expect(terminal.screen()).toContain(provider);
    terminal.type(KEYS.up.repeat(4) + KEYS.enter);
    await terminal.shows('the default of tencent');
    expect(terminal.screen()).toContain(region);
  });

  it('leaves the arrow where it is at a key that types nothing', async () => {
    await using terminal = keypairOnTerminal(['--sandbox'], { home });
    await converse(terminal, [menu], [provider]);
    await terminal.shows('❯ ap-guangzhou');
    terminal.type(KEYS.down + KEYS.down);
    await terminal.shows('❯ ap-beijing');
    // The arrow to the left, and Page Down.
    terminal.type('\u001b[D\u001b[6~');
    terminal.type(KEYS.down);
    await terminal.shows('❯ ap-chengdu');
  });

  it('goes on when the terminal is resized while it asks', async () => {
    await using terminal = keypairOnTerminal(['--sandbox'], { home });
    await converse(terminal, [menu]);
    await terminal.shows(provider);
    terminal.resize(40);
    terminal.type(KEYS.down + KEYS.down);
    await terminal.shows('❯ Alibaba Cloud ECS');
    terminal.resize(200);
    terminal.type(KEYS.enter);
    await converse(terminal, [region]);
    await terminal.shows(name);
    terminal.type('f');
    terminal.resize(30);
    terminal.type(`oo${KEYS.enter}`);
    await converse(terminal, ['Where shall the pair be made?'.slice(0, 20), line(2)], ['Protect the private'], [go]);
    expect(await terminal.ended()).toBe(0);
    expect(made()).toBe(true);
  });

  it.each([
    [{ NO_COLOR: '1' }, []],
    [{ TERM: 'dumb' }, []],
    [{}, ['--no-color']],
  ])('has no colour under %j %j, and says the same without', async (env: Readonly<Record<string, string>>, more) => {
    await using terminal = keypairOnTerminal(['--sandbox', ...more], { home, env });
    await converse(terminal, [menu], [provider], [region], [name, 'b a d']);
    await terminal.shows('perhaps b_a_d');
    terminal.type(env['TERM'] === 'dumb' ? `foo${KEYS.enter}` : `${KEYS.clear}foo${KEYS.enter}`);
    await converse(terminal, [where], [passphrase], [go]);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.raw()).not.toMatch(LOOKS);
    expect(made()).toBe(true);
  });

  it('has colour where there may be colour', async () => {
    await using terminal = keypairOnTerminal(['--sandbox'], { home });
    await terminal.shows(menu);
    expect(terminal.raw()).toMatch(LOOKS);
    terminal.type(KEYS.ctrlC);
    await terminal.ended();
  });

  it('is lines and numbers on a dumb terminal: no escape code at all', async () => {
    await using terminal = keypairOnTerminal(['--sandbox'], { home, env: { TERM: 'dumb' } });
    const typed = async (after: string | RegExp, text: string): Promise<void> => {
      await terminal.shows(after);
      terminal.type(`${text}\r`);
    };
    await typed(/Number: \[1\]$/, '1');
    await typed(/5 {2}Tencent Cloud CVM \(retired[^]*Number: \[1\]$/, '9');
    await typed(/a number from 1 to 5\nNumber: \[1\]$/, 'aliyun');
    await typed(/8 {2}cn-shanghai\n {2}< {2}back\nNumber, a part of it, or \? for 33 more: \[1\]$/, 'shen');
    await typed(
      /1 {2}cn-shenzhen\n {2}2 {2}cn-shenzhen-finance-1\n {2}< {2}back\nNumber, or a part of it: \[1\]$/,
      '2',
    );
    await typed(/Name of the key pair: \[.*\]$/, '1');
    await typed(/perhaps key-1\nName of the key pair: \[.*\]$/, 'foo');
    await typed(/2 {2}in the cloud: .*\n {2}< {2}back\nNumber: \[1\]$/, '2');
    await typed(/with a passphrase \(asked for at the end\)\? \(y\/N\)$/, '');
    await typed(/Go ahead\?\n {2}1 {2}Yes, make it\n[^]*Number: \[1\]$/, '');
    expect(await terminal.ended()).toBe(0);
    expect(terminal.raw()).not.toContain('\u001b');
    expect(terminal.screen()).toContain('keypair: creating foo in cn-shenzhen-finance-1 …');
    expect(terminal.screen()).toContain('--region cn-shenzhen-finance-1 --name foo');
    // The picture of the key is for eyes.
    expect(terminal.screen()).not.toContain('+--');
    expect(made()).toBe(true);
  });

  it('takes what was typed ahead on a dumb terminal for the next questions', async () => {
    await using terminal = keypairOnTerminal(['--sandbox'], { home, env: { TERM: 'dumb' } });
    await terminal.shows(/Number: \[1\]$/);
    terminal.type('1\r3\rshen\r2\rfoo\r2\r\r\r');
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toContain('--region cn-shenzhen-finance-1 --name foo');
    expect(made()).toBe(true);
  });

  it('keeps stdout to the result', async () => {
    await using terminal = keypairOnTerminal(['--sandbox', '--quiet'], { home });
    await converse(terminal, [menu], [provider], [region], [name, 'foo'], [where, line(2)], [passphrase], [go]);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen().split('\n').at(-1)).toBe(path.join(home, '.ssh/foo'));
  });

  it('speaks Chinese', async () => {
    await using terminal = keypairOnTerminal(['--sandbox', '--lang', 'zh-CN'], { home });
    await converse(terminal, ['你想做什么？'], ['使用哪个云服务？'], ['地域（输入文字可搜索）：']);
    await terminal.shows('密钥对名称：');
    terminal.type('a-b');
    await terminal.shows('按 Tab 采用');
    terminal.type(`${KEYS.clear}foo${KEYS.enter}`);
    await converse(terminal, ['在哪里生成密钥对？', line(2)], ['要用口令保护私钥吗（最后输入）？']);
    await terminal.shows('将执行以下操作：');
    expect(terminal.screen()).toMatch(/^ {2}私钥 {2,}~\/\.ssh\/foo（0600）$/m);
    await converse(terminal, ['开始执行？']);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toContain('脚本中的等效命令：');
    expectRestored(terminal);
    expect(readdirSync(path.join(home, '.ssh'))).toHaveLength(2);
  });
});
