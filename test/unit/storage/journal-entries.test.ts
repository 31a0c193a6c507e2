import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Intent, type Owner, ownerOf } from '../../../src/storage/intent.ts';
import {
  claimEntry,
  isUnderWay,
  type OpenEntry,
  openEntry,
  type ReadableEntry,
  readEntries,
} from '../../../src/storage/journal.ts';
import { INTENT as SOME_INTENT } from '../../support/intent.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const HERE = '0123456789abcdef';
const ELSEWHERE = 'fedcba9876543210';
const NOW = new Date('2026-11-21T12:00:00.000Z');

const INTENT: Intent = { ...SOME_INTENT, startedAt: '2026-11-21T11:59:00.000Z', host: HERE };

/** Where the system does not tell when a process started. */
const BY: Owner = { pid: 8, host: HERE, startTime: null };

describe('a claim', () => {
  let state: string;
  beforeEach(async () => {
    state = path.join(temporaryDirectory(), 'state');
    await openEntry(state, INTENT, { home: state, platform: 'linux' });
  });

  async function only(): Promise<OpenEntry> {
    const [entry, ...more] = await readEntries(state, 'linux');
    expect(more).toEqual([]);
    if (entry === undefined) throw new Error('there is no entry');
    return entry;
  }

  it('is won by one of many', async () => {
    const entry = await only();
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, index) => claimEntry(entry, { pid: 100 + index, host: HERE, startTime: '5' })),
    );
    const [won, ...more] = claims.filter((claim) => claim !== null);
    expect(more).toEqual([]);
    expect(await only()).toMatchObject({ intent: INTENT, claim: { host: HERE, startTime: '5' } });
    await won?.close();
    expect(readdirSync(path.join(state, 'journal'))).toEqual([]);
  });

  it('gives the entry back as it was', async () => {
    const entry = await only();
    await (await claimEntry(entry, BY))?.release();
    expect(await only()).toEqual({ ...entry, touchedAt: new Date(0) });
  });

  it('can be taken over, by one again', async () => {
    await claimEntry(await only(), BY);
    const dead = await only();
    const claims = await Promise.all([9, 10].map((pid) => claimEntry(dead, { ...BY, pid })));
    expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
  });

  it('is had of nothing but an entry', async () => {
    const directory = path.join(state, 'journal');
    const entry = { file: directory, intent: null, problem: 'it cannot be read' };
    expect(await claimEntry(entry, BY)).toBeNull();
    expect(existsSync(directory)).toBe(true);
  });

  it('that was taken over is not given back', async () => {
    const claim = await claimEntry(await only(), BY);
    await claimEntry(await only(), { ...BY, pid: 9 });
    await claim?.release();
    expect(await only()).toMatchObject({ claim: { pid: 9 } });
  });
});

it('of more than 1,000 files shows the newest', async () => {
  const state = path.join(temporaryDirectory(), 'state');
  mkdirSync(path.join(state, 'journal'), { recursive: true });
  for (let count = 0; count < 1001; count += 1) {
    writeFileSync(path.join(state, 'journal', `2025${String(count).padStart(10, '0')}-0123456789ab.json`), '');
  }
  const { file } = await openEntry(state, INTENT, { home: state, platform: 'linux' });
  const entries = await readEntries(state, 'linux');
  expect(entries.at(-1)).toMatchObject({ file, intent: INTENT });
  expect(entries.length).toBeLessThan(1002);
});

describe('an entry is under way', () => {
  const claim = (pid: number, host = HERE): ReadableEntry['claim'] => ({ pid, host, startTime: null });
  const { pid, ppid } = process;
  const self = ownerOf({ pid, host: 'here' });
  const gone = 4_190_000;
  const old = new Date(NOW.getTime() - 8 * 60_000);
  const early = new Date(NOW.getTime() - 3 * 60_000);
  it.each<[string, Partial<Intent>, ReadableEntry['claim'], Date, boolean]>([
    ['while its process lives, however long', self, null, old, true],
    ['and no longer', { ...self, pid: gone }, null, NOW, false],
    ['not when another process has its number now', { ...self, startTime: '1' }, null, NOW, false],
    ['of another machine or container', { pid, host: ELSEWHERE }, null, early, true],
    ['of which only silence tells', { pid, host: ELSEWHERE }, null, old, false],
    ['by an entry of earlier versions', { pid, host: null, startTime: null }, null, early, true],
    ['of which only silence tells, too', { pid, host: null, startTime: null }, null, old, false],
    ['where the system does not tell when a process started', { pid, startTime: null }, null, early, true],
    ['but not for ever', { pid, startTime: null }, null, old, false],
    ['in the hands of who finishes it', { pid: gone }, claim(ppid), early, true],
    ['and not in dead hands, wherever it was begun', { host: ELSEWHERE }, claim(gone), NOW, false],
    ['in the hands of another machine', { pid: gone }, claim(pid, ELSEWHERE), early, true],
    ['also when the clock was set back', { pid, host: ELSEWHERE }, null, new Date(NOW.getTime() + 60_000), true],
  ])('%s', (_title, fields, by, touchedAt, expected) => {
    const here = (owner: ReadableEntry['claim']): ReadableEntry['claim'] =>
      owner?.host === HERE ? { ...owner, host: self.host } : owner;
    const intent = { ...INTENT, host: self.host, ...fields };
    const entry = { file: '/j/1.json', intent, claim: here(by), touchedAt };
    const isAlive = (other: number): boolean => other !== gone;
    expect(isUnderWay(entry, { self, now: () => NOW, isAlive })).toBe(expected);
  });
});
