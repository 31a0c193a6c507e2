import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Owner } from '../../../src/storage/intent.ts';
import {
  claimRotation,
  isRotating,
  openRotation,
  readRotation,
  readRotations,
  type Rotation,
} from '../../../src/storage/rotation-file.ts';
import { ROTATION } from '../../support/rotation.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const USER = { home: '/', platform: 'linux' };
const SELF: Owner = { pid: 77, host: ROTATION.host, startTime: null };
const RUNNING = { self: SELF, now: () => new Date(), isAlive: () => false };

describe('the file of a rotation', () => {
  let state: string;
  beforeEach(() => {
    state = path.join(temporaryDirectory(), 'state');
  });
  const names = (): readonly string[] => readdirSync(path.join(state, 'rotations'));

  it('is private, and holds what was last changed', async () => {
    const entry = await openRotation(state, ROTATION, USER);
    expect(statSync(entry.file).mode & 0o777).toBe(0o600);
    const on = (id: string) => (rotation: Rotation) => ({
      ...rotation,
      servers: rotation.servers.map((one) => (one.id === id ? { ...one, state: 'proven' as const } : one)),
    });
    await Promise.all([entry.change(on('ins-1')), entry.change(on('ins-2'))]);
    expect(names()).toHaveLength(1);
    const [found] = await readRotations(state, 'linux');
    expect(found?.rotation?.servers.map((one) => one.state)).toEqual(['proven', 'proven']);
    await entry.close();
    expect(names()).toEqual([]);
  });

  it('goes to one of many processes, which finds it as it is', async () => {
    const entry = await openRotation(state, ROTATION, USER);
    await entry.change((rotation) => ({ ...rotation, stage: 'made' }));
    const [open] = await readRotations(state, 'linux');
    const claims = await Promise.all([1, 2, 3, 4, 5].map((pid) => claimRotation(state, open!, { ...SELF, pid }, USER)));
    const won = claims.filter((claim) => claim !== null);
    expect(won).toHaveLength(1);
    expect(won[0]?.rotation.stage).toBe('made');
    await won[0]?.change((rotation) => ({ ...rotation, stage: 'switching' }));
    await won[0]?.release();
    expect(names()).toEqual([path.basename(entry.file)]);
    expect((await readRotations(state, 'linux'))[0]?.rotation?.stage).toBe('switching');
  });

  it('belongs to its process while that runs', async () => {
    await openRotation(state, ROTATION, USER);
    const [open] = await readRotations(state, 'linux');
    expect(isRotating(open!, RUNNING)).toBe(false);
    const elsewhere = { ...RUNNING, self: { ...SELF, host: 'elsewhere' } };
    expect(isRotating(open!, elsewhere)).toBe(true);
    const later = { ...elsewhere, now: () => new Date(Date.now() + 3_600_000) };
    expect(isRotating(open!, later)).toBe(false);
  });

  it('is refused when others may have written it', async () => {
    const { file } = await openRotation(state, ROTATION, USER);
    symlinkSync(file, path.join(state, 'rotations', '20261121100000-000000000000.json'));
    chmodSync(file, 0o622);
    const found = await readRotations(state, 'linux');
    expect(found.map((one) => (one.rotation === null ? one.problem : 'read'))).toEqual([
      'it is a link',
      'others may write it',
    ]);
  });

  it('of a newer version is left alone', async () => {
    const { file } = await openRotation(state, ROTATION, USER);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"version":1', '"version":2'));
    const [found] = await readRotations(state, 'linux');
    expect(found).toMatchObject({ rotation: null, problem: expect.stringContaining('newer version') as string });
  });

  it.each<readonly [string, object]>([
    ['a path that climbs', { newFile: '/home/u/../.ssh/foo' }],
    ['a private key in place of a public one', { oldPublicKey: '-----BEGIN OPENSSH PRIVATE KEY-----' }],
    ['a key line with a comment, which may be anything', { newPublicKey: 'ssh-ed25519 AAAA $(reboot)' }],
    ['an unknown stage', { stage: 'done' }],
    ['a server without a user', { servers: [{ id: 'ins-1', via: 'agent', state: 'proven' }] }],
    ['a control character in a name', { name: 'foo\u001b[2J' }],
  ])('is none with %s', (_what, change) => {
    const text = (fields: object): string => JSON.stringify({ version: 1, ...ROTATION, ...fields });
    expect(readRotation(text({}))).toEqual(ROTATION);
    expect(readRotation(text(change))).toBeNull();
  });
});
