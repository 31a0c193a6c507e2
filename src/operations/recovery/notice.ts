import type { Unfinished } from './types.ts';
import { setTimeout as wait } from 'node:timers/promises';
import { KeypairError } from '../../errors.ts';
import { joinSentences, t, withLabel } from '../../i18n/t.ts';
import type { Session } from '../../cli/session.ts';
import { isUnderWay, type OpenEntry } from '../../storage/journal.ts';
import { printable } from '../../sanitize.ts';
import { agoText } from '../../ui/relative-time.ts';
import { type Connections, withConnections } from '../../connection/connect.ts';
import { doctorCommand, isSameCloud } from './command-line.ts';
import { evidenceOf } from './evidence.ts';
import { loadAdapters, prepareTargets } from './diagnose.ts';
import { explain, findOpen, runningHere, TakenByAnother } from './recovery.ts';

/** How long to delay an unrelated command while waiting for a service, in milliseconds. */
const PATIENCE_MS = 300;

/** The maximum number of entries to check, each with its own requests. For more, use doctor. */
const MOST = 5;

/** What a command may do about unfinished earlier commands. */
type NoticeMode =
  /** Report what is known on this machine. */
  | 'tell'
  /** Ask the cloud too, as the command itself will, and on a terminal offer to finish. */
  | 'ask';

/**
 * Reports on stderr what earlier commands left unfinished, and offers to finish it. It never fails and hardly delays
 * the command.
 *
 * @throws KeypairError only `CANCELLED`, if the user interrupts.
 */
export async function noticeUnfinished(session: Session, mode: NoticeMode): Promise<void> {
  try {
    const running = runningHere(session);
    const open = (await findOpen(session)).filter((entry) => entry.intent === null || !isUnderWay(entry, running));
    if (open.length === 0) return;
    const shown = open.slice(-MOST);
    if (mode === 'tell') await tellFromHere(session, shown);
    else await withConnections(session, (connections) => askAndOffer(session, connections, shown));
    if (open.length > MOST) session.warn(t`${open.length - MOST} more unfinished: see keypair doctor`);
  } catch (error) {
    if (error instanceof KeypairError && error.code === 'CANCELLED') throw error;
    session.warn(t`an earlier create is unfinished, and could not be checked: see keypair doctor`);
  }
}

async function tellFromHere(session: Session, entries: readonly OpenEntry[]): Promise<void> {
  for (const entry of entries) {
    if (entry.intent === null) {
      session.warn(t`${printable(entry.file)} is not a valid journal entry: ${entry.problem}`);
      continue;
    }
    const { keys, unusable } = await evidenceOf(session, entry.intent, null);
    const file = (keys[0] ?? unusable[0])?.file;
    const what = begun(session, entry);
    const name = printable(entry.intent.name, 100);
    session.warn(
      file === undefined
        ? t`${what}: ${name}; its private key is not here`
        : t`${what}: ${name}; what was received is in ${printable(file)}`,
    );
  }
  for (const command of doctorCommands(session, entries)) session.warn(t`see what happened to it with: ${command}`);
}

async function askAndOffer(session: Session, connections: Connections, entries: readonly OpenEntry[]): Promise<void> {
  const here = entries.filter(({ intent }) => intent === null || isSameCloud(session, intent));
  for (const entry of entries) {
    if (entry.intent === null || here.includes(entry)) continue;
    const what = withLabel(begun(session, entry), printable(entry.intent.name, 100));
    session.info(t`${what}; not checked, since it was to be made elsewhere: ${doctorCommand(session, entry.intent)}`);
  }
  // Ask questions now, before the time limit starts.
  if (session.interactive) await prepareTargets(session, here);
  await loadAdapters(here);
  const found = await session.withSpinner(t`checking what was left unfinished`, () =>
    Promise.all(
      here.map((entry) =>
        Promise.race([explain(session, connections, entry, withinTime(session, PATIENCE_MS + 50)), notChecked(entry)]),
      ),
    ),
  );
  const { settings } = session;
  // `--yes` applies to the command, not to this offer.
  const offering = session.interactive && !settings.quiet && !settings.yes;
  const left: OpenEntry[] = [];
  for (const unfinished of found) {
    if (unfinished.diagnosis === 'under way') continue;
    const [first] = unfinished.repairs;
    if (first?.consent === 'nobody' && first.id !== 'publish') {
      const what = begun(session, unfinished.entry);
      try {
        await first.apply(withinTime(session, PATIENCE_MS));
        session.info(withLabel(what, unfinished.message));
      } catch (error) {
        if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
        // Another process is finishing it: no message needed.
        if (error instanceof TakenByAnother) continue;
        session.warn(withLabel(what, joinSentences([unfinished.message, error.message])));
        left.push(unfinished.entry);
      }
      continue;
    }
    session.warn(withLabel(begun(session, unfinished.entry), unfinished.message));
    if (offering && (await offer(session, unfinished))) continue;
    for (const hint of unfinished.hints) session.warn(hint);
    if (unfinished.hints.length === 0) left.push(unfinished.entry);
  }
  for (const command of doctorCommands(session, left)) session.warn(t`finish it with: ${command}`);
}

function withinTime({ context }: Session, ms: number): AbortSignal {
  return AbortSignal.any([context.interrupts.signal, AbortSignal.timeout(ms)]);
}

function doctorCommands(session: Session, entries: readonly OpenEntry[]): ReadonlySet<string> {
  return new Set(
    entries.map(({ intent }) => (intent === null ? 'keypair doctor --fix' : doctorCommand(session, intent))),
  );
}

async function notChecked(entry: OpenEntry): Promise<Unfinished> {
  await wait(PATIENCE_MS, undefined, { ref: false });
  const name = entry.intent === null ? entry.file : entry.intent.name;
  const message = t`${printable(name, 100)} was not checked: the service did not answer at once`;
  return { entry, diagnosis: 'cannot tell', message, repairs: [], hints: [] };
}

/** @returns whether a repair was done. */
async function offer(session: Session, unfinished: Unfinished): Promise<boolean> {
  const { repairs } = unfinished;
  if (repairs.length === 0) return false;
  const { askChoice } = await import('../../ui/prompts.ts');
  const later = { value: 'later', title: t`later`, note: '' };
  const choices = repairs.map(({ id, title }) => ({ value: id, title, note: '' }));
  const { intent } = unfinished.entry;
  const question =
    intent === null
      ? t`What do you want to do with this entry?`
      : t`What do you want to do with ${printable(intent.name, 100)}?`;
  const answer = await askChoice(session.context, question, [later, ...choices]);
  const action = repairs.find(({ id }) => id === answer);
  if (action === undefined) return false;
  try {
    const done = await session.withSpinner(t`finishing it`, () => action.apply());
    session.info(done);
    return true;
  } catch (error) {
    if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
    session.reportError(error);
    return false;
  }
}

/** `a create that began 3 minutes ago did not end`. */
function begun({ context }: Session, { intent }: OpenEntry): string {
  if (intent === null) return t`an entry of the journal cannot be read`;
  return t`a create that began ${agoText(intent.startedAt, context.now())} did not end`;
}
