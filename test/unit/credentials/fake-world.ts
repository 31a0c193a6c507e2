import { Secret } from '../../../src/secret.ts';
import type { Credentials } from '../../../src/providers/credentials.ts';
import type { CredentialContext } from '../../../src/credentials/context.ts';
import { NONCE, type Reply } from '../providers/fake-service.ts';

/** Now, where a test needs one. */
export const NOW = new Date('2026-11-22T00:00:00Z');

/** A world in which nothing may be sent but what a test says. */
export function worldWith(parts: Partial<CredentialContext>): CredentialContext {
  const nothing = () => Promise.reject(new Error('nothing was to be sent'));
  return {
    env: {},
    home: '/nowhere',
    platform: 'linux',
    now: () => NOW,
    nonce: () => NONCE,
    sender: 'keypair/0.0.0',
    site: 'cn',
    region: () => Promise.resolve(null),
    send: nothing,
    metadata: nothing,
    warn: () => undefined,
    askPassphrase: null,
    surveys: new Map(),
    stored: new Map(),
    ...parts,
  };
}

export const BASE: Credentials = {
  id: 'AKIDbaseofall0000000',
  secret: new Secret('bAsE/sEcReT+key=='),
  token: new Secret('base/token+of/all=='),
  source: 'environment (TENCENTCLOUD_SECRET_ID)',
  expiresAt: null,
};

/** What an STS answers, after the examples of the vendors' documents; with `parts` in place of some of it. */
export const GIVEN = {
  tencent: (parts: object = {}, around: object = {}): Reply => ({
    body: {
      Response: {
        ExpiredTime: 1_795_309_200,
        Expiration: '2026-11-22T01:00:00Z',
        Credentials: {
          Token: '1siMD5r0tPAq9xpR6a1ad76f09a0069002923def8aFw7tUMd2nH',
          TmpSecretId: 'AKID65zyIP0mpqt2SlWIQVMn1umNH58',
          TmpSecretKey: 'q95K84wrzuEy39zg52boxvp71yoh',
          ...parts,
        },
        RequestId: 'f6e7cbcb-add1-47bd-9097-d08cf8f3a919',
        ...around,
      },
    },
  }),
  aliyun: (parts: object = {}, around: object = {}): Reply => ({
    body: {
      RequestId: '6894B13B-6D71-4EF5-88FA-F32781734A7F',
      AssumedRoleUser: { Arn: 'acs:ram::1:role/ops/keypair', AssumedRoleId: '34458433936495:keypair' },
      Credentials: {
        SecurityToken: 'CAIS/token+of+a+session==',
        Expiration: '2026-11-22T01:00:00Z',
        AccessKeySecret: 'wyLTSmsyPGP1ohvvw8xYgB29dlGI8KMiH2pK',
        AccessKeyId: 'STS.L4aBSCSJVMuKg5U1',
        ...parts,
      },
      ...around,
    },
  }),
} as const;

/** How a vendor's STS refuses. */
export const REFUSED = {
  tencent: (Code: string, Message: string): Reply => ({
    body: { Response: { Error: { Code, Message }, RequestId: 'r-1' } },
  }),
  aliyun: (Code: string, Message: string): Reply => ({
    status: 403,
    body: { RequestId: 'r-1', HostId: 'sts.aliyuncs.com', Code, Message },
  }),
} as const;
