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
