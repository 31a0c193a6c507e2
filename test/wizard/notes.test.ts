import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../src/context.ts';
import { Interrupts } from '../../src/interrupts.ts';
import { resolveSettings } from '../../src/cli/settings.ts';
import { equivalentLine, quoted } from '../../src/wizard/summary.ts';
import { noteRecent, readRecent } from '../../src/wizard/questions.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';

function contextAt(home: string): Context {
  const stream = { write: () => true };
  return {
    stdin: process.stdin,
    stdinIsTTY: false,
    stdout: stream,
    stderr: stream,
    env: {},
    platform: 'linux',
    cwd: home,
    home,
    pid: 1,
    version: '0.0.0',
    host: 'here',
    isAlive: () => true,
    now: () => new Date(0),
    interrupts: new Interrupts(),
    proxyFor: () => '',
  };
}

describe('where key pairs were made of late', () => {
  const fileAt = (home: string): string => path.join(home, '.local/state/keypair/recent.json');

  it('is the latest first, each place once, and only the last eight', async () => {
    const home = temporaryDirectory();
    const context = contextAt(home);
    expect(await readRecent(context)).toEqual([]);
    for (let index = 0; index < 10; index += 1) {
      await noteRecent(context, { provider: 'tencent', region: `ap-place${index}` });
    }
    await noteRecent(context, { provider: 'tencent', region: 'ap-place5' });
    expect((await readRecent(context)).map(({ region }) => region)).toEqual(
      [5, 9, 8, 7, 6, 4, 3, 2].map((index) => `ap-place${index}`),
    );
    expect(modeOf(fileAt(home))).toBe(0o600);
  });

  it.each([
    'rubbish',
    'null',
    '{"provider":"tencent","region":"ap-guangzhou"}',
    '[1,null,[],{},{"provider":"tencent"},{"provider":"nobody","region":"ap-a"},{"provider":{},"region":[]}]',
    '[{"provider":"tencent","region":"ap-\\u001b[2J"},{"provider":"__proto__","region":"ap-a"}]',
    `[{"provider":"tencent","region":"${'a'.repeat(70)}"}]`,
    '[{"provider":"tencent","region":"evil.example/"}]',
    `[${'1,'.repeat(100_000)}1]`,
  ])('takes nothing from %.60s', async (text) => {
    const home = temporaryDirectory();
    mkdirSync(path.dirname(fileAt(home)), { recursive: true });
    writeFileSync(fileAt(home), text);
    expect(await readRecent(contextAt(home))).toEqual([]);
  });

  it('says nothing where it cannot be written', async () => {
    const home = temporaryDirectory();
    writeFileSync(path.join(home, '.local'), '');
    await noteRecent(contextAt(home), { provider: 'tencent', region: 'ap-guangzhou' });
    expect(readFileSync(path.join(home, '.local'), 'utf8')).toBe('');
  });
});

describe('the equivalent command line', () => {
  it.each(["it's", 'a b', '$HOME', '`id`', 'a"b', String.raw`a\b`, '*', '', '~', '#x', 'a\nb', '密钥', '!!', ';'])(
    'brings %j through a POSIX shell',
    (word) => {
      expect(execFileSync('sh', ['-c', `printf %s ${quoted(word, 'linux')}`], { encoding: 'utf8' })).toBe(word);
    },
  );

  it('leaves plain words bare, `~/` for the shell, and doubles quotes on Windows', () => {
    expect(quoted('env=prod', 'linux')).toBe('env=prod');
    expect(quoted('~/keys', 'linux')).toBe('~/keys');
    expect(quoted("it's", 'win32')).toBe("'it''s'");
  });

  it('has all that was answered, and the flags that were given', () => {
    const settings = resolveSettings(
      { provider: 'aliyun', profile: 'work', site: 'intl', endpoint: 'http://127.0.0.1:1' },
      {},
    );
    const flags = {
      name: ['a', 'b'],
      local: true,
      type: 'rsa-4096',
      tag: ['x=y z'],
      resourceGroup: 'rg-1',
    } as const;
    expect(equivalentLine({ platform: 'linux' }, settings, 'cn-hangzhou', flags)).toBe(
      'keypair create --provider aliyun --region cn-hangzhou --profile work --site intl ' +
        "--endpoint http://127.0.0.1:1 --name a --name b --tag 'x=y z' --resource-group rg-1 --local --type rsa-4096",
    );
  });

  it('has what a variable of this shell said, and a value that looks like a flag', () => {
    const settings = resolveSettings(
      { provider: 'tencent' },
      { KEYPAIR_PROFILE: 'work', KEYPAIR_SITE: 'intl', KEYPAIR_KEY_DIR: '~/my keys', KEYPAIR_SANDBOX: '1' },
    );
    const flags = { name: ['a'], tag: ['x=y', '-z=1'] };
    expect(equivalentLine({ platform: 'linux' }, settings, 'ap-guangzhou', flags)).toBe(
      'keypair create --sandbox --provider tencent --region ap-guangzhou --profile work --site intl ' +
        "--name a --tag x=y --tag -z=1 --key-dir '~/my keys'",
    );
  });

  it('is one word where PowerShell would see a list', () => {
    expect(quoted('x=a,b', 'win32')).toBe("'x=a,b'");
    expect(quoted('@x', 'win32')).toBe("'@x'");
  });
});
