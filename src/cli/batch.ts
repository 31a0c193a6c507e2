import type { Session } from './session.ts';
import { KeypairError, SeveralFailures, causedBy } from '../errors.ts';
import { t, withLabel } from '../i18n/t.ts';

/** Items of one kind to process concurrently. */
export interface Batch<T> {
  readonly items: readonly T[];
  readonly nameOf: (item: T) => string;
  /** Shown while it runs: `creating 60 key pairs in ap-guangzhou`. */
  readonly doing: string;
  /** How many run at once. Few, because Ctrl-C waits for all of them. */
  readonly atOnce: number;
  /** Whether all other items would fail too: then no more are started. */
  readonly isFatal: (error: KeypairError) => boolean;
}

/**
 * Processes many items with a few workers. Reports each failure at once and goes on. After Ctrl-C or a fatal error it
 * starts no more, waits for those in progress, and reports the rest as not begun.
 *
 * @param act shows its own result. It calls `interrupted` if Ctrl-C arrives while it cannot stop, and throws
 * `CANCELLED` only if it has changed nothing.
 * @throws SeveralFailures for the reported failures; any other error of `act`, once all have ended.
 */
export async function runBatch<T>(
  session: Session,
  batch: Batch<T>,
  act: (item: T, interrupted: () => void) => Promise<void>,
): Promise<void> {
  const { items, nameOf, doing } = batch;
  const queue = [...items];
  const underWay = new Set<T>();
  const notBegun: T[] = [];
  const failures: KeypairError[] = [];
  const bugs: unknown[] = [];
  const end: { by: KeypairError | null } = { by: null };
  const interrupted = warnOnce(session, () => [...underWay].map(nameOf));

  const failed = (item: T, error: KeypairError): void => {
    if (error.code === 'CANCELLED') end.by ??= error;
    if (error.code === 'CANCELLED' || (end.by !== null && batch.isFatal(error))) {
      notBegun.push(item);
      return;
    }
    if (batch.isFatal(error)) end.by = error;
    session.reportError(error);
    failures.push(error);
  };
  await session.withSpinner(doing, async (update) => {
    const work = async (): Promise<void> => {
      while (!session.context.interrupts.requested && end.by === null && bugs.length === 0) {
        const item = queue.shift();
        if (item === undefined) return;
        underWay.add(item);
        try {
          await act(item, interrupted);
        } catch (error) {
          if (error instanceof KeypairError) failed(item, error);
          else bugs.push(error);
        }
        underWay.delete(item);
        if (items.length > 1) update(doing, { done: items.length - queue.length - underWay.size, of: items.length });
      }
    };
    await Promise.all(Array.from({ length: Math.min(batch.atOnce, items.length) }, work));
  });
  if (bugs.length > 0) throw bugs[0];
  const rest = new Set([...notBegun, ...queue]);
  if (rest.size > 0) {
    const names = items.filter((item) => rest.has(item)).map(nameOf);
    const error = tellRest(names, items.length, end.by);
    session.reportError(error);
    // The first failure's code is the exit code, unless an outcome is unknown.
    failures.unshift(error);
  }
  if (failures.length > 0) throw new SeveralFailures(failures);
}

/** Warns once, at the first interrupt, about the items that it waits for. */
function warnOnce(session: Session, namesUnderWay: () => readonly string[]): () => void {
  let said = false;
  return () => {
    if (said) return;
    said = true;
    const [name = '', ...more] = namesUnderWay();
    session.warn(
      more.length === 0
        ? t`waiting for ${name}: its request was sent`
        : t`waiting for ${more.length + 1}: their requests were sent`,
    );
  };
}

function tellRest(names: readonly string[], all: number, by: KeypairError | null): KeypairError {
  if (by === null || by.code === 'CANCELLED') {
    if (names.length === all) return by ?? new KeypairError('CANCELLED', t`cancelled: nothing was called`);
    return new KeypairError('CANCELLED', t`cancelled: ${names.length} of ${all} were not begun`, {
      hints: [t`not begun: ${names.join(' ')}`],
    });
  }
  return new KeypairError(by.code, t`${names.length} of ${all} were not begun`, {
    hints: [t`not begun: ${names.join(' ')}`],
  });
}

/**
 * The error of one of several items, with the item's name. If the cloud may have acted, the code is `PARTIAL`, and a
 * hint says where to look.
 *
 * @param look the hint that shows how to find the outcome.
 */
export function itemError(error: KeypairError, item: string, look: string): KeypairError {
  const { message, hints, outcome } = error;
  const open = outcome === 'unknown';
  const what = message;
  return new KeypairError(
    open ? 'PARTIAL' : error.code,
    open ? t`${item}: ${what}; it may have been done anyway` : withLabel(item, what),
    {
      hints: open ? [look, ...hints] : hints,
      ...causedBy(error),
    },
  );
}
