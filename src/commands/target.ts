import { findCredentials } from '../credentials/chain.ts';
import type { Credentials } from '../credentials/types.ts';
import { KeypairError } from '../errors.ts';
import type { Descriptor } from '../providers/types.ts';
import type { Session } from '../session.ts';
import { parseEndpoint } from '../transport/endpoint.ts';

/** Which service is to be called, and how: settled before anything is called. */
export interface Target {
  readonly descriptor: Descriptor;
  readonly region: string;
  readonly endpoint: URL;
  readonly apiVersion: string;
  /** Null in the sandbox, which brings its own. */
  readonly credentials: Credentials | null;
}

/** Region ids look alike everywhere; this keeps anything else out of host names. */
const REGION = /^[a-z]{2}(-[a-z0-9]+)*$/;

/**
 * Settles where a command's calls go, for a command that takes one region. Says on stderr which region was taken when
 * none was asked for.
 *
 * @throws KeypairError `USAGE` for a region, site, endpoint or API version that cannot be; `AUTH` without credentials.
 */
export async function settleTarget(
  session: Session,
  descriptor: Descriptor,
  version: string | null,
): Promise<Target> {
  const [region, ...more] = regionsOf(session, descriptor);
  if (more.length > 0) throw new KeypairError('USAGE', 'this takes one --region, not several');
  return settle(session, descriptor, version, region, await credentialsOf(session, descriptor));
}

/**
 * Settles all services that are meant: every provider in each region of `--region` (a comma list, or `all`). What is
 * wrong with one provider's credentials does not keep the others from being settled.
 *
 * @returns the targets, and what was wrong, for the caller to tell.
 * @throws KeypairError `USAGE`, as {@link settleTarget}.
 */
export async function settleTargets(
  session: Session,
  providers: readonly Descriptor[],
  version: string | null,
): Promise<{ readonly targets: readonly Target[]; readonly failures: readonly KeypairError[] }> {
  const targets: Target[] = [];
  const failures: KeypairError[] = [];
  for (const descriptor of providers) {
    const regions =
      providers.length === 1 ? regionsOf(session, descriptor) : sharedRegions(session, descriptor, providers);
    if (regions.length === 0) continue;
    try {
      const credentials = await credentialsOf(session, descriptor);
      for (const region of regions) targets.push(settle(session, descriptor, version, region, credentials));
    } catch (error) {
      if (!(error instanceof KeypairError) || error.code !== 'AUTH') throw error;
      failures.push(error);
    }
  }
  return { targets, failures };
}

type Regions = readonly [string, ...string[]];

function regionsOf({ settings }: Session, descriptor: Descriptor): Regions {
  const { region } = settings;
  if (region === null) return [descriptor.defaultRegion];
  if (region === 'all')
    return [descriptor.defaultRegion, ...descriptor.regions.filter((id) => id !== descriptor.defaultRegion)];
  const [first = '', ...more] = new Set(region.split(',').map((id) => id.trim()));
  return [first, ...more];
}

/** Of several providers each is asked in those of the regions that it has; one that none has is a mistake. */
function sharedRegions(
  session: Session,
  descriptor: Descriptor,
  providers: readonly Descriptor[],
): readonly string[] {
  const { region } = session.settings;
  if (region === null || region === 'all') return regionsOf(session, descriptor);
  const asked = regionsOf(session, descriptor);
  const nowhere = asked.find((id) => !providers.some(({ regions }) => regions.includes(id)));
  if (nowhere !== undefined) throw noRegion(nowhere, 'keypair regions');
  return asked.filter((id) => descriptor.regions.includes(id));
}

function settle(
  session: Session,
  descriptor: Descriptor,
  version: string | null,
  region: string,
  credentials: Credentials | null,
): Target {
  const { settings } = session;
  if (!REGION.test(region)) throw noRegion(region, `keypair regions --provider ${descriptor.id}`);
  if (!descriptor.sites.includes(settings.site)) {
    throw new KeypairError('USAGE', `${descriptor.title} has no --site ${settings.site}`, {
      hints: ['leave --site out, or use --provider tencent'],
    });
  }
  const apiVersion = version ?? descriptor.apiVersions[0];
  if (!descriptor.apiVersions.includes(apiVersion)) {
    throw new KeypairError('USAGE', `${descriptor.id} does not speak --api-version ${apiVersion}`, {
      hints: [`it speaks: ${descriptor.apiVersions.join(', ')}`],
    });
  }
  if (settings.sandbox && settings.endpoint !== null) {
    throw new KeypairError('USAGE', '--sandbox and --endpoint are two places to call: give one of them');
  }
  if (settings.region === null) {
    session.note(`using region ${region}, the default of ${descriptor.id} (--region changes it)`);
  } else if (!descriptor.regions.includes(region)) {
    session.warn(
      `${region} is not among the regions that ${descriptor.title} documents: it is tried as it is`,
    );
  }
  return { descriptor, region, endpoint: endpointFor(session, descriptor, region), apiVersion, credentials };
}

function noRegion(region: string, list: string): KeypairError {
  return new KeypairError('USAGE', `${JSON.stringify(region)} is not a region`, { hints: [`see ${list}`] });
}

function credentialsOf({ context, settings }: Session, descriptor: Descriptor): Promise<Credentials | null> {
  return settings.sandbox ? Promise.resolve(null) : findCredentials(descriptor, context.env);
}

function endpointFor(session: Session, descriptor: Descriptor, region: string): URL {
  const { endpoint, site } = session.settings;
  if (endpoint === null) return new URL(`https://${descriptor.host(region, site)}`);
  return parseEndpoint(endpoint);
}
