import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Session } from '../../../cli/session.ts';
import { KeypairError } from '../../../errors.ts';
import { formatFacts, t, withNote } from '../../../i18n/t.ts';
import { sha256Fingerprint } from '../../../keys/fingerprint.ts';
import { type PublicKey, samePublicKey } from '../../../keys/public-key.ts';
import { copiesHere, type Copy, dropCopy, holdsSame } from '../../../operations/copies.ts';
import { doctorCommand, isSameCloud } from '../../../operations/recovery/command-line.ts';
import { readKept } from '../../../operations/recovery/evidence.ts';
import { explain, findOpen } from '../../../operations/recovery/recovery.ts';
import { prepareTargets } from '../../../operations/recovery/diagnose.ts';
import type { Diagnosis, RepairAction, Unfinished } from '../../../operations/recovery/types.ts';
import { findRotations, isElsewhere, isWaiting, rotationLines } from '../../../operations/rotate/open-rotations.ts';
import { stateDirectory } from '../../../paths.ts';
import { printable, shellWord } from '../../../sanitize.ts';
import { isTemporaryName, removeIfThere, temporaryNameOf } from '../../../storage/fs.ts';
import type { OpenEntry } from '../../../storage/journal.ts';
import { rescueFile } from '../../../storage/key-file.ts';
import { agoText } from '../../../ui/relative-time.ts';
import { type Check, type CheckInput, type Finding, finding, listedPairs } from '../finding.ts';

/** Creates and rotations that were interrupted. */
export const unfinished: Check = {
  id: 'unfinished',
  title: t`unfinished`,
  calls: false,
  run: async (input) => {
    const found = [...(await findCreates(input)), ...(await openRotations(input))];
    return found.length === 0 ? [finding('ok', t`nothing is unfinished`)] : found;
  },
};

async function findCreates({ session, services, localOnly }: CheckInput): Promise<readonly Finding[]> {
  const entries = await findOpen(session);
  if (entries.length === 0) return [];
  if (localOnly) {
    const hints = [t`what became of it is in the cloud: run keypair doctor without --local-only`];
    return entries.map((entry) =>
      finding('problem', begun(session, entry), {
        hints,
        partial: entry.intent !== null,
        ...placeOf(entry),
      }),
    );
  }
  const here = entries.filter(({ intent }) => intent === null || isSameCloud(session, intent));
  await prepareTargets(session, here);
  const explained = await session.withSpinner(t`checking what was left unfinished`, () =>
    Promise.all(here.map((entry) => explain(session, services, entry))),
  );
  return [
    ...explained.map(tell),
    ...entries.filter((entry) => !here.includes(entry)).map((entry) => elsewhere(session, entry)),
  ];
}

/** The rotations that have not ended. What they are waiting for is known without a call. */
async function openRotations({ session }: CheckInput): Promise<readonly Finding[]> {
  return (await findRotations(session)).map((open) => {
    const { file, rotation } = open;
    if (rotation === null)
      return finding('problem', t`${printable(file)} is not a valid journal entry: ${open.problem}`, { file });
    const { provider, region } = rotation;
    if (isElsewhere(session, open))
      return finding('note', t`another process is rotating ${printable(rotation.name, 100)}`, {
        file,
        provider,
        region,
      });
    const { message, hints } = rotationLines(session, rotation);
    const waits = isWaiting(session, rotation);
    return finding(waits ? 'note' : 'problem', message, { file, provider, region, hints, partial: !waits });
  });
}

function begun({ context }: Session, { intent, file }: OpenEntry): string {
  if (intent === null) return t`${printable(file)} is not a valid journal entry`;
  return t`the create of ${printable(intent.name, 100)}, begun ${agoText(intent.startedAt, context.now())}, did not end`;
}

function placeOf({ intent, file }: OpenEntry): Pick<Finding, 'file' | 'provider' | 'region'> {
  return { file, provider: intent?.provider ?? null, region: intent?.region ?? null };
}

/** The note for an entry of another cloud (the sandbox or another endpoint), which this run does not call. */
function elsewhere(session: Session, entry: OpenEntry): Finding {
  const command = entry.intent && doctorCommand(session, entry.intent);
  const hints = command === null ? [] : [t`it is in another cloud: see what became of it with ${command}`];
  return finding('note', begun(session, entry), { hints, ...placeOf(entry) });
}

/** With these, nothing is wrong once the entry is removed. */
const HARMLESS: readonly Diagnosis[] = ['under way', 'never made', 'not ours'];

function tell({ entry, diagnosis, message, repairs, hints }: Unfinished): Finding {
  const isHarmless = HARMLESS.includes(diagnosis);
  const partial = !isHarmless && diagnosis !== 'unreadable';
  const details = { hints, partial, fixes: repairs, ...placeOf(entry) };
  return finding(isHarmless ? 'note' : 'problem', message, details);
}

/** A temporary file of a create that no journal entry names. */
interface Leftover {
  readonly file: string;
  /** Whether it is empty. If not, it may hold a private key. */
  readonly empty: boolean;
  /** Whether it may belong to a create that has not yet written its journal entry. */
  readonly fresh: boolean;
}

/** The age, in milliseconds, from which a file belongs to no running create. */
const FRESH_MS = 2 * 3_600_000;

/** The same for the file of a running `passphrase`, which writes it and renames it at once. */
const REWRITE_MS = 5000;

/**
 * The temporary files of a directory that no journal entry names and that nobody has written to for some seconds. Never
 * throws; changes nothing.
 */
export async function findLeftovers(session: Session, directory: string): Promise<readonly Leftover[]> {
  const named = new Set((await findOpen(session)).map(({ intent }) => intent?.temporaryFile));
  const names = await readdir(directory).catch((): string[] => []);
  const found: Leftover[] = [];
  for (const name of names.filter(isTemporaryName).sort()) {
    const file = path.join(directory, name);
    if (named.has(file)) continue;
    const left = await leftoverAt(file, session.context.now());
    if (left !== null) found.push(left);
  }
  return found;
}

async function leftoverAt(file: string, now: Date): Promise<Leftover | null> {
  const found = await lstat(file).catch(() => null);
  if (found?.isFile() !== true) return null;
  const age = Math.abs(now.getTime() - found.mtimeMs);
  if (age < REWRITE_MS) return null;
  return { file, empty: (await readKept(file)) === 'empty', fresh: age < FRESH_MS };
}

/** Temporary files of creates that no journal entry names, and copies of keys that went to stdout. */
export const leftovers: Check = {
  id: 'leftovers',
  title: t`leftovers`,
  calls: false,
  run: async (input) => {
    const { session } = input;
    const state = stateDirectory(session.context);
    const begun = (await findOpen(session)).flatMap(({ intent }) => intent?.temporaryFile ?? []);
    const rescued = begun.map((file) => rescueFile(state, file));
    const directories = new Set([
      input.keyDirectory,
      ...begun.map((file) => path.dirname(file)),
      path.join(state, 'stdout'),
      path.join(state, 'rescued'),
    ]);
    const found: Finding[] = [];
    for (const directory of directories) {
      for (const left of await findLeftovers(session, directory)) {
        if (rescued.includes(left.file)) continue;
        const told = (await tellPlainCopy(input, left.file)) ?? (left.fresh ? null : await tellLeftover(input, left));
        if (told !== null) found.push(told);
      }
    }
    for (const copy of await copiesHere(session)) found.push(await tellCopy(input, copy));
    return found.length > 0 ? found : [finding('ok', t`none`)];
  },
};

/** The problem of a file with a key without a passphrase, if the key has one in its own file; else null. */
async function tellPlainCopy(input: CheckInput, file: string): Promise<Finding | null> {
  const kept = await readKept(file);
  if (kept === null || kept === 'empty' || 'reason' in kept) return null;
  const { privateKeyFile = null, encrypted = false } = (await input.localKeys()).find(kept.publicKey) ?? {};
  if (privateKeyFile === null || !encrypted) return null;
  const message = t`${printable(file)} holds the key of ${printable(privateKeyFile)}, without a passphrase`;
  return finding('problem', message, { file, hints: [t`if ${printable(privateKeyFile)} works, remove it`] });
}

async function tellLeftover(input: CheckInput, { file, empty }: Leftover): Promise<Finding> {
  const shown = printable(file);
  if (empty) {
    const isStillEmpty = async (): Promise<boolean> => {
      const left = await findLeftovers(input.session, path.dirname(file));
      return left.some((one) => one.file === file && one.empty && !one.fresh);
    };
    const message = t`${shown} is left over from a create, and empty`;
    return finding('note', message, { file, fixes: [remove(file, isStillEmpty)] });
  }
  const kept = await readKept(file);
  if (kept === null || kept === 'empty' || 'reason' in kept) {
    const { reason, encryptedKey = null } = kept === null || kept === 'empty' ? { reason: t`it cannot be read` } : kept;
    // The command `passphrase` leaves such a file if it is killed.
    const copy = encryptedKey && (await input.localKeys()).find(encryptedKey.publicKey)?.privateKeyFile;
    if (copy != null) {
      const message = t`${shown} holds the key of ${printable(copy)}, with a passphrase`;
      return finding('note', message, { file, hints: [t`if ${printable(copy)} works, remove it`] });
    }
    const hints = [t`look into it before you remove it: it may be the only copy of a private key`];
    return finding('problem', t`${shown} is left over from a create, and not empty (${reason})`, { file, hints });
  }
  const key = kept.publicKey;
  const copy = (await input.localKeys()).find(key)?.privateKeyFile ?? null;
  if (copy !== null && (await holdsSame(file, key, copy))) {
    const message = t`${shown} holds the same private key as ${printable(copy)}`;
    const fix = remove(file, () => holdsSame(file, key, copy), 'anybody');
    return finding('note', message, { file, fixes: [fix] });
  }
  const to = path.join(input.keyDirectory, temporaryNameOf(path.basename(file)) ?? 'KEY');
  const hints = [t`give it its name: mv -n ${shellWord(file)} ${shellWord(to)}`];
  const owner = await ownerOf(input, key);
  return finding('problem', t`${shown} holds the private key of ${owner}`, { file, hints });
}

/** The note for a copy of a key that went to stdout. The copy can be removed once the key is in another file. */
async function tellCopy(input: CheckInput, copy: Copy): Promise<Finding> {
  const { file, name, publicKey, folder } = copy;
  const shown = printable(file);
  const other = publicKey && ((await input.localKeys()).find(publicKey)?.privateKeyFile ?? null);
  if (publicKey !== null && other !== null && (await holdsSame(file, publicKey, other))) {
    const message = t`${shown} holds the same private key as ${printable(other)}`;
    const fix = remove(file, async () => (await holdsSame(file, publicKey, other)) && dropCopy(copy));
    return finding('note', message, { file, fixes: [fix] });
  }
  const message = t`a copy of the private key of ${printable(name, 100)}, which went to stdout, is kept in ${shown}`;
  const hints = [
    t`save it with: keypair trash restore ${folder.id} --to ${shellWord(input.keyDirectory)}`,
    t`or remove it with: keypair trash empty`,
  ];
  return finding('note', message, { file, hints });
}

async function ownerOf(input: CheckInput, key: PublicKey): Promise<string> {
  const owner = (await listedPairs(input)).find(({ told }) => told !== null && samePublicKey(told, key));
  if (owner === undefined) return t`a pair that was not found in the services asked (${sha256Fingerprint(key)})`;
  const { pair, target } = owner;
  return withNote(printable(pair.name, 100), formatFacts([target.descriptor.id, target.region]));
}

/** @param holds is checked again before the removal: the file may have changed since the report. */
function remove(
  file: string,
  holds: () => Promise<boolean>,
  consent: RepairAction['consent'] = 'nobody',
): RepairAction {
  const shown = printable(file);
  const apply = async (): Promise<string> => {
    if (!(await holds())) throw new KeypairError('CONFLICT', t`it has changed meanwhile`);
    await removeIfThere(file);
    return t`removed ${shown}`;
  };
  return { title: t`remove ${shown}`, consent, apply };
}
