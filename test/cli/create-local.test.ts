import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/secret.ts';
import { sha256Fingerprint } from '../../src/keys/fingerprint.ts';
import { parsePrivateKey } from '../../src/keys/private-key.ts';
import { formatPublicKey, parsePublicKey, type PublicKey, samePublicKey } from '../../src/keys/public-key.ts';
import { ended, type Run, start } from '../support/program.ts';
import { serveSandbox, type Served } from '../support/served.ts';
import { teeBefore } from '../support/tee.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';

function publicHalf(file: string): PublicKey {
  return parsePrivateKey(new Secret(readFileSync(file, 'utf8'))).publicKey;
}

describe('create --local', () => {
  let home: string;
  let served: Served;
  let onRequest: (action: string) => void = () => undefined;
  beforeEach(async () => {
    home = temporaryDirectory();
    onRequest = () => undefined;
    served = await serveSandbox({
      onRequest: ({ action }) => {
        onRequest(action);
      },
    });
  });
  afterEach(() => served.close());

  const SHORT = ['--type', 'rsa-2048'];
  const create = (...args: string[]): Promise<Run> => served.run(['create', '--local', ...args], { home });
  const ssh = (): readonly string[] => readdirSync(path.join(home, '.ssh')).sort();
  const journal = (): readonly string[] => readdirSync(path.join(home, '.local/state/keypair/journal'));
  const uploads = (): number => served.sandbox.log.filter(({ action }) => action.startsWith('Import')).length;

  it.each(['tencent', 'lighthouse', 'aliyun', 'swas', 'qcloud'])(
    'makes the pair here and gives only its public half to %s',
    async (provider) => {
      const tee = await teeBefore(Number(new URL(served.env['KEYPAIR_ENDPOINT'] ?? '').port));
      const { exit, stdout, stderr } = await create('-p', provider, '--name', 'foo', '--json', '--endpoint', tee.url);
      await tee.close();
      expect(stderr).toBe('');
      expect(exit).toBe(0);
      const file = path.join(home, '.ssh', 'foo');
      const key = publicHalf(file);
      expect(JSON.parse(stdout)).toMatchObject({
        provider,
        name: 'foo',
        keyType: 'rsa',
        bits: 3072,
        fingerprints: { sha256: sha256Fingerprint(key) },
        publicKey: formatPublicKey(key, 'foo'),
        privateKeyPath: file,
        publicKeyPath: `${file}.pub`,
      });
      expect([modeOf(file), modeOf(`${file}.pub`)]).toEqual([0o600, 0o644]);
      expect(readFileSync(`${file}.pub`, 'utf8')).toBe(`${formatPublicKey(key, 'foo')}\n`);
      expect([ssh(), journal()]).toEqual([['foo', 'foo.pub'], []]);
      expect(served.sandbox.log.map(({ action }) => action)).toEqual(['ImportKeyPair']);

      // Encoded for JSON or for a form: neither changes letters and digits.
      const sent = decodeURIComponent(tee.sent().replaceAll('+', '%2B')).replaceAll(String.raw`\/`, '/');
      expect(sent).toContain(key.blob.toString('base64').slice(20, 200).split(/[+/]/)[0] ?? '');
      expect(sent).not.toContain('PRIVATE');
      const lines = readFileSync(file, 'utf8').split('\n').slice(1, -2);
      expect(lines.length).toBeGreaterThan(30);
      for (const line of lines)
        for (const part of line.split(/[+/=]/)) if (part.length > 12) expect(sent).not.toContain(part);
    },
  );

  it.each([
    ['tencent', 'rsa-2048', 'rsa', 2048],
    ['tencent', 'rsa-4096', 'rsa', 4096],
    ['aliyun', 'ecdsa-256', 'ecdsa', 256],
    ['aliyun', 'ecdsa-521', 'ecdsa', 521],
  ])('makes what --type says: %s %s', async (provider, type, keyType, bits) => {
    const { exit, stdout, stderr } = await create('-p', provider, '--name', 'foo', '--type', type, '--json');
    expect(exit, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ keyType, bits });
    expect(publicHalf(path.join(home, '.ssh/foo'))).toMatchObject({ keyType, bits });
  });

  it.each([
    ['--type without --local', ['create', '-p', 'tencent', '--name', 'foo', '--type', 'rsa-4096'], '--local'],
    ['ed25519 on Tencent', ['create', '--local', '-p', 'tencent', '--name', 'foo', '--type', 'ed25519'], 'rsa-3072'],
    ['ed25519 on Alibaba', ['create', '--local', '-p', 'aliyun', '--name', 'foo', '--type', 'ed25519'], 'ecdsa-256'],
    ['a type that is none', ['create', '--local', '-p', 'tencent', '--name', 'foo', '--type', 'rsa-512'], 'rsa-2048'],
  ])('refuses %s, says what to do, and calls nothing', async (_what, args, offered) => {
    const { exit, stderr } = await served.run(args, { home });
    expect(exit).toBe(2);
    expect(stderr).toContain(offered);
    expect(served.sandbox.log).toEqual([]);
    expect(readdirSync(home)).toEqual([]);
  });

  it('says what it would make on a dry run', async () => {
    const { stdout } = await create('-p', 'tencent', '--name', 'foo', '--dry-run');
    expect(stdout).toMatch(/made here +rsa-3072/);
    expect(readdirSync(home)).toEqual([]);
  });

  it('leaves no file when the cloud refuses', async () => {
    served.sandbox.fault({ kind: 'error', code: 'InvalidKeyPair.LimitExceeded' });
    const { exit } = await create('-p', 'tencent', '--name', 'foo', ...SHORT);
    expect(exit).toBe(5);
    expect([ssh(), journal()]).toEqual([[], []]);
  });

  it('refuses an existing file before it calls', async () => {
    writeFileSync(path.join(home, 'foo.pub'), 'old');
    const { exit } = await create('-p', 'tencent', '--name', 'foo', '--key-dir', '.', ...SHORT);
    expect(exit).toBe(5);
    expect(served.sandbox.log).toEqual([]);
  });

  it('hands the private key to a program with --output -', async () => {
    const { exit, stdout } = await create('-p', 'tencent', '--name', 'foo', '--output', '-', ...SHORT);
    expect(exit).toBe(0);
    expect(parsePrivateKey(new Secret(stdout)).publicKey.bits).toBe(2048);
    expect(existsSync(path.join(home, '.ssh'))).toBe(false);
  });

  describe('when the answer is lost', () => {
    it.each(['tencent', 'lighthouse', 'aliyun', 'swas', 'qcloud'])(
      'knows its own pair at %s, and has lost nothing',
      async (provider) => {
        served.sandbox.fault({ kind: 'drop', when: 'after', action: 'ImportKeyPair' });
        const { exit, stdout, stderr } = await create('-p', provider, '--name', 'foo', ...SHORT, '--json');
        expect(exit, stderr).toBe(0);
        const key = publicHalf(path.join(home, '.ssh/foo'));
        expect(JSON.parse(stdout)).toMatchObject({ fingerprints: { sha256: sha256Fingerprint(key) } });
        expect(uploads()).toBe(1);
        expect([ssh(), journal()]).toEqual([['foo', 'foo.pub'], []]);
      },
    );

    it('uploads again what was not carried out', async () => {
      served.sandbox.fault({ kind: 'drop', when: 'before', action: 'ImportKeyPair', times: 2 });
      const { exit, stderr } = await create('-p', 'tencent', '--name', 'foo', ...SHORT);
      expect(exit, stderr).toBe(0);
      expect(uploads()).toBe(3);
      expect(ssh()).toEqual(['foo', 'foo.pub']);
    });

    it.each([
      ['it is never carried out', { action: 'ImportKeyPair' }, 3, 'no pair named foo exists now'],
      ['nobody can be asked', {}, 1, 'cannot tell'],
    ])('names the file that holds the key when %s', async (_what, fault, times, words) => {
      served.sandbox.fault({ kind: 'drop', when: 'before', ...fault, times: 99 });
      const { exit, stdout, stderr } = await create('-p', 'tencent', '--name', 'foo', ...SHORT);
      expect(exit).toBe(7);
      expect(stdout).toBe('');
      expect(stderr).toContain(words);
      expect(uploads()).toBe(times);
      const kept = /safe in (\S+?)[:\n]/.exec(stderr)?.[1] ?? '';
      expect(modeOf(kept)).toBe(0o600);
      expect(publicHalf(kept).bits).toBe(2048);
      expect(ssh()).toEqual([path.basename(kept)]);
      expect(journal()).toHaveLength(1);
    });

    it('does not take somebody else’s pair for its own', async () => {
      served.sandbox.fault({ kind: 'drop', when: 'before', action: 'ImportKeyPair' });
      onRequest = (action) => {
        if (action === 'ImportKeyPair')
          served.sandbox.seed({ service: 'cvm', region: 'ap-guangzhou', count: 1, name: () => 'foo' });
      };
      const { exit, stderr } = await create('-p', 'tencent', '--name', 'foo', ...SHORT);
      expect(exit, stderr).toBe(5);
      expect(stderr).toContain('another key');
      expect([ssh(), journal()]).toEqual([[], []]);
    });
  });

  it('leaves the pair whole or not at all after Ctrl-C', async () => {
    const child = start(['create', '--local', '-p', 'tencent', '--name', 'foo', '--type', 'rsa-4096'], {
      home,
      env: served.env,
    });
    const done = ended(child);
    onRequest = () => child.kill('SIGINT');
    const { exit, stdout } = await done;
    expect(exit).toBe(130);
    expect(stdout).toContain('SHA256:');
    expect(
      samePublicKey(
        publicHalf(path.join(home, '.ssh/foo')),
        parsePublicKey(readFileSync(path.join(home, '.ssh/foo.pub'), 'utf8')),
      ),
    ).toBe(true);
    expect(ssh()).toEqual(['foo', 'foo.pub']);
  });

  it('calls nothing after a Ctrl-C that comes while the pair is made', async () => {
    const child = start(['create', '--local', '-p', 'tencent', '--name', 'foo', '--type', 'rsa-4096'], {
      home,
      env: served.env,
    });
    const done = ended(child);
    while (!existsSync(path.join(home, '.ssh')) || ssh().length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    child.kill('SIGINT');
    const { exit, stderr } = await done;
    expect(exit).toBe(130);
    // A long key takes a while, but may be found at once.
    if (served.sandbox.log.length === 0) {
      expect(stderr).toContain('nothing was called');
      expect([ssh(), journal()]).toEqual([[], []]);
    }
  });

  it('makes many', async () => {
    const names = ['a1', 'b2', 'c3', 'd4'];
    const { exit, stdout } = await create('-p', 'tencent', '--name', ...names, ...SHORT, '--quiet');
    expect(exit).toBe(0);
    expect(stdout.trimEnd().split('\n').sort()).toEqual(names.map((name) => path.join(home, '.ssh', name)));
    expect(new Set(names.map((name) => sha256Fingerprint(publicHalf(path.join(home, '.ssh', name))))).size).toBe(4);
  });
});
