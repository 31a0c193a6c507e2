import type { KeypairError } from '../../errors.ts';
import type { Connection } from '../../connection/connect.ts';
import type { KeyPair } from '../../providers/types.ts';
import type { OpenEntry } from '../../storage/journal.ts';
import type { Evidence, FoundKey } from './evidence.ts';

/**
 * What has become of something that was begun.
 *
 * - `under way`: a process is at work on it, or may be.
 * - `undecided`: no such pair is in the cloud, and no key came; the request may still be carried out.
 * - `never made`: no such pair is in the cloud, no key came, and the request can no longer be carried out.
 * - `key here`: its private key is on this machine.
 * - `key unusable`: something came, and it is no key that could be used.
 * - `key lost`: the pair is proved to be ours, and nothing of its private key is here.
 * - `named`: the user has named the pair that is to be deleted.
 * - `not ours`: the pair was there before our request, or has another key than ours.
 * - `cannot tell`: nobody says, as of a pair of that name that nothing proves to be ours.
 * - `unreadable`: the entry itself tells nothing.
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

/** A way to mend something. */
export interface RepairAction {
  /** What it does, for people: `chmod 600 /home/u/.ssh/foo`. */
  readonly title: string;
  /**
   * Who must agree: `nobody`, since nothing can be lost by it; `anybody`, also by `--yes`; a `person`, who has read
   * what it is about.
   */
  readonly consent: 'nobody' | 'anybody' | 'person';
  /**
   * Does it.
   *
   * @param signal ends the looking before anything is done, where there is any; by default the user's interrupt.
   * @returns what was done, in one line that is safe to print.
   * @throws KeypairError, and what the disk refuses; then what was wrong still is.
   */
  apply(signal?: AbortSignal): Promise<string>;
}

/** A way to finish what was begun, as it was found. */
export interface Repair extends Pick<RepairAction, 'title' | 'consent'> {
  /**
   * - `publish`: gives the saved key its name.
   * - `upload`: puts its public half in the cloud, then publishes it.
   * - `delete`: deletes the pair in the cloud: one that is proved ours and nobody can use, or that the user has named.
   * - `clean`: removes what is of no use any more.
   * - `forget`: takes the entry away and leaves everything else.
   */
  readonly id: 'publish' | 'upload' | 'delete' | 'clean' | 'forget';
}

/** Something that was begun and not ended, and what can be done about it. */
export interface Unfinished {
  readonly entry: OpenEntry;
  readonly diagnosis: Diagnosis;
  /** One line for people, safe to print. */
  readonly message: string;
  /** The best one first; none where there is nothing to do but wait, or to look. */
  readonly repairs: readonly (Repair & RepairAction)[];
  /** What to do where no repair does it, one line each, safe to print. */
  readonly hints: readonly string[];
}

/** What was found out of one intent. */
export interface Findings {
  readonly diagnosis: Diagnosis;
  /** One line for people, safe to print. */
  readonly message: string;
  readonly repairs: readonly Repair[];
  /** What to do where no repair does it, one line each, safe to print. */
  readonly hints: readonly string[];
  /** Null where the service could not be asked. */
  readonly connection: Connection | null;
  /** The pair of that name as it is in the cloud now. */
  readonly pair: KeyPair | null;
  /** The private key that belongs to it, or would if it were there. */
  readonly key: FoundKey | null;
  /** Where the private key should stand; null where no file can have that name. */
  readonly destination: string | null;
  readonly evidence: Evidence;
  /** Why the service could not be asked, or null. */
  readonly error: KeypairError | null;
}
