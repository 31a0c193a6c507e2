import { createHash, randomBytes } from 'node:crypto';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Context } from '../../src/context.ts';
import { KeypairError } from '../../src/errors.ts';
import { stateDirectory } from '../../src/paths.ts';
import type { Descriptor, KeyPair, ListFilter, Provider } from '../../src/providers/types.ts';
import { removeIfThere } from '../../src/storage/fs.ts';
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

/** The beginning of every name that the suite gives to a key pair. */
export const PREFIX = 'kplive_';

/** A name that nobody else has: 48 random bits. Every provider's name rule accepts it. */
export function freshName(): string {
  return `${PREFIX}${randomBytes(6).toString('hex')}`;
}

/** The note of a name, in a file of its own. It is written before the name is sent, and removed when its pair is gone. */
export interface Note extends Owner {
  readonly provider: string;
  readonly region: string;
  /** Scheme, host and port. */
  readonly endpoint: string;
  /** A hash of the account. */
  readonly account: string;
  readonly name: string;
  /** ISO 8601. */
  readonly notedAt: string;
}

const CHECKS: { readonly [K in keyof Note]: FieldCheck } = {
  provider: isWord,
  region: isWord,
  endpoint: isWord,
  account: isWord,
  name: (name) => isWord(name) && /^kplive_[0-9a-f]{12}$/.test(name),
  notedAt: isTime,
  pid: (pid) => isCount(pid, 2 ** 31),
  host: orNull(isWord),
  startTime: orNull(isWord),
};

/** A service and an account, as notes tell them apart. */
export type Account = Pick<Note, 'provider' | 'account'>;

/** Longer than any note, in bytes. */
const LONGEST = 4096;

/** How much a service's clock and this machine's may differ, in milliseconds. */
const CLOCKS_MS = 60 * 60_000;

/** A name that an earlier run has left, or that this one could not delete. */
export interface Left {
  readonly name: string;
  readonly region: string;
  readonly why: string;
}

/** The names that this run and earlier ones have given to key pairs of one service and account. */
export class MadeNames {
  readonly #context: Context;
  readonly #about: Account;
  readonly #directory: string | null;
  readonly #own = new Map<string, Note & { readonly file: string | null }>();
  readonly #answered = new Set<string>();

  /** @param onDisk false for the sandbox of this process, which leaves nothing. */
  constructor(context: Context, about: Account, onDisk: boolean) {
    this.#context = context;
    this.#about = about;
    this.#directory = onDisk ? path.join(stateDirectory(context), 'live') : null;
  }

  /** Notes a name before it is sent. @throws what the file system throws: without a note nothing is made. */
  async add(name: string, region: string, endpoint: URL): Promise<void> {
    const owner = ownerOf(this.#context);
    const notedAt = this.#context.now().toISOString();
    const note: Note = { ...this.#about, region, endpoint: endpoint.origin, name, notedAt, ...owner };
    const key = keyOf(note);
    const file = this.#directory === null ? null : await writeNote(this.#directory, [this.#about, key], note);
    this.#own.set(key, { ...note, file });
  }

  /** The service has answered: a pair with this name exists by now, or never will. */
  answered(name: string, region: string): void {
    this.#answered.add(keyOf({ name, region }));
  }

  async #forget(key: string): Promise<void> {
    const note = this.#own.get(key);
    if (note?.file != null) await removeIfThere(note.file);
    this.#own.delete(key);
  }

  /**
   * The notes of earlier runs with this service, account and endpoint that have ended. From now on this run answers for
   * them. Notes of another user, and files that are no notes, do not count.
   *
   * @param endpointIn where this run calls the service in a region.
   * @returns also the names that a run in progress has made.
   */
  async takeOver(
    endpointIn: (region: string) => URL,
  ): Promise<{ readonly left: readonly Note[]; readonly busy: readonly string[] }> {
    if (this.#directory === null) return { left: [], busy: [] };
    const directory = this.#directory;
    const found = await lstat(directory).catch(() => null);
    if (found === null) return { left: [], busy: [] };
    const owner = this.#context.platform === 'win32' ? null : found.uid;
    const self = ownerOf(this.#context);
    const left: Note[] = [];
    const busy: string[] = [];
    for (const name of await readdir(directory)) {
      if (!NOTE_NAME.test(name)) continue;
      const file = path.join(directory, name);
      const note = checkedFields<Note>(CHECKS, fieldsOf((await readNote(file, LONGEST, owner)) ?? '') ?? {});
      if (note?.provider !== this.#about.provider || note.account !== this.#about.account) continue;
      if (note.endpoint !== endpointIn(note.region).origin) continue;
      const age = this.#context.now().getTime() - Date.parse(note.notedAt);
      // Of a process on another machine or before the last boot nothing is known: it has ended after an hour.
      const runs = note.host === self.host ? isRunning(note, self, this.#context.isAlive) : null;
      if (runs ?? age < CLOCKS_MS) busy.push(note.name);
      else {
        left.push(note);
        this.#own.set(keyOf(note), { ...note, file });
      }
    }
    return { left, busy };
  }

  /**
   * Deletes every pair whose name is noted, and looks whether it is gone. A pair that is older than the note of its name
   * is somebody else's, and stays.
   *
   * @param providerIn the service in a region.
   * @returns what is still there, or may be.
   */
  async deleteAll(
    { signatureValidMs }: Descriptor,
    providerIn: (region: string) => Promise<Provider>,
    signal: AbortSignal,
  ): Promise<readonly Left[]> {
    const left: Left[] = [];
    for (const [key, note] of this.#own) {
      const { name, region } = note;
      try {
        const provider = await providerIn(region);
        const ours = (await listed(provider, { name }, signal)).filter((pair) => isOurs(pair, note));
        const outcomes = ours.length === 0 ? [] : await provider.deleteKeyPairs(ours, signal);
        const refused = outcomes.find(({ error }) => error !== null)?.error?.message;
        const look = async (): Promise<readonly KeyPair[]> =>
          (await listed(provider, { name }, signal)).filter((pair) => isOurs(pair, note));
        let remaining = await look();
        // A service may list it for a moment.
        for (let looks = 1; remaining.length > 0 && refused === undefined && looks < 4; looks += 1) {
          await setTimeout(2000, undefined, { signal });
          remaining = await look();
        }
        const why = refused ?? 'it is still listed';
        if (remaining.length > 0) left.push({ name, region, why });
        // A request without an answer may still be carried out while its signature is valid.
        const age = this.#context.now().getTime() - Date.parse(note.notedAt);
        if (remaining.length === 0 && (ours.length > 0 || this.#answered.has(key) || age > signatureValidMs + 60_000)) {
          await this.#forget(key);
        }
      } catch (error) {
        if (!(error instanceof KeypairError)) throw error;
        left.push({ name, region, why: error.message });
      }
    }
    return left;
  }
}

function keyOf({ name, region }: Pick<Note, 'name' | 'region'>): string {
  return `${region} ${name}`;
}

function isOurs({ createdAt }: KeyPair, { notedAt }: Note): boolean {
  return createdAt === null || Date.parse(createdAt) > Date.parse(notedAt) - CLOCKS_MS;
}

/** The pairs that match. */
export async function listed(provider: Provider, filter: ListFilter, signal: AbortSignal): Promise<readonly KeyPair[]> {
  const pairs: KeyPair[] = [];
  for await (const pair of provider.listKeyPairs(filter, signal)) pairs.push(pair);
  return pairs;
}

/** A short hash of an account's number, so that the state directory does not tell it. */
export function accountHash(account: string): string {
  return createHash('sha256').update(account).digest('hex').slice(0, 16);
}
