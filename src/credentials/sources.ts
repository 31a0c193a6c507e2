import type { Profile } from '../config/profile.ts';
import { KeypairError } from '../errors.ts';
import { joinList } from '../i18n/phrases.ts';
import { t } from '../i18n/t.ts';
import { environmentSource, metadataSwitchedOff, unusedRole } from './environment.ts';
import { filePlace } from './file-source.ts';
import type { ProbeResult, CredentialPlace, CredentialContext } from './context.ts';
import { instanceRole, isInstanceOf } from './roles.ts';
import { vendorOf } from './vendors.ts';
import type { CredentialSource, Vendor } from '../providers/credentials.ts';

/**
 * Fetches what `auth login` has put away for a profile; null where there is nothing.
 *
 * @throws KeypairError `AUTH` where it is there and cannot be had, `CANCELLED` where the user leaves a question.
 */
export type StoredCredentials = (
  profileName: string,
  vendor: Vendor,
  kind: 'keychain' | 'file',
  context: CredentialContext,
) => Promise<CredentialSource | null>;

/**
 * Everywhere that a vendor's credentials may be, in the order in which they count. Where the files are is settled only
 * when it comes to them: what is wrong with their variables is no matter to those who do without.
 *
 * @throws KeypairError `AUTH` when variables name two profiles.
 */
export async function* placesFor(
  vendor: Vendor,
  profile: Profile,
  context: CredentialContext,
  stored: StoredCredentials,
): AsyncGenerator<CredentialPlace> {
  yield environmentPlace(vendor, context);
  yield loginPlace(vendor, profile, context, stored);
  for (const file of await vendorOf(vendor).files(context)) yield filePlace(vendor, file, context);
  yield instancePlace(vendor, context);
}

function environmentPlace(vendor: Vendor, context: CredentialContext): CredentialPlace {
  const names = vendorOf(vendor).keyVariables.map(({ id, secret }) => id ?? secret);
  return {
    title: t`environment (${joinList(names)})`,
    probe: () => {
      const source = environmentSource(vendor, context);
      return Promise.resolve<ProbeResult>(
        source === null
          ? { state: 'nothing', note: null }
          : { state: 'found', source, warning: unusedRole(vendor, context.env) },
      );
    },
  };
}

/** A login that cannot be had, or is gone, ends the search: what comes after it may be another account's. */
function loginPlace(
  vendor: Vendor,
  profile: Profile,
  context: CredentialContext,
  stored: StoredCredentials,
): CredentialPlace {
  const kind = profile.logins[vendor];
  return {
    title: t`keypair auth login, profile ${profile.name}`,
    probe: async () => {
      if (kind === undefined) return { state: 'nothing', note: null };
      const source = await stored(profile.name, vendor, kind, context);
      if (source !== null) return { state: 'found', source };
      const gone =
        kind === 'keychain'
          ? t`the keychain no longer has the login of profile ${profile.name}`
          : t`the file with the login of profile ${profile.name} is gone`;
      throw new KeypairError('AUTH', gone, {
        hints: [
          t`store the credentials again with keypair auth login`,
          t`or let others be used: keypair auth logout forgets it`,
        ],
      });
    },
  };
}

/** On any other machine nothing answers at the metadata service's address, and waiting for that takes its time. */
function instancePlace(vendor: Vendor, context: CredentialContext): CredentialPlace {
  return {
    title: t`the role of this instance`,
    probe: async () => {
      const forbidden = metadataSwitchedOff(vendor, context.env);
      if (forbidden !== null) return { state: 'nothing', note: t`${forbidden} switches it off` };
      if (!(await isInstanceOf(vendor, context.platform))) return { state: 'nothing', note: null };
      const source = instanceRole(vendor, null, context);
      try {
        // Most instances have no role: that is known only once it was asked for.
        await source.current(new AbortController().signal);
        return { state: 'found', source };
      } catch (error) {
        if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
        return { state: 'skipped', note: error.message };
      }
    },
  };
}
