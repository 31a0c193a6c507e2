import { currentProfile, loadProfile, profileNames } from '../../config/load.ts';
import { DEFAULT_PROFILE, EMPTY_PROFILE, type Profile } from '../../config/profile.ts';
import { surveyCredentials } from '../../credentials/chain.ts';
import { type Keychain, openKeychain } from '../../credentials/keychain.ts';
import { type CallerIdentity, callerIdentity } from '../../credentials/roles.ts';
import type { CredentialSource, Vendor } from '../../providers/credentials.ts';
import type { CredentialSurvey, World } from '../../credentials/context.ts';
import type { Session } from '../../cli/session.ts';
import { credentialWorld } from '../../connection/credentials.ts';
import { configuredLogins, type LoginRegister } from './register.ts';

/** What the `auth` commands work with, all of it outside of this program: tests bring their own. */
export interface AuthServices {
  /** The profile that is meant. */
  readonly profile: string;
  readonly keychain: Keychain;
  readonly register: LoginRegister;
  /** Asks the vendor whose credentials these are. Throws as {@link callerIdentity}. */
  identify(vendor: Vendor, source: CredentialSource): Promise<CallerIdentity>;
  /** Looks where a command would look for credentials. */
  survey(vendor: Vendor): Promise<CredentialSurvey>;
}

/** The real ones. No keychain is opened, and nothing is asked, before it is needed. */
export async function authServices(session: Session): Promise<AuthServices> {
  const { context, settings } = session;
  const { signal } = context.interrupts;
  // A login may be the first thing that there is of a profile.
  const profile = settings.chosenProfile ?? (await currentProfile(context));
  const own = await profileNow(context, profile, () => undefined);
  const world = (vendor: Vendor): World => credentialWorld(session, vendor, own);
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
    survey: async (vendor) =>
      surveyCredentials(vendor, await profileNow(context, profile, session.warn), world(vendor)),
  };
}

/** The profile as it stands at this moment: a logout has just changed it. */
async function profileNow(
  context: Session['context'],
  name: string,
  warn: Session['warn'],
): Promise<Profile> {
  const known = name === DEFAULT_PROFILE || (await profileNames(context)).includes(name);
  return known ? loadProfile(context, name, warn) : { ...EMPTY_PROFILE, name, chosen: true };
}
