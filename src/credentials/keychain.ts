import { fork } from 'node:child_process';
import path from 'node:path';
import type { KeychainAnswer, KeychainRequest } from './keychain-process.ts';
import { type ErrorCode, KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { Vendor } from '../providers/credentials.ts';
import { printable } from '../sanitize.ts';
import { Secret } from '../secret.ts';

/** The keychain of the operating system: Keychain, Credential Manager, or the Secret Service of the D-Bus session. */
export interface Keychain {
  /**
   * Returns the entry's value, or null if there is none. The Secret Service hides the entries of a locked keyring, so a
   * keyring that stays locked also gives null.
   *
   * @throws KeypairError `AUTH` if no keychain can be reached, `UNAVAILABLE` if it does not answer or stays locked,
   * `CANCELLED` on Ctrl-C.
   */
  get(account: string): Promise<Secret | null>;
  /** Stores the entry and replaces an existing one. Throws as {@link Keychain.get}. */
  set(account: string, value: Secret): Promise<void>;
  /** Removes the entry. A missing entry is no error. Throws as {@link Keychain.get}. */
  remove(account: string): Promise<void>;
}

/** What access to the keychain depends on. */
interface KeychainOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  /** Whether a person can unlock it: then the timeout is longer. */
  readonly attended: boolean;
  readonly signal?: AbortSignal;
}

/** The service name of all entries of this program. */
const SERVICE = 'keypair';

/** The timeouts of one call, in milliseconds. `attended`: a person may have to type a password. */
const PATIENCE_MS = { attended: 60_000, alone: 5_000 };

/** The account name of a login's entry: `work/tencent`. */
export function keychainAccount(profile: string, vendor: Vendor): string {
  return `${profile}/${vendor}`;
}

/**
 * Opens the keychain. Each call runs in its own process (see keychain-process.ts). Nothing is loaded before the first
 * call.
 */
export function openKeychain(options: KeychainOptions): Keychain {
  const ask = (request: Omit<KeychainRequest, 'service'>): Promise<string | null> =>
    askKeychain({ service: SERVICE, ...request }, options);
  return {
    get: async (account) => {
      const value = await ask({ act: 'get', account });
      return value === null ? null : new Secret(value);
    },
    set: async (account, value) => {
      await ask({ act: 'set', account, value: value.reveal() });
    },
    remove: async (account) => {
      await ask({ act: 'remove', account });
    },
  };
}

async function askKeychain(request: KeychainRequest, options: KeychainOptions): Promise<string | null> {
  const { env, platform, signal } = options;
  const answer = await converse(request, options);
  if ('value' in answer) return answer.value;
  // Ctrl-C reaches every process of the terminal, and may end the child first.
  if (signal?.aborted === true || (answer.failed === 'ended' && answer.signal === 'SIGINT')) {
    throw new KeypairError('CANCELLED', t`cancelled: nothing was called`);
  }
  throw troubleWithKeychain(answer, env, platform);
}

type Outcome = KeychainTrouble | { readonly value: string | null };

function converse(request: KeychainRequest, options: KeychainOptions): Promise<Outcome> {
  const { env, attended, signal } = options;
  const patienceMs = attended ? PATIENCE_MS.attended : PATIENCE_MS.alone;
  return new Promise((resolve) => {
    // The child must not inherit flags of a debugger or a loader. The working directory may be gone.
    const child = fork(path.join(import.meta.dirname, 'keychain-process.js'), [], {
      cwd: import.meta.dirname,
      env: neededOf(env),
      execArgv: [],
      stdio: ['pipe', 'pipe', 'ignore', 'ipc'],
    });
    let text = '';
    let late = false;
    const stop = (): void => {
      child.kill('SIGKILL');
    };
    const timer = setTimeout(() => {
      late = true;
      stop();
    }, patienceMs);
    signal?.addEventListener('abort', stop);
    const done = (outcome: Outcome): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      resolve(outcome);
    };
    child.once('error', ({ message }) => {
      done({ failed: 'call', message });
    });
    child.once('close', (_code, killedBy) => {
      if (late) done({ failed: 'silent', afterMs: patienceMs });
      else done(readAnswer(text) ?? { failed: 'ended', signal: killedBy });
    });
    child.stdout?.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    child.stdin?.on('error', () => undefined).end(JSON.stringify(request));
  });
}

/**
 * The variables that the child needs to find the keychain: D-Bus, the desktop that asks for the password, libraries,
 * and on Windows the directories of the system and the user. Access keys, tokens, proxy passwords and Node's own
 * variables are left out.
 */
const NEEDED =
  /^(PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|TEMP|TMP|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|DBUS_.*|XDG_.*|GNOME_KEYRING_CONTROL|LD_LIBRARY_PATH|SYSTEMROOT|SYSTEMDRIVE|WINDIR|USERNAME|USERDOMAIN|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMDATA)$/i;

function neededOf(env: KeychainOptions['env']): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => NEEDED.test(name)));
}

function readAnswer(text: string): KeychainAnswer | null {
  try {
    return JSON.parse(text) as KeychainAnswer;
  } catch {
    return null;
  }
}

/** Why a call to the keychain failed. */
type KeychainTrouble =
  /** `message` is the loader's or the keychain's own text, not sanitised. */
  | { readonly failed: 'load' | 'call'; readonly message: string }
  | { readonly failed: 'silent'; readonly afterMs: number }
  /** The child ended without an answer. */
  | { readonly failed: 'ended'; readonly signal: string | null };

interface Explained {
  readonly code: ErrorCode;
  readonly why: string;
  readonly hints: readonly string[];
}

const ELSEWHERE = t`or store the credentials in a file: keypair auth login --store file`;

/**
 * The error for a failed call, with hints. It recognises the few messages of keytar, libsecret, GLib and the macOS
 * Security framework, and looks at the environment.
 *
 * @returns `UNAVAILABLE` for a keychain that is locked or silent, which may be different next time; `AUTH` if there is
 * none.
 */
export function troubleWithKeychain(
  trouble: KeychainTrouble,
  env: Readonly<Record<string, string | undefined>>,
  platform: string,
): KeypairError {
  const { code, why, hints } = explained(trouble, env, platform);
  return new KeypairError(code, why, { hints: [...hints, ELSEWHERE] });
}

function explained(
  trouble: KeychainTrouble,
  env: Readonly<Record<string, string | undefined>>,
  platform: string,
): Explained {
  switch (trouble.failed) {
    case 'silent':
      return {
        code: 'UNAVAILABLE',
        why: t`the keychain did not answer within ${trouble.afterMs / 1000} seconds: it may be locked`,
        hints: [unlock(platform)],
      };
    case 'ended':
      return none(t`the keychain process ended without an answer (${trouble.signal ?? t`no signal`})`);
    case 'load':
      return notLoaded(trouble.message);
    case 'call':
      return refused(trouble.message, env, platform);
  }
}

function notLoaded(message: string): Explained {
  if (/cannot find (module|package) 'keytar'/i.test(message)) {
    return none(
      t`no keychain can be reached: keytar is not installed`,
      t`npm leaves it out with --omit=optional: install keypair again without that flag`,
    );
  }
  if (/^cannot find .*keytar\.node$/i.test(message)) {
    return none(
      t`no keychain can be reached: keytar is not installed`,
      t`put keytar.node, which comes with the executable, into its directory`,
    );
  }
  if (message.includes('libsecret')) {
    return none(
      t`no keychain can be reached: libsecret is not installed`,
      t`install it: apt install libsecret-1-0, dnf install libsecret, apk add libsecret`,
    );
  }
  return none(t`no keychain can be reached: keytar does not load here (${printable(message, 200)})`);
}

function refused(message: string, env: Readonly<Record<string, string | undefined>>, platform: string): Explained {
  if (/locked collection|object does not exist|dismissed|cancell?ed|interaction is not allowed/i.test(message)) {
    return { code: 'UNAVAILABLE', why: t`the keychain is locked`, hints: [unlock(platform)] };
  }
  if (/autolaunch|could not connect|spawn a message bus|connection (refused|is closed)/i.test(message)) {
    const address = env['DBUS_SESSION_BUS_ADDRESS'] ?? '';
    return none(
      address === ''
        ? t`no keychain can be reached: there is no D-Bus session (DBUS_SESSION_BUS_ADDRESS is not set)`
        : t`no keychain can be reached: the D-Bus session of DBUS_SESSION_BUS_ADDRESS does not answer`,
      t`log in on the desktop of this machine, or start a session with dbus-run-session`,
    );
  }
  if (/org\.freedesktop\.secrets|ServiceUnknown/.test(message)) {
    return none(
      t`no keychain can be reached: no service in this D-Bus session stores secrets`,
      t`install and start gnome-keyring, KWallet or KeePassXC`,
    );
  }
  return none(t`the keychain refused: ${printable(message, 200)}`);
}

function none(why: string, ...hints: readonly string[]): Explained {
  return { code: 'AUTH', why, hints };
}

function unlock(platform: string): string {
  if (platform === 'darwin') return t`unlock it with security unlock-keychain, and try again`;
  if (platform === 'win32') return t`sign in to Windows on its own screen, and try again`;
  return t`unlock it on the desktop, or with gnome-keyring-daemon --unlock in this D-Bus session, and try again`;
}
