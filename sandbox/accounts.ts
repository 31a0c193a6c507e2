import { randomBytes } from 'node:crypto';

import { credentialsOf, sessionOf, type Vendor } from './sessions.ts';

/** An access key without a token. */
export interface Credentials {
  readonly secretId: string;
  readonly secretKey: string;
}

/** The permanent credentials. Every interface accepts them; no real service does. */
export const PERMANENT = {
  secretId: 'AKIDsandbox0000000000000000000permanent',
  secretKey: 'sandboxsecretkeythatopensnothing',
} as const satisfies Credentials;

/** Random credentials, for a sandbox that accepts no others. */
export function randomCredentials(): Credentials {
  const random = (): string => randomBytes(20).toString('hex');
  return { secretId: `AKIDsandbox${random()}`, secretKey: random() };
}

/** The temporary credentials, which need their token. */
export const TEMPORARY = {
  secretId: 'AKIDsandbox0000000000000000000temporary',
  secretKey: 'sandboxtemporarykeyopensnothing',
  token: 'sandbox-session-token/+=0001',
} as const;

/** One access key. */
export interface Account {
  readonly secretKey: string;
  /** The token that each request must carry; null for permanent credentials, which must carry none. */
  readonly token: string | null;
  /** When the credentials expire; null for never. */
  readonly expiresAt: Date | null;
}

/** Finds an account by SecretId or AccessKeyId. */
export type AccountFor = (id: string) => Account | null;

/** The access keys of one cloud: the two above, and those of its sessions, expired or not. @param only replaces all */
export function accountsOf(vendor: Vendor, only: Credentials | null): AccountFor {
  return (id) => {
    if (only !== null) return id === only.secretId ? { ...only, token: null, expiresAt: null } : null;
    if (id === PERMANENT.secretId) return { secretKey: PERMANENT.secretKey, token: null, expiresAt: null };
    if (id === TEMPORARY.secretId) {
      return { secretKey: TEMPORARY.secretKey, token: TEMPORARY.token, expiresAt: null };
    }
    const session = sessionOf(id);
    return session?.vendor === vendor ? { ...credentialsOf(id), expiresAt: session.expiresAt } : null;
  };
}

/** The main account of each cloud, which owns all resources. */
export const ACCOUNTS = { tencent: '100000000001', aliyun: '1000000000000001' } as const;

/** The sub-user of each cloud, which owns the permanent credentials. On Alibaba a main account may not assume roles. */
export const USERS = { tencent: '100000000002', aliyun: '200000000000000001' } as const;

/** A role, the same on both clouds. */
export interface Role {
  readonly name: string;
  /** The id in answers of GetCallerIdentity. */
  readonly id: string;
  /** Who may assume the role: everybody, everybody with this ExternalId, or nobody. */
  readonly trust: 'all' | { readonly externalId: string } | 'nobody';
}

const ROLES: readonly Role[] = [
  { name: 'ops', id: '300000000000000001', trust: 'all' },
  { name: 'external', id: '300000000000000002', trust: { externalId: 'ext-42' } },
  { name: 'forbidden', id: '300000000000000003', trust: 'nobody' },
];

/** Finds a role by name or id; null when there is none. */
export function findRole(nameOrId: string): Role | null {
  return ROLES.find(({ name, id }) => name === nameOrId || id === nameOrId) ?? null;
}

/** Whether a caller with this ExternalId (undefined for none) may assume the role. */
export function trusts({ trust }: Role, externalId: string | undefined): boolean {
  return trust === 'all' || (trust !== 'nobody' && trust.externalId === externalId);
}

/** An assumed role and the session's name. */
interface AssumedRole {
  readonly role: Role;
  readonly session: string;
}

/** The role of a caller, from its SecretId or AccessKeyId; null for credentials of the sub-user. */
export function assumedRoleOf(caller: string | null): AssumedRole | null {
  const session = caller === null ? null : sessionOf(caller);
  const assumed = caller === TEMPORARY.secretId ? { role: 'ops', name: 'sandbox' } : session;
  if (typeof assumed?.role !== 'string') return null;
  // behaviour.instanceRole may name a role that the account does not have.
  const role = findRole(assumed.role) ?? { name: assumed.role, id: '300000000000000099', trust: 'nobody' };
  return { role, session: assumed.name };
}

/** The claims of a web identity token. */
interface Claims {
  readonly subject: string;
  readonly issuer: string;
  readonly audience: string;
}

/** The name of a federated user, from its SecretId; null for all others. */
export function federatedUserOf(caller: string | null): string | null {
  const session = caller === null ? null : sessionOf(caller);
  return session?.role === null && session.name !== '' ? session.name : null;
}

/**
 * Reads an OIDC token: three parts, the second one JSON with `exp` in the future. It does not verify the signature,
 * since the sandbox has no identity provider to get keys from.
 */
export function readWebIdentity(token: string, now: Date): Claims | 'malformed' | 'expired' {
  const parts = token.split('.');
  if (parts.length !== 3 || !parts.every((part) => /^[A-Za-z0-9_-]+$/.test(part))) return 'malformed';
  const payload = parse(Buffer.from(parts[1] ?? '', 'base64url').toString());
  if (payload === null || typeof payload['exp'] !== 'number') return 'malformed';
  if (payload['exp'] * 1000 <= now.getTime()) return 'expired';
  const claim = (name: string): string => {
    const value = payload[name];
    return typeof value === 'string' ? value : JSON.stringify(value ?? '');
  };
  return { subject: claim('sub'), issuer: claim('iss'), audience: claim('aud') };
}

function parse(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
