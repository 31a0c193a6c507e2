import type {
  AssociateInstancesKeyPairsRequest,
  CreateKeyPairRequest,
  ImportKeyPairRequest,
  ModifyKeyPairAttributeRequest,
} from 'tencentcloud-sdk-nodejs/tencentcloud/services/cvm/v20170312/cvm_models.js';
import { t } from '../../../i18n/t.ts';
import { halfDone } from '../../batches.ts';
import { requireRequestId, type Service } from '../../response.ts';
import { lazyScripts } from '../../scripts.ts';
import type { AdapterFactory, CreateRequest, Provider } from '../../types.ts';
import { type CallAction, tc3Caller } from './api.ts';
import {
  type BindAction,
  bindInstances,
  deleteKeyPairs,
  listInstances,
  listKeyPairs,
  listOwnRegions,
  listRegions,
  readCreated,
  readImported,
} from './actions.ts';
import { cvmService, keyIdOf, tagList } from './services.ts';
import { cvmErrors } from './errors.ts';
import { modifyTags } from './tags.ts';

/** CVM 2017-03-12, over API 3.0 or the v2 gateway. */
export function cvm(call: CallAction, service: Service): Provider {
  const bind =
    (action: BindAction): NonNullable<Provider['attachKeyPair']> =>
    (pair, instances, { forceStop }, signal) =>
      bindInstances(call, service, { action, pair, instances, how: stopping(forceStop) }, signal);
  return {
    async createKeyPair(request, signal) {
      const parameters: CreateKeyPairRequest = newPair(request);
      return readCreated(await call('CreateKeyPair', parameters, { changes: true, signal }), request.name);
    },
    async importPublicKey(request, signal) {
      const { KeyName, ProjectId, ...tags } = newPair(request);
      const parameters: ImportKeyPairRequest = { KeyName, ProjectId, PublicKey: request.publicKey, ...tags };
      return readImported(await call('ImportKeyPair', parameters, { changes: true, signal }), request.name);
    },
    listKeyPairs: (filter, signal) => listKeyPairs(call, service, filter, signal),
    deleteKeyPairs: (pairs, signal) => deleteKeyPairs(call, service, pairs, signal),
    async updateKeyPair(pair, { name, description }, signal) {
      if (name === undefined && description === undefined) return;
      const parameters: ModifyKeyPairAttributeRequest = { KeyId: keyIdOf(pair, service) };
      if (name !== undefined) parameters.KeyName = name;
      if (description !== undefined) parameters.Description = description;
      requireRequestId(await call('ModifyKeyPairAttribute', parameters, { changes: true, signal }));
    },
    attachKeyPair: bind('AssociateInstancesKeyPairs'),
    detachKeyPair: bind('DisassociateInstancesKeyPairs'),
    listRegions: (signal) => listOwnRegions(call, signal),
    listInstances: (filter, signal) => listInstances(call, service, filter, signal),
  };
}

function newPair({ name, projectId, tags }: CreateRequest): CreateKeyPairRequest {
  const tagged = tagList(tags);
  return {
    KeyName: name,
    ProjectId: projectId,
    ...(tagged.length === 0 ? {} : { TagSpecification: [{ ResourceType: 'keypair', Tags: tagged }] }),
  };
}

function stopping(forceStop: boolean): Pick<AssociateInstancesKeyPairsRequest, 'ForceStop'> {
  return forceStop ? { ForceStop: true } : {};
}

/** Tencent Cloud CVM over API 3.0. */
export const adapt: AdapterFactory = (options) => {
  const call = tc3Caller(cvmService, 'cvm', cvmErrors, options);
  const own = cvm(call, cvmService);
  return {
    ...own,
    async updateKeyPair(pair, change, signal) {
      const { name, description, tags = {}, removeTags = [] } = change;
      await own.updateKeyPair?.(pair, change, signal);
      if (Object.keys(tags).length + removeTags.length === 0) return;
      try {
        await modifyTags(cvmService, options, pair, change, signal);
      } catch (error) {
        const changed = name !== undefined || description !== undefined;
        throw changed ? halfDone(error, (reason) => t`the pair was changed, but not its tags: ${reason}`) : error;
      }
    },
    listRegions: (signal) => listRegions(cvmService, 'cvm', cvmErrors, options, signal),
    ...lazyScripts(async () => (await import('./commands.ts')).tatCommands(cvmService, options)),
    launchTemplatesWith: async (pair, signal) =>
      (await import('./launch-templates.ts')).launchTemplatesWith(call, pair, signal),
  };
};
