import { createHash, randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { inOrder, type Shelf, type Shelves, type StoredPair, type Tag } from './shelf.ts';

/**
 * Shelves in a folder, `<folder>/<service>/<region>/<name>.json`, which several sandboxes may use at once: a pair
 * appears whole or not at all, and one name only once. Folders are 0700, files 0600. Files that vanish or hold
 * something else are passed over.
 */
export function fileShelves(folder: string): Shelves {
  return (service, region) => fileShelf(join(folder, service, region));
}

function fileShelf(folder: string): Shelf {
  return {
    list() {
      const names = attempt(() => readdirSync(folder), ['ENOENT']) ?? [];
      const pairs = names.filter((name) => name.endsWith('.json')).map((name) => read(join(folder, name)));
      return inOrder(pairs.filter((pair) => pair !== null));
    },
    add(pair) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      // A link fails where the name is taken, as `wx` does, and never shows half a file.
      const draft = join(folder, `.${randomUUID()}`);
      try {
        writeFileSync(draft, `${JSON.stringify(pair, null, 2)}\n`, { flag: 'wx', mode: 0o600 });
        return attempt(() => (linkSync(draft, join(folder, fileName(pair.name))), true), ['EEXIST']) ?? false;
      } finally {
        rmSync(draft, { force: true });
      }
    },
    remove: (name) => attempt(() => (unlinkSync(join(folder, fileName(name))), true), ['ENOENT']) ?? false,
  };
}

/**
 * The file of a name. Capitals are escaped too, for file systems that do not tell them from small letters; what
 * is still too long for a file name is hashed.
 */
export function fileName(name: string): string {
  const escaped = [...Buffer.from(name)]
    .map((byte) => (/[a-z0-9_-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : escape(byte)))
    .join('');
  return `${escaped.length <= 200 ? escaped : createHash('sha256').update(name).digest('hex')}.json`;
}

function escape(byte: number): string {
  return `%${byte.toString(16).padStart(2, '0')}`;
}

function read(file: string): StoredPair | null {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isStoredPair(value) ? value : null;
  } catch {
    return null;
  }
}

/** Runs it; gives null for these error codes and throws the others. */
function attempt<T>(run: () => T, codes: readonly string[]): T | null {
  try {
    return run();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (typeof code === 'string' && codes.includes(code)) return null;
    throw error;
  }
}

function isStoredPair(value: unknown): value is StoredPair {
  if (typeof value !== 'object' || value === null) return false;
  const pair = value as Partial<Record<keyof StoredPair, unknown>>;
  const texts = [pair.id, pair.name, pair.publicKey, pair.fingerprint, pair.createdAt];
  return (
    [...texts, pair.description, pair.resourceGroupId].every((text) => typeof text === 'string') &&
    typeof pair.projectId === 'number' &&
    Array.isArray(pair.tags) &&
    pair.tags.every(isTag) &&
    Array.isArray(pair.instances) &&
    pair.instances.every((id) => typeof id === 'string')
  );
}

function isTag(value: unknown): value is Tag {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'key' in value && typeof value.key === 'string' && 'value' in value && typeof value.value === 'string'
  );
}
