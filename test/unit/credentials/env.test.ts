import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { credentialsFromEnvironment } from '../../../src/credentials/environment.ts';
import { VENDORS } from '../../../src/credentials/vendors.ts';
import { Secret } from '../../../src/secret.ts';

describe('credentials from the environment', () => {
  const spellings = VENDORS.flatMap((vendor) =>
    vendor.keyVariables.flatMap(({ id, secret, tokens }) =>
      [null, ...tokens].map((token) => ({ vendor: vendor.id, token, id: id ?? '', secret })),
    ),
  );

  it.each(spellings)('$vendor: $id, $secret, $token', ({ vendor, id, secret, token }) => {
    const env = {
      [id]: 'the-id',
      [secret]: 'the-secret\n',
      ...(token === null ? {} : { [token]: 'the-token' }),
    };
    const found = credentialsFromEnvironment(vendor, env);
    expect(found?.id).toBe('the-id');
    expect(found?.secret.reveal()).toBe('the-secret');
    expect(found?.token?.reveal() ?? null).toBe(token === null ? null : 'the-token');
    expect(found?.source).toContain(id);
  });

  it('finds nothing in an empty one, empty values included', () => {
    expect(
      credentialsFromEnvironment('tencent', { TENCENTCLOUD_SECRET_ID: '', TENCENTCLOUD_SECRET_KEY: ' ' }),
    ).toBeNull();
    expect(credentialsFromEnvironment('aliyun', {})).toBeNull();
  });

  it('takes the vendor’s current spelling before the older ones', () => {
    const env = {
      ALICLOUD_ACCESS_KEY_ID: 'old',
      ALICLOUD_ACCESS_KEY_SECRET: 'old',
      ALIBABA_CLOUD_ACCESS_KEY_ID: 'new',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'new',
    };
    expect(credentialsFromEnvironment('aliyun', env)?.id).toBe('new');
  });

  it('names the missing half', () => {
    expect(() => credentialsFromEnvironment('tencent', { TENCENTCLOUD_SECRET_ID: 'x' })).toThrow(
      'TENCENTCLOUD_SECRET_ID is set, but TENCENTCLOUD_SECRET_KEY is not',
    );
    expect(() => credentialsFromEnvironment('aliyun', { ALICLOUD_SECRET_KEY: 'hush' })).toThrow(
      'ALICLOUD_ACCESS_KEY is not',
    );
  });

  it('passes over half of a pair whose names are anybody’s', () => {
    const whole = { ALICLOUD_ACCESS_KEY: 'id', ALICLOUD_SECRET_KEY: 'key' };
    expect(credentialsFromEnvironment('aliyun', { ACCESS_KEY_ID: 'minio', ...whole })?.id).toBe('id');
    expect(credentialsFromEnvironment('aliyun', { ACCESS_KEY_SECRET: 'hush' })).toBeNull();
  });

  it.each(['TENCENTCLOUD_SECRET_ID', 'TENCENTCLOUD_SECRET_KEY', 'TENCENTCLOUD_TOKEN'])(
    'refuses %s that no request can carry, without its value',
    (name) => {
      const env = { TENCENTCLOUD_SECRET_ID: 'id', TENCENTCLOUD_SECRET_KEY: 'key', TENCENTCLOUD_TOKEN: 't' };
      for (const value of ['hush\nhush', 'hush\u001b[2J', '密钥']) {
        expect(() => credentialsFromEnvironment('tencent', { ...env, [name]: value })).toThrow(
          expect.objectContaining({ code: 'AUTH', message: `${name} is not a line of plain text` }) as Error,
        );
      }
    },
  );

  it('refuses two tokens that differ and names both, without their values', () => {
    const env = {
      TENCENTCLOUD_SECRET_ID: 'id',
      TENCENTCLOUD_SECRET_KEY: 'key',
      TENCENTCLOUD_TOKEN: 'hush-one',
      TENCENTCLOUD_SESSION_TOKEN: 'hush-two',
    };
    const refused = (): unknown => credentialsFromEnvironment('tencent', env);
    expect(refused).toThrow('TENCENTCLOUD_SESSION_TOKEN and TENCENTCLOUD_TOKEN are both set and differ');
    expect(refused).not.toThrow(/hush/);
    expect(credentialsFromEnvironment('tencent', { ...env, TENCENTCLOUD_TOKEN: 'hush-two' })?.token?.reveal()).toBe(
      'hush-two',
    );
  });
});

describe('Secret', () => {
  it('shows its value nowhere but in reveal()', () => {
    const secret = new Secret('hush');
    const shown = [
      String(secret),
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ deep: { secret } }, { depth: 9, showHidden: true }),
      inspect(Object.assign(new Error('x'), { secret })),
      Object.keys(secret).join(),
    ].join('\n');
    expect(shown).toContain('[secret]');
    expect(shown).not.toContain('hush');
    expect(secret.reveal()).toBe('hush');
  });
});
