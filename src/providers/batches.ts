import { causedBy, KeypairError } from '../errors.ts';
import type { ItemOutcome } from './types.ts';

/** Splits items into chunks of at most `size`, in order. No items give no chunks. */
export function chunksOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** How to apply one action to many items. */
export interface BatchAction<T> {
  /** The maximum number of items in one request. */
  readonly size: number;
  /** The name of an item in its outcome. */
  nameOf(item: T): string;
  /**
   * Applies the action to these items with one request. Returns null or an error for each, in order.
   *
   * @throws KeypairError that applies to all items.
   */
  act(items: readonly T[]): Promise<readonly (KeypairError | null)[]>;
  /**
   * Called if an item was refused in a batch and then alone. Whether the second error shows that the batch did process
   * the item: some services process part of a batch and refuse the rest.
   */
  succeededAnyway?(item: T, alone: KeypairError, together: KeypairError): boolean;
}

/**
 * Applies one action to many items in batches. Returns an outcome for each, in order. If a batch is refused and one
 * item may be the cause, each item is tried alone. That never happens if the batch may have been carried out.
 *
 * @throws KeypairError `AUTH` or `CANCELLED` if the first request fails with it and nothing was changed.
 */
export async function inBatches<T>(items: readonly T[], action: BatchAction<T>): Promise<readonly ItemOutcome[]> {
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

/** The result of a batch: an outcome for each item, or one error for all. */
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

async function alone<T>(action: BatchAction<T>, item: T, together: KeypairError): Promise<KeypairError | null> {
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

/**
 * The error for a change of two requests whose second one failed.
 *
 * @param error why; returned as it is if it is not the service's.
 * @param textOf makes the message from the reason.
 */
export function halfDone(error: unknown, textOf: (reason: string) => string): unknown {
  if (!(error instanceof KeypairError)) return error;
  const details = { ...causedBy(error), hints: error.hints, outcome: 'unknown' as const };
  return new KeypairError('PARTIAL', textOf(error.message), details);
}
