import { createHash } from 'node:crypto';
import type { CredentialSource } from '../providers/credentials.ts';

/** The account in the name of a role, of either vendor. */
const ACCOUNT = /acs:ram::\d+|qcs::cam::uin\/\d+/;

/**
 * Whose requests these are, in a form that tells nobody: `account:…` of a role, `key:…` of a permanent access key. What
 * one account has made, another one does not see.
 *
 * @param credentials null in the sandbox.
 * @returns null where nothing lasting tells: in the sandbox, and of temporary credentials that somebody else has made.
 * @throws KeypairError as {@link CredentialSource.current}.
 */
export async function accountIdOf(
  credentials: CredentialSource | null,
  signal: AbortSignal,
): Promise<string | null> {
  if (credentials === null) return null;
  const account = ACCOUNT.exec(credentials.source)?.[0];
  if (account !== undefined) return `account:${hash(account)}`;
  const { id, token } = await credentials.current(signal);
  return token === null ? `key:${hash(id)}` : null;
}

/** Whether two are known not to be the same. A role and an access key may be of one account: that is not known. */
export function isOtherAccount(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && kindOf(one) === kindOf(other) && one !== other;
}

function kindOf(signer: string): string {
  return signer.slice(0, signer.indexOf(':'));
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
