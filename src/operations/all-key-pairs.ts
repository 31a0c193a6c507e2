import { KeypairError } from '../errors.ts';
import type { LocalKeys } from '../storage/key-index.ts';
import type { Descriptor, ListFilter } from '../providers/types.ts';
import type { Session } from '../cli/session.ts';
import type { Services } from '../connection/connect.ts';
import { warnOfAbsent, withRegion } from '../connection/all-regions.ts';
import { distinct } from '../connection/find-key-pair.ts';
import { noteAll } from './completion-cache.ts';
import { type KnownPair, knownFromCloud } from './key-pair-record.ts';
import type { Target } from '../connection/target.ts';
import { newestFirst } from './newest-first.ts';

/** What several services have answered. */
export interface Found {
  /** In the order of the targets, and of each the newest first; each once, also where every region lists it. */
  readonly pairs: readonly KnownPair[];
  /** What kept a service from being listed; each has been told. */
  readonly failures: readonly KeypairError[];
}

/**
 * The key pairs of all these services, which are asked at once, joined with the files of this machine. One that fails is
 * told and does not hide the others. What is listed without a filter is noted for completions.
 *
 * @param filterFor what each service is asked for.
 */
export async function allPairs(
  session: Session,
  services: Services,
  targets: readonly Target[],
  filterFor: (descriptor: Descriptor) => ListFilter,
  local: LocalKeys,
): Promise<Found> {
  const { context, settings } = session;
  const failures: KeypairError[] = [];
  const lists = await Promise.all(
    targets.map(async (target) => {
      const pairs: KnownPair[] = [];
      const filter = filterFor(target.descriptor);
      try {
        const connection = await services.connect(target);
        for await (const pair of connection.provider.listKeyPairs(filter, context.interrupts.signal)) {
          pairs.push(knownFromCloud(connection, pair, local, settings.sandbox));
        }
        if (Object.keys(filter).length === 0) await noteAll(session, target, pairs);
      } catch (error) {
        if (!(error instanceof KeypairError)) throw error;
        if (warnOfAbsent(session, target, error)) return pairs;
        const told = targets.length > 1 && error.code !== 'CANCELLED' ? withRegion(target, error) : error;
        session.reportError(told);
        failures.push(told);
      }
      return pairs.sort((a, b) => newestFirst(a.pair, b.pair));
    }),
  );
  return { pairs: distinct(lists.flat()), failures };
}
