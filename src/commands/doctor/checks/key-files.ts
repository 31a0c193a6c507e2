import path from 'node:path';
import { stateDirectory } from '../../../paths.ts';
import type { Secret } from '../../../secret.ts';
import { KeypairError } from '../../../errors.ts';
import { sha256Fingerprint } from '../../../keys/fingerprint.ts';
import { KeyFormatError } from '../../../keys/format-error.ts';
import { glanceAtPrivateKey } from '../../../keys/private-glance.ts';
import { parsePrivateKey, rewritten } from '../../../keys/private-key.ts';
import { formatPublicKey, type PublicKey } from '../../../keys/public-key.ts';
import { isPutty } from '../../../keys/putty.ts';
import { t } from '../../../i18n/t.ts';
import { readSmallFile, type LocalKey, type LocalKeys } from '../../../storage/key-directory.ts';
import { isTaken, removeIfThere, syncDirectory, writeNewFile } from '../../../storage/fs.ts';
import { publish } from '../../../storage/publish.ts';
import { moveToTrash } from '../../../storage/trash.ts';
import { printable } from '../../../sanitize.ts';
import { keyFileHints } from '../../../operations/read-keys.ts';
import { filesOfKey } from '../../../operations/own-files.ts';
import { type Finding, finding, type Fix } from '../finding.ts';
import type { Check, CheckInput } from '../input.ts';
import { changeMode } from '../mend.ts';
import { ownKeys } from '../own-keys.ts';
import { shellWord } from '../../../shell-quote.ts';

/** Whether ssh will use the private keys that are here, and whether the public halves beside them are theirs. */
export const keyFiles: Check = {
  id: 'key-files',
  title: t`key files`,
  calls: false,
  run: async (input) => {
    const local = await input.localKeys();
    const isOwn = await ownKeys(input);
    const written = (await input.ledger()).flatMap(({ made }) =>
      made.wroteFile ? made.privateKeyFile : null,
    );
    const offered = (found: readonly Finding[]): readonly Finding[] =>
      found.map((one) =>
        one.file === null || path.dirname(one.file) === input.keyDirectory || written.includes(one.file)
          ? one
          : leftToItsOwner(one, one.file),
      );
    const unusable = await Promise.all(local.keys.map((key) => unusableKey(input, key, local, isOwn)));
    const halves = await Promise.all(local.keys.map((key) => lookAtPublicHalf(key, local, isOwn)));
    const found = [
      ...local.unreadable.map(unreadable),
      ...local.keys.flatMap(lookAtMode),
      ...unusable.flat(),
      ...halves.flat(),
    ];
    if (found.length > 0) return offered(found);
    const count = local.keys.filter(({ privateKeyFile }) => privateKeyFile !== null).length;
    return [finding('ok', ofKeys(count))];
  },
};

/** A file elsewhere that `create` did not write is mended when its directory is named. */
function leftToItsOwner(one: Finding, file: string): Finding {
  if (one.fixes.length === 0) return one;
  const mend = t`mend it with: keypair doctor --fix --key-dir ${shellWord(path.dirname(file))}`;
  return { ...one, fixes: [], hints: [...one.hints, mend] };
}

function ofKeys(count: number): string {
  if (count === 0) return t`no private keys here`;
  return count === 1
    ? t`1 private key here, for your eyes only`
    : t`${count} private keys here, for your eyes only`;
}

function unreadable(file: string): Finding {
  const hints = [t`see whose it is: ls -ld ${shellWord(file)}`];
  return finding('note', t`${printable(file)} cannot be read, and may be a key`, { file, hints });
}

/** ssh refuses a private key that others can read (ssh(1), FILES). */
function lookAtMode({ privateKeyFile: file, mode, link }: LocalKey): readonly Finding[] {
  if (file === null || mode === null || (mode & 0o077) === 0) return [];
  const shown = printable(file);
  const message = t`others may read the private key ${shown} (0${mode.toString(8)}): ssh refuses to use it`;
  const apply = (): Promise<string> => changeMode(file, 0o600);
  return [
    finding('problem', message, {
      file,
      // What a link leads to may be others' to read on purpose.
      fixes: [{ title: t`chmod 600 ${shellWord(file)}`, consent: link ? 'person' : 'nobody', apply }],
    }),
  ];
}

async function lookAtPublicHalf(
  { name, privateKeyFile, publicKeyFile, publicKey }: LocalKey,
  local: LocalKeys,
  isOwn: (publicKey: PublicKey) => boolean,
): Promise<readonly Finding[]> {
  if (privateKeyFile === null || publicKeyFile !== null) return [];
  const file = `${privateKeyFile}.pub`;
  const [shown, key] = [printable(file), printable(privateKeyFile)];
  const hints = [t`see which is right: ssh-keygen -y -f ${shellWord(privateKeyFile)}`];
  const another = local.keys.some((other) => other.publicKeyFile === file);
  if (another) return [finding('problem', t`${shown} is not the public half of ${key}`, { file, hints })];
  if (await isTaken(file).catch(() => true)) {
    return [finding('problem', t`${shown} holds no public key`, { file, hints })];
  }
  // Keys that somebody else has made may do without, as those of other clouds do.
  if (publicKey === null || !isOwn(publicKey)) return [];
  const line = formatPublicKey(publicKey, publicKey.comment === '' ? name : publicKey.comment);
  const apply = async (): Promise<string> => {
    await writeNewFile(file, 0o644, `${line}\n`);
    return t`wrote ${shown}`;
  };
  const fix = { title: t`write ${shown} from the private key`, consent: 'nobody', apply } as const;
  return [finding('note', t`${key} has no public half beside it`, { file: privateKeyFile, fixes: [fix] })];
}

/** Private keys that ssh refuses, or that do not fit their public half. */
async function unusableKey(
  input: CheckInput,
  key: LocalKey,
  local: LocalKeys,
  isOwn: (publicKey: PublicKey) => boolean,
): Promise<readonly Finding[]> {
  const { privateKeyFile, refused, publicKey } = key;
  const file = refused?.file ?? privateKeyFile;
  const reading = file === null ? null : await readSmallFile(file);
  if (file === null || reading === null || reading === 'unreadable') return [];
  const shown = printable(file);
  if (refused === null) {
    const problem = problemOf(reading.text);
    if (problem === null) return [];
    const hints = [t`put a whole copy in its place, if there is one; else make a new pair`];
    return [
      finding('problem', t`${shown} is a private key that cannot be used: ${problem}`, { file, hints }),
    ];
  }
  const copy = publicKey === null ? null : (local.find(publicKey)?.privateKeyFile ?? null);
  if (copy !== null) {
    // Who keeps a key for PuTTY beside that for ssh knows it.
    if (isPutty(reading.text.reveal())) return [];
    const twice = t`ssh cannot read ${shown}, but it reads the same key in ${printable(copy)}`;
    return [finding('note', twice, { file })];
  }
  const message = t`ssh cannot read ${shown}: ${refused.reason}`;
  if (isPutty(reading.text.reveal())) {
    if (publicKey === null || !isOwn(publicKey)) return [];
    const hints = keyFileHints('putty', file, input.session.context.platform);
    return [finding('note', message, { file, hints })];
  }
  const fix = await rewriting(input, file, reading.text, publicKey, local);
  const hints = fix === null ? [t`put a whole copy in its place, if there is one; else make a new pair`] : [];
  return [finding('problem', message, { file, hints, fixes: fix === null ? [] : [fix] })];
}

/** Why a private key that ssh reads cannot log in all the same, or null. One under a passphrase is believed. */
function problemOf(text: Secret): string | null {
  try {
    parsePrivateKey(text);
    return null;
  } catch (error) {
    if (!(error instanceof KeyFormatError)) throw error;
    return error.reason === 'damaged' || error.reason === 'mismatch' ? error.message : null;
  }
}

/**
 * Writes a key as ssh reads it: beside its file, or in the place of one that this program has made for this key, which
 * goes to the trash. Null where its key cannot be read, or the place is taken.
 */
async function rewriting(
  input: CheckInput,
  file: string,
  old: Secret,
  publicKey: PublicKey | null,
  local: LocalKeys,
): Promise<Fix | null> {
  const text = rewritten(old);
  const isGood = text !== null && glanceAtPrivateKey(text)?.refused === null;
  if (!isGood) return null;
  const { context } = input.session;
  const fingerprint = publicKey === null ? null : sha256Fingerprint(publicKey);
  const made = (await input.ledger()).map((entry) => entry.made);
  const isOurs = fingerprint !== null && (await filesOfKey(fingerprint, local, made, [])).ours.includes(file);
  const beside = `${file}.fixed`;
  const [shown, to] = [printable(file), printable(beside)];
  const apply = async (): Promise<string> => {
    const now = await readSmallFile(file);
    if (now === null || now === 'unreadable' || now.text.reveal() !== old.reveal())
      throw new KeypairError('CONFLICT', t`it has changed meanwhile`);
    await writeNewFile(beside, 0o600, text.reveal());
    if (!isOurs) {
      await checkWritten(beside, text);
      return t`wrote ${to}, which ssh reads: it is the same key as ${shown}, which stays as it is`;
    }
    const [backup = ''] = await moveToTrash([file], stateDirectory(context), context.now(), context);
    await publish(beside, file);
    await removeIfThere(beside);
    await syncDirectory(path.dirname(file), context.platform);
    await checkWritten(file, text);
    return t`wrote ${shown} anew; the old one is ${printable(backup)}`;
  };
  const title = isOurs
    ? t`write ${shown} anew, and move the old one to the trash`
    : t`write the same key to ${to}`;
  return { title, consent: 'nobody', apply };
}

/** What the disk says it has written is read back. */
async function checkWritten(file: string, text: Secret): Promise<void> {
  const reading = await readSmallFile(file);
  if (reading === null || reading === 'unreadable' || reading.text.reveal() !== text.reveal())
    throw new KeypairError('FAILURE', t`${file} is not what was written`);
}
