import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PROGRAM } from './program.ts';
import { temporaryDirectory } from './temporary.ts';

/**
 * The built program as a package of its own, away from this repository's node_modules.
 *
 * @param keytar the source of a module that takes keytar's place; null: none is installed.
 * @returns its entry.
 */
export function installedProgram(keytar: string | null): string {
  const root = path.dirname(path.dirname(PROGRAM));
  const directory = temporaryDirectory();
  for (const part of ['bin', 'dist']) cpSync(path.join(root, part), path.join(directory, part), { recursive: true });
  if (keytar !== null) {
    const home = path.join(directory, 'node_modules', 'keytar');
    mkdirSync(home, { recursive: true });
    writeFileSync(path.join(home, 'index.js'), keytar);
  }
  return path.join(directory, 'bin', 'keypair.js');
}
