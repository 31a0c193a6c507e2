import { expect, it } from 'vitest';
import { newestFirst } from '../../../src/operations/all-key-pairs.ts';
import type { KeyPair } from '../../../src/providers/types.ts';

function pair(name: string, createdAt: string | null, id: string | null = null): KeyPair {
  return {
    id,
    name,
    publicKey: null,
    fingerprint: null,
    createdAt,
    description: null,
    projectId: null,
    tags: null,
    instances: null,
  };
}

it('puts the newest first, then goes by name and id, whatever order they come in', () => {
  const ordered = [
    pair('new', '2026-11-21T10:00:00+08:00'),
    pair('a', '2026-11-21T01:00:00Z'),
    pair('b', '2026-11-21T01:00:00Z', '1'),
    pair('b', '2026-11-21T01:00:00Z', '2'),
    pair('old', '2026-11-20T01:00Z'),
    pair('unknown', null),
    pair('x', 'yesterday'),
  ];
  expect(ordered.toReversed().sort(newestFirst)).toEqual(ordered);
  expect([...ordered.slice(3), ...ordered.slice(0, 3)].sort(newestFirst)).toEqual(ordered);
});
