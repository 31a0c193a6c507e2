import path from 'node:path';
import { sha256Fingerprint } from '../../../keys/fingerprint.ts';
import { bracketed, listed, together } from '../../../language/phrases.ts';
import { t } from '../../../language/t.ts';
import { forgetEntry, isMade, type LedgerEntry } from '../../../store/ledger.ts';
import { printable } from '../../../transport/sanitize.ts';
import { trash } from '../../delete/local.ts';
import { handleOf } from '../../ledger.ts';
import { readPublicKey } from '../../key-pair-result.ts';
import { isAnotherSigner, signerOf } from '../../signer.ts';
import { type Finding, finding, type Fix } from '../finding.ts';
import type { Check, CheckInput } from '../input.ts';
import type { ServiceLook } from '../look.ts';

/** Pairs that this machine has made and that are not in the cloud any more. */
export const localOnly: Check = {
  id: 'local-only',
  title: 'local only',
  calls: true,
  run: async (input) => {
    const found: Finding[] = [];
    const nowhere: LedgerEntry[] = [];
    let unseen = 0;
    const { services } = await input.cloud();
    for (const entry of await input.ledger()) {
      const look = services.find(({ target }) => isMade(entry.made, handleOf(target, entry.made)));
      if (look?.pairs == null || isThere(look, entry)) continue;
      if (await isAnothers(input, look, entry)) {
        unseen += 1;
        continue;
      }
      const files = await filesOf(input, entry);
      if (files.length === 0) nowhere.push(entry);
      else found.push(await tell(input, entry, files));
    }
    if (nowhere.length > 0) found.push(forgotten(nowhere));
    if (unseen > 0)
      found.push(finding('note', t`${unseen} made with other access keys could not be looked for`));
    if (found.length > 0 || services.every(({ pairs }) => pairs === null)) return found;
    return [finding('ok', 'every pair that was made here is still there')];
  },
};

/** Whether the pair of an entry is listed: by its key, where both are known, since its name may be another's now. */
function isThere({ target, pairs }: ServiceLook, { made }: LedgerEntry): boolean {
  return (pairs ?? []).some((pair) => {
    const told = readPublicKey(pair.publicKey);
    if (told !== null && made.fingerprint !== null) return sha256Fingerprint(told) === made.fingerprint;
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

/** The files of the directory where it was put, or of the key directory, that still hold its key. */
async function filesOf(input: CheckInput, { made }: LedgerEntry): Promise<readonly string[]> {
  const { fingerprint, privateKeyFile } = made;
  if (fingerprint === null) return [];
  const directories = new Set([
    ...(privateKeyFile === null ? [] : [path.dirname(privateKeyFile)]),
    input.keyDirectory,
  ]);
  const files: string[] = [];
  for (const directory of directories) {
    for (const key of (await input.localKeys(directory)).keys) {
      if (key.publicKey === null || sha256Fingerprint(key.publicKey) !== fingerprint) continue;
      files.push(...[key.privateKeyFile, key.publicKeyFile].filter((file) => file !== null));
    }
  }
  return files;
}

async function tell(input: CheckInput, entry: LedgerEntry, files: readonly string[]): Promise<Finding> {
  const { made } = entry;
  const shown = listed(files.map((file) => printable(file)));
  const name = printable(bracketed(made.name, together([made.provider, made.region])), 150);
  const used = await usedElsewhere(input, entry);
  const message = used
    ? t`${name} is not in the cloud any more, and its key is still in ${shown}; another pair has the same key`
    : t`${name} is not in the cloud any more, and its key is still in ${shown}`;
  return finding('note', message, {
    file: files[0] ?? null,
    provider: made.provider,
    region: made.region,
    fixes: [...(used ? [] : [toTrash(input, entry, files)]), keep(entry)],
  });
}

/** Whether a key opens something else as well: a pair of another region, or another name. */
async function usedElsewhere(input: CheckInput, { file, made }: LedgerEntry): Promise<boolean> {
  if (
    (await input.ledger()).some((other) => other.file !== file && other.made.fingerprint === made.fingerprint)
  ) {
    return true;
  }
  return (await input.cloud()).services.some(({ pairs }) =>
    (pairs ?? []).some((pair) => {
      const told = readPublicKey(pair.publicKey);
      return told !== null && sha256Fingerprint(told) === made.fingerprint;
    }),
  );
}

function toTrash({ session }: CheckInput, entry: LedgerEntry, files: readonly string[]): Fix {
  return {
    title: 'move its key files to the trash',
    consent: 'anybody',
    apply: async () => {
      const { files: moved, error } = await trash(session, files);
      if (error !== null) throw error;
      await forgetEntry(entry.file);
      return t`moved the key files of ${printable(entry.made.name, 100)} to ${printable(path.dirname(moved[0] ?? ''))}`;
    },
  };
}

function keep({ file, made }: LedgerEntry): Fix {
  return {
    title: 'leave the files, and say no more of it',
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
  return finding('note', message, { fixes: [{ title: 'forget them', consent: 'nobody', apply }] });
}
