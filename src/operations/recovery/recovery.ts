import { stateDirectory } from '../../paths.ts';
import { t } from '../../i18n/t.ts';
import type { Session } from '../../cli/session.ts';
import { type Intent, type Owner, ownerOf } from '../../storage/intent.ts';
import {
  claimEntry,
  isUnderWay,
  type OpenEntry,
  type ReadableEntry,
  readEntries,
  type Running,
} from '../../storage/journal.ts';
import { printable } from '../../sanitize.ts';
import type { Connections } from '../../connection/connect.ts';
import { KeypairError } from '../../errors.ts';
import { askPassphrase, type KeyPassphrase, type PassphraseSource } from '../key-passphrase.ts';
import { recreateCommand } from './command-line.ts';
import { diagnose } from './diagnose.ts';
import { type Diagnosis, type Findings, needsPassphrase, type Repair, type Unfinished } from './types.ts';
import { repair } from './repair.ts';

/** All entries in this machine's journal, the oldest first, including those in progress. Reads one directory. */
export function findOpen({ context }: Session): Promise<readonly OpenEntry[]> {
  return readEntries(stateDirectory(context), context.platform);
}

/** What this machine knows about running processes, for {@link isUnderWay}. */
export function runningHere({ context }: Session): Running {
  let self: Owner | undefined;
  return {
    // Lazy: most commands do not need it.
    get self() {
      return (self ??= ownerOf(context));
    },
    now: context.now,
    isAlive: context.isAlive,
  };
}

/** Which process works on an entry, in one line that is safe to print. */
export function underWay({ intent, claim }: ReadableEntry, { self }: Running): string {
  const name = printable(intent.name, 100);
  const { pid, host } = claim ?? intent;
  // Process ids of other machines mean nothing here.
  const who = host === self.host ? t`process ${pid}` : t`a process of another machine or container`;
  return claim === null ? t`${name} is being made (${who})` : t`${name} is being finished (${who})`;
}

/**
 * Finds out what happened to an entry: checks this machine and asks the cloud by exact name. Changes nothing.
 *
 * @param signal stops the checks. What is unknown by then stays unknown.
 * @throws KeypairError only `CANCELLED`, if the user interrupts.
 */
export async function explain(
  session: Session,
  connections: Connections,
  entry: OpenEntry,
  signal: AbortSignal = session.context.interrupts.signal,
): Promise<Unfinished> {
  const plain = { entry, repairs: [], hints: [] };
  const offered = (diagnosis: Diagnosis, repairs: readonly Repair[]): Unfinished['repairs'] =>
    repairs.map((one) => ({
      ...one,
      apply: (until) => runRepair(session, connections, entry, diagnosis, one.id, { signal: until }),
    }));
  if (entry.intent === null) {
    const diagnosis = 'unreadable';
    const file = printable(entry.file);
    const remove: Repair = { id: 'forget', title: t`remove ${file}`, consent: 'person' };
    const repairs = entry.file.endsWith('.json') ? offered(diagnosis, [remove]) : [];
    return {
      ...plain,
      diagnosis,
      message: t`${file} is not a valid journal entry: ${entry.problem}`,
      repairs,
    };
  }
  const running = runningHere(session);
  if (isUnderWay(entry, running)) return { ...plain, diagnosis: 'under way', message: underWay(entry, running) };
  const { diagnosis, message, repairs, hints } = await diagnose(session, connections, entry.intent, signal);
  return { entry, diagnosis, message, repairs: offered(diagnosis, repairs), hints };
}

/** The hint while another process works on an entry. */
export const WAIT = t`wait for it to end, and try again`;

/** Another process has claimed an entry to finish it. Earlier findings about it no longer hold. */
export class TakenByAnother extends KeypairError {
  constructor({ intent, file }: OpenEntry) {
    const what = printable(intent?.name ?? file, 100);
    super('CONFLICT', t`another process is finishing ${what}`, { hints: [WAIT] });
  }
}

/**
 * Does a repair that {@link diagnose} offered. Only one process does it: it claims the entry, checks the diagnosis
 * again, acts, and closes the entry.
 *
 * @param limits `named`: as {@link diagnose}; `signal`: stops the checks; `passphrase`: for a key that is published,
 *   by default asked for if the key is to have one.
 * @returns what was done, in one line that is safe to print.
 * @throws TakenByAnother if another process has the entry; KeypairError `CONFLICT` if the state has changed since;
 * errors of the service and the disk. The entry then stays.
 */
export async function runRepair(
  session: Session,
  connections: Connections,
  entry: OpenEntry,
  diagnosis: Diagnosis,
  id: Repair['id'],
  limits: {
    readonly named?: string | null;
    readonly signal?: AbortSignal | undefined;
    readonly passphrase?: PassphraseSource | null;
  } = {},
): Promise<string> {
  const { interrupts } = session.context;
  const { named = null, signal = interrupts.signal, passphrase = null } = limits;
  const claim = await claimEntry(entry, runningHere(session).self);
  if (claim === null) throw new TakenByAnother(entry);
  let closed = false;
  try {
    const { intent } = entry;
    let done = t`removed ${printable(entry.file)}`;
    if (intent !== null) {
      const found = await diagnose(session, connections, intent, signal, named);
      if (found.diagnosis !== diagnosis || !found.repairs.some((one) => one.id === id)) {
        throw found.error ?? new KeypairError('CONFLICT', t`things have changed meanwhile: ${found.message}`);
      }
      const wanted = await passphraseFor(session, intent, found, id, passphrase);
      done = await interrupts.hold(
        () => repair(session, intent, found, id, wanted),
        () => {
          session.warn(t`this is under way: it ends when it is safe`);
        },
      );
    }
    await claim.close();
    closed = true;
    return done;
  } finally {
    if (!closed) await claim.release();
  }
}

/**
 * The passphrase of a key that a repair publishes.
 *
 * @param given by the flags of this command; null: ask, if the key is to have one.
 * @throws KeypairError `CONFLICT` if it cannot ask, with a command line; `CANCELLED`.
 */
async function passphraseFor(
  session: Session,
  intent: Intent,
  { key }: Findings,
  id: Repair['id'],
  given: PassphraseSource | null,
): Promise<KeyPassphrase | null> {
  if (key === null || key.encrypted || (id !== 'publish' && id !== 'upload')) return null;
  if (given !== null) return given();
  if (!needsPassphrase(intent, key)) return null;
  if (session.interactive) return askPassphrase(session);
  const name = printable(intent.name, 100);
  throw new KeypairError(
    'CONFLICT',
    t`the private key of ${name} is to have a passphrase, and it cannot be asked for here`,
    {
      hints: [t`finish it or start over: ${recreateCommand(session, intent)}`],
    },
  );
}
