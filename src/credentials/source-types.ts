import type { CredentialSource } from '../providers/credentials.ts';

/** What was seen in a place where credentials may be. Notes are for people, one line, without secrets. */
export type Finding = (
  | { readonly state: 'found'; readonly source: CredentialSource }
  | { readonly state: 'nothing'; readonly note: string | null }
  /** Credentials that this program cannot use, and what to do about it. */
  | { readonly state: 'skipped'; readonly note: string }
  /** Something that is not as it should be, and where. */
  | { readonly state: 'broken'; readonly note: string }
) & {
  /** Something about the place that people should mend, whatever is in it: others can read the file. */
  readonly caution?: string | null;
};

/** A place where credentials may be. */
export interface Place {
  /** For people: `~/.tccli/default.credential`. */
  readonly title: string;
  /**
   * Looks, and nothing more: temporary credentials are asked for when they are first needed.
   *
   * @throws KeypairError `AUTH` only where going on would use other credentials than the user has asked for.
   */
  look(): Promise<Finding>;
}
