import { stateDirectory } from '../paths.ts';
import { KeypairError } from '../errors.ts';
import type { LocalKeys } from '../storage/key-index.ts';
import type { KeyPair } from '../providers/types.ts';
import type { Session } from '../cli/session.ts';
import { type MadePair, type PairHandle, readLedger } from '../storage/ledger-file.ts';
import { moveToTrash } from '../storage/trash.ts';
import { printable } from '../sanitize.ts';
import { t } from '../i18n/t.ts';
import type { Connection } from '../connection/connect.ts';
import { handleOf } from './ledger.ts';
import {
  type FilesOfKey,
  filesOfKey,
  fingerprintOf,
  type KeptFile,
  type Listed,
  pairsWithKey,
} from './own-files.ts';

/** Pairs of one service. */
export interface Group {
  readonly connection: Connection;
  readonly pairs: readonly KeyPair[];
}

/** What decides about key files, as it was before anything was deleted. */
export interface Before {
  /** The notes of each key, by its fingerprint. */
  readonly ledger: ReadonlyMap<string, readonly MadePair[]>;
  /** All pairs of the services that this is about. */
  readonly services: readonly Listed[];
}

/**
 * Reads what decides about key files.
 *
 * @param ask whether the services are asked for all their pairs: before files are moved.
 * @throws KeypairError what listing throws.
 */
export async function lookBefore(
  { context }: Session,
  groups: readonly Group[],
  ask: boolean,
): Promise<Before> {
  const services: Listed[] = [];
  for (const { connection } of ask ? groups : []) {
    const pairs: KeyPair[] = [];
    for await (const pair of connection.provider.listKeyPairs({}, context.interrupts.signal))
      pairs.push(pair);
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
 * The files of the key directory, and of where `create` has put keys, that hold a pair's key.
 *
 * @param gone the pairs that no longer count, this one among them.
 */
export async function filesOf(
  pair: KeyPair,
  local: LocalKeys,
  { ledger, services }: Before,
  gone: readonly PairHandle[],
): Promise<FilesOfKey> {
  const fingerprint = fingerprintOf(pair);
  if (fingerprint === null) return { ours: [], kept: [] };
  const noted = ledger.get(fingerprint) ?? [];
  return filesOfKey(fingerprint, local, noted, pairsWithKey(fingerprint, noted, services, gone));
}

/** The pairs that no longer count once all of these are deleted. */
export function handlesOf(groups: readonly Group[]): readonly PairHandle[] {
  return groups.flatMap(({ connection, pairs }) => pairs.map((pair) => handleOf(connection, pair)));
}

/** What would go to the trash, once all of these pairs are deleted, and what would stay. */
export async function filesOfAll(
  groups: readonly Group[],
  local: LocalKeys,
  before: Before,
): Promise<FilesOfKey> {
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

/** Says of each file that it stays, and why. */
export function tellKept(session: Session, kept: readonly KeptFile[]): void {
  for (const { file, why } of kept) session.warn(t`${printable(file)} stays: ${why}`);
}

/** What became of key files. */
export interface Trashed {
  /** Where they are now. */
  readonly files: readonly string[];
  readonly error: KeypairError | null;
}

/** Moves key files to a fresh folder of the trash. */
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
