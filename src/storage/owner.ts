import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';

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
export interface ThisProcess {
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
