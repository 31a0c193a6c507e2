import { expect, test } from 'vitest';
import { KeypairError, type ErrorCode, type ErrorDetails } from '../../../src/errors.ts';
import { inBatches, type BatchAction } from '../../../src/providers/batches.ts';
import { failureOf } from './fake-service.ts';

function failure(code: ErrorCode, details: ErrorDetails = {}): KeypairError {
  return new KeypairError(code, `it is ${code}`, details);
}

/** Batches of two of which each is answered by `answer`. */
function doing(
  answer: (batch: readonly string[]) => KeypairError | null,
  wasDone?: NonNullable<BatchAction<string>['succeededAnyway']>,
) {
  const asked: string[] = [];
  const action: BatchAction<string> = {
    size: 2,
    nameOf: (item) => item,
    act: (batch) => {
      asked.push(batch.join(' '));
      const error = answer(batch);
      return error === null ? Promise.resolve(batch.map(() => null)) : Promise.reject(error);
    },
    ...(wasDone === undefined ? {} : { succeededAnyway: wasDone }),
  };
  return { asked, action };
}

const ITEMS = ['a', 'b', 'c'];

async function run(action: BatchAction<string>) {
  return (await inBatches(ITEMS, action)).map(({ item, error }) => [item, error?.code ?? null]);
}

test.each<[ErrorCode, ErrorDetails, boolean]>([
  ['CONFLICT', {}, true],
  ['NOT_FOUND', {}, true],
  ['USAGE', {}, true],
  ['CONFLICT', { outcome: 'unknown' }, false],
  ['NOT_FOUND', { outcome: 'unknown' }, false],
  ['UNAVAILABLE', {}, false],
  ['UNAVAILABLE', { throttled: true }, false],
  ['CONFLICT', { throttled: true }, false],
  ['FAILURE', {}, false],
  ['PARTIAL', { outcome: 'unknown' }, false],
])('%s %j for a batch has each tried alone: %s', async (code, details, alone) => {
  const { asked, action } = doing((batch) => (batch.includes('b') ? failure(code, details) : null));
  expect(await run(action)).toEqual([
    ['a', alone ? null : code],
    ['b', code],
    ['c', null],
  ]);
  expect(asked).toEqual(alone ? ['a b', 'a', 'b', 'c'] : ['a b', 'c']);
});

test('a batch of one is not tried twice', async () => {
  const { asked, action } = doing((batch) => (batch.includes('c') ? failure('CONFLICT') : null));
  expect(await run(action)).toContainEqual(['c', 'CONFLICT']);
  expect(asked).toEqual(['a b', 'c']);
});

test.each(['AUTH', 'CANCELLED'] as const)(
  '%s at the very first is thrown, and later told of the rest',
  async (code) => {
    const first = doing(() => failure(code));
    expect(await failureOf(inBatches(ITEMS, first.action))).toMatchObject({ code });
    expect(first.asked).toEqual(['a b']);
    const later = doing((batch) => (batch.includes('c') ? failure(code) : null));
    expect(await run(later.action)).toEqual([
      ['a', null],
      ['b', null],
      ['c', code],
    ]);
  },
);

test('what may have been done is told of each, and not thrown', async () => {
  const { action } = doing(() => failure('AUTH', { outcome: 'unknown' }));
  expect(await run(action)).toEqual(ITEMS.map((item) => [item, 'AUTH']));
});

test('what a refused batch has done all the same is no failure', async () => {
  const seen: unknown[] = [];
  const { action } = doing(
    (batch) => failure(batch.length > 1 ? 'CONFLICT' : 'NOT_FOUND'),
    (item, alone, together) => {
      seen.push([item, alone.code, together.code]);
      return item === 'a';
    },
  );
  expect(await run(action)).toEqual([
    ['a', null],
    ['b', 'NOT_FOUND'],
    ['c', 'NOT_FOUND'],
  ]);
  // Of c nothing is asked: it was alone from the beginning.
  expect(seen).toEqual([
    ['a', 'NOT_FOUND', 'CONFLICT'],
    ['b', 'NOT_FOUND', 'CONFLICT'],
  ]);
});

test('anything but a KeypairError is a fault of this program, and thrown', async () => {
  const action: BatchAction<string> = {
    size: 2,
    nameOf: (item) => item,
    act: () => Promise.reject(new TypeError('a bug')),
  };
  await expect(inBatches(ITEMS, action)).rejects.toThrow(TypeError);
});
