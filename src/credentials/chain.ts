import type { Profile } from '../config/profile.ts';
import { KeypairError } from '../errors.ts';
import { joinList, joinSentences, t, withLabel } from '../i18n/t.ts';
import type { CredentialSource, Vendor } from '../providers/credentials.ts';
import type { Descriptor } from '../providers/types.ts';
import type { CredentialContext, CredentialPlace, ProbedPlace, ProbedPlaces } from './context.ts';
import type { Role } from './vendor.ts';
import { environmentRole, environmentSource, metadataSwitchedOff, unusedRole } from './environment.ts';
import { vendorOf } from './vendors.ts';

/** Gets what `auth login` stored. Loaded only for a profile with a login. */
const storedByLogin: StoredCredentials = async (...asked) => (await import('./stored.ts')).storedCredentials(...asked);

/**
 * Looks for a vendor's credentials. Prints no warnings.
 *
 * @param stored gets what `auth login` stored.
 * @throws KeypairError `AUTH` if the environment contradicts itself or a login cannot be read.
 */
export async function probeCredentials(
  vendor: Vendor,
  profile: Profile,
  context: CredentialContext,
  stored: StoredCredentials = storedByLogin,
): Promise<ProbedPlaces> {
  // As everywhere, the vendor's variable takes precedence over the profile.
  const role = environmentRole(vendor, context.env) ?? profileRole(vendor, profile);
  const places: ProbedPlace[] = [];
  for await (const place of placesFor(vendor, profile, context, stored)) {
    const finding = await place.probe();
    const { state, warning = null } = finding;
    places.push({
      title: place.title,
      state,
      note: finding.state === 'found' ? null : finding.note,
      warning,
    });
    if (finding.state !== 'found') continue;
    const { source } = finding;
    if (role === null) return { found: source, places };
    const { assumeRole } = await import('./roles.ts');
    return { found: assumeRole(vendor, source, role, context), places };
  }
  return { found: null, places };
}

/** The profile's role, if it belongs to this vendor. */
function profileRole(vendor: Vendor, { role }: Profile): Role | null {
  const prefix = vendorOf(vendor).roles?.arnPrefix;
  if (role === null || prefix === undefined || !role.arn.startsWith(prefix)) return null;
  return { ...role, policy: null, stsEndpoint: null };
}

/**
 * Finds a provider's credentials: the first place that has any wins. Warns about places that were skipped before it,
 * and about files that others can read.
 *
 * @param stored as for {@link probeCredentials}.
 * @throws KeypairError `AUTH` with a list of every place that was searched; else as {@link probeCredentials}.
 */
export async function findCredentials(
  descriptor: Descriptor,
  profile: Profile,
  context: CredentialContext,
  stored?: StoredCredentials,
): Promise<CredentialSource> {
  // One search a run, so one warning.
  const key = `${descriptor.vendor} ${profile.name}`;
  const survey = context.surveys.get(key) ?? searchAndWarn(descriptor.vendor, profile, context, stored);
  context.surveys.set(key, survey);
  const { found, places } = await survey;
  if (found === null) throw noCredentials(descriptor, places);
  return found;
}

async function searchAndWarn(
  vendor: Vendor,
  profile: Profile,
  context: CredentialContext,
  stored: StoredCredentials | undefined,
): Promise<ProbedPlaces> {
  const survey = await probeCredentials(vendor, profile, context, stored);
  for (const line of warningsOf(survey)) context.warn(line);
  return survey;
}

/**
 * The warnings of a search: files that others can read, and skipped places that hold something. If nothing was found,
 * the error lists the places instead.
 */
export function warningsOf({ found, places }: ProbedPlaces): readonly string[] {
  return places.flatMap(({ title, state, note, warning }) => [
    ...(warning === null ? [] : [warning]),
    ...(found !== null && (state === 'skipped' || state === 'broken')
      ? [t`${title} is skipped: ${note ?? t`it cannot be used`}`]
      : []),
  ]);
}

function noCredentials(descriptor: Descriptor, places: readonly ProbedPlace[]): KeypairError {
  const [{ id, secret }] = vendorOf(descriptor.vendor).keyVariables;
  return new KeypairError('AUTH', t`no credentials for ${descriptor.title}`, {
    provider: descriptor.id,
    hints: [
      t`looked in: ${joinSentences(places.map(({ title }) => title))}`,
      ...places.flatMap(({ title, note }) => (note === null ? [] : [withLabel(title, note)])),
      t`run keypair auth login -p ${descriptor.id}`,
      id === null ? t`or set ${secret}` : t`or set ${id} and ${secret}`,
      t`or try it without an account: add --sandbox`,
    ],
  });
}

/**
 * Gets what `auth login` stored for a profile; null if there is nothing.
 *
 * @throws KeypairError `AUTH` if it cannot be read, `CANCELLED` if the user cancels a question.
 */
export type StoredCredentials = (
  profileName: string,
  vendor: Vendor,
  kind: 'keychain' | 'file',
  context: CredentialContext,
) => Promise<CredentialSource | null>;

/**
 * All places that may have a vendor's credentials, in order of precedence. The paths of files are resolved only when
 * the search reaches them: an error in their variables counts only then.
 *
 * @throws KeypairError `AUTH` if variables name two profiles.
 */
async function* placesFor(
  vendor: Vendor,
  profile: Profile,
  context: CredentialContext,
  stored: StoredCredentials,
): AsyncGenerator<CredentialPlace> {
  yield environmentPlace(vendor, context);
  yield loginPlace(vendor, profile, context, stored);
  const { filePlace } = await import('./file-source.ts');
  for (const file of await vendorOf(vendor).files(context)) yield filePlace(vendor, file, context);
  yield instancePlace(vendor, context);
}

function environmentPlace(vendor: Vendor, context: CredentialContext): CredentialPlace {
  const names = vendorOf(vendor).keyVariables.map(({ id, secret }) => id ?? secret);
  return {
    title: t`environment (${joinList(names)})`,
    probe: async () => {
      const source = await environmentSource(vendor, context);
      return source === null
        ? { state: 'nothing', note: null }
        : { state: 'found', source, warning: unusedRole(vendor, context.env) };
    },
  };
}

/** A login that is gone or cannot be read ends the search: later places may belong to another account. */
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
      const message =
        kind === 'keychain'
          ? t`the keychain no longer has the login of profile ${profile.name}`
          : t`the file with the login of profile ${profile.name} is gone`;
      throw new KeypairError('AUTH', message, {
        hints: [
          t`store the credentials again with keypair auth login`,
          t`or remove it, to use other credentials: keypair auth logout`,
        ],
      });
    },
  };
}

/** Calls the metadata service on an instance only: elsewhere the request would time out. */
function instancePlace(vendor: Vendor, context: CredentialContext): CredentialPlace {
  return {
    title: t`the role of this instance`,
    probe: async () => {
      const disabledBy = metadataSwitchedOff(vendor, context.env);
      if (disabledBy !== null) return { state: 'nothing', note: t`${disabledBy} switches it off` };
      const { instanceRole, isInstanceOf } = await import('./instance.ts');
      if (!(await isInstanceOf(vendor, context.platform))) return { state: 'nothing', note: null };
      const source = instanceRole(vendor, null, context);
      try {
        // Most instances have no role. Only a request shows it.
        await source.current(new AbortController().signal);
        return { state: 'found', source };
      } catch (error) {
        if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
        return { state: 'skipped', note: error.message };
      }
    },
  };
}
