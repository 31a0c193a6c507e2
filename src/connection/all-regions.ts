import { causedBy, KeypairError } from '../errors.ts';
import { labelled, together } from '../i18n/phrases.ts';
import { t, translated } from '../i18n/t.ts';
import { refusesRegion } from '../providers/error-table.ts';
import type { Descriptor, Region } from '../providers/types.ts';
import type { Session } from '../cli/session.ts';
import { type Services, withServices } from './connect.ts';
import { cachedRegions, cacheRegions } from './region-cache.ts';
import { signerOf } from './account.ts';
import { inRegion, settleTargets, type Target } from './target.ts';

/**
 * Settles all services that are meant, as {@link settleTargets}; `--region all` is every region that the service lists,
 * and every one that is built in.
 *
 * @throws KeypairError as {@link settleTargets}.
 */
export async function settleEverywhere(
  session: Session,
  providers: readonly Descriptor[],
  version: string | null,
): Promise<{ readonly targets: readonly Target[]; readonly failures: readonly KeypairError[] }> {
  const { targets, failures } = await settleTargets(session, providers, version);
  if (session.settings.region !== 'all') return { targets, failures };
  const lists = await session.withSpinner('asking for the regions', () =>
    withServices(session, (services) =>
      Promise.all(
        providers.map(async (descriptor) => {
          const first = targets.find((target) => target.descriptor === descriptor);
          return first === undefined ? [] : allOf(session, services, targets, first);
        }),
      ),
    ),
  );
  return { targets: lists.flat(), failures };
}

async function allOf(
  session: Session,
  services: Services,
  targets: readonly Target[],
  first: Target,
): Promise<readonly Target[]> {
  const { descriptor } = first;
  const builtIn = targets.filter((target) => target.descriptor === descriptor);
  const listed = await serviceRegions(session, services, first);
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
 * The regions that a service lists, from the cache of a day or by asking it; null where it does not tell, which is said.
 *
 * @throws KeypairError `CANCELLED`.
 */
export async function serviceRegions(
  session: Session,
  services: Services,
  target: Target,
): Promise<readonly Region[] | null> {
  const { id } = target.descriptor;
  const { signal } = session.context.interrupts;
  try {
    const signer = await signerOf(target.credentials, signal);
    const cached = cachedRegions(session, id, signer);
    if (cached !== null) return cached;
    const { provider } = await services.connect(target);
    if (provider.listRegions === undefined) return null;
    const regions = await provider.listRegions(signal);
    await cacheRegions(session, id, signer, regions);
    return regions;
  } catch (error) {
    if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
    session.info(
      t`${id} does not tell its regions, those that are built in are taken: ${translated(error.message)}`,
    );
    return null;
  }
}

/**
 * What became of asking one of all regions: a region that this account does not have is worth a warning. With `all`, so
 * is anything that goes wrong in a region which the service does not list.
 *
 * @returns whether that is so, and was said.
 */
export function warnOfAbsent(session: Session, target: Target, error: KeypairError): boolean {
  const { everywhere } = target;
  if (everywhere === undefined || error.code === 'CANCELLED') return false;
  if (everywhere !== 'unlisted' && !refusesRegion(error.providerCode ?? '')) return false;
  session.warn(t`${where(target)} was passed over: ${translated(error.message)}`);
  return true;
}

/** An error of one of several regions: with its region, in words and for scripts. */
export function withRegion(target: Target, error: KeypairError): KeypairError {
  return new KeypairError(error.code, labelled(where(target), translated(error.message)), {
    ...causedBy(error),
    hints: error.hints,
    provider: target.descriptor.id,
    region: target.region,
  });
}

function where({ descriptor, region }: Target): string {
  return together([descriptor.id, region]);
}
