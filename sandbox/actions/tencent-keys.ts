import { formatPrivateKey, makeRsaKey, parsePublicLine, type PublicLine } from '../keys.ts';
import { type Contents, newId, type StoredPair, type Tag, withPairs } from '../repository.ts';
import type { ApiError } from '../api-error.ts';
import type { Call } from './action.ts';

/** What is wrong with a name, in the order in which the services check. */
type NameViolation = 'empty' | 'too-long' | 'illegal';

/** Checks a name for CVM and Lighthouse: 1 to 25 digits, letters and underscores. Null for a valid name. */
export function nameViolation(name: string): NameViolation | null {
  if (name === '') return 'empty';
  if (name.length > 25) return 'too-long';
  return /^[0-9A-Za-z_]+$/.test(name) ? null : 'illegal';
}

/** Whether an id is the service's prefix and eight digits or lower-case letters. */
export function isKeyId(prefix: 'skey' | 'lhkp', id: string): boolean {
  return new RegExp(`^${prefix}-[0-9a-z]{8}$`).test(id);
}

/** A new pair and its service's errors. */
export interface NewPair {
  readonly prefix: 'skey' | 'lhkp';
  readonly name: string;
  readonly projectId: number;
  readonly tags: readonly Tag[];
  readonly quota: number;
  /** The pairs in other regions, which count for the quota and maybe for names. */
  readonly elsewhere: readonly StoredPair[];
  readonly full: () => ApiError;
  readonly duplicate: () => ApiError;
}

/** Generates an RSA pair and stores its public key. @throws ApiError when the name is taken or the quota exceeded */
export async function createPair(newPair: NewPair, call: Call): Promise<{ pair: StoredPair; privateKey: string }> {
  checkNameAndQuota(newPair, call.repository.read(), call);
  const key = await makeRsaKey(call.behaviour.keyBits);
  // Check again: another request or process may have taken the name or the last place meanwhile.
  const pair = store(newPair, { type: 'ssh-rsa', blob: key.blob }, call, (contents) => {
    checkNameAndQuota(newPair, contents, call);
  });
  return { pair, privateKey: formatPrivateKey(key, call.behaviour.tencentKeyShape) };
}

/** Stores a public line. The pair's id replaces the comment, as the documents allow. @throws ApiError */
export function importPair(
  newPair: NewPair,
  line: string,
  call: Call,
  refuse: { readonly malformed: () => ApiError; readonly known: () => ApiError },
): StoredPair {
  const { keyTypes } = call.behaviour;
  const key = parsePublicLine(line, keyTypes);
  if (key === null || (keyTypes === 'documented' && key.type !== 'ssh-rsa')) throw refuse.malformed();
  const base64 = key.blob.toString('base64');
  return store(newPair, key, call, (contents) => {
    checkNameAndQuota(newPair, contents, call);
    if (contents.pairs.some((pair) => pair.publicKey.split(' ')[1] === base64)) throw refuse.known();
  });
}

function checkNameAndQuota(newPair: NewPair, { pairs }: Contents, { behaviour }: Call): void {
  const { elsewhere, projectId } = newPair;
  const taken = {
    account: [...pairs, ...elsewhere],
    region: pairs,
    project: pairs.filter((pair) => pair.projectId === projectId),
  }[behaviour.tencentNames];
  if (taken.some((pair) => pair.name === newPair.name)) throw newPair.duplicate();
  if (pairs.length + elsewhere.length >= newPair.quota) throw newPair.full();
}

function store(
  newPair: NewPair,
  { type, blob }: PublicLine,
  call: Call,
  check: (contents: Contents) => void,
): StoredPair {
  const id = newId(newPair.prefix, 8);
  const pair: StoredPair = {
    id,
    name: newPair.name,
    publicKey: `${type} ${blob.toString('base64')} ${id}`,
    fingerprint: '',
    createdAt: call.now.toISOString(),
    projectId: newPair.projectId,
    description: '',
    resourceGroupId: '',
    tags: newPair.tags,
  };
  call.repository.update((contents) => {
    check(contents);
    return withPairs(contents, [pair]);
  });
  return pair;
}
