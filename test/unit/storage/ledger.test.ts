import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  removeFromLedger,
  isMade,
  type MadePair,
  addToLedger,
  readLedger,
  readMade,
  renameInLedger,
} from '../../../src/storage/ledger-file.ts';
import { modeOf, temporaryDirectory } from '../../support/temporary.ts';

const MADE: MadePair = {
  provider: 'tencent',
  region: 'ap-guangzhou',
  endpoint: 'https://cvm.tencentcloudapi.com',
  sandbox: false,
  name: 'foo',
  id: 'skey-12345678',
  fingerprint: `SHA256:${'A'.repeat(43)}`,
  privateKeyFile: '/home/u/.ssh/foo',
  madeAt: '2026-11-22T00:00:00.000Z',
  profile: 'default',
  signer: 'key:0123456789abcdef',
  wroteFile: true,
};

async function madeIn(state: string): Promise<readonly MadePair[]> {
  return (await readLedger(state, 'linux')).map(({ made }) => made);
}

describe('the ledger', () => {
  it('holds what was noted, once, for nobody else to read', async () => {
    const state = path.join(temporaryDirectory(), 'state');
    await addToLedger(state, MADE);
    await addToLedger(state, MADE);
    await addToLedger(state, { ...MADE, id: null, name: 'bar', madeAt: '2026-11-21T00:00:00.000Z' });
    expect((await madeIn(state)).map(({ name }) => name)).toEqual(['bar', 'foo']);
    for (const name of readdirSync(path.join(state, 'made'))) {
      expect(modeOf(path.join(state, 'made', name))).toBe(0o600);
    }
    expect(modeOf(path.join(state, 'made'))).toBe(0o700);
  });

  it('forgets and renames the pair that is meant, and no other', async () => {
    const state = temporaryDirectory();
    const elsewhere = { ...MADE, region: 'ap-beijing' };
    await addToLedger(state, MADE);
    await addToLedger(state, elsewhere);
    await renameInLedger(state, 'linux', { ...MADE, name: 'whatever' }, 'bar');
    expect((await madeIn(state)).map(({ region, name }) => `${region} ${name}`).sort()).toEqual([
      'ap-beijing foo',
      'ap-guangzhou bar',
    ]);
    await removeFromLedger(state, 'linux', MADE);
    expect(await madeIn(state)).toEqual([elsewhere]);
  });

  it('never throws, wherever it is to be', async () => {
    const file = path.join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    await addToLedger(file, MADE);
    await removeFromLedger(file, 'linux', MADE);
    expect(await readLedger(file, 'linux')).toEqual([]);
  });

  it.each<[string, (file: string, directory: string) => void]>([
    [
      'no file that others may write',
      (file) => {
        chmodSync(file, 0o622);
      },
    ],
    [
      'no link',
      (file, directory) => {
        renameSync(file, path.join(directory, 'elsewhere'));
        symlinkSync('elsewhere', file);
      },
    ],
    [
      'no directory',
      (file) => {
        rmSync(file);
        mkdirSync(file);
      },
    ],
    [
      'nothing that is long',
      (file) => {
        writeFileSync(file, `${readFileSync(file, 'utf8')}${' '.repeat(20_000)}`);
      },
    ],
    [
      'nothing under another name',
      (file, directory) => {
        renameSync(file, path.join(directory, 'other.json'));
      },
    ],
  ])('reads %s', async (_what, change) => {
    const state = temporaryDirectory();
    await addToLedger(state, MADE);
    const directory = path.join(state, 'made');
    const [name = ''] = readdirSync(directory);
    change(path.join(directory, name), directory);
    expect(await madeIn(state)).toEqual([]);
  });

  it('sees at once what another process has noted and forgotten', async () => {
    const state = temporaryDirectory();
    await addToLedger(state, MADE);
    expect(await madeIn(state)).toEqual([MADE]);
    const directory = path.join(state, 'made');
    const [name = ''] = readdirSync(directory);
    const other = { ...MADE, id: 'skey-87654321' };
    writeFileSync(path.join(directory, `${'0'.repeat(64)}.json`), JSON.stringify({ version: 1, ...other }), {
      mode: 0o600,
    });
    rmSync(path.join(directory, name));
    expect(await madeIn(state)).toEqual([other]);
  });

  it('forgets 30 pairs among 3,000 without listing them for each (it took 17.6 s)', async () => {
    const state = temporaryDirectory();
    const noted = Array.from({ length: 3000 }, (_, n) => ({
      ...MADE,
      id: n % 2 === 0 ? `skey-${n}` : null,
      name: `foo${n}`,
    }));
    await Promise.all(noted.map((made) => addToLedger(state, made)));
    await madeIn(state);
    let listing = Infinity;
    for (let n = 0; n < 3; n += 1) {
      const before = performance.now();
      await madeIn(state);
      listing = Math.min(listing, performance.now() - before);
    }
    const before = performance.now();
    for (const made of noted.slice(0, 30)) await removeFromLedger(state, 'linux', made);
    expect(performance.now() - before).toBeLessThan(10 * listing);
    expect((await madeIn(state)).map(({ name }) => name).sort()).toEqual(
      noted
        .slice(30)
        .map(({ name }) => name)
        .sort(),
    );
    // What it has renamed it finds by the new name, too.
    const [, last = MADE] = noted.slice(-2);
    await renameInLedger(state, 'linux', last, 'bar');
    await removeFromLedger(state, 'linux', { ...last, name: 'bar' });
    expect(await madeIn(state)).toHaveLength(2969);
  });

  it('knows what it noted last', async () => {
    const state = temporaryDirectory();
    await addToLedger(state, MADE);
    expect(await madeIn(state)).toEqual([MADE]);
    const moved = { ...MADE, privateKeyFile: '/home/u/keys/foo' };
    await addToLedger(state, moved);
    expect(await madeIn(state)).toEqual([moved]);
  });

  it.each([
    ['', null],
    ['null', null],
    ['[]', null],
    ['{"__proto__":{"version":1}}', null],
    [{ version: 2 }, null],
    [{ name: 'a\u001b[31m' }, null],
    [{ name: 7 }, null],
    [{ name: 'x'.repeat(301) }, null],
    [{ sandbox: 'no' }, null],
    [{ fingerprint: 'MD5:00' }, null],
    [{ privateKeyFile: 'foo' }, null],
    [{ privateKeyFile: '/home/../etc/passwd' }, null],
    [{ madeAt: 'yesterday' }, null],
    [{ fingerprint: null, privateKeyFile: null, id: null, profile: null }, 'foo'],
  ])('takes %j for %j', (fields, name) => {
    const text = typeof fields === 'string' ? fields : JSON.stringify({ version: 1, ...MADE, ...fields });
    expect(readMade(text)?.name ?? null).toBe(name);
  });

  it('knows a pair by its id, and by its name where one of both has none', () => {
    expect(isMade(MADE, { ...MADE, name: 'bar' })).toBe(true);
    expect(isMade(MADE, { ...MADE, id: 'skey-other' })).toBe(false);
    expect(isMade(MADE, { ...MADE, id: null })).toBe(true);
    expect(isMade(MADE, { ...MADE, id: null, name: 'bar' })).toBe(false);
    expect(isMade(MADE, { ...MADE, sandbox: true })).toBe(false);
    expect(isMade(MADE, { ...MADE, endpoint: 'http://127.0.0.1:1' })).toBe(false);
  });
});
