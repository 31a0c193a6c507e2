import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { expect, test } from 'vitest';

const SANDBOX = resolve(import.meta.dirname, '../../../sandbox');

test('the sandbox imports nothing but itself and a few light modules of Node: it shares no mistake with the client', () => {
  const outside = new Set<string>();
  for (const file of readdirSync(SANDBOX, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const path = resolve(SANDBOX, file);
    for (const [, always, lazy] of readFileSync(path, 'utf8').matchAll(/\bfrom '([^']+)'|\bimport\('([^']+)'\)/g)) {
      const from = always ?? lazy ?? '';
      const inside = from.startsWith('.') && resolve(path, '..', from).startsWith(`${SANDBOX}/`);
      if (!inside) outside.add(from);
    }
  }
  expect([...outside].sort()).toEqual([
    ...['node:child_process', 'node:crypto', 'node:fs', 'node:http', 'node:https', 'node:net', 'node:os', 'node:path'],
    'node:util',
  ]);
});
