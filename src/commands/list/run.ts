import { homeShort } from '../../paths.ts';
import { KeypairError, SeveralFailures } from '../../errors.ts';
import { sha256Fingerprint } from '../../keys/fingerprint.ts';
import { t } from '../../i18n/t.ts';
import type { LocalKeys } from '../../storage/key-directory.ts';
import type { ListFilter } from '../../providers/types.ts';
import type { Session } from '../../cli/session.ts';
import { relativeTime } from '../../ui/relative-time.ts';
import { table } from '../../ui/table.ts';
import { withServices } from '../../connection/connect.ts';
import { dropCopies } from '../../operations/copies.ts';
import { keyDirectory, keysHere } from '../../cli/key-directory.ts';
import { type KnownPair, keyPairJson } from '../../operations/key-pair-record.ts';
import { allPairs, isGlob, nameMatcher } from '../../operations/all-key-pairs.ts';
import { providersAnswer } from '../../cli/ask-provider.ts';
import { readTags } from '../../cli/validate.ts';
import { settleEverywhere } from '../../connection/all-regions.ts';

/** The flags of `list`, as Commander names them. */
export interface ListFlags {
  readonly name: string;
  readonly tag: readonly string[];
  readonly localOnly: boolean;
  readonly cloudOnly: boolean;
  readonly keyDir: string;
}

/** Runs `list`: all services at once; one that fails is told and does not hide the others. */
export async function runList(session: Session, flags: Partial<ListFlags>): Promise<void> {
  if (flags.localOnly === true && flags.cloudOnly === true) {
    throw new KeypairError('USAGE', t`--local-only and --cloud-only leave nothing: give one of them`);
  }
  const providers = await providersAnswer(session, [], t`Whose key pairs?`);
  const filter = filterOf(flags);
  const { targets, failures } = await settleEverywhere(session, providers, null);
  for (const failure of failures) session.reportError(failure);
  const local = await keysHere(session, keyDirectory(session, flags.keyDir));
  await dropCopies(session, (publicKey) => local.find(publicKey)?.privateKeyFile ?? null);
  const found = await session.withSpinner(t`listing key pairs`, () =>
    withServices(session, (services) => allPairs(session, services, targets, () => filter, local)),
  );
  // Half a list would pass for a whole one.
  const cancelled = found.failures.find(({ code }) => code === 'CANCELLED');
  if (cancelled !== undefined) throw new SeveralFailures([cancelled]);
  const matches = nameMatcher(flags.name ?? '*');
  const known = found.pairs.filter(({ pair }) => matches(pair.name));
  const all = [...failures, ...found.failures];
  const shown = chosen(known, local, flags, matches);
  show(session, shown, all.length === 0);
  // What may be here all the same is said once each, not in every line.
  const notes = new Set(
    shown.map(({ provider, privateKeyNote }) => (provider === null ? null : privateKeyNote)),
  );
  for (const note of notes) if (note != null) session.info(t`private halves: ${note}`);
  if (all.length > 0) throw new SeveralFailures(all);
}

/** What the services are asked for; a pattern with wildcards is matched here, since each service has its own. */
function filterOf(flags: Partial<ListFlags>): ListFilter {
  return {
    ...(flags.name === undefined || isGlob(flags.name) ? {} : { name: flags.name }),
    ...(flags.tag === undefined ? {} : { tags: readTags(flags.tag) }),
  };
}

function chosen(
  known: readonly KnownPair[],
  local: LocalKeys,
  flags: Partial<ListFlags>,
  matches: (name: string) => boolean,
): readonly KnownPair[] {
  if (flags.cloudOnly === true) return known.filter(({ privateKeyPath }) => privateKeyPath === null);
  if (flags.localOnly !== true) return known;
  const inCloud = new Set(
    known.flatMap(({ publicKey }) => (publicKey === null ? [] : [sha256Fingerprint(publicKey)])),
  );
  return local.keys
    .filter(
      ({ name, privateKeyFile, publicKey }) =>
        matches(name) &&
        (publicKey === null ? privateKeyFile !== null : !inCloud.has(sha256Fingerprint(publicKey))),
    )
    .map(localOnly);
}

function localOnly({ name, publicKey, privateKeyFile, publicKeyFile }: LocalKeys['keys'][number]): KnownPair {
  return {
    provider: null,
    region: null,
    pair: {
      id: null,
      name,
      publicKey: null,
      fingerprint: null,
      createdAt: null,
      description: null,
      projectId: null,
      tags: null,
      instances: null,
    },
    publicKey,
    fingerprintDialect: null,
    privateKeyPath: privateKeyFile,
    publicKeyPath: publicKeyFile,
    requestId: null,
    sandbox: false,
  };
}

/** @param whole whether every service has answered: of an empty list only then it is sure that there is nothing. */
function show(session: Session, known: readonly KnownPair[], whole: boolean): void {
  const { context } = session;
  const people = context.stdout.isTTY === true;
  const time = (iso: string | null): string =>
    iso === null ? '' : people ? relativeTime(iso, context.now()) : iso;
  const rows = known.map(({ pair, provider, region, publicKey, privateKeyPath }) => [
    pair.name,
    pair.id ?? '',
    provider ?? '',
    region ?? '',
    publicKey === null ? '' : `${publicKey.keyType} ${publicKey.bits}`,
    publicKey === null ? (pair.fingerprint ?? '') : sha256Fingerprint(publicKey),
    pair.instances === null ? '' : String(pair.instances.length),
    time(pair.createdAt),
    privateKeyPath === null ? '' : people ? homeShort(context.home, privateKeyPath) : privateKeyPath,
  ]);
  session.result({
    json: known.map(keyPairJson),
    text:
      rows.length === 0 && people
        ? whole
          ? `${t`no key pairs`}\n`
          : ''
        : table(
            [
              { heading: t`name`, shrinkable: true },
              t`id`,
              t`provider`,
              t`region`,
              { heading: t`type`, dropOrder: 3 },
              // `show` and --json have it whole.
              { heading: t`fingerprint`, shrinkable: true, dropOrder: 1 },
              { heading: t`bound`, dropOrder: 2 },
              { heading: t`created`, dropOrder: 4 },
              { heading: t`private key`, shrinkable: true, dropOrder: 5 },
            ],
            rows,
            context.stdout,
          ),
    quiet: known.map(({ pair }) => pair.name).join('\n'),
  });
}
