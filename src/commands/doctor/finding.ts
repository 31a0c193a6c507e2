import type { Session } from '../../cli/session.ts';
import { keyDirectory } from '../../cli/settings.ts';
import type { Connections } from '../../connection/connect.ts';
import type { Target } from '../../connection/target.ts';
import type { KeypairError } from '../../errors.ts';
import { withLabel } from '../../i18n/t.ts';
import type { PublicKey } from '../../keys/public-key.ts';
import { readPublicKey } from '../../operations/key-pair-record.ts';
import { keysHere } from '../../operations/local-keys.ts';
import type { RepairAction } from '../../operations/recovery/types.ts';
import { stateDirectory } from '../../paths.ts';
import type { KeyPair } from '../../providers/types.ts';
import { printable } from '../../sanitize.ts';
import { type LocalKeys, readLocalKeys } from '../../storage/key-directory.ts';
import { type LedgerEntry, readLedger } from '../../storage/ledger-file.ts';
import type { CloudSurvey } from './survey.ts';

/** A result of a check. */
export interface Finding {
  /** `problem` should be fixed, `note` is for information, `ok` is as expected. */
  readonly level: 'ok' | 'note' | 'problem';
  /** One line, lower case, no full stop, safe to print. */
  readonly message: string;
  /** What to do about it, one line each; safe to print. */
  readonly hints: readonly string[];
  readonly file: string | null;
  readonly provider: string | null;
  readonly region: string | null;
  /** The best one first. */
  readonly fixes: readonly RepairAction[];
  /** Whether the cloud changed, or may have changed, and this machine did not follow. */
  readonly partial: boolean;
}

/** The optional fields of a finding. */
type FindingDetails = Partial<Omit<Finding, 'level' | 'message'>>;

/** Creates a finding; `message` is in the user's language. */
export function finding(level: Finding['level'], message: string, details: FindingDetails = {}): Finding {
  const none = { hints: [], file: null, provider: null, region: null, fixes: [], partial: false };
  return { level, message, ...none, ...details };
}

/**
 * The problem that an error describes, with its hints.
 *
 * @param label the subject, before the message; null if the message names it.
 */
export function problemFrom(
  { message, hints }: KeypairError,
  label: string | null = null,
  details: FindingDetails = {},
): Finding {
  const shown = printable(message, 1000);
  return finding('problem', label === null ? shown : withLabel(label, shown), {
    ...details,
    hints: [...(details.hints ?? []), ...hints.map((hint) => printable(hint, 500))],
  });
}

/** The service that a finding is about. */
export function inService({ descriptor, region }: Target): Pick<Finding, 'provider' | 'region'> {
  return { provider: descriptor.id, region };
}

/** The pairs that the services list, each with the public key that its service returns, or null. */
export async function listedPairs(
  input: CheckInput,
): Promise<readonly { readonly target: Target; readonly pair: KeyPair; readonly told: PublicKey | null }[]> {
  const { services } = await input.cloud();
  return services.flatMap(({ target, pairs }) =>
    (pairs ?? []).map((pair) => ({ target, pair, told: readPublicKey(pair.publicKey) })),
  );
}

/** One check of `doctor`. */
export interface Check {
  /** For scripts; part of the contract. */
  readonly id: string;
  /** For people: one or two words. */
  readonly title: string;
  /** Whether it calls services; if so, `--local-only` skips it. */
  readonly calls: boolean;
  /** Changes nothing. If it throws, the error becomes a problem, and the other checks go on. */
  run(input: CheckInput): Promise<readonly Finding[]>;
}

/** The scope of one run of `doctor`. */
interface Scope {
  /** With the defaults of the profile, if it could be read; prints nothing on stderr. */
  readonly session: Session;
  /** The providers from a flag or variable, as written; null if none were given. */
  readonly asked: string | null;
  /** The error of the profile in use, or null. */
  readonly brokenProfile: KeypairError | null;
  /** Whether calls are forbidden. */
  readonly localOnly: boolean;
  readonly services: Connections;
}

/** The input of the checks. Shared data is read once, when the first check needs it. */
export interface CheckInput extends Scope {
  /** Absolute. */
  readonly keyDirectory: string;
  /** The keys of a directory, by default of the key directory. */
  localKeys(directory?: string): Promise<LocalKeys>;
  /** The pairs that this machine created. */
  ledger(): Promise<readonly LedgerEntry[]>;
  /** The answers of the services; with `localOnly` none is called. */
  cloud(): Promise<CloudSurvey>;
}

/**
 * Creates the input of one run.
 *
 * @param keyDir the flag `--key-dir`.
 */
export function checkInput(scope: Scope, keyDir: string | undefined, survey: () => Promise<CloudSurvey>): CheckInput {
  const { session } = scope;
  const { context } = session;
  const own = keyDirectory(session, keyDir);
  const keys = new Map<string, Promise<LocalKeys>>();
  let ledger: Promise<readonly LedgerEntry[]> | null = null;
  let cloud: Promise<CloudSurvey> | null = null;
  return {
    ...scope,
    keyDirectory: own,
    localKeys: (directory = own) => {
      // The key directory includes keys that were saved elsewhere.
      const found =
        keys.get(directory) ??
        (directory === own ? keysHere(session, directory) : readLocalKeys(directory, context.platform));
      keys.set(directory, found);
      return found;
    },
    ledger: () => (ledger ??= readLedger(stateDirectory(context), context.platform)),
    cloud: () => (cloud ??= survey()),
  };
}
