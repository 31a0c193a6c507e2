import type {
  AssociateInstancesKeyPairsRequest,
  CreateKeyPairRequest,
  DescribeGeneralResourceQuotasRequest,
  DisassociateInstancesKeyPairsRequest,
  ImportKeyPairRequest,
} from 'tencentcloud-sdk-nodejs/tencentcloud/services/lighthouse/v20200324/lighthouse_models.js';
import {
  bindInstances,
  deleteKeyPairs,
  listInstances,
  listKeyPairs,
  listRegions,
  readCreated,
  readImported,
} from './actions.ts';
import { t } from '../../../i18n/t.ts';
import { countOf, fieldsOf, rowsOf } from '../../parse.ts';
import { lighthouseService, tagList } from './services.ts';
import { tc3Caller } from './api.ts';
import { lazyScripts } from '../../scripts.ts';
import type { AdapterFactory, CreateRequest } from '../../types.ts';
import { lighthouseErrors } from './errors.ts';

/** The name of key pairs among the resources with a quota. */
const KEY_PAIRS = 'USER_KEY_PAIR';

/** Tencent Lighthouse over API 3.0. It has no projects and cannot change an existing pair. */
export const adapt: AdapterFactory = (options) => {
  const call = tc3Caller(lighthouseService, 'lighthouse', lighthouseErrors, options);
  return {
    async createKeyPair(request, signal) {
      const parameters: CreateKeyPairRequest = { KeyName: request.name, ...tagsOf(request) };
      return readCreated(await call('CreateKeyPair', parameters, { changes: true, signal }), request.name);
    },
    async importPublicKey(request, signal) {
      const { name, publicKey } = request;
      const parameters: ImportKeyPairRequest = { KeyName: name, PublicKey: publicKey, ...tagsOf(request) };
      return readImported(await call('ImportKeyPair', parameters, { changes: true, signal }), name);
    },
    listKeyPairs: (filter, signal) => listKeyPairs(call, lighthouseService, filter, signal),
    deleteKeyPairs: (pairs, signal) => deleteKeyPairs(call, lighthouseService, pairs, signal),
    attachKeyPair(pair, instances, { onlineUser }, signal) {
      const how: Pick<AssociateInstancesKeyPairsRequest, 'AssociateType' | 'Username'> =
        onlineUser === null ? { AssociateType: 'OFFLINE' } : { AssociateType: 'ONLINE', Username: onlineUser };
      const request = { action: 'AssociateInstancesKeyPairs', pair, instances, how } as const;
      return bindInstances(call, lighthouseService, request, signal);
    },
    detachKeyPair(pair, instances, { onlineUser }, signal) {
      const how: Pick<DisassociateInstancesKeyPairsRequest, 'DisassociateType' | 'Username'> =
        onlineUser === null ? { DisassociateType: 'OFFLINE' } : { DisassociateType: 'ONLINE', Username: onlineUser };
      const request = { action: 'DisassociateInstancesKeyPairs', pair, instances, how } as const;
      return bindInstances(call, lighthouseService, request, signal);
    },
    listRegions: (signal) => listRegions(lighthouseService, 'lighthouse', lighthouseErrors, options, signal),
    async keyPairQuota(signal) {
      const parameters: DescribeGeneralResourceQuotasRequest = { ResourceNames: [KEY_PAIRS] };
      const answer = await call('DescribeGeneralResourceQuotas', parameters, { changes: false, signal });
      const rows = (rowsOf(answer.fields['GeneralResourceQuotaSet']) ?? []).map(fieldsOf);
      const total = countOf(rows.find((row) => row?.['ResourceName'] === KEY_PAIRS)?.['ResourceQuotaTotal']);
      if (total === null) throw answer.malformed(t`without a quota of key pairs`);
      return total;
    },
    listInstances: (filter, signal) => listInstances(call, lighthouseService, filter, signal),
    ...lazyScripts(async () => (await import('./commands.ts')).tatCommands(lighthouseService, options)),
  };
};

function tagsOf({ tags }: CreateRequest): Pick<CreateKeyPairRequest, 'Tags'> {
  const tagged = tagList(tags);
  return tagged.length === 0 ? {} : { Tags: tagged };
}
