import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';

import type { Service } from './behaviour.ts';
import { makeFolder } from './file-repository.ts';
import { accountNames, keysInEffect } from './instances.ts';
import type { Contents } from './repository.ts';

/** The directory of an instance, which holds its disk, and beside it what only the sandbox sees. */
export interface Machine {
  readonly place: string;
  readonly service: Service;
  readonly id: string;
  /** The first one is the login user. */
  readonly accounts: readonly Account[];
}

/** An account of an instance. */
export interface Account {
  readonly name: string;
  /** As the instance sees it. */
  readonly home: string;
  /** The same directory on this machine. */
  readonly directory: string;
}

/** The machine of an instance. @param folder the folder of all machines */
export function machineOf(folder: string, service: Service, region: string, id: string): Machine {
  const place = join(folder, service, region, id);
  const accounts = accountNames(id).map((name) => {
    const home = name === 'root' ? '/root' : `/home/${name}`;
    return { name, home, directory: join(place, 'disk', home) };
  });
  return { place, service, id, accounts };
}

/** Who owns the homes and runs the scripts: as root, nobody; otherwise this user. */
export function scriptUser(): { readonly uid: number; readonly gid: number } {
  const { uid, gid } = userInfo();
  if (uid !== 0) return { uid, gid };
  const found = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
  return { uid: Number(found?.[1] ?? 65_534), gid: Number(found?.[2] ?? 65_534) };
}

/**
 * Makes the disk of a machine, or brings its system up to date. Scripts can change nothing outside the homes.
 *
 * @param hostKey the line of the host key's public half; null if it is not known.
 */
export function prepareDisk({ place, accounts }: Machine, name: string, hostKey: string | null): void {
  const { uid, gid } = scriptUser();
  const disk = join(place, 'disk');
  makeFolder(place);
  for (const folder of ['etc/ssh', 'etc/alternatives', 'opt/instance/bin']) makeFolderFor(disk, folder);
  // Where the system's files are mounted over.
  makeFolderFor(place, 'mount');
  for (const file of ['etc/ld.so.cache', 'etc/localtime']) {
    if (!existsSync(join(disk, file))) writeBeside(join(disk, file), '', 0o644);
  }
  for (const { directory } of accounts) {
    if (existsSync(directory)) continue;
    makeFolder(directory);
    mkdirSync(join(directory, '.ssh'), { mode: 0o700 });
    for (const one of [join(directory, '.ssh'), directory]) own(one, uid, gid);
  }
  const users = accounts.map((one) => `${one.name}:x:${uid}:${gid}:${one.name}:${one.home}:/bin/bash`);
  const system = ['daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin', 'sshd:x:110:65534::/run/sshd:/usr/sbin/nologin'];
  const files: readonly (readonly [file: string, lines: readonly string[], mode: number])[] = [
    ['etc/passwd', [...users, ...system], 0o644],
    ['etc/group', accounts.map((one) => `${one.name}:x:${gid}:`), 0o644],
    ['etc/hostname', [name.replace(/[^A-Za-z0-9-]/g, '-')], 0o644],
    // TAT's agent sources it before the script: this line comes before what the script prints.
    ['etc/profile', [`echo "Welcome to $(cat /etc/hostname)"`], 0o644],
    ...Object.entries(PROGRAMS).map(([program, text]) => [`opt/instance/bin/${program}`, [text], 0o755] as const),
  ];
  const keyFile = [['etc/ssh/ssh_host_ed25519_key.pub', [hostKey ?? ''], 0o644]] as const;
  for (const [file, lines, mode] of [...files, ...(hostKey === null ? [] : keyFile)]) {
    const text = lines.map((line) => `${line}\n`).join('');
    const target = join(disk, file);
    if (!existsSync(target) || readFileSync(target, 'utf8') !== text) writeBeside(target, text, mode);
  }
}

/** Makes a folder below a base that scripts, also of another user, may enter. */
function makeFolderFor(base: string, folder: string): void {
  makeFolder(base);
  let at = base;
  for (const name of folder.split('/')) {
    at = join(at, name);
    if (!existsSync(at)) mkdirSync(at);
    chmodSync(at, 0o755);
  }
}

function own(file: string, uid: number, gid: number): void {
  if (userInfo().uid === 0) chownSync(file, uid, gid);
}

/** Writes a file beside and renames it: another program may be reading it. */
export function writeBeside(file: string, text: string, mode: number): void {
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, text, { flag: 'wx' });
  chmodSync(draft, mode);
  renameSync(draft, file);
}

/** What the sandbox has written into the accounts. */
interface Placed {
  /** The latest operation that was looked at. */
  readonly operation: string | null;
  readonly lines: Readonly<Record<string, readonly string[]>>;
}

/**
 * Brings the bound key pairs into the authorized_keys of their accounts: what was bound since the last time is added, what
 * is no longer bound goes. Each operation of CVM writes all bound keys again, and so does each of ECS at the next restart. Only whole lines that the sandbox
 * itself wrote are removed; all others stay.
 */
export function placeBoundKeys(machine: Machine, { instances, pairs }: Contents, now: Date): void {
  const instance = instances.find(({ id }) => id === machine.id);
  if (instance === undefined) return;
  const file = join(machine.place, 'bound.json');
  const before: Placed = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Placed)
    : { operation: null, lines: {} };
  const { keys: bound, requestId } = keysInEffect(instance, now);
  const operation = requestId ?? before.operation;
  const writesAll = machine.service !== 'lighthouse' && operation !== before.operation;
  const lines: Record<string, readonly string[]> = {};
  for (const [index, account] of machine.accounts.entries()) {
    const keys = bound.filter(({ user }) => (user === null ? index === 0 : user === account.name));
    const wanted = keys.flatMap(({ keyId }) => lineOf(pairs.find(({ id }) => id === keyId)?.publicKey ?? ''));
    const old = before.lines[account.name] ?? [];
    lines[account.name] = wanted;
    const added = writesAll ? wanted : wanted.filter((line) => !old.includes(line));
    const removed = old.filter((line) => !wanted.includes(line));
    if (added.length > 0 || removed.length > 0) changeKeys(account, added, removed);
  }
  const text = `${JSON.stringify({ operation, lines } satisfies Placed)}\n`;
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeBeside(file, text, 0o600);
}

/** The line of authorized_keys for a public key in OpenSSH's format; none for anything else. */
function lineOf(publicKey: string): readonly string[] {
  const line = /^[a-z0-9@.-]+ [A-Za-z0-9+/]+=*(?: [\w.@:-]{1,100})?/.exec(publicKey)?.[0];
  return line === undefined ? [] : [line];
}

/**
 * Changes lines of an account's authorized_keys. Scripts write in the home: a link there leads nowhere, and the keys are
 * not placed.
 */
function changeKeys({ directory }: Account, added: readonly string[], removed: readonly string[]): void {
  const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;
  const { uid, gid } = scriptUser();
  const open = attempt(() => openSync(join(directory, '.ssh'), O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  if (open === null) return;
  try {
    // A descriptor cannot be replaced by a link meanwhile. Other systems than Linux run no scripts.
    const ssh = process.platform === 'linux' ? `/proc/self/fd/${open}` : join(directory, '.ssh');
    const file = join(ssh, 'authorized_keys');
    const before = readKeys(file);
    if (before === null) return;
    const kept = before.text.split('\n').filter((line) => !removed.includes(line.trimEnd()));
    if (kept.at(-1) === '') kept.pop();
    const lines = [...kept, ...added.filter((line) => !kept.includes(line))];
    const draft = join(ssh, `.authorized_keys.${randomUUID()}`);
    const target = openSync(draft, 'wx', 0o600);
    try {
      writeFileSync(target, lines.map((line) => `${line}\n`).join(''));
      fchmodSync(target, before.mode);
      if (userInfo().uid === 0) fchownSync(target, uid, gid);
      renameSync(draft, file);
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(open);
  }
}

/** The longest authorized_keys that keys are placed in, in bytes. */
const MOST_KEYS = 1024 * 1024;

/** An authorized_keys file; empty if there is none, null for what is no ordinary file of a sensible size. */
function readKeys(file: string): { readonly text: string; readonly mode: number } | null {
  let open: number;
  try {
    open = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? { text: '', mode: 0o600 } : null;
  }
  try {
    const stats = fstatSync(open);
    if (!stats.isFile() || stats.size > MOST_KEYS) return null;
    return { text: readFileSync(open, 'utf8'), mode: stats.mode & 0o777 };
  } finally {
    closeSync(open);
  }
}

function attempt<T>(run: () => T): T | null {
  try {
    return run();
  } catch {
    return null;
  }
}

/**
 * The programs that answer for the instance instead of for this machine. `/run/account` names the account that a script
 * runs as.
 */
const PROGRAMS: Readonly<Record<string, string>> = {
  getent: `#!/bin/sh
# getent passwd|group [NAME]
case \${1-} in passwd | group) database=/etc/$1 ;; *) exit 1 ;; esac
[ $# -gt 1 ] || exec cat "$database"
while IFS= read -r line; do
  case $line in "$2":*) printf '%s\\n' "$line"; exit 0 ;; esac
done <"$database"
exit 2`,
  id: `#!/bin/sh
# id [-u|-g|-n|-un|-gn|...] [NAME]
what=
while case \${1-} in -?*) ;; *) false ;; esac; do what=$what\${1#-}; shift; done
read -r name </run/account
name=\${1-$name}
if ! line=$(getent passwd "$name"); then
  printf 'id: %s: no such user\\n' "$name" >&2
  exit 1
fi
IFS=: read -r name _ uid gid _ <<END
$line
END
case $what in
  '') printf 'uid=%s(%s) gid=%s(%s) groups=%s(%s)\\n' "$uid" "$name" "$gid" "$name" "$gid" "$name" ;;
  u) printf '%s\\n' "$uid" ;;
  g | G) printf '%s\\n' "$gid" ;;
  un | nu | gn | ng | Gn | nG) printf '%s\\n' "$name" ;;
  *) printf 'id: invalid option\\n' >&2; exit 1 ;;
esac`,
  sshd: `#!/bin/sh
# sshd -T [-C user=U,host=H,addr=A]: for root, as the host keys of a real server are
if [ "\${1-}" != -T ]; then
  printf 'sshd: an instance of the sandbox knows only -T\\n' >&2
  exit 1
fi
read -r name </run/account
if [ "$name" != root ]; then
  printf 'sshd: no hostkeys available -- exiting.\\n' >&2
  exit 1
fi
cat <<'END'
port 22
permitrootlogin prohibit-password
pubkeyauthentication yes
passwordauthentication no
authorizedkeyscommand none
authorizedkeyscommanduser none
hostkey /etc/ssh/ssh_host_ed25519_key
authorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2
END`,
};
