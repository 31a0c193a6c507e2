import path from 'node:path';
import { KeypairError } from '../../../errors.ts';
import { bracketed, listed, together } from '../../../i18n/phrases.ts';
import { t } from '../../../i18n/t.ts';
import type { LocalKeys } from '../../../storage/key-directory.ts';
import { forgetEntry, isMade, type LedgerEntry } from '../../../storage/ledger-file.ts';
import { printable } from '../../../sanitize.ts';
import { handleOf } from '../../../operations/ledger.ts';
import { keysHere } from '../../../cli/key-directory.ts';
import {
  type FilesOfKey,
  filesOfKey,
  fingerprintOf,
  pairsWithKey,
  trash,
} from '../../../operations/own-files.ts';
import { untoldFiles, untoldHints } from '../../../operations/untold-keys.ts';
import { isAnotherSigner, signerOf } from '../../../connection/account.ts';
import { type Finding, finding, type Fix } from '../finding.ts';
import type { Check, CheckInput } from '../input.ts';
import type { ServiceLook } from '../look.ts';

/** Pairs that this machine has made and that are not in the cloud any more. */
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
      const look = services.find(({ target }) => isMade(entry.made, handleOf(target, entry.made)));
      if (look?.pairs == null) {
        if (entry.made.sandbox === input.session.settings.sandbox) elsewhere += 1;
        continue;
      }
      if (isThere(look, entry)) continue;
      if (await isAnothers(input, look, entry)) {
        unseen += 1;
        continue;
      }
      nowhere.push(entry);
    }
    for (const entry of nowhere) {
      const local = await input.localKeys();
      const files = await filesOf(input, entry, nowhere, local);
      if (files.ours.length + files.kept.length > 0) found.push(tell(input, entry, files, nowhere));
      else if (local.untold.length > 0) found.push(cannotTell(entry, local));
      else forget.push(entry);
    }
    if (forget.length > 0) found.push(forgotten(forget));
    if (unseen > 0)
      found.push(finding('note', t`${unseen} made with other access keys could not be looked for`));
    if (found.length > 0 || services.every(({ pairs }) => pairs === null)) return found;
    if (elsewhere === 0) return [finding('ok', t`every pair that was made here is still there`)];
    const message = t`in the regions looked at, every pair that was made here is still there; ${elsewhere} made elsewhere not looked for`;
    return [finding('ok', message, { hints: [t`look everywhere with: keypair doctor -p all -r all`] })];
  },
};

/** Whether the pair of an entry is listed: by its key, where both are known, since its name may be another's now. */
function isThere({ target, pairs }: ServiceLook, { made }: LedgerEntry): boolean {
  return (pairs ?? []).some((pair) => {
    const told = fingerprintOf(pair);
    if (told !== null && made.fingerprint !== null) return told === made.fingerprint;
    return isMade(made, handleOf(target, pair));
  });
}

/** Whether a pair was made with other credentials than those that were used to look: it may be in another account. */
async function isAnothers(
  { session }: CheckInput,
  { target }: ServiceLook,
  { made }: LedgerEntry,
): Promise<boolean> {
  return isAnotherSigner(made.signer, await signerOf(target.credentials, session.context.interrupts.signal));
}

/** What of its files is left here. `nowhere`: the pairs that are in the cloud no more. */
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

function cannotTell({ made }: LedgerEntry, untold: LocalKeys): Finding {
  const name = printable(bracketed(made.name, together([made.provider, made.region])), 150);
  const message = t`${name} is not in the cloud any more; cannot tell whether its key is still here: could not read ${untoldFiles(untold)}`;
  return finding('note', message, {
    hints: untoldHints(untold),
    provider: made.provider,
    region: made.region,
  });
}

function tell(
  input: CheckInput,
  entry: LedgerEntry,
  { ours, kept }: FilesOfKey,
  nowhere: readonly LedgerEntry[],
): Finding {
  const { made } = entry;
  const shown = listed([...ours, ...kept.map(({ file }) => file)].map((file) => printable(file)));
  const name = printable(bracketed(made.name, together([made.provider, made.region])), 150);
  const movable = ours.length > 0;
  return finding('note', t`${name} is not in the cloud any more, and its key is still in ${shown}`, {
    hints: [
      ...kept.map(({ file, why }) => t`${printable(file)} stays: ${why}`),
      ...(movable && input.session.settings.yes
        ? [t`--yes moves no private key: keypair doctor --fix asks for it on a terminal`]
        : []),
    ],
    file: ours[0] ?? kept[0]?.file ?? null,
    provider: made.provider,
    region: made.region,
    fixes: [...(movable ? [toTrash(input, entry, ours, nowhere)] : []), keep(entry)],
  });
}

/** A private key is moved by nobody but a person who has read which: a general yes is none. */
function toTrash(
  input: CheckInput,
  entry: LedgerEntry,
  files: readonly string[],
  nowhere: readonly LedgerEntry[],
): Fix {
  return {
    title: t`move ${listed(files.map((file) => printable(file)))} to the trash`,
    consent: 'person',
    apply: async () => {
      // The question may have stood for an hour.
      const local = await keysHere(input.session, input.keyDirectory);
      const { ours } = await filesOf(input, entry, nowhere, local);
      if (!files.every((file) => ours.includes(file)))
        throw new KeypairError('CONFLICT', t`it has changed meanwhile`);
      const { files: moved, error } = await trash(input.session, files);
      if (error !== null) throw error;
      await forgetEntry(entry.file);
      return t`moved the key files of ${printable(entry.made.name, 100)} to ${printable(path.dirname(moved[0] ?? ''))}`;
    },
  };
}

function keep({ file, made }: LedgerEntry): Fix {
  return {
    title: t`leave the files, and say no more of it`,
    consent: 'person',
    apply: async () => {
      await forgetEntry(file);
      return t`forgot ${printable(made.name, 100)}: its files stay`;
    },
  };
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
