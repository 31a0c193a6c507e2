import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openEntry, readEntries } from '../../../src/storage/journal.ts';
import { INTENT as SOME_INTENT } from '../../support/intent.ts';
import { modeOf, temporaryDirectory } from '../../support/temporary.ts';

const INTENT = { ...SOME_INTENT, tags: { env: 'prod' } };

it('notes an intent in a file of its own, and takes it back when it is followed', async () => {
  const state = path.join(temporaryDirectory(), 'state');
  const intent = INTENT;
  const entry = await openEntry(state, intent, { home: state, platform: 'linux' });
  const other = await openEntry(state, intent, { home: state, platform: 'linux' });
  expect(modeOf(entry.file)).toBe(0o600);
  expect(modeOf(path.join(state, 'journal'))).toBe(0o700);
  expect(JSON.parse(readFileSync(entry.file, 'utf8'))).toEqual({ version: 2, ...intent, passphrase: undefined });
  await entry.note({ keyLost: true });
  expect(JSON.parse(readFileSync(entry.file, 'utf8'))).toMatchObject({ name: 'foo', keyLost: true });
  expect(modeOf(entry.file)).toBe(0o600);
  await entry.close();
  expect(existsSync(entry.file)).toBe(false);
  expect(readdirSync(path.join(state, 'journal'))).toEqual([path.basename(other.file)]);
});

it('keeps an entry whose key is to have a passphrase from programs that know none', async () => {
  const state = path.join(temporaryDirectory(), 'state');
  const entry = await openEntry(state, { ...INTENT, passphrase: true }, { home: state, platform: 'linux' });
  const text = readFileSync(entry.file, 'utf8');
  expect(JSON.parse(text)).toMatchObject({ version: 3, passphrase: true });
  expect(await readEntries(state, 'linux')).toMatchObject([{ intent: { passphrase: true } }]);
  writeFileSync(entry.file, text.replace('"passphrase":true', '"passphrase":1'));
  expect(await readEntries(state, 'linux')).toMatchObject([{ intent: null }]);
});

it('shows no entry that is not whole to who looks meanwhile', async () => {
  const state = path.join(temporaryDirectory(), 'state');
  const writes = Array.from({ length: 50 }, async () => openEntry(state, INTENT, { home: state, platform: 'linux' }));
  let looks = 0;
  for (let count = 0; count < 50; looks += 1) {
    const entries = await readEntries(state, 'linux');
    for (const { intent } of entries) expect(intent).not.toBeNull();
    count = entries.length;
  }
  await Promise.all(writes);
  expect(looks).toBeGreaterThan(1);
});

it('leaves nothing behind when the disk does not take it, and says which place it is', async () => {
  const state = path.join(temporaryDirectory(), 'state');
  writeFileSync(state, '');
  await expect(openEntry(state, INTENT, { home: state, platform: 'linux' })).rejects.toMatchObject({
    code: 'USAGE',
    hints: [expect.stringContaining('XDG_STATE_HOME')],
  });
});

it('says that a newer version wrote an entry', async () => {
  const state = path.join(temporaryDirectory(), 'state');
  const { file } = await openEntry(state, INTENT, { home: state, platform: 'linux' });
  writeFileSync(file, JSON.stringify({ ...INTENT, version: 4 }));
  const [entry] = await readEntries(state, 'linux');
  expect(entry).toMatchObject({ intent: null, problem: expect.stringContaining('newer version') as string });
});
