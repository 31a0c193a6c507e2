import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { Secret } from '../../../src/secret.ts';
import { parsePrivateKey } from '../../../src/keys/private-key.ts';
import { formatPublicKey, parsePublicKey, type PublicKey } from '../../../src/keys/public-key.ts';
import { readLocalKeys } from '../../../src/storage/key-directory.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { CONTAINERS, KIND_NAMES, Oracle, type Container, type Kind } from '../keys/oracle.ts';

const oracle = new Oracle();
afterAll(() => {
  oracle.remove();
});

const opened: string[] = [];
const forbidden = new Set<string>();
vi.mock(import('node:fs/promises'), async (original) => {
  const real = await original();
  const open: typeof real.open = (file, ...rest) => {
    opened.push(path.basename(file as string));
    if (forbidden.has(file as string)) return Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' }));
    return real.open(file, ...rest);
  };
  return { ...real, open };
});

/** A private key file with these halves of a key made by ssh-keygen. */
function put(directory: string, name: string, text: string | null, line: string | null): void {
  if (text !== null) writeFileSync(path.join(directory, name), text, { mode: 0o600 });
  if (line !== null) writeFileSync(path.join(directory, `${name}.pub`), `${line}\n`);
}

function publicOf(kind: Kind): PublicKey {
  return parsePrivateKey(new Secret(oracle.privateKey(kind, 'RFC4716'))).publicKey;
}

function lineOf(kind: Kind): string {
  return formatPublicKey(publicOf(kind));
}

describe.each(KIND_NAMES)('%s', (kind) => {
  it.each(CONTAINERS)('is found by its public key, alone and as a pair, in %s', async (container) => {
    const directory = temporaryDirectory();
    put(directory, 'alone', oracle.privateKey(kind, container), null);
    const alone = (await readLocalKeys(directory, 'linux')).find(publicOf(kind));
    expect(alone).toEqual({
      name: 'alone',
      privateKeyFile: path.join(directory, 'alone'),
      publicKeyFile: null,
      refused: null,
      publicKey: { ...publicOf(kind), comment: '' },
      mode: 0o600,
      encrypted: false,
      link: false,
    });

    put(directory, 'foo', oracle.privateKey(kind, container), lineOf(kind));
    chmodSync(path.join(directory, 'foo'), 0o644);
    const keys = await readLocalKeys(directory, 'linux');
    expect(keys.find(publicOf(kind))).toEqual({
      name: 'foo',
      privateKeyFile: path.join(directory, 'foo'),
      publicKeyFile: path.join(directory, 'foo.pub'),
      refused: null,
      publicKey: publicOf(kind),
      mode: 0o644,
      encrypted: false,
      link: false,
    });
    expect(keys.keys.map(({ name }) => name)).toEqual(['alone', 'foo']);
    expect(keys.unreadable).toEqual([]);
  });

  it.each(CONTAINERS)('is found under a passphrase, in %s', async (container) => {
    const directory = temporaryDirectory();
    put(directory, 'foo', oracle.encrypted(kind, container), lineOf(kind));
    put(directory, 'alone', oracle.encrypted(kind, container), null);
    const keys = await readLocalKeys(directory, 'linux');
    expect(keys.find(publicOf(kind))).toMatchObject({ name: 'foo', encrypted: true });
    // OpenSSH's own container tells its public half without the passphrase.
    const tells = container === 'RFC4716' || kind === 'ed25519';
    expect(keys.named('alone')?.publicKey).toEqual(tells ? { ...publicOf(kind), comment: '' } : null);
    expect(keys.named('alone')).toMatchObject({ encrypted: true, publicKeyFile: null });
  });
});

describe('a key directory', () => {
  const container: Container = 'PEM';
  const text = oracle.privateKey('rsa 2048', container);
  const other = oracle.privateKey('rsa 1024', container);

  it('that is not there has no keys', async () => {
    const keys = await readLocalKeys(path.join(temporaryDirectory(), 'none'), 'linux');
    expect(keys.keys).toEqual([]);
    expect(keys.unreadable).toEqual([]);
    expect(keys.find(publicOf('ed25519'))).toBeNull();
    expect(keys.named('foo')).toBeNull();
  });

  it('that is a file is said to be unreadable', async () => {
    const file = path.join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    expect(await readLocalKeys(file, 'linux')).toMatchObject({ keys: [], unreadable: [file] });
  });

  it('has public halves whose private half is elsewhere', async () => {
    const directory = temporaryDirectory();
    put(directory, 'foo', null, lineOf('ed25519'));
    const keys = await readLocalKeys(directory, 'linux');
    expect(keys.find(publicOf('ed25519'))).toEqual({
      name: 'foo',
      privateKeyFile: null,
      publicKeyFile: path.join(directory, 'foo.pub'),
      refused: null,
      publicKey: publicOf('ed25519'),
      mode: null,
      encrypted: false,
      link: false,
    });
  });

  it('keeps a private key and a .pub of another key apart', async () => {
    const directory = temporaryDirectory();
    put(directory, 'foo', text, lineOf('rsa 1024'));
    const keys = await readLocalKeys(directory, 'linux');
    expect(keys.keys).toHaveLength(2);
    expect(keys.find(publicOf('rsa 2048'))).toMatchObject({ name: 'foo', publicKeyFile: null });
    expect(keys.find(publicOf('rsa 1024'))).toMatchObject({ name: 'foo', privateKeyFile: null });
    expect(keys.named('foo')?.privateKeyFile).toBe(path.join(directory, 'foo'));
  });

  it('prefers the private half, then the whole pair, then what is no link', async () => {
    const directory = temporaryDirectory();
    const found = async (): Promise<string | undefined> =>
      (await readLocalKeys(directory, 'linux')).find(publicOf('rsa 2048'))?.name;
    put(directory, 'z', null, lineOf('rsa 2048'));
    expect(await found()).toBe('z');
    symlinkSync('m', path.join(directory, 'y'));
    put(directory, 'm', text, null);
    expect(await found()).toBe('m');
    put(directory, 'b', text, lineOf('rsa 2048'));
    expect(await found()).toBe('b');
  });

  it('has links followed, in it and out of it, and not when they lead nowhere', async () => {
    const directory = temporaryDirectory();
    const elsewhere = temporaryDirectory();
    put(elsewhere, 'kept', text, null);
    chmodSync(path.join(elsewhere, 'kept'), 0o640);
    symlinkSync(path.join(elsewhere, 'kept'), path.join(directory, 'foo'));
    symlinkSync('foo', path.join(directory, 'bar'));
    symlinkSync('self', path.join(directory, 'self'));
    symlinkSync('nowhere', path.join(directory, 'dangling'));
    symlinkSync(elsewhere, path.join(directory, 'directory'));
    symlinkSync('/dev/zero', path.join(directory, 'zero'));
    const keys = await readLocalKeys(directory, 'linux');
    expect(keys.keys.map(({ name, mode, link }) => [name, mode, link])).toEqual([
      ['bar', 0o640, true],
      ['foo', 0o640, true],
    ]);
    expect(keys.named('foo')?.privateKeyFile).toBe(path.join(directory, 'foo'));
    expect(keys.unreadable).toEqual([]);
  });

  it('has no permission bits on windows', async () => {
    const directory = temporaryDirectory();
    put(directory, 'foo', text, null);
    expect((await readLocalKeys(directory, 'win32')).named('foo')?.mode).toBeNull();
  });

  it('tells which files could not be read', async () => {
    const directory = temporaryDirectory();
    put(directory, 'foo', text, lineOf('rsa 2048'));
    forbidden.add(path.join(directory, 'foo'));
    const keys = await readLocalKeys(directory, 'linux');
    expect(keys.unreadable).toEqual([path.join(directory, 'foo')]);
    expect(keys.find(publicOf('rsa 2048'))).toMatchObject({ name: 'foo', privateKeyFile: null });
  });

  it('may hold anything: it neither throws nor waits', async () => {
    const directory = temporaryDirectory();
    const at = (name: string): string => path.join(directory, name);
    put(directory, 'sound', text, null);
    for (const name of ['fifo', 'fifo.pub']) execFileSync('mkfifo', [at(name)]);
    symlinkSync('fifo', at('to-fifo'));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(at('agent.sock'), resolve));
    mkdirSync(at('a-directory'));
    mkdirSync(at('a-directory.pub'));
    for (const name of ['huge', 'huge.pub']) {
      writeFileSync(at(name), name === 'huge' ? text : lineOf('rsa 2048'));
      truncateSync(at(name), 2 ** 40);
    }
    for (const name of ['empty', 'empty.pub']) writeFileSync(at(name), '');
    for (const name of ['binary', 'binary.pub']) writeFileSync(at(name), randomBytes(64 * 1024));
    writeFileSync(at('known_hosts'), `host ${lineOf('ed25519')}\n`);
    writeFileSync(at('authorized_keys'), `${lineOf('ed25519')}\n`);
    writeFileSync(at('config'), 'Host *\n  IdentityFile ~/.ssh/sound\n');
    writeFileSync(at('private.pub'), text);
    writeFileSync(at('cut'), text.slice(0, 400));
    writeFileSync(at('cut-armoured'), text.replace(/\n[^\n]+(?=\n-----END)/, ''));
    writeFileSync(at('two'), text + other);
    writeFileSync(at('nested'), '-----BEGIN '.repeat(5000));
    writeFileSync(at('pkcs8'), '-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n');
    writeFileSync(
      at('container'),
      `-----BEGIN OPENSSH PRIVATE KEY-----\n${Buffer.from('openssh-key-v1\0\xff\xff\xff\xff', 'latin1').toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`,
    );
    put(directory, 'a\n\u001b[31mb', text, null);
    try {
      opened.length = 0;
      const keys = await readLocalKeys(directory, 'linux');
      const usable = keys.keys.filter(({ privateKeyFile }) => privateKeyFile !== null);
      // ssh takes the first of several.
      expect(usable.map(({ name }) => name)).toEqual(['a\n\u001b[31mb', 'sound', 'two']);
      const refused = ['container', 'cut', 'cut-armoured', 'pkcs8'];
      expect(keys.keys.filter((key) => key.refused !== null).map(({ name }) => name)).toEqual(refused);
      expect(keys.untold).toEqual(refused.map(at));
      expect(keys.unreadable).toEqual([]);
      expect(opened).toContain('sound');
      expect(opened.filter((name) => /fifo|agent|directory|huge|empty/.test(name))).toEqual([]);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('does not read a damaged private key as one, even with its .pub beside it', async () => {
    const directory = temporaryDirectory();
    put(directory, 'foo', text.slice(0, 700), lineOf('rsa 2048'));
    expect((await readLocalKeys(directory, 'linux')).named('foo')?.privateKeyFile).toBeNull();
  });

  it('has dsa keys and those on tokens by their .pub', async () => {
    const directory = temporaryDirectory();
    const dsa = oracle.run(
      'openssl',
      'genpkey',
      '-genparam',
      '-algorithm',
      'DSA',
      '-pkeyopt',
      'dsa_paramgen_bits:1024',
    );
    const key = oracle.run('openssl', 'genpkey', '-paramfile', oracle.write(dsa));
    const file = oracle.write(key);
    const traditional = oracle.run('openssl', 'dsa', '-in', file);
    const spki = oracle.run('openssl', 'dsa', '-in', file, '-pubout');
    put(directory, 'old', traditional, formatPublicKey(parsePublicKey(spki)));
    const keys = await readLocalKeys(directory, 'linux');
    expect(keys.find(parsePublicKey(spki))).toMatchObject({
      privateKeyFile: path.join(directory, 'old'),
      publicKeyFile: path.join(directory, 'old.pub'),
    });
  });

  it('is read quickly with 2,000 files in it', async () => {
    const directory = temporaryDirectory();
    const at = (name: string): string => path.join(directory, name);
    const long = oracle.privateKey('rsa 4096', 'PEM');
    const line = lineOf('rsa 4096');
    for (let index = 0; index < 600; index += 1) {
      put(directory, `pair-${index}`, long, line);
      put(directory, `alone-${index}`, oracle.privateKey('ecdsa 256', 'RFC4716'), null);
    }
    for (let index = 0; index < 200; index += 1) copyFileSync(at('pair-0'), at(`tmp-${index}`));
    renameSync(at('tmp-0'), at('pem'));
    const started = performance.now();
    const keys = await readLocalKeys(directory, 'linux');
    // 0.2 s on a slow machine that has nothing else to do; with a proof for each it would be more than ten.
    expect(performance.now() - started).toBeLessThan(3000);
    expect(keys.keys).toHaveLength(1400);
    expect(keys.named('pem')?.publicKey?.blob).toEqual(publicOf('rsa 4096').blob);
    expect(readFileSync(at('pem'), 'utf8')).toBe(long);
  });
});
