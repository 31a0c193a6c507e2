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
 * The keys of this machine: those of the key directory, and those that commands have put elsewhere (`--key-dir`,
 * `--output`), as the ledger and the journal note it. What counts is the key that is in such a file now. Never throws.
 *
 * @param directory absolute.
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

/** A pair as its service lists it, joined with the files of this machine by its public key. */
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

/** How many files stand in one line. */
const MOST = 5;

/** The files of a key directory that may hold any key, as they are shown; safe to print. */
export function unreadFiles({ untold }: LocalKeys): string {
  const shown = joinList(untold.slice(0, MOST).map((file) => printable(file)));
  return untold.length > MOST ? t`${shown} and ${untold.length - MOST} more` : shown;
}

/**
 * Why a private half that was not found may be here all the same: ssh refuses its file, or there are files that could
 * not be read; null where it is here, or is not. Safe to print.
 */
export function privateHalfNote(publicKey: PublicKey | null, local: LocalKeys): string | null {
  const here = publicKey === null ? null : local.find(publicKey);
  if (here?.privateKeyFile != null) return null;
  if (here?.refused != null) return t`ssh cannot read ${printable(here.refused.file)}: ${here.refused.reason}`;
  return local.untold.length === 0 ? null : t`cannot tell: could not read ${unreadFiles(local)}`;
}

/** What to do about the first file that could not be read, and the first that tells no public half. */
export function unreadHints({ unreadable: [file], keys }: LocalKeys): readonly string[] {
  const closed = keys.find((key) => key.publicKey === null && key.privateKeyFile !== null);
  return [
    ...(file === undefined ? [] : [t`see whose it is: ls -ld ${shellWord(file)}`]),
    ...(closed?.privateKeyFile == null ? [] : [publicHalfHint(closed.privateKeyFile, closed.mode)]),
  ];
}
