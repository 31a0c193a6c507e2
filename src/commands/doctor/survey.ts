import type { Session } from '../../cli/session.ts';
import { settleEverywhere, warnOfAbsent } from '../../connection/all-regions.ts';
import type { Observer, Connections } from '../../connection/connect.ts';
import type { Target } from '../../connection/target.ts';
import { KeypairError } from '../../errors.ts';
import { t } from '../../i18n/t.ts';
import type { Descriptor, KeyPair } from '../../providers/types.ts';

/** What the services say. */
export interface CloudSurvey {
  readonly services: readonly ServiceSurvey[];
  /** What cannot be called as the settings are: a region, a site, an endpoint. */
  readonly unsettled: readonly { readonly descriptor: Descriptor; readonly error: KeypairError }[];
}

/** One service that was asked for its key pairs. */
export interface ServiceSurvey extends ResponseTime {
  readonly target: Target;
  /** All of its pairs; null where they could not be listed. */
  readonly pairs: readonly KeyPair[] | null;
  readonly error: KeypairError | null;
}

interface ResponseTime {
  /** How long its first answer took, in milliseconds; null where none came. */
  readonly firstMs: number | null;
  /** How much its clock is ahead of this machine's, in milliseconds; null where it does not say. */
  readonly aheadMs: number | null;
}

/** Nobody was asked. */
export const EMPTY_SURVEY: CloudSurvey = { services: [], unsettled: [] };

/**
 * Asks all services that are meant for their key pairs. Providers without credentials are left out.
 *
 * @param providers those that are meant.
 * @param times of the answers that `services` get ({@link measureResponses}).
 * @throws KeypairError `USAGE` for a `--region` that none of them has; `CANCELLED` on Ctrl-C.
 */
export async function surveyClouds(
  session: Session,
  services: Connections,
  providers: readonly Descriptor[],
  times: ResponseTimes,
): Promise<CloudSurvey> {
  const { region } = session.settings;
  const targets: Target[] = [];
  const unsettled: CloudSurvey['unsettled'][number][] = [];
  // The regions that were asked for are divided among the providers; else each is settled by itself.
  for (const group of region === null ? providers.map((one) => [one]) : [providers]) {
    try {
      targets.push(...(await settleEverywhere(session, group, null)).targets);
    } catch (error) {
      if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
      if (error.code === 'USAGE' && region !== null) throw error;
      for (const descriptor of group) unsettled.push({ descriptor, error });
    }
  }
  // No spinner before this: finding the credentials may ask for a passphrase.
  const surveys = await session.withSpinner(t`asking the services`, () =>
    Promise.all(targets.map((target) => askService(session, services, target, times))),
  );
  const there = surveys.filter(({ target, error }) => error === null || !warnOfAbsent(session, target, error));
  return { services: there, unsettled };
}

async function askService(
  { context }: Session,
  services: Connections,
  target: Target,
  times: ResponseTimes,
): Promise<ServiceSurvey> {
  const listed: KeyPair[] = [];
  let error: KeypairError | null = null;
  try {
    const { provider } = await services.connect(target);
    for await (const pair of provider.listKeyPairs({}, context.interrupts.signal)) listed.push(pair);
  } catch (thrown) {
    if (!(thrown instanceof KeypairError) || thrown.code === 'CANCELLED') throw thrown;
    error = thrown;
  }
  const time = times.first.get(target) ?? { firstMs: null, aheadMs: null };
  return { target, pairs: error === null ? listed : null, error, ...time };
}

/** Whether somebody named the providers: then one without credentials is a problem. */
export function isAsked(asked: string | null): boolean {
  return asked !== null && asked !== 'all';
}

/** When the first answer of each service came. */
interface ResponseTimes {
  readonly first: ReadonlyMap<Target, ResponseTime>;
  readonly observe: Observer;
}

/** Notes the time that each service tells with its first answer (RFC 9110, 6.6.1: to the second). */
export function measureResponses(): ResponseTimes {
  const first = new Map<Target, ResponseTime>();
  const observe: Observer = (target, { headers }, sentAt, at) => {
    if (first.has(target)) return;
    const told = Date.parse(headers['date'] ?? '');
    // Half a second is what the header cuts off on average; the answer was made about half way.
    const here = (sentAt.getTime() + at.getTime()) / 2 - 500;
    const aheadMs = Number.isNaN(told) ? null : told - here;
    first.set(target, { firstMs: at.getTime() - sentAt.getTime(), aheadMs });
  };
  return { first, observe };
}
