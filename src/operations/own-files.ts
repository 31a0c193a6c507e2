import { lstat, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Session } from '../cli/session.ts';
import type { Connection } from '../connection/connect.ts';
import { KeypairError } from '../errors.ts';
import { stateDirectory } from '../paths.ts';
import { isAlone } from '../keys/pem.ts';
import { sha256Fingerprint } from '../keys/fingerprint.ts';
import { inspectPrivateKey } from '../keys/ssh-reads.ts';
import { formatFacts, joinList, t, withNote } from '../i18n/t.ts';
import { readSmallFile, type LocalKey, type LocalKeys } from '../storage/key-directory.ts';
import type { KeyPair } from '../providers/types.ts';
import { isMade, type MadePair, type PairKey, readLedger } from '../storage/ledger-file.ts';
import { moveToTrash } from '../storage/trash.ts';
import { printable } from '../sanitize.ts';
import { readPublicKey } from './key-pair-record.ts';
import { pairKeyOf } from './ledger.ts';
import type { Target } from '../connection/target.ts';

/** A key file that is not moved, and why. */
export interface KeptFile {
  readonly file: string;
  /** A clause for people, safe to print. */
  readonly why: string;
}

/** The files that hold a key, by whether they may be moved. */
export interface FilesOfKey {
  /** Written by `create` and used by no other pair. The user may move these to the trash. */
  readonly ours: readonly string[];
  readonly kept: readonly KeptFile[];
}

/** The pairs of a service, as it lists them. */
interface Listed {
  readonly target: Target;
  readonly pairs: readonly KeyPair[];
}

/**
 * The files on this machine that hold a key. A file may be moved only if `create` wrote it (according to the ledger),
 * it holds only this key, and no other pair has the same key. Imported, copied or renamed files belong to the user.
 *
 * @param fingerprint `SHA256:…` of the public key.
 * @param users other pairs that have this key, for people ({@link pairsWithKey}).
 */
export async function filesOfKey(
  fingerprint: string,
  local: LocalKeys,
  ledger: readonly MadePair[],
  users: readonly string[],
): Promise<FilesOfKey> {
  const written: string[] = [];
  for (const { wroteFile, privateKeyFile, fingerprint: noted } of ledger)
    if (wroteFile && privateKeyFile !== null && noted === fingerprint) written.push(await realPlace(privateKeyFile));
  const ours: string[] = [];
  const kept: KeptFile[] = [];
  for (const key of local.keys) {
    if (key.publicKey === null || sha256Fingerprint(key.publicKey) !== fingerprint) continue;
    const files = [privateHalf(key), key.publicKeyFile].filter((file) => file !== null);
    const both = users.length > 0 ? t`${joinList(users)} has the same key` : await notOurs(key, fingerprint, written);
    for (const file of files) {
      const why = both ?? (file === key.publicKeyFile ? await changedPublic(file, fingerprint) : null);
      if (why === null) ours.push(file);
      else kept.push({ file, why });
    }
  }
  return { ours, kept };
}

/** Why `create` did not write a key's files, or null. */
async function notOurs(key: LocalKey, fingerprint: string, written: readonly string[]): Promise<string | null> {
  const { publicKeyFile } = key;
  const privateKeyFile = privateHalf(key);
  const file = privateKeyFile ?? (publicKeyFile ?? '').replace(/\.pub$/, '');
  if (key.link || !written.includes(await realPlace(file))) return t`this program did not write it there`;
  if (privateKeyFile === null) return null;
  // The user may have replaced the private key and left only the public key file.
  const reading = await readSmallFile(privateKeyFile);
  const seen = reading === null || reading === 'unreadable' ? null : inspectPrivateKey(reading.text);
  const holds = seen?.publicKey != null && sha256Fingerprint(seen.publicKey) === fingerprint;
  if (!holds) return t`cannot tell which key it holds now`;
  return reading !== null && reading !== 'unreadable' && isAlone(reading.text.reveal())
    ? null
    : t`it holds more than this key`;
}

/** Why a public key file is not moved although we wrote it: it was changed. Null if at most its comment changed. */
async function changedPublic(file: string, fingerprint: string): Promise<string | null> {
  const isLink = await lstat(file).then(
    (found) => found.isSymbolicLink(),
    () => true,
  );
  if (isLink) return t`it is a link`;
  const reading = await readSmallFile(file);
  const line = reading === null || reading === 'unreadable' ? '' : reading.text.reveal().trim();
  const key = /[\r\n]/.test(line) ? null : readPublicKey(line);
  return key !== null && sha256Fingerprint(key) === fingerprint ? null : t`it holds more than this key`;
}

/** The private key's file, even if ssh refuses it. */
function privateHalf({ privateKeyFile, refused }: LocalKey): string | null {
  return privateKeyFile ?? refused?.file ?? null;
}

/** A path with its links resolved, except in the last part. */
async function realPlace(file: string): Promise<string> {
  const directory = path.dirname(file);
  return path.join(await realpath(directory).catch(() => directory), path.basename(file));
}

/**
 * The other known pairs that have a key, in any service and region: from the ledger and from what services listed in
 * this run.
 *
 * @param gone pairs that are deleted or no longer exist: they do not count.
 * @returns for people, safe to print: `web (tencent, ap-beijing)`.
 */
export function pairsWithKey(
  fingerprint: string,
  ledger: readonly MadePair[],
  services: readonly Listed[],
  gone: readonly PairKey[],
): readonly string[] {
  const noted: readonly PairKey[] = ledger.filter((made) => made.fingerprint === fingerprint);
  const told = services.flatMap(({ target, pairs }) =>
    pairs.filter((pair) => fingerprintOf(pair) === fingerprint).map((pair) => pairKeyOf(target, pair)),
  );
  const others = [...noted, ...told].filter((pair) => !gone.some((other) => isMade(pair, other)));
  return [...new Set(others.map(labelOf))];
}

/** A cache: many pairs are compared with everything that a service lists. */
const fingerprints = new WeakMap<Pick<KeyPair, 'publicKey'>, string | null>();

/** `SHA256:…` of a pair's public key; null if its service returns none. */
export function fingerprintOf(pair: Pick<KeyPair, 'publicKey'>): string | null {
  const known = fingerprints.get(pair);
  if (known !== undefined) return known;
  const key = readPublicKey(pair.publicKey);
  const fingerprint = key === null ? null : sha256Fingerprint(key);
  fingerprints.set(pair, fingerprint);
  return fingerprint;
}

function labelOf({ name, provider, region }: PairKey): string {
  return printable(withNote(name, formatFacts([provider, region])), 150);
}

/** Pairs of one service to delete. */
export interface Group {
  readonly connection: Connection;
  readonly pairs: readonly KeyPair[];
}

/** What decides which key files may be moved, read before anything was deleted. */
export interface Before {
  /** The ledger's notes about each key, by fingerprint. */
  readonly ledger: ReadonlyMap<string, readonly MadePair[]>;
  /** All pairs of the services involved. */
  readonly services: readonly Listed[];
}

/**
 * Reads what decides which key files may be moved.
 *
 * @param ask whether to list all pairs of the services. That is needed before files are moved.
 * @throws KeypairError as listing does.
 */
export async function lookBefore({ context }: Session, groups: readonly Group[], ask: boolean): Promise<Before> {
  const services: Listed[] = [];
  for (const { connection } of ask ? groups : []) {
    const pairs: KeyPair[] = [];
    for await (const pair of connection.provider.listKeyPairs({}, context.interrupts.signal)) pairs.push(pair);
    services.push({ target: connection, pairs });
  }
  const entries = await readLedger(stateDirectory(context), context.platform);
  const ledger = new Map<string, MadePair[]>();
  for (const { made } of entries) {
    if (made.fingerprint === null) continue;
    const same = ledger.get(made.fingerprint);
    if (same === undefined) ledger.set(made.fingerprint, [made]);
    else same.push(made);
  }
  return { ledger, services };
}

/**
 * The files that hold a pair's key, in the key directory and where `create` has saved keys.
 *
 * @param gone pairs that no longer count, including this one.
 */
export async function filesOf(
  pair: KeyPair,
  local: LocalKeys,
  { ledger, services }: Before,
  gone: readonly PairKey[],
): Promise<FilesOfKey> {
  const fingerprint = fingerprintOf(pair);
  if (fingerprint === null) return { ours: [], kept: [] };
  const noted = ledger.get(fingerprint) ?? [];
  return filesOfKey(fingerprint, local, noted, pairsWithKey(fingerprint, noted, services, gone));
}

/** The pairs that no longer count after all of these are deleted. */
export function handlesOf(groups: readonly Group[]): readonly PairKey[] {
  return groups.flatMap(({ connection, pairs }) => pairs.map((pair) => pairKeyOf(connection, pair)));
}

/** Which files would go to the trash and which would stay after all these pairs are deleted. */
export async function filesOfAll(groups: readonly Group[], local: LocalKeys, before: Before): Promise<FilesOfKey> {
  const ours = new Set<string>();
  const kept = new Map<string, KeptFile>();
  const gone = handlesOf(groups);
  for (const pair of groups.flatMap(({ pairs }) => pairs)) {
    const found = await filesOf(pair, local, before, gone);
    for (const file of found.ours) ours.add(file);
    for (const one of found.kept) kept.set(one.file, one);
  }
  return { ours: [...ours], kept: [...kept.values()] };
}

/** Warns about each file that stays, and why. */
export function tellKept(session: Session, kept: readonly KeptFile[]): void {
  for (const { file, why } of kept) session.warn(t`${printable(file)} stays: ${why}`);
}

/** The result of moving key files. */
interface Trashed {
  /** Their new paths. */
  readonly files: readonly string[];
  readonly error: KeypairError | null;
}

/** Moves key files to a new folder in the trash. */
export async function trash({ context }: Session, files: readonly string[]): Promise<Trashed> {
  if (files.length === 0) return { files: [], error: null };
  try {
    const moved = await moveToTrash(files, stateDirectory(context), context.now(), context);
    return { files: moved, error: null };
  } catch (error) {
    if (error instanceof KeypairError) return { files: [], error };
    throw error;
  }
}
