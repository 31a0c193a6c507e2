import { createHash, randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Context } from '../../src/context.ts';
import { KeypairError } from '../../src/errors.ts';
import type { Descriptor, KeyPair, ListFilter, Provider } from '../../src/providers/types.ts';
import { isWord } from '../../src/storage/read-guarded.ts';
import {
  type Account,
  CLOCKS_MS,
  earlierNotes,
  type Note,
  NOTE_CHECKS,
  type NoteChecks,
  removeNote,
  writeOwnNote,
} from './notes.ts';

/** The beginning of every name that the suite gives to a key pair. */
export const PREFIX = 'kplive_';

/** A name that nobody else has: 48 random bits. Every provider's name rule accepts it. */
export function freshName(): string {
  return `${PREFIX}${randomBytes(6).toString('hex')}`;
}

/** The note of a name, in a file of its own. It is written before the name is sent, and removed when its pair is gone. */
interface NamedNote extends Note {
  readonly name: string;
}

/** What is known of a name that was given. */
type NotedName = Pick<NamedNote, 'name' | 'region' | 'notedAt'>;

const CHECKS: NoteChecks<NamedNote> = {
  ...NOTE_CHECKS,
  name: (name) => isWord(name) && /^kplive_[0-9a-f]{12}$/.test(name),
};

/** A name that an earlier run has left, or that this one could not delete. */
export interface Left {
  readonly name: string;
  readonly region: string;
  readonly why: string;
  /** The ids of the instances that it is bound to. */
  readonly instances: readonly string[];
}

/** The names that this run and earlier ones have given to key pairs of one service and account. */
export class MadeNames {
  readonly #context: Context;
  readonly #about: Account;
  readonly #onDisk: boolean;
  readonly #own = new Map<string, { readonly note: NotedName; readonly file: string | null }>();
  readonly #answered = new Set<string>();

  /** @param onDisk false for the sandbox of this process, which leaves nothing. */
  constructor(context: Context, about: Account, onDisk: boolean) {
    this.#context = context;
    this.#about = about;
    this.#onDisk = onDisk;
  }

  /** Notes a name before it is sent. @throws KeypairError `USAGE` if it cannot: without a note nothing is made. */
  async add(name: string, region: string, endpoint: URL): Promise<void> {
    const fields = { ...this.#about, region, endpoint: endpoint.origin, name };
    const key = keyOf(fields);
    const own = this.#onDisk
      ? await writeOwnNote<NamedNote>(this.#context, [this.#about, key], fields)
      : { note: { ...fields, notedAt: this.#context.now().toISOString() }, file: null };
    this.#own.set(key, own);
  }

  /** The service has answered: a pair with this name exists by now, or never will. */
  answered(name: string, region: string): void {
    this.#answered.add(keyOf({ name, region }));
  }

  async #forget(key: string): Promise<void> {
    const file = this.#own.get(key)?.file ?? null;
    if (file !== null) await removeNote(file);
    this.#own.delete(key);
  }

  /**
   * The notes of earlier runs with this service, account and endpoint that have ended. From now on this run answers for
   * them.
   *
   * @param endpointIn where this run calls the service in a region.
   * @returns also the names that a run in progress has made.
   */
  async takeOver(
    endpointIn: (region: string) => URL,
  ): Promise<{ readonly left: readonly NotedName[]; readonly busy: readonly string[] }> {
    if (!this.#onDisk) return { left: [], busy: [] };
    const { ended, busy } = await earlierNotes(this.#context, CHECKS, this.#about, endpointIn);
    for (const own of ended) this.#own.set(keyOf(own.note), own);
    return { left: ended.map(({ note }) => note), busy: busy.map(({ name }) => name) };
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
    for (const [key, { note }] of this.#own) {
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
        const instances = remaining.flatMap((pair) => pair.instances ?? []);
        if (remaining.length > 0) left.push({ name, region, why, instances });
        // A request without an answer may still be carried out while its signature is valid.
        const age = this.#context.now().getTime() - Date.parse(note.notedAt);
        if (remaining.length === 0 && (ours.length > 0 || this.#answered.has(key) || age > signatureValidMs + 60_000)) {
          await this.#forget(key);
        }
      } catch (error) {
        if (!(error instanceof KeypairError)) throw error;
        left.push({ name, region, why: error.message, instances: [] });
      }
    }
    return left;
  }
}

function keyOf({ name, region }: Pick<NamedNote, 'name' | 'region'>): string {
  return `${region} ${name}`;
}

function isOurs({ createdAt }: KeyPair, { notedAt }: NotedName): boolean {
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
