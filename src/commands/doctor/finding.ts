import type { RepairAction } from '../../operations/recovery/types.ts';
import { keyDirectory, keysHere } from '../../cli/key-directory.ts';
import type { Session } from '../../cli/session.ts';
import type { Services } from '../../connection/connect.ts';
import type { KeypairError } from '../../errors.ts';
import { stateDirectory } from '../../paths.ts';
import { type LocalKeys, readLocalKeys } from '../../storage/key-directory.ts';
import { type LedgerEntry, readLedger } from '../../storage/ledger-file.ts';
import type { CloudSurvey } from './survey.ts';

/** How bad it is: `problem` is to be mended, `note` is good to know, `ok` is as it should be. */
type Level = 'ok' | 'note' | 'problem';

/** What a check has found. */
export interface Finding {
  readonly level: Level;
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
export function finding(level: Level, message: string, details: FindingDetails = {}): Finding {
  const { hints = [], ...others } = details;
  return {
    level,
    message,
    hints,
    file: null,
    provider: null,
    region: null,
    fixes: [],
    partial: false,
    ...others,
  };
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

/** What the checks work with. What several of them need is read once, when the first asks. */
export interface CheckInput {
  /** With the defaults of the profile, where it could be read; silent on stderr. */
  readonly session: Session;
  /** The providers that were asked for by flag or variable, as written; null where none were. */
  readonly asked: string | null;
  /** What is wrong with the configuration: with the profile that was to be used, or null. */
  readonly brokenProfile: KeypairError | null;
  /** Whether nothing may be called. */
  readonly localOnly: boolean;
  readonly services: Services;
  /** Absolute. */
  readonly keyDirectory: string;
  /** The keys of a directory, by default of the key directory. */
  localKeys(directory?: string): Promise<LocalKeys>;
  /** What this machine has made. */
  ledger(): Promise<readonly LedgerEntry[]>;
  /** What the services say; with `localOnly` nobody is asked. */
  cloud(): Promise<CloudSurvey>;
}

/** Makes the input of one run. */
export function checkInput(
  session: Session,
  services: Services,
  rest: Pick<CheckInput, 'asked' | 'brokenProfile' | 'localOnly'> & { readonly keyDir: string | undefined },
  survey: (session: Session, services: Services) => Promise<CloudSurvey>,
): CheckInput {
  const { context } = session;
  const { keyDir, ...plain } = rest;
  const directory = keyDirectory(session, keyDir);
  const keys = new Map<string, Promise<LocalKeys>>();
  let ledger: Promise<readonly LedgerEntry[]> | null = null;
  let cloud: Promise<CloudSurvey> | null = null;
  return {
    ...plain,
    session,
    services,
    keyDirectory: directory,
    localKeys: (asked = directory) => {
      // Keys that were put elsewhere count with those of the key directory.
      const found =
        keys.get(asked) ??
        (asked === directory ? keysHere(session, asked) : readLocalKeys(asked, context.platform));
      keys.set(asked, found);
      return found;
    },
    ledger: () => (ledger ??= readLedger(stateDirectory(context), context.platform)),
    cloud: () => (cloud ??= survey(session, services)),
  };
}
