import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { RoleSession, WebSession } from './sts/sts.ts';
import { printable } from '../sanitize.ts';
import type { Role, WebIdentity } from './roles.ts';
import type { Vendor } from '../providers/credentials.ts';

const SESSION_NAME = 'keypair';

/** What the vendors' documents of AssumeRole say of its fields. */
const RULES = {
  tencent: {
    arn: /^qcs::cam::uin\/[\x21-\x7e]+$/,
    arnExample: 'qcs::cam::uin/100000000001:roleName/ops',
    sessionName: /^[\w+=,.@-]{2,128}$/,
    externalId: /^[\w+=,.@:/-]{2,128}$/,
    // No document gives a least.
    seconds: [1, 43_200],
  },
  aliyun: {
    arn: /^acs:ram::[\x21-\x7e]+$/,
    arnExample: 'acs:ram::1000000000000001:role/ops',
    sessionName: /^[\w.@-]{2,64}$/,
    externalId: /^[\w+=,.@:/-]{2,1224}$/,
    seconds: [900, 43_200],
  },
} as const;

/** No document gives the length of an ARN; this is longer than any account, path and name together. */
const LONGEST_ARN = 512;

/**
 * What to ask AssumeRole for, seen through before anything is called.
 *
 * @throws KeypairError `USAGE` for a role that no STS would take.
 */
export function checkedRole(vendor: Vendor, role: Role): RoleSession {
  return {
    roleArn: checkedArn(vendor, role.arn),
    sessionName: checkedSessionName(vendor, role.sessionName),
    externalId: checkedExternalId(vendor, role.externalId),
    durationSeconds: checkedDuration(vendor, role.durationSeconds),
    policy: checkedPolicy(role.policy),
  };
}

/**
 * What to ask for with a token, which is still to come, seen through before anything is called.
 *
 * @throws KeypairError `USAGE` for what no STS would take.
 */
export function checkedWebIdentity(vendor: Vendor, identity: WebIdentity): Omit<WebSession, 'token'> {
  return {
    roleArn: checkedArn(vendor, identity.roleArn),
    sessionName: checkedSessionName(vendor, identity.sessionName),
    providerId: checkedProvider(identity.providerId),
    region: checkedRegion(identity.region),
  };
}

function checkedArn(vendor: Vendor, arn: string): string {
  const { arn: pattern, arnExample } = RULES[vendor];
  if (arn.length <= LONGEST_ARN && pattern.test(arn)) return arn;
  throw bad(t`'${printable(arn, 100)}' is not the ARN of a role`, t`it looks like ${arnExample}`);
}

function checkedSessionName(vendor: Vendor, name: string | null): string {
  if (name === null) return SESSION_NAME;
  if (RULES[vendor].sessionName.test(name)) return name;
  throw bad(
    t`'${printable(name, 100)}' cannot be the name of a role's session`,
    vendor === 'tencent'
      ? t`it has 2 to 128 letters, digits and _ + = , . @ -`
      : t`it has 2 to 64 letters, digits and _ . @ -`,
  );
}

function checkedExternalId(vendor: Vendor, id: string | null): string | null {
  if (id === null || RULES[vendor].externalId.test(id)) return id;
  // Two parties share it to know each other by it: it is not repeated.
  throw bad(t`the external id of the role cannot be one`, t`it has letters, digits and _ + = , . @ : / -`);
}

function checkedDuration(vendor: Vendor, seconds: number | null): number | null {
  const [least, most] = RULES[vendor].seconds;
  if (seconds === null || (Number.isInteger(seconds) && seconds >= least && seconds <= most)) return seconds;
  throw bad(
    t`a role's session cannot last ${String(seconds)} seconds`,
    t`give ${least} to ${most}, and no more than the role itself allows`,
  );
}

function checkedPolicy(policy: string | null): string | null {
  if (policy === null) return null;
  try {
    const parsed: unknown = JSON.parse(policy);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return policy;
  } catch {
    // said below
  }
  throw bad(t`the policy of the role's session is no JSON object`, t`give it as it is, not encoded`);
}

function checkedProvider(id: string): string {
  if (/^[\x21-\x7e]{1,512}$/.test(id)) return id;
  throw bad(
    t`'${printable(id, 100)}' is not the id of an identity provider`,
    t`it is the provider id of TKE, or the ARN of the OIDC provider at Alibaba Cloud`,
  );
}

function checkedRegion(region: string | null): string | null {
  if (region === null || /^[a-z]{2}(?:-[a-z0-9]+)*$/.test(region)) return region;
  throw bad(t`'${printable(region, 100)}' is not a region`, t`write it as ap-guangzhou or cn-hangzhou`);
}

function bad(message: string, hint: string): KeypairError {
  return new KeypairError('USAGE', message, { hints: [hint] });
}
