import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { type FieldCheck, fieldsOf, isCount, isFlag, isPath, isWord, orNull, passes } from './read-guarded.ts';
import { temporaryNameOf } from './fs.ts';

/** A create in progress, with all that is needed to find out its outcome later. It holds no secret. */
export interface Intent extends Owner {
  /** `create-local`: the private key was on disk before the first request. */
  readonly action: 'create' | 'create-local';
  /** ISO 8601, before the first request. */
  readonly startedAt: string;
  /** How long after `startedAt` the service may still have carried out the request, in milliseconds. */
  readonly latestMs: number;
  readonly provider: string;
  readonly region: string;
  /** Scheme, host and port. */
  readonly endpoint: string;
  /** Null if it was not noted: the service's default. */
  readonly apiVersion: string | null;
  /** The chosen profile, or null. */
  readonly profile: string | null;
  /** A hash of the account or key that signs; null if it was not noted, or nothing permanent identifies it. */
  readonly signer: string | null;
  readonly sandbox: boolean;
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly projectId: number;
  readonly resourceGroupId: string | null;
  /** The 0600 file that takes the raw answer. */
  readonly temporaryFile: string;
  /** Null when the key goes to stdout. */
  readonly privateKeyFile: string | null;
  /** Whether the private key is to have a passphrase: without one it is not published. */
  readonly passphrase: boolean;
  /** Whether it is certain that no private key was received, and none will be. */
  readonly keyLost: boolean;
  /** The pair's id from the answer to our own request; null without one. */
  readonly pairId: string | null;
}

/**
 * The content of an entry's file. Version 3 is for keys that are to have a passphrase: a program that only knows version
 * 2 would publish such a key without one.
 */
export function formatIntent({ passphrase, ...intent }: Intent): string {
  return `${JSON.stringify(passphrase ? { version: 3, ...intent, passphrase } : { version: 2, ...intent })}\n`;
}

/** Whether a newer version of this program wrote the text. */
export function isOfNewerVersion(text: string): boolean {
  const version = fieldsOf(text)?.['version'];
  return typeof version === 'number' && version > 3;
}

/** The values of fields that version 1 did not have. `latestMs` is its default timeout for a request, with retries. */
const V1 = {
  latestMs: 5 * 30_000,
  host: null,
  apiVersion: null,
  profile: null,
  tags: {},
  projectId: 0,
  resourceGroupId: null,
  keyLost: false,
};

/**
 * Reads the content of an entry's file, of version 1, 2 or 3. Accepts only an intent that this program can have written:
 * the names of its files are checked, too.
 *
 * @param stateDirectory holds the temporary files of keys that go to stdout.
 * @returns null for anything else. Never throws.
 */
export function readIntent(text: string, stateDirectory: string): Intent | null {
  const found = fieldsOf(text);
  if (found === null) return null;
  const { version } = found;
  if (version !== 1 && version !== 2 && version !== 3) return null;
  const fields: Readonly<Record<string, unknown>> = version === 1 ? { ...found, ...V1 } : found;
  const intent = {
    action: fields['action'],
    startedAt: fields['startedAt'],
    latestMs: fields['latestMs'],
    pid: fields['pid'],
    host: fields['host'],
    startTime: fields['startTime'] ?? null,
    provider: fields['provider'],
    region: fields['region'],
    endpoint: fields['endpoint'],
    apiVersion: fields['apiVersion'],
    profile: fields['profile'],
    signer: fields['signer'] ?? null,
    sandbox: fields['sandbox'],
    name: fields['name'],
    tags: fields['tags'],
    projectId: fields['projectId'],
    resourceGroupId: fields['resourceGroupId'],
    temporaryFile: fields['temporaryFile'],
    privateKeyFile: fields['privateKeyFile'],
    passphrase: version === 3 ? fields['passphrase'] : false,
    keyLost: fields['keyLost'],
    pairId: fields['pairId'] ?? null,
  };
  return passes<Intent>(CHECKS, intent) && ownsItsFiles(intent, stateDirectory) ? intent : null;
}

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/;

const CHECKS: { readonly [K in keyof Intent]: FieldCheck } = {
  action: (value) => value === 'create' || value === 'create-local',
  startedAt: (value) => typeof value === 'string' && ISO.test(value) && Number.isFinite(Date.parse(value)),
  latestMs: (value) => isCount(value, 24 * 3_600_000),
  pid: (value) => isCount(value, 2 ** 32) && value !== 0,
  host: orNull(isWord),
  startTime: orNull(isWord),
  provider: isWord,
  region: isWord,
  endpoint: isWord,
  apiVersion: orNull(isWord),
  profile: orNull(isWord),
  signer: orNull(isWord),
  sandbox: isFlag,
  name: isWord,
  tags: (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(value).every(([key, text]) => isWord(key) && (text === '' || isWord(text))),
  projectId: (value) => isCount(value, Number.MAX_SAFE_INTEGER),
  resourceGroupId: orNull(isWord),
  temporaryFile: isPath,
  privateKeyFile: orNull(isPath),
  passphrase: isFlag,
  keyLost: isFlag,
  pairId: orNull(isWord),
};

/** The raw answer is beside the key file under a temporary name of ours; for stdout, in the state directory. */
function ownsItsFiles({ temporaryFile, privateKeyFile }: Intent, stateDirectory: string): boolean {
  const base = temporaryNameOf(path.basename(temporaryFile));
  if (base === null) return false;
  const directory = path.dirname(temporaryFile);
  return privateKeyFile === null
    ? directory === path.join(stateDirectory, 'stdout')
    : path.join(directory, base) === privateKeyFile;
}

/** A process, as an entry identifies it. */
export interface Owner {
  readonly pid: number;
  /**
   * A hash of the machine's name, its boot and the PID namespace: a `pid` is valid only between processes with the same
   * hash. Null if it was not noted.
   */
  readonly host: string | null;
  /**
   * When the process started, in clock ticks since the boot; null if the system does not report it (macOS, Windows).
   */
  readonly startTime: string | null;
}

/** The input of {@link ownerOf}; a Context has both fields. */
interface ThisProcess {
  readonly pid: number;
  /** The machine's name. */
  readonly host: string;
}

/** This process as an owner. Containers may share a host name, a home and process ids, but not a PID namespace. */
export function ownerOf({ pid, host }: ThisProcess): Owner {
  const boot = read('/proc/sys/kernel/random/boot_id');
  const namespace = link('/proc/self/ns/pid');
  const place = JSON.stringify([host, boot, namespace]);
  return {
    pid,
    host: createHash('sha256').update(place).digest('hex').slice(0, 16),
    startTime: statOf('self')?.startTime ?? null,
  };
}

/** Whether two owners are the same process. */
export function isSameOwner(one: Owner, other: Owner): boolean {
  return one.pid === other.pid && one.host === other.host && one.startTime === other.startTime;
}

/**
 * Whether an owner with the same `host` as this process is running.
 *
 * @param self this process.
 * @param isAlive whether a process with this id runs.
 * @returns null if unknown: a process with that id runs, but its start time is not known.
 */
export function isRunning(owner: Owner, self: Owner, isAlive: (pid: number) => boolean): boolean | null {
  if (!isAlive(owner.pid)) return false;
  // A /proc of another PID namespace describes other processes under these ids.
  const stat = link('/proc/self') === String(self.pid) ? statOf(String(owner.pid)) : null;
  if (stat === null || owner.startTime === null) return null;
  return stat.startTime === owner.startTime && !stat.ended;
}

/** proc_pid_stat(5): the name in parentheses may hold any character; field 3 is the state, field 22 the start time. */
function statOf(pid: string): { readonly startTime: string; readonly ended: boolean } | null {
  const fields =
    read(`/proc/${pid}/stat`)
      ?.replace(/^.*\) /s, '')
      .split(' ') ?? [];
  const [state, startTime] = [fields[0], fields[19]];
  // A zombie has ended: in a container it may never be reaped.
  return startTime === undefined ? null : { startTime, ended: state === 'Z' || state === 'X' };
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}

function link(file: string): string | null {
  try {
    return readlinkSync(file);
  } catch {
    return null;
  }
}
