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
import type { Service } from './behaviour.ts';
import {
  type Contents,
  initialContents,
  isContents,
  type Repository,
  type RepositoryFor,
} from './repository.ts';

/**
 * Repositories in a folder, which several sandboxes may use at once.
 *
 * The contents of `<folder>/<service>/<region>` are a row of versions, `1.json`, `2.json`, … of which the last counts.
 * A version is written aside and then linked to the next number. Of several that try for one number one gets it, and
 * the others begin again from what it wrote: nothing is lost, nobody waits for a lock that a dead process holds, and
 * nobody sees half a file. On a file system without hard links the version is written in its place, exclusively, and who
 * finds half of it waits. Each version tells who has written the last ones: so one that slept until what it began from was
 * tidied away knows whether its own version counted. Folders are 0700, files 0600, whatever the umask. A version that cannot be read is passed over.
 */
export function fileRepositories(folder: string): RepositoryFor {
  const repositories = new Map<string, Repository>();
  return (service, region) => {
    const place = join(folder, service, region);
    const repository = repositories.get(place) ?? fileRepository(place, initialContents(service));
    repositories.set(place, repository);
    return repository;
  };
}

/** How many key pairs a state folder holds for one service and region. */
export interface Count {
  readonly service: Service;
  readonly region: string;
  readonly keyPairs: number;
}

const SERVICES: readonly Service[] = ['cvm', 'lighthouse', 'ecs'];

/** Counts the key pairs in a state folder, leaving out empty regions. A folder that is not there holds none. */
export function countKeyPairs(stateDir: string): Promise<readonly Count[]> {
  const repositoryFor = fileRepositories(stateDir);
  const counts = SERVICES.flatMap((service) =>
    folders(join(stateDir, service)).map((region) => ({
      service,
      region,
      keyPairs: repositoryFor(service, region).read().pairs.length,
    })),
  );
  return Promise.resolve(counts.filter(({ keyPairs }) => keyPairs > 0));
}

function folders(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch {
    return [];
  }
}

/** Older versions stay this long, and this many of them, for those who are in the middle of reading them. */
const KEPT = { milliseconds: 2000, versions: 16 };

/** How long a version that cannot be read may still be in the writing, in milliseconds. */
const WRITING_MS = 1000;

/** How many of the latest writers a version tells of: more than ever write while one of them sleeps. */
const WRITERS = 64;

/** Who wrote, and how many versions it had tried to write by then; the latest first. */
type Writers = readonly (readonly [id: string, tries: number])[];

interface Version {
  readonly contents: Contents;
  readonly writers: Writers;
}

interface Latest extends Version {
  /** The numbers that there are, smallest first. */
  readonly versions: readonly number[];
}

function fileRepository(folder: string, fresh: Contents): Repository {
  const file = (version: number): string => join(folder, `${version}.json`);
  // A version never changes; its mark tells it from one of the same number after the folder was emptied.
  let known: { readonly mark: string; readonly found: Version } | null = null;
  const id = randomUUID();
  let tries = 0;

  function load(version: number): Version | 'broken' | 'unfinished' {
    const { ino, mtimeMs, size } = statSync(file(version));
    const mark = `${version} ${ino} ${mtimeMs} ${size}`;
    if (known?.mark === mark) return known.found;
    const found = parse(readFileSync(file(version), 'utf8'));
    if (found === null) return Math.abs(Date.now() - mtimeMs) < WRITING_MS ? 'unfinished' : 'broken';
    known = { mark, found };
    return found;
  }

  function latest(): Latest {
    for (;;) {
      const versions = versionsIn(folder);
      const found = attempt('ENOENT', () => {
        for (const version of versions.toReversed()) {
          const loaded = load(version);
          if (loaded !== 'broken') return loaded;
        }
        return { contents: fresh, writers: [] };
      });
      if (found === 'unfinished') sleep(2);
      // Null: what was listed a moment ago has been tidied away, so there is a later one.
      else if (found !== null) return { versions, ...found };
    }
  }

  /** @returns whether this became the version after the last one of `versions`. */
  function publish(contents: Contents, { versions, writers }: Latest): boolean {
    const last = versions.at(-1) ?? 0;
    makeFolder(folder);
    if (last === 0) {
      attempt('EEXIST', () => {
        write(file(0), textOf(fresh, []));
      });
    }
    const draft = join(folder, `.${randomUUID()}`);
    tries += 1;
    const others = writers.filter(([other]) => other !== id);
    const all: Writers = [[id, tries], ...others];
    const text = textOf(contents, all.slice(0, WRITERS));
    try {
      write(draft, text);
      if (attempt('EEXIST', () => (put(draft, file(last + 1), text), true)) === null) return false;
    } finally {
      rmSync(draft, { force: true });
    }
    if (!existsSync(file(last))) {
      // Who slept long after this has been built upon, and what it began from is tidied away.
      const now = latest();
      const isBuiltUpon = (now.versions.at(-1) ?? 0) > last + 1;
      if (isBuiltUpon && now.writers.some(([one, nth]) => one === id && nth === tries)) return true;
      // Who slept long before, until the numbers after `last` came and went, has filled a gap that nobody looks at.
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
        const found = latest();
        const changed = change(found.contents);
        if (changed === found.contents || publish(changed, found)) return;
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
function put(draft: string, file: string, text: string): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    // Which code says that there are no hard links depends on the file system.
    if (codeOf(error) === 'EEXIST') throw error;
    write(file, text);
  }
}

/** @throws EEXIST */
function write(file: string, text: string): void {
  writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
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

function textOf({ pairs, instances }: Contents, writers: Writers): string {
  return `${JSON.stringify({ pairs, instances, writers })}\n`;
}

function parse(text: string): Version | null {
  try {
    const value: unknown = JSON.parse(text);
    if (!isContents(value)) return null;
    const { pairs, instances } = value;
    // Earlier versions of the sandbox told no writers.
    const writers = 'writers' in value && isWriters(value.writers) ? value.writers : [];
    return { contents: { pairs, instances }, writers };
  } catch {
    return null;
  }
}

function isWriters(value: unknown): value is Writers {
  return (
    Array.isArray(value) &&
    value.every((one) => Array.isArray(one) && typeof one[0] === 'string' && typeof one[1] === 'number')
  );
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
