import { describe, expect, it } from 'vitest';
import { KeypairError } from '../../src/errors.ts';
import { resolveSettings } from '../../src/settings.ts';

describe('settings', () => {
  it('has quiet defaults', () => {
    expect(resolveSettings({}, {})).toEqual({
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

  it.each(['1', 'true', 'YES', 'on'])('KEYPAIR_SANDBOX=%s switches on', (value) => {
    expect(resolveSettings({}, { KEYPAIR_SANDBOX: value }).sandbox).toBe(true);
  });

  it.each(['', '0', 'false', 'no', 'off'])('KEYPAIR_NO_INPUT=%j leaves questions allowed', (value) => {
    expect(resolveSettings({}, { KEYPAIR_NO_INPUT: value }).input).toBe(true);
  });

  it.each([
    [{ site: 'moon' }, {}, '--site'],
    [{ timeout: 'soon' }, {}, '--timeout'],
    [{ timeout: '0' }, {}, '--timeout'],
    [{ timeout: '-1' }, {}, '--timeout'],
    [{}, { KEYPAIR_TIMEOUT: '1e9' }, '--timeout'],
    [{}, { KEYPAIR_SANDBOX: 'maybe' }, 'KEYPAIR_SANDBOX'],
  ])('refuses %j with %j and names %s', (flags, env, named) => {
    expect(() => resolveSettings(flags, env)).toThrow(KeypairError);
    expect(() => resolveSettings(flags, env)).toThrow(named);
  });
});
