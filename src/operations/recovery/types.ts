import type { KeypairError } from '../../errors.ts';
import type { Connection } from '../../connection/connect.ts';
import type { KeyPair } from '../../providers/types.ts';
import type { Intent } from '../../storage/intent.ts';
import type { OpenEntry } from '../../storage/journal.ts';
import type { Evidence, FoundKey } from './evidence.ts';

/**
 * What happened to an unfinished create.
 *
 * - `under way`: a process is working on it, or may be.
 * - `undecided`: the cloud has no such pair, and no key was received; the request may still be carried out.
 * - `never made`: the cloud has no such pair, no key was received, and the request can no longer be carried out.
 * - `key here`: its private key is on this machine.
 * - `key unusable`: something was received, but it is not a usable key.
 * - `key lost`: the pair is proved to be ours, and its private key is not on this machine.
 * - `named`: the user has named the pair to delete.
 * - `not ours`: the pair existed before our request, or has a different key.
 * - `cannot tell`: unknown, such as a pair with that name that nothing proves to be ours.
 * - `unreadable`: the entry itself cannot be read.
 */
export type Diagnosis =
  | 'under way'
  | 'undecided'
  | 'never made'
  | 'key here'
  | 'key unusable'
  | 'key lost'
  | 'named'
  | 'not ours'
  | 'cannot tell'
  | 'unreadable';

/** Whether a key that was found is to have a passphrase, and has none. */
export function needsPassphrase({ passphrase }: Intent, { encrypted, settled }: FoundKey): boolean {
  return passphrase && !encrypted && !settled;
}

/** A way to fix a problem. */
export interface RepairAction {
  /** What it does, for people: `chmod 600 /home/u/.ssh/foo`. */
  readonly title: string;
  /**
   * Who must agree. `nobody`: nothing can be lost; `anybody`: `--yes` is enough; `person`: a user who has read the
   * question.
   */
  readonly consent: 'nobody' | 'anybody' | 'person';
  /**
   * Does the repair.
   *
   * @param signal stops the checks before the repair, if any; by default the user's interrupt.
   * @returns what was done, in one line that is safe to print.
   * @throws KeypairError, and errors of the disk. The problem then remains.
   */
  apply(signal?: AbortSignal): Promise<string>;
}

/** A way to finish an unfinished create. */
export interface Repair extends Pick<RepairAction, 'title' | 'consent'> {
  /**
   * - `publish`: gives the saved key its name.
   * - `upload`: uploads its public key, then publishes the saved key.
   * - `delete`: deletes the pair in the cloud: it is proved to be ours and useless, or the user has named it.
   * - `clean`: removes useless leftovers.
   * - `forget`: removes the entry and nothing else.
   */
  readonly id: 'publish' | 'upload' | 'delete' | 'clean' | 'forget';
}

/** An unfinished create, and what can be done about it. */
export interface Unfinished {
  readonly entry: OpenEntry;
  readonly diagnosis: Diagnosis;
  /** One line for people, safe to print. */
  readonly message: string;
  /** The best repair first; empty if the user can only wait or look. */
  readonly repairs: readonly (Repair & RepairAction)[];
  /** What to do if no repair applies, one line each, safe to print. */
  readonly hints: readonly string[];
}

/** What is known about one intent. */
export interface Findings {
  readonly diagnosis: Diagnosis;
  /** One line for people, safe to print. */
  readonly message: string;
  readonly repairs: readonly Repair[];
  /** What to do if no repair applies, one line each, safe to print. */
  readonly hints: readonly string[];
  /** Null if the service could not be asked. */
  readonly connection: Connection | null;
  /** The pair with that name in the cloud now. */
  readonly pair: KeyPair | null;
  /** The private key of the pair, even if the pair is not in the cloud. */
  readonly key: FoundKey | null;
  /** The intended private key file; null if no file can have that name. */
  readonly destination: string | null;
  readonly evidence: Evidence;
  /** Why the service could not be asked, or null. */
  readonly error: KeypairError | null;
}
