import { existsSync } from 'node:fs';
import { providersAnswer } from '../cli/ask-provider.ts';
import { readKeyFile } from '../cli/read-input.ts';
import type { Session } from '../cli/session.ts';
import { keyDirectory } from '../cli/settings.ts';
import { settleEverywhere } from '../connection/all-regions.ts';
import { type Connection, type Connections, withConnections } from '../connection/connect.ts';
import { theOnly } from '../connection/find-key-pair.ts';
import { everywhere, type Target } from '../connection/target.ts';
import { KeypairError, SeveralFailures } from '../errors.ts';
import { joinList, t } from '../i18n/t.ts';
import { fingerprintDialects, fingerprintIn, matchFingerprint } from '../keys/fingerprint.ts';
import { type PublicKey, samePublicKey } from '../keys/public-key.ts';
import { expandPath } from '../paths.ts';
import type { Instance, KeyPair } from '../providers/types.ts';
import { printable, shellWord } from '../sanitize.ts';
import type { LocalKeys } from '../storage/key-directory.ts';
import { findEverywhere, nameFilter, type PlacedPair, targetOf } from './all-key-pairs.ts';
import { askPair, idOrName, pairsThere } from './ask-key-pair.ts';
import { cachePair } from './completion-cache.ts';
import { dropCopies } from './copies.ts';
import type { KnownPair } from './key-pair-record.ts';
import { matchesReference, type PairReference, pairReference } from './ledger.ts';
import { keysHere, knownFromCloud } from './local-keys.ts';
import { readKeys } from './read-keys.ts';

/** A pair with everything known about it, on this machine and in the cloud. */
export interface SeenPair {
  readonly known: KnownPair;
  /** Null if the service does not return them, or not to this account. */
  readonly instances: readonly Instance[] | null;
  /** The mode of the private key file; null if there is none. */
  readonly mode: number | null;
  /** Why services could not be asked. Each was reported. */
  readonly failures: readonly KeypairError[];
}

/**
 * Looks for one pair in all selected services at once, and for its key on this machine.
 *
 * @param text a name, an id, a fingerprint or a file; null: ask for it.
 * @throws KeypairError as {@link find}; SeveralFailures.
 */
export async function seePair(
  session: Session,
  text: string | null,
  flags: { readonly apiVersion?: string; readonly keyDir?: string },
): Promise<SeenPair> {
  const missing = text === null ? ['NAME'] : [];
  const providers = await providersAnswer(session, missing, t`Where is the key pair?`);
  const wanted = text === null ? null : await readWanted(session, await pairReference(session, providers, text));
  const { targets, failures: refused } = await settleEverywhere(session, providers, flags.apiVersion ?? null);
  const failures = [...refused];
  for (const failure of failures) session.reportError(failure);
  const local = await keysHere(session, keyDirectory(session, flags.keyDir));
  await dropCopies(session, (publicKey) => local.find(publicKey)?.privateKeyFile ?? null);
  const asked =
    wanted === null ? await askPair(session, await pairsThere(session, targets, flags.keyDir), targets) : null;
  const seen = await session.withSpinner(t`looking for ${printable(text ?? asked?.pair.name ?? '')}`, () =>
    withConnections(session, async (connections) => {
      const { target, pair } =
        wanted === null
          ? { target: asked && targetOf(asked, targets), pair: asked?.pair }
          : await find(session, connections, targets, wanted, local, failures);
      if (target == null || pair === undefined) throw new SeveralFailures(failures);
      const connection = await connections.connect(target);
      return { connection, pair, instances: await instancesOf(session, connection, pair) };
    }),
  );
  const bound = seen.instances?.map(({ id }) => id) ?? seen.pair.instances;
  const pair = { ...seen.pair, instances: bound };
  const known = knownFromCloud(seen.connection, pair, local, session.settings.sandbox);
  await cachePair(session, seen.connection, pair, known);
  const file = known.publicKey === null ? null : local.find(known.publicKey);
  return { known, instances: seen.instances, mode: file?.mode ?? null, failures };
}

/** Whether a file with this name exists; false if the working directory is gone. */
function isFileHere(context: Session['context'], text: string): boolean {
  try {
    return existsSync(expandPath(text, context));
  } catch {
    return false;
  }
}

/** What the user gave: a pair's name or id, a key's fingerprint, or one of its files. */
type Wanted = { readonly given: string } & (
  PairReference | { readonly fingerprint: string } | { readonly publicKey: PublicKey }
);

async function readWanted(session: Session, meant: PairReference): Promise<Wanted> {
  const { text } = meant;
  if (/^(sha256|sha1|sha512|md5):/i.test(text) || /^[0-9a-f]{2}(:[0-9a-f]{2}){15,}$/i.test(text)) {
    return { given: text, fingerprint: text };
  }
  const inLine = text.includes(' ') ? fingerprintIn(text) : null;
  if (inLine !== null) return { given: text, fingerprint: inLine };
  if (!/[/\\~]|\.(pub|ppk)$/.test(text)) return meant;
  const [key, ...more] = readKeys(text, await readKeyFile(session, text), session.context.platform);
  if (key === undefined || more.length > 0)
    throw new KeypairError('USAGE', t`${text} holds several keys: give one of them, or its fingerprint`);
  return { given: text, publicKey: key.publicKey };
}

/**
 * Finds the one requested pair.
 *
 * @param failures why services could not be asked. New failures are added.
 * @throws KeypairError `NOT_FOUND` if no service has it, `CONFLICT` if several pairs match; SeveralFailures if a
 * service that could not be asked may have it.
 */
async function find(
  session: Session,
  connections: Connections,
  targets: readonly Target[],
  wanted: Wanted,
  local: LocalKeys,
  failures: KeypairError[],
): Promise<PlacedPair> {
  const filter = 'text' in wanted ? nameFilter(wanted.text) : () => ({});
  const found = await findEverywhere(session, connections, targets, filter, local);
  failures.push(...found.failures);
  const fitting: PlacedPair[] = [];
  for (const one of found.pairs) if (await isWanted(session, one, wanted)) fitting.push(one);
  const [only, ...more] = fitting;
  if (only === undefined) {
    if (failures.length > 0) throw new SeveralFailures(failures);
    throw notFound(session, targets, wanted);
  }
  if (more.length === 0) return only;
  if ('text' in wanted && more.every(({ target }) => target === only.target)) {
    theOnly(
      only.target,
      wanted.text,
      [only, ...more].map(({ pair }) => pair),
    );
  }
  const places = [only, ...more].map(
    ({ target, pair }) =>
      t`one is: keypair show ${shellWord(idOrName({ pair }))} -p ${target.descriptor.id} -r ${target.flagsToReproduce}`,
  );
  throw new KeypairError('CONFLICT', t`${more.length + 1} key pairs match: choose one of them`, {
    hints: places,
  });
}

async function isWanted(session: Session, { target, pair, publicKey }: PlacedPair, wanted: Wanted): Promise<boolean> {
  if ('text' in wanted) return matchesReference(session, target, pair, wanted);
  return 'publicKey' in wanted
    ? publicKey !== null && samePublicKey(publicKey, wanted.publicKey)
    : fits(pair, publicKey, wanted.fingerprint);
}

function notFound({ context }: Session, targets: readonly Target[], wanted: Wanted): KeypairError {
  const [target, ...more] = targets;
  const where = joinList([...new Set(targets.map(({ region }) => region))].slice(0, 5));
  const place = target === undefined || more.length > 0 ? null : target;
  if (!('text' in wanted)) {
    return new KeypairError(
      'NOT_FOUND',
      place === null
        ? t`none of the services asked has a pair of this key`
        : t`${place.descriptor.title} has no pair of this key in ${where}`,
      place === null
        ? {}
        : {
            provider: place.descriptor.id,
            region: place.region,
            hints: [t`look everywhere with: keypair show ${shellWord(wanted.given)} ${everywhere(place)}`],
          },
    );
  }
  const { given: text } = wanted;
  const word = shellWord(text);
  const words =
    place === null
      ? target === undefined
        ? ''
        : everywhere(target)
      : `-p ${place.descriptor.id} -r ${place.flagsToReproduce}`;
  const file = isFileHere(context, text)
    ? [t`${text} is a file here; to find the pair of its key: keypair show ${shellWord(`./${text}`)} ${words}`]
    : [];
  if (place === null) {
    return new KeypairError('NOT_FOUND', t`none of the services asked has a key pair ${text}`, {
      hints: file,
    });
  }
  return new KeypairError('NOT_FOUND', t`${place.descriptor.title} has no key pair ${text} in ${where}`, {
    provider: place.descriptor.id,
    region: place.region,
    hints: [
      ...file,
      t`see what is there with: keypair list -p ${place.descriptor.id} -r ${place.flagsToReproduce}`,
      t`look everywhere with: keypair show ${word} ${everywhere(place)}`,
    ],
  });
}

function fits(pair: KeyPair, publicKey: PublicKey | null, fingerprint: string): boolean {
  if (pair.fingerprint?.toLowerCase() === fingerprint.toLowerCase()) return true;
  return publicKey !== null && matchFingerprint(fingerprint, fingerprintDialects(publicKey)) !== null;
}

/** The instances of a pair, with their state; null if the service does not return them, or not to this account. */
async function instancesOf(
  session: Session,
  { provider }: Connection,
  pair: KeyPair,
): Promise<readonly Instance[] | null> {
  if (provider.listInstances === undefined || pair.instances?.length === 0) return null;
  const { signal } = session.context.interrupts;
  const found: Instance[] = [];
  try {
    for await (const instance of provider.listInstances({ keyPair: pair }, signal)) found.push(instance);
    return found;
  } catch (error) {
    // Permission to list key pairs does not include instances.
    if (!(error instanceof KeypairError) || error.code !== 'AUTH') throw error;
    const { message, hints } = error;
    session.warn(t`cannot see the instances of ${printable(pair.name)}: ${message}`);
    for (const hint of hints) session.warn(hint);
    return null;
  }
}
