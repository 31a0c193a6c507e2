import path from 'node:path';
import { keyDirectory } from '../../../cli/settings.ts';
import { distinct } from '../../../connection/find-key-pair.ts';
import { KeypairError } from '../../../errors.ts';
import { formatFacts, joinList, t, withNote } from '../../../i18n/t.ts';
import { sha256Fingerprint } from '../../../keys/fingerprint.ts';
import { KeyFormatError } from '../../../keys/format-error.ts';
import { parsePrivateKey, rewritten } from '../../../keys/private-key.ts';
import { formatPublicKey, type PublicKey } from '../../../keys/public-key.ts';
import { isPutty } from '../../../keys/putty-format.ts';
import { inspectPrivateKey } from '../../../keys/ssh-reads.ts';
import { isWeak } from '../../../operations/key-pair-record.ts';
import { filesOfKey } from '../../../operations/own-files.ts';
import { keyFileHints } from '../../../operations/read-keys.ts';
import type { RepairAction } from '../../../operations/recovery/types.ts';
import { stateDirectory } from '../../../paths.ts';
import { findDescriptor } from '../../../providers/registry.ts';
import { printable, shellWord } from '../../../sanitize.ts';
import type { Secret } from '../../../secret.ts';
import { isTaken, removeIfThere, syncDirectory, writeNewFile } from '../../../storage/fs.ts';
import { type LocalKey, type LocalKeys, readSmallFile } from '../../../storage/key-directory.ts';
import { linkUnderName } from '../../../storage/durable-write.ts';
import { moveToTrash } from '../../../storage/trash.ts';
import { type Check, type CheckInput, type Finding, finding, inService, listedPairs } from '../finding.ts';
import { changeMode, octal } from '../fix.ts';

/** Whether ssh accepts the private keys here, and whether the public keys beside them match. */
export const keyFiles: Check = {
  id: 'key-files',
  title: t`key files`,
  calls: false,
  run: async (input) => {
    const local = await input.localKeys();
    const isOwn = await ownKeys(input);
    const written = (await input.ledger()).flatMap(({ made }) => (made.wroteFile ? made.privateKeyFile : null));
    const unusable = await Promise.all(local.keys.map((key) => unusableKey(input, key, local, isOwn)));
    const halves = await Promise.all(local.keys.map((key) => lookAtPublicHalf(key, local, isOwn)));
    const found = [
      ...local.unreadable.map(unreadable),
      ...local.keys.flatMap(lookAtMode),
      ...unusable.flat(),
      ...halves.flat(),
    ];
    if (found.length > 0)
      return found.map((one) =>
        one.file === null || path.dirname(one.file) === input.keyDirectory || written.includes(one.file)
          ? one
          : leftToItsOwner(one, one.file),
      );
    const count = local.keys.filter(({ privateKeyFile }) => privateKeyFile !== null).length;
    if (count === 0) return [finding('ok', t`no private keys here`)];
    const message =
      count === 1 ? t`1 private key here, readable only by you` : t`${count} private keys here, readable only by you`;
    return [finding('ok', message)];
  },
};

/** Recognizes the keys that this program created or uploaded here, and those of pairs in the cloud. */
async function ownKeys(input: CheckInput): Promise<(publicKey: PublicKey) => boolean> {
  const noted = (await input.ledger()).map(({ made }) => made.fingerprint);
  const listed = (await listedPairs(input)).map(({ told }) => told && sha256Fingerprint(told));
  const own = new Set([...noted, ...listed]);
  return (publicKey) => own.has(sha256Fingerprint(publicKey));
}

/** Leaves out the fix for a file in another directory that `create` did not write, and names the command for it. */
function leftToItsOwner(one: Finding, file: string): Finding {
  if (one.fixes.length === 0) return one;
  const mend = t`fix it with: keypair doctor --fix --key-dir ${shellWord(path.dirname(file))}`;
  return { ...one, fixes: [], hints: [...one.hints, mend] };
}

function unreadable(file: string): Finding {
  const hints = [t`see whose it is: ls -ld ${shellWord(file)}`];
  return finding('note', t`${printable(file)} cannot be read, and may be a key`, { file, hints });
}

/** ssh refuses a private key that others can read (ssh(1), FILES). */
function lookAtMode({ privateKeyFile: file, mode, link }: LocalKey): readonly Finding[] {
  if (file === null || mode === null || (mode & 0o077) === 0) return [];
  const shown = printable(file);
  const message = t`others may read the private key ${shown} (${octal(mode)}): ssh refuses to use it`;
  // The target of a link may be readable on purpose.
  const fix = changeMode(file, 0o600, link ? 'person' : 'nobody');
  return [finding('problem', message, { file, fixes: [fix] })];
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
  if (another) return [finding('problem', t`${shown} is not the public key of ${key}`, { file, hints })];
  if (await isTaken(file).catch(() => true)) {
    return [finding('problem', t`${shown} holds no public key`, { file, hints })];
  }
  // Keys of other programs and clouds often have no .pub file.
  if (publicKey === null || !isOwn(publicKey)) return [];
  const line = formatPublicKey(publicKey, publicKey.comment === '' ? name : publicKey.comment);
  const apply = async (): Promise<string> => {
    await writeNewFile(file, 0o644, `${line}\n`);
    return t`wrote ${shown}`;
  };
  const fix = { title: t`write ${shown} from the private key`, consent: 'nobody', apply } as const;
  return [finding('note', t`${key} has no public key beside it`, { file: privateKeyFile, fixes: [fix] })];
}

/** Private keys that ssh refuses, or that do not match their public key. */
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
    const message = t`${shown} is a private key that cannot be used: ${problem}`;
    return [finding('problem', message, { file, hints: [REPLACE] })];
  }
  const copy = publicKey === null ? null : (local.find(publicKey)?.privateKeyFile ?? null);
  if (copy !== null) {
    // The user has this key for PuTTY and for ssh.
    if (isPutty(reading.text.reveal())) return [];
    const twice = t`ssh cannot read ${shown}, but it reads the same key in ${printable(copy)}`;
    return [finding('note', twice, { file })];
  }
  const message = t`ssh cannot read ${shown}: ${refused.reason}`;
  if (isPutty(reading.text.reveal())) {
    if (publicKey === null || !isOwn(publicKey)) return [];
    const hints = key.encrypted
      ? keyFileHints('putty', file, input.session.context.platform)
      : [t`convert it: keypair export ${shellWord(file)} --format openssh`];
    return [finding('note', message, { file, hints })];
  }
  const fix = await rewriting(input, file, reading.text, publicKey, local);
  const details = fix === null ? { hints: [REPLACE] } : { fixes: [fix] };
  return [finding('problem', message, { file, ...details })];
}

const REPLACE = t`replace it with an intact copy if you have one; else make a new pair`;

/** Why a private key that ssh can read does not work, or null. An encrypted one is not checked. */
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
 * The fix that rewrites a key so that ssh can read it: in a new file beside it, or, if this program wrote the file, in
 * place, with the old file in the trash. Null if the key cannot be converted.
 */
async function rewriting(
  input: CheckInput,
  file: string,
  old: Secret,
  publicKey: PublicKey | null,
  local: LocalKeys,
): Promise<RepairAction | null> {
  const text = rewritten(old);
  const isGood = text !== null && inspectPrivateKey(text)?.refused === null;
  if (!isGood) return null;
  const { context } = input.session;
  const fingerprint = publicKey === null ? null : sha256Fingerprint(publicKey);
  const made = (await input.ledger()).map((entry) => entry.made);
  const isOurs = fingerprint !== null && (await filesOfKey(fingerprint, local, made, [])).ours.includes(file);
  const beside = `${file}.fixed`;
  const [shown, to] = [printable(file), printable(beside)];
  const apply = async (): Promise<string> => {
    if (!(await holdsText(file, old))) throw new KeypairError('CONFLICT', t`it has changed meanwhile`);
    await writeNewFile(beside, 0o600, text.reveal());
    let done = t`wrote ${to}, which ssh can read: the same key as ${shown}, which is unchanged`;
    if (isOurs) {
      const [backup = ''] = await moveToTrash([file], stateDirectory(context), context.now(), context);
      await linkUnderName(beside, file);
      await removeIfThere(beside);
      await syncDirectory(path.dirname(file), context.platform);
      done = t`rewrote ${shown}; the old file is ${printable(backup)}`;
    }
    // Some file systems report success without writing.
    const written = isOurs ? file : beside;
    if (!(await holdsText(written, text)))
      throw new KeypairError('FAILURE', t`${written} differs from what was written`);
    return done;
  };
  const title = isOurs ? t`rewrite ${shown}, and move the old file to the trash` : t`write the same key to ${to}`;
  return { title, consent: 'nobody', apply };
}

async function holdsText(file: string, text: Secret): Promise<boolean> {
  const reading = await readSmallFile(file);
  return reading !== null && reading !== 'unreadable' && reading.text.reveal() === text.reveal();
}

/** The maximum number of files in one line. */
const MOST = 5;

/** Which private keys that this program wrote have no passphrase. That is no fault, so it is one line. */
export const passphrases: Check = {
  id: 'passphrases',
  title: t`passphrases`,
  calls: false,
  run: async (input) => {
    const written = (await input.ledger()).flatMap(({ made }) => (made.wroteFile ? made.privateKeyFile : null));
    const own = (await input.localKeys()).keys.flatMap(({ privateKeyFile: file, encrypted }) =>
      file !== null && written.includes(file) ? { file, encrypted } : [],
    );
    const open = own.filter(({ encrypted }) => !encrypted).map(({ file }) => file);
    const [first] = open;
    if (first === undefined)
      return [finding('ok', own.length === 0 ? t`no private keys made here` : t`every private key made here has one`)];
    const names = open.map((file) => nameOf(input, file));
    const shown = joinList(names.slice(0, MOST).map((name) => printable(name)));
    const message = open.length > MOST ? t`${shown} and ${open.length - MOST} more: none` : t`${shown}: none`;
    return [finding('ok', message, { hints: [t`set one with: keypair passphrase ${shellWord(names[0] ?? first)}`] })];
  },
};

/** What `passphrase` takes for a key file: its name if it is in the usual key directory. */
function nameOf({ session }: CheckInput, file: string): string {
  const name = path.basename(file);
  return path.dirname(file) === keyDirectory(session, undefined) && !name.startsWith('-') ? name : file;
}

/** Keys that are too weak, in the cloud and on this machine. */
export const weakKeys: Check = {
  id: 'weak-keys',
  title: t`weak keys`,
  calls: false,
  run: async (input) => {
    const weak = await findWeak(input);
    const isOwn = await ownKeys(input);
    const found = weak.map((key) => tell(key, isOwn(key.publicKey)));
    return found.length > 0 ? found : [finding('ok', t`none`)];
  },
};

/** A weak key and where it is. */
interface Weak {
  readonly publicKey: PublicKey;
  /** On this machine, or null. */
  file: string | null;
  readonly places: {
    readonly provider: string;
    readonly region: string;
    readonly flagsToReproduce: string;
    readonly name: string;
    readonly id: string | null;
    readonly instances: readonly string[] | null;
  }[];
}

async function findWeak(input: CheckInput): Promise<readonly Weak[]> {
  const weak = new Map<string, Weak>();
  const add = (publicKey: PublicKey | null): Weak | null => {
    if (publicKey === null || !isWeak(publicKey)) return null;
    const key = sha256Fingerprint(publicKey);
    const known = weak.get(key) ?? { publicKey, file: null, places: [] };
    weak.set(key, known);
    return known;
  };
  for (const { publicKey, privateKeyFile, refused, publicKeyFile } of (await input.localKeys()).keys) {
    const known = add(publicKey);
    if (known !== null) known.file ??= privateKeyFile ?? refused?.file ?? publicKeyFile;
  }
  for (const { target, pair, told } of await listedPairs(input)) {
    const places = add(told)?.places;
    const { id, name, instances } = pair;
    const { descriptor, region, flagsToReproduce } = target;
    // A service may list a pair in every region of the account.
    if (places?.some((one) => id !== null && one.id === id && one.provider === descriptor.id)) continue;
    places?.push({ provider: descriptor.id, region, flagsToReproduce, name, id, instances });
  }
  return [...weak.values()];
}

/** The line that replaces a key pair: on its instances too, unless it is known to have none. */
function replaceHint({
  provider,
  flagsToReproduce,
  name,
  id,
  instances,
}: Omit<Weak['places'][number], 'region'>): string {
  const place = `-p ${provider} -r ${flagsToReproduce}`;
  if (instances?.length !== 0)
    return t`replace it, on its instances too: ${`keypair rotate ${shellWord(id ?? name)} ${place}`}`;
  const free = findDescriptor(provider).nameRule.suggest(`${name.slice(0, 20)}_new`) ?? 'new_key';
  return t`no instance has it; make another one: ${`keypair create --local --name ${free} ${place}`}`;
}

function tell({ publicKey, file, places }: Weak, own: boolean): Finding {
  const { keyType, bits } = publicKey;
  const [place] = places;
  const pairs = places.map(({ name, provider, region }) =>
    printable(withNote(name, formatFacts([provider, region])), 150),
  );
  const where = joinList([...pairs, ...(file === null ? [] : [printable(file)])]);
  const message =
    keyType === 'dsa'
      ? t`${where}: DSA of ${bits} bits, which OpenSSH no longer supports`
      : t`${where}: RSA of ${bits} bits; at least 2048 are required`;
  const make = place === undefined ? t`replace it: ssh-keygen -t ed25519` : replaceHint(place);
  const { provider = null, region = null } = place ?? {};
  return finding(own ? 'problem' : 'note', message, { hints: [make], file, provider, region });
}

const DAY_MS = 24 * 3_600_000;

/** Key pairs that are older than the profile allows. */
export const oldKeys: Check = {
  id: 'old-keys',
  title: t`old keys`,
  calls: true,
  run: async (input) => {
    const { context, settings } = input.session;
    const { maxAge } = settings.profile;
    if (maxAge === null) return [];
    const oldest = context.now().getTime() - parseInt(maxAge, 10) * DAY_MS;
    // A service may list a pair in every region of the account.
    const all = (await listedPairs(input)).map((one) => ({ ...one, provider: one.target.descriptor.id }));
    const listed = distinct(all);
    const found = listed.flatMap(({ target, pair }): readonly Finding[] => {
      const { createdAt, id, name, instances } = pair;
      if (createdAt === null || !(Date.parse(createdAt) < oldest)) return [];
      const { descriptor, region, flagsToReproduce } = target;
      const shown = printable(withNote(name, formatFacts([descriptor.id, region])), 150);
      const days = Math.floor((context.now().getTime() - Date.parse(createdAt)) / DAY_MS);
      const hint = replaceHint({ provider: descriptor.id, flagsToReproduce, name, id, instances });
      const message = t`${shown} is ${days} days old: the profile allows ${maxAge}`;
      return [finding('problem', message, { hints: [hint], ...inService(target) })];
    });
    if (found.length > 0 || listed.length === 0) return found;
    return [finding('ok', t`no key pair is older than ${maxAge}`)];
  },
};
