import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../src/keys/generate.ts';
import type { Run } from '../support/program.ts';
import { serveSandbox, type Served } from '../support/served.ts';
import { keypairOnTerminal } from '../support/terminal.ts';
import { temporaryDirectory } from '../support/temporary.ts';

describe('ensure', () => {
  let home: string;
  let served: Served;
  beforeEach(async () => {
    home = temporaryDirectory();
    served = await serveSandbox();
  });
  afterEach(() => served.close());

  const ensure = (...args: string[]): Promise<Run> => served.run(['ensure', ...args], { home });
  const TENCENT = ['-p', 'tencent', '--name', 'foo'];
  const ssh = (file = ''): string => path.join(home, '.ssh', file);
  const changes = (): readonly string[] =>
    served.sandbox.log.map(({ action }) => action).filter((action) => !action.startsWith('Describe'));

  /** What is on this machine: names, contents, times and modes. */
  const disk = (): readonly (readonly [string, string, number, number])[] =>
    readdirSync(ssh()).map((name) => {
      const { mtimeMs, mode } = statSync(ssh(name));
      return [name, readFileSync(ssh(name), 'utf8'), mtimeMs, mode];
    });

  it.each([
    ['tencent', []],
    ['lighthouse', []],
    ['aliyun', []],
    ['qcloud', []],
    ['qcloud', ['--api-version', 'v2']],
    ['tencent', ['--local', '--type', 'rsa-2048', '--tag', 'env=prod']],
    ['aliyun', ['--local', '--type', 'ecdsa-256']],
  ])('makes a pair at %s %j, and then changes nothing', async (provider, more) => {
    const args = ['-p', provider, '--name', 'foo', ...more, '--json'];
    const first = await ensure(...args);
    expect(first.exit, first.stderr).toBe(0);
    const [before, made] = [disk(), changes()];
    expect(made).toEqual([more.includes('--local') ? 'ImportKeyPair' : 'CreateKeyPair']);
    const second = await ensure(...args);
    expect([second.exit, second.stderr]).toEqual([0, '']);
    expect([disk(), changes()]).toEqual([before, made]);
    const [a, b] = [first, second].map(({ stdout }) => JSON.parse(stdout) as Readonly<Record<string, unknown>>);
    for (const field of ['provider', 'region', 'name', 'keyType', 'fingerprints', 'publicKey', 'privateKeyPath'])
      expect(b?.[field]).toEqual(a?.[field]);
    expect(a?.['privateKeyPath']).toBe(ssh('foo'));
  });

  it('says in words what it found, and prints the path alone with --quiet', async () => {
    await ensure(...TENCENT, '-q');
    const text = await ensure(...TENCENT);
    expect(text.stdout).toMatch(/^foo\n {2}id +skey-/);
    expect(text.stderr).toContain('foo already exists: nothing was changed');
    const quiet = await ensure(...TENCENT, '-q');
    expect([quiet.stdout, quiet.stderr]).toEqual([`${ssh('foo')}\n`, '']);
  });

  it('warns if the private key has no passphrase although one was asked for', async () => {
    await ensure(...TENCENT, '-q');
    const input = 'open sesame\n';
    const again = (): Promise<Run> => served.run(['ensure', ...TENCENT, '--passphrase-stdin', '-q'], { home, input });
    const warned = await again();
    expect([warned.exit, warned.stdout]).toEqual([0, `${ssh('foo')}\n`]);
    expect(warned.stderr).toMatch(/^keypair: warning: the private key of foo has no passphrase: set one with /);
    const [, line = ''] = /keypair (passphrase .*)\n$/.exec(warned.stderr) ?? [];
    expect((await served.run(line.split(' '), { home, input })).exit).toBe(0);
    expect(await again()).toMatchObject({ exit: 0, stderr: '' });
  });

  it('knows a private key by its public key, not by its name', async () => {
    await ensure(...TENCENT, '-q');
    rmSync(ssh('foo.pub'));
    renameSync(ssh('foo'), ssh('id_rsa'));
    const { exit, stdout } = await ensure(...TENCENT, '-q');
    expect([exit, stdout]).toEqual([0, `${ssh('id_rsa')}\n`]);
  });

  it('looks in the key directory that is meant', async () => {
    await ensure(...TENCENT, '-q', '--key-dir', 'keys');
    expect((await ensure(...TENCENT, '-q', '--key-dir', 'keys')).exit).toBe(0);
    // This machine has noted where it put the key.
    expect((await ensure(...TENCENT, '-q')).exit).toBe(0);
  });

  it('takes many, some of which are there', async () => {
    await ensure(...TENCENT, '-q');
    const { exit, stdout } = await ensure('-p', 'tencent', '--name', 'foo', 'bar', 'baz', '-q');
    expect(exit).toBe(0);
    expect(stdout.trimEnd().split('\n').sort()).toEqual([ssh('bar'), ssh('baz'), ssh('foo')]);
    expect(changes()).toHaveLength(3);
  });

  it('warns of a key file that would be the same one elsewhere, when it makes the pair', async () => {
    mkdirSync(ssh(), { mode: 0o700 });
    writeFileSync(ssh('Foo'), 'another');
    const made = await ensure(...TENCENT, '-q');
    expect(made.exit, made.stderr).toBe(0);
    expect(made.stderr).toContain('foo differs from Foo beside it only by case or Unicode form');
    expect(readFileSync(ssh('Foo'), 'utf8')).toBe('another');
    expect(await ensure(...TENCENT, '-q')).toMatchObject({ exit: 0, stderr: '' });
  });

  it('refuses two names that would be the same file elsewhere, before any call', async () => {
    const { exit, stderr } = await ensure(...TENCENT, 'Foo');
    expect(stderr).toContain('foo and Foo differ only by case or Unicode form');
    expect(exit).toBe(2);
    expect(served.sandbox.log).toEqual([]);
  });

  describe('is a conflict', () => {
    const cases: readonly (readonly [string, () => void | Promise<void>, readonly string[]])[] = [
      [
        'when the private key is missing',
        () => {
          rmSync(ssh('foo'));
          rmSync(ssh('foo.pub'));
        },
        ['foo is in the cloud, but its private key is not in', 'name the directory with --key-dir'],
      ],
      [
        'when only the public half is here',
        () => {
          rmSync(ssh('foo'));
        },
        ['foo is in the cloud, but its private key is not in'],
      ],
      [
        'when the file holds another key',
        async () => {
          writeFileSync(ssh('foo'), (await generateKeyPair('rsa-2048', '')).text.reveal());
          rmSync(ssh('foo.pub'));
        },
        ['foo is in the cloud, but', '.ssh/foo is the private key of another pair'],
      ],
      [
        'when the file is damaged',
        () => {
          const text = readFileSync(ssh('foo'), 'utf8');
          writeFileSync(ssh('foo'), text.slice(0, 500) + text.slice(520));
        },
        ['ssh cannot read its private key', 'replace it with an intact copy'],
      ],
      [
        'when ssh would refuse the file',
        () => {
          chmodSync(ssh('foo'), 0o644);
        },
        ['which others may read', 'chmod 600'],
      ],
      [
        'when a create has left the key elsewhere',
        () => {
          rmSync(ssh('foo.pub'));
          renameSync(ssh('foo'), ssh('.foo.0123456789ab.keypair'));
          utimesSync(ssh('.foo.0123456789ab.keypair'), 1, 1);
        },
        ['a create that did not end has left', '.foo.0123456789ab.keypair'],
      ],
      [
        'when the cloud has lost it',
        () => {
          served.sandbox.remove({ service: 'cvm', region: 'ap-guangzhou', names: ['foo'] });
        },
        ['foo is here, but foo is not in the cloud', 'keypair import -p tencent -r ap-guangzhou --endpoint'],
      ],
      [
        'when only the public half is here, and nothing in the cloud',
        () => {
          served.sandbox.remove({ service: 'cvm', region: 'ap-guangzhou', names: ['foo'] });
          rmSync(ssh('foo'));
        },
        ['foo.pub is here, but foo is not in the cloud'],
      ],
    ];
    it.each(cases)('%s', async (_what, prepare, words) => {
      expect((await ensure(...TENCENT, '-q')).exit).toBe(0);
      await prepare();
      const [before, made] = [disk(), changes()];
      const { exit, stdout, stderr } = await ensure(...TENCENT);
      expect(exit).toBe(5);
      expect(stdout).toBe('');
      for (const word of words) expect(stderr).toContain(word);
      expect([disk(), changes()]).toEqual([before, made]);
      const json = await ensure(...TENCENT, '--json');
      expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: 'CONFLICT', provider: 'tencent' } });
    });
  });

  it('says what the cloud refused', async () => {
    served.sandbox.fault({ kind: 'error', code: 'InvalidKeyPair.LimitExceeded' });
    served.sandbox.fault({ kind: 'error', code: 'InvalidKeyPair.LimitExceeded', action: 'CreateKeyPair' });
    const { exit, stderr } = await ensure(...TENCENT);
    expect(exit).toBe(5);
    expect(stderr).toContain('InvalidKeyPair.LimitExceeded');
  });

  it('passes on that an answer was lost', async () => {
    served.sandbox.fault({ kind: 'drop', when: 'after', action: 'CreateKeyPair' });
    const { exit, stderr } = await ensure(...TENCENT);
    expect(exit).toBe(7);
    expect(stderr).toContain("it may be the requested one or another's");
  });

  it.each([
    ['a bad name', ['-p', 'tencent', '--name', 'my-key'], '--name my_key'],
    ['a name that OpenSSH uses', ['-p', 'tencent', '--name', 'config'], 'a meaning of its own'],
    ['--type without --local', [...TENCENT, '--type', 'rsa-2048'], '--local'],
    ['all that is missing', [], 'missing: --provider, --name'],
  ])('refuses %s before it calls', async (_what, args, words) => {
    const { exit, stderr } = await ensure(...args);
    expect(exit).toBe(2);
    expect(stderr).toContain(words);
    expect(served.sandbox.log).toEqual([]);
  });

  it.each([[[]], [['--local', '--type', 'rsa-2048']]])(
    'makes one pair when four ask for it at once %j',
    async (more) => {
      const runs = await Promise.all([1, 2, 3, 4].map(() => ensure(...TENCENT, ...more, '--json')));
      for (const { exit, stderr } of runs) expect([exit, stderr]).toEqual([0, '']);
      const prints = runs.map(
        ({ stdout }) => (JSON.parse(stdout) as { fingerprints: { sha256: string } }).fingerprints.sha256,
      );
      expect(new Set(prints).size).toBe(1);
      expect(readdirSync(ssh()).sort()).toEqual(['foo', 'foo.pub']);
      const { stdout } = await served.run(['list', '-p', 'tencent', '--json'], { home });
      expect(JSON.parse(stdout)).toMatchObject([{ name: 'foo', privateKeyPath: ssh('foo') }]);
    },
  );

  it('waits for the one that is about to save the key', async () => {
    mkdirSync(ssh(), { recursive: true });
    const maker = await ensure(...TENCENT, '-q');
    expect(maker.exit).toBe(0);
    // As it was a moment before the end.
    renameSync(ssh('foo'), ssh('.foo.0123456789ab.keypair'));
    rmSync(ssh('foo.pub'));
    utimesSync(ssh('.foo.0123456789ab.keypair'), new Date(), new Date());
    const waiting = ensure(...TENCENT, '-q');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    renameSync(ssh('.foo.0123456789ab.keypair'), ssh('foo'));
    const { exit, stdout } = await waiting;
    expect([exit, stdout]).toEqual([0, `${ssh('foo')}\n`]);
  });

  it('shows on a terminal what it does', async () => {
    const terminal = keypairOnTerminal(['ensure', ...TENCENT], { home, env: served.env });
    await terminal.shows(/getting ready|ensuring foo in ap-guangzhou/);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toContain('SHA256:');
    expect(terminal.screen()).not.toContain('ensuring');
  });
});
