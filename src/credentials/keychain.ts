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
   * The entry's value, or null where there is none. A locked keyring of the Secret Service that nobody unlocks looks
   * like one without the entry.
   *
   * @throws KeypairError `AUTH` where no keychain can be reached, `UNAVAILABLE` where one is but does not answer or
   * stays locked, `CANCELLED` on Ctrl-C.
   */
  get(account: string): Promise<Secret | null>;
  /** Stores the entry, in place of one that is there. Throws as {@link Keychain.get}. */
  set(account: string, value: Secret): Promise<void>;
  /** Removes the entry; one that is gone already is no error. Throws as {@link Keychain.get}. */
  remove(account: string): Promise<void>;
}

/** What reaching the keychain depends on. */
interface KeychainOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  /** Whether somebody is there to unlock it: it is waited for longer. */
  readonly attended: boolean;
  readonly signal?: AbortSignal;
}

/** The name under which all of this program's entries stand. */
const SERVICE = 'keypair';

/** How long the keychain may take, in milliseconds: a person types a password meanwhile, or nobody does. */
const PATIENCE_MS = { attended: 60_000, alone: 5_000 };

/** The entry of a login: `work/tencent`. */
export function keychainAccount(profile: string, vendor: Vendor): string {
  return `${profile}/${vendor}`;
}

/** The keychain, in a process of its own for each call: see keychain-process.ts. Loads nothing before the first one. */
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
  // Ctrl-C reaches every process of the terminal; it may end the other one first.
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
    // Flags of a debugger or a loader are meant for this process alone; the working directory may be gone.
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
 * What finds the keychain of the session: D-Bus, the desktop that asks for its password, libraries, and on Windows where
 * the system and the user are. Access keys, tokens, passwords of proxies and what Node itself reads are not among it.
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

/** Why a call to the keychain came to nothing. */
type KeychainTrouble =
  /** As the loader, or the keychain, said it: in whatever words and characters. */
  | { readonly failed: 'load' | 'call'; readonly message: string }
  | { readonly failed: 'silent'; readonly afterMs: number }
  /** The process that asked it ended without a word. */
  | { readonly failed: 'ended'; readonly signal: string | null };

interface Explained {
  readonly code: ErrorCode;
  readonly why: string;
  readonly hints: readonly string[];
}

const ELSEWHERE = t`or keep the credentials in a file: keypair auth login --store file`;

/**
 * What is wrong with the keychain, and what to do: from the few texts that keytar, libsecret, GLib and the macOS
 * Security framework give for it, and from the environment.
 *
 * @returns `UNAVAILABLE` for one that is locked or silent, which may be different next time; `AUTH` for none at all.
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
      return none(t`what reaches the keychain has ended without a word (${trouble.signal ?? t`no signal`})`);
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
      t`it comes with keypair unless npm is told --omit=optional: install keypair again without it`,
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
      t`no keychain can be reached: nothing in this D-Bus session keeps secrets`,
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
