import type { Session } from '../../cli/session.ts';
import { settleEverywhere, warnOfAbsent } from '../../connection/all-regions.ts';
import type { Observer, Connections } from '../../connection/connect.ts';
import type { Target } from '../../connection/target.ts';
import { KeypairError } from '../../errors.ts';
import { t } from '../../i18n/t.ts';
import type { Descriptor, KeyPair, Provider } from '../../providers/types.ts';

/** The answers of the services. */
export interface CloudSurvey {
  readonly services: readonly ServiceSurvey[];
  /** Providers that the settings do not allow to call: a wrong region, site or endpoint. */
  readonly unsettled: readonly { readonly descriptor: Descriptor; readonly error: KeypairError }[];
}

/** The key pairs of one service. */
export interface ServiceSurvey extends ResponseTime {
  readonly target: Target;
  /** All of its pairs; null if listing failed. */
  readonly pairs: readonly KeyPair[] | null;
  readonly error: KeypairError | null;
  /** The maximum number of key pairs, as the service tells it, or else documents it; null if neither. */
  readonly quota: Quota | null;
}

type Quota = NonNullable<Descriptor['quota']> & { readonly told: boolean };

interface ResponseTime {
  /** The duration of its first answer, in milliseconds; null if none arrived. */
  readonly firstMs: number | null;
  /** How far its clock is ahead of this machine's, in milliseconds; null if unknown. */
  readonly aheadMs: number | null;
}

/** The survey without a call. */
export const EMPTY_SURVEY: CloudSurvey = { services: [], unsettled: [] };

/**
 * Asks the services for their key pairs. Skips providers without credentials.
 *
 * @param providers those to ask.
 * @param times the response times of `services` ({@link measureResponses}).
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
  // Requested regions are matched against all providers; without them each provider has its own.
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
  const documented = target.descriptor.quota;
  let quota: Quota | null = documented === undefined ? null : { ...documented, told: false };
  let error: KeypairError | null = null;
  try {
    const { provider } = await services.connect(target);
    for await (const pair of provider.listKeyPairs({}, context.interrupts.signal)) listed.push(pair);
    if (listed.length > 0) quota = (await toldQuota(provider, context.interrupts.signal)) ?? quota;
  } catch (thrown) {
    if (!(thrown instanceof KeypairError) || thrown.code === 'CANCELLED') throw thrown;
    error = thrown;
  }
  const time = times.first.get(target) ?? { firstMs: null, aheadMs: null };
  return { target, pairs: error === null ? listed : null, error, quota, ...time };
}

/** The quota that the service tells; null if it does not, or refuses: the documented one will do. */
async function toldQuota(provider: Provider, signal: AbortSignal): Promise<Quota | null> {
  try {
    const keyPairs = await provider.keyPairQuota?.(signal);
    return keyPairs === undefined ? null : { keyPairs, per: 'region', told: true };
  } catch (error) {
    if (error instanceof KeypairError && error.code !== 'CANCELLED') return null;
    throw error;
  }
}

/** Whether the user named the providers: then missing credentials are a problem. */
export function isAsked(asked: string | null): boolean {
  return asked !== null && asked !== 'all';
}

/** The response time of the first answer of each service. */
interface ResponseTimes {
  readonly first: ReadonlyMap<Target, ResponseTime>;
  readonly observe: Observer;
}

/** Records the time and the `Date` header of each service's first answer (RFC 9110, 6.6.1: in seconds). */
export function measureResponses(): ResponseTimes {
  const first = new Map<Target, ResponseTime>();
  const observe: Observer = (target, { headers }, sentAt, at) => {
    if (first.has(target)) return;
    const told = Date.parse(headers['date'] ?? '');
    // The header drops half a second on average; the answer was created about halfway between request and response.
    const here = (sentAt.getTime() + at.getTime()) / 2 - 500;
    const aheadMs = Number.isNaN(told) ? null : told - here;
    first.set(target, { firstMs: at.getTime() - sentAt.getTime(), aheadMs });
  };
  return { first, observe };
}
