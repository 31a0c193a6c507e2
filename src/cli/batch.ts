import type { Session } from './session.ts';
import { KeypairError, SeveralFailures, causedBy } from '../errors.ts';
import { t, withLabel } from '../i18n/t.ts';

/** Several things of one kind that are to be done at the same time. */
export interface Batch<T> {
  readonly items: readonly T[];
  readonly nameOf: (item: T) => string;
  /** What is shown while it runs: `creating 60 key pairs in ap-guangzhou`. */
  readonly doing: string;
  /** How many at once. Few: after Ctrl-C all of these are waited for. */
  readonly atOnce: number;
  /** Whether all others would fail likewise: then no more are begun. */
  readonly isFatal: (error: KeypairError) => boolean;
}

/**
 * Does something to many items with a few workers. What fails is told at once and the rest goes on. After Ctrl-C, and
 * after an error that ends all, no more are begun, those under way are waited for, and the rest is told as not begun.
 *
 * @param act shows its own result. It calls `interrupted` when Ctrl-C comes while it may not be cut, and throws
 * `CANCELLED` only when it has changed nothing.
 * @throws SeveralFailures for what failed and has been told; whatever else `act` threw, once all have ended.
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
    // Its code is the exit code, unless something is in doubt.
    failures.unshift(error);
  }
  if (failures.length > 0) throw new SeveralFailures(failures);
}

/** Says once, at the first interrupt, what is still waited for. */
function warnOnce(session: Session, namesUnderWay: () => readonly string[]): () => void {
  let said = false;
  return () => {
    if (said) return;
    said = true;
    const [name = '', ...more] = namesUnderWay();
    session.warn(
      more.length === 0
        ? t`${name} was requested: waiting until it is safe`
        : t`${more.length + 1} were requested: waiting until they are safe`,
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
 * The error of one of several items, as it is told: with the item's name before it. Where the cloud may have acted
 * all the same, it is `PARTIAL` and says where to look.
 *
 * @param look how to see what became of it, as a hint.
 */
export function itemError(error: KeypairError, item: string, look: string): KeypairError {
  const { message, hints, outcome } = error;
  const open = outcome === 'unknown';
  const what = message;
  return new KeypairError(
    open ? 'PARTIAL' : error.code,
    open ? t`${item}: ${what}; it may have been done all the same` : withLabel(item, what),
    {
      hints: open ? [look, ...hints] : hints,
      ...causedBy(error),
    },
  );
}
