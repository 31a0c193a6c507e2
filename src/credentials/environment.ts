import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { Role, WebIdentity } from './vendor.ts';
import { agreedVariable, type Env, isOn, readVariable, type Variable } from './variables.ts';
import { vendorOf } from './vendors.ts';
import { Secret } from '../secret.ts';
import type { Credentials, CredentialSource, Vendor } from '../providers/credentials.ts';
import type { CredentialContext } from './context.ts';

/**
 * The credentials of the environment: an access key, else a signed token to exchange for a role (clusters set it for
 * their pods), else the name of the instance's role. Null if there are none.
 *
 * @throws KeypairError `AUTH` with the variables' names, if one of a pair is missing or two differ.
 */
export async function environmentSource(vendor: Vendor, context: CredentialContext): Promise<CredentialSource | null> {
  const { env } = context;
  const pair = credentialsFromEnvironment(vendor, env);
  if (pair !== null) return staticSource(pair);
  const identity = environmentIdentity(vendor, env);
  if (identity !== null) return (await import('./roles.ts')).webIdentityRole(vendor, identity, context);
  const role = agreedVariable(env, vendorOf(vendor).metadata?.roleVariables ?? []);
  if (role === null || metadataSwitchedOff(vendor, env) !== null) return null;
  return (await import('./instance.ts')).instanceRole(vendor, role.value, context);
}

/** The source of credentials that stay the same for the whole run. */
export function staticSource(credentials: Credentials): CredentialSource {
  return { source: credentials.source, current: () => Promise.resolve(credentials) };
}

/**
 * The first complete pair in the environment, or null.
 *
 * @throws KeypairError `AUTH` if a pair is incomplete, if two variables of the token differ, or if a value is not one
 * line of ASCII: it could not be sent.
 */
export function credentialsFromEnvironment(vendor: Vendor, env: Env): Credentials | null {
  for (const spelling of vendorOf(vendor).keyVariables) {
    const id = spelling.id === null ? '' : readVariable(env, spelling.id);
    const secret = readVariable(env, spelling.secret);
    if (secret === null && (id === null || id === '')) continue;
    if (spelling.ambiguous && (id === null || secret === null)) continue;
    if (id === null || secret === null) {
      const idName = spelling.id ?? '';
      const [there, missing] = id === null ? [spelling.secret, idName] : [idName, spelling.secret];
      throw new KeypairError('AUTH', t`${there} is set, but ${missing} is not`, {
        hints: [t`set ${missing} too, or unset ${there}`],
      });
    }
    const token = agreedVariable(env, spelling.tokens)?.value ?? null;
    for (const name of [spelling.id ?? spelling.secret, spelling.secret, ...spelling.tokens]) {
      if (!/^[\x20-\x7e]*$/.test(readVariable(env, name) ?? '')) {
        throw new KeypairError('AUTH', t`${name} is not a line of plain text`, {
          hints: [t`set it again: something else was copied with it, or in its place`],
        });
      }
    }
    return {
      id,
      secret: new Secret(secret),
      token: token === null ? null : new Secret(token),
      source: t`environment (${spelling.id ?? spelling.secret})`,
      expiresAt: null,
    };
  }
  return null;
}

/** The variable that turns the instance's metadata service off, or null. */
export function metadataSwitchedOff(vendor: Vendor, env: Env): string | null {
  const name = vendorOf(vendor).metadata?.offVariable ?? null;
  return name !== null && isOn(env, name) ? name : null;
}

function environmentIdentity(vendor: Vendor, env: Env): WebIdentity | null {
  const names = vendorOf(vendor).webIdentity;
  if (names === null) return null;
  const value = (name: string | null): string | null => (name === null ? null : readVariable(env, name));
  const { providerId, tokenFile, roleArn } = names.required;
  const [provider, file, role] = [value(providerId), value(tokenFile), value(roleArn)];
  // Other tools set Alibaba's ROLE_ARN, too: only the provider or the token file asks for an exchange.
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
 * The warning that the role of a web identity is not used beside an access key, or null. Alibaba's SDKs ignore the
 * role, too; its CLI without a profile assumes it (aliyun/aliyun-cli, config/profile.go), so users may expect that.
 */
export function unusedRole(vendor: Vendor, env: Env): string | null {
  const { webIdentity, roles } = vendorOf(vendor);
  if (webIdentity?.roleAlone !== true) return null;
  const { providerId, tokenFile, roleArn } = webIdentity.required;
  if (readVariable(env, roleArn) === null) return null;
  if (credentialsFromEnvironment(vendor, env) === null || environmentRole(vendor, env) !== null) return null;
  // Clusters set all three for every pod: an access key beside them is intended.
  if (readVariable(env, providerId) !== null || readVariable(env, tokenFile) !== null) return null;
  return t`${roleArn} has no effect beside an access key: to assume a role, set ${roles?.variables.arn[0] ?? ''}`;
}

/**
 * The variable that names a role to assume, or null.
 *
 * @throws KeypairError `AUTH` with the names of two that differ.
 */
export function roleVariable(vendor: Vendor, env: Env): Variable | null {
  return agreedVariable(env, vendorOf(vendor).roles?.variables.arn ?? []);
}

/**
 * The role of the environment, to assume with the credentials that are found; or null.
 *
 * @throws KeypairError `AUTH` with the variables' names, if two differ or a duration is no number.
 */
export function environmentRole(vendor: Vendor, env: Env): Role | null {
  const names = vendorOf(vendor).roles?.variables;
  const arn = roleVariable(vendor, env)?.value ?? null;
  if (names === undefined || arn === null) return null;
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
