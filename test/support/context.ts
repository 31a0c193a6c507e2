import { PassThrough } from 'node:stream';
import type { Context } from '../../src/context.ts';
import { Interrupts } from '../../src/interrupts.ts';

/** A context without a terminal, for functions that need a few of its fields. */
export function quietContext(home: string, env: Readonly<Record<string, string | undefined>>): Context {
  const output = { write: (_text: string, done?: () => void) => (done?.(), true) };
  return {
    stdin: new PassThrough().end(),
    stdinIsTTY: false,
    stdout: output,
    stderr: output,
    env,
    platform: process.platform,
    cwd: home,
    home,
    pid: process.pid,
    version: '0.0.0',
    host: 'here',
    isAlive: () => false,
    now: () => new Date(),
    interrupts: new Interrupts(),
    proxyFor: () => '',
  };
}
