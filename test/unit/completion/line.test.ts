import { describe, expect, it } from 'vitest';
import { BIND_OPTIONS } from '../../../src/commands/binding-flags.ts';
import { readLine } from '../../../src/completion/line.ts';
import { GLOBAL_FLAGS } from '../../../src/cli/global-flags.ts';

describe('readLine', () => {
  it('takes no value of a flag for an argument', () => {
    for (const { flags } of [...GLOBAL_FLAGS, ...BIND_OPTIONS]) {
      const value = flags.includes('<') ? ['value'] : [];
      for (const name of flags.match(/(?<=^|, )--?[a-z-]+/g) ?? []) {
        expect(readLine(['attach', name, ...value, 'web', '']).plain, name).toEqual(['attach', 'web', '']);
      }
    }
  });

  it('knows a flag in each of its forms, and ends with --', () => {
    const { flags, plain, last } = readLine(['-pecs', 'show', '--region=cn-x', '--site', 'intl', '--', '-p']);
    expect({ flags, plain, last }).toEqual({
      flags: { provider: 'ecs', region: 'cn-x', site: 'intl' },
      plain: ['show', '-p'],
      last: '-p',
    });
    expect(readLine(['show', '--sandbox', '-p']).flags).toEqual({ sandbox: true, provider: '' });
  });
});
