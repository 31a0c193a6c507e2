import type { Send } from '../http/types.ts';
import type { CredentialSource } from '../providers/credentials.ts';
import type { Site } from '../providers/types.ts';
import type { Secret } from '../secret.ts';

/** What one run needs to search for credentials and to request temporary ones. */
export interface CredentialContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** `linux`, `darwin`, `win32`. */
  readonly platform: string;
  readonly now: () => Date;
  /** A fresh string of 64 lower-case hex digits from a cryptographic source. */
  readonly nonce: () => string;
  /** The program's name for services: `keypair/0.1.0`. */
  readonly sender: string;
  /** The site that the account belongs to. */
  readonly site: Site;
  /** The selected region, the first of several; null for `all`, and if it is unknown. */
  readonly region: () => Promise<string | null>;
  /**
   * Sends to a vendor's STS. URLs name the production hosts; if the user's endpoint is a loopback address, the request
   * goes there.
   */
  readonly send: Send;
  /** Sends to this instance's metadata service: no proxy, one short timeout; else as `send`. */
  readonly metadata: Send;
  /** The searches so far, by vendor and profile: no passphrase is asked for twice. */
  readonly surveys: Map<string, Promise<ProbedPlaces>>;
  /** What `auth login` stored, by profile, vendor and kind of place. */
  readonly stored: Map<string, Promise<CredentialSource | null>>;
  /** Prints a warning on stderr. */
  readonly warn: (line: string) => void;
  /** Asks for a passphrase on the terminal, masked; null without a terminal. */
  readonly askPassphrase: ((question: string) => Promise<Secret>) | null;
}

/** The result of looking in one place. Notes are for people: one line, without secrets. */
export type ProbeResult = (
  | { readonly state: 'found'; readonly source: CredentialSource }
  | { readonly state: 'nothing'; readonly note: string | null }
  /** Credentials that this program cannot use, and what to do about it. */
  | { readonly state: 'skipped'; readonly note: string }
  /** A fault, and where it is. */
  | { readonly state: 'broken'; readonly note: string }
) & {
  /** What to fix, whatever the state: others can read the file. */
  readonly warning?: string | null;
};

/** One place that was searched. */
export interface ProbedPlace {
  readonly title: string;
  readonly state: ProbeResult['state'];
  /** For people: one line, without secrets; or null. */
  readonly note: string | null;
  /** What to fix: others can read the file; or null. */
  readonly warning: string | null;
}

/** The places that were searched, in order, up to the first with credentials. */
export interface ProbedPlaces {
  /** The credentials, with the role of the environment or the profile applied; null if nothing was found. */
  readonly found: CredentialSource | null;
  readonly places: readonly ProbedPlace[];
}

/** A place that may have credentials. */
export interface CredentialPlace {
  /** For people: `~/.tccli/default.credential`. */
  readonly title: string;
  /**
   * Looks in the place. Temporary credentials are requested on first use only.
   *
   * @throws KeypairError `AUTH` only if other places would give other credentials than the user asked for.
   */
  probe(): Promise<ProbeResult>;
}
