import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import {
  type FieldCheck,
  fieldsOf,
  isFingerprint,
  isFlag,
  isPath,
  isTime,
  isWord,
  orNull,
  passes,
} from './read-guarded.ts';
import { mapAtOnce, removeIfThere } from './fs.ts';
import { NOTE_NAME, NOTES_AT_ONCE, readNote, writeNote } from './note-files.ts';

/** A key pair that this machine has made or uploaded. It holds no secret. */
export interface MadePair {
  readonly provider: string;
  readonly region: string;
  /** Scheme, host and port. */
  readonly endpoint: string;
  readonly sandbox: boolean;
  readonly name: string;
  /** Null if the provider's pairs have none, or the service did not return one. */
  readonly id: string | null;
  /** `SHA256:…` of the public key; null if unknown. */
  readonly fingerprint: string | null;
  /** The private key file; null if the key went to stdout, or was never here. */
  readonly privateKeyFile: string | null;
  /** ISO 8601. */
  readonly madeAt: string;
  /** The profile that it was made with. */
  readonly profile: string | null;
  /** A hash of the account or key that signed; null if it was not noted, or nothing permanent identifies it. */
  readonly signer: string | null;
  /** Whether `create` wrote `privateKeyFile`. False for an uploaded key's file, and for entries of older versions. */
  readonly wroteFile: boolean;
}

/** An entry of the ledger, and its file. */
export interface LedgerEntry {
  readonly file: string;
  readonly made: MadePair;
}

/** The fields that identify a pair of a cloud, with the current name and id. */
export type PairKey = Pick<MadePair, 'provider' | 'region' | 'endpoint' | 'sandbox' | 'name' | 'id'>;

/** Longer than any entry, in bytes. */
const LONGEST = 16 * 1024;

/** The most entries that are read: the newest. */
const MOST = 20_000;

/** The directory of the ledger, below the state directory. */
function ledgerDirectory(stateDirectory: string): string {
  return path.join(stateDirectory, 'made');
}

/**
 * Notes that a pair was made here: later this tells which pairs are orphans. Nothing depends on it, so it is not synced
 * and never throws.
 */
export async function addToLedger(stateDirectory: string, made: MadePair): Promise<void> {
  try {
    const directory = ledgerDirectory(stateDirectory);
    const { provider, region, endpoint, sandbox, name, id, fingerprint } = made;
    const file = await writeNote(directory, [provider, region, endpoint, sandbox, id ?? name, fingerprint], made);
    known.get(directory)?.add({ file, made });
  } catch {
    // Without the note an orphan is not recognised: no reason to fail a create that worked.
  }
}

/**
 * The pairs that this machine has made, the oldest first. Reads only files of the directory's owner that nobody else
 * may write, and only entries that this program can have written. Never throws.
 */
export async function readLedger(stateDirectory: string, platform: string): Promise<readonly LedgerEntry[]> {
  const notes = await readNotes(stateDirectory, platform);
  return [...notes.all()].sort((a, b) => (a.made.madeAt < b.made.madeAt ? -1 : 1));
}

/** The entries of a directory, by file and by pair. */
class Notes {
  readonly #byFile = new Map<string, LedgerEntry>();
  /** By the pair's id and name. */
  readonly #byPair = new Map<string, Set<LedgerEntry>>();

  add(entry: LedgerEntry): void {
    this.remove(entry.file);
    this.#byFile.set(entry.file, entry);
    for (const text of idAndName(entry.made)) {
      const same = this.#byPair.get(text);
      if (same === undefined) this.#byPair.set(text, new Set([entry]));
      else same.add(entry);
    }
  }

  remove(file: string): void {
    const entry = this.#byFile.get(file);
    if (entry === undefined) return;
    this.#byFile.delete(file);
    for (const text of idAndName(entry.made)) this.#byPair.get(text)?.delete(entry);
  }

  has(file: string): boolean {
    return this.#byFile.has(file);
  }

  all(): readonly LedgerEntry[] {
    return [...this.#byFile.values()];
  }

  of(pair: PairKey): readonly LedgerEntry[] {
    const found = new Set(idAndName(pair).flatMap((text) => [...(this.#byPair.get(text) ?? [])]));
    return [...found].filter(({ made }) => isMade(made, pair));
  }
}

function idAndName({ id, name }: PairKey): readonly string[] {
  return id === null ? [name] : [id, name];
}

/** The entries that this process has read or written, by directory. */
const known = new Map<string, Notes>();

/** A file never changes under its name, so each is read once; later only the list of names is read again. */
async function readNotes(stateDirectory: string, platform: string): Promise<Notes> {
  const directory = ledgerDirectory(stateDirectory);
  const notes = known.get(directory) ?? new Notes();
  try {
    const { uid } = await lstat(directory);
    const files = new Set((await newest(directory)).map((name) => path.join(directory, name)));
    for (const { file } of notes.all()) if (!files.has(file)) notes.remove(file);
    await mapAtOnce(files, NOTES_AT_ONCE, async (file) => {
      if (notes.has(file)) return;
      const made = await readEntry(file, platform === 'win32' ? null : uid);
      if (made !== null) notes.add({ file, made });
    });
    known.set(directory, notes);
    return notes;
  } catch {
    known.delete(directory);
    return new Notes();
  }
}

/** The names of all files, or of the newest: the names themselves have no date. */
async function newest(directory: string): Promise<readonly string[]> {
  const names = (await readdir(directory)).filter((name) => NOTE_NAME.test(name));
  if (names.length <= MOST) return names;
  const timed: { readonly name: string; readonly at: number }[] = [];
  for (const name of names) {
    const found = await lstat(path.join(directory, name)).catch(() => null);
    if (found !== null) timed.push({ name, at: found.mtimeMs });
  }
  return timed
    .sort((a, b) => b.at - a.at)
    .slice(0, MOST)
    .map(({ name }) => name);
}

/**
 * The entries of a pair that this process has changed. Uses the entries read before, if any: otherwise the cost of each
 * of many deletions would grow with the ledger.
 */
async function notesOfChanged(
  stateDirectory: string,
  platform: string,
  pair: PairKey,
): Promise<readonly LedgerEntry[]> {
  const notes = known.get(ledgerDirectory(stateDirectory)) ?? (await readNotes(stateDirectory, platform));
  return notes.of(pair);
}

/** Removes the entries of a deleted pair. Never throws. */
export async function removeFromLedger(stateDirectory: string, platform: string, pair: PairKey): Promise<void> {
  for (const { file } of await notesOfChanged(stateDirectory, platform, pair)) await forgetEntry(file);
}

/** Notes the new name of a pair. Never throws. */
export async function renameInLedger(
  stateDirectory: string,
  platform: string,
  pair: PairKey,
  name: string,
): Promise<void> {
  for (const { file, made } of await notesOfChanged(stateDirectory, platform, pair)) {
    await forgetEntry(file);
    await addToLedger(stateDirectory, { ...made, name });
  }
}

/** Removes one entry. Never throws. */
export async function forgetEntry(file: string): Promise<void> {
  known.get(path.dirname(file))?.remove(file);
  await removeIfThere(file).catch(() => undefined);
}

/** Whether an entry is about this pair: by id if both have one, else by name. */
export function isMade(made: PairKey, pair: PairKey): boolean {
  return (
    made.provider === pair.provider &&
    made.region === pair.region &&
    made.endpoint === pair.endpoint &&
    made.sandbox === pair.sandbox &&
    (made.id === null || pair.id === null ? made.name === pair.name : made.id === pair.id)
  );
}

/** The current entries of a pair, from all processes, in no order. Never throws. */
export async function notesOf(
  stateDirectory: string,
  platform: string,
  pair: PairKey,
): Promise<readonly LedgerEntry[]> {
  return (await readNotes(stateDirectory, platform)).of(pair);
}

async function readEntry(file: string, owner: number | null): Promise<MadePair | null> {
  const text = await readNote(file, LONGEST, owner);
  return text === null ? null : readMade(text);
}

/**
 * Parses an entry's file.
 *
 * @returns null for anything that this program cannot have written. Never throws.
 */
export function readMade(text: string): MadePair | null {
  const fields = fieldsOf(text);
  if (fields?.['version'] !== 1) return null;
  const made = {
    provider: fields['provider'],
    region: fields['region'],
    endpoint: fields['endpoint'],
    sandbox: fields['sandbox'],
    name: fields['name'],
    id: fields['id'],
    fingerprint: fields['fingerprint'],
    privateKeyFile: fields['privateKeyFile'],
    madeAt: fields['madeAt'],
    profile: fields['profile'],
    signer: fields['signer'] ?? null,
    wroteFile: fields['wroteFile'] ?? false,
  };
  return passes<MadePair>(CHECKS, made) ? made : null;
}

const CHECKS: { readonly [K in keyof MadePair]: FieldCheck } = {
  provider: isWord,
  region: isWord,
  endpoint: isWord,
  sandbox: isFlag,
  name: isWord,
  id: orNull(isWord),
  fingerprint: orNull(isFingerprint),
  privateKeyFile: orNull(isPath),
  madeAt: isTime,
  profile: orNull(isWord),
  signer: orNull(isWord),
  wroteFile: isFlag,
};
