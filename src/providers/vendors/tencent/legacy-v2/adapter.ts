import type { KeypairError } from '../../../../errors.ts';
import { t } from '../../../../i18n/t.ts';
import { inBatches } from '../../../batches.ts';
import { allPages, identityOf, matching, type Page } from '../../../paging.ts';
import { type Fields, countOf, fieldsOf, handledRows, lineOf, rowsOf, textOf, textsOf } from '../../../parse.ts';
import type { Answer } from '../../../response.ts';
import type {
  AdapterFactory,
  AdapterOptions,
  CreatedKeyPair,
  ImportedKeyPair,
  ItemOutcome,
  KeyPair,
  KeyPairRef,
  ListFilter,
  Provider,
} from '../../../types.ts';
import { cvm } from '../cvm.ts';
import { keyIdOf, legacyService } from '../services.ts';
import { type Parameters, callGateway, gatewayCaller } from './call.ts';
import { BIND_ERRORS, DELETE_ERRORS } from './errors.ts';
import { Secret } from '../../../../secret.ts';

/** The v2 gateway of Tencent Cloud CVM: version 2017-03-12, the predecessor of API 3.0, or the older `v2`. */
export const adapt: AdapterFactory = (options) =>
  options.apiVersion === 'v2' ? v2(options) : cvm(gatewayCaller(options), legacyService);

/** The oldest interface of CVM: camelCase parameters, indexes from 0, no request ids. */
export function v2(options: AdapterOptions): Provider {
  const change = (action: string, parameters: Parameters, signal: AbortSignal) =>
    callGateway(options, action, parameters, { changes: true, signal });

  /** v2 cannot stop instances (the vendor's page has no such parameter) and returns one result for a whole batch. */
  function bind(
    action: 'BindInstanceKey' | 'UnBindInstanceKey',
    pair: KeyPairRef,
    instances: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly ItemOutcome[]> {
    const key = ['keyId', keyIdOf(pair, legacyService)] as const;
    return inBatches(instances, {
      size: legacyService.bindBatch,
      nameOf: (instance) => instance,
      async act(batch) {
        const parameters = [...listed('instanceIds', batch), key];
        const how = { changes: true, signal, errors: BIND_ERRORS };
        succeeded(await callGateway(options, action, parameters, how));
        return batch.map(() => null);
      },
    });
  }

  return {
    async createKeyPair({ name }, signal) {
      return readLegacyCreated(await change('CreateKeyPair', [['keyName', name]], signal), name);
    },
    async importPublicKey({ name, publicKey }, signal) {
      const parameters: Parameters = [
        ['keyName', name],
        ['pubKey', publicKey],
      ];
      return readLegacyImported(await change('ImportKeyPair', parameters, signal), name);
    },
    listKeyPairs(filter, signal) {
      const { pageSize } = legacyService;
      const fetchPage = async ({ offset }: { readonly offset: number }, pageSignal: AbortSignal) => {
        const parameters: Parameters = [['offset', String(offset)], ['limit', String(pageSize)], ...selection(filter)];
        const how = { changes: false, signal: pageSignal };
        return readLegacyPage(await callGateway(options, 'DescribeKeyPairs', parameters, how));
      };
      return matching(allPages(fetchPage, { pageSize, numbered: false, keyOf: identityOf, signal }), filter);
    },
    deleteKeyPairs(pairs, signal) {
      return inBatches(pairs, {
        size: legacyService.deleteBatch,
        nameOf: ({ name }) => name,
        async act(batch): Promise<readonly (KeypairError | null)[]> {
          const ids = batch.map((pair) => keyIdOf(pair, legacyService));
          return readLegacyDeleted(await change('DeleteKeyPair', listed('keyIds', ids), signal), ids);
        },
      });
    },
    async updateKeyPair(pair, { name = pair.name }, signal) {
      const parameters: Parameters = [
        ['keyId', keyIdOf(pair, legacyService)],
        ['keyName', name],
      ];
      succeeded(await change('ModifyKeyPair', parameters, signal));
    },
    attachKeyPair: (pair, instances, _how, signal) => bind('BindInstanceKey', pair, instances, signal),
    detachKeyPair: (pair, instances, _how, signal) => bind('UnBindInstanceKey', pair, instances, signal),
  };
}

/**
 * Checks a response that contains only its code, already read as 0. Without a code it is another interface's response.
 */
function succeeded(answer: Answer): void {
  if (!Object.hasOwn(answer.fields, 'code')) throw answer.malformed(t`without a code`);
}

function listed(name: string, items: readonly string[]): Parameters {
  return items.map((item, index) => [`${name}.${String(index)}`, item]);
}

function selection({ id, name }: ListFilter): Parameters {
  const byId: Parameters = id === undefined ? [] : listed('keyIds', [id]);
  const byName: Parameters = name === undefined ? [] : [['keyName', name]];
  return [...byId, ...byName];
}

/** Parses a response of v2 to CreateKeyPair. */
function readLegacyCreated(answer: Answer, askedName: string): CreatedKeyPair {
  const fields = contentOf(answer, 'secretkey');
  const privateKey = textOf(fields?.['secretkey']);
  if (fields === null || privateKey === null) throw answer.malformed(t`without a private key`);
  return {
    // Do not lose the private key over a missing name: use the requested one.
    pair: readPair(fields, lineOf(fields['keyName']) ?? askedName),
    privateKey: new Secret(privateKey),
    requestId: answer.requestId,
  };
}

/** Parses a response of v2 to ImportKeyPair, which has only the pair's id. */
function readLegacyImported(answer: Answer, name: string): ImportedKeyPair {
  const id = lineOf(contentOf(answer, 'keyId')?.['keyId']);
  if (id === null) throw answer.malformed(t`without the id of the key pair`);
  return { pair: readPair({ keyId: id }, name), requestId: answer.requestId };
}

/**
 * Parses a response of v2 to DeleteKeyPair: null or an error for each id. The code of the whole response is 0 even if
 * no pair was deleted.
 */
function readLegacyDeleted(answer: Answer, ids: readonly string[]): readonly (KeypairError | null)[] {
  const rows = rowsOf(contentOf(answer, 'deleteKeySet')?.['deleteKeySet']);
  if (rows === null) throw answer.malformed(t`without results for the key pairs`);
  const entries = new Map(rows.map((row) => [lineOf(fieldsOf(row)?.['keyId']), fieldsOf(row)]));
  return ids.map((id) => {
    const entry = entries.get(id);
    const code = String(entry?.['code']);
    if (!/^-?\d{1,9}$/.test(code)) return answer.malformed(t`without a result for ${id}`);
    return Number(code) === 0 ? null : answer.refusal(code, entry?.['message'], DELETE_ERRORS);
  });
}

/** Parses one page of v2's DescribeKeyPairs. */
function readLegacyPage(answer: Answer): Page<KeyPair> {
  const content = contentOf(answer, 'sshSet');
  const list = handledRows(content?.['sshSet'], 'keyName', readPair);
  if (list === null) throw answer.malformed(t`without a list of key pairs`);
  return { ...list, total: countOf(content?.['totalCount']) };
}

/** The object that has `field`. Depending on the action, v2 puts its fields in `data`, in `detail` or at the top. */
function contentOf(answer: Answer, field: string): Fields | null {
  const places = [fieldsOf(answer.fields['data']), fieldsOf(answer.fields['detail']), answer.fields];
  return places.find((place) => place !== null && Object.hasOwn(place, field)) ?? null;
}

function readPair(fields: Fields, name: string): KeyPair {
  return {
    id: lineOf(fields['keyId']),
    name,
    publicKey: lineOf(fields['pubkey']),
    fingerprint: null,
    // `createTime` has no time zone, so it is unusable.
    createdAt: null,
    description: null,
    projectId: null,
    tags: null,
    instances: textsOf(fields['bindUnInstanceIds']),
  };
}
