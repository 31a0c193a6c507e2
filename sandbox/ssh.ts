import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { accessSync, constants, existsSync, linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';

import type { Service } from './behaviour.ts';
import { makeFolder } from './file-repository.ts';
import { bindingsOf, phaseOf, type StoredInstance } from './instances.ts';
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
  /** Listens for an instance, if it does not yet. @throws SshError; Error if there is no such instance */
  open(service: Service, region: string, id: string): Promise<Login>;
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
  /** The folder of host keys and configurations. */
  readonly folder: string;
  readonly repositoryFor: RepositoryFor;
  readonly now: () => Date;
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
export function sshLogins({ folder, repositoryFor, now }: SshParts): Logins {
  const servers = new Map<string, Promise<{ readonly server: Server; readonly port: number }>>();
  const sessions = new Set<ChildProcess>();
  let checked: Promise<void> | null = null;
  const end = (signal: 'SIGTERM' | 'SIGKILL'): void => {
    for (const session of sessions) kill(session, signal);
  };
  const killAll = (): void => {
    end('SIGKILL');
  };

  // Also if nobody closes: after an uncaught error, or a second Ctrl-C.
  process.on('exit', killAll);

  return {
    async open(service, region, id) {
      const read = (): StoredInstance | undefined =>
        repositoryFor(service, region)
          .read()
          .instances.find((instance) => instance.id === id);
      // Both become names of folders.
      if (![region, id].every((name) => /^[a-z0-9-]+$/.test(name)) || read() === undefined)
        throw new Error(`the sandbox has no instance ${JSON.stringify(id)} in ${JSON.stringify(region)}`);
      const sshd = findSshd();
      if (sshd === null) throw new SshError('no-sshd', '');
      const user = readUser();
      const place = join(folder, service, region, id);
      // It stands in a configuration of sshd and in a line for the user's shell.
      if (!/^\/[\p{L}\p{N} ._/+@=,:~-]*$/u.test(place)) throw new SshError('path', place);
      const hostKeyAlias = `${id}.${region}.${service}.keypair-sandbox`;
      await prepare(place, user, hostKeyAlias, read()?.name ?? '');
      await (checked ??= check(sshd, place));
      const accept = (socket: Socket): void => {
        const instance = read();
        if (instance === undefined || phaseOf(instance, now()) !== 'running' || sessions.size >= MOST_SESSIONS) {
          socket.resetAndDestroy();
          return;
        }
        const { pairs } = repositoryFor(service, region).read();
        const bound = bindingsOf(instance, now()).map(({ keyId }) => keyId);
        put(
          join(place, 'authorized_keys'),
          pairs.filter((pair) => bound.includes(pair.id)).map((pair) => authorize(pair.publicKey)),
        );
        const session = spawn(sshd, ['-i', '-f', join(place, 'sshd_config')], {
          stdio: [socket, socket, 'ignore'],
          cwd: '/',
          env: { PATH: '/usr/bin:/bin' },
          // A process group of its own, which can be ended as a whole.
          detached: true,
        });
        sessions.add(session);
        session.on('error', () => sessions.delete(session)).on('exit', () => sessions.delete(session));
        socket.destroy();
      };
      const listening = servers.get(place) ?? listen(accept);
      servers.set(place, listening);
      const { port } = await listening;
      return { address: '127.0.0.1', port, user, knownHostsFile: join(place, 'known_hosts'), hostKeyAlias };
    },

    async close() {
      for (const listening of servers.values()) (await listening).server.close();
      servers.clear();
      const ends = [...sessions].map((session) => new Promise((done) => session.once('exit', done)));
      end('SIGTERM');
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

/** Writes the files of an instance, beside and renamed, except a host key that exists. */
async function prepare(place: string, user: string, hostKeyAlias: string, name: string): Promise<void> {
  makeFolder(place);
  const [hostKey, knownHosts] = [join(place, 'host_key'), join(place, 'known_hosts')];
  if (!existsSync(hostKey) || !existsSync(knownHosts)) {
    await makeHostKey(hostKey);
    const [type, blob] = (await sshKeygen(['-y', '-f', hostKey])).split(/\s/);
    put(knownHosts, [`${hostKeyAlias} ${type} ${blob}`]);
  }
  // It goes to the user's terminal.
  put(join(place, 'greeting'), [`keypair sandbox: ${name.replace(/\p{C}/gu, '?')} (${hostKeyAlias.split('.')[0]})`]);
  put(join(place, 'session'), [SESSION]);
  put(join(place, 'sshd_config'), config(place, user));
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

/**
 * The only command. What the client sends is compared and printed, never run: it does not get to a shell as text. The
 * shell that sshd starts is the user's, so this is a file.
 */
const SESSION = `#!/bin/sh
case \${SSH_ORIGINAL_COMMAND-} in
  '') IFS= read -r greeting <"\${0%/*}/greeting" && printf '%s\\n' "$greeting" ;;
  true) ;;
  'echo '*) printf '%s\\n' "\${SSH_ORIGINAL_COMMAND#echo }" ;;
  *)
    printf '%s\\n' 'keypair sandbox: an instance runs only "true" and "echo WORDS"' >&2
    exit 1
    ;;
esac`;

function config(place: string, user: string): readonly string[] {
  return [
    `HostKey "${place}/host_key"`,
    `AuthorizedKeysFile "${place}/authorized_keys"`,
    // The state may be below /tmp, or a home that the group may write. Only this user writes in the folder itself.
    'StrictModes no',
    `AllowUsers ${user}`,
    'PermitRootLogin prohibit-password',
    'AuthenticationMethods publickey',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    `ForceCommand /bin/sh '${place}/session'`,
    'DisableForwarding yes',
    'PermitTunnel no',
    'PermitUserRC no',
    'PermitUserEnvironment no',
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

/** A line of authorized_keys for a public key in OpenSSH's format; empty for anything else. */
function authorize(publicKey: string): string {
  const key = /^[a-z0-9@.-]+ [A-Za-z0-9+/]+=*/.exec(publicKey)?.[0];
  return key === undefined ? '' : `restrict,pty ${key}`;
}

/**
 * Lets sshd check a configuration.
 *
 * @throws SshError with what it said
 */
async function check(sshd: string, place: string): Promise<void> {
  const run = async (): Promise<string | null> => {
    try {
      await execute(sshd, ['-t', '-f', join(place, 'sshd_config')]);
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

function kill({ pid }: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended.
  }
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
