import { expect, it } from 'vitest';
import { Secret } from '../../src/secret.ts';
import { causedBy, type ErrorDetails, KeypairError, withHints } from '../../src/errors.ts';

const ALL: Required<ErrorDetails> = {
  hints: ['try again'],
  provider: 'tencent',
  region: 'ap-guangzhou',
  providerCode: 'RequestLimitExceeded',
  requestId: '0b5a',
  outcome: 'unknown',
  throttled: true,
  retryAfterMs: 1500,
  final: true,
  answer: new Secret('what came'),
  cause: new Error('why'),
};

it('an error with more hints, and one that it causes, keep every field', () => {
  const error = new KeypairError('UNAVAILABLE', 'the service is busy', ALL);
  const fields: Record<string, unknown> = Object.fromEntries(
    Object.entries(error).filter(([name]) => name !== 'hints'),
  );
  // Whatever is added to the class later is among them.
  expect(Object.keys(fields).sort()).toEqual([
    'answer',
    'code',
    'final',
    'name',
    'outcome',
    'provider',
    'providerCode',
    'region',
    'requestId',
    'retryAfterMs',
    'throttled',
  ]);
  const hinted = withHints(error, ['or wait']);
  expect(Object.fromEntries(Object.entries(hinted))).toEqual({ ...fields, hints: ['try again', 'or wait'] });
  expect(hinted.message).toBe(error.message);
  const caused = new KeypairError('PARTIAL', 'the answer was lost', causedBy(error));
  expect(Object.fromEntries(Object.entries(caused))).toEqual({ ...fields, code: 'PARTIAL', hints: [] });
  expect(caused.cause).toBe(error);
});
