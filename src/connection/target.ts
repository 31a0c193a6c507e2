import { isRegion } from '../config/values.ts';
import type { CredentialSource } from '../providers/credentials.ts';
import { KeypairError } from '../errors.ts';
import { joinList, t } from '../i18n/t.ts';
import { suggestRegion } from '../providers/regions.ts';
import type { Descriptor } from '../providers/types.ts';
import type { Session } from '../cli/session.ts';
import { readNamed, type Settings } from '../cli/settings.ts';
import { parseEndpoint } from '../http/route.ts';
import { printable } from '../sanitize.ts';
import { DEFAULT_SOURCE, sourceText, resolveDefaultRegion } from './region.ts';

/** A service to call. It is resolved before anything is called. */
export interface Target {
  readonly descriptor: Descriptor;
  readonly region: string;
  /** What follows `-r` in a command line for the same service: `ap-guangzhou --sandbox`. */
  readonly flagsToReproduce: string;
  readonly endpoint: URL;
  readonly apiVersion: string;
  /** Null in the sandbox, which has its own. */
  readonly credentials: CredentialSource | null;
  /** With `--region all`: whether the service lists this region, if known. Absent if the user named the region. */
  readonly everywhere?: 'listed' | 'unlisted' | 'unknown';
}

/**
 * Resolves the target of a command that takes one region. Prints a default region on stderr.
 *
 * @throws KeypairError `USAGE` for an invalid region, site, endpoint or API version; `AUTH` without credentials.
 */
export async function resolveTarget(session: Session, descriptor: Descriptor, version: string | null): Promise<Target> {
  const { regions, from } = await regionsOf(session, descriptor);
  const [region, ...more] = regions;
  if (more.length > 0) throw new KeypairError('USAGE', t`this takes one ${session.settings.named.region}, not several`);
  const credentials = await credentialsOf(session, descriptor);
  return createTarget(session, { descriptor, region, from, version, credentials });
}

/**
 * Resolves all targets: every provider in each region of `--region` (a comma list, or `all`). An error in the
 * credentials or the configuration file of one provider does not affect the others.
 *
 * @returns the targets, and the errors, for the caller to report.
 * @throws KeypairError `USAGE`, as {@link resolveTarget}.
 */
export async function resolveTargets(
  session: Session,
  providers: readonly Descriptor[],
  version: string | null,
): Promise<{ readonly targets: readonly Target[]; readonly failures: readonly KeypairError[] }> {
  const targets: Target[] = [];
  const failures: KeypairError[] = [];
  for (const descriptor of providers) {
    let asked: Regions;
    try {
      asked = await regionsOf(session, descriptor);
    } catch (error) {
      if (!(error instanceof KeypairError) || providers.length === 1) throw error;
      failures.push(error);
      continue;
    }
    const regions = providers.length === 1 ? asked.regions : regionsForProvider(session, asked, descriptor, providers);
    if (regions.length === 0) continue;
    try {
      const credentials = await credentialsOf(session, descriptor);
      for (const region of regions)
        targets.push(createTarget(session, { descriptor, region, from: asked.from, version, credentials }));
    } catch (error) {
      if (!(error instanceof KeypairError) || error.code !== 'AUTH') throw error;
      failures.push(error);
    }
  }
  return { targets, failures };
}

/** The regions of one provider to call. */
interface Regions {
  readonly regions: readonly [string, ...string[]];
  /** The source of a default region; null if the user gave regions. */
  readonly from: string | null;
}

async function regionsOf(session: Session, descriptor: Descriptor): Promise<Regions> {
  const { region } = session.settings;
  const list = `keypair regions --provider ${descriptor.id}`;
  if (region === null) {
    const found = await resolveDefaultRegion(session, descriptor);
    if (!isRegion(found.region)) {
      const from = sourceText(found.source, session.settings.profile.name);
      throw noRegion([found.region], descriptor.regions, list, from);
    }
    return { regions: [found.region], from: found.source };
  }
  const { defaultRegion } = descriptor;
  if (region === 'all') {
    return {
      regions: [defaultRegion, ...descriptor.regions.filter((id) => id !== defaultRegion)],
      from: null,
    };
  }
  const [first = '', ...more] = new Set(region.split(',').map((id) => id.trim()));
  const wrong = [first, ...more].filter((id) => !isRegion(id));
  if (wrong.length > 0) throw noRegion(wrong, descriptor.regions, list, namedBy(session));
  return { regions: [first, ...more], from: null };
}

/** The regions of `--region` that a provider has; a region that no provider has is an error. */
function regionsForProvider(
  session: Session,
  { regions, from }: Regions,
  descriptor: Descriptor,
  providers: readonly Descriptor[],
): readonly string[] {
  if (from !== null || session.settings.region === 'all') return regions;
  const all = providers.flatMap((provider) => provider.regions);
  const unknown = regions.filter((id) => !all.includes(id));
  if (unknown.length > 0) throw noRegion(unknown, all, 'keypair regions', namedBy(session));
  return regions.filter((id) => descriptor.regions.includes(id));
}

/** The variable that gave the region; null for the flag, which the user sees. */
function namedBy({ settings: { named } }: Session): string | null {
  return named.region.startsWith('--') ? null : named.region;
}

/** The input of a target. */
interface Candidate {
  readonly descriptor: Descriptor;
  readonly region: string;
  /** As {@link Regions.from}. */
  readonly from: string | null;
  readonly version: string | null;
  readonly credentials: CredentialSource | null;
}

function createTarget(session: Session, { descriptor, region, from, version, credentials }: Candidate): Target {
  const { settings } = session;
  const apiVersion = version ?? descriptor.apiVersions[0];
  if (!descriptor.apiVersions.includes(apiVersion)) {
    throw new KeypairError('USAGE', t`${descriptor.id} does not support --api-version ${apiVersion}`, {
      hints: [t`it supports: ${joinList(descriptor.apiVersions)}`],
    });
  }
  if (from !== null) {
    session.info(
      from === DEFAULT_SOURCE
        ? t`using region ${region}, the default of ${descriptor.id} (--region changes it)`
        : t`using region ${region}, from ${sourceText(from, settings.profile.name)} (--region changes it)`,
    );
  }
  if (!descriptor.regions.includes(region)) {
    const near = suggestRegion(region, descriptor.regions);
    session.warn(
      near === null
        ? t`${region} is not among the regions that ${descriptor.title} documents: trying it anyway`
        : t`${region} is not among the regions that ${descriptor.title} documents (did you mean ${near}?): trying it anyway`,
    );
  }
  return { descriptor, apiVersion, credentials, ...placeIn(session, descriptor, region) };
}

/** The flags that ask every service in all regions, with the same endpoint or sandbox. */
export function everywhere({ region, flagsToReproduce }: Target): string {
  return `-p all -r all${flagsToReproduce.slice(region.length)}`;
}

/** The same service in another region. Prints nothing. */
export function inRegion(session: Session, target: Target, region: string): Target {
  return { ...target, ...placeIn(session, target.descriptor, region) };
}

function placeIn(
  session: Session,
  descriptor: Descriptor,
  region: string,
): Pick<Target, 'region' | 'flagsToReproduce' | 'endpoint'> {
  const endpoint = endpointFor(session, descriptor, region);
  const flagsToReproduce = [region, ...scopeFlags(session.settings, endpoint)].join(' ');
  return { region, flagsToReproduce, endpoint };
}

/** The flags to reach this service, before a region is resolved. */
export function placeFlags(session: Session, descriptor: Descriptor): string {
  const { region } = session.settings;
  const one = region === null || region === 'all' || region.includes(',') ? [] : ['-r', region];
  const endpoint = endpointFor(session, descriptor, descriptor.defaultRegion);
  return ['-p', descriptor.id, ...one, ...scopeFlags(session.settings, endpoint)].join(' ');
}

/** The flags that a suggested command line needs to reach the same cloud and account: `--sandbox`, `--profile`, … */
function scopeFlags({ sandbox, chosenProfile, site, profile, endpoint }: Settings, url: URL): string[] {
  return [
    ...(sandbox ? ['--sandbox'] : []),
    ...(chosenProfile === null ? [] : ['--profile', chosenProfile]),
    ...(site === (profile.site ?? 'cn') ? [] : ['--site', site]),
    ...(endpoint === null ? [] : ['--endpoint', url.origin]),
  ];
}

/**
 * One error for all texts that are not regions.
 *
 * @param regions the candidates for a suggestion.
 * @param list the command that lists regions.
 * @param from the source, for people; null for a flag or an argument, which the user sees.
 */
export function noRegion(
  wrong: readonly string[],
  regions: readonly string[],
  list: string,
  from: string | null = null,
): KeypairError {
  const shown = joinList(wrong.map((region) => printable(region, 80)));
  const near = wrong.flatMap((region) => suggestRegion(region, regions) ?? []);
  const message = wrong.length === 1 ? t`"${shown}" is not a region` : t`these are not regions: ${shown}`;
  const placed =
    wrong.length === 1
      ? t`"${shown}" is not a region, in ${from ?? ''}`
      : t`these are not regions: ${shown}, in ${from ?? ''}`;
  return new KeypairError('USAGE', from === null ? message : placed, {
    hints: [...(near.length === 0 ? [] : [t`did you mean ${joinList(near)}?`]), t`see ${list}`],
  });
}

async function credentialsOf(session: Session, descriptor: Descriptor): Promise<CredentialSource | null> {
  if (session.settings.sandbox) return null;
  const { credentialsFor } = await import('./credentials.ts');
  return credentialsFor(session, descriptor, session.settings.profile);
}

function endpointFor({ settings }: Session, descriptor: Descriptor, region: string): URL {
  const endpoint = settings.endpoint ?? endpointOfProfile(settings, descriptor);
  return endpoint === null
    ? new URL(`https://${descriptor.host(region, settings.site)}`)
    : readNamed(settings.named.endpoint, () => parseEndpoint(endpoint));
}

/** The profile's endpoint, for the profile's provider only; `--sandbox` overrides it. */
export function endpointOfProfile({ profile, sandbox }: Settings, descriptor: Descriptor): string | null {
  return sandbox || profile.provider !== descriptor.id ? null : profile.endpoint;
}
