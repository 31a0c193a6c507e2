import { credentialsOf, sessionOf, type Vendor } from './sessions.ts';

/** The permanent pair of the sandbox, the same for every interface. It opens nothing anywhere else. */
export const PERMANENT = {
  secretId: 'AKIDsandbox0000000000000000000permanent',
  secretKey: 'sandboxsecretkeythatopensnothing',
} as const;

/** The temporary pair of the sandbox, with its token. */
export const TEMPORARY = {
  secretId: 'AKIDsandbox0000000000000000000temporary',
  secretKey: 'sandboxtemporarykeyopensnothing',
  token: 'sandbox-session-token/+=0001',
} as const;

/** What the sandbox knows of one access key. */
export interface Account {
  readonly secretKey: string;
  /** A temporary pair is refused without exactly this token; a permanent one has null and is refused with any. */
  readonly token: string | null;
  /** From this moment on the pair is refused; null for one without an end. */
  readonly expiresAt: Date | null;
}

/** Finds an account by SecretId or AccessKeyId. */
export type AccountFor = (id: string) => Account | null;

/** The accounts that one cloud knows: the two pairs above, and what was issued for its roles, ended or not. */
export function accountsOf(vendor: Vendor): AccountFor {
  return (id) => {
    if (id === PERMANENT.secretId) return { secretKey: PERMANENT.secretKey, token: null, expiresAt: null };
    if (id === TEMPORARY.secretId) {
      return { secretKey: TEMPORARY.secretKey, token: TEMPORARY.token, expiresAt: null };
    }
    const session = sessionOf(id);
    return session?.vendor === vendor ? { ...credentialsOf(id), expiresAt: session.expiresAt } : null;
  };
}

/** The main accounts that own everything in the sandbox. */
export const ACCOUNTS = { tencent: '100000000001', aliyun: '1000000000000001' } as const;

/** The sub-users that the permanent pair belongs to: a main account may not assume roles on Alibaba. */
export const USERS = { tencent: '100000000002', aliyun: '200000000000000001' } as const;

/** A role, the same on both clouds. */
export interface Role {
  readonly name: string;
  /** What GetCallerIdentity calls it. */
  readonly id: string;
  /** Who may assume it: everybody, everybody with this ExternalId, or nobody. */
  readonly trust: 'all' | { readonly externalId: string } | 'nobody';
}

const ROLES: readonly Role[] = [
  { name: 'ops', id: '300000000000000001', trust: 'all' },
  { name: 'external', id: '300000000000000002', trust: { externalId: 'ext-42' } },
  { name: 'forbidden', id: '300000000000000003', trust: 'nobody' },
];

/** Finds a role by its name or its id; null when there is none. */
export function findRole(nameOrId: string): Role | null {
  return ROLES.find(({ name, id }) => name === nameOrId || id === nameOrId) ?? null;
}

/** Whether a caller that gave this ExternalId, or none, may assume the role. */
export function trusts({ trust }: Role, externalId: string | undefined): boolean {
  return trust === 'all' || (trust !== 'nobody' && trust.externalId === externalId);
}

/** A role that a caller has taken on, and under what name. */
interface AssumedRole {
  readonly role: Role;
  readonly session: string;
}

/** The role that signed a request; null for the permanent pair, which is a sub-user's. */
export function assumedRoleOf(caller: string | null): AssumedRole | null {
  const session = caller === null ? null : sessionOf(caller);
  const taken = caller === TEMPORARY.secretId ? { role: 'ops', name: 'sandbox' } : session;
  if (taken === null) return null;
  // An instance may have a role of any name, which no role of the account need bear.
  const role = findRole(taken.role) ?? { name: taken.role, id: '300000000000000099', trust: 'nobody' };
  return { role, session: taken.name };
}

/** What a web identity token claims about who bears it. */
interface Claims {
  readonly subject: string;
  readonly issuer: string;
  readonly audience: string;
}

/**
 * Reads an OIDC token: three parts, the middle one JSON with `exp` in the future. The signature is not looked at,
 * since the sandbox has no identity provider whose keys it could fetch.
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
