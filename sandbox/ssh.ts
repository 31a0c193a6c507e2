import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';

import type { Service } from './behaviour.ts';
import { makeFolder } from './file-repository.ts';
import { phaseOf, type StoredInstance } from './instances.ts';
import { launch, prepareLaunch } from './isolation.ts';
import { type Account, type Machine, machineOf, placeBoundKeys, prepareDisk } from './machines.ts';
import type { RepositoryFor } from './repository.ts';

/** How to log in to an instance with ssh. */
export interface Login {
  /** `127.0.0.1` */
  readonly address: string;
  readonly port: number;
  /** The user of this process: without root, sshd lets in nobody else. */
  readonly user: string;
  /** A file with the host key under `hostKeyAlias`, for `ssh -o UserKnownHostsFile=`. */
  readonly knownHostsFile: string;
  /** For `ssh -o HostKeyAlias=`. The port changes with every run, this name does not. */
  readonly hostKeyAlias: string;
}

/** The instances that can be logged in to. */
export interface Logins {
  /**
   * Listens for an account of an instance, if it does not yet.
   *
   * @param account default: the login user. One that the instance does not have lets nobody in.
   * @throws SshError; Error if there is no such instance, or the account is no name
   */
  open(service: Service, region: string, id: string, account?: string): Promise<Login>;
  /** Ends all listeners and sessions. */
  close(): Promise<void>;
}

/** Why nobody can log in to the instances. */
export class SshError extends Error {
  readonly reason: 'no-sshd' | 'user' | 'shell' | 'path' | 'refused';
  /** The user's name or shell, the path, or what the program said. */
  readonly detail: string;

  constructor(reason: SshError['reason'], detail: string) {
    super(`no login to the instances of the sandbox: ${reason} ${detail}`.trimEnd());
    this.name = 'SshError';
    this.reason = reason;
    this.detail = detail;
  }
}

interface SshParts {
  /** The folder of all machines. */
  readonly folder: string;
  readonly repositoryFor: RepositoryFor;
  readonly now: () => Date;
  /** Whether `sh -s` executes a script. */
  readonly runCommands: boolean;
}

/** The most sessions at once of all instances. sshd's own limit (MaxStartups) is one of its listener. */
const MOST_SESSIONS = 20;

/** How long a session has for its end before it is killed, in milliseconds. */
const END_MS = 1000;

const execute = promisify(execFile);

/**
 * Makes instances that the system's sshd lets the bound key pairs in to.
 *
 * This process listens, and starts `sshd -i` for each connection. An sshd that listens by itself would outlive a
 * process that is killed, could not be given the bindings of the moment, and would need a port that is free but not
 * yet taken.
 */
export function sshLogins({ folder, repositoryFor, now, runCommands }: SshParts): Logins {
  const servers = new Map<string, Promise<{ readonly server: Server; readonly port: number }>>();
  const sessions = new Set<ChildProcess>();
  let checked: Promise<void> | null = null;
  const end = (signal: 'SIGTERM' | 'SIGKILL'): void => {
    for (const session of sessions) killGroup(session, signal);
  };
  const killAll = (): void => {
    end('SIGKILL');
  };

  // Also if nobody closes: after an uncaught error, or a second Ctrl-C.
  process.on('exit', killAll);

  return {
    async open(service, region, id, name) {
      const read = (): StoredInstance | undefined =>
        repositoryFor(service, region)
          .read()
          .instances.find((instance) => instance.id === id);
      const instance = read();
      // Both become names of folders.
      if (![region, id].every((one) => /^[a-z0-9-]+$/.test(one)) || instance === undefined)
        throw new Error(`the sandbox has no instance ${JSON.stringify(id)} in ${JSON.stringify(region)}`);
      const machine = machineOf(folder, service, region, id);
      const account = accountOf(machine, name);
      const sshd = findSshd();
      if (sshd === null) throw new SshError('no-sshd', '');
      const user = readUser();
      const { place } = machine;
      // It stands in a configuration of sshd and in a line for the user's shell.
      if (!/^\/[\p{L}\p{N} ._/+@=,:~-]*$/u.test(place)) throw new SshError('path', place);
      const alias = hostKeyAlias(service, region, id);
      prepareDisk(machine, instance.name, await prepareHostKey(place, alias));
      const script = runCommands && (await prepareLaunch(machine)) ? scriptLine(machine, account) : null;
      // It goes to the user's terminal.
      put(join(place, 'greeting'), [`keypair sandbox: ${instance.name.replace(/\p{C}/gu, '?')} (${id})`]);
      put(join(place, `session-${account.name}`), [session(script)]);
      put(join(place, `sshd_config-${account.name}`), config(place, account, user));
      await (checked ??= check(sshd, join(place, `sshd_config-${account.name}`)));
      const accept = (socket: Socket): void => {
        const at = read();
        if (at === undefined || phaseOf(at, now()) !== 'running' || sessions.size >= MOST_SESSIONS) {
          socket.resetAndDestroy();
          return;
        }
        placeBoundKeys(machine, repositoryFor(service, region).read(), now());
        const child = spawn(sshd, ['-i', '-f', join(place, `sshd_config-${account.name}`)], {
          stdio: [socket, socket, 'ignore'],
          cwd: '/',
          env: { PATH: '/usr/bin:/bin' },
          // A process group of its own, which can be ended as a whole.
          detached: true,
        });
        sessions.add(child);
        child.on('error', () => sessions.delete(child)).on('exit', () => sessions.delete(child));
        socket.destroy();
      };
      const listening = servers.get(account.directory) ?? listen(accept);
      servers.set(account.directory, listening);
      const { port } = await listening;
      return { address: '127.0.0.1', port, user, knownHostsFile: join(place, 'known_hosts'), hostKeyAlias: alias };
    },

    async close() {
      for (const listening of servers.values()) (await listening).server.close();
      servers.clear();
      const ends = [...sessions].map((session) => new Promise((done) => session.once('exit', done)));
      const started = descendants([...sessions].flatMap(({ pid }) => pid ?? []));
      end('SIGTERM');
      // A script is in a session of its own, and would outlive sshd.
      for (const pid of started) killProcess(pid, 'SIGKILL');
      const timer = setTimeout(killAll, END_MS);
      await Promise.all(ends);
      clearTimeout(timer);
      process.off('exit', killAll);
    },
  };
}

/** The absolute path of sshd; null if this machine has none. It is outside the PATH of most users. */
function findSshd(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  const all = [...folders, '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin', '/usr/lib/ssh'];
  return all.map((one) => join(one, 'sshd')).find(isProgram) ?? null;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The name of this process's user. @throws SshError if sshd would not let the user in */
function readUser(): string {
  let user: { readonly username: string; readonly shell: string | null };
  try {
    user = userInfo();
  } catch {
    // Containers run users that are in no database.
    throw new SshError('user', '');
  }
  const { username, shell } = user;
  // It stands in a pattern of the configuration.
  if (!/^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u.test(username)) throw new SshError('user', username);
  if (/\/(nologin|false)$/.test(shell ?? '')) throw new SshError('shell', shell ?? '');
  return username;
}

/** An account, or one without a home for a name that the machine does not have. */
function accountOf({ id, place, accounts }: Machine, name: string | undefined): Account {
  const found = accounts.find((one, index) => (name === undefined ? index === 0 : one.name === name));
  if (found !== undefined) return found;
  // It becomes a part of the names of files.
  if (name === undefined || !/^\w[\w.@+-]{0,63}$/.test(name)) throw new Error(`${id} has no ${JSON.stringify(name)}`);
  return { name, home: '/nonexistent', directory: join(place, 'nonexistent', name) };
}

/** The name of an instance's host key. */
export function hostKeyAlias(service: Service, region: string, id: string): string {
  return `${id}.${region}.${service}.keypair-sandbox`;
}

/** Makes the host key of an instance, if there is none. Returns the line of its public half. @throws SshError */
export async function prepareHostKey(place: string, alias: string): Promise<string> {
  makeFolder(place);
  const [hostKey, knownHosts] = [join(place, 'host_key'), join(place, 'known_hosts')];
  if (!existsSync(hostKey) || !existsSync(knownHosts)) {
    await makeHostKey(hostKey);
    const [type, blob] = (await sshKeygen(['-y', '-f', hostKey])).split(/\s/);
    put(knownHosts, [`${alias} ${type} ${blob}`]);
  }
  return readFileSync(knownHosts, 'utf8').trim().split(' ').slice(1).join(' ');
}

/** Makes a host key, if there is none. Another process may do the same: the first one counts. */
async function makeHostKey(file: string): Promise<void> {
  const draft = draftOf(file);
  try {
    await sshKeygen(['-q', '-t', 'ed25519', '-N', '', '-C', 'keypair sandbox', '-f', draft]);
    linkSync(draft, file);
  } catch (error) {
    if (error instanceof SshError) throw error;
    // Not every file system has hard links.
    if (!existsSync(file)) renameSync(draft, file);
  } finally {
    for (const one of [draft, `${draft}.pub`]) rmSync(one, { force: true });
  }
}

async function sshKeygen(args: readonly string[]): Promise<string> {
  try {
    return (await execute('ssh-keygen', args)).stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new SshError('no-sshd', '');
    throw new SshError('refused', saidBy(error));
  }
}

/** How long a script over ssh may run, in seconds. */
const SCRIPT_SECONDS = 300;

/** The command that runs a script from stdin, for a shell. The place has no quotes. */
function scriptLine(machine: Machine, { name, home }: Account): string {
  const { program, args } = launch(machine, name, 'ssh', home, SCRIPT_SECONDS);
  return ['exec', program, ...args.map((arg) => `'${arg}'`)].join(' ');
}

/**
 * The only commands. What the client sends is compared and printed, never run: it does not get to a shell as text. The
 * shell that sshd starts is the user's, so this is a file.
 *
 * @param script what `sh -s` runs, isolated; null where nothing is executed.
 */
function session(script: string | null): string {
  return `#!/bin/sh
case \${SSH_ORIGINAL_COMMAND-} in
  '') IFS= read -r greeting <"\${0%/*}/greeting" && printf '%s\\n' "$greeting" ;;
  true) ;;
  'echo '*) printf '%s\\n' "\${SSH_ORIGINAL_COMMAND#echo }" ;;${script === null ? '' : `\n  'sh -s') PATH=/usr/sbin:/usr/bin:/sbin:/bin; ${script} ;;`}
  *)
    printf '%s\\n' 'keypair sandbox: an instance runs only "true" and "echo WORDS"' >&2
    exit 1
    ;;
esac`;
}

function config(place: string, { name, directory }: Account, user: string): readonly string[] {
  return [
    `HostKey "${place}/host_key"`,
    `AuthorizedKeysFile "${directory}/.ssh/authorized_keys" "${directory}/.ssh/authorized_keys2"`,
    // The state may be below /tmp, or a home that the group may write. Only this user writes in the folder itself.
    'StrictModes no',
    `AllowUsers ${user}`,
    'PermitRootLogin prohibit-password',
    'AuthenticationMethods publickey',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    `ForceCommand /bin/sh '${place}/session-${name}'`,
    'DisableForwarding yes',
    'PermitTunnel no',
    'PermitUserRC no',
    'PermitUserEnvironment no',
    // Else bash reads the user's own ~/.bashrc at each login, as it does below sshd.
    'SetEnv SHLVL=1',
    'PermitTTY yes',
    'PrintMotd no',
    'PrintLastLog no',
    'UseDNS no',
    'LoginGraceTime 20',
    'MaxSessions 4',
    'ClientAliveInterval 15',
    'PidFile none',
    'LogLevel QUIET',
  ];
}

/**
 * Lets sshd check a configuration.
 *
 * @throws SshError with what it said
 */
async function check(sshd: string, file: string): Promise<void> {
  const run = async (): Promise<string | null> => {
    try {
      await execute(sshd, ['-t', '-f', file]);
      return null;
    } catch (error) {
      return saidBy(error);
    }
  };
  let refusal = await run();
  // Debian's service makes this folder when it starts: a container has the program, but never started the service.
  if (refusal?.startsWith('Missing privilege separation directory: /run/sshd') === true) {
    mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    refusal = await run();
  }
  if (refusal !== null) throw new SshError('refused', refusal);
}

/** What a failed program printed. */
function saidBy(error: unknown): string {
  return String((error as { readonly stderr?: unknown }).stderr ?? error).trim();
}

function listen(accept: (socket: Socket) => void): Promise<{ readonly server: Server; readonly port: number }> {
  return new Promise((resolve, reject) => {
    // Paused: every byte is for sshd.
    const server = createServer({ pauseOnConnect: true }, (socket) => {
      socket.on('error', () => undefined);
      try {
        accept(socket);
      } catch {
        // The state cannot be read or written: nobody gets in.
        socket.destroy();
      }
    });
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      resolve({ server, port: (server.address() as AddressInfo).port });
    });
  });
}

/** Sends a signal to what a process has started, which has a group of its own. */
export function killGroup({ pid }: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid !== undefined) killProcess(-pid, signal);
}

/** Sends a signal to a process, or to a group with a negative number. */
function killProcess(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

/** The processes that these have started, and that those have started. Only Linux runs scripts, and tells. */
function descendants(pids: readonly number[]): readonly number[] {
  if (pids.length === 0 || !existsSync('/proc/self/stat')) return [];
  const parents = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      // `pid (name) state parent …`; the name may have any characters.
      const [, parent] = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      return [{ pid: Number(name), parent: Number(parent) }];
    } catch {
      return [];
    }
  });
  const below = (of: readonly number[]): number[] => {
    const children = parents.filter(({ parent }) => of.includes(parent)).map(({ pid }) => pid);
    return children.length === 0 ? [] : [...children, ...below(children)];
  };
  return below(pids);
}

function draftOf(file: string): string {
  return `${file}.${randomUUID()}`;
}

/** Writes a file of lines for this user only. Readers see the old one or the new one. */
function put(file: string, lines: readonly string[]): void {
  const draft = draftOf(file);
  writeFileSync(draft, `${lines.join('\n')}\n`, { flag: 'wx', mode: 0o600 });
  renameSync(draft, file);
}
