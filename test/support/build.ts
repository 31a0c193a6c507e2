import { execFileSync } from 'node:child_process';
import path from 'node:path';

/** Vitest's global set-up: the command line tests run the program that users run, so it is built first. */
export function setup(): void {
  execFileSync('node', [path.resolve(import.meta.dirname, '../../scripts/build.js')], { stdio: 'inherit' });
}
