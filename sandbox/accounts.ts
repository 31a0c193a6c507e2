import { credentialsOf, sessionOf, type Vendor } from './sessions.ts';

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
