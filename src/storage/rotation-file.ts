import { t } from '../i18n/t.ts';
import { rotationsDirectory } from '../paths.ts';
import { claimEntryFile, createEntryFile, type EntryFile, readEntryFiles } from './entry-files.ts';
import { mapFsErrors } from './fs.ts';
import type { Owner } from './intent.ts';
import { isUnderWay, JOURNAL_HINT, type Running } from './journal.ts';
import type { User } from './permissions.ts';
import {
  checkedFields,
  type FieldCheck,
  fieldsOf,
  isCount,
  isFlag,
  isPath,
  isTime,
  isWord,
  orNull,
} from './read-guarded.ts';

/** How far a rotation has come. Each stage is on the disk before its first act. */
export const STAGES = [
  /** The new pair is being made, or is not begun. */
  'planned',
  /** The new pair exists, and its private key is here. Its public key is being put on the servers, and proven. */
  'made',
  /** The new key has opened every server. The cloud's bindings and the names of the key files follow it. */
  'switching',
  /** The old key is being taken off the servers. */
  'switched',
  /** No server has the old key. The old pair is being deleted in the cloud, if nothing refers to it. */
  'closing',
  /** The rotation is being undone: before `switching` only. */
  'aborting',
] as const;

/** One of {@link STAGES}. */
export type Stage = (typeof STAGES)[number];

/** How far a rotation has come on one server. `placing` and `retiring` are on the disk before their act. */
export const SERVER_STATES = ['waiting', 'placing', 'placed', 'proven', 'retiring', 'retired'] as const;

/** One of {@link SERVER_STATES}. */
export type ServerState = (typeof SERVER_STATES)[number];

/** A server of a rotation. */
export interface RotationServer {
  /** The instance's id. */
  readonly id: string;
  /** The instance's name, for people; null if it has none. */
  readonly name: string | null;
  readonly via: 'online' | 'agent' | 'ssh';
  readonly user: string;
  readonly state: ServerState;
}

/** A rotation that has not ended. It holds no secret. */
export interface Rotation extends Owner {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly stage: Stage;
  readonly provider: string;
  readonly region: string;
  /** Scheme, host and port. */
  readonly endpoint: string;
  readonly apiVersion: string;
  readonly profile: string | null;
  /** As of a journal entry. */
  readonly signer: string | null;
  readonly sandbox: boolean;
  /** The name of the old pair. */
  readonly name: string;
  readonly oldId: string | null;
  /** One line of OpenSSH. */
  readonly oldPublicKey: string;
  /** Where the old private key is; null if it is not here, or ssh cannot read it. */
  readonly oldFile: string | null;
  /** The name of the new pair when it is made. */
  readonly newName: string;
  readonly newId: string | null;
  readonly keyType: string;
  /** One line of OpenSSH; null before `made`. */
  readonly newPublicKey: string | null;
  /** Where the new private key is, or will be. */
  readonly newFile: string;
  /** The name that the new private key takes in the end; null: its own. */
  readonly finalFile: string | null;
  /** Whether the old pair keeps its files and its name in the cloud: servers that are not rotated need them. */
  readonly keepsOld: boolean;
  /** ISO 8601: when the old key is taken off; null: at once. */
  readonly retireAt: string | null;
  /** How long the old key stays after the servers have the new one, in seconds. */
  readonly graceSeconds: number;
  /** The flags `--user`, `--jump` and `--private`, as given. */
  readonly user: string | null;
  readonly jump: string | null;
  readonly private: boolean;
  readonly servers: readonly RotationServer[];
}

/** A rotation on the disk, for the process that has it. */
export interface RotationEntry {
  readonly file: string;
  /** The rotation as it is on the disk. */
  readonly rotation: Rotation;
  /**
   * Changes it on the disk, synced. Concurrent changes follow one another.
   *
   * @throws KeypairError `USAGE` if the disk refuses it; then it stays as it was.
   */
  change(change: (rotation: Rotation) => Rotation): Promise<void>;
  /** Removes it: it has ended. @throws KeypairError `USAGE` if the disk refuses it. */
  close(): Promise<void>;
  /** Lets another process go on with it. Never throws. */
  release(): Promise<void>;
}

/** A file of the directory of rotations. */
export type OpenRotation =
  | { readonly file: string; readonly rotation: Rotation; readonly claim: Owner | null; readonly touchedAt: Date }
  | { readonly file: string; readonly rotation: null; readonly problem: string };

/** How long a process that cannot be seen may be silent, in milliseconds: one command on a server, and its proof. */
const LATEST_MS = 10 * 60_000;

const VERSION = 1;

/** Longer than the entry of a rotation of 2000 servers, in bytes. */
const LONGEST = 512 * 1024;

/**
 * Writes a new rotation, synced, before anything is changed.
 *
 * @throws KeypairError `USAGE` if the disk refuses it.
 */
export function openRotation(stateDirectory: string, rotation: Rotation, user: User): Promise<RotationEntry> {
  const directory = rotationsDirectory(stateDirectory);
  return mapFsErrors(
    directory,
    async () => {
      const entry = await createEntryFile(directory, rotation.startedAt, format(rotation), user, JOURNAL_HINT);
      return entryOf(entry, rotation);
    },
    { hints: [JOURNAL_HINT] },
  );
}

/**
 * Takes a rotation that no process works on. Only one process can.
 *
 * @returns with what is on the disk now; null if another process has it, or it has ended.
 * @throws KeypairError `USAGE` if the disk refuses it.
 */
export async function claimRotation(
  stateDirectory: string,
  { file }: OpenRotation,
  owner: Owner,
  { platform }: User,
): Promise<RotationEntry | null> {
  const directory = rotationsDirectory(stateDirectory);
  const claimed = await mapFsErrors(directory, () => claimEntryFile(file, owner, platform), { hints: [JOURNAL_HINT] });
  if (claimed === null) return null;
  const found = (await readRotations(stateDirectory, platform)).find((one) => one.file === claimed.file);
  if (found?.rotation != null) return entryOf(claimed, found.rotation);
  await claimed.release();
  return null;
}

function entryOf(entry: EntryFile, first: Rotation): RotationEntry {
  let rotation = first;
  let last: Promise<unknown> = Promise.resolve();
  return {
    file: entry.file,
    get rotation() {
      return rotation;
    },
    change: (change) => {
      const mine = last.then(async () => {
        const next = change(rotation);
        await mapFsErrors(entry.file, () => entry.write(format(next)), { hints: [JOURNAL_HINT] });
        rotation = next;
      });
      last = mine.catch(() => undefined);
      return mine;
    },
    close: async () => {
      await last;
      await mapFsErrors(entry.file, () => entry.close(), { hints: [JOURNAL_HINT] });
    },
    release: async () => {
      await last;
      // If the disk refuses it, the entry counts as dead when its process has ended.
      await entry.release().catch(() => undefined);
    },
  };
}

/** All rotations that have not ended, the oldest first. Never throws. */
export async function readRotations(stateDirectory: string, platform: string): Promise<readonly OpenRotation[]> {
  const read = (text: string): Rotation | string =>
    readRotation(text) ??
    (isNewer(text) ? t`a newer version of keypair wrote it: use that version` : t`it is not a rotation`);
  const found = await readEntryFiles(rotationsDirectory(stateDirectory), platform, read, LONGEST);
  return found.map(({ content, ...rest }) => ({ ...rest, rotation: content }) as OpenRotation);
}

/** Whether a process works on a rotation, as `isUnderWay` of the journal. */
export function isRotating(open: OpenRotation, running: Running): boolean {
  if (open.rotation === null) return false;
  const { rotation, claim, touchedAt } = open;
  return isUnderWay({ intent: { ...rotation, latestMs: LATEST_MS }, claim, touchedAt }, running);
}

function format(rotation: Rotation): string {
  return `${JSON.stringify({ version: VERSION, ...rotation })}\n`;
}

function isNewer(text: string): boolean {
  const version = fieldsOf(text)?.['version'];
  return typeof version === 'number' && version > VERSION;
}

/**
 * Reads the content of a rotation's file.
 *
 * @returns null for anything that this program cannot have written. Never throws.
 */
export function readRotation(text: string): Rotation | null {
  const fields = fieldsOf(text);
  return fields?.['version'] === VERSION ? checkedFields<Rotation>(CHECKS, fields) : null;
}

/** A line of OpenSSH without its comment. */
const isKeyLine: FieldCheck = (value) =>
  typeof value === 'string' && /^[a-z0-9@.-]{1,60} [A-Za-z0-9+/]{1,6000}={0,2}$/.test(value);

function oneOf(words: readonly string[]): FieldCheck {
  return (value) => words.includes(value as string);
}

const CHECKS: { readonly [K in keyof Rotation]: FieldCheck } = {
  startedAt: isTime,
  stage: oneOf(STAGES),
  pid: (value) => isCount(value, 2 ** 32),
  host: orNull(isWord),
  startTime: orNull(isWord),
  provider: isWord,
  region: isWord,
  endpoint: isWord,
  apiVersion: isWord,
  profile: orNull(isWord),
  signer: orNull(isWord),
  sandbox: isFlag,
  name: isWord,
  oldId: orNull(isWord),
  oldPublicKey: isKeyLine,
  oldFile: orNull(isPath),
  newName: isWord,
  newId: orNull(isWord),
  keyType: isWord,
  newPublicKey: orNull(isKeyLine),
  newFile: isPath,
  finalFile: orNull(isPath),
  keepsOld: isFlag,
  retireAt: orNull(isTime),
  graceSeconds: (value) => isCount(value, 366 * 86_400),
  user: orNull(isWord),
  jump: orNull(isWord),
  private: isFlag,
  servers: (value) =>
    Array.isArray(value) &&
    value.every(
      (one: unknown) =>
        typeof one === 'object' && one !== null && checkedFields(SERVER_CHECKS, { name: null, ...one }) !== null,
    ),
};

const SERVER_CHECKS: { readonly [K in keyof RotationServer]: FieldCheck } = {
  id: isWord,
  name: orNull(isWord),
  via: oneOf(['online', 'agent', 'ssh']),
  user: isWord,
  state: oneOf(SERVER_STATES),
};
