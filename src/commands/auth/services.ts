import type { Session } from '../../cli/session.ts';
import { currentProfile, loadProfile, profileNames } from '../../config/load.ts';
import { DEFAULT_PROFILE, EMPTY_PROFILE, type Profile } from '../../config/profile.ts';
import { type ConfigContext, setConfigValue } from '../../config/write.ts';
import { credentialContext } from '../../connection/credentials.ts';
import { probeCredentials } from '../../credentials/chain.ts';
import type { ProbedPlaces, CredentialContext } from '../../credentials/context.ts';
import { type Keychain, keychainAccount, openKeychain } from '../../credentials/keychain.ts';
import { loginFiles, removeLoginFile, writeLoginFile } from '../../credentials/login-file.ts';
import { callerIdentity } from '../../credentials/roles.ts';
import type { CallerIdentity } from '../../credentials/sts/sts.ts';
import { storedForm, type StoredKey } from '../../credentials/stored.ts';
import { KeypairError } from '../../errors.ts';
import { t } from '../../i18n/t.ts';
import type { CredentialSource, Vendor } from '../../providers/credentials.ts';
import { descriptors } from '../../providers/registry.ts';
import type { Descriptor } from '../../providers/types.ts';
import type { Secret } from '../../secret.ts';

/** What the `auth` commands need from outside this program; tests replace it. */
export interface AuthServices {
  /** The name of the profile to log in to or out of. */
  readonly profile: string;
  readonly keychain: Keychain;
  readonly register: LoginRegister;
  /** Asks the vendor who owns these credentials. Throws as {@link callerIdentity}. */
  identify(vendor: Vendor, source: CredentialSource): Promise<CallerIdentity>;
  /** Probes the same places as a command that calls the cloud. */
  survey(vendor: Vendor): Promise<ProbedPlaces>;
}

/** The production services. They open no keychain and call nothing until they are used. */
export async function authServices(session: Session): Promise<AuthServices> {
  const { context, settings } = session;
  const { signal } = context.interrupts;
  // The profile need not exist: a login may create it.
  const profile = settings.chosenProfile ?? (await currentProfile(context));
  const own = await profileNow(context, profile, () => undefined);
  const world = (vendor: Vendor): CredentialContext => credentialContext(session, vendor, own);
  return {
    profile,
    register: configuredLogins(context),
    keychain: openKeychain({
      env: context.env,
      platform: context.platform,
      attended: session.interactive,
      signal,
    }),
    identify: (vendor, source) => callerIdentity(vendor, source, world(vendor), signal),
    survey: async (vendor) => probeCredentials(vendor, await profileNow(context, profile, session.warn), world(vendor)),
  };
}

/** Reads the profile again: a logout has just changed it. */
async function profileNow(context: Session['context'], name: string, warn: Session['warn']): Promise<Profile> {
  const known = name === DEFAULT_PROFILE || (await profileNames(context)).includes(name);
  return known ? loadProfile(context, name, warn) : { ...EMPTY_PROFILE, name, chosen: true };
}

/** Where a login can be stored. */
export type StoreKind = 'keychain' | 'file';

/** Where the logins of each profile are stored. This is not secret; it is in the configuration. */
interface LoginRegister {
  /** @throws KeypairError `USAGE` if the configuration cannot be read. */
  of(profile: string): Promise<Readonly<Partial<Record<Vendor, StoreKind>>>>;
  /**
   * @param kind null removes the entry.
   * @throws KeypairError `USAGE` if the configuration cannot be read or written.
   */
  set(profile: string, vendor: Vendor, kind: StoreKind | null): Promise<void>;
}

/** The register in the configuration: `profiles.<name>.logins.<vendor>`. */
export function configuredLogins(world: ConfigContext): LoginRegister {
  return {
    of: async (profile) => {
      if (!(await profileNames(world)).includes(profile)) return {};
      return (await loadProfile(world, profile, () => undefined)).logins;
    },
    set: (profile, vendor, kind) => setConfigValue(world, ['profiles', profile, 'logins', vendor], kind ?? undefined),
  };
}

/** Where a login would be kept, for people. @param passphrase whether its file has one. */
export function placeOf(
  { context }: Session,
  profile: string,
  vendor: Vendor,
  { store, passphrase }: { readonly store: StoreKind; readonly passphrase: boolean },
): string {
  if (store === 'keychain') return t`keychain (profile ${profile})`;
  return loginFiles(context, profile, vendor).find(({ encrypted }) => encrypted === passphrase)?.shown ?? '';
}

/**
 * Stores a login and registers its place. Removes an earlier login from another place.
 *
 * @param passphrase for a file; null stores it unencrypted.
 * @returns the place, for people.
 * @throws KeypairError from the keychain, the file or the register; then no new login is stored.
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
    place = placeOf(session, profile, vendor, { store, passphrase: false });
  } else {
    place = await writeLoginFile(session.context, profile, vendor, storedForm(key), passphrase);
  }
  try {
    await register.set(profile, vendor, store);
  } catch (error) {
    // Nothing refers to the new login: remove it. If this place was registered before, the new login stays and is used.
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

/** Removes a stored login, if it exists. Throws as the keychain and the file do. */
export async function removeLogin(
  { context }: Session,
  { profile, keychain }: Pick<AuthServices, 'profile' | 'keychain'>,
  vendor: Vendor,
  kind: StoreKind,
): Promise<void> {
  if (kind === 'keychain') await keychain.remove(keychainAccount(profile, vendor));
  else await removeLoginFile(context, profile, vendor);
}

/** The ids of the providers (default: all) that belong to a vendor. */
export function providersOfVendor(vendor: Vendor, providers: readonly Descriptor[] = descriptors): readonly string[] {
  return providers.filter((descriptor) => descriptor.vendor === vendor).map(({ id }) => id);
}

/** A shortened access key id, for people to recognize: `AKID…WXYZ`; fewer characters of a short one. */
export function shortened(id: string): string {
  if (id.length >= 16) return `${id.slice(0, 4)}…${id.slice(-4)}`;
  return `${id.slice(0, Math.min(4, Math.floor(id.length / 4)))}…`;
}
