import type { Stats } from 'node:fs';
import { lstat, readFile, realpath, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { shellWord } from '../sanitize.ts';
import { createExclusive, discard, temporaryName } from './fs.ts';

/** The user who owns the directories; a Context has both fields. */
export interface User {
  readonly home: string;
  readonly platform: string;
}

/** A directory in which others could replace our file, or a file that others wrote or may write. */
export class PermissionsError extends KeypairError {
  readonly directory: string;
  /** Its permission bits; null if they are not the fault, or not ours to change. */
  readonly mode: number | null;
  /** The bits to remove. */
  readonly excess: number;

  constructor(
    directory: string,
    message: string,
    hints: readonly string[],
    bits: { readonly mode: number; readonly excess: number } | null,
  ) {
    super('USAGE', message, { hints });
    this.directory = directory;
    this.mode = bits?.mode ?? null;
    this.excess = bits?.excess ?? 0;
  }
}

/**
 * Refuses a directory in which somebody else could replace our file, by sshd's rule for `~/.ssh` (StrictModes,
 * sshd_config(5)): this directory and all above it, up to the home directory or else `/`, belong to this user or root,
 * and only their owner may write in them. As in Debian's OpenSSH, the user's own group may write too if it has no other
 * member; here only without an ACL. Root's directories with the sticky bit (`/tmp`) pass.
 *
 * @param uid this user: the owner of a file that was just made there.
 * @param elsewhere the hint that names another place.
 * @throws PermissionsError with the directory and the command that fixes it.
 */
export async function checkPermissions(
  directory: string,
  uid: number,
  { home, platform }: User,
  elsewhere: string | null = null,
): Promise<void> {
  // Owners and modes mean nothing on Windows.
  if (platform === 'win32') return;
  const away = elsewhere ?? t`choose a directory of your own with --key-dir or --output`;
  const real = await realpath(directory);
  const realHome = await realpath(home).catch(() => home);
  const all = new Set([...selfAndParents(real, realHome), ...selfAndParents(path.resolve(directory), home)]);
  // All at once: one after the other they take longer than the writing.
  const looks = await Promise.all([...all].map(async (one) => [one, await lstat(one)] as const));
  for (const [one, found] of looks) {
    if (found.uid !== uid && found.uid !== 0) throw otherOwner(one, away);
    if (found.isSymbolicLink()) continue;
    if (found.uid === 0 && (found.mode & 0o1000) !== 0) continue;
    const writers = await otherWriters(one, found, uid);
    if (writers === null) continue;
    const others = writers === 'everybody';
    const message = others
      ? t`everybody may write in ${one}, and could replace your files`
      : t`a group may write in ${one}, and could replace your files`;
    if (uid !== 0 && found.uid !== uid) throw new PermissionsError(one, message, [away], null);
    const fix = others ? t`chmod go-w ${shellWord(one)}` : t`chmod g-w ${shellWord(one)}`;
    const bits = { mode: found.mode & 0o7777, excess: others ? 0o022 : 0o020 };
    throw new PermissionsError(one, message, [fix, away], bits);
  }
}

/**
 * Refuses a file that another user wrote or may write, by the rule of {@link checkPermissions}: for the file, its
 * directory and those above it, also behind a link. Who may read it does not matter.
 *
 * @param elsewhere the hint that names another place.
 * @throws PermissionsError with the command that fixes it.
 */
export async function checkSafeFile(file: string, user: User, elsewhere: string): Promise<void> {
  if (user.platform === 'win32') return;
  const real = await realpath(file);
  const found = await stat(real);
  const uid = await ownUid(path.dirname(real), found.uid, user);
  for (const directory of new Set([path.dirname(file), path.dirname(real)]))
    await checkPermissions(directory, uid, user, elsewhere);
  if (found.uid !== uid && found.uid !== 0) {
    const fix = t`see what is in it; if it is right, make it yours: sudo chown "$(id -u)" ${shellWord(real)}`;
    throw new PermissionsError(real, t`${real} belongs to another user`, [fix, elsewhere], null);
  }
  if ((await otherWriters(real, found, uid)) === null) return;
  const hints = [t`see what is in it; if it is right: chmod go-w ${shellWord(real)}`, elsewhere];
  const bits = { mode: found.mode & 0o7777, excess: 0o022 };
  throw new PermissionsError(real, t`others may change ${real}`, hints, bits);
}

/** This user's id, as the directory's file system reports it: some file systems in user space have their own ids. */
async function ownUid(directory: string, owner: number, { home }: User): Promise<number> {
  let uid: number;
  try {
    ({ uid } = userInfo());
  } catch {
    // Containers run users that are in no database.
    ({ uid } = await stat('/proc/self').catch(() => stat(home)));
  }
  if (owner === uid || owner === 0) return uid;
  const trial = temporaryName(path.join(directory, 'owner'));
  const handle = await createExclusive(trial, 0o600).catch(() => null);
  if (handle === null) return uid;
  try {
    return (await handle.stat()).uid;
  } finally {
    await discard(handle, trial);
  }
}

/** Who else may write. */
async function otherWriters(file: string, found: Stats, uid: number): Promise<'everybody' | 'group' | null> {
  if ((found.mode & 0o002) !== 0) return 'everybody';
  // With an ACL the group bits are its mask: without `w` in them only the owner may write.
  return (found.mode & 0o020) !== 0 && !(await isOursAlone(file, found.gid, uid)) ? 'group' : null;
}

/** The error for a directory of another user. */
function otherOwner(directory: string, away: string): KeypairError {
  const message = t`${directory} belongs to another user, who could replace your files`;
  return new PermissionsError(directory, message, [away], null);
}

/** A directory and those above it, up to `end`, or up to the root if `end` is not above it. */
function selfAndParents(directory: string, end: string): readonly string[] {
  const parent = path.dirname(directory);
  return directory === end || parent === directory ? [directory] : [directory, ...selfAndParents(parent, end)];
}

/** Whether a directory that its group may write is still ours alone. False if unknown. */
async function isOursAlone(directory: string, gid: number, uid: number): Promise<boolean> {
  return (await isOwnGroup(gid, uid)) && !(await hasAcl(directory));
}

/** Whether this user is the only member of a group, by the system's databases of users and groups. */
async function isOwnGroup(gid: number, uid: number): Promise<boolean> {
  const [users, groups] = await Promise.all([database('passwd'), database('group', String(gid))]);
  const names = users.filter((user) => user[2] === String(uid)).map(([name]) => name);
  const primary = users.filter((user) => user[3] === String(gid)).map(([name]) => name);
  const group = groups.find((fields) => fields[2] === String(gid));
  if (group === undefined) return false;
  const members = [...primary, ...(group[3] ?? '').split(',').filter((name) => name !== '')];
  return members.length > 0 && members.every((name) => names.includes(name));
}

/** The rows of a database, from all NSS sources; without getent(1), from the file alone. */
async function database(name: 'passwd' | 'group', ...key: readonly string[]): Promise<readonly string[][]> {
  const text = (await output('getent', [name, ...key])) ?? (await readFile(`/etc/${name}`, 'utf8').catch(() => ''));
  return text.split('\n').map((line) => line.split(':'));
}

/**
 * Whether ls(1) marks a directory as one with an ACL; also true if ls fails. An ls without `--author` (BusyBox) does
 * not know ACLs.
 */
async function hasAcl(directory: string): Promise<boolean> {
  const line = await output('ls', ['-ld', '--author', '--', directory]);
  return line === null || !/^[-d][-rwxsStT]{9}\.? /.test(line);
}

/** The output of a system program; null if it fails. */
async function output(program: string, args: readonly string[]): Promise<string | null> {
  const { execFile } = await import('node:child_process');
  return new Promise((resolve) => {
    const env = { PATH: '/usr/bin:/bin:/run/current-system/sw/bin', LC_ALL: 'C' };
    execFile(program, args, { cwd: '/', env, timeout: 10_000, maxBuffer: 64 << 20 }, (error, stdout) => {
      resolve(error === null ? stdout : null);
    });
  });
}
