import { keychainAccount } from '../../credentials/keychain.ts';
import type { Secret } from '../../secret.ts';
import { type StoredKey, storedForm } from '../../credentials/stored.ts';
import type { Vendor } from '../../providers/credentials.ts';
import { KeypairError } from '../../errors.ts';
import { t } from '../../i18n/t.ts';
import type { Session } from '../../cli/session.ts';
import { removeLoginFile, writeLoginFile } from '../../credentials/login-file.ts';
import type { StoreKind } from './register.ts';
import type { AuthServices } from './services.ts';

/**
 * Stores a login, and notes where; what another place holds of it is removed.
 *
 * @param passphrase for a file; null: in clear.
 * @returns the place, for people.
 * @throws KeypairError as the keychain, the file and the register do; nothing new is stored then.
 */
export async function keepLogin(
  session: Session,
  { profile, keychain, register }: AuthServices,
  vendor: Vendor,
  store: StoreKind,
  key: StoredKey,
  passphrase: Secret | null,
): Promise<string> {
  const before = (await register.of(profile))[vendor] ?? null;
  let place: string;
  if (store === 'keychain') {
    await keychain.set(keychainAccount(profile, vendor), storedForm(key));
    place = t`keychain (profile ${profile})`;
  } else {
    place = await writeLoginFile(session.context, profile, vendor, storedForm(key), passphrase);
  }
  try {
    await register.set(profile, vendor, store);
  } catch (error) {
    // Nobody would look for it: it must not stay. An earlier one of this place was replaced, and is used.
    if (before !== store) await removeLogin(session, { profile, keychain }, vendor, store);
    throw error;
  }
  if (before !== null && before !== store) {
    try {
      await removeLogin(session, { profile, keychain }, vendor, before);
    } catch (error) {
      if (!(error instanceof KeypairError)) throw error;
      session.warn(stillHeld(before, error.message));
    }
  }
  return place;
}

function stillHeld(kind: StoreKind, why: string): string {
  return kind === 'keychain'
    ? t`the keychain still holds the earlier login: ${why}`
    : t`the file still holds the earlier login: ${why}`;
}

/** Removes a login from where it is; one that is gone already is no error. Throws as the keychain and the file do. */
export async function removeLogin(
  { context }: Session,
  { profile, keychain }: Pick<AuthServices, 'profile' | 'keychain'>,
  vendor: Vendor,
  kind: StoreKind,
): Promise<void> {
  if (kind === 'keychain') await keychain.remove(keychainAccount(profile, vendor));
  else await removeLoginFile(context, profile, vendor);
}
