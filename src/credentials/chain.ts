import type { Profile } from '../config/profile.ts';
import { KeypairError } from '../errors.ts';
import { joinSentences, withLabel } from '../i18n/phrases.ts';
import { t } from '../i18n/t.ts';
import type { Descriptor } from '../providers/types.ts';
import { environmentRole } from './environment.ts';
import type { ProbedPlaces, ProbedPlace, CredentialContext } from './context.ts';
import { placesFor, type StoredCredentials } from './sources.ts';
import type { Role } from './entry.ts';
import { assumeRole } from './roles.ts';
import { vendorOf } from './vendors.ts';
import type { CredentialSource, Vendor } from '../providers/credentials.ts';

/** What `auth login` has put away; loaded only for a profile that has a login. */
const storedByLogin: StoredCredentials = async (...asked) =>
  (await import('./stored.ts')).storedCredentials(...asked);

/**
 * Looks for a vendor's credentials, and says nothing to anybody.
 *
 * @param stored fetches what `auth login` has put away.
 * @throws KeypairError `AUTH` when the environment contradicts itself, or a login is there and cannot be had.
 */
export async function probeCredentials(
  vendor: Vendor,
  profile: Profile,
  context: CredentialContext,
  stored: StoredCredentials = storedByLogin,
): Promise<ProbedPlaces> {
  // The vendor's own variable counts before the profile, as everywhere.
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
    return { found: role === null ? source : assumeRole(vendor, source, role, context), places };
  }
  return { found: null, places };
}

/** The profile's role, where it is one of this vendor's. */
function profileRole(vendor: Vendor, { role }: Profile): Role | null {
  const prefix = vendorOf(vendor).roles?.arnPrefix;
  if (role === null || prefix === undefined || !role.arn.startsWith(prefix)) return null;
  return { ...role, policy: null, stsEndpoint: null };
}

/**
 * The credentials for a provider: those of the first place that has any. Warns of what was passed over before it, and
 * of files that others can read.
 *
 * @param stored as for {@link probeCredentials}.
 * @throws KeypairError `AUTH` that lists every place that was looked in; else as {@link probeCredentials}.
 */
export async function findCredentials(
  descriptor: Descriptor,
  profile: Profile,
  context: CredentialContext,
  stored?: StoredCredentials,
): Promise<CredentialSource> {
  // What was found counts to the end of the run, and is warned of once.
  const key = `${descriptor.vendor} ${profile.name}`;
  const survey = context.surveys.get(key) ?? warnedSurvey(descriptor.vendor, profile, context, stored);
  context.surveys.set(key, survey);
  const { found, places } = await survey;
  if (found === null) throw nowhere(descriptor, places);
  return found;
}

async function warnedSurvey(
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
 * What people should not miss of a search: files that others can read, and what was passed over for what was found.
 * Where nothing was found, the places themselves are to be told.
 */
export function warningsOf({ found, places }: ProbedPlaces): readonly string[] {
  return places.flatMap(({ title, state, note, warning }) => [
    ...(warning === null ? [] : [warning]),
    ...(found !== null && (state === 'skipped' || state === 'broken')
      ? [t`${title} is passed over: ${note ?? t`it cannot be used`}`]
      : []),
  ]);
}

function nowhere(descriptor: Descriptor, places: readonly ProbedPlace[]): KeypairError {
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
