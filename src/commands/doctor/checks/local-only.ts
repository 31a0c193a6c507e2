import path from 'node:path';
import { accountIdOf, isOtherAccount } from '../../../connection/connect.ts';
import { KeypairError } from '../../../errors.ts';
import { formatFacts, joinList, t, withNote } from '../../../i18n/t.ts';
import { pairKeyOf } from '../../../operations/ledger.ts';
import { keysHere, unreadFiles, unreadHints } from '../../../operations/local-keys.ts';
import { type FilesOfKey, filesOfKey, fingerprintOf, pairsWithKey, trash } from '../../../operations/own-files.ts';
import type { RepairAction } from '../../../operations/recovery/types.ts';
import { printable } from '../../../sanitize.ts';
import type { LocalKeys } from '../../../storage/key-directory.ts';
import { forgetEntry, isMade, type LedgerEntry } from '../../../storage/ledger-file.ts';
import { type Check, type CheckInput, type Finding, finding } from '../finding.ts';
import type { ServiceSurvey } from '../survey.ts';

/** Pairs that were created here and are no longer in the cloud. */
export const localOnly: Check = {
  id: 'local-only',
  title: t`local only`,
  calls: true,
  run: async (input) => {
    const found: Finding[] = [];
    const nowhere: LedgerEntry[] = [];
    const forget: LedgerEntry[] = [];
    let unseen = 0;
    let elsewhere = 0;
    const { services } = await input.cloud();
    for (const entry of await input.ledger()) {
      const survey = services.find(({ target }) => isMade(entry.made, pairKeyOf(target, entry.made)));
      if (survey?.pairs == null) {
        if (entry.made.sandbox === input.session.settings.sandbox) elsewhere += 1;
      } else if (!isThere(survey, entry)) {
        if (await isAnothers(input, survey, entry)) unseen += 1;
        else nowhere.push(entry);
      }
    }
    const local = await input.localKeys();
    for (const entry of nowhere) {
      const files = await filesOf(input, entry, nowhere, local);
      if (files.ours.length + files.kept.length > 0) found.push(tell(input, entry, files, nowhere));
      else if (local.untold.length > 0) found.push(cannotTell(entry, local));
      else forget.push(entry);
    }
    if (forget.length > 0) found.push(forgotten(forget));
    if (unseen > 0) found.push(finding('note', t`could not check ${unseen} made with other access keys`));
    if (found.length > 0 || services.every(({ pairs }) => pairs === null)) return found;
    if (elsewhere === 0) return [finding('ok', t`every pair made here is still there`)];
    const message = t`in the regions checked, every pair made here is still there; ${elsewhere} made elsewhere not checked`;
    return [finding('ok', message, { hints: [t`look everywhere with: keypair doctor -p all -r all`] })];
  },
};

/** Whether the pair of an entry is listed. Compares the keys if both are known: another pair may have the name now. */
function isThere({ target, pairs }: ServiceSurvey, { made }: LedgerEntry): boolean {
  return (pairs ?? []).some((pair) => {
    const told = fingerprintOf(pair);
    if (told !== null && made.fingerprint !== null) return told === made.fingerprint;
    return isMade(made, pairKeyOf(target, pair));
  });
}

/** Whether a pair was created with other credentials than these: it may be in another account. */
async function isAnothers({ session }: CheckInput, { target }: ServiceSurvey, { made }: LedgerEntry): Promise<boolean> {
  return isOtherAccount(made.signer, await accountIdOf(target.credentials, session.context.interrupts.signal));
}

/** The key files of an entry that are still here. `nowhere`: the pairs that are no longer in the cloud. */
async function filesOf(
  input: CheckInput,
  { made }: LedgerEntry,
  nowhere: readonly LedgerEntry[],
  local: LocalKeys,
): Promise<FilesOfKey> {
  const { fingerprint } = made;
  if (fingerprint === null) return { ours: [], kept: [] };
  const ledger = (await input.ledger()).map((entry) => entry.made);
  const services = (await input.cloud()).services.map(({ target, pairs }) => ({
    target,
    pairs: pairs ?? [],
  }));
  const gone = nowhere.map((entry) => entry.made);
  const users = pairsWithKey(fingerprint, ledger, services, gone);
  return filesOfKey(fingerprint, local, ledger, users);
}

function cannotTell({ made }: LedgerEntry, local: LocalKeys): Finding {
  const message = t`${nameOf(made)} is not in the cloud any more; cannot tell whether its key is still here: could not read ${unreadFiles(local)}`;
  const { provider, region } = made;
  return finding('note', message, { hints: unreadHints(local), provider, region });
}

function nameOf({ name, provider, region }: LedgerEntry['made']): string {
  return printable(withNote(name, formatFacts([provider, region])), 150);
}

function tell(
  input: CheckInput,
  entry: LedgerEntry,
  { ours, kept }: FilesOfKey,
  nowhere: readonly LedgerEntry[],
): Finding {
  const { provider, region } = entry.made;
  const files = [...ours, ...kept.map(({ file }) => file)];
  const shown = joinList(files.map((file) => printable(file)));
  const isMovable = ours.length > 0;
  const hints = kept.map(({ file, why }) => t`${printable(file)} stays: ${why}`);
  if (isMovable && input.session.settings.yes)
    hints.push(t`--yes moves no private key: keypair doctor --fix asks for it on a terminal`);
  const fixes = [...(isMovable ? [toTrash(input, entry, ours, nowhere)] : []), keep(entry)];
  const message = t`${nameOf(entry.made)} is not in the cloud any more, and its key is still in ${shown}`;
  return finding('note', message, { hints, file: files[0] ?? null, provider, region, fixes });
}

/** Moves private keys to the trash. Only a person may agree to this, never `--yes`. */
function toTrash(
  input: CheckInput,
  entry: LedgerEntry,
  files: readonly string[],
  nowhere: readonly LedgerEntry[],
): RepairAction {
  const apply = async (): Promise<string> => {
    // The files may have changed since the question was asked.
    const local = await keysHere(input.session, input.keyDirectory);
    const { ours } = await filesOf(input, entry, nowhere, local);
    if (!files.every((file) => ours.includes(file))) throw new KeypairError('CONFLICT', t`it has changed meanwhile`);
    const { files: moved, error } = await trash(input.session, files);
    if (error !== null) throw error;
    await forgetEntry(entry.file);
    return t`moved the key files of ${printable(entry.made.name, 100)} to ${printable(path.dirname(moved[0] ?? ''))}`;
  };
  const title = t`move ${joinList(files.map((file) => printable(file)))} to the trash`;
  return { title, consent: 'person', apply };
}

function keep({ file, made }: LedgerEntry): RepairAction {
  const apply = async (): Promise<string> => {
    await forgetEntry(file);
    return t`forgot ${printable(made.name, 100)}: its files stay`;
  };
  return { title: t`keep the files, and do not report this again`, consent: 'person', apply };
}

function forgotten(entries: readonly LedgerEntry[]): Finding {
  const count = entries.length;
  const message =
    count === 1
      ? t`1 pair made here is neither in the cloud nor here any more`
      : t`${count} pairs made here are neither in the cloud nor here any more`;
  const apply = async (): Promise<string> => {
    for (const { file } of entries) await forgetEntry(file);
    return count === 1 ? t`forgot 1 pair` : t`forgot ${count} pairs`;
  };
  return finding('note', message, { fixes: [{ title: t`forget them`, consent: 'nobody', apply }] });
}
