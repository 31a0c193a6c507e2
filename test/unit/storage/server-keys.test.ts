import { chmodSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { noteServerKey, readServerKeys, type ServerKeyNote } from '../../../src/storage/server-keys.ts';
import { modeOf, temporaryDirectory } from '../../support/temporary.ts';

let state: string;
beforeEach(() => {
  state = temporaryDirectory();
});

const NOTE: ServerKeyNote = {
  provider: 'tencent',
  region: 'ap-guangzhou',
  endpoint: 'https://cvm.tencentcloudapi.com',
  sandbox: false,
  instance: 'ins-r8hr2upy',
  user: 'ubuntu',
  fingerprint: `SHA256:${'A'.repeat(43)}`,
  on: true,
};

const read = (): Promise<readonly ServerKeyNote[]> => readServerKeys(state, 'linux');
const files = (): readonly string[] => readdirSync(path.join(state, 'servers'));

describe('notes of keys on servers', () => {
  it('keep what was done last with each key, for this user only', async () => {
    await noteServerKey(state, NOTE);
    await noteServerKey(state, { ...NOTE, user: 'root' });
    await noteServerKey(state, { ...NOTE, on: false });
    expect((await read()).toSorted((a, b) => (a.user < b.user ? -1 : 1))).toEqual([
      { ...NOTE, user: 'root' },
      { ...NOTE, on: false },
    ]);
    for (const name of files()) expect(modeOf(path.join(state, 'servers', name))).toBe(0o600);
  });

  it.each([
    ['another version', { version: 2, ...NOTE }],
    ['a fingerprint that is none', { version: 1, ...NOTE, fingerprint: 'SHA256:x' }],
    ['no instance', { version: 1, ...NOTE, instance: '' }],
  ])('are not read with %s', async (_what, content) => {
    await noteServerKey(state, NOTE);
    writeFileSync(path.join(state, 'servers', files()[0] ?? ''), JSON.stringify(content));
    expect(await read()).toEqual([]);
  });

  it('are not read from a link, or from a file that others may write', async () => {
    await noteServerKey(state, NOTE);
    const file = path.join(state, 'servers', files()[0] ?? '');
    symlinkSync(file, path.join(state, 'servers', `${'0'.repeat(64)}.json`));
    expect(await read()).toEqual([NOTE]);
    chmodSync(file, 0o666);
    expect(await read()).toEqual([]);
  });
});
