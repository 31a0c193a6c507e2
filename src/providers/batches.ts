import { KeypairError } from '../errors.ts';
import type { ItemOutcome } from './types.ts';

/** Items in pieces of at most `size`, in order; none of nothing. */
export function chunksOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** How to do one thing to many items. */
export interface BatchAction<T> {
  /** Most items that one request takes. */
  readonly size: number;
  /** What an item is called in its outcome. */
  nameOf(item: T): string;
  /**
   * Does it to these items with one request. Gives null or an error for each, in order.
   *
   * @throws KeypairError for all of them.
   */
  act(items: readonly T[]): Promise<readonly (KeypairError | null)[]>;
  /**
   * Whether an item that is refused alone, after it was refused in a batch, shows by this that the batch had done it
   * all the same: not every service does all of a batch or nothing.
   */
  succeededAnyway?(item: T, alone: KeypairError, together: KeypairError): boolean;
}

/**
 * Does one thing to many items in batches; an outcome for each, in order. When a batch of several is refused for what
 * may concern one of them only, each is tried alone, so that each gets its own answer; never when the batch may have
 * been carried out.
 *
 * @throws KeypairError `AUTH` or `CANCELLED`, when the very first request fails with it and nothing was changed.
 */
export async function inBatches<T>(
  items: readonly T[],
  action: BatchAction<T>,
): Promise<readonly ItemOutcome[]> {
  const errors: (KeypairError | null)[] = [];
  for (const batch of chunksOf(items, action.size)) {
    const together = await attempt(action, batch);
    if (!(together instanceof KeypairError)) {
      errors.push(...together);
    } else if (batch.length > 1 && concernsOne(together)) {
      for (const item of batch) errors.push(await alone(action, item, together));
    } else {
      if (errors.length === 0 && concernsAll(together)) throw together;
      errors.push(...batch.map(() => together));
    }
  }
  return items.map((item, index) => ({ item: action.nameOf(item), error: errors[index] ?? null }));
}

/** What came of a batch: an answer for each item, or the one error for all of them. */
async function attempt<T>(
  action: BatchAction<T>,
  batch: readonly T[],
): Promise<readonly (KeypairError | null)[] | KeypairError> {
  try {
    return await action.act(batch);
  } catch (error) {
    if (error instanceof KeypairError) return error;
    throw error;
  }
}

async function alone<T>(
  action: BatchAction<T>,
  item: T,
  together: KeypairError,
): Promise<KeypairError | null> {
  const outcome = await attempt(action, [item]);
  const error = outcome instanceof KeypairError ? outcome : (outcome[0] ?? null);
  return error !== null && action.succeededAnyway?.(item, error, together) === true ? null : error;
}

function concernsOne({ code, outcome, throttled }: KeypairError): boolean {
  return outcome === 'none' && !throttled && ['CONFLICT', 'NOT_FOUND', 'USAGE'].includes(code);
}

function concernsAll({ code, outcome }: KeypairError): boolean {
  return outcome === 'none' && (code === 'AUTH' || code === 'CANCELLED');
}
