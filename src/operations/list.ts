import { providersAnswer } from '../cli/ask-provider.ts';
import type { Session } from '../cli/session.ts';
import { keyDirectory } from '../cli/settings.ts';
import { checkAbility, readTags } from '../cli/validate.ts';
import { PROJECT, readValue, RESOURCE_GROUP } from '../config/values.ts';
import { settleEverywhere } from '../connection/all-regions.ts';
import { withConnections } from '../connection/connect.ts';
import { KeypairError, SeveralFailures } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { sha256Fingerprint } from '../keys/fingerprint.ts';
import type { Descriptor, ListFilter } from '../providers/types.ts';
import type { LocalKeys } from '../storage/key-directory.ts';
import { allPairs, type Found, isGlob, nameMatcher } from './all-key-pairs.ts';
import { dropCopies } from './copies.ts';
import { barePair, type KnownPair } from './key-pair-record.ts';
import { keysHere } from './local-keys.ts';

/** The flags of `list` that select key pairs. */
export interface Wanted {
  readonly name?: string;
  readonly tag?: readonly string[];
  readonly project?: string;
  readonly resourceGroup?: string;
  readonly cloudOnly?: boolean;
  readonly localOnly?: boolean;
  readonly keyDir?: string;
}

/**
 * The pairs of all selected services, asked at once; or the keys on this machine that are in no service.
 *
 * @throws KeypairError `USAGE` for invalid flags; SeveralFailures `CANCELLED`, since a partial list would look
 * complete.
 */
export async function listPairs(session: Session, wanted: Wanted): Promise<Found> {
  const { name, tag, cloudOnly = false, localOnly = false, keyDir } = wanted;
  if (localOnly && cloudOnly)
    throw new KeypairError('USAGE', t`--local-only and --cloud-only leave nothing: give one of them`);
  const providers = await providersAnswer(session, [], t`Whose key pairs?`);
  const filter = {
    // Patterns are matched here: each service has its own wildcards.
    ...(name === undefined || isGlob(name) ? {} : { name }),
    ...(tag === undefined ? {} : { tags: readTags(tag) }),
    ...placeIn(providers, wanted),
  };
  const { targets, failures } = await settleEverywhere(session, providers, null);
  for (const failure of failures) session.reportError(failure);
  const local = await keysHere(session, keyDirectory(session, keyDir));
  await dropCopies(session, (publicKey) => local.find(publicKey)?.privateKeyFile ?? null);
  const found = await session.withSpinner(t`listing key pairs`, () =>
    withConnections(session, (connections) => allPairs(session, connections, targets, () => filter, local)),
  );
  const cancelled = found.failures.find(({ code }) => code === 'CANCELLED');
  if (cancelled !== undefined) throw new SeveralFailures([cancelled]);
  const matches = nameMatcher(name ?? '*');
  const pairs = found.pairs.filter(({ pair }) => matches(pair.name));
  return {
    pairs: localOnly
      ? onlyHere(pairs, local).filter(({ pair }) => matches(pair.name))
      : pairs.filter(({ privateKeyPath }) => !cloudOnly || privateKeyPath === null),
    failures: [...failures, ...found.failures],
  };
}

/** The project or resource group to list. @throws KeypairError `USAGE` if a provider has none */
function placeIn(
  providers: readonly Descriptor[],
  { project, resourceGroup }: Wanted,
): Pick<ListFilter, 'projectId' | 'resourceGroupId'> {
  for (const descriptor of providers) {
    const [version] = descriptor.apiVersions;
    if (project !== undefined) checkAbility(descriptor, version, 'project', '--project');
    if (resourceGroup !== undefined) checkAbility(descriptor, version, 'resourceGroup', '--resource-group');
  }
  return {
    ...(project === undefined ? {} : { projectId: readValue(PROJECT, project, '--project') }),
    ...(resourceGroup === undefined
      ? {}
      : { resourceGroupId: readValue(RESOURCE_GROUP, resourceGroup, '--resource-group') }),
  };
}

function onlyHere(known: readonly KnownPair[], local: LocalKeys): readonly KnownPair[] {
  const inCloud = new Set(known.map(({ publicKey }) => publicKey && sha256Fingerprint(publicKey)));
  return local.keys
    .filter(({ publicKey, privateKeyFile }) =>
      publicKey === null ? privateKeyFile !== null : !inCloud.has(sha256Fingerprint(publicKey)),
    )
    .map(({ name, publicKey, privateKeyFile, publicKeyFile }) => ({
      provider: null,
      region: null,
      pair: barePair({ id: null, name }, null),
      publicKey,
      fingerprintDialect: null,
      privateKeyPath: privateKeyFile,
      publicKeyPath: publicKeyFile,
      requestId: null,
      sandbox: false,
    }));
}
