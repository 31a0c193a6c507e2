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

/** What a check has found. */
export interface Finding {
  /** How bad it is: `problem` is to be mended, `note` is good to know, `ok` is as it should be. */
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
  /** Whether the cloud has changed, or may have, and this machine has not followed. */
  readonly partial: boolean;
}

/** What of a finding may be left out. */
type FindingDetails = Partial<Omit<Finding, 'level' | 'message'>>;

/** A finding with all that it does not say. What it says is in the user's language. */
export function finding(level: Finding['level'], message: string, details: FindingDetails = {}): Finding {
  const none = { hints: [], file: null, provider: null, region: null, fixes: [], partial: false };
  return { level, message, ...none, ...details };
}

/**
 * A problem that an error tells, with its hints.
 *
 * @param label what it is about, before the message; null: the message says it.
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

/** The pairs that the services list, each with the public key that its service tells, or null. */
export async function listedPairs(
  input: CheckInput,
): Promise<readonly { readonly target: Target; readonly pair: KeyPair; readonly told: PublicKey | null }[]> {
  const { services } = await input.cloud();
  return services.flatMap(({ target, pairs }) =>
    (pairs ?? []).map((pair) => ({ target, pair, told: readPublicKey(pair.publicKey) })),
  );
}

/** One thing that is looked at. */
export interface Check {
  /** For scripts: contract. */
  readonly id: string;
  /** For people: one or two words. */
  readonly title: string;
  /** Whether it calls services: left out with `--local-only`. */
  readonly calls: boolean;
  /** Looks, and changes nothing. One that throws becomes a problem, and does not end the others. */
  run(input: CheckInput): Promise<readonly Finding[]>;
}

/** What one run of `doctor` is about. */
interface Scope {
  /** With the defaults of the profile, where it could be read; silent on stderr. */
  readonly session: Session;
  /** The providers that were asked for by flag or variable, as written; null where none were. */
  readonly asked: string | null;
  /** What is wrong with the configuration: with the profile that was to be used, or null. */
  readonly brokenProfile: KeypairError | null;
  /** Whether nothing may be called. */
  readonly localOnly: boolean;
  readonly services: Connections;
}

/** What the checks work with. What several of them need is read once, when the first asks. */
export interface CheckInput extends Scope {
  /** Absolute. */
  readonly keyDirectory: string;
  /** The keys of a directory, by default of the key directory. */
  localKeys(directory?: string): Promise<LocalKeys>;
  /** What this machine has made. */
  ledger(): Promise<readonly LedgerEntry[]>;
  /** What the services say; with `localOnly` nobody is asked. */
  cloud(): Promise<CloudSurvey>;
}

/**
 * Makes the input of one run.
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
      // Keys that were put elsewhere count with those of the key directory.
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
