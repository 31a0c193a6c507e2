import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { decryptedKey } from '../../src/keys/passphrase.ts';
import { Secret } from '../../src/secret.ts';
import { run } from '../support/program.ts';
import { KEYS, keypairOnTerminal, type OnTerminal } from '../support/terminal.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { converse, line, QUESTIONS } from './talk.ts';

const { menu, region } = QUESTIONS;

describe('picking a key pair', () => {
  let home: string;
  beforeEach(async () => {
    home = temporaryDirectory();
    const made = await run(['create', '--sandbox', '-p', 'tencent', '--name', 'foo', 'bar'], { home });
    expect(made.exit, made.stderr).toBe(0);
  });

  /** As far as the list of key pairs, and picks one of it. */
  async function pick(terminal: OnTerminal, name: string): Promise<void> {
    await converse(terminal, [menu, line(2)], ['Whose key pairs?'], [region, 'ap-guangzhou']);
    await terminal.shows('Which key pair');
    terminal.type(name + KEYS.enter);
    await terminal.shows(`What do you want to do with ${name}?`);
  }

  it('shows one, and then another', async () => {
    await using terminal = keypairOnTerminal(['--sandbox'], { home });
    await pick(terminal, 'foo');
    terminal.type(KEYS.enter);
    await terminal.shows('permissions   0600');
    await terminal.shows(/\[SHA256\]-+\+\n\? What do you want to do with foo\?/);
    terminal.type(line(12) + KEYS.enter);
    await terminal.shows(/Another key pair\n\? Which key pair \(type to search\)\?\s*\n❯ (foo|bar)/);
    terminal.type('bar');
    await terminal.shows('❯ bar\n');
    terminal.type(KEYS.enter);
    await terminal.shows('What do you want to do with bar?');
    terminal.type(line(13) + KEYS.enter);
    expect(await terminal.ended()).toBe(0);
  });

  it('attaches one to the instances that are chosen', async () => {
    await using terminal = keypairOnTerminal(['--sandbox'], { home });
    await pick(terminal, 'foo');
    terminal.type(line(2) + KEYS.enter);
    await terminal.shows('To which instances?');
    terminal.type(KEYS.enter);
    await terminal.shows('at least one');
    expect(terminal.screen()).not.toContain('office-1');
    terminal.type(` ${KEYS.enter}`);
    await terminal.shows('❯ Leave them running');
    await converse(terminal, ['Some of them are running. What do you want to do with those?', line(2)]);
    await terminal.shows(/Attach|attach foo to ins-sandbox1/);
    await terminal.shows('(y/N)');
    terminal.type(`y${KEYS.enter}`);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toMatch(/attach\w* foo to ins-sandbox1/);
  });

  it('deletes one, and its files when asked; both only after a yes', async () => {
    {
      await using terminal = keypairOnTerminal(['--sandbox'], { home });
      await pick(terminal, 'foo');
      terminal.type(line(10) + KEYS.enter);
      await converse(terminal, ['Delete foo (skey-']);
      expect(await terminal.ended()).toBe(130);
      expect(terminal.screen()).toContain('cancelled: nothing was changed');
    }
    await using terminal = keypairOnTerminal(['--sandbox'], { home });
    await pick(terminal, 'foo');
    terminal.type(line(11) + KEYS.enter);
    await converse(terminal, ['Delete foo (skey-', 'y']);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toContain('deleted foo');
    expect(existsSync(path.join(home, '.ssh/foo'))).toBe(false);
    expect(existsSync(path.join(home, '.ssh/bar'))).toBe(true);
  });

  it('sets the passphrase of its private key', async () => {
    const words = 'correct horse';
    await using terminal = keypairOnTerminal(['--sandbox'], { home });
    await pick(terminal, 'foo');
    terminal.type(line(9) + KEYS.enter);
    for (const question of ['New passphrase of ', 'The same again:']) {
      await terminal.shows(question);
      terminal.type(words + KEYS.enter);
    }
    await terminal.shows(`set the passphrase of ${path.join(home, '.ssh/foo')}`);
    expect(await terminal.ended()).toBe(0);
    const key = new Secret(readFileSync(path.join(home, '.ssh/foo'), 'utf8'));
    expect(decryptedKey(key, new Secret(words)).publicKey.comment).toBe('foo');
  });

  it('is left in Chinese with nothing changed, too', async () => {
    await using terminal = keypairOnTerminal(['--sandbox', '--lang', 'zh-CN'], { home });
    await converse(terminal, ['你想做什么？', line(2)], ['查看哪家云的密钥对？'], ['地域（输入文字可搜索）：']);
    await terminal.shows('选择哪个密钥对');
    terminal.type(KEYS.ctrlC);
    expect(await terminal.ended()).toBe(130);
    expect(terminal.screen()).toContain('已取消：未做任何改动');
  });

  it.each(['Which key pair', 'What do you want to do with foo?', 'To which instances?'])(
    'is left by Ctrl-C at “%s” with nothing changed',
    async (question) => {
      await using terminal = keypairOnTerminal(['--sandbox'], { home });
      if (question.startsWith('Which')) {
        await converse(terminal, [menu, line(2)], ['Whose key pairs?'], [region, 'ap-guangzhou']);
      } else {
        await pick(terminal, 'foo');
        if (question.startsWith('To')) terminal.type(line(2) + KEYS.enter);
      }
      await terminal.shows(question);
      terminal.type(KEYS.ctrlC);
      expect(await terminal.ended()).toBe(130);
      expect(terminal.screen()).toContain('cancelled: nothing was changed');
    },
  );

  it('says that there are none', async () => {
    await using terminal = keypairOnTerminal(['--sandbox', '-p', 'aliyun'], { home });
    await converse(terminal, [menu, line(2)], [region, 'cn-hang']);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toContain('keypair: there are no key pairs in cn-hangzhou');
    await using everywhere = keypairOnTerminal(['--sandbox', '-p', 'aliyun'], { home });
    await converse(everywhere, [menu, line(2)], [region, 'all']);
    expect(await everywhere.ended()).toBe(0);
    expect(everywhere.screen()).toContain('keypair: there are no key pairs in these regions');
  });

  describe('of all regions', () => {
    beforeEach(async () => {
      const made = await run(
        ['create', '--sandbox', '-p', 'tencent', '-r', 'ap-beijing', '--name', 'foo', '--key-dir', 'north'],
        { home },
      );
      expect(made.exit, made.stderr).toBe(0);
    });

    const left = async (): Promise<readonly unknown[]> => {
      const { stdout } = await run(['list', '--sandbox', '-p', 'tencent', '-r', 'all', '--json'], { home });
      const pairs = JSON.parse(stdout) as readonly Readonly<Record<string, unknown>>[];
      return pairs.map(({ region, name, instances }) => [region, name, instances]);
    };

    /** As far as the list of key pairs of all regions, the first line of the question, and picks that of Beijing. */
    async function pickInBeijing(terminal: OnTerminal): Promise<void> {
      await converse(terminal, [menu, line(2)], ['Whose key pairs?']);
      await terminal.shows(/Region \(type to search\): *\n❯ all regions\n {2}ap-/);
      terminal.type(KEYS.enter);
      await terminal.shows('Region (type to search): all regions\n');
      await terminal.shows(/^. (foo|bar) \(ap-guangzhou\)\n(.*\n)* {2}foo \(ap-beijing\)$/m);
      terminal.type('beij');
      await terminal.shows(/beij\n❯ foo \(ap-beijing\)\n/);
      terminal.type(KEYS.enter);
      await terminal.shows('What do you want to do with foo (ap-beijing)?');
    }

    it('shows each with its region, and one in its own', async () => {
      await using terminal = keypairOnTerminal(['--sandbox'], { home });
      await pickInBeijing(terminal);
      terminal.type(KEYS.enter);
      await terminal.shows('tencent, ap-beijing (sandbox)');
      await terminal.shows(/\? What do you want to do with foo \(ap-beijing\)\?\s*\n❯/);
      // Its private key is in another directory, and it may be deleted with its files.
      terminal.type(line(12) + KEYS.enter);
      await terminal.shows(/Another key pair\n\? Which key pair \(type to search\)\?\s*\n❯/);
      terminal.type('bar');
      await terminal.shows('❯ bar (ap-guangzhou)\n');
      terminal.type(KEYS.enter);
      await terminal.shows('What do you want to do with bar (ap-guangzhou)?');
      terminal.type(KEYS.enter);
      await terminal.shows('tencent, ap-guangzhou (sandbox)');
    });

    it('deletes one in its own region', async () => {
      await using terminal = keypairOnTerminal(['--sandbox'], { home });
      await pickInBeijing(terminal);
      terminal.type(line(10) + KEYS.enter);
      await terminal.shows('in tencent, ap-beijing?');
      terminal.type(`y${KEYS.enter}`);
      expect(await terminal.ended()).toBe(0);
      expect([...(await left())].sort()).toEqual([
        ['ap-guangzhou', 'bar', []],
        ['ap-guangzhou', 'foo', []],
      ]);
    });

    it('attaches one to an instance of its own region', async () => {
      await using terminal = keypairOnTerminal(['--sandbox'], { home });
      await pickInBeijing(terminal);
      terminal.type(line(2) + KEYS.enter);
      await terminal.shows('To which instances?');
      terminal.type(` ${KEYS.enter}`);
      await converse(
        terminal,
        ['Some of them are running. What do you want to do with those?', line(2)],
        ['(y/N)', 'y'],
      );
      expect(await terminal.ended()).toBe(0);
      // It takes its time, as in the clouds.
      await expect.poll(left, { timeout: 10_000 }).toContainEqual(['ap-beijing', 'foo', ['ins-sandbox1']]);
    });

    it('is asked for by --region as well, and in Chinese', async () => {
      await using terminal = keypairOnTerminal(
        ['--sandbox', '-p', 'tencent', '-r', 'ap-beijing,ap-guangzhou', '--lang', 'zh-CN'],
        { home },
      );
      await converse(terminal, ['你想做什么？', line(2)]);
      await terminal.shows(/❯ foo（ap-beijing）\n {2}(foo|bar)（ap-guangzhou）/);
      terminal.type(KEYS.ctrlC);
      expect(await terminal.ended()).toBe(130);
      await using another = keypairOnTerminal(['--sandbox', '-p', 'tencent', '--lang', 'zh-CN'], { home });
      await converse(another, ['你想做什么？', line(2)]);
      await another.shows('❯ 所有地域\n');
      another.type(KEYS.ctrlC);
      expect(await another.ended()).toBe(130);
    });
  });

  it('is numbers on a dumb terminal, instances too', async () => {
    await using terminal = keypairOnTerminal(['--sandbox', '-p', 'tencent'], { home, env: { TERM: 'dumb' } });
    await converse(terminal, [menu, '2'], ['Number, a part of it, or ?', '2']);
    await converse(terminal, ['Number, or a part of it:', 'foo'], ['What do you want to do with foo?', '2']);
    await terminal.shows('Numbers:');
    terminal.type(`9${KEYS.enter}`);
    await terminal.shows('numbers from 1 to');
    terminal.type(`1${KEYS.enter}`);
    await converse(terminal, ['What do you want to do with those?', '2'], ['(y/N)', 'y']);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.raw()).not.toContain('\u001b');
  });
});
