import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { findLeftovers } from '../../../src/commands/doctor/checks/unfinished.ts';
import type { Session } from '../../../src/cli/session.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const LONG_AGO = new Date('2026-11-20T12:00:00.000Z');

it('finds old temporary files that no entry names, and tells which were never written', async () => {
  const home = temporaryDirectory();
  const context = { home, env: {}, platform: 'linux', now: () => NOW };
  const directory = path.join(home, '.ssh');
  mkdirSync(directory);
  const put = (name: string, content: string | Buffer, at: Date): string => {
    const file = path.join(directory, name);
    writeFileSync(file, content, { mode: 0o600 });
    utimesSync(file, at, at);
    return file;
  };
  const empty = put('.a.0123456789ab.keypair', Buffer.alloc(32_768), LONG_AGO);
  const written = put('.b.0123456789ab.keypair', 'a key', LONG_AGO);
  const recent = put('.c.0123456789ab.keypair', 'a key', new Date(NOW.getTime() - 10_000));
  put('.e.0123456789ab.keypair', 'a key', NOW);
  put('id_rsa', 'a key', LONG_AGO);
  symlinkSync('id_rsa', path.join(directory, '.d.0123456789ab.keypair'));
  expect(await findLeftovers({ context } as unknown as Session, directory)).toEqual([
    { file: empty, empty: true, fresh: false },
    { file: written, empty: false, fresh: false },
    { file: recent, empty: false, fresh: true },
  ]);
  expect(await findLeftovers({ context } as unknown as Session, path.join(home, 'nowhere'))).toEqual([]);
});
