import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatIntent, type Intent, readIntent } from '../../src/storage/intent.ts';
import { readEntries } from '../../src/storage/journal.ts';
import { INTENT as SOME_INTENT } from '../support/intent.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const STATE = '/home/u/.local/state/keypair';

const INTENT: Intent = { ...SOME_INTENT, tags: { env: 'prod' } };

it('reads what it writes', () => {
  expect(readIntent(formatIntent(INTENT), STATE)).toEqual(INTENT);
});

it('makes an intent or nothing of any text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
      expect(readIntent(text, STATE)).toBeNull();
    }),
  );
});

it('refuses every field that is of another kind', () => {
  const fields = Object.keys(INTENT) as (keyof Intent)[];
  const odd = fc.constantFrom<unknown>([], { a: 1 }, 1.5, -1, '', '\u001b[2J', '\n', 'x'.repeat(5000), undefined);
  fc.assert(
    fc.property(fc.constantFrom(...fields), odd, (field, value) => {
      // The first entries of this version had no such fields.
      fc.pre(!['signer', 'startTime', 'pairId'].includes(field) || value !== undefined);
      expect(readIntent(JSON.stringify({ version: 3, ...INTENT, [field]: value }), STATE)).toBeNull();
    }),
  );
});

it('takes no other field over, whatever its name', () => {
  const text = formatIntent(INTENT).replace('{', '{"__proto__":{"sandbox":true},"constructor":1,');
  expect(readIntent(text, STATE)).toEqual(INTENT);
});

it.each([
  ['/home/u/.ssh/id_rsa', '/home/u/.ssh/foo'],
  ['/home/u/.ssh/.foo.0123456789ab.keypair', '/home/u/.ssh/bar'],
  ['/home/u/.ssh/.foo.0123456789ab.keypair', '/etc/foo'],
  ['/home/u/.ssh/../.foo.0123456789ab.keypair', '/home/u/foo'],
  ['.foo.0123456789ab.keypair', 'foo'],
  ['/home/u/.ssh/.foo.0123456789ab.keypair', null],
  ['/home/u/.ssh/.foo.0123456789ab.keypair\0', '/home/u/.ssh/foo'],
])('refuses files that are not its own: %j %j', (temporaryFile, privateKeyFile) => {
  expect(readIntent(JSON.stringify({ version: 2, ...INTENT, temporaryFile, privateKeyFile }), STATE)).toBeNull();
});

it('takes a key that was to go to stdout from the state directory only', () => {
  const temporaryFile = `${STATE}/stdout/.foo-7.0123456789ab.keypair`;
  const entry = { ...INTENT, temporaryFile, privateKeyFile: null };
  expect(readIntent(formatIntent(entry), STATE)).toEqual(entry);
});

it('tells of any bytes among the entries, and never throws', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
      const state = temporaryDirectory();
      mkdirSync(path.join(state, 'journal'), { mode: 0o700 });
      const file = path.join(state, 'journal', '20261121100000-0123456789ab.json');
      writeFileSync(file, bytes, { mode: 0o600 });
      mkdirSync(path.join(state, 'journal', 'b.json'));
      writeFileSync(path.join(state, 'journal', 'c.json'), 'x'.repeat(70_000), { mode: 0o600 });
      expect(await readEntries(state, 'linux')).toEqual([
        { file, intent: null, problem: 'it is not a journal entry' },
        { file: path.join(state, 'journal', 'b.json'), intent: null, problem: 'it is not a file' },
        { file: path.join(state, 'journal', 'c.json'), intent: null, problem: 'it is too long' },
      ]);
    }),
    { numRuns: 30 },
  );
});

it('finds nothing where there is no journal, and says so where it cannot be read', async () => {
  const state = temporaryDirectory();
  expect(await readEntries(state, 'linux')).toEqual([]);
  writeFileSync(path.join(state, 'journal'), '');
  const problem = 'it cannot be read (ENOTDIR)';
  expect(await readEntries(state, 'linux')).toEqual([{ file: path.join(state, 'journal'), intent: null, problem }]);
});
