import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Login } from '../../sandbox/ssh.ts';
import { COMMAND, ended, type Run } from './program.ts';
import { temporaryDirectory } from './temporary.ts';

/** An instance that `sandbox serve --ssh --json` lists. */
export interface ServedInstance extends Login {
  readonly provider: string;
  readonly id: string;
  readonly name: string;
}

/** The line of `sandbox serve --json`, and the process that prints it. */
export interface SandboxServer {
  readonly process: ChildProcess;
  readonly url: string;
  readonly credentials: { readonly secretId: string; readonly secretKey: string };
  readonly credentialsFile: string;
  /** The file of the CA's certificate, with `--tls`. */
  readonly ca?: string;
  readonly instances: readonly ServedInstance[];
  /** Where it keeps its state. */
  readonly state: string;
  /** Ends it with Ctrl-C, if it still runs. */
  end(): Promise<void>;
}

/** Whether this is root, who may also see other users and no sshd in a mount namespace. */
export const MOUNTS = process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0;

const SOMEBODY = 54_321;

/** Who serves: this user, and as root also an ordinary one. */
export const SERVERS: readonly { readonly who: string; readonly wrapped: boolean }[] = [
  { who: 'this user', wrapped: false },
  ...(MOUNTS ? [{ who: 'an ordinary user', wrapped: true }] : []),
];

/**
 * Runs `keypair sandbox serve --json`.
 *
 * @param wrapped as a user with a login shell, in a copy of the database that only this process sees.
 * @param mount a command that only this process sees the effect of.
 */
export async function serveProgram(
  flags: readonly string[],
  { wrapped = false, mount = '' } = {},
): Promise<SandboxServer> {
  const home = path.join(temporaryDirectory(), 'a home');
  mkdirSync(home);
  const words = [...COMMAND, 'sandbox', 'serve', '--json', ...flags];
  if (wrapped) {
    chownSync(home, SOMEBODY, SOMEBODY);
    execFileSync('chmod', ['a+x', path.dirname(home)]);
    const database = path.join(temporaryDirectory(), 'passwd');
    const user = `somebody:x:${SOMEBODY}:${SOMEBODY}::${home}:/bin/sh\n`;
    writeFileSync(database, readFileSync('/etc/passwd', 'utf8') + user, { mode: 0o644 });
    const script = [
      'mount --bind "$0" /etc/passwd',
      // Where terminals do not belong to the group tty (some containers), only root's sshd can give one.
      'mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts /dev/pts',
      'mount --bind /dev/pts/ptmx /dev/ptmx',
      'exec setpriv --reuid 54321 --regid 54321 --clear-groups "$@"',
    ].join(' && ');
    words.unshift('unshare', '--mount', 'sh', '-c', script, database);
  }
  if (mount !== '') words.unshift('unshare', '--mount', 'sh', '-c', `${mount} && exec "$@"`, 'sh');
  const [program = '', ...args] = words;
  const child = spawn(program, args, {
    cwd: '/',
    env: { PATH: process.env['PATH'], HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const told = JSON.parse(line.toString()) as Omit<SandboxServer, 'process' | 'state' | 'end'>;
  return {
    ...told,
    process: child,
    state: path.join(home, '.local/state/keypair/sandbox'),
    end: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGINT');
      await once(child, 'exit');
    },
  };
}

/** Starts an ssh that logs in as the sandbox says, with one key. */
export function sshTo(
  to: Login,
  key: string,
  args: readonly string[],
  stdin: 'ignore' | 'pipe' = 'ignore',
): ChildProcess {
  const options = [
    `UserKnownHostsFile="${to.knownHostsFile}"`,
    `HostKeyAlias=${to.hostKeyAlias}`,
    ...['StrictHostKeyChecking=yes', 'IdentitiesOnly=yes', 'IdentityAgent=none', 'BatchMode=yes', 'LogLevel=ERROR'],
  ].flatMap((option) => ['-o', option]);
  const target = ['-p', String(to.port), '-i', key, `${to.user}@${to.address}`];
  return spawn('ssh', ['-F', 'none', ...options, ...target, ...args], { stdio: [stdin, 'pipe', 'pipe'] });
}

/** Logs in and waits for the end. @param input for the standard input */
export function loginTo(to: Login, key: string, args: readonly string[] = [], input?: string): Promise<Run> {
  const child = sshTo(to, key, args, input === undefined ? 'ignore' : 'pipe');
  child.stdin?.end(input);
  return ended(child);
}
