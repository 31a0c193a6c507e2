import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { type FieldCheck, fieldsOf, isPath, isWord, orNull, passes } from './read-guarded.ts';
import { temporaryNameOf } from './fs.ts';

/** What is under way: enough to find out later what became of it. It holds no secret. */
export interface Intent extends Owner {
  /** `create-local`: the private key was on the disk before anything was asked of the cloud. */
  readonly action: 'create' | 'create-local';
  /** ISO 8601: no request had left by then. */
  readonly startedAt: string;
  /** How long after that the service may have carried the request out, in milliseconds. */
  readonly latestMs: number;
  readonly provider: string;
  readonly region: string;
  /** Scheme, host and port that is called. */
  readonly endpoint: string;
  /** Null where it was not noted: the service's default. */
  readonly apiVersion: string | null;
  /** The profile that was chosen, or null. */
  readonly profile: string | null;
  /** Whose access key signs, as a hash; null where it was not noted, or nothing lasting tells. */
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
  /** Whether it is certain that no private key came, and none will. */
  readonly keyLost: boolean;
  /** The id of the pair, where an answer to our own request told it; null where none did. */
  readonly pairId: string | null;
}

/** The content of an entry's file. */
export function formatIntent(intent: Intent): string {
  return `${JSON.stringify({ version: 2, ...intent })}\n`;
}

/** Whether a text is of a version that is yet to come. */
export function isOfNewerVersion(text: string): boolean {
  const version = fieldsOf(text)?.['version'];
  return typeof version === 'number' && version > 2;
}

/** What the entries of version 1 did not note: the default timeout of a request, and its patience. */
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
 * Reads the content of an entry's file, of this version or of the first. Whatever it holds, only an intent that this
 * program can have written comes out: the files that it names are its own by their names.
 *
 * @param stateDirectory holds the temporary files of keys that go to stdout.
 * @returns null for anything else; nothing is thrown.
 */
export function readIntent(text: string, stateDirectory: string): Intent | null {
  const found = fieldsOf(text);
  if (found === null) return null;
  const { version } = found;
  if (version !== 1 && version !== 2) return null;
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
  sandbox: (value) => typeof value === 'boolean',
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
  keyLost: (value) => typeof value === 'boolean',
  pairId: orNull(isWord),
};

function isCount(value: unknown, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

/** The raw answer lies beside the key file under a name that only we give; or, for stdout, in the state directory. */
function ownsItsFiles({ temporaryFile, privateKeyFile }: Intent, stateDirectory: string): boolean {
  const base = temporaryNameOf(path.basename(temporaryFile));
  if (base === null) return false;
  const directory = path.dirname(temporaryFile);
  return privateKeyFile === null
    ? directory === path.join(stateDirectory, 'stdout')
    : path.join(directory, base) === privateKeyFile;
}

/** A process, as an entry names it. */
export interface Owner {
  readonly pid: number;
  /**
   * A hash of the machine's name, its boot and the PID namespace: a `pid` means something only to processes for which it
   * is the same. Null where it was not noted.
   */
  readonly host: string | null;
  /** When the process started, in ticks since the boot; null where the system does not tell: macOS, Windows. */
  readonly startTime: string | null;
}

/** This process, for {@link ownerOf}; a Context has it all. */
interface ThisProcess {
  readonly pid: number;
  /** The machine's name. */
  readonly host: string;
}

/** This process as an owner. Containers may share a host name, a home and process numbers, but no PID namespace. */
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

/** Whether two owners are one process. */
export function isSameOwner(one: Owner, other: Owner): boolean {
  return one.pid === other.pid && one.host === other.host && one.startTime === other.startTime;
}

/**
 * Whether a process runs that has the same `host` as this one.
 *
 * @param self this process.
 * @param isAlive whether a process of this number runs.
 * @returns null where it cannot be told: a process of that number runs, and when it started is not known.
 */
export function isRunning(owner: Owner, self: Owner, isAlive: (pid: number) => boolean): boolean | null {
  if (!isAlive(owner.pid)) return false;
  // A /proc that is mounted for another PID namespace tells of other processes under these numbers.
  const stat = link('/proc/self') === String(self.pid) ? statOf(String(owner.pid)) : null;
  if (stat === null || owner.startTime === null) return null;
  return stat.startTime === owner.startTime && !stat.ended;
}

/** proc_pid_stat(5): the name in brackets may hold anything; field 3 is the state, field 22 the start time. */
function statOf(pid: string): { readonly startTime: string; readonly ended: boolean } | null {
  const fields =
    read(`/proc/${pid}/stat`)
      ?.replace(/^.*\) /s, '')
      .split(' ') ?? [];
  const [state, startTime] = [fields[0], fields[19]];
  // A zombie has ended: in a container nobody may ever collect it.
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
