import { defaultKeyDirectory, expandPath, stateDirectory } from '../paths.ts';
import { type LocalKeys, readLocalKeys } from '../storage/key-directory.ts';
import type { Session } from './session.ts';
import { readEntries } from '../storage/journal.ts';
import { readLedger } from '../storage/ledger-file.ts';

/** The key directory: `--key-dir`, else KEYPAIR_KEY_DIR, else the profile's, else `~/.ssh`. Absolute. */
export function keyDirectory({ context, settings }: Session, flag: string | undefined): string {
  const directory = flag ?? settings.keyDir;
  return directory === null ? defaultKeyDirectory(context) : expandPath(directory, context);
}

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
