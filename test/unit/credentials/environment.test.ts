import { beforeEach, describe, expect, it, vi } from 'vitest';
import { environmentRole, environmentSource } from '../../../src/credentials/environment.ts';
import type { CredentialSource } from '../../../src/providers/credentials.ts';
import { testWorld } from './world.ts';

const roles = vi.hoisted(() => ({ webIdentityRole: vi.fn(), instanceRole: vi.fn() }));
vi.mock('../../../src/credentials/roles.ts', () => roles);
vi.mock('../../../src/credentials/instance.ts', () => roles);

const here: CredentialSource = { source: 'asked for', current: () => Promise.reject(new Error('not asked')) };

describe('what the environment says of credentials', () => {
  beforeEach(() => {
    roles.webIdentityRole.mockReset().mockReturnValue(here);
    roles.instanceRole.mockReset().mockReturnValue(here);
  });

  const TKE = {
    TKE_REGION: 'ap-guangzhou',
    TKE_PROVIDER_ID: 'cls-1',
    TKE_WEB_IDENTITY_TOKEN_FILE: '/run/token',
    TKE_ROLE_ARN: 'qcs::cam::uin/1:roleName/r',
  };
  const ACK = {
    ALIBABA_CLOUD_ROLE_ARN: 'acs:ram::1:role/r',
    ALIBABA_CLOUD_OIDC_PROVIDER_ARN: 'acs:ram::1:oidc-provider/p',
    ALIBABA_CLOUD_OIDC_TOKEN_FILE: '/run/token',
    ALIBABA_CLOUD_ROLE_SESSION_NAME: 's',
  };

  it('takes the token of a TKE pod', async () => {
    const world = testWorld('/home/u', TKE);
    expect(await environmentSource('tencent', world)).toBe(here);
    expect(roles.webIdentityRole).toHaveBeenCalledWith(
      'tencent',
      {
        roleArn: 'qcs::cam::uin/1:roleName/r',
        providerId: 'cls-1',
        tokenFile: '/run/token',
        sessionName: null,
        region: 'ap-guangzhou',
        stsEndpoint: null,
      },
      world,
    );
    expect(await environmentSource('aliyun', world)).toBeNull();
  });

  it('takes the token of an ACK pod, and the STS that it names', async () => {
    const world = testWorld('/home/u', {
      ...ACK,
      ALIBABA_CLOUD_STS_REGION: 'cn-beijing',
      ALIBABA_CLOUD_STS_ENDPOINT: 'sts-vpc.cn-beijing.aliyuncs.com',
    });
    expect(await environmentSource('aliyun', world)).toBe(here);
    expect(roles.webIdentityRole.mock.calls[0]?.[1]).toEqual({
      roleArn: 'acs:ram::1:role/r',
      providerId: 'acs:ram::1:oidc-provider/p',
      tokenFile: '/run/token',
      sessionName: 's',
      region: 'cn-beijing',
      stsEndpoint: 'sts-vpc.cn-beijing.aliyuncs.com',
    });
  });

  it.each([
    ['tencent', TKE, 'TKE_PROVIDER_ID', 'TKE_WEB_IDENTITY_TOKEN_FILE is set, but TKE_PROVIDER_ID is not'],
    ['tencent', TKE, 'TKE_WEB_IDENTITY_TOKEN_FILE', 'TKE_PROVIDER_ID is set, but TKE_WEB_IDENTITY_TOKEN_FILE is not'],
    ['tencent', TKE, 'TKE_ROLE_ARN', 'TKE_PROVIDER_ID is set, but TKE_ROLE_ARN is not'],
    [
      'aliyun',
      ACK,
      'ALIBABA_CLOUD_ROLE_ARN',
      'ALIBABA_CLOUD_OIDC_PROVIDER_ARN is set, but ALIBABA_CLOUD_ROLE_ARN is not',
    ],
  ] as const)(
    'refuses the token of a pod for %s when one of %j is not there: %s',
    async (vendor, env, without, message) => {
      await expect(environmentSource(vendor, testWorld('/home/u', { ...env, [without]: ' ' }))).rejects.toThrow(
        message,
      );
    },
  );

  it('takes a region or a role alone for no token', async () => {
    expect(await environmentSource('tencent', testWorld('/', { TKE_REGION: 'ap-guangzhou' }))).toBeNull();
    expect(
      await environmentSource('aliyun', testWorld('/', { ALIBABA_CLOUD_ROLE_ARN: 'acs:ram::1:role/r' })),
    ).toBeNull();
  });

  it('takes a whole key before a token, and a token before the instance’s role', async () => {
    const key = { TENCENTCLOUD_SECRET_ID: 'AKIDa', TENCENTCLOUD_SECRET_KEY: 'hush' };
    const role = { TENCENTCLOUD_CAM_ROLE_NAME: 'web' };
    expect((await environmentSource('tencent', testWorld('/', { ...TKE, ...key, ...role })))?.source).toBe(
      'environment (TENCENTCLOUD_SECRET_ID)',
    );
    await environmentSource('tencent', testWorld('/', { ...TKE, ...role }));
    expect(roles.webIdentityRole).toHaveBeenCalledOnce();
    expect(roles.instanceRole).not.toHaveBeenCalled();
  });

  it.each([
    ['tencent', 'TENCENTCLOUD_CAM_ROLE_NAME'],
    ['aliyun', 'ALIBABA_CLOUD_ECS_METADATA'],
    ['aliyun', 'ALICLOUD_ECS_ROLE_NAME'],
  ] as const)('%s: takes the instance’s role by %s', async (vendor, name) => {
    const world = testWorld('/', { [name]: 'web' });
    expect(await environmentSource(vendor, world)).toBe(here);
    expect(roles.instanceRole).toHaveBeenCalledWith(vendor, 'web', world);
  });

  it.each(['true', 'TRUE', 'True'])('asks no metadata where ALIBABA_CLOUD_ECS_METADATA_DISABLED is %s', async (on) => {
    const env = { ALIBABA_CLOUD_ECS_METADATA: 'web', ALIBABA_CLOUD_ECS_METADATA_DISABLED: on };
    expect(await environmentSource('aliyun', testWorld('/', env))).toBeNull();
  });

  it('refuses two roles of the instance', async () => {
    const env = { ALIBABA_CLOUD_ECS_METADATA: 'web', ALICLOUD_ECS_ROLE_NAME: 'db' };
    await expect(environmentSource('aliyun', testWorld('/', env))).rejects.toThrow(
      'ALIBABA_CLOUD_ECS_METADATA and ALICLOUD_ECS_ROLE_NAME are both set and differ',
    );
  });
});

describe('the role that the environment asks for', () => {
  const none = {
    sessionName: null,
    externalId: null,
    durationSeconds: null,
    policy: null,
    stsEndpoint: null,
  };

  it('knows tccli’s variables and Terraform’s', () => {
    const arn = 'qcs::cam::uin/1:roleName/r';
    expect(environmentRole('tencent', { TENCENTCLOUD_ROLE_ARN: arn, TENCENTCLOUD_ROLE_SESSION_NAME: 's' })).toEqual({
      ...none,
      arn,
      sessionName: 's',
    });
    expect(
      environmentRole('tencent', {
        TENCENTCLOUD_ASSUME_ROLE_ARN: arn,
        TENCENTCLOUD_ASSUME_ROLE_SESSION_NAME: 's',
        TENCENTCLOUD_ASSUME_ROLE_SESSION_DURATION: '7200',
        TENCENTCLOUD_ASSUME_ROLE_EXTERNAL_ID: 'x',
      }),
    ).toEqual({ ...none, arn, sessionName: 's', durationSeconds: 7200, externalId: 'x' });
    expect(
      environmentRole('aliyun', {
        ALICLOUD_ASSUME_ROLE_ARN: 'acs:ram::1:role/r',
        ALICLOUD_ASSUME_ROLE_SESSION_NAME: 's',
        ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION: '900',
      }),
    ).toEqual({ ...none, arn: 'acs:ram::1:role/r', sessionName: 's', durationSeconds: 900 });
  });

  it('is none without an ARN, whatever else is set', () => {
    expect(environmentRole('tencent', { TENCENTCLOUD_ROLE_ARN: '', TENCENTCLOUD_ROLE_SESSION_NAME: 's' })).toBeNull();
    expect(environmentRole('aliyun', {})).toBeNull();
  });

  it('refuses two that differ, and a duration that is none', () => {
    expect(() =>
      environmentRole('tencent', {
        TENCENTCLOUD_ROLE_ARN: 'qcs::cam::a',
        TENCENTCLOUD_ASSUME_ROLE_ARN: 'qcs::cam::b',
      }),
    ).toThrow('TENCENTCLOUD_ROLE_ARN and TENCENTCLOUD_ASSUME_ROLE_ARN are both set and differ');
    expect(() =>
      environmentRole('aliyun', {
        ALICLOUD_ASSUME_ROLE_ARN: 'a',
        ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION: '1h',
      }),
    ).toThrow('ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION is not a number of seconds');
  });
});
