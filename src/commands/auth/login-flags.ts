import { KeypairError } from '../../errors.ts';
import { t } from '../../i18n/t.ts';
import type { Session } from '../../cli/session.ts';
import type { StoreKind } from './register.ts';

/** The flags of `auth login`, as Commander names them. */
export interface LoginFlags {
  readonly secretId: string;
  readonly secretStdin: boolean;
  readonly store: StoreKind;
  readonly insecurePlaintext: boolean;
  /** Commander's name for `--no-check`: false when given. */
  readonly check: boolean;
}

/** How a login is to go, by its flags. */
export interface LoginPlan {
  readonly store: StoreKind;
  /** Whether the file gets a passphrase. */
  readonly passphrase: boolean;
  readonly check: boolean;
  readonly id: string | null;
  readonly fromStdin: boolean;
  /** The flags that are needed, because nobody can be asked. */
  readonly missing: readonly string[];
}

/**
 * Reads the flags, before anything is asked or called.
 *
 * @throws KeypairError `USAGE` for those that contradict each other.
 */
export function planLogin(session: Session, flags: Partial<LoginFlags>): LoginPlan {
  if (session.settings.sandbox) {
    throw new KeypairError('USAGE', t`the sandbox brings its own credentials`, {
      hints: [
        t`leave ${session.settings.flags.sandbox === undefined ? 'KEYPAIR_SANDBOX' : '--sandbox'} out to log in to a cloud`,
      ],
    });
  }
  const store = flags.store ?? 'keychain';
  const plaintext = flags.insecurePlaintext === true;
  if (plaintext && store === 'keychain') {
    throw new KeypairError('USAGE', t`--insecure-plaintext goes with --store file`);
  }
  const fromStdin = flags.secretStdin === true;
  if (fromStdin && session.context.stdinIsTTY) {
    throw new KeypairError('USAGE', t`stdin is the terminal, which would show the secret`, {
      hints: [t`leave --secret-stdin out and be asked, or send the secret through a pipe`],
    });
  }
  const id = flags.secretId ?? null;
  const passphrase = store === 'file' && !plaintext;
  const missing = [
    ...(id === null ? ['--secret-id'] : []),
    ...(fromStdin ? [] : ['--secret-stdin']),
    // A passphrase is typed, or it is no better than the secret beside which it would stand.
    ...(passphrase ? ['--insecure-plaintext'] : []),
  ];
  return { store, passphrase, check: flags.check !== false, id, fromStdin, missing };
}
