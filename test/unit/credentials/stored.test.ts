import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Decrypter, Encrypter } from 'age-encryption';
import { beforeEach, describe, expect, it } from 'vitest';
import { othersCanRead } from '../../../src/credentials/vendor-file.ts';
import { loginFiles, removeLoginFile, writeLoginFile } from '../../../src/credentials/login-file.ts';
import { Secret } from '../../../src/secret.ts';
import { storedCredentials, storedForm } from '../../../src/credentials/stored.ts';
import type { CredentialContext } from '../../../src/credentials/context.ts';
import { modeOf, temporaryDirectory } from '../../support/temporary.ts';

const KEY = { id: 'AKIDexample', secret: new Secret('Gu5t9xGARNpq86cd'), token: null };
const PASSPHRASE = new Secret('correct horse battery staple');

/** A world in which a person types these passphrases, or nobody is there. */
function worldOf(
  home: string,
  typed: readonly string[] | null,
): CredentialContext & { asked: string[]; warned: string[] } {
  const asked: string[] = [];
  const warned: string[] = [];
  const nobody = (): Promise<never> => Promise.reject(new Error('nothing is to be called'));
  return {
    env: {},
    home,
    platform: 'linux',
    now: () => new Date(),
    nonce: () => '',
    sender: 'keypair/0.0.0',
    site: 'cn',
    region: () => Promise.resolve(null),
    send: nobody,
    metadata: nobody,
    surveys: new Map(),
    stored: new Map(),
    asked,
    warned,
    warn: (line) => warned.push(line),
    askPassphrase:
      typed === null ? null : (question) => Promise.resolve(new Secret(typed[asked.push(question) - 1] ?? '')),
  };
}

async function secretOf(world: CredentialContext, profile = 'work'): Promise<string | null> {
  const found = await storedCredentials(profile, 'tencent', 'file', world);
  if (found === null) return null;
  const { id, secret, token, source } = await found.current(new AbortController().signal);
  expect({ id, token, source }).toEqual({ id: KEY.id, token: null, source: found.source });
  return secret.reveal();
}

describe('a login in a file', () => {
  let home: string;
  let place: CredentialContext;
  let directory: string;
  beforeEach(() => {
    home = temporaryDirectory();
    place = worldOf(home, null);
    directory = path.join(home, '.config/keypair/credentials');
  });

  const write = (passphrase: Secret | null): Promise<string> =>
    writeLoginFile(place, 'work', 'tencent', storedForm(KEY), passphrase);

  it('is read back, in clear', async () => {
    expect(await write(null)).toBe('~/.config/keypair/credentials/work.tencent.json');
    expect(await secretOf(worldOf(home, null))).toBe(KEY.secret.reveal());
    expect(modeOf(path.join(directory, 'work.tencent.json'))).toBe(0o600);
    expect(modeOf(directory)).toBe(0o700);
  });

  /** As age would write it, but with next to no work. */
  async function encrypted(text: string): Promise<void> {
    const encrypter = new Encrypter();
    encrypter.setScryptWorkFactor(4);
    encrypter.setPassphrase(PASSPHRASE.reveal());
    mkdirSync(directory, { recursive: true });
    writeFileSync(path.join(directory, 'work.tencent.age'), await encrypter.encrypt(text), { mode: 0o600 });
  }

  it('is written with a passphrase, in a form that age can read', async () => {
    expect(await write(PASSPHRASE)).toBe('~/.config/keypair/credentials/work.tencent.age');
    const file = path.join(directory, 'work.tencent.age');
    expect(modeOf(file)).toBe(0o600);
    expect(readFileSync(file, 'latin1')).toMatch(/^age-encryption\.org\/v1\n-> scrypt \S+ 17\n/);
    const decrypter = new Decrypter();
    decrypter.addPassphrase(PASSPHRASE.reveal());
    const text = await decrypter.decrypt(readFileSync(file), 'text');
    expect(JSON.parse(text)).toEqual({ id: KEY.id, secret: KEY.secret.reveal(), token: null });
  }, 60_000);

  it('asks for its passphrase once a run', async () => {
    await encrypted(storedForm(KEY).reveal());
    const world = worldOf(home, [PASSPHRASE.reveal()]);
    expect(await Promise.all([secretOf(world), secretOf(world)])).toEqual(Array(2).fill(KEY.secret.reveal()));
    expect(world.asked).toEqual(['Passphrase of ~/.config/keypair/credentials/work.tencent.age:']);
  });

  it('says so when the passphrase is another, or nobody can be asked', async () => {
    await encrypted(storedForm(KEY).reveal());
    await expect(secretOf(worldOf(home, ['something else']))).rejects.toMatchObject({
      code: 'AUTH',
      message: 'wrong passphrase for ~/.config/keypair/credentials/work.tencent.age',
    });
    await expect(secretOf(worldOf(home, null))).rejects.toMatchObject({
      code: 'AUTH',
      message: expect.stringContaining('there is no terminal to ask') as string,
    });
  });

  it('takes the place of its other form, and leaves nothing beside it', async () => {
    await write(null);
    await write(PASSPHRASE);
    expect(readdirSync(directory)).toEqual(['work.tencent.age']);
    await write(null);
    expect(readdirSync(directory)).toEqual(['work.tencent.json']);
    await removeLoginFile(place, 'work', 'tencent');
    expect(readdirSync(directory)).toEqual([]);
    await removeLoginFile(place, 'work', 'tencent');
    expect(await secretOf(worldOf(home, null))).toBe(null);
  }, 60_000);

  it('warns of one that others can read, and takes the right to read away when it is written again', async () => {
    await write(null);
    const file = path.join(directory, 'work.tencent.json');
    chmodSync(file, 0o644);
    chmodSync(directory, 0o755);
    const world = worldOf(home, null);
    expect(await secretOf(world)).toBe(KEY.secret.reveal());
    const shown = '~/.config/keypair/credentials/work.tencent.json';
    expect(world.warned).toEqual([`others can read ${shown}: run chmod 600 ${shown}`]);
    await write(null);
    expect([modeOf(file), modeOf(directory)]).toEqual([0o600, 0o700]);
    // Pasted into a shell, it is one path.
    expect(othersCanRead('~/a b/c.json')).toBe("others can read ~/a b/c.json: run chmod 600 ~/'a b/c.json'");
  });

  it.each([
    ['', 'work.tencent.json'],
    ['[]', 'work.tencent.json'],
    ['null', 'work.tencent.json'],
    ['{"id":"AKID"}', 'work.tencent.json'],
    ['{"id":"AKID","secret":""}', 'work.tencent.json'],
    ['{"id":"","secret":"a"}', 'work.tencent.json'],
    ['{"id":"AKID","secret":"a\\nb"}', 'work.tencent.json'],
    ['{"id":"AKID","secret":["a"]}', 'work.tencent.json'],
    ['{"id":"AKID","secret":"a","token":7}', 'work.tencent.json'],
    [`{"id":"AKID","secret":"${'a'.repeat(70_000)}"}`, 'work.tencent.json'],
    ['age-encryption.org/v1\n-> scrypt', 'work.tencent.age'],
    ['', 'work.tencent.age'],
  ])('refuses %j in %s, and quotes nothing of it', async (text, name) => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(path.join(directory, name), text, { mode: 0o600 });
    await expect(secretOf(worldOf(home, [PASSPHRASE.reveal()]))).rejects.toMatchObject({
      code: 'AUTH',
      message: expect.stringMatching(
        /^~\/\.config\/keypair\/credentials\/work\.tencent\.(json does not hold what|age is damaged)/,
      ) as string,
    });
  });

  it('says so where it cannot be written or read', async () => {
    mkdirSync(path.join(directory, 'work.tencent.json'), { recursive: true });
    await expect(write(null)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('cannot write ~/.config/keypair') as string,
    });
    expect(readdirSync(directory)).toEqual(['work.tencent.json']);
    await expect(secretOf(worldOf(home, null))).rejects.toMatchObject({
      code: 'AUTH',
      message: expect.stringContaining('cannot read ~/.config/keypair') as string,
    });
  });

  it('never waits for a FIFO in its place', async () => {
    mkdirSync(directory, { recursive: true });
    execFileSync('mkfifo', [path.join(directory, 'work.tencent.age')]);
    await expect(secretOf(worldOf(home, null))).rejects.toMatchObject({
      code: 'AUTH',
      message: 'cannot read ~/.config/keypair/credentials/work.tencent.age (it is not a file)',
    });
  });

  it('has a name of its own for each profile, on every file system, in the one directory', () => {
    const names = ['work', 'Work', '../../work', '..', '.work', 'wörk', '工作', 'a b', 'work.tencent', 'a%b'];
    const files = names.flatMap((name) => loginFiles(place, name, 'tencent').map(({ file }) => file));
    expect(new Set(files.map((file) => file.toLowerCase())).size).toBe(2 * names.length);
    for (const file of files) expect(path.dirname(file)).toBe(directory);
  });
});
