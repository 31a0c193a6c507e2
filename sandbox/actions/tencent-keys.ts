import { formatPrivateKey, makeRsaKey, parsePublicLine } from '../keys.ts';
import { type Contents, newId, type StoredPair, type Tag, withPairs } from '../repository.ts';
import type { ApiError } from '../api-error.ts';
import type { Call } from './action.ts';

/** What is wrong with a key pair's name, in the order in which the services find it. */
export type NameViolation = 'empty' | 'too-long' | 'illegal';

/** CVM and Lighthouse: 1 to 25 digits, letters and underscores. Null for a good name. */
export function nameViolation(name: string): NameViolation | null {
  if (name === '') return 'empty';
  if (name.length > 25) return 'too-long';
  return /^[0-9A-Za-z_]+$/.test(name) ? null : 'illegal';
}

/** Eight digits or small letters after the service's prefix. */
export function isKeyId(prefix: 'skey' | 'lhkp', id: string): boolean {
  return new RegExp(`^${prefix}-[0-9a-z]{8}$`).test(id);
}

/** What a new pair is to be, and how its service refuses it. */
export interface NewPair {
  readonly prefix: 'skey' | 'lhkp';
  readonly name: string;
  readonly projectId: number;
  readonly tags: readonly Tag[];
  readonly quota: number;
  readonly full: () => ApiError;
  readonly duplicate: () => ApiError;
}

/** Makes an RSA pair and keeps its public half. @throws the service's ApiError when the name is taken or the quota full */
export async function createPair(
  wanted: NewPair,
  call: Call,
): Promise<{ pair: StoredPair; privateKey: string }> {
  checkNameAndQuota(wanted, call.repository.read(), call);
  const key = await makeRsaKey(call.behaviour.keyBits);
  // Making the key took time: another request, or another sandbox, may have taken the name or the last place.
  const pair = store(wanted, key.blob, call, (contents) => {
    checkNameAndQuota(wanted, contents, call);
  });
  return { pair, privateKey: formatPrivateKey(key, call.behaviour.tencentKeyShape) };
}

/** Keeps an `ssh-rsa` line. The comment is replaced by the pair's id, as the service may do. @throws ApiError */
export function importPair(
  wanted: NewPair,
  line: string,
  call: Call,
  refuse: { readonly malformed: () => ApiError; readonly known: () => ApiError },
): StoredPair {
  const key = parsePublicLine(line);
  if (key?.type !== 'ssh-rsa') throw refuse.malformed();
  const base64 = key.blob.toString('base64');
  return store(wanted, key.blob, call, (contents) => {
    checkNameAndQuota(wanted, contents, call);
    if (contents.pairs.some((pair) => pair.publicKey.split(' ')[1] === base64)) throw refuse.known();
  });
}

function checkNameAndQuota(wanted: NewPair, { pairs }: Contents, { behaviour }: Call): void {
  const everywhere = behaviour.tencentNames === 'account';
  const taken = pairs.filter(({ projectId }) => everywhere || projectId === wanted.projectId);
  if (taken.some((pair) => pair.name === wanted.name)) throw wanted.duplicate();
  if (pairs.length >= wanted.quota) throw wanted.full();
}

function store(wanted: NewPair, blob: Buffer, call: Call, check: (contents: Contents) => void): StoredPair {
  const id = newId(wanted.prefix, 8);
  const pair: StoredPair = {
    id,
    name: wanted.name,
    publicKey: `ssh-rsa ${blob.toString('base64')} ${id}`,
    fingerprint: '',
    createdAt: call.now.toISOString(),
    projectId: wanted.projectId,
    description: '',
    resourceGroupId: '',
    tags: wanted.tags,
  };
  call.repository.update((contents) => {
    check(contents);
    return withPairs(contents, [pair]);
  });
  return pair;
}
