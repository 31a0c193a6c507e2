import type { Context } from '../../src/context.ts';
import type { Instance } from '../../src/providers/types.ts';
import { shellWord } from '../../src/sanitize.ts';
import { isWord } from '../../src/storage/read-guarded.ts';
import {
  type Account,
  earlierNotes,
  type Note,
  NOTE_CHECKS,
  type NoteChecks,
  removeNote,
  writeOwnNote,
} from './notes.ts';

/**
 * The key pairs that an instance had. The note is written before another one is bound, and removed when the instance is
 * seen to have them.
 */
interface KeysNote extends Note {
  readonly instance: string;
  /** As {@link Instance.keyPairs}. */
  readonly keys: readonly string[];
}

const CHECKS: NoteChecks<KeysNote> = {
  ...NOTE_CHECKS,
  instance: isWord,
  keys: (keys) => Array.isArray(keys) && keys.every(isWord),
};

/** An instance of which it is not known that it has the keys that it had. */
export type Bare = Pick<KeysNote, 'instance' | 'region' | 'keys'>;

/** What the instances had that this run and earlier ones have bound a key pair to. */
export class HadKeys {
  readonly #context: Context;
  readonly #about: Account;
  readonly #onDisk: boolean;
  readonly #noted = new Map<string, { readonly note: Bare; readonly file: string | null }>();

  /** @param onDisk false for the sandbox of this process, which leaves nothing. */
  constructor(context: Context, about: Account, onDisk: boolean) {
    this.#context = context;
    this.#about = about;
    this.#onDisk = onDisk;
  }

  /** Notes what an instance has. @throws KeypairError `USAGE` if it cannot: without a note nothing is bound. */
  async add({ instance, keys, region }: Bare, endpoint: URL): Promise<void> {
    const fields = { ...this.#about, region, endpoint: endpoint.origin, instance, keys };
    const about = [this.#about, region, 'instance', instance];
    const noted = this.#onDisk
      ? await writeOwnNote<KeysNote>(this.#context, about, fields)
      : { note: fields, file: null };
    this.#noted.set(instance, noted);
  }

  /**
   * Reads the notes of earlier runs with this service, account and endpoint that have ended.
   *
   * @returns the instances that a run in progress uses.
   */
  async takeOver(endpointIn: (region: string) => URL): Promise<readonly string[]> {
    if (!this.#onDisk) return [];
    const { ended, busy } = await earlierNotes(this.#context, CHECKS, this.#about, endpointIn);
    for (const noted of ended) this.#noted.set(noted.note.instance, noted);
    return busy.map(({ instance }) => instance);
  }

  /** The instances that have not been seen with the keys that they had. */
  get bare(): readonly Bare[] {
    return [...this.#noted.values()].map(({ note }) => note);
  }

  /** Forgets an instance if it has what it had. @returns whether it does */
  async forgetIfBack({ id, keyPairs }: Pick<Instance, 'id' | 'keyPairs'>): Promise<boolean> {
    const noted = this.#noted.get(id);
    const back = noted?.note.keys.every((key) => keyPairs?.includes(key)) ?? true;
    if (back) await this.forget(id);
    return back;
  }

  /** Removes the note of an instance. */
  async forget(instance: string): Promise<void> {
    const file = this.#noted.get(instance)?.file ?? null;
    if (file !== null) await removeNote(file);
    this.#noted.delete(instance);
  }
}

/** The command lines that bind the keys again. @param place `-p tencent -r ap-guangzhou` */
export function attachLines({ instance, keys }: Bare, place: string): readonly string[] {
  return keys.map((key) => `keypair attach ${shellWord(key)} ${shellWord(instance)} ${place}`);
}
