import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Context } from '../../src/context.ts';
import { stateDirectory } from '../../src/paths.ts';
import { errorCode, mapFsErrors, removeIfThere } from '../../src/storage/fs.ts';
import { isRunning, type Owner, ownerOf } from '../../src/storage/intent.ts';
import { NOTE_NAME, readNote, writeNote } from '../../src/storage/note-files.ts';
import {
  type FieldCheck,
  checkedFields,
  fieldsOf,
  isCount,
  isTime,
  isWord,
  orNull,
} from '../../src/storage/read-guarded.ts';
import { tryOwnDirectory } from '../../src/storage/trial.ts';

/** What every note tells: which run wrote it, and about which service and account. */
export interface Note extends Owner {
  readonly provider: string;
  readonly region: string;
  /** Scheme, host and port. */
  readonly endpoint: string;
  /** A hash of the account. */
  readonly account: string;
  /** ISO 8601. */
  readonly notedAt: string;
}

/** A service and an account, as notes tell them apart. */
export type Account = Pick<Note, 'provider' | 'account'>;

/** The checks of a note's fields. */
export type NoteChecks<T> = { readonly [K in keyof T]: FieldCheck };

/** The checks of the fields that every note has. */
export const NOTE_CHECKS: NoteChecks<Note> = {
  provider: isWord,
  region: isWord,
  endpoint: isWord,
  account: isWord,
  notedAt: isTime,
  pid: (pid) => isCount(pid, 2 ** 31),
  host: orNull(isWord),
  startTime: orNull(isWord),
};

/** Longer than any note, in bytes. */
const LONGEST = 4096;

/** How much a service's clock and this machine's may differ, in milliseconds. */
export const CLOCKS_MS = 60 * 60_000;

const ELSEWHERE = 'set XDG_STATE_HOME to a directory of your own';

function notesDirectory(context: Context): string {
  return path.join(stateDirectory(context), 'live');
}

/**
 * Refuses a directory of notes in which nothing can be written, or in which another user may write. Makes nothing that
 * stays.
 *
 * @throws KeypairError `USAGE`
 */
export async function checkNotes(context: Context): Promise<void> {
  const refusal = await tryOwnDirectory(notesDirectory(context), context, ELSEWHERE);
  if (refusal !== null) throw refusal;
}

/**
 * Writes a note of this run, in place of an earlier one about the same.
 *
 * @param about what it is about.
 * @returns the note, and its file.
 * @throws KeypairError `USAGE` if the directory is not ours alone, or cannot be written in.
 */
export async function writeOwnNote<T extends Note>(
  context: Context,
  about: readonly unknown[],
  fields: Omit<T, keyof Owner | 'notedAt'>,
): Promise<{ readonly note: T; readonly file: string }> {
  await checkNotes(context);
  const note = { ...fields, notedAt: context.now().toISOString(), ...ownerOf(context) } as T;
  const directory = notesDirectory(context);
  const file = await mapFsErrors(directory, () => writeNote(directory, about, note), { hints: [ELSEWHERE] });
  return { note, file };
}

/** Removes a note. @throws KeypairError `USAGE` if it cannot be removed */
export function removeNote(file: string): Promise<void> {
  return mapFsErrors(file, () => removeIfThere(file), { hints: [ELSEWHERE] });
}

/**
 * The notes that earlier runs have written of this service, account and endpoint. Notes of another user, and files that
 * are no notes of this kind, do not count.
 *
 * @param endpointIn where this run calls the service in a region.
 * @returns those of runs that have ended, and those of runs in progress.
 */
export async function earlierNotes<T extends Note>(
  context: Context,
  checks: NoteChecks<T>,
  about: Account,
  endpointIn: (region: string) => URL,
): Promise<{ readonly ended: readonly { readonly note: T; readonly file: string }[]; readonly busy: readonly T[] }> {
  const directory = notesDirectory(context);
  if (!(await isOwn(directory))) return { ended: [], busy: [] };
  const self = ownerOf(context);
  const ended: { note: T; file: string }[] = [];
  const busy: T[] = [];
  for (const name of await readdir(directory)) {
    if (!NOTE_NAME.test(name)) continue;
    const file = path.join(directory, name);
    const note = checkedFields<T>(checks, fieldsOf((await readNote(file, LONGEST, ownUid())) ?? '') ?? {});
    if (note?.provider !== about.provider || note.account !== about.account) continue;
    if (note.endpoint !== endpointIn(note.region).origin) continue;
    const age = context.now().getTime() - Date.parse(note.notedAt);
    // Of a process on another machine or before the last boot nothing is known: it has ended after an hour.
    const runs = note.host === self.host ? isRunning(note, self, context.isAlive) : null;
    if (runs ?? age < CLOCKS_MS) busy.push(note);
    else ended.push({ note, file });
  }
  return { ended, busy };
}

/** This user's id; null on Windows, where files have none. */
function ownUid(): number | null {
  return process.getuid?.() ?? null;
}

/** Whether a directory is there, and is this user's. */
async function isOwn(directory: string): Promise<boolean> {
  try {
    const found = await lstat(directory);
    return found.isDirectory() && (ownUid() ?? found.uid) === found.uid;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
