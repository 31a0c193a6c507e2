import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/secret.ts';
import { md5Fingerprint, sha256Fingerprint } from '../../src/keys/fingerprint.ts';
import { generateKeyPair } from '../../src/keys/generate.ts';
import { parsePrivateKey } from '../../src/keys/private-key.ts';
import { formatPublicKey, type PublicKey } from '../../src/keys/public-key.ts';
import { type Inside, runInside } from '../support/inside.ts';
import type { Run } from '../support/program.ts';
import { serveSandbox, type Served } from '../support/served.ts';
import { teeBefore } from '../support/tee.ts';
import { KEYS, keypairOnTerminal } from '../support/terminal.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** A private key under a passphrase, made by `ssh-keygen -t ecdsa`; its public half is in the clear. */
const ENCRYPTED = `-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABAC8vQiag
tRHcINzCqw5KvRAAAAAQAAAAEAAABoAAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlz
dHAyNTYAAABBBF7+DO46rPD0oI3yOqaNK6zqHtlRPi9fKSK24mQnB45y/nMVMm08nLeyM5
ZMnIEXQHY/o+rkvWgj5TIC+6+Lxz0AAACgh7BStotyTVFKWt2GIjNlGXe6CRpSMD69xY+S
uz0pwiEl6OEV5Jy4NrbVotTSRHRMsCyrL1yJrPDMh46Ec5HTgsqaptA9DT+alRtRqG1b5s
gVEfr896rfJwrxzq2A+kN0Knm21Ltm2RyyUzRhOVtVgE4WzR2TjOtXMX//J7j7zTwChlc+
3U49OE22quEQBW2Z+4vrTTaRUB/2G7TtlhCawg==
-----END OPENSSH PRIVATE KEY-----
`;
const ENCRYPTED_PUBLIC =
  'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBF7+DO46rPD0oI3yOqaNK6zqHtlRPi9fKSK24mQnB45y/nMVMm08nLeyM5ZMnIEXQHY/o+rkvWgj5TIC+6+Lxz0=';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PKCS1 = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const key: PublicKey = parsePrivateKey(new Secret(PKCS1)).publicKey;
const BASE64 = key.blob.toString('base64');
const LINE = `ssh-rsa ${BASE64} me@here\n`;

/** A DSA key of 1024 bits (RFC 4253, 6.6), which ssh-keygen makes no more. */
const DSA = `ssh-dss ${Buffer.concat(
  [
    Buffer.from('ssh-dss'),
    Buffer.concat([Buffer.from([0, 0x80]), Buffer.alloc(126, 7), Buffer.from([1])]),
    ...[1, 2, 3].map(() => Buffer.from([1, 0, 1])),
  ].flatMap((field) => [Buffer.from([0, 0, 0, field.length]), field]),
).toString('base64')}\n`;

/** RFC 4716, with a header that goes on in the next line. */
const SSH2 = [
  '---- BEGIN SSH2 PUBLIC KEY ----',
  'Comment: "me@\\',
  'here"',
  ...(BASE64.match(/.{1,70}/g) ?? []),
  '---- END SSH2 PUBLIC KEY ----',
  '',
].join('\r\n');
const PKCS8 = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('import', () => {
  let home: string;
  let served: Served;
  beforeEach(async () => {
    home = temporaryDirectory();
    served = await serveSandbox();
    write('key.pub', LINE);
  });
  afterEach(() => served.close());

  const write = (file: string, text: string): void => {
    writeFileSync(path.join(home, file), text, { mode: 0o600 });
  };
  const importKey = (args: readonly string[], input?: string): Promise<Run> =>
    served.run(['import', ...args], { home, ...(input === undefined ? {} : { input }) });
  const TENCENT = ['-p', 'tencent', '--name', 'foo'];

  it.each([
    ['tencent', { id: expect.stringMatching(/^skey-/) as string, providerFingerprint: null }],
    ['lighthouse', { id: expect.stringMatching(/^lhkp-/) as string, providerFingerprint: null }],
    ['qcloud', { id: expect.stringMatching(/^skey-/) as string, providerFingerprint: null }],
    ['aliyun', { id: null, providerFingerprint: expect.any(String) as string }],
  ])('uploads to %s', async (provider, told) => {
    const { exit, stdout, stderr } = await importKey(['-p', provider, '--name', 'foo', 'key.pub', '--json']);
    expect(stderr).toBe('');
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      provider,
      name: 'foo',
      keyType: 'rsa',
      bits: 2048,
      fingerprints: { sha256: sha256Fingerprint(key), md5: md5Fingerprint(key) },
      publicKey: formatPublicKey(key, 'foo'),
      privateKeyPath: null,
      publicKeyPath: null,
      requestId: expect.any(String) as string,
      ...told,
    });
    expect(served.sandbox.log.map(({ action }) => action)).toEqual(['ImportKeyPair']);
  });

  it.each([
    ['a line with Windows’ ends', LINE.replace('\n', '\r\n')],
    ['a line between comments', `# my key\n\n${LINE}\n`],
    ['RFC 4716', SSH2],
    ['PEM', publicKey.export({ type: 'spki', format: 'pem' }).toString()],
  ])('takes %s, from a file and from stdin', async (_what, text) => {
    write('other', text);
    for (const [name, source, input] of [
      ['a1', 'other', undefined],
      ['b2', '-', text],
    ] as const) {
      // One key may be there once on Tencent: Alibaba takes it again.
      const { exit, stdout, stderr } = await importKey(['-p', 'aliyun', '--name', name, source, '--json'], input);
      expect(exit, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ name, publicKey: formatPublicKey(key, name) });
    }
  });

  it('says in words where the private half is', async () => {
    mkdirSync(path.join(home, '.ssh'));
    write('.ssh/other_name', PKCS1);
    const { stdout, stderr } = await importKey([...TENCENT, 'key.pub']);
    expect(stdout).toMatch(/^foo\n {2}id +skey-/);
    expect(stdout).toContain(path.join(home, '.ssh/other_name'));
    expect(stderr).toBe('keypair: using region ap-guangzhou, the default of tencent (--region changes it)\n');
  });

  it('finds it beside the public half, and says when it is nowhere', async () => {
    const apart = await importKey(['-p', 'aliyun', '--name', 'a1', 'key.pub']);
    expect(apart.stderr).toContain('its private key is not on this machine');
    write('key', PKCS1);
    const { stdout } = await importKey(['-p', 'aliyun', '--name', 'b2', 'key.pub', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ privateKeyPath: path.join(home, 'key') });
  });

  it('warns of a weak key: one of 1024 bits was uploaded without a word', async () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
    write('weak', weak.export({ type: 'pkcs1', format: 'pem' }).toString());
    const args = ['-p', 'aliyun', '--name', 'foo', '--from-private', 'weak'];
    const { exit, stderr } = await importKey([...args, '-q']);
    expect([exit, stderr]).toEqual([0, 'keypair: warning: this RSA key has only 1024 bits, which is weak\n']);
    write('dsa.pub', DSA);
    const dsa = await importKey(['-p', 'aliyun', '--name', 'dsa', 'dsa.pub', '-q']);
    expect(dsa.stderr).toContain('keypair: warning: this is a DSA key, which is weak');
    const json = await importKey(['-p', 'aliyun', '--name', 'two', 'dsa.pub', '--json']);
    expect(json.stderr).toBe('');
    expect((await importKey(['-p', 'aliyun', '--name', 'rsa', 'key.pub', '-q'])).stderr).toBe('');
  });

  it('prints one value with --quiet', async () => {
    const { stdout, stderr } = await importKey([...TENCENT, 'key.pub', '-q']);
    expect([stdout, stderr]).toEqual(['foo\n', '']);
  });

  it('sends tags and the project along', async () => {
    const args = ['--project', '1000001', '--tag', 'env=prod', '--tag', 'team=a', 'key.pub'];
    expect((await importKey([...TENCENT, ...args])).exit).toBe(0);
    const { stdout } = await served.run(['list', '-p', 'tencent', '--json'], { home });
    expect(JSON.parse(stdout)).toMatchObject([{ name: 'foo', tags: { env: 'prod', team: 'a' }, projectId: 1000001 }]);
  });

  describe('a key of a type that the documents do not list', () => {
    const line = async (): Promise<string> => formatPublicKey((await generateKeyPair('ed25519', 'me')).publicKey);
    const insist = async (provider: string, env: Served['env'], ...flags: readonly string[]): Promise<Inside> =>
      runInside(['import', '-p', provider, '--name', 'foo', ...flags, '-'], { home, env, input: await line() });

    it.each([
      ['tencent', 'InvalidPublicKey.Malformed'],
      ['lighthouse', 'InvalidParameterValue.KeyPairPublicKeyMalformed'],
      ['aliyun', 'InvalidPublicKeyBody.Malformed'],
    ])('goes to %s with --undocumented, once, and the refusal is told with other ways', async (provider, code) => {
      expect((await insist(provider, served.env)).stderr).toContain('--undocumented');
      expect(served.sandbox.log).toEqual([]);
      const refused = await insist(provider, served.env, '--undocumented', '--json');
      expect(refused.exit).toBe(2);
      expect(JSON.parse(refused.stderr)).toMatchObject({
        error: {
          providerCode: code,
          hints: [expect.stringContaining('RSA'), expect.stringContaining('keypair authorize')],
        },
      });
      expect(served.sandbox.log.map(({ action }) => action)).toEqual(['ImportKeyPair']);
    });

    it.each(['tencent', 'lighthouse', 'aliyun'])('is a warning where %s takes it', async (provider) => {
      const lenient = await serveSandbox({ behaviour: { keyTypes: 'any' } });
      try {
        const taken = await insist(provider, lenient.env, '--undocumented');
        expect([taken.exit, taken.stderr]).toEqual([0, expect.stringContaining('its documents do not list the type')]);
        const place = ['-p', provider, '--local', '--type', 'ed25519', '--undocumented'];
        const made = await runInside(['create', ...place, '--name', 'bar', '--json'], { home, env: lenient.env });
        expect(JSON.parse(made.stdout)).toMatchObject({ name: 'bar', keyType: 'ed25519' });
        const { stdout } = await runInside(['list', '-p', provider, '--json'], { home, env: lenient.env });
        const names = (JSON.parse(stdout) as { name: string; keyType: string }[]).map(({ name, keyType }) => [
          name,
          keyType,
        ]);
        expect(names.sort()).toEqual([
          ['bar', 'ed25519'],
          ['foo', 'ed25519'],
        ]);
      } finally {
        await lenient.close();
      }
    });

    it('leaves no file of a refused create, which needs --local', async () => {
      const create = (...flags: string[]): Promise<Inside> =>
        runInside(['create', '-p', 'tencent', '--name', 'foo', '--undocumented', ...flags], { home, env: served.env });
      expect(await create()).toMatchObject({ exit: 2, stderr: expect.stringContaining('needs --local') as string });
      expect(await create('--local', '--type', 'ed25519')).toMatchObject({
        exit: 2,
        stderr: expect.stringContaining('keypair authorize') as string,
      });
      expect(existsSync(path.join(home, '.ssh')) ? readdirSync(path.join(home, '.ssh')) : []).toEqual([]);
    });
  });

  describe('refuses with no request sent', () => {
    it.each([
      ['an Ed25519 key on Tencent', 'tencent', '--local --type rsa-3072 --name foo'],
      ['an Ed25519 key on Lighthouse', 'lighthouse', 'ssh-keygen -t rsa -b 3072'],
      ['an Ed25519 key on Alibaba', 'aliyun', 'no Ed25519'],
    ])('%s, and offers RSA', async (_what, provider, words) => {
      const other = await generateKeyPair('ed25519', 'me');
      const line = formatPublicKey(other.publicKey);
      const { exit, stderr } = await importKey(['-p', provider, '--name', 'foo', '-'], line);
      expect(exit).toBe(2);
      expect(stderr).toContain('ssh-ed25519');
      expect(stderr).toContain(words);
      expect(stderr).toContain('rsa-3072');
      expect(served.sandbox.log).toEqual([]);
    });

    const body = PKCS1.split('\n').slice(1, -2);
    it.each([
      ['in armour', PKCS1],
      ['in PKCS#8', PKCS8],
      ['without armour', body.join('')],
      ['that is cut', PKCS1.slice(0, 600)],
      ['under a passphrase', ENCRYPTED],
    ])('a private key %s, and shows nothing of it', async (_what, text) => {
      write('key', text);
      for (const [source, input] of [
        ['key', undefined],
        ['-', text],
      ] as const) {
        const { exit, stdout, stderr } = await importKey([...TENCENT, source, '--debug'], input);
        expect(exit).toBe(2);
        expect(stderr).toContain('is a private key: nothing of it was sent or shown');
        expect(stderr).toContain('--from-private');
        for (const line of text.split('\n')) {
          if (line !== '') expect(stdout + stderr).not.toContain(line.slice(0, 30));
        }
      }
      expect(served.sandbox.log).toEqual([]);
    });

    it.each([
      ['a file that is not there', 3, [...TENCENT, 'nothing.pub'], 'cannot read nothing.pub'],
      ['rubbish', 2, [...TENCENT, 'rubbish'], 'holds no public key'],
      ['several keys', 2, [...TENCENT, 'several'], 'several lines with keys'],
      ['a public key for a private one', 2, [...TENCENT, '--from-private', 'key.pub'], 'leave --from-private out'],
      ['a bad name', 2, ['-p', 'tencent', '--name', 'my-key', 'key.pub'], '--name my_key'],
      ['a region that is none', 2, [...TENCENT, '-r', 'ap-guangzhou,x/y', 'key.pub'], 'not a region'],
      ['a tag where there is none', 2, ['-p', 'qcloud', '--name', 'foo', '--tag', 'a=1', 'key.pub'], '--tag'],
      ['all that is missing', 2, [], 'missing: --provider, --name, FILE'],
      ['what is missing', 2, ['-p', 'tencent', '--name', 'foo'], 'missing: FILE'],
    ])('%s', async (_what, code, args, words) => {
      write('rubbish', 'hello\n');
      write('several', LINE + LINE);
      const { exit, stdout, stderr } = await importKey(args);
      expect(exit).toBe(code);
      expect(stdout).toBe('');
      expect(stderr).toContain(words);
      expect(served.sandbox.log).toEqual([]);
    });
  });

  describe('--from-private', () => {
    it('derives the public half, and sends no more', async () => {
      write('mine', PKCS1);
      const tee = await teeBefore(Number(new URL(served.env['KEYPAIR_ENDPOINT'] ?? '').port));
      const { exit, stdout, stderr } = await importKey([
        ...TENCENT,
        '--from-private',
        'mine',
        '--json',
        '--endpoint',
        tee.url,
      ]);
      await tee.close();
      expect(exit, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        publicKey: formatPublicKey(key, 'foo'),
        privateKeyPath: path.join(home, 'mine'),
      });
      expect(tee.sent()).toContain(BASE64);
      for (const line of PKCS1.split('\n').slice(1, -2)) expect(tee.sent()).not.toContain(line.slice(0, 24));
    });

    it('needs no passphrase where the file tells the public half', async () => {
      write('mine', ENCRYPTED);
      const { stdout } = await importKey(['-p', 'aliyun', '--name', 'foo', '--from-private', 'mine', '--json']);
      expect(JSON.parse(stdout)).toMatchObject({ keyType: 'ecdsa', publicKey: `${ENCRYPTED_PUBLIC} foo` });
    });

    it('says what to do where it does not', async () => {
      const cipher = { cipher: 'aes-256-cbc', passphrase: 'secret1' };
      write('mine', privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher }).toString());
      const { exit, stderr } = await importKey([...TENCENT, '--from-private', 'mine']);
      expect(exit).toBe(2);
      expect(stderr).toContain('ssh-keygen -y -f mine');
      expect(served.sandbox.log).toEqual([]);
    });
  });

  describe('in several regions', () => {
    it('puts the same key into each of them, a line each', async () => {
      const { exit, stdout, stderr } = await importKey([
        ...TENCENT,
        '-r',
        'ap-guangzhou,ap-shanghai,ap-tokyo',
        'key.pub',
        '--json',
      ]);
      expect(stderr).toBe('');
      expect(exit).toBe(0);
      const lines = stdout.trimEnd().split('\n');
      const pairs = lines.map((line) => JSON.parse(line) as { region: string; publicKey: string });
      expect(pairs.map(({ region }) => region).sort()).toEqual(['ap-guangzhou', 'ap-shanghai', 'ap-tokyo']);
      expect(new Set(pairs.map(({ publicKey }) => publicKey))).toEqual(new Set([formatPublicKey(key, 'foo')]));
    });

    it('puts it everywhere with all', async () => {
      const { exit, stdout } = await importKey(['-p', 'aliyun', '--name', 'foo', '-r', 'all', 'key.pub', '-q']);
      expect(exit).toBe(0);
      expect(stdout.trimEnd().split('\n').length).toBeGreaterThan(30);
      const hosts = served.sandbox.log.filter(({ action }) => action === 'ImportKeyPair');
      expect(hosts).toHaveLength(stdout.trimEnd().split('\n').length);
    });

    it('tells of the region that failed, and does the others', async () => {
      served.sandbox.seed({ service: 'cvm', region: 'ap-shanghai', count: 1, name: () => 'foo' });
      const { exit, stdout, stderr } = await importKey([...TENCENT, '-r', 'ap-guangzhou,ap-shanghai', 'key.pub']);
      expect(exit).toBe(5);
      expect(stdout).toContain('tencent, ap-guangzhou');
      expect(stdout).not.toContain('ap-shanghai');
      expect(stderr).toMatch(/^keypair: error: tencent, ap-shanghai: .*InvalidKeyPairName.Duplicate/m);
    });
  });

  describe('when the answer is lost', () => {
    it.each(['tencent', 'lighthouse', 'aliyun', 'swas', 'qcloud'])(
      'finds the pair by its name at %s',
      async (provider) => {
        served.sandbox.fault({ kind: 'drop', when: 'after', action: 'ImportKeyPair' });
        const { exit, stdout, stderr } = await importKey(['-p', provider, '--name', 'foo', 'key.pub', '--json']);
        expect(exit, stderr).toBe(0);
        expect(JSON.parse(stdout)).toMatchObject({
          name: 'foo',
          fingerprints: { sha256: sha256Fingerprint(key) },
        });
        expect(served.sandbox.log.filter(({ action }) => action === 'ImportKeyPair')).toHaveLength(1);
      },
    );

    it.each([
      ['no pair named foo exists now', { action: 'ImportKeyPair', times: 1 }],
      ['cannot tell whether foo was uploaded', { times: 99 }],
    ])('says: %s', async (words, fault) => {
      served.sandbox.fault({ kind: 'drop', when: 'before', ...fault });
      const { exit, stdout, stderr } = await importKey([...TENCENT, 'key.pub', '--json']);
      expect(exit).toBe(7);
      expect(stdout).toBe('');
      expect(JSON.parse(stderr)).toMatchObject({
        error: { code: 'PARTIAL', message: expect.stringContaining(words) as string },
      });
      expect(served.sandbox.log.filter(({ action }) => action === 'ImportKeyPair')).toHaveLength(1);
    });
  });

  it('asks on a terminal for what is missing', async () => {
    const terminal = keypairOnTerminal(['import', '-p', 'tencent'], { home, env: served.env });
    await terminal.shows('Name of the key pair:');
    terminal.type(`foo${KEYS.enter}`);
    await terminal.shows('Public key file:');
    terminal.type(`key.pub${KEYS.enter}`);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.screen()).toContain(sha256Fingerprint(key));
    // The state directory notes what was uploaded, the cache its name; no key is written anywhere.
    expect(readdirSync(home)).toEqual(['.cache', '.local', 'key.pub']);
  });
});
