import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import { freshContents, type Contents, type Shelf, type Shelves } from './shelf.ts';
import { isContents } from './stored.ts';

/**
 * Shelves in a folder, which several sandboxes may use at once.
 *
 * The contents of `<folder>/<service>/<region>` are a row of versions, `1.json`, `2.json`, … of which the last counts.
 * A version is written aside and then linked to the next number. Of several that try for one number one gets it, and
 * the others begin again from what it wrote: nothing is lost, nobody waits for a lock that a dead process holds, and
 * nobody sees half a file. On a file system without hard links the version is written in its place, exclusively, and who
 * finds half of it waits. Folders are 0700, files 0600, whatever the umask. A version that cannot be read is passed over.
 */
export function fileShelves(folder: string): Shelves {
  const shelves = new Map<string, Shelf>();
  return (service, region) => {
    const place = join(folder, service, region);
    const shelf = shelves.get(place) ?? fileShelf(place, freshContents(service));
    shelves.set(place, shelf);
    return shelf;
  };
}

/** Older versions stay this long, and this many of them, for those who are in the middle of reading them. */
const KEPT = { milliseconds: 2000, versions: 16 };

/** How long a version that cannot be read may still be in the writing, in milliseconds. */
const WRITING_MS = 1000;

interface Latest {
  /** The numbers that there are, smallest first. */
  readonly versions: readonly number[];
  readonly contents: Contents;
}

function fileShelf(folder: string, fresh: Contents): Shelf {
  const file = (version: number): string => join(folder, `${version}.json`);
  // A version never changes; its mark tells it from one of the same number after the folder was emptied.
  let known: { readonly mark: string; readonly contents: Contents } | null = null;

  function load(version: number): Contents | 'broken' | 'unfinished' {
    const { ino, mtimeMs, size } = statSync(file(version));
    const mark = `${version} ${ino} ${mtimeMs} ${size}`;
    if (known?.mark === mark) return known.contents;
    const contents = parse(readFileSync(file(version), 'utf8'));
    if (contents === null) return Math.abs(Date.now() - mtimeMs) < WRITING_MS ? 'unfinished' : 'broken';
    known = { mark, contents };
    return contents;
  }

  function latest(): Latest {
    for (;;) {
      const versions = versionsIn(folder);
      const found = attempt('ENOENT', () => {
        for (const version of versions.toReversed()) {
          const contents = load(version);
          if (contents !== 'broken') return contents;
        }
        return fresh;
      });
      if (found === 'unfinished') sleep(2);
      // Null: what was listed a moment ago has been tidied away, so there is a later one.
      else if (found !== null) return { versions, contents: found };
    }
  }

  /** @returns whether this became the version after the last one of `versions`. */
  function publish(contents: Contents, versions: readonly number[]): boolean {
    const last = versions.at(-1) ?? 0;
    makeFolder(folder);
    if (last === 0) {
      attempt('EEXIST', () => {
        write(file(0), fresh);
      });
    }
    const draft = join(folder, `.${randomUUID()}`);
    try {
      write(draft, contents);
      if (attempt('EEXIST', () => (put(draft, file(last + 1), contents), true)) === null) return false;
    } finally {
      rmSync(draft, { force: true });
    }
    // Who slept so long that the numbers after `last` came and went has filled a gap that nobody looks at.
    if (!existsSync(file(last))) {
      rmSync(file(last + 1), { force: true });
      return false;
    }
    tidy(versions.slice(0, -KEPT.versions));
    return true;
  }

  function tidy(old: readonly number[]): void {
    for (const version of old) {
      const age = attempt('ENOENT', () => Date.now() - statSync(file(version)).mtimeMs) ?? Infinity;
      if (age < KEPT.milliseconds) return;
      rmSync(file(version), { force: true });
    }
  }

  return {
    read: () => latest().contents,
    update(change) {
      for (;;) {
        const { contents, versions } = latest();
        const changed = change(contents);
        if (changed === contents || publish(changed, versions)) return;
      }
    },
  };
}

function versionsIn(folder: string): readonly number[] {
  const names = attempt('ENOENT', () => readdirSync(folder)) ?? [];
  return names
    .flatMap((name) => (/^\d{1,15}\.json$/.test(name) ? [parseInt(name)] : []))
    .sort((a, b) => a - b);
}

/** Gives a draft its name, which nobody may have. @throws EEXIST */
function put(draft: string, file: string, contents: Contents): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    // Which code says that there are no hard links depends on the file system.
    if (codeOf(error) === 'EEXIST') throw error;
    write(file, contents);
  }
}

/** @throws EEXIST */
function write(file: string, contents: Contents): void {
  writeFileSync(file, `${JSON.stringify(contents)}\n`, { flag: 'wx', mode: 0o600 });
  withMode(file, 0o600);
}

function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  attempt('EEXIST', () => {
    mkdirSync(folder, { mode: 0o700 });
    withMode(folder, 0o700);
  });
}

/** The umask may have taken away what the owner needs. Where there are no modes to change, none is missing. */
function withMode(file: string, mode: number): void {
  if ((statSync(file).mode & mode) !== mode) chmodSync(file, mode);
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function parse(text: string): Contents | null {
  try {
    const value: unknown = JSON.parse(text);
    return isContents(value) ? value : null;
  } catch {
    return null;
  }
}

/** Runs it; gives null for this error code and throws the others. */
function attempt<T>(code: string, run: () => T): T | null {
  try {
    return run();
  } catch (error) {
    if (codeOf(error) === code) return null;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}
