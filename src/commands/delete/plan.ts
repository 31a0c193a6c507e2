import { bracketed, listed, together } from '../../i18n/phrases.ts';
import { t } from '../../i18n/t.ts';
import type { KeyPair } from '../../providers/types.ts';
import { printable } from '../../sanitize.ts';
import type { Result, Session } from '../../cli/session.ts';
import type { Connection } from '../../connection/connect.ts';
import { keyDirectory, keysHere } from '../../cli/key-directory.ts';
import type { FilesOfKey } from '../../operations/own-files.ts';
import type { DeleteFlags } from './run.ts';
import { filesOf, type Group, handlesOf, lookBefore, tellKept } from '../../operations/delete.ts';

/**
 * Shows what `delete` would do, and to which files.
 *
 * @throws KeypairError what listing throws.
 */
export async function plan(
  session: Session,
  groups: readonly Group[],
  { localFiles = false, keyDir }: Partial<DeleteFlags>,
): Promise<void> {
  const before = localFiles ? await lookBefore(session, groups, true) : null;
  const local = before && (await keysHere(session, keyDirectory(session, keyDir)));
  const gone = handlesOf(groups);
  for (const { connection, pairs } of groups) {
    for (const pair of pairs) {
      const files = before && local && (await filesOf(pair, local, before, gone));
      session.result(planned(session, connection, pair, files));
      tellKept(session, files?.kept ?? []);
    }
  }
}

/** What `--dry-run` shows of one pair, in the form of what is shown after its deletion. */
function planned(
  { settings: { sandbox } }: Session,
  { descriptor, region }: Connection,
  { name, id }: KeyPair,
  files: FilesOfKey | null,
): Result {
  const ours = files?.ours ?? [];
  const pair = bracketed(name, together([id, descriptor.id, region].filter((part) => part !== null)));
  return {
    json: {
      dryRun: true,
      provider: descriptor.id,
      region,
      name,
      id,
      ...(files === null ? {} : { trashed: ours, kept: files.kept }),
      sandbox,
    },
    text:
      ours.length === 0
        ? `${t`would delete ${pair}`}\n`
        : `${t`would delete ${pair} and move ${listed(ours.map((file) => printable(file)))} to the trash`}\n`,
    quiet: name,
  };
}
