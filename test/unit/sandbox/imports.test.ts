import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { expect, test } from 'vitest';

const SANDBOX = resolve(import.meta.dirname, '../../../sandbox');

test('the sandbox imports nothing but itself and five light modules of Node: it shares no mistake with the client', () => {
  const outside = new Set<string>();
  for (const file of readdirSync(SANDBOX, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const path = resolve(SANDBOX, file);
    for (const [, from = ''] of readFileSync(path, 'utf8').matchAll(/\bfrom '([^']+)'|\bimport\('([^']+)'\)/g)) {
      const inside = from.startsWith('.') && resolve(path, '..', from).startsWith(`${SANDBOX}/`);
      if (!inside) outside.add(from);
    }
  }
  expect([...outside].sort()).toEqual(['node:crypto', 'node:fs', 'node:http', 'node:net', 'node:path']);
});
