import { constants, type Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import path from 'node:path';

interface GuardedFile {
  readonly bytes: Buffer;
  /** The permission bits, `0o600`; for a link, those of its target. */
  readonly mode: number;
  readonly mtime: Date;
}

/** Why a file is not read. `foreign`: it belongs to another user; `writable`: others may write it. */
export type Refusal = 'not a file' | 'too long' | 'foreign' | 'writable';

/**
 * Reads a small regular file and never blocks: a FIFO or a device in its place is opened without blocking and closed
 * again. If links are followed, only a regular file is opened.
 *
 * @param limit the longest file, in bytes.
 * @param owner the user who must own it and be the only one who may write it; null: any user.
 * @throws what the file system throws; `ELOOP` for a link that is refused.
 */
export async function readGuarded(
  file: string,
  limit: number,
  links: 'follow' | 'refuse',
  owner: number | null = null,
): Promise<GuardedFile | Refusal> {
  const refusalOf = (found: Stats): Refusal | null => {
    if (!found.isFile()) return 'not a file';
    if (owner !== null && found.uid !== owner) return 'foreign';
    if (owner !== null && (found.mode & 0o022) !== 0) return 'writable';
    return found.size > limit ? 'too long' : null;
  };
  const before = links === 'follow' ? refusalOf(await stat(file)) : null;
  if (before !== null) return before;
  const noFollow = links === 'refuse' ? constants.O_NOFOLLOW : 0;
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | noFollow);
  try {
    const found = await handle.stat();
    const refusal = refusalOf(found);
    if (refusal !== null) return refusal;
    // Read to the end of the file, whatever its size: some file systems report 0.
    let bytes = Buffer.alloc(found.size + 1);
    let length = 0;
    for (let last = -1; last !== 0; length += last) {
      if (length > limit) return 'too long';
      if (length === bytes.length) {
        const more = Math.min(bytes.length + 4096, limit + 1 - length);
        bytes = Buffer.concat([bytes, Buffer.alloc(more)]);
      }
      last = (await handle.read(bytes, length, bytes.length - length, length)).bytesRead;
    }
    return { bytes: bytes.subarray(0, length), mode: found.mode & 0o777, mtime: found.mtime };
  } finally {
    await handle.close();
  }
}

/** Whether a field of an entry has a valid value. */
export type FieldCheck = (value: unknown) => boolean;

/** A text of one line without control characters, of 300 characters at most. */
export function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[^\p{Cc}\p{Cs}]{1,300}$/u.test(value);
}

/** True or false. */
export function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

/** A time of ISO 8601, of 30 characters at most. */
export function isTime(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 30 && /^\d{4}-/.test(value) && !isNaN(Date.parse(value));
}

/** A whole number from 0 to `most`. */
export function isCount(value: unknown, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

/** The SHA256 fingerprint of a key, as `ssh-keygen -l` prints it. */
export function isFingerprint(value: unknown): value is string {
  return typeof value === 'string' && /^SHA256:[A-Za-z0-9+/]{43}$/.test(value);
}

/** An absolute, normalised path of at most 4096 characters. */
export function isPath(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= 4096 &&
    !value.includes('\0') &&
    path.isAbsolute(value) &&
    path.normalize(value) === value
  );
}

/** A check that also accepts null. */
export function orNull(check: FieldCheck): FieldCheck {
  return (value) => value === null || check(value);
}

/** The fields of an entry's JSON text; null if it is no object. */
export function fieldsOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : null;
  } catch {
    return null;
  }
}

/** The fields that have a check, if all pass; else null. An absent field is undefined. */
export function checkedFields<T>(
  checks: { readonly [K in keyof T]: FieldCheck },
  fields: Readonly<Record<string, unknown>>,
): T | null {
  const names = Object.keys(checks);
  const picked = Object.fromEntries(names.map((name) => [name, fields[name]])) as {
    readonly [K in keyof T]: unknown;
  };
  return passes<T>(checks, picked) ? picked : null;
}

/** Whether every field of an entry passes its check. */
export function passes<T>(
  checks: { readonly [K in keyof T]: FieldCheck },
  value: { readonly [K in keyof T]: unknown },
): value is T & typeof value {
  return (Object.keys(checks) as (keyof T)[]).every((field) => checks[field](value[field]));
}
