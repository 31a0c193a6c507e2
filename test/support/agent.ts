import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { temporaryDirectory } from './temporary.ts';

/** A real ssh-agent. */
export interface Agent extends AsyncDisposable {
  /** What a program needs to reach it. */
  readonly env: Readonly<Record<string, string>>;
  /** The fingerprints of its keys, as ssh-add lists them. */
  fingerprints(): readonly string[];
}

/** Starts an ssh-agent that ends with the test. */
export async function startAgent(env: Readonly<Record<string, string>> = {}): Promise<Agent> {
  const socket = path.join(temporaryDirectory(), 'agent');
  const child = spawn('ssh-agent', ['-D', '-a', socket], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: 'ignore',
  });
  while (!existsSync(socket)) await wait(10);
  const reach = { SSH_AUTH_SOCK: socket };
  return {
    env: reach,
    fingerprints: () => {
      try {
        const listed = execFileSync('ssh-add', ['-l'], { env: { ...process.env, ...reach }, encoding: 'utf8' });
        return listed.split('\n').flatMap((line) => line.split(' ')[1] ?? []);
      } catch {
        return [];
      }
    },
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await once(child, 'exit');
    },
  };
}
