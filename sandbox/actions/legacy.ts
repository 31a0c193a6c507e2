import { ApiError } from '../api-error.ts';
import { type Binding, boundInstances, isBusy, isInUse, type StoredInstance } from '../instances.ts';
import { fields, integer, list, optional, text } from '../params.ts';
import { type Contents, type StoredPair, withChanged, withoutPairs } from '../repository.ts';
import { action, type Actions, type Call, type Result } from './action.ts';
import { pairsElsewhere } from './cvm-params.ts';
import { startBindingChange } from './tencent-instances.ts';
import { createPair, importPair, nameViolation, type NewPair } from './tencent-keys.ts';

/** Legacy ModifyKeyPair: changes the name. */
const modifyKeyPair = action(10, fields({ keyId: text, keyName: text }), ({ keyId, keyName }, { repository }) => {
  if (nameViolation(keyName) !== null) throw new ApiError('4000', '(200001)keyName is not valid');
  repository.update((contents) => {
    const pair = contents.pairs.find(({ id }) => id === keyId);
    if (pair === undefined) throw keyPairNotFound();
    if (contents.pairs.some(({ id, name }) => name === keyName && id !== keyId)) {
      throw new ApiError('5100', `(200002)keyName ${keyName} already exists`);
    }
    return withChanged(contents, [{ ...pair, name: keyName }]);
  });
  // The document's example has an empty list here; other actions have an object.
  return { codeDesc: 'Success', data: [] };
});

const params = fields({ instanceIds: list(text), keyId: text, hardPowerOffFlag: optional(text) });

interface Params {
  readonly instanceIds: readonly string[];
  readonly keyId: string;
  readonly hardPowerOffFlag: string | undefined;
}

/** Legacy BindInstanceKey: the new key replaces the old one. */
const bindInstanceKey = action(10, params, (given, call) =>
  changeBindings('BindInstanceKey', given, call, () => [{ keyId: given.keyId, user: null }]),
);

/** Legacy UnBindInstanceKey. */
const unBindInstanceKey = action(10, params, (given, call) =>
  changeBindings('UnBindInstanceKey', given, call, (bound) => {
    if (!bound.some(({ keyId }) => keyId === given.keyId)) {
      throw new ApiError('5100', '(200010)key is not bound to the instance');
    }
    return bound.filter(({ keyId }) => keyId !== given.keyId);
  }),
);

/** CVM legacy v2. The documents give no module codes for messages, and no code for a taken name (5100 here). */
export const LEGACY_ACTIONS: Actions = new Map([
  [
    'CreateKeyPair',
    action(10, fields({ keyName: text }), async ({ keyName }, call) => {
      const { pair, privateKey } = await createPair(newPair(keyName, call), call);
      const data = { secretkey: privateKey, pubkey: pair.publicKey, keyId: pair.id, keyName: pair.name };
      return { codeDesc: 'Success', data };
    }),
  ],
  [
    'ImportKeyPair',
    action(10, fields({ keyName: text, pubKey: text }), ({ keyName, pubKey }, call) => {
      const pair = importPair(newPair(keyName, call), pubKey, call, {
        malformed: () => new ApiError('4000', '(200003)pubKey is not an OpenSSH RSA key'),
        known: () => new ApiError('5100', '(200004)pubKey already exists'),
      });
      // The document's example has this at the top level, not in `data`.
      return { keyId: pair.id };
    }),
  ],
  [
    'DescribeKeyPairs',
    action(
      10,
      fields({
        keyIds: optional(list(text)),
        keyName: optional(text),
        projectId: optional(text),
        offset: optional(integer),
        limit: optional(integer),
      }),
      ({ keyIds, keyName, projectId, offset = 0, limit = 20 }, call) => {
        if (offset < 0) throw new ApiError('4000', '(200005)offset is not valid');
        if (limit < 1 || limit > 100) throw new ApiError('4000', '(200006)limit is not valid');
        const contents = call.repository.read();
        const found = contents.pairs.filter(
          (pair) =>
            (keyIds?.includes(pair.id) ?? true) &&
            (keyName === undefined || pair.name === keyName) &&
            (projectId === undefined || String(pair.projectId) === projectId),
        );
        const page = found.slice(offset, offset + call.pages.size(limit));
        const sshSet = page.map((pair) => keyPairRow(pair, contents, call.now));
        return { data: { totalCount: found.length, sshSet } };
      },
    ),
  ],
  [
    'DeleteKeyPair',
    action(10, fields({ keyIds: list(text) }), ({ keyIds }, call) => ({
      codeDesc: 'Success',
      // The outer code is always 0; each entry has its own code.
      detail: { deleteKeySet: keyIds.map((keyId) => ({ ...remove(keyId, call), keyId })) },
    })),
  ],
  ['ModifyKeyPair', modifyKeyPair],
  ['BindInstanceKey', bindInstanceKey],
  ['UnBindInstanceKey', unBindInstanceKey],
  // One example of the documents has this spelling.
  ['unBindInstanceKey', unBindInstanceKey],
]);

function newPair(name: string, call: Call): NewPair {
  if (nameViolation(name) !== null) throw new ApiError('4000', '(200001)keyName is not valid');
  return {
    prefix: 'skey',
    name,
    projectId: 0,
    tags: [],
    quota: call.behaviour.quota.cvm,
    elsewhere: pairsElsewhere(call),
    full: () => new ApiError('4400', '(200007)quota of key pairs exceeded'),
    duplicate: () => new ApiError('5100', `(200002)keyName ${name} already exists`),
  };
}

function keyPairRow(pair: StoredPair, { instances }: Contents, now: Date): Result {
  return {
    keyId: pair.id,
    keyName: pair.name,
    pubkey: pair.publicKey,
    status: 0,
    bindIps: [],
    createTime: beijingTime(pair.createdAt),
    bindUnInstanceIds: boundInstances(instances, pair.id, now).map(({ id }) => id),
  };
}

/** A time as `2015-11-05 17:26:21`, in UTC+8 (inferred; the documents name no zone). */
function beijingTime(iso: string): string {
  const shifted = new Date(Date.parse(iso) + 8 * 3600 * 1000);
  return Number.isNaN(shifted.getTime()) ? '' : shifted.toISOString().slice(0, 19).replace('T', ' ');
}

function remove(keyId: string, { repository, now }: Call): { readonly code: number; readonly message: string } {
  let outcome = { code: 0, message: 'success' };
  repository.update((contents) => {
    outcome = { code: 0, message: 'success' };
    if (!contents.pairs.some(({ id }) => id === keyId)) {
      outcome = { code: 5000, message: '(200008)key does not exist' };
    } else if (isInUse(contents.instances, keyId, now)) {
      outcome = { code: 5100, message: '(200009)key is bound to an instance' };
    }
    return outcome.code === 0 ? withoutPairs(contents, new Set([keyId])) : contents;
  });
  return outcome;
}

function changeBindings(
  name: string,
  { instanceIds, keyId, hardPowerOffFlag }: Params,
  call: Call,
  next: (bound: readonly Binding[]) => readonly Binding[],
): Result {
  if (instanceIds.length === 0 || instanceIds.length > 100) {
    throw new ApiError('4000', '(200011)instanceIds is not valid');
  }
  const force = hardPowerOffFlag === '1' || hardPowerOffFlag === 'true';
  return startBindingChange(
    {
      action: name,
      instanceIds,
      keyIds: [keyId],
      milliseconds: force ? call.behaviour.operationMs : 0,
      restarts: force,
      keyPairNotFound,
      instanceNotFound: (id) => new ApiError('5000', `(200012)instance ${id} does not exist`),
      newBindings(instance, bound) {
        checkInstance(instance, force, call.now);
        return next(bound);
      },
    },
    call,
  );
}

function checkInstance(instance: StoredInstance, force: boolean, now: Date): void {
  const refuse = (why: string): ApiError => new ApiError('5100', `${why}: ${instance.id}`);
  if (instance.platform === 'windows') throw refuse('(200013)instance runs Windows');
  if (isBusy(instance, now)) throw refuse('(200014)instance is being operated on');
  if (instance.running && !force) throw refuse('(200015)instance is running');
}

function keyPairNotFound(): ApiError {
  return new ApiError('5000', '(200008)key does not exist');
}
