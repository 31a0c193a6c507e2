import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { type Machine, scriptUser, writeBeside } from './machines.ts';

/** The PATH of scripts: the instance's own programs first. */
const PATH = '/opt/instance/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What starts a script, as arguments of this machine's programs. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
}

/** How a script is run: by which agent, or over ssh with the script on stdin. */
export type Channel = 'tat' | 'cloud-assistant' | 'ssh';

/**
 * The command that runs a script in an instance. It runs in new namespaces of mounts, processes and networks, sees the
 * programs of this machine, read-only, and the instance's disk, and has no privileges: as root it becomes nobody,
 * otherwise it has a user namespace without capabilities. For agents the script comes on descriptor 3, and descriptor 4
 * gets `started` before the script starts, or `no directory`.
 *
 * @param seconds after which it is killed in any case, also if this process has ended.
 */
export function launch(
  machine: Machine,
  account: string,
  channel: Channel,
  directory: string,
  seconds: number,
): Launch {
  const { uid, gid } = scriptUser();
  const user = userInfo().uid === 0 ? [] : ['--user', '--map-current-user', '--keep-caps'];
  const spaces = ['--mount', '--pid', '--net', '--ipc', '--fork', '--kill-child'];
  const homes = machine.accounts.map(({ name, home }) => `${name}:${home}`);
  return {
    program: 'timeout',
    args: [
      ...['-s', 'KILL', String(seconds), 'unshare', ...user, ...spaces, 'sh', launchFile(machine), machine.place],
      ...[String(uid), String(gid), PATH, account, channel, directory, ...homes],
    ],
  };
}

const execute = promisify(execFile);
let checked: Promise<boolean> | null = null;

/** Prepares a machine for {@link launch}. Returns whether this machine can isolate scripts; that is tried once. */
export function prepareLaunch(machine: Machine): Promise<boolean> {
  writeBeside(launchFile(machine), LAUNCH, 0o600);
  return (checked ??= probe(machine));
}

/** The file of {@link LAUNCH} in the place of a machine. */
function launchFile({ place }: Machine): string {
  return join(place, 'launch');
}

async function probe(machine: Machine): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const { program, args } = launch(machine, 'root', 'ssh', '/', 10);
  try {
    const trial = execute(program, args, { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, cwd: '/' });
    trial.child.stdin?.on('error', () => undefined).end('id -un; test -e /proc || echo alone\n');
    return (await trial).stdout === 'root\nalone\n';
  } catch {
    return false;
  }
}

/**
 * Builds the root of an instance and enters it. It ends with `chroot`, and `setpriv` without any capability: without them
 * nobody leaves such a root, and new namespaces cannot be made in it.
 */
const LAUNCH = `set -eu
umask 022
place=$1 uid=$2 gid=$3 path=$4 account=$5 channel=$6 directory=$7
shift 7
root=$place/mount
mount -t tmpfs -o size=16m,mode=755,nosuid,nodev none "$root"
show() { mount -o "bind,ro,nosuid,nodev" "$1" "$root$2"; }
for one in bin sbin lib lib32 lib64 libx32; do
  if [ -h "/$one" ]; then
    ln -s "$(readlink "/$one")" "$root/$one"
  elif [ -d "/$one" ]; then
    mkdir "$root/$one"
    show "/$one" "/$one"
  fi
done
mkdir "$root/usr" "$root/etc" "$root/opt" "$root/dev" "$root/home" "$root/run" "$root/var"
mkdir -m 1777 "$root/tmp" "$root/var/tmp"
show /usr /usr
show "$place/disk/opt" /opt
show "$place/disk/etc" /etc
for one in alternatives ld.so.cache localtime; do
  if [ -e "/etc/$one" ]; then show "/etc/$one" "/etc/$one"; fi
done
for one in null zero full random urandom; do
  : >"$root/dev/$one"
  mount --bind "/dev/$one" "$root/dev/$one"
done
printf '%s\\n' "$account" >"$root/run/account"
home=/
for one; do
  mkdir "$root\${one#*:}"
  if [ "$account" = root ] || [ "$account" = "\${one%%:*}" ]; then
    mount -o bind,nosuid,nodev "$place/disk\${one#*:}" "$root\${one#*:}"
  else
    chmod 000 "$root\${one#*:}"
  fi
  if [ "$account" = "\${one%%:*}" ]; then home=\${one#*:}; fi
done
drop='--inh-caps=-all --ambient-caps=-all --bounding-set=-all --no-new-privs'
if [ "$(id -u)" = 0 ]; then drop="--reuid=$uid --regid=$gid --clear-groups $drop"; fi
# An agent enters the directory before it becomes the user, who may not be allowed to.
enter='
cd "$1" 2>/dev/null || { [ "$0" = ssh ] || echo no directory >&4; exit 1; }
shift
exec "$@"'
start='
ulimit -f 32768
shell=sh
command -v bash >/dev/null 2>&1 && shell=bash
case $1 in
  ssh) exec sh -s ;;
  tat)
    exec 2>&1
    echo started >&4
    exec 4>&-
    exec "$shell" -c ". /etc/profile
for one in ~/.bash_profile ~/.bashrc; do [ ! -f \\$one ] || { . \\$one; break; }; done
exec \\$0 /run/script" "$shell"
    ;;
  *)
    exec 2>&1
    echo started >&4
    exec 4>&-
    exec "$shell" /run/script
    ;;
esac'
if [ "$channel" != ssh ]; then
  cat <&3 >"$root/run/script"
  exec 3<&-
fi
exec chroot "$root" sh -c "$enter" "$channel" "$directory" setpriv $drop env -i "PATH=$path" "HOME=$home" \\
  "USER=$account" "LOGNAME=$account" SHELL=/bin/bash sh -c "$start" sh "$channel"
`;
