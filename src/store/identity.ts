import { lstat, stat } from 'node:fs/promises';

/** Which file or directory it is, whatever path leads there: as stat(2) tells it. */
export interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** Whether two are one and the same. */
export function isSame(one: Identity, other: Identity): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

/** Whether `directory`, through whatever links, still leads to the one that was looked at. False where nothing is there. */
export function leadsTo(directory: string, expected: Identity): Promise<boolean> {
  return stat(directory, { bigint: true }).then(
    (found) => isSame(found, expected),
    () => false,
  );
}

/** Whether `file` is the very file that was looked at: a link to it is not. False where nothing is there. */
export function standsAt(file: string, expected: Identity): Promise<boolean> {
  return lstat(file, { bigint: true }).then(
    (found) => isSame(found, expected),
    () => false,
  );
}
