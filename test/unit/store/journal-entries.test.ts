import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Intent } from '../../../src/store/intent.ts';
import {
  claimEntry,
  isUnderWay,
  type OpenEntry,
  type ReadableEntry,
  readEntries,
} from '../../../src/store/journal-entries.ts';
import { hostHash, openEntry } from '../../../src/store/journal.ts';
import { INTENT as SOME_INTENT } from '../../support/intent.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const HERE = hostHash('here');
const ELSEWHERE = hostHash('elsewhere');
const NOW = new Date('2026-11-21T12:00:00.000Z');

const INTENT: Intent = { ...SOME_INTENT, startedAt: '2026-11-21T11:59:00.000Z', host: HERE };

describe('a claim', () => {
  let state: string;
  beforeEach(async () => {
    state = path.join(temporaryDirectory(), 'state');
    await openEntry(state, INTENT, 'linux');
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
      Array.from({ length: 20 }, (_, index) => claimEntry(entry, { pid: 100 + index, host: HERE })),
    );
    const [won, ...more] = claims.filter((claim) => claim !== null);
    expect(more).toEqual([]);
    expect(await only()).toMatchObject({ intent: INTENT, claim: { host: HERE } });
    await won?.close();
    expect(readdirSync(path.join(state, 'journal'))).toEqual([]);
  });

  it('gives the entry back as it was', async () => {
    const entry = await only();
    await (await claimEntry(entry, { pid: 8, host: HERE }))?.release();
    expect(await only()).toEqual(entry);
  });

  it('can be taken over, by one again', async () => {
    await claimEntry(await only(), { pid: 8, host: HERE });
    const dead = await only();
    const claims = await Promise.all([9, 10].map((pid) => claimEntry(dead, { pid, host: HERE })));
    expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
  });

  it('is had of nothing but an entry', async () => {
    const directory = path.join(state, 'journal');
    const entry = { file: directory, intent: null, problem: 'it cannot be read' };
    expect(await claimEntry(entry, { pid: 8, host: HERE })).toBeNull();
    expect(existsSync(directory)).toBe(true);
  });
});

describe('an entry is under way', () => {
  const claim = (pid: number, host = HERE, at = NOW): ReadableEntry['claim'] => ({ pid, host, at });
  const old = '2026-11-21T09:59:00.000Z';
  const alive = 7;
  const dead = 8;
  it.each<[string, Partial<Intent>, ReadableEntry['claim'], boolean]>([
    ['while its process lives', { pid: alive }, null, true],
    ['and no longer', { pid: dead }, null, false],
    ['for two hours at most', { pid: alive, startedAt: old }, null, false],
    ['of another machine', { pid: dead, host: ELSEWHERE }, null, true],
    ['of another machine, for two hours', { pid: dead, host: ELSEWHERE, startedAt: old }, null, false],
    ['of no known machine, which is this one', { pid: dead, host: null }, null, false],
    ['in the hands of who finishes it', { pid: dead }, claim(alive), true],
    ['and not in dead hands', { pid: dead }, claim(dead), false],
    ['in the hands of another machine', { pid: dead, startedAt: old }, claim(dead, ELSEWHERE), true],
    ['nor for ever', { pid: dead, startedAt: old }, claim(alive, HERE, new Date(old)), false],
    ['also when the clock was set back', { pid: alive, startedAt: '2026-11-21T14:30:00.000Z' }, null, false],
  ])('%s', (_title, fields, by, expected) => {
    const entry = { file: '/j/1.json', intent: { ...INTENT, ...fields }, claim: by };
    expect(isUnderWay(entry, { host: HERE, now: () => NOW, isAlive: (pid) => pid === alive })).toBe(expected);
  });
});
