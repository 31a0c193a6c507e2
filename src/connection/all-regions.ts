import path from 'node:path';
import type { Session } from '../cli/session.ts';
import { accountOf, readShortText } from '../completion/cache.ts';
import { isRegion } from '../config/values.ts';
import { accountIdOf, type Connections, withConnections } from './connect.ts';
import { type Target, inRegion, resolveTargets } from './target.ts';
import { KeypairError, causedBy } from '../errors.ts';
import { formatFacts, t, withLabel } from '../i18n/t.ts';
import { cacheDirectory } from '../paths.ts';
import { refusesRegion } from '../providers/response.ts';
import type { Descriptor, Region } from '../providers/types.ts';
import { printable } from '../sanitize.ts';
import { makePrivateDirectory, replaceFile } from '../storage/fs.ts';

/**
 * Resolves all targets, as {@link resolveTargets}. `--region all` is every region that the service lists, and every
 * built-in one.
 *
 * @throws KeypairError as {@link resolveTargets}.
 */
export async function settleEverywhere(
  session: Session,
  providers: readonly Descriptor[],
  version: string | null,
): Promise<{ readonly targets: readonly Target[]; readonly failures: readonly KeypairError[] }> {
  const { targets, failures } = await resolveTargets(session, providers, version);
  if (session.settings.region !== 'all') return { targets, failures };
  const lists = await session.withSpinner(t`asking for the regions`, () =>
    withConnections(session, (connections) =>
      Promise.all(
        providers.map(async (descriptor) => {
          const first = targets.find((target) => target.descriptor === descriptor);
          return first === undefined ? [] : allOf(session, connections, targets, first);
        }),
      ),
    ),
  );
  return { targets: lists.flat(), failures };
}

async function allOf(
  session: Session,
  connections: Connections,
  targets: readonly Target[],
  first: Target,
): Promise<readonly Target[]> {
  const { descriptor } = first;
  const builtIn = targets.filter((target) => target.descriptor === descriptor);
  const listed = await serviceRegions(session, connections, first);
  if (listed === null) return builtIn.map((target) => ({ ...target, everywhere: 'unknown' }));
  const ids = new Set(listed.map(({ id }) => id));
  const more = [...ids].filter((id) => !descriptor.regions.includes(id));
  return [
    ...builtIn.map((target): Target => ({
      ...target,
      everywhere: ids.has(target.region) ? 'listed' : 'unlisted',
    })),
    ...more.map((id): Target => ({ ...inRegion(session, first, id), everywhere: 'listed' })),
  ];
}

/**
 * The regions that a service lists, cached for a day; null if it lists none or, with a message, if the call fails.
 *
 * @throws KeypairError `CANCELLED`.
 */
export async function serviceRegions(
  session: Session,
  connections: Connections,
  target: Target,
): Promise<readonly Region[] | null> {
  const { id } = target.descriptor;
  const { signal } = session.context.interrupts;
  try {
    const signer = await accountIdOf(target.credentials, signal);
    const cached = cachedRegions(session, id, signer);
    if (cached !== null) return cached;
    const { provider } = await connections.connect(target);
    if (provider.listRegions === undefined) return null;
    const regions = await provider.listRegions(signal);
    await cacheRegions(session, id, signer, regions);
    return regions;
  } catch (error) {
    if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
    session.info(t`could not list the regions of ${id}, using the built-in ones: ${error.message}`);
    return null;
  }
}

/**
 * Warns of an error in one of several regions that is no failure: the account does not have the region, or the service
 * does not list it (with `all`).
 *
 * @returns whether it warned.
 */
export function warnOfAbsent(session: Session, target: Target, error: KeypairError): boolean {
  const { everywhere } = target;
  if (everywhere === undefined || error.code === 'CANCELLED') return false;
  if (everywhere !== 'unlisted' && !refusesRegion(error.providerCode ?? '')) return false;
  session.warn(t`${where(target)} was skipped: ${error.message}`);
  return true;
}

/** An error in one of several regions, with the region in its message and its details. */
export function withRegion(target: Target, error: KeypairError): KeypairError {
  return new KeypairError(error.code, withLabel(where(target), error.message), {
    ...causedBy(error),
    hints: error.hints,
    provider: target.descriptor.id,
    region: target.region,
  });
}

function where({ descriptor, region }: Target): string {
  return formatFacts([descriptor.id, region]);
}

/** The lifetime of a cached list of regions, in milliseconds. */
const FRESH_MS = 24 * 60 * 60 * 1000;

/** The maximum length of a list of regions. */
const MOST = 300;

/** The cached list of regions, at most a day old and validated; null if there is none. */
function cachedRegions(session: Session, provider: string, signer: string | null): readonly Region[] | null {
  const file = fileOf(session, provider, signer);
  const text = file === null ? null : readShortText(file);
  if (text === null) return null;
  try {
    const content = JSON.parse(text) as { readonly at?: unknown; readonly regions?: unknown } | null;
    const age = session.context.now().getTime() - Date.parse(String(content?.at));
    if (!(age >= 0 && age < FRESH_MS) || !Array.isArray(content?.regions)) return null;
    const regions = (content.regions as readonly unknown[]).slice(0, MOST).flatMap((row): Region[] => {
      const [id, name] = Array.isArray(row) ? (row as readonly unknown[]) : [];
      if (typeof id !== 'string' || id.length > 60 || !isRegion(id)) return [];
      return [{ id, name: typeof name === 'string' ? printable(name, 100) : null }];
    });
    return regions.length === 0 ? null : regions;
  } catch {
    return null;
  }
}

/** Caches a list of regions. Never fails. */
async function cacheRegions(
  session: Session,
  provider: string,
  signer: string | null,
  regions: readonly Region[],
): Promise<void> {
  const file = fileOf(session, provider, signer);
  if (file === null) return;
  const content = {
    at: session.context.now().toISOString(),
    regions: regions.map(({ id, name }) => [id, name]),
  };
  try {
    await makePrivateDirectory(path.dirname(file));
    await replaceFile(file, JSON.stringify(content), session.context.platform);
  } catch {
    // Without the cache, the list is requested again.
  }
}

/**
 * The cache file, one for each account, which may see other regions: `tencent,cn,key-0123456789abcdef.json`.
 *
 * @param signer from `accountIdOf`.
 * @returns null if the account is unknown: then nothing is cached.
 */
function fileOf({ context, settings }: Session, provider: string, signer: string | null): string | null {
  const { sandbox, profile } = settings;
  if (signer === null && !sandbox) return null;
  const place = accountOf({ ...settings, profile: { ...profile, name: '' } }, provider).replace(/^,/, '');
  const words = [provider, place, ...(signer === null ? [] : [signer.replace(':', '-')])];
  return path.join(cacheDirectory(context), 'regions', `${words.join()}.json`);
}
