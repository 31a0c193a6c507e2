import { TEMPORARY } from '../accounts.ts';
import { findRole, type Role } from '../roles.ts';
import { sessionOf } from '../sessions.ts';
import type { Call } from './action.ts';

/** A role that a caller has taken on, and under what name. */
export interface AssumedRole {
  readonly role: Role;
  readonly session: string;
}

/** The role that signed a request; null for the permanent pair, which is a sub-user's. */
export function assumedRoleOf({ caller }: Call): AssumedRole | null {
  const session = caller === null ? null : sessionOf(caller);
  const taken = caller === TEMPORARY.secretId ? { role: 'ops', name: 'sandbox' } : session;
  if (taken === null) return null;
  // An instance may have a role of any name, which no role of the account need bear.
  const role = findRole(taken.role) ?? { name: taken.role, id: '300000000000000099', trust: 'nobody' };
  return { role, session: taken.name };
}
