import type { Send } from '../http/types.ts';
import type { CredentialSource } from '../providers/credentials.ts';
import type { Site } from '../providers/types.ts';
import type { Secret } from '../secret.ts';

/** What the search for a vendor's credentials, and the requests for temporary ones, work with in one run. */
export interface CredentialContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** `linux`, `darwin`, `win32`. */
  readonly platform: string;
  readonly now: () => Date;
  /** A fresh string of 64 lower-case hex digits from a cryptographic source. */
  readonly nonce: () => string;
  /** Who sends: `keypair/0.1.0`. */
  readonly sender: string;
  /** The site that the account belongs to. */
  readonly site: Site;
  /** The region in force, the first of several; null for all of them, and where it cannot be told. */
  readonly region: () => Promise<string | null>;
  /** Sends to a vendor's STS. URLs are production's; where the user's endpoint is a loopback address, it is dialled. */
  readonly send: Send;
  /** Sends to this instance's metadata service: no proxy, one short timeout; else as `send`. */
  readonly metadata: Send;
  /** What has been looked up already, by profile: no passphrase is asked for twice. */
  readonly surveys: Map<string, Promise<ProbedPlaces>>;
  /** What `auth login` has stored, by profile and kind of place. */
  readonly stored: Map<string, Promise<CredentialSource | null>>;
  /** Prints a warning on stderr. */
  readonly warn: (line: string) => void;
  /** Asks for a passphrase on the terminal, masked; null without a terminal. */
  readonly askPassphrase: ((question: string) => Promise<Secret>) | null;
}

/** What a place where credentials may be has. Notes are for people: one line, without secrets. */
export type ProbeResult = (
  | { readonly state: 'found'; readonly source: CredentialSource }
  | { readonly state: 'nothing'; readonly note: string | null }
  /** Credentials that this program cannot use, and what to do about it. */
  | { readonly state: 'skipped'; readonly note: string }
  /** Something that is not as it should be, and where. */
  | { readonly state: 'broken'; readonly note: string }
) & {
  /** What people should fix there, whatever is in it: others can read the file. */
  readonly warning?: string | null;
};

/** One place that was looked in. */
export interface ProbedPlace {
  readonly title: string;
  readonly state: ProbeResult['state'];
  /** What people should know of it, in one line without secrets; null where there is nothing to say. */
  readonly note: string | null;
  /** What people should fix there: others can read the file; else null. */
  readonly warning: string | null;
}

/** The places that were looked in, in order, up to the first with credentials. */
export interface ProbedPlaces {
  /** With the role that the environment or the profile asks for already on top; null where there is nothing. */
  readonly found: CredentialSource | null;
  readonly places: readonly ProbedPlace[];
}

/** A place where credentials may be. */
export interface CredentialPlace {
  /** For people: `~/.tccli/default.credential`. */
  readonly title: string;
  /**
   * Looks there. Temporary credentials are requested on first use only.
   *
   * @throws KeypairError `AUTH` only where going on would use other credentials than the user has asked for.
   */
  probe(): Promise<ProbeResult>;
}
