import { describe, expect, it } from 'vitest';
import { isGlob, nameMatcher } from '../../../src/operations/all-key-pairs.ts';

describe('name patterns', () => {
  it.each([
    ['web-*', 'web-01', true],
    ['web-*', 'web-', true],
    ['web-*', 'my-web-01', false],
    ['*', '', true],
    ['db?', 'db1', true],
    ['db?', 'db12', false],
    ['a.b', 'a.b', true],
    ['a.b', 'axb', false],
    ['a:b_[c]+(d)|{e}^$\\', 'a:b_[c]+(d)|{e}^$\\', true],
    ['k*y', 'k\ny', true],
    ['ключ-?', 'ключ-1', true],
    ['?', '😀', true],
  ])('%j and %j: %s', (pattern, name, fits) => {
    expect(nameMatcher(pattern)(name)).toBe(fits);
  });

  it('knows which have wildcards', () => {
    expect(isGlob('foo')).toBe(false);
    expect(isGlob('f*')).toBe(true);
    expect(isGlob('f?o')).toBe(true);
  });
});
