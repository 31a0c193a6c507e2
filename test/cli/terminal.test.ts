import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { KEYS, keypairOnTerminal } from '../support/terminal.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** Escape codes that change how letters look (ECMA-48, SGR), other than "as usual". */
const LOOKS = /\u001b\[(?!0?m|39m|22m)[\d;]+m/;

describe('on a terminal', () => {
  let home: string;
  beforeEach(() => {
    home = temporaryDirectory();
  });

  it('asks for what is missing, and checks it', async () => {
    const terminal = keypairOnTerminal(['create', '--sandbox', '-r', 'ap-guangzhou'], { home });
    await terminal.shows('Where do you want a key pair?');
    terminal.type(KEYS.down + KEYS.enter);
    await terminal.shows('Name of the key pair:');
    terminal.type(`my-key${KEYS.enter}`);
    await terminal.shows('perhaps my_key');
    terminal.type(KEYS.clear + 'config' + KEYS.enter);
    await terminal.shows('a meaning of its own');
    terminal.type(KEYS.clear + 'my_key' + KEYS.enter);
    await terminal.shows('Where shall the pair be made?');
    terminal.type(KEYS.enter);
    await terminal.shows('Go ahead?');
    expect(readdirSync(home)).toEqual([]);
    terminal.type(KEYS.enter);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toContain('lighthouse, ap-guangzhou (sandbox)');
    expect(readdirSync(path.join(home, '.ssh')).sort()).toEqual(['my_key', 'my_key.pub']);
  });

  it('asks only for the name and where when the provider is given, and says what will be done', async () => {
    const terminal = keypairOnTerminal(['create', '-p', 'aliyun', '--sandbox'], { home });
    await terminal.shows('Name of the key pair:');
    expect(terminal.screen()).not.toContain('Where');
    terminal.type(`foo${KEYS.enter}`);
    await terminal.shows('Where shall the pair be made?');
    terminal.type(KEYS.enter);
    await terminal.shows('Go ahead?');
    expect(terminal.screen()).toContain('cn-hangzhou');
    terminal.type(KEYS.enter);
    expect(await terminal.ended()).toBe(0);
  });

  it.each(['Where do you want', 'Name of the key pair'])('leaves nothing after Ctrl-C at “%s”', async (question) => {
    const terminal = keypairOnTerminal(
      ['create', '--sandbox', ...(question.startsWith('Name') ? ['-p', 'tencent'] : [])],
      { home },
    );
    await terminal.shows(question);
    terminal.type(KEYS.ctrlC);
    expect(await terminal.ended()).toBe(130);
    expect(readdirSync(home)).toEqual([]);
    expect(terminal.screen()).toContain('cancelled: nothing was called');
  });

  it.each(['--no-input', '--json'])('asks nothing with %s', async (flag) => {
    const terminal = keypairOnTerminal(['create', flag], { home });
    expect(await terminal.ended()).toBe(2);
    expect(terminal.screen()).toContain('missing: --provider, --name');
  });

  it('shows a spinner while it works, and takes it away', async () => {
    const terminal = keypairOnTerminal(['create', '--sandbox', '-p', 'tencent', '--name', 'foo'], { home });
    await terminal.shows(/getting ready|creating foo in ap-guangzhou/);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).not.toContain('creating foo');
  });

  const CREATE = ['create', '--sandbox', '-p', 'tencent', '--name', 'foo'];

  it('prints with colour', async () => {
    const terminal = keypairOnTerminal(CREATE, { home });
    expect(await terminal.ended()).toBe(0);
    expect(terminal.raw()).toMatch(LOOKS);
  });

  it.each([
    [{ NO_COLOR: '1' }, []],
    [{ TERM: 'dumb' }, []],
    [{}, ['--no-color']],
  ])('prints without colour under %j %j', async (env: Readonly<Record<string, string>>, more) => {
    const terminal = keypairOnTerminal([...CREATE, ...more], { home, env });
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toContain('SHA256:');
    expect(terminal.raw()).not.toMatch(LOOKS);
  });

  it('moves no cursor on a dumb terminal', async () => {
    const terminal = keypairOnTerminal(CREATE, { home, env: { TERM: 'dumb' } });
    expect(await terminal.ended()).toBe(0);
    expect(terminal.raw()).not.toContain('\u001b');
    expect(terminal.screen()).toContain('creating foo in ap-guangzhou …');
  });

  it('refuses to print a private key on it', async () => {
    const terminal = keypairOnTerminal(['create', '--sandbox', '-p', 'tencent', '--name', 'foo', '--output', '-'], {
      home,
    });
    expect(await terminal.ended()).toBe(2);
    expect(terminal.screen()).toContain('a private key is not printed on a terminal');
    expect(existsSync(path.join(home, '.local'))).toBe(false);
  });
});
