import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { CredentialSource, Vendor } from '../providers/credentials.ts';
import { printable } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import type { CredentialContext } from './context.ts';
import type { Role, RoleRules, StsData, WebIdentity } from './vendor.ts';
import type { CallerIdentity, RoleSession, StsOptions, WebSession } from './sts/sts.ts';
import { credentialError, renewableSource } from './temporary.ts';
import { readVariable } from './variables.ts';
import { vendorOf } from './vendors.ts';

/**
 * The credentials of a role, from AssumeRole with other credentials. They are requested on first use.
 *
 * @throws KeypairError `USAGE` at once for a role that STS would refuse.
 */
export function assumeRole(
  vendor: Vendor,
  base: CredentialSource,
  role: Role,
  context: CredentialContext,
): CredentialSource {
  const session = checkedRole(vendor, role);
  const endpoint = stsEndpoint(vendor, role.stsEndpoint, null, context);
  const source = t`role ${role.arn}, by ${base.source}`;
  return renewableSource(
    source,
    async (signal) => {
      const signer = await base.current(signal);
      try {
        const sts = await stsOf(vendor).load();
        const options = stsOptions(await endpoint(), context, signal);
        return { ...(await sts.assumeRole(session, signer, options)), source };
      } catch (error) {
        throw credentialError(t`cannot assume the role ${role.arn} by ${base.source}`, error);
      }
    },
    context.now,
  );
}

/**
 * The credentials of a role, from the token of an identity provider: AssumeRoleWithWebIdentity (Tencent),
 * AssumeRoleWithOIDC (Alibaba). The token's file is read again for each request.
 *
 * @throws KeypairError `USAGE` at once for values that STS would refuse.
 */
export function webIdentityRole(vendor: Vendor, identity: WebIdentity, context: CredentialContext): CredentialSource {
  const { tokenFile, region } = identity;
  const session = checkedWebIdentity(vendor, identity);
  const endpoint = stsEndpoint(vendor, identity.stsEndpoint, region, context);
  const by = t`the token in ${printable(tokenFile)}`;
  const source = t`role ${identity.roleArn}, by ${by}`;
  return renewableSource(
    source,
    async (signal) => {
      try {
        const token = await readTokenFile(tokenFile);
        const sts = await stsOf(vendor).load();
        const options = stsOptions(await endpoint(), context, signal);
        return { ...(await sts.assumeRoleWithWebIdentity({ ...session, token }, options)), source };
      } catch (error) {
        throw credentialError(t`cannot assume the role ${identity.roleArn} by ${by}`, error);
      }
    },
    context.now,
  );
}

const SESSION_NAME = 'keypair';

/** The longest ARN. No document gives a limit; this is longer than any account, path and name together. */
const LONGEST_ARN = 512;

/**
 * Checks the parameters of AssumeRole before anything is called.
 *
 * @throws KeypairError `USAGE` for a role that STS would refuse.
 */
function checkedRole(vendor: Vendor, role: Role): RoleSession {
  const rules = rulesOf(vendor);
  return {
    roleArn: checkedArn(rules, role.arn),
    sessionName: checkedSessionName(rules, role.sessionName),
    externalId: checkedExternalId(rules, role.externalId),
    durationSeconds: checkedDuration(rules, role.durationSeconds),
    policy: checkedPolicy(role.policy),
  };
}

/**
 * Checks the parameters of the exchange before anything is called; the token is read later.
 *
 * @throws KeypairError `USAGE` for values that STS would refuse.
 */
function checkedWebIdentity(vendor: Vendor, identity: WebIdentity): Omit<WebSession, 'token'> {
  const rules = rulesOf(vendor);
  return {
    roleArn: checkedArn(rules, identity.roleArn),
    sessionName: checkedSessionName(rules, identity.sessionName),
    providerId: checkedProvider(identity.providerId),
    region: checkedRegion(identity.region),
  };
}

function rulesOf(vendor: Vendor): RoleRules {
  const { roles, title } = vendorOf(vendor);
  if (roles === null) throw new KeypairError('USAGE', t`${title} has no roles to assume`);
  return roles;
}

function checkedArn({ arn: pattern, arnExample }: RoleRules, arn: string): string {
  if (arn.length <= LONGEST_ARN && pattern.test(arn)) return arn;
  throw bad(t`'${printable(arn, 100)}' is not the ARN of a role`, t`it looks like ${arnExample}`);
}

function checkedSessionName(rules: RoleRules, name: string | null): string {
  if (name === null) return SESSION_NAME;
  if (rules.sessionName.test(name)) return name;
  throw bad(t`'${printable(name, 100)}' cannot be the name of a role's session`, rules.sessionNameSentence);
}

function checkedExternalId(rules: RoleRules, id: string | null): string | null {
  if (id === null || rules.externalId.test(id)) return id;
  // The external id is known to two parties only: never print it.
  throw bad(t`the external id of the role is not valid`, t`it has letters, digits and _ + = , . @ : / -`);
}

function checkedDuration(rules: RoleRules, seconds: number | null): number | null {
  const [least, most] = rules.seconds;
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
    // reported below
  }
  throw bad(t`the policy of the role's session is not a JSON object`, t`give it as it is, not encoded`);
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

/** The longest token file, in bytes. Alibaba accepts tokens of up to 20,000 characters. */
const LONGEST = 64 * 1024;

/**
 * Reads the token of an identity provider from a file, which the cluster writes and renews. Follows links and ignores
 * the mode: Kubernetes mounts tokens as links that the pod's group can read.
 *
 * @throws KeypairError `AUTH` with the file's name, if it cannot be read, is no regular file, or holds no token.
 */
async function readTokenFile(file: string): Promise<Secret> {
  const text = (await read(file)).trim();
  if (!/^[\x21-\x7e]+$/.test(text)) throw unusable(file, t`it does not hold a token of one line`);
  return new Secret(text);
}

async function read(path: string): Promise<string> {
  // Opening a pipe would wait for its writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const reason = REASONS[code];
    throw unusable(path, reason ?? t`it cannot be opened (${code})`);
  });
  try {
    if (!(await file.stat()).isFile()) throw unusable(path, t`it is not a regular file`);
    const buffer = Buffer.alloc(LONGEST + 1);
    let length = 0;
    for (let last = -1; last !== 0 && length < buffer.length; length += last) {
      last = (await file.read(buffer, length, buffer.length - length, length)).bytesRead;
    }
    if (length > LONGEST) throw unusable(path, t`it is larger than 64 KiB`);
    return buffer.toString('utf8', 0, length);
  } finally {
    await file.close();
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: t`it does not exist`,
  EACCES: t`permission denied`,
  EPERM: t`permission denied`,
};

function unusable(path: string, why: string): KeypairError {
  return new KeypairError('AUTH', t`cannot use the token file ${printable(path)}: ${why}`, {
    hints: [t`the cluster or the CI system writes it: check its variable, and the setting that mounts it`],
  });
}

/** @throws KeypairError `USAGE` for a vendor without STS. */
function stsOf(vendor: Vendor): StsData {
  const { sts, title } = vendorOf(vendor);
  if (sts === null) throw new KeypairError('USAGE', t`${title} has no temporary credentials`);
  return sts;
}

/**
 * The endpoint of a vendor's STS: the given one, else the vendor's variable, else the host of the identity's region,
 * else the host of the selected finance region, else the site's common host. The last two are resolved when the
 * endpoint is needed.
 *
 * @param given a host, with or without `https://`, or a region; or null.
 * @throws KeypairError `USAGE` for anything else, and for a vendor without STS.
 */
export function stsEndpoint(
  vendor: Vendor,
  given: string | null,
  region: string | null,
  { env, site, region: inForce }: CredentialContext,
): () => Promise<URL> {
  const sts = stsOf(vendor);
  const known = (url: URL) => () => Promise.resolve(url);
  if (given !== null) return known(parse(sts, given, t`the STS endpoint`));
  const { endpointVariable } = sts;
  const variable = endpointVariable === null ? null : readVariable(env, endpointVariable);
  if (endpointVariable !== null && variable !== null) return known(parse(sts, variable, endpointVariable));
  if (sts.hostByRegion && region !== null) return known(parse(sts, region, t`the region of STS`));
  return async () => {
    const own = region ?? (await inForce());
    if (own !== null && sts.financeRegions.includes(own)) return new URL(`https://sts.${own}.${sts.domain}`);
    return new URL(`https://sts.${site === 'intl' ? sts.international : ''}${sts.domain}`);
  };
}

/** The options of one call. */
function stsOptions(endpoint: URL, { send, now, nonce, sender }: CredentialContext, signal: AbortSignal): StsOptions {
  return { endpoint, send, now, nonce, sender, signal };
}

function parse({ domain }: StsData, text: string, what: string): URL {
  if (/^[a-z]{2}(?:-[a-z0-9]+)+$/.test(text)) return new URL(`https://sts.${text}.${domain}`);
  const host = /^(?:https:\/\/)?([a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d{1,5})?)\/?$/i.exec(text)?.[1];
  const url = host === undefined ? null : URL.parse(`https://${host}`);
  if (url !== null) return url;
  // It may hold a password: never print it.
  const message = text.includes('@')
    ? t`${what} is not the name of an https host`
    : t`${what} '${printable(text, 100)}' is not the name of an https host`;
  throw new KeypairError('USAGE', message, {
    hints: [t`write it as sts.${domain}, without a path`],
  });
}

/**
 * Tells whose credentials these are, by one cheap call that needs no permission (GetCallerIdentity).
 *
 * @throws KeypairError `AUTH` for wrong or expired credentials, `UNAVAILABLE` if the vendor cannot be reached.
 */
export async function callerIdentity(
  vendor: Vendor,
  source: CredentialSource,
  context: CredentialContext,
  signal: AbortSignal,
): Promise<CallerIdentity> {
  const endpoint = stsEndpoint(vendor, null, null, context);
  const credentials = await source.current(signal);
  try {
    const sts = await stsOf(vendor).load();
    return await sts.callerIdentity(credentials, stsOptions(await endpoint(), context, signal));
  } catch (error) {
    throw credentialError(t`cannot find out whose credentials these are (${source.source})`, error);
  }
}
