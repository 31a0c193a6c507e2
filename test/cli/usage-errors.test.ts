import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const home = temporaryDirectory();
/** The last hint: the help of the command that was meant, as far as that is known. */
function see(command = ''): string {
  return `keypair: hint: 用法见 keypair ${command}--help\n`;
}

describe('what is refused', () => {
  it.each([
    [['crate'], `keypair: error: 未知命令“crate”\nkeypair: hint: 是不是想输入 create？\n${see()}`],
    [
      ['create', '--nam', 'x'],
      `keypair: error: 未知选项“--nam”\nkeypair: hint: 是不是想输入 --name？\n${see('create ')}`,
    ],
    [['create', '--name'], `keypair: error: 选项“-n, --name <name...>”缺少值\n${see('create ')}`],
    [
      ['show'],
      'keypair: error: 缺少：--provider、NAME\nkeypair: hint: --provider 可选：tencent、lighthouse、aliyun、swas、qcloud\n',
    ],
    [['config', 'get'], `keypair: error: 缺少：KEY\n${see('config get ')}`],
    [['list', 'x'], `keypair: error: “list”的参数过多：应为 0 个，实际为 1 个\n${see('list ')}`],
    [['show', 'x', 'y'], `keypair: error: “show”的参数过多：应为 1 个，实际为 2 个\n${see('show ')}`],
    [['list', '--site', 'x'], `keypair: error: 选项“--site <site>”的值“x”无效，可选值：cn、intl\n${see()}`],
    [
      ['config'],
      `keypair: error: config 之后缺少子命令\nkeypair: hint: 可用的命令：list、get、set、unset、path\n${see('config ')}`,
    ],
  ])('%j is refused in so many words', async (args, words) => {
    expect(await run([...args, '--lang', 'zh-CN'], { home })).toEqual({ exit: 2, stdout: '', stderr: words });
    expect(await run(args, { home, env: { LANG: 'zh_CN.UTF-8' } })).toMatchObject({ stderr: words });
  });

  it('what scripts read is English', async () => {
    const { stderr } = await run(['list', '-p', 'tencent', '--json', '--lang', 'zh-CN'], { home });
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'AUTH', message: 'no credentials for Tencent Cloud CVM' },
    });
  });

  it('a message is put together of Chinese parts only', async () => {
    const env = { LC_ALL: 'zh_CN.UTF-8', TENCENTCLOUD_SECRET_ID: 'x' };
    expect(await run(['list', '-p', 'tencent'], { home, env })).toEqual({
      exit: 4,
      stdout: '',
      stderr:
        'keypair: error: 已设置 TENCENTCLOUD_SECRET_ID，但没有设置 TENCENTCLOUD_SECRET_KEY\n' +
        'keypair: hint: 请同时设置 TENCENTCLOUD_SECRET_KEY，或取消设置 TENCENTCLOUD_SECRET_ID\n',
    });
  });
});

describe('what was typed', () => {
  // An escape, a bidi override and a bell: shown, never sent to the terminal.
  const hostile = '\u001b[31m\u202e\u0007';

  it.each([
    [['fingerprint', `/tmp/${hostile}`]],
    [[`no${hostile}`]],
    [['create', '--sandbox', '-p', hostile, '--name', 'foo']],
    [['config', 'set', `x${hostile}`, 'y']],
    [['create', '--sandbox', '-p', 'tencent', '--name', 'foo', '--dry-run', '--key-dir', `/tmp/${hostile}`]],
    [['create', '--sandbox', '-p', 'tencent', '--name', 'foo', '--key-dir', path.join(home, hostile)]],
  ])('%j comes back without control characters', async (args) => {
    const { stdout, stderr } = await run(args, { home });
    expect(stdout + stderr).toMatch(/\\x1b|\\u001b/);
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202a-\u202e]/);
  });
});
