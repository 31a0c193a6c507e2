import type { KeypairError } from '../../../../errors.ts';
import type { Answer } from '../../../response.ts';
import { inBatches } from '../../../batches.ts';
import { identityOf, matching } from '../../../filter.ts';
import { allPages } from '../../../pages.ts';
import { keyIdOf } from '../rules.ts';
import type { AdapterOptions, ItemOutcome, KeyPairRef, ListFilter, Provider } from '../../../types.ts';
import { callGateway, type Parameters } from './call.ts';
import { BIND_ERRORS } from './errors.ts';
import { legacyService } from '../descriptors.ts';
import { readLegacyCreated, readLegacyDeleted, readLegacyImported, readLegacyPage } from './v2-answers.ts';

/** The oldest interface of CVM: parameters in camelCase, lists counted from 0, no request ids. */
export function v2(options: AdapterOptions): Provider {
  const change = (action: string, parameters: Parameters, signal: AbortSignal) =>
    callGateway(options, action, parameters, { changes: true, signal });

  /** It can stop no instance for it (the vendor's page has no parameter for that), and answers for a whole batch. */
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
      const fetchPage = async ({ offset }: { readonly offset: number }) => {
        const parameters: Parameters = [
          ['offset', String(offset)],
          ['limit', String(legacyService.pageSize)],
          ...selection(filter),
        ];
        const how = { changes: false, signal };
        return readLegacyPage(await callGateway(options, 'DescribeKeyPairs', parameters, how));
      };
      return matching(allPages(fetchPage, legacyService.pageSize, identityOf), filter);
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

/** An answer that holds nothing but its code, which has been read as 0; without one it is another interface's. */
function succeeded(answer: Answer): void {
  if (!Object.hasOwn(answer.fields, 'code')) throw answer.unusable('without a code');
}

function listed(name: string, items: readonly string[]): Parameters {
  return items.map((item, index) => [`${name}.${String(index)}`, item]);
}

function selection({ id, name }: ListFilter): Parameters {
  const byId: Parameters = id === undefined ? [] : listed('keyIds', [id]);
  const byName: Parameters = name === undefined ? [] : [['keyName', name]];
  return [...byId, ...byName];
}
