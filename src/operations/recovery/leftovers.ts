import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Session } from '../../cli/session.ts';
import { isTemporaryName } from '../../storage/fs.ts';
import { readKept } from './kept-answer.ts';
import { findOpen } from './recovery.ts';

/** A file that a create has left and that no entry tells of. */
export interface Leftover {
  readonly file: string;
  /** Whether it was never written: then nothing is lost with it. Else it may hold a private key. */
  readonly empty: boolean;
}

/** What is younger may be of a create that is just about to note its intent, in milliseconds. */
const FRESH_MS = 2 * 3_600_000;

/**
 * Temporary files of a directory that no entry of the journal names and that have lain there for two hours. Never
 * throws; changes nothing.
 */
export async function findLitter(session: Session, directory: string): Promise<readonly Leftover[]> {
  const named = new Set((await findOpen(session)).map(({ intent }) => intent?.temporaryFile));
  const names = await readdir(directory).catch((): string[] => []);
  const found: Leftover[] = [];
  for (const name of names.filter(isTemporaryName).sort()) {
    const file = path.join(directory, name);
    if (named.has(file)) continue;
    const left = await lookAt(file, session.context.now());
    if (left !== null) found.push(left);
  }
  return found;
}

async function lookAt(file: string, now: Date): Promise<Leftover | null> {
  try {
    const found = await lstat(file);
    if (!found.isFile() || Math.abs(now.getTime() - found.mtimeMs) < FRESH_MS) return null;
  } catch {
    return null;
  }
  return { file, empty: (await readKept(file)) === 'empty' };
}
