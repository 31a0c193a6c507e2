import { describe, expect, it } from 'vitest';
import { EMPTY_PROFILE } from '../../src/config/profile.ts';
import { KeypairError } from '../../src/errors.ts';
import { GLOBAL_FLAGS, type OptionSpec } from '../../src/cli/spec.ts';
import { languageOf } from '../../src/i18n/language.ts';
import { resolveSettings } from '../../src/cli/settings.ts';

describe('settings', () => {
  it('has quiet defaults', () => {
    expect(resolveSettings({}, {})).toEqual({
      flags: {},
      chosenProfile: null,
      profile: EMPTY_PROFILE,
      provider: null,
      region: null,
      site: 'cn',
      endpoint: null,
      sandbox: false,
      json: false,
      quiet: false,
      input: true,
      yes: false,
      timeoutMs: 30_000,
      color: true,
      debug: false,
      keyDir: null,
      named: { provider: '--provider', region: '--region', endpoint: '--endpoint' },
    });
  });

  it('takes a flag before its variable, and the variable before the default', () => {
    const env = {
      KEYPAIR_PROVIDER: 'aliyun',
      KEYPAIR_REGION: 'cn-beijing',
      KEYPAIR_SITE: 'intl',
      KEYPAIR_TIMEOUT: '5',
    };
    expect(resolveSettings({}, env)).toMatchObject({
      provider: 'aliyun',
      region: 'cn-beijing',
      site: 'intl',
      timeoutMs: 5000,
    });
    expect(resolveSettings({ provider: 'tencent', timeout: '0.5' }, env)).toMatchObject({
      provider: 'tencent',
      region: 'cn-beijing',
      timeoutMs: 500,
    });
  });

  it('C15: takes a flag before a variable that contradicts it, in both directions', () => {
    const env = { KEYPAIR_ENDPOINT: 'https://example.com' };
    const endpoint = 'https://example.org';
    expect(resolveSettings({ sandbox: true }, env)).toMatchObject({ sandbox: true, endpoint: null });
    const on = { KEYPAIR_SANDBOX: '1' };
    expect(resolveSettings({ endpoint }, on)).toMatchObject({ sandbox: false, endpoint });
    // Both said, or both set: somebody has to choose.
    expect(() => resolveSettings({ sandbox: true, endpoint }, env)).toThrow('--sandbox and --endpoint cannot be used');
    expect(() => resolveSettings({}, { ...env, ...on })).toThrow('KEYPAIR_SANDBOX and KEYPAIR_ENDPOINT cannot be used');
  });

  it('takes a profile after the variables, and before the default', () => {
    const profile = {
      ...EMPTY_PROFILE,
      provider: 'aliyun',
      site: 'intl',
      keyDir: '~/keys',
      region: 'cn-beijing',
    } as const;
    const settings = resolveSettings({}, {}, profile);
    // The vendor's own variable goes between the two: the region is settled with the provider.
    expect(settings).toMatchObject({ provider: 'aliyun', site: 'intl', keyDir: '~/keys', region: null });
    const env = { KEYPAIR_PROVIDER: 'tencent', KEYPAIR_SITE: 'cn', KEYPAIR_KEY_DIR: '/k' };
    expect(resolveSettings({}, env, profile)).toMatchObject({
      provider: 'tencent',
      site: 'cn',
      keyDir: '/k',
    });
  });

  it('takes the name of a profile from flag or variable', () => {
    expect(resolveSettings({}, { KEYPAIR_PROFILE: 'a' }).chosenProfile).toBe('a');
    expect(resolveSettings({ profile: 'b' }, { KEYPAIR_PROFILE: 'a' }).chosenProfile).toBe('b');
  });

  it.each(['1', 'true', 'YES', 'on'])('KEYPAIR_SANDBOX=%s switches on', (value) => {
    expect(resolveSettings({}, { KEYPAIR_SANDBOX: value }).sandbox).toBe(true);
  });

  it.each(['0', 'false', 'no', 'off'])('KEYPAIR_NO_INPUT=%j leaves questions allowed', (value) => {
    expect(resolveSettings({}, { KEYPAIR_NO_INPUT: value }).input).toBe(true);
  });

  const flags = GLOBAL_FLAGS.map(({ flags: notation, values }: OptionSpec) => {
    const [, name = '', value] = /--([a-z-]+)(?: <(.*)>)?$/.exec(notation) ?? [];
    // Commander's name for `--no-color` is color, and false.
    const key = name.replace(/^no-/, '');
    const text = values?.[1] ?? { timeout: '7', endpoint: 'https://example.org' }[key] ?? 'aliyun';
    const given = value === undefined ? key === name : text;
    return { name, key, given, text: value === undefined ? '1' : text, value: value !== undefined };
  });

  it.each(flags)('has a variable for --$name, which does the same', ({ name, key, given, text, value }) => {
    const variable = `KEYPAIR_${name.toUpperCase().replaceAll('-', '_')}`;
    const byVariable = resolveSettings({}, { [variable]: text });
    const byFlag = resolveSettings({ [key]: given }, {});
    const named = key in byFlag.named ? { ...byFlag.named, [key]: variable } : byFlag.named;
    expect(byVariable).toEqual({ ...byFlag, flags: {}, named });
    // The language is settled before all others.
    if (name === 'lang') expect(languageOf([], { [variable]: text })).toBe('zh-CN');
    else expect(byVariable).not.toEqual(resolveSettings({}, {}));
    expect(() => resolveSettings({}, { [variable]: '' })).toThrow(`${variable} is empty`);
    if (value) expect(() => resolveSettings({ [key]: '' }, {})).toThrow(`--${name} is empty`);
  });

  it.each([
    [{ site: 'moon' }, {}, '--site'],
    [{ profile: '../x' }, {}, '--profile'],
    [{ profile: '' }, {}, '--profile'],
    [{}, { KEYPAIR_PROFILE: '.hidden' }, 'KEYPAIR_PROFILE'],
    [{}, { KEYPAIR_PROFILE: 'x'.repeat(65) }, 'KEYPAIR_PROFILE'],
    [{ timeout: 'soon' }, {}, '--timeout'],
    [{ timeout: '0' }, {}, '--timeout'],
    [{ timeout: '-1' }, {}, '--timeout'],
    [{}, { KEYPAIR_TIMEOUT: '1e9' }, 'KEYPAIR_TIMEOUT takes seconds'],
    [{}, { KEYPAIR_SITE: 'moon' }, 'KEYPAIR_SITE is neither'],
    [{ site: 'moon' }, { KEYPAIR_SITE: 'cn' }, '--site is neither'],
    [{}, { KEYPAIR_KEY_DIR: '' }, 'KEYPAIR_KEY_DIR is empty'],
    [{}, { KEYPAIR_SANDBOX: 'maybe' }, 'KEYPAIR_SANDBOX'],
    [{}, { KEYPAIR_YES: 'please' }, 'KEYPAIR_YES'],
  ])('refuses %j with %j and names %s', (flags, env, named) => {
    expect(() => resolveSettings(flags, env)).toThrow(KeypairError);
    expect(() => resolveSettings(flags, env)).toThrow(named);
  });

  it('refuses a language that it does not speak', () => {
    expect(() => resolveSettings({}, { KEYPAIR_LANG: 'tlh' })).toThrow('KEYPAIR_LANG is neither en nor zh-CN');
    expect(() => resolveSettings({ lang: 'zh-CN' }, { KEYPAIR_LANG: 'tlh' })).not.toThrow();
  });
});
