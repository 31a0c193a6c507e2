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
import { type Contents, initialContents, isContents, type Repository, type RepositoryFor } from './repository.ts';

/**
 * Repositories in a folder, which several processes may use at once.
 *
 * `<folder>/<service>/<region>` has numbered versions of the contents: `1.json`, `2.json`, … The last one counts. A
 * writer writes a draft and links it to the next number. If another writer was first, it reads that version and tries
 * again. So no update is lost, no lock of a dead process blocks anybody, and readers see whole files. Without hard links
 * the writer creates the version itself, exclusively, and readers wait for an incomplete one. Each version lists its
 * latest writers: a process that slept while others removed its base can still see whether its write counted. Folders
 * are 0700, files 0600, whatever the umask. Readers skip unreadable versions.
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

/** The number of key pairs of one service and region. */
interface Count {
  readonly service: Service;
  readonly region: string;
  readonly keyPairs: number;
}

const SERVICES: readonly Service[] = ['cvm', 'lighthouse', 'ecs', 'swas'];

/** Counts the key pairs in a state folder. It omits empty regions. A missing folder has none. */
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

/** How long, and how many, old versions stay for readers that have listed them. */
const RETAINED = { milliseconds: 2000, versions: 16 };

/** How long an unreadable version may still be incomplete, in milliseconds. */
const WRITING_MS = 1000;

/** How many writers a version lists: more than can write while one of them sleeps. */
const WRITERS = 64;

/** The writers of the latest versions, latest first, and the number of each one's attempts so far. */
type Writers = readonly (readonly [id: string, tries: number])[];

interface Version {
  readonly contents: Contents;
  readonly writers: Writers;
}

interface Latest extends Version {
  /** All version numbers, ascending. */
  readonly versions: readonly number[];
}

function fileRepository(folder: string, fresh: Contents): Repository {
  const file = (version: number): string => join(folder, `${version}.json`);
  // A version never changes. The stamp differs if the folder was emptied and the number used again.
  let cached: { readonly stamp: string; readonly found: Version } | null = null;
  const id = randomUUID();
  let tries = 0;

  function load(version: number): Version | 'broken' | 'unfinished' {
    const { ino, mtimeMs, size } = statSync(file(version));
    const stamp = `${version} ${ino} ${mtimeMs} ${size}`;
    if (cached?.stamp === stamp) return cached.found;
    const found = parse(readFileSync(file(version), 'utf8'));
    if (found === null) return Math.abs(Date.now() - mtimeMs) < WRITING_MS ? 'unfinished' : 'broken';
    cached = { stamp, found };
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
      // Null: the listed files are removed, so a later version exists.
      else if (found !== null) return { versions, ...found };
    }
  }

  /** Writes the next version. @returns false when another writer was first */
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
      if (attempt('EEXIST', () => (publishDraft(draft, file(last + 1), text), true)) === null) return false;
    } finally {
      rmSync(draft, { force: true });
    }
    if (!existsSync(file(last))) {
      // This process slept after its write. Others wrote on top of it and removed its base: the write counts.
      const now = latest();
      const isBuiltUpon = (now.versions.at(-1) ?? 0) > last + 1;
      if (isBuiltUpon && now.writers.some(([one, nth]) => one === id && nth === tries)) return true;
      // This process slept before its write. Later versions came and went: the write filled a gap, it does not count.
      rmSync(file(last + 1), { force: true });
      return false;
    }
    removeOldVersions(versions.slice(0, -RETAINED.versions));
    return true;
  }

  function removeOldVersions(old: readonly number[]): void {
    for (const version of old) {
      const age = attempt('ENOENT', () => Date.now() - statSync(file(version)).mtimeMs) ?? Infinity;
      if (age < RETAINED.milliseconds) return;
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
  return names.flatMap((name) => (/^\d{1,15}\.json$/.test(name) ? [parseInt(name)] : [])).sort((a, b) => a - b);
}

/** Publishes a draft under its final name. @throws EEXIST when the name is taken */
function publishDraft(draft: string, file: string, text: string): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    // Without hard links, the error code depends on the file system.
    if (codeOf(error) === 'EEXIST') throw error;
    write(file, text);
  }
}

/** Creates a file. @throws EEXIST when it exists */
function write(file: string, text: string): void {
  writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
  withMode(file, 0o600);
}

/** Makes a folder, and those above it that are missing, with mode 0700. */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  attempt('EEXIST', () => {
    mkdirSync(folder, { mode: 0o700 });
    withMode(folder, 0o700);
  });
}

/** Restores mode bits that the umask removed. File systems without modes report all bits as set. */
function withMode(file: string, mode: number): void {
  if ((statSync(file).mode & mode) !== mode) chmodSync(file, mode);
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function textOf({ pairs, instances, runs, templates }: Contents, writers: Writers): string {
  return `${JSON.stringify({ pairs, instances, runs, templates, writers })}\n`;
}

function parse(text: string): Version | null {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return null;
    // Earlier releases of the sandbox wrote no writers, runs and templates.
    const value: unknown = { runs: [], templates: [], ...parsed };
    if (!isContents(value)) return null;
    const { pairs, instances, runs, templates } = value;
    const writers = 'writers' in value && isWriters(value.writers) ? value.writers : [];
    return { contents: { pairs, instances, runs, templates }, writers };
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

/** Runs a function. Returns null for errors with this code and throws others. */
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
