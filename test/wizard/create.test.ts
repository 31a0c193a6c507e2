import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { run } from '../support/program.ts';
import { KEYS, keypairOnTerminal } from '../support/terminal.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';
import { converse, expectRestored, line, QUESTIONS } from './talk.ts';

const { menu, provider, region, name, where, passphrase, go } = QUESTIONS;

describe('making a key pair by questions', () => {
  let home: string;
  beforeEach(() => {
    home = temporaryDirectory();
  });

  it('protects the key with a passphrase, which is typed after the summary and is in no line', async () => {
    await using terminal = keypairOnTerminal(['--sandbox'], { home });
    await converse(terminal, [menu], [provider], [region], [name, 'foo'], [where], [passphrase, 'y']);
    await terminal.shows('(0600, with a passphrase)');
    await converse(
      terminal,
      [go],
      ['Passphrase for the private key:', 'open sesame'],
      ['The same again:', 'open sesame'],
    );
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toMatch(/keypair create --sandbox .* --name foo --local --passphrase-stdin$/m);
    expect(terminal.raw()).not.toContain('sesame');
    expect(readFileSync(path.join(home, '.ssh/foo'), 'utf8')).toContain('BEGIN OPENSSH PRIVATE KEY');
  });

  it.each([
    [1, 'tencent', 'ap-guangzhou', 'RSA 3072'],
    [2, 'lighthouse', 'ap-guangzhou', 'RSA 3072'],
    [3, 'aliyun', 'cn-hangzhou', 'RSA 3072'],
    [4, 'swas', 'cn-hangzhou', 'RSA 3072'],
    [5, 'qcloud', 'ap-guangzhou', 'RSA 3072'],
  ])('takes seven times Enter but for the place: %i, %s', async (place, id, usualRegion, kind) => {
    await using terminal = keypairOnTerminal(['--sandbox'], { home });
    await converse(terminal, [menu], [provider, line(place)], [region], [name, 'foo'], [where], [passphrase], [go]);
    expect(await terminal.ended()).toBe(0);
    const screen = terminal.screen();
    expect(screen).toContain(`(${id}), ${usualRegion}`);
    expect(screen).toContain('ImportKeyPair, once: only the public key leaves this machine');
    expect(screen).toContain(`${id}, ${usualRegion} (sandbox)`);
    expect(screen).toContain(`+---[${kind}]----+`);
    expect(screen).toContain('next: keypair attach foo -p');
    expect(screen).toContain(`keypair create --sandbox --provider ${id} --region ${usualRegion} --name foo --local`);
    expect(modeOf(path.join(home, '.ssh/foo'))).toBe(0o600);
    expectRestored(terminal);
  });

  it('suggests a name, and in the cloud the service makes the pair', async () => {
    await using terminal = keypairOnTerminal(['--sandbox'], { home });
    await converse(terminal, [menu], [provider], [region], [name], [where, line(2)], [passphrase]);
    await terminal.shows('CreateKeyPair, once: the response contains the private key');
    await converse(terminal, [go]);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).not.toContain('--local');
    expect(readdirSync(path.join(home, '.ssh'))).toHaveLength(2);
  });

  it('finds a region by a part of it, takes one that is new, and has the latest first the next time', async () => {
    {
      await using terminal = keypairOnTerminal(['--sandbox'], { home });
      await converse(terminal, [menu], [provider, line(3)], [region, 'shen']);
      await converse(terminal, [name, 'foo'], [where], [passphrase], [go]);
      expect(await terminal.ended()).toBe(0);
      expect(terminal.screen()).toContain('--region cn-shenzhen ');
    }
    await using terminal = keypairOnTerminal(['--sandbox'], { home });
    await converse(terminal, [menu], [provider]);
    await terminal.shows('❯ cn-shenzhen');
    expect(terminal.screen()).toContain('used before');
    terminal.type('cn-newtown-9');
    await terminal.shows('cn-newtown-9, as it is');
    terminal.type(`${KEYS.clear}!!`);
    await terminal.shows('no match');
    terminal.type(KEYS.ctrlC);
    expect(await terminal.ended()).toBe(130);
  });

  it('checks the name as it is typed', async () => {
    await using terminal = keypairOnTerminal(['create', '--sandbox', '-p', 'tencent'], { home });
    await terminal.shows(name);
    terminal.type('my-key');
    await terminal.shows('> 1 to 25 letters, digits and underscores; perhaps my_key (Tab accepts it)');
    terminal.type(KEYS.enter);
    terminal.type('-');
    await terminal.shows('Name of the key pair: my-key-');
    terminal.type(KEYS.tab);
    await terminal.shows('its file will be ~/.ssh/my_key');
    terminal.type(`${KEYS.clear}config`);
    await terminal.shows('OpenSSH gives the file name config a meaning of its own');
    terminal.type(`${KEYS.clear}${'x'.repeat(26)}`);
    await terminal.shows('1 to 25 letters');
    terminal.type(`${KEYS.clear}密钥`);
    await terminal.shows(/> 1 to 25 letters, digits and underscores$/m);
    terminal.type(`${KEYS.clear}my_key${KEYS.enter}`);
    await converse(terminal, [where], [go]);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toContain('--name my_key --local');

    await using again = keypairOnTerminal(['create', '--sandbox', '-p', 'tencent'], { home });
    await again.shows(name);
    again.type('my_key');
    await again.shows('~/.ssh/my_key is there already');
    again.type(KEYS.ctrlC);
    expect(await again.ended()).toBe(130);
  });

  it('sets tags, a project and another directory before it goes ahead; the line for scripts has them', async () => {
    await using terminal = keypairOnTerminal(['create', '--sandbox'], { home });
    await converse(terminal, [provider], [region], [name, 'foo'], [where, line(2)], [passphrase], [go, line(2)]);
    await terminal.shows('A tag as KEY=VALUE');
    terminal.type(`env${KEYS.enter}`);
    await terminal.shows('a tag is written KEY=VALUE');
    terminal.type(`${KEYS.clear}team=a b${KEYS.enter}`);
    await terminal.shows(/team=a b\n.*A tag as/);
    terminal.type(KEYS.enter);
    await terminal.shows(/tags +team=a b/);
    await terminal.shows(/Go ahead\?\s+❯/);
    terminal.type(line(3) + KEYS.enter);
    await terminal.shows('Number of the project:');
    terminal.type(`seven${KEYS.enter}`);
    await terminal.shows('takes the number of a project');
    terminal.type(`${KEYS.clear}0${KEYS.enter}`);
    await terminal.shows(/Number of the project: 0[^]*Go ahead\?\s+❯/);
    terminal.type(line(4) + KEYS.enter);
    await terminal.shows('Directory for the key files:');
    terminal.type(`~/my keys${KEYS.enter}`);
    await terminal.shows(/Directory for[^]*~\/my keys\/foo \(0600\)[^]*Go ahead\?\s+❯/);
    terminal.type(KEYS.enter);
    expect(await terminal.ended()).toBe(0);
    expect(existsSync(path.join(home, 'my keys/foo'))).toBe(true);
    const said = terminal.screen().split('\n').join('');
    expect(said).toContain("--name foo --tag 'team=a b' --project 0 --key-dir '~/my keys'");
  });

  it('says what is wrong with a change, and asks on', async () => {
    await using terminal = keypairOnTerminal(['create', '--sandbox'], { home });
    await converse(terminal, [provider], [region], [name, 'foo'], [where], [passphrase], [go, line(4)]);
    await converse(terminal, ['Directory for the key files:', '/dev/null/x']);
    await terminal.shows('keypair: error:');
    await terminal.shows(/error:[^]*~\/.ssh\/foo \(0600\)[^]*Go ahead\?\s+❯/);
    terminal.type(KEYS.up + line(10) + KEYS.enter);
    expect(await terminal.ended()).toBe(130);
    expect(terminal.screen()).toContain('cancelled: nothing was called');
    expect(existsSync(path.join(home, '.ssh'))).toBe(false);
  });

  it('prints a line for scripts that does the same', async () => {
    await using terminal = keypairOnTerminal(['--sandbox'], { home });
    await converse(terminal, [menu], [provider], [region], [name, 'foo'], [where], [passphrase], [go]);
    expect(await terminal.ended()).toBe(0);
    const [, words = ''] = /^ {2}keypair (create .*)$/m.exec(terminal.screen()) ?? [];
    const again = await run(words.replace('--name foo', '--name bar').split(' '), { home });
    expect(again).toMatchObject({
      exit: 0,
      stderr: expect.stringContaining('next: keypair attach bar -p') as string,
    });
    expect(readFileSync(path.join(home, '.ssh/bar.pub'), 'utf8')).toMatch(/^ssh-rsa .* bar\n$/);
  });

  it('agrees by itself with --yes, asks nothing with all that is needed, and keeps to --dry-run', async () => {
    await using asked = keypairOnTerminal(['create', '--sandbox', '--yes'], { home });
    await converse(asked, [provider], [region], [name, 'foo'], [where], [passphrase]);
    expect(await asked.ended()).toBe(0);
    expect(asked.screen()).not.toContain('Go ahead?');

    const all = ['create', '--sandbox', '-p', 'tencent', '--name', 'bar'];
    await using silent = keypairOnTerminal(all, { home });
    expect(await silent.ended()).toBe(0);
    expect(silent.screen()).not.toContain('?');

    await using dry = keypairOnTerminal(['create', '--sandbox', '-p', 'tencent', '--dry-run'], { home });
    await converse(dry, [name, 'baz'], [where]);
    expect(await dry.ended()).toBe(0);
    expect(dry.screen()).toContain('would create baz');
    expect(existsSync(path.join(home, '.ssh/baz'))).toBe(false);
  });
});
