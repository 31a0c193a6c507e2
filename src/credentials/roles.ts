import { t } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';
import { inVain } from './credential-error.ts';
import { checkedRole, checkedWebIdentity } from './role-rules.ts';
import { renewing } from './renewing.ts';
import { loadSts, stsEndpoint, stsWay } from './sts/client.ts';
import { readTokenFile } from './token-file.ts';
import type { CredentialSource, Vendor } from '../providers/credentials.ts';
import type { World } from './context.ts';

export { callerIdentity } from './sts/client.ts';
export type { CallerIdentity } from './sts/sts.ts';
export { instanceRole, isInstanceOf } from './instance.ts';

/** A role to assume, with other credentials. */
export interface Role {
  /** `qcs::cam::uin/100000000001:roleName/ops`, `acs:ram::1000000000000001:role/ops`. */
  readonly arn: string;
  /** What the session is called in the vendor's logs; null: `keypair`. */
  readonly sessionName: string | null;
  readonly externalId: string | null;
  /** Null: the vendor's default (Tencent 7200, Alibaba 3600). */
  readonly durationSeconds: number | null;
  /** JSON that allows the session less than the role is allowed. */
  readonly policy: string | null;
  /** Host of the STS to ask, or a region; null for the vendor's own. */
  readonly stsEndpoint: string | null;
}

/** A role to assume with the token of an identity provider. */
export interface WebIdentity {
  readonly roleArn: string;
  /** TKE's provider id, or the ARN of the OIDC provider. */
  readonly providerId: string;
  readonly tokenFile: string;
  /** Null: `keypair`. */
  readonly sessionName: string | null;
  readonly region: string | null;
  readonly stsEndpoint: string | null;
}

/**
 * The credentials of a role, by AssumeRole with other credentials; they are asked for when they are first needed.
 *
 * @throws KeypairError `USAGE` at once, for a role that no STS would take.
 */
export function assumeRole(
  vendor: Vendor,
  base: CredentialSource,
  role: Role,
  world: World,
): CredentialSource {
  const session = checkedRole(vendor, role);
  const endpoint = stsEndpoint(vendor, role.stsEndpoint, null, world);
  const source = t`role ${role.arn}, by ${base.source}`;
  return renewing(
    source,
    async (signal) => {
      const signer = await base.current(signal);
      try {
        const sts = await loadSts(vendor);
        const way = stsWay(await endpoint(), world, signal);
        return { ...(await sts.assumeRole(session, signer, way)), source };
      } catch (error) {
        throw inVain(t`cannot assume the role ${role.arn} by ${base.source}`, error);
      }
    },
    world.now,
  );
}

/**
 * The credentials of a role, by the token of an identity provider: AssumeRoleWithWebIdentity (Tencent),
 * AssumeRoleWithOIDC (Alibaba). The token's file is read anew each time.
 *
 * @throws KeypairError `USAGE` at once, for what no STS would take.
 */
export function webIdentityRole(vendor: Vendor, identity: WebIdentity, world: World): CredentialSource {
  const { tokenFile, region } = identity;
  const session = checkedWebIdentity(vendor, identity);
  const endpoint = stsEndpoint(vendor, identity.stsEndpoint, region, world);
  const by = t`the token in ${printable(tokenFile)}`;
  const source = t`role ${identity.roleArn}, by ${by}`;
  return renewing(
    source,
    async (signal) => {
      try {
        const token = await readTokenFile(tokenFile);
        const sts = await loadSts(vendor);
        const way = stsWay(await endpoint(), world, signal);
        return { ...(await sts.assumeRoleWithWebIdentity({ ...session, token }, way)), source };
      } catch (error) {
        throw inVain(t`cannot assume the role ${identity.roleArn} by ${by}`, error);
      }
    },
    world.now,
  );
}
