import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { caseFold, caseCollisions } from '../../../src/storage/file-name.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

it('finds what differs only by case or Unicode form, of either half', async () => {
  const directory = temporaryDirectory();
  for (const name of ['Web', 'WEB.pub', 'web2', 'web', 'web.pub']) writeFileSync(path.join(directory, name), '');
  expect(await caseCollisions(path.join(directory, 'web'))).toEqual(['WEB.pub', 'Web']);
  expect(await caseCollisions(path.join(directory, 'other'))).toEqual([]);
  expect(await caseCollisions(path.join(directory, 'none', 'web'))).toEqual([]);
});

it('folds names as APFS and NTFS do', () => {
  expect(caseFold('CLE\u0301')).toBe(caseFold('cl\u00e9'));
  expect(caseFold('foo')).not.toBe(caseFold('fo0'));
});
