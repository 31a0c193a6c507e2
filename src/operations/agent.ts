import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type Batch, runBatch } from '../cli/batch.ts';
import { askFile, readKeyFile } from '../cli/read-input.ts';
import type { Session } from '../cli/session.ts';
import { KeypairError, withHints } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { type Fingerprints, fingerprintsOf } from '../keys/fingerprint.ts';
import { exportedKey } from '../keys/export-key.ts';
import { KeyFormatError } from '../keys/format-error.ts';
import { parsePrivateKey } from '../keys/private-key.ts';
import { type PublicKey, samePublicKey } from '../keys/public-key.ts';
import { inspectPrivateKey } from '../keys/ssh-reads.ts';
import { printable, shellWord } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import {
  addFileToAgent,
  addKeyToAgent,
  type AgentLimits,
  identitiesOf,
  lifetimeText,
  readLifetime,
  removeFromAgent,
  warnIfMany,
} from '../ssh/agent.ts';
import { keyFileOf } from './key-file-of.ts';
import type { KnownPair } from './key-pair-record.ts';
import type { KeyPassphrase } from './key-passphrase.ts';
import { publicKeyIn } from './read-keys.ts';

/** The flags of `agent remove`. */
interface AgentFlags {
  readonly keyDir?: string;
  readonly dryRun?: boolean;
}

/** The flags of `agent add`. */
interface AgentAddFlags extends AgentFlags {
  readonly lifetime?: string;
  readonly confirm?: boolean;
}

/** A key that was added to the agent, or removed. */
interface AgentKey {
  /** As the user wrote it. */
  readonly name: string;
  readonly file: string;
  /** Null if the public key is not known: it is under a passphrase, without a `.pub` beside it. */
  readonly fingerprints: Fingerprints | null;
}

/** A key that the agent holds now. */
interface Added extends AgentKey {
  /** In seconds; null: until the agent ends. */
  readonly lifetime: number | null;
  readonly confirm: boolean;
}

/**
 * Adds private keys of this machine to the user's ssh-agent. Checks all of them first.
 *
 * @param show called for each key as soon as the agent holds it.
 * @throws KeypairError, SeveralFailures: `NOT_FOUND`, `USAGE`, `UNAVAILABLE` without an agent, `FAILURE` if it refuses.
 */
export async function addKeys(
  session: Session,
  names: readonly string[],
  { lifetime: given, confirm = false, keyDir, dryRun = false }: AgentAddFlags,
  show: (added: Added) => void,
): Promise<void> {
  const lifetime = given === undefined ? null : readLifetime(given, '--lifetime');
  const found = await eachOnce(await namesFor(session, names), (name) => privateKeyOf(session, name, keyDir));
  if (!dryRun) await identitiesOf(session.context);
  await runBatch(session, oneByOne(found, t`adding to the agent`), async ({ name, file, publicKey }) => {
    if (!dryRun) await session.withTerminal(() => addFile(session, file, { lifetime, confirm }));
    show({ name, file, fingerprints: publicKey && fingerprintsOf(publicKey), lifetime, confirm });
  });
  if (!dryRun) await warnIfMany(session);
}

/**
 * Adds the private key of a pair that was just created. It stays saved if that fails: a failure is a warning.
 *
 * @param passphrase of the file, or null.
 * @returns whether the agent holds it.
 */
export async function addCreated(
  session: Session,
  { pair: { name }, privateKeyPath }: KnownPair,
  limits: AgentLimits,
  passphrase: KeyPassphrase | null,
): Promise<boolean> {
  const { context } = session;
  const file = privateKeyPath ?? '';
  try {
    const text = new Secret(await readKeyFile(session, file));
    const { publicKey, ...key } = passphrase === null ? parsePrivateKey(text) : await passphrase.decrypt(text);
    // ssh-add shows the comment. Only OpenSSH's format has one.
    const named = exportedKey({ ...key, publicKey: { ...publicKey, comment: name } }, 'openssh', 3);
    await addKeyToAgent(context, named, limits);
    return true;
  } catch (error) {
    if (!(error instanceof KeypairError) && !(error instanceof KeyFormatError)) throw error;
    session.warn(t`the agent does not hold ${name}: ${error.message}`);
    const hints = error instanceof KeypairError ? error.hints : [];
    const { lifetime } = limits;
    const args = `${shellWord(file)}${lifetime === null ? '' : ` --lifetime ${lifetimeText(lifetime)}`}`;
    for (const hint of [...hints, t`add it later with: keypair agent add ${args}`]) session.warn(hint);
    return false;
  }
}

/** Adds one file. ssh-add refuses a file that others may read; the hint says how to change that. */
async function addFile(session: Session, file: string, limits: AgentLimits): Promise<void> {
  try {
    await addFileToAgent(session, file, limits);
  } catch (error) {
    if (!(error instanceof KeypairError) || error.code !== 'FAILURE' || session.context.platform === 'win32')
      throw error;
    const open = ((await stat(file)).mode & 0o077) !== 0;
    throw open ? withHints(error, [t`chmod 600 ${shellWord(file)}`]) : error;
  }
}

/**
 * Removes keys of this machine from the user's ssh-agent. Needs only their public keys. Checks all of them first.
 *
 * @param show called for each key as soon as the agent does not hold it any more.
 * @throws KeypairError, SeveralFailures as {@link addKeys}; `NOT_FOUND` also for a key that the agent does not hold.
 */
export async function removeKeys(
  session: Session,
  names: readonly string[],
  { keyDir, dryRun = false }: AgentFlags,
  show: (removed: AgentKey) => void,
): Promise<void> {
  const { context } = session;
  const found = await eachOnce(await namesFor(session, names), (name) => publicKeyOf(session, name, keyDir));
  const held = await identitiesOf(context);
  await runBatch(session, oneByOne(found, t`removing from the agent`), async ({ name, file, publicKey }) => {
    const fingerprints = publicKey && fingerprintsOf(publicKey);
    if (fingerprints !== null && !held.includes(fingerprints.sha256))
      throw new KeypairError('NOT_FOUND', t`the agent does not hold ${printable(name)}`);
    if (!dryRun) await removeFromAgent(context, file);
    show({ name, file, fingerprints });
  });
}

/** @throws KeypairError `USAGE` without names, if it cannot ask. */
async function namesFor(session: Session, names: readonly string[]): Promise<readonly string[]> {
  if (names.length > 0) return names;
  if (!session.interactive) throw new KeypairError('USAGE', t`missing: ${'NAME'}`);
  return [await askFile(session, t`Key file:`)];
}

/** A key file that the user has named. */
interface FoundFile {
  readonly name: string;
  readonly file: string;
  readonly publicKey: PublicKey | null;
}

async function eachOnce(
  names: readonly string[],
  find: (name: string) => Promise<FoundFile>,
): Promise<readonly FoundFile[]> {
  const found = new Map<string, FoundFile>();
  for (const name of new Set(names)) {
    const one = await find(name);
    found.set(one.file, found.get(one.file) ?? one);
  }
  return [...found.values()];
}

function oneByOne(items: readonly FoundFile[], doing: string): Batch<FoundFile> {
  return { items, nameOf: ({ name }) => name, doing, atOnce: 1, isFatal: () => false };
}

/** @throws KeypairError for a file that ssh-add would refuse, or with a passphrase that it could not ask for. */
async function privateKeyOf(session: Session, name: string, keyDir: string | undefined): Promise<FoundFile> {
  const { context, interactive } = session;
  const file = await keyFileOf(session, name, keyDir);
  const shown = printable(file);
  const seen = inspectPrivateKey(new Secret(await readKeyFile(session, file)));
  if (seen === null) throw new KeypairError('NOT_FOUND', t`${shown} is not a private key`);
  if (seen.refused !== null) {
    throw new KeypairError('USAGE', t`ssh cannot read ${shown}: ${seen.refused}`, {
      hints: seen.encrypted ? [] : [t`convert it: keypair export ${shellWord(file)} --format openssh`],
    });
  }
  const { env } = context;
  if (seen.encrypted && !interactive && env['SSH_ASKPASS'] === undefined && env['DISPLAY'] === undefined) {
    throw new KeypairError('USAGE', t`${shown} has a passphrase, and ssh-add cannot ask for it here`, {
      hints: [t`run this on a terminal, or set SSH_ASKPASS and SSH_ASKPASS_REQUIRE=force (see ssh-add(1))`],
    });
  }
  return { name, file, publicKey: seen.publicKey ?? (await publicKeyIn(`${file}.pub`)) };
}

/** The file with the public key: that of the private key's name, or the file that the user has named. */
async function publicKeyOf(session: Session, name: string, keyDir: string | undefined): Promise<FoundFile> {
  const file = await keyFileOf(session, name, keyDir);
  const text = new Secret(await readKeyFile(session, file));
  const seen = inspectPrivateKey(text);
  if (seen === null) {
    const publicKey = await publicKeyIn(file);
    if (publicKey === null) throw new KeypairError('USAGE', t`${printable(file)} is not a key`);
    return { name, file, publicKey };
  }
  const beside = `${file}.pub`;
  const publicKey = await publicKeyIn(beside);
  if (seen.publicKey !== null && publicKey !== null && !samePublicKey(seen.publicKey, publicKey)) {
    throw new KeypairError('CONFLICT', t`${printable(beside)} is the public key of another private key`);
  }
  // Without it, ssh-add finds the public key in a private key of OpenSSH's own format.
  return { name, file: existsSync(beside) ? beside : file, publicKey: seen.publicKey ?? publicKey };
}
