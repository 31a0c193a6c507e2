import type { Session } from '../../cli/session.ts';
import { settleEverywhere, warnOfAbsent } from '../../connection/all-regions.ts';
import type { Connection, Observer, Services } from '../../connection/connect.ts';
import type { Target } from '../../connection/target.ts';
import { KeypairError } from '../../errors.ts';
import { t } from '../../i18n/t.ts';
import type { Descriptor, KeyPair } from '../../providers/types.ts';

/** What the services say. */
export interface CloudSurvey {
  readonly services: readonly ServiceSurvey[];
  /** Providers that have no credentials here, with why. */
  readonly without: readonly { readonly descriptor: Descriptor; readonly error: KeypairError }[];
  /** What cannot be called as the settings are: a region, a site, an endpoint. */
  readonly unsettled: readonly { readonly descriptor: Descriptor; readonly error: KeypairError }[];
}

/** One service that was asked for its key pairs. */
export interface ServiceSurvey {
  readonly target: Target;
  /** Null where it could not be asked. */
  readonly connection: Connection | null;
  /** All of its pairs; null where they could not be listed. */
  readonly pairs: readonly KeyPair[] | null;
  readonly error: KeypairError | null;
  /** How long its first answer took, in milliseconds; null where none came. */
  readonly firstMs: number | null;
  /** How much its clock is ahead of this machine's, in milliseconds; null where it does not say. */
  readonly aheadMs: number | null;
}

/** Nobody was asked. */
export const EMPTY_SURVEY: CloudSurvey = { services: [], without: [], unsettled: [] };

/**
 * Asks all services that are meant for their key pairs.
 *
 * @param providers those that are meant.
 * @throws KeypairError `USAGE` for a `--region` that none of them has; `CANCELLED` on Ctrl-C.
 */
export async function surveyClouds(
  session: Session,
  services: Services,
  providers: readonly Descriptor[],
  times: ResponseTimes,
): Promise<CloudSurvey> {
  const targets: Target[] = [];
  const without: CloudSurvey['without'][number][] = [];
  const unsettled: CloudSurvey['unsettled'][number][] = [];
  // The regions that were asked for are divided among the providers; else each is settled by itself.
  const groups = session.settings.region === null ? providers.map((one) => [one]) : [providers];
  for (const group of groups) {
    try {
      const settled = await settleEverywhere(session, group, null);
      targets.push(...settled.targets);
      for (const error of settled.failures) {
        const descriptor = group.find(({ id }) => id === error.provider) ?? group[0];
        if (descriptor !== undefined) without.push({ descriptor, error });
      }
    } catch (error) {
      if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
      if (error.code === 'USAGE' && session.settings.region !== null) throw error;
      for (const descriptor of group) unsettled.push({ descriptor, error });
    }
  }
  // No sign of life before this: finding the credentials may ask for a passphrase.
  const surveys = await session.withSpinner(t`asking the services`, () =>
    Promise.all(targets.map((target) => askService(session, services, target, times))),
  );
  const there = surveys.filter(
    ({ target, error }) => error === null || !warnOfAbsent(session, target, error),
  );
  return { services: there, without, unsettled };
}

async function askService(
  { context }: Session,
  services: Services,
  target: Target,
  times: ResponseTimes,
): Promise<ServiceSurvey> {
  const pairs: KeyPair[] = [];
  let connection: Connection | null = null;
  let error: KeypairError | null = null;
  try {
    connection = await services.connect(target);
    for await (const pair of connection.provider.listKeyPairs({}, context.interrupts.signal))
      pairs.push(pair);
  } catch (thrown) {
    if (!(thrown instanceof KeypairError) || thrown.code === 'CANCELLED') throw thrown;
    error = thrown;
  }
  const { firstMs, aheadMs } = times.of(target) ?? { firstMs: null, aheadMs: null };
  return { target, connection, pairs: error === null ? pairs : null, error, firstMs, aheadMs };
}

/** Whether somebody named the providers: then one without credentials is a problem. */
export function isAsked(asked: string | null): boolean {
  return asked !== null && asked !== 'all';
}

/** What was seen of the answers of each service: of the first one. */
export interface ResponseTimes {
  readonly observe: Observer;
  of(target: Target): { readonly firstMs: number; readonly aheadMs: number | null } | null;
}

/** Notes the time that each service tells with its first answer (RFC 9110, 6.6.1: to the second). */
export function measureResponses(): ResponseTimes {
  const first = new Map<Target, { readonly firstMs: number; readonly aheadMs: number | null }>();
  return {
    of: (target) => first.get(target) ?? null,
    observe: (target, { headers }, sentAt, at) => {
      if (first.has(target)) return;
      const told = Date.parse(headers['date'] ?? '');
      // Half a second is what the header cuts off on average; the answer was made about half way.
      const here = (sentAt.getTime() + at.getTime()) / 2 - 500;
      first.set(target, {
        firstMs: at.getTime() - sentAt.getTime(),
        aheadMs: Number.isNaN(told) ? null : told - here,
      });
    },
  };
}
