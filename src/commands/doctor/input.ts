import { readLocalKeys, type LocalKeys } from '../../storage/key-directory.ts';
import { stateDirectory } from '../../paths.ts';
import type { KeypairError } from '../../errors.ts';
import type { Session } from '../../cli/session.ts';
import { type LedgerEntry, readLedger } from '../../storage/ledger-file.ts';
import type { Services } from '../../connection/connect.ts';
import { keyDirectory, keysHere } from '../../cli/key-directory.ts';
import type { Finding } from './finding.ts';
import type { CloudLook } from './look.ts';

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
  cloud(): Promise<CloudLook>;
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

/** Makes the input of one run. */
export function checkInput(
  session: Session,
  services: Services,
  rest: Pick<CheckInput, 'asked' | 'brokenProfile' | 'localOnly'> & { readonly keyDir: string | undefined },
  look: (session: Session, services: Services) => Promise<CloudLook>,
): CheckInput {
  const { context } = session;
  const { keyDir, ...plain } = rest;
  const directory = keyDirectory(session, keyDir);
  const keys = new Map<string, Promise<LocalKeys>>();
  let ledger: Promise<readonly LedgerEntry[]> | null = null;
  let cloud: Promise<CloudLook> | null = null;
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
    cloud: () => (cloud ??= look(session, services)),
  };
}
