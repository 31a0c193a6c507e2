import { spawn } from 'node:child_process';
import type { Session } from '../cli/session.ts';
import type { Context } from '../context.ts';
import { KeypairError } from '../errors.ts';
import { t, withLabel } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';
import type { Secret } from '../secret.ts';
import { findProgram } from './program.ts';

/** How an agent keeps a key. */
export interface AgentLimits {
  /** In seconds; null: until the agent ends. */
  readonly lifetime: number | null;
  /** Whether the agent asks before each use. */
  readonly confirm: boolean;
}

/**
 * Adds a private key file to the user's ssh-agent with `ssh-add`, which asks for its passphrase: on the terminal, if
 * there is one, or with the program that SSH_ASKPASS names.
 *
 * @throws KeypairError as {@link identitiesOf}; `FAILURE` with the words of ssh-add if the key is refused.
 */
export async function addFileToAgent(session: Session, file: string, limits: AgentLimits): Promise<void> {
  await runSshAdd(session.context, [...limitFlags(limits), file], { asks: session.interactive });
}

/**
 * Adds a private key without a passphrase to the user's ssh-agent. The key goes to `ssh-add` by a pipe. Asks nothing,
 * and does not wait for long.
 *
 * @throws KeypairError as {@link addFileToAgent}.
 */
export async function addKeyToAgent(context: Context, privateKey: Secret, limits: AgentLimits): Promise<void> {
  await runSshAdd(context, [...limitFlags(limits), '-'], { asks: false, input: privateKey });
}

/**
 * Removes a key from the user's ssh-agent.
 *
 * @param file with the public key.
 * @throws KeypairError as {@link identitiesOf}; `FAILURE` with the words of ssh-add if the agent refuses.
 */
export async function removeFromAgent(context: Context, file: string): Promise<void> {
  await runSshAdd(context, ['-d', file], { asks: false });
}

/**
 * The SHA256 fingerprints of the keys in the user's ssh-agent, as `ssh-keygen -l` prints them. Empty also if the agent
 * does not list its keys.
 *
 * @throws KeypairError `NOT_FOUND` without ssh-add, `UNAVAILABLE` if no agent answers, `CANCELLED` on Ctrl-C.
 */
export async function identitiesOf(context: Context): Promise<readonly string[]> {
  const { stdout } = await sshAdd(context, ['-l', '-E', 'sha256'], { asks: false });
  return stdout.split('\n').flatMap((line) => /^\d+ (SHA256:\S+) /.exec(line)?.[1] ?? []);
}

/** From how many keys on users are warned: sshd ends a connection after six that do not fit (MaxAuthTries). */
const MANY_KEYS = 5;

/** Warns if the user's ssh-agent holds so many keys that logins may fail. Does nothing if it does not list them. */
export async function warnIfMany({ context, warn }: Session): Promise<void> {
  const { length } = await identitiesOf(context).catch(() => []);
  if (length < MANY_KEYS) return;
  warn(t`the agent holds ${length} keys: a server refuses a login after 6 that do not fit (MaxAuthTries)`);
}

/** The largest lifetime that the agent's protocol can express, in seconds. */
const LONGEST = 2 ** 32 - 1;

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * Reads a lifetime in the format of sshd_config(5), TIME FORMATS: `90`, `1h30m`.
 *
 * @param flag that the text belongs to, for the error.
 * @returns seconds.
 * @throws KeypairError `USAGE`.
 */
export function readLifetime(text: string, flag: string): number {
  const parts = /^(\d{1,10}[smhdw]?)+$/i.test(text) ? (text.match(/\d+\D?/g) ?? []) : [];
  const seconds = parts.reduce((sum, part) => sum + parseInt(part, 10) * (UNITS[part.slice(-1).toLowerCase()] ?? 1), 0);
  if (seconds > 0 && seconds <= LONGEST) return seconds;
  throw new KeypairError('USAGE', t`${flag} ${printable(text, 40)} is not a lifetime`, {
    hints: [t`write it as ssh does: 90 (seconds), 30m, 1h30m, 2d`],
  });
}

/** A lifetime for people, as ssh writes it: `1h30m`. */
export function lifetimeText(seconds: number): string {
  let rest = seconds;
  let text = '';
  for (const [unit, size] of Object.entries(UNITS).reverse()) {
    if (rest >= size) text += `${Math.floor(rest / size)}${unit}`;
    rest %= size;
  }
  return text;
}

function limitFlags({ lifetime, confirm }: AgentLimits): readonly string[] {
  return [...(lifetime === null ? [] : ['-t', String(lifetime)]), ...(confirm ? ['-c'] : [])];
}

/** How to run ssh-add. */
interface SshAddOptions {
  /** Whether it may ask on the terminal: then it has the terminal, and as much time as it needs. */
  readonly asks: boolean;
  readonly input?: Secret;
}

interface Output {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @throws KeypairError `FAILURE` with the words of ssh-add. */
async function runSshAdd(context: Context, args: readonly string[], options: SshAddOptions): Promise<void> {
  const { exit, stderr } = await sshAdd(context, args, options);
  if (exit === 0) return;
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('@'));
  throw new KeypairError('FAILURE', withLabel('ssh-add', printable(lines.join(' ').trim()) || t`no reason given`));
}

/** How long an agent may take that asks nobody, in milliseconds. */
const TIMEOUT_MS = 10_000;

/**
 * The variables that ssh-add needs: to find the agent, and to ask for a passphrase or have an agent ask. Access keys and
 * tokens are left out.
 */
const PASSED_ON =
  /^(PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|LC_[A-Z]+|TERM|TMPDIR|TEMP|TMP|SSH_.*|GPG_TTY|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|DBUS_.*|XDG_.*|SYSTEMROOT|SYSTEMDRIVE|WINDIR|USERNAME|USERDOMAIN|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMDATA)$/i;

/** Runs ssh-add to its end. @throws KeypairError as {@link identitiesOf}. */
async function sshAdd(context: Context, args: readonly string[], { asks, input }: SshAddOptions): Promise<Output> {
  const { env, platform, interrupts } = context;
  if (context.interrupts.requested) throw new KeypairError('CANCELLED', t`cancelled: nothing was changed`);
  const program = findProgram(context, 'ssh-add');
  const child = spawn(program, args, {
    env: Object.fromEntries(Object.entries(env).filter(([name]) => PASSED_ON.test(name))),
    stdio: [asks ? 'inherit' : 'pipe', 'pipe', 'pipe'],
    // In a session of its own it has no terminal, and cannot ask there.
    detached: !asks && platform !== 'win32',
    windowsHide: true,
  });
  const timeout = asks ? null : AbortSignal.timeout(TIMEOUT_MS);
  const stop = (): void => {
    child.kill('SIGKILL');
  };
  for (const signal of [interrupts.signal, timeout]) signal?.addEventListener('abort', stop);
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  // It may end before it has read everything.
  child.stdin?.on('error', () => undefined).end(input?.reveal());
  const exit = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause) => {
      reject(new KeypairError('FAILURE', t`${program} cannot be started`, { cause }));
    });
    child.once('close', resolve);
  }).finally(() => {
    interrupts.signal.removeEventListener('abort', stop);
  });
  // Ctrl-C on the terminal reaches ssh-add, too, and may end it first.
  if (exit !== 0 && interrupts.requested) throw new KeypairError('CANCELLED', t`cancelled: nothing was changed`);
  if (timeout?.aborted === true)
    throw new KeypairError('UNAVAILABLE', t`the ssh-agent did not answer within ${TIMEOUT_MS / 1000} seconds`);
  // ssh-add(1), EXIT STATUS.
  if (exit === 2) throw noAgent(context);
  return { exit, ...output };
}

function noAgent({ env, platform }: Context): KeypairError {
  const socket = env['SSH_AUTH_SOCK'] ?? '';
  const windows = platform === 'win32';
  return new KeypairError(
    'UNAVAILABLE',
    socket === '' || windows
      ? t`no ssh-agent runs for this shell`
      : t`no ssh-agent answers at ${printable(socket)} (SSH_AUTH_SOCK)`,
    { hints: [windows ? t`start it: ${'Start-Service ssh-agent'}` : t`start one: ${'eval "$(ssh-agent -s)"'}`] },
  );
}
