import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { build } from 'esbuild';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LockWorld, withLock } from '../../../src/store/lock.ts';
import { modeOf, temporaryDirectory } from '../../support/temporary.ts';

const HERE = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** A process that adds one to a number in a file, again and again, or takes the lock and sits on it. */
const WORKER = `
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { withLock } from './lock.mjs';
const [file, times] = process.argv.slice(2);
const isAlive = (pid) => { try { process.kill(pid, 0); return true; } catch (error) { return error.code === 'EPERM'; } };
const world = { pid: process.pid, platform: process.platform, isAlive, now: () => new Date() };
if (times === 'sit') {
  await withLock(file, world, async () => {
    process.stdout.write('held\\n');
    await setTimeout(600000);
  });
}
for (let i = 0; i < Number(times); i += 1) {
  await withLock(file, world, async () => {
    writeFileSync(file + '.inside', '', { flag: 'wx' });
    const count = Number(readFileSync(file, 'utf8'));
    await setTimeout(Math.random() * 3);
    writeFileSync(file, String(count + 1));
    rmSync(file + '.inside');
  });
}
`;

describe('a lock', () => {
  let file: string;
  let world: LockWorld;
  beforeEach(() => {
    file = path.join(temporaryDirectory(), 'count');
    writeFileSync(file, '0');
    world = { pid: process.pid, platform: process.platform, isAlive: () => true, now: () => new Date() };
  });

  /** Puts a lock in place that somebody holds. */
  function heldBy(host: string, pid: number, of = file): string {
    const name = `held-${host}-${pid}-0123456789ab`;
    mkdirSync(`${of}.lock`);
    writeFileSync(path.join(`${of}.lock`, name), '');
    return name;
  }

  it('lets one in at a time, in one process', async () => {
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 20 }, () =>
        withLock(file, world, async () => {
          most = Math.max(most, (inside += 1));
          await setTimeout(1);
          inside -= 1;
        }),
      ),
    );
    expect(most).toBe(1);
    expect(readdirSync(`${file}.lock`)).toEqual(['free']);
    expect(readdirSync(path.dirname(file)).sort()).toEqual(['count', 'count.lock']);
  });

  it('is nobody else’s to read', async () => {
    await withLock(file, world, () => Promise.resolve());
    expect(modeOf(`${file}.lock`)).toBe(0o700);
    expect(modeOf(path.join(`${file}.lock`, 'free'))).toBe(0o600);
  });

  it('is free again after a failure, which it passes on', async () => {
    await expect(withLock(file, world, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLock(file, world, () => Promise.resolve('yes'))).toBe('yes');
  });

  it('is taken over from a process that has gone, by one', async () => {
    heldBy(HERE, 4242);
    const asked: number[] = [];
    const isAlive = (pid: number): boolean => {
      asked.push(pid);
      return pid !== 4242;
    };
    expect(await withLock(file, { ...world, isAlive }, () => Promise.resolve('mine'))).toBe('mine');
    expect(asked).toContain(4242);
    expect(readdirSync(`${file}.lock`)).toEqual(['free']);
  });

  it('is taken over from an earlier process that had our number', async () => {
    heldBy(HERE, world.pid);
    expect(await withLock(file, world, () => Promise.resolve('mine'))).toBe('mine');
  });

  it('is taken over from another machine after a minute, whatever numbers are alive here', async () => {
    heldBy('00000000', 4242);
    const now = (): Date => new Date(Date.now() + 61_000);
    expect(await withLock(file, { ...world, now }, () => Promise.resolve('mine'))).toBe('mine');
  });

  it('heals where its one file was deleted', async () => {
    mkdirSync(`${file}.lock`);
    expect(await withLock(file, world, () => Promise.resolve('mine'))).toBe('mine');
  });

  it('that a living process holds is waited for, not taken', async () => {
    const waits = [
      { host: HERE, named: 'process 4242' },
      { host: '00000000', named: 'a process of another machine' },
    ].map(async ({ host, named }) => {
      const other = path.join(path.dirname(file), `of-${host}`);
      const name = heldBy(host, 4242, other);
      let ran = false;
      const taken = withLock(other, world, () => Promise.resolve((ran = true)));
      await expect(taken).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: `${other}.lock is held by ${named} for too long`,
      });
      expect(ran).toBe(false);
      expect(readdirSync(`${other}.lock`)).toEqual([name]);
    });
    await Promise.all(waits);
  }, 30_000);

  describe('between processes', () => {
    let script: string;
    beforeAll(async () => {
      const directory = temporaryDirectory();
      await build({
        entryPoints: [path.resolve(import.meta.dirname, '../../../src/store/lock.ts')],
        outfile: path.join(directory, 'lock.mjs'),
        bundle: true,
        platform: 'node',
        format: 'esm',
      });
      script = path.join(directory, 'worker.mjs');
      writeFileSync(script, WORKER);
    });

    function worker(times: number | 'sit'): ChildProcess {
      return spawn(process.execPath, [script, file, String(times)], { stdio: ['ignore', 'pipe', 'inherit'] });
    }

    const exit = (child: ChildProcess): Promise<number | string | null> =>
      new Promise((resolve) => {
        child.once('close', (code, signal) => {
          resolve(code ?? signal);
        });
      });

    it('loses nothing, also where some are killed while they hold it', async () => {
      const workers = Array.from({ length: 8 }, () => exit(worker(25)));
      const killed = Array.from({ length: 4 }, () => {
        const child = worker('sit');
        child.stdout?.once('data', () => child.kill('SIGKILL'));
        return exit(child);
      });
      expect(await Promise.all(killed)).toEqual(Array(4).fill('SIGKILL'));
      expect(await Promise.all(workers)).toEqual(Array(8).fill(0));
      expect(readFileSync(file, 'utf8')).toBe('200');
      await withLock(file, world, () => Promise.resolve());
      expect(readdirSync(`${file}.lock`)).toEqual(['free']);
    }, 60_000);
  });
});
