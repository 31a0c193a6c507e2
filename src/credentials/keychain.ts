import { fork } from 'node:child_process';
import path from 'node:path';
import { KeypairError } from '../errors.ts';
import { type KeychainTrouble, troubleWithKeychain } from './keychain-trouble.ts';
import type { KeychainAnswer, KeychainRequest } from './keychain-process.ts';
import { Secret } from '../secret.ts';
import type { Vendor } from '../providers/credentials.ts';

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
export interface KeychainOptions {
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
    throw new KeypairError('CANCELLED', 'cancelled: nothing was called');
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
