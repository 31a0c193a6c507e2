import type { Session } from '../cli/session.ts';
import type { Connection } from '../connection/connect.ts';
import { joinList, t } from '../i18n/t.ts';
import type { PublicKey } from '../keys/public-key.ts';
import { stateDirectory } from '../paths.ts';
import type { KeyPair } from '../providers/types.ts';
import { printable, shellWord } from '../sanitize.ts';
import { readEntries } from '../storage/journal.ts';
import { type LocalKeys, readLocalKeys } from '../storage/key-directory.ts';
import { readLedger } from '../storage/ledger-file.ts';
import { publicHalfHint } from '../storage/key-file.ts';
import { type KnownPair, readPublicKey } from './key-pair-record.ts';

/**
 * The keys on this machine: in the key directory, and in files that commands saved elsewhere (`--key-dir`, `--output`)
 * according to the ledger and the journal. Each file is read for its current key. Never throws.
 *
 * @param directory the absolute key directory.
 */
export async function keysHere({ context }: Session, directory: string): Promise<LocalKeys> {
  const state = stateDirectory(context);
  const [made, begun] = await Promise.all([
    readLedger(state, context.platform),
    readEntries(state, context.platform).catch(() => []),
  ]);
  const noted = [...made.map((entry) => entry.made), ...begun.map(({ intent }) => intent)];
  return readLocalKeys(
    directory,
    context.platform,
    noted.flatMap((note) => note?.privateKeyFile ?? []),
  );
}

/** A pair as its service lists it, matched by public key with the files on this machine. */
export function knownFromCloud(connection: Connection, pair: KeyPair, local: LocalKeys, sandbox: boolean): KnownPair {
  const publicKey = readPublicKey(pair.publicKey);
  const here = publicKey === null ? null : local.find(publicKey);
  return {
    provider: connection.descriptor.id,
    region: connection.region,
    pair,
    publicKey,
    fingerprintDialect: null,
    privateKeyPath: here?.privateKeyFile ?? null,
    privateKeyNote: privateHalfNote(publicKey, local),
    publicKeyPath: here?.publicKeyFile ?? null,
    requestId: null,
    sandbox,
  };
}

/** The maximum number of files in one line. */
const MOST = 5;

/** The files of the key directory whose key is unknown, as a text that is safe to print. */
export function unreadFiles({ untold }: LocalKeys): string {
  const shown = joinList(untold.slice(0, MOST).map((file) => printable(file)));
  return untold.length > MOST ? t`${shown} and ${untold.length - MOST} more` : shown;
}

/**
 * Why a private key that was not found may still be here: ssh refuses its file, or some files could not be read. Null
 * if it is certain whether the key is here. Safe to print.
 */
export function privateHalfNote(publicKey: PublicKey | null, local: LocalKeys): string | null {
  const here = publicKey === null ? null : local.find(publicKey);
  if (here?.privateKeyFile != null) return null;
  if (here?.refused != null) return t`ssh cannot read ${printable(here.refused.file)}: ${here.refused.reason}`;
  return local.untold.length === 0 ? null : t`cannot tell: could not read ${unreadFiles(local)}`;
}

/** Hints for the first file that could not be read, and for the first without a known public key. */
export function unreadHints({ unreadable: [file], keys }: LocalKeys): readonly string[] {
  const closed = keys.find((key) => key.publicKey === null && key.privateKeyFile !== null);
  return [
    ...(file === undefined ? [] : [t`see whose it is: ls -ld ${shellWord(file)}`]),
    ...(closed?.privateKeyFile == null ? [] : [publicHalfHint(closed.privateKeyFile, closed.mode)]),
  ];
}
