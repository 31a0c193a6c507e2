import { type ErrorCode, KeypairError } from '../errors.ts';
import { t, translated } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';

/** Why a call to the keychain came to nothing. */
export type KeychainTrouble =
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

const ELSEWHERE = 'or keep the credentials in a file: keypair auth login --store file';

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
      return none(
        t`what reaches the keychain has ended without a word (${trouble.signal ?? translated('no signal')})`,
      );
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

function refused(
  message: string,
  env: Readonly<Record<string, string | undefined>>,
  platform: string,
): Explained {
  if (
    /locked collection|object does not exist|dismissed|cancell?ed|interaction is not allowed/i.test(message)
  ) {
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
