import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { agreedVariable, credentialsFromEnvironment, readVariable, type Variable } from './env.ts';
import { instanceRole, type Role, type WebIdentity, webIdentityRole } from './roles.ts';
import { fixed } from './renewing.ts';
import type { CredentialSource, Vendor } from '../providers/credentials.ts';
import type { World } from './context.ts';

type Env = World['env'];

/**
 * What the environment itself says of credentials: an access key, else a signed token to exchange for a role (as
 * clusters set it for their pods), else the name of the instance's role. Null where it says nothing.
 *
 * @throws KeypairError `AUTH` that names the variables, when one is missing to another or two differ.
 */
export function environmentSource(vendor: Vendor, world: World): CredentialSource | null {
  const { env } = world;
  const pair = credentialsFromEnvironment(vendor, env);
  if (pair !== null) return fixed(pair);
  const identity = environmentIdentity(vendor, env);
  if (identity !== null) return webIdentityRole(vendor, identity, world);
  const role = agreedVariable(env, INSTANCE_ROLES[vendor]);
  return role === null || metadataSwitchedOff(vendor, env) !== null
    ? null
    : instanceRole(vendor, role.value, world);
}

/** Name the instance's role: Terraform's, then those of Alibaba's credentials library. */
const INSTANCE_ROLES: Readonly<Record<Vendor, readonly string[]>> = {
  tencent: ['TENCENTCLOUD_CAM_ROLE_NAME'],
  aliyun: ['ALIBABA_CLOUD_ECS_METADATA', 'ALICLOUD_ECS_ROLE_NAME'],
};

/** The variable that forbids to ask the instance's metadata service, or null. */
export function metadataSwitchedOff(vendor: Vendor, env: Env): string | null {
  const name = 'ALIBABA_CLOUD_ECS_METADATA_DISABLED';
  return vendor === 'aliyun' && isOn(env, name) ? name : null;
}

/** Whether a vendor's switch is on: they write `true` or `TRUE`. */
export function isOn(env: Env, name: string): boolean {
  return ['true', '1'].includes(readVariable(env, name)?.toLowerCase() ?? '');
}

/** How the variables of a token's exchange are called. */
interface IdentityNames {
  /** Any of these being set means that the exchange is wanted. */
  readonly required: Readonly<Record<'providerId' | 'tokenFile' | 'roleArn', string>>;
  readonly region: string | null;
  readonly sessionName: string | null;
  readonly stsEndpoint: string | null;
}

/** Tencent's TKE, all four required by its SDKs; Alibaba's ACK, as its credentials library has them. */
const IDENTITIES: Readonly<Record<Vendor, IdentityNames>> = {
  tencent: {
    required: {
      providerId: 'TKE_PROVIDER_ID',
      tokenFile: 'TKE_WEB_IDENTITY_TOKEN_FILE',
      roleArn: 'TKE_ROLE_ARN',
    },
    region: 'TKE_REGION',
    sessionName: null,
    stsEndpoint: null,
  },
  aliyun: {
    required: {
      providerId: 'ALIBABA_CLOUD_OIDC_PROVIDER_ARN',
      tokenFile: 'ALIBABA_CLOUD_OIDC_TOKEN_FILE',
      roleArn: 'ALIBABA_CLOUD_ROLE_ARN',
    },
    region: 'ALIBABA_CLOUD_STS_REGION',
    sessionName: 'ALIBABA_CLOUD_ROLE_SESSION_NAME',
    stsEndpoint: 'ALIBABA_CLOUD_STS_ENDPOINT',
  },
};

function environmentIdentity(vendor: Vendor, env: Env): WebIdentity | null {
  const names = IDENTITIES[vendor];
  const value = (name: string | null): string | null => (name === null ? null : readVariable(env, name));
  const { providerId, tokenFile, roleArn } = names.required;
  const [provider, file, role] = [value(providerId), value(tokenFile), value(roleArn)];
  // Alibaba's ROLE_ARN alone is also what other tools set: only the two that say "by token" make it wanted.
  const there = provider === null ? tokenFile : providerId;
  if (provider === null && file === null) return null;
  const missing = provider === null ? providerId : file === null ? tokenFile : roleArn;
  if (provider === null || file === null || role === null) {
    throw new KeypairError('AUTH', t`${there} is set, but ${missing} is not`, {
      hints: [t`set ${missing} too, or unset ${there}`],
    });
  }
  return {
    roleArn: role,
    providerId: provider,
    tokenFile: file,
    sessionName: value(names.sessionName),
    region: value(names.region),
    stsEndpoint: value(names.stsEndpoint),
  };
}

/**
 * What to say of Alibaba's role of a token's exchange where an access key goes before it, or null. The SDKs pass it
 * over there; the CLI without a profile takes the role on (aliyun/aliyun-cli, config/profile.go). Whoever means that
 * should not use the key's own permissions unawares.
 */
export function unusedRole(vendor: Vendor, env: Env): string | null {
  const { providerId, tokenFile, roleArn } = IDENTITIES.aliyun.required;
  if (vendor !== 'aliyun' || readVariable(env, roleArn) === null) return null;
  if (credentialsFromEnvironment(vendor, env) === null || environmentRole(vendor, env) !== null) return null;
  // Clusters set all three for every pod: an access key beside them is meant.
  if (readVariable(env, providerId) !== null || readVariable(env, tokenFile) !== null) return null;
  return t`${roleArn} takes on no role beside an access key: for that, set ALICLOUD_ASSUME_ROLE_ARN`;
}

/** The variables of a role that is taken on with the credentials found, each by all of its names. */
interface RoleNames {
  readonly arn: readonly string[];
  readonly sessionName: readonly string[];
  readonly durationSeconds: readonly string[];
  readonly externalId: readonly string[];
}

/** tccli's, then Terraform's for Tencent; Terraform's for Alibaba. */
const ROLES: Readonly<Record<Vendor, RoleNames>> = {
  tencent: {
    arn: ['TENCENTCLOUD_ROLE_ARN', 'TENCENTCLOUD_ASSUME_ROLE_ARN'],
    sessionName: ['TENCENTCLOUD_ROLE_SESSION_NAME', 'TENCENTCLOUD_ASSUME_ROLE_SESSION_NAME'],
    durationSeconds: ['TENCENTCLOUD_ASSUME_ROLE_SESSION_DURATION'],
    externalId: ['TENCENTCLOUD_ASSUME_ROLE_EXTERNAL_ID'],
  },
  aliyun: {
    arn: ['ALICLOUD_ASSUME_ROLE_ARN'],
    sessionName: ['ALICLOUD_ASSUME_ROLE_SESSION_NAME'],
    durationSeconds: ['ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION'],
    externalId: ['ALICLOUD_ASSUME_ROLE_EXTERNAL_ID'],
  },
};

/**
 * The variable that asks for a role, or null.
 *
 * @throws KeypairError `AUTH` that names two of them that differ.
 */
export function roleVariable(vendor: Vendor, env: Env): Variable | null {
  return agreedVariable(env, ROLES[vendor].arn);
}

/**
 * The role that the environment asks to take on with whatever credentials are found, or null.
 *
 * @throws KeypairError `AUTH` that names the variables, when two differ or a duration is no number.
 */
export function environmentRole(vendor: Vendor, env: Env): Role | null {
  const names = ROLES[vendor];
  const arn = roleVariable(vendor, env)?.value ?? null;
  if (arn === null) return null;
  const duration = agreedVariable(env, names.durationSeconds);
  if (duration !== null && !/^[1-9]\d{0,5}$/.test(duration.value)) {
    throw new KeypairError('AUTH', t`${duration.name} is not a number of seconds`);
  }
  return {
    arn,
    sessionName: agreedVariable(env, names.sessionName)?.value ?? null,
    externalId: agreedVariable(env, names.externalId)?.value ?? null,
    durationSeconds: duration === null ? null : Number(duration.value),
    policy: null,
    stsEndpoint: null,
  };
}
