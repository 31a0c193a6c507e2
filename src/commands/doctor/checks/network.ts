import { readFile } from 'node:fs/promises';
import type { Session } from '../../../cli/session.ts';
import { KeypairError } from '../../../errors.ts';
import { parseProxy, proxyIn } from '../../../http/proxy.ts';
import { formatFacts, joinList, t } from '../../../i18n/t.ts';
import { vendorOf } from '../../../credentials/vendors.ts';
import { descriptors } from '../../../providers/registry.ts';
import { printable } from '../../../sanitize.ts';
import { readSmallFile } from '../../../storage/key-directory.ts';
import { type Check, type CheckInput, type Finding, finding, inService, problemFrom } from '../finding.ts';
import type { ServiceSurvey } from '../survey.ts';
import { brokenRegions } from './directories.ts';

/** The environment's settings for proxies and certificates. Calls nothing. */
export const network: Check = {
  id: 'network',
  title: t`network settings`,
  calls: false,
  run: async (input) => {
    const found = [...(await authorities(input)), ...verification(input), ...proxies(input)];
    return found.length > 0 ? found : [finding('ok', t`no proxy, and the usual certificate authorities`)];
  },
};

/** NODE_EXTRA_CA_CERTS, which Node reads at its start and ignores if it cannot. */
async function authorities({ session: { context } }: CheckInput): Promise<readonly Finding[]> {
  const file = context.env['NODE_EXTRA_CA_CERTS'] ?? '';
  if (file === '') return [];
  const shown = printable(file);
  const hints = [t`set it to a PEM file of certificates, or unset it`];
  const problem = (message: string): readonly Finding[] => [finding('problem', message, { file, hints })];
  const reading = await readSmallFile(file);
  if (reading === 'unreadable') return problem(t`NODE_EXTRA_CA_CERTS is ignored: cannot read ${shown}`);
  // A CA bundle may be larger than the limit for key files.
  const text = reading === null ? await readFile(file, 'utf8').catch(() => null) : reading.text.reveal();
  if (text === null) return problem(t`NODE_EXTRA_CA_CERTS is ignored: ${shown} does not exist`);
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    return problem(t`NODE_EXTRA_CA_CERTS is ignored: ${shown} holds no certificate`);
  return [finding('ok', t`certificate authorities of ${shown} are trusted too (NODE_EXTRA_CA_CERTS)`)];
}

function verification({ session: { context } }: CheckInput): readonly Finding[] {
  if (context.env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return [];
  const hints = [t`unset it: it makes other programs trust any server`];
  const message = t`NODE_TLS_REJECT_UNAUTHORIZED=0 is ignored: certificates are always verified`;
  return [finding('note', message, { hints })];
}

/** The proxy for each service, from the environment. */
function proxies({ session }: CheckInput): readonly Finding[] {
  const { context, settings } = session;
  if (settings.sandbox) return [];
  const { site } = settings;
  const ways = new Map<string, string[]>();
  const found: Finding[] = [];
  for (const descriptor of descriptors) {
    const { id, defaultRegion } = descriptor;
    const setting = proxyIn(context)(new URL(`https://${descriptor.host(defaultRegion, site)}`));
    if (setting === '') continue;
    try {
      const { origin } = parseProxy(setting).url;
      ways.set(origin, [...(ways.get(origin) ?? []), id]);
    } catch (error) {
      if (!(error instanceof KeypairError)) throw error;
      // All services share one variable.
      if (found.length === 0) found.push(problemFrom(error));
    }
  }
  const told = [...ways].map(([origin, ids]) =>
    finding('ok', t`through the proxy ${printable(origin)}: ${joinList(ids)}`),
  );
  return [...found, ...told];
}

/** Whether each service can be reached and answers. */
export const services: Check = {
  id: 'services',
  title: t`services`,
  calls: true,
  run: async (input) => {
    const { services: surveys, unsettled } = await input.cloud();
    // The config check reports errors of a vendor's file.
    const told = (await brokenRegions(input)).map(({ message }) => message);
    // A refusal is an answer; the credentials check reports it.
    const reached = surveys.filter(({ error }) => error === null || error.code === 'AUTH');
    const groups = [...new Set(reached.map(({ target }) => target.descriptor))].map((descriptor) =>
      reached.filter(({ target }) => target.descriptor === descriptor),
    );
    return [
      ...unsettled
        .filter(({ error }) => !told.includes(error.message))
        .map(({ descriptor: { id }, error }) => problemFrom(error, id, { provider: id })),
      ...groups.flatMap((group) =>
        group.length > MOST_LINES ? [allRegions(group)] : group.map((survey) => tell(input.session, survey)),
      ),
      ...surveys.flatMap(({ target, error }) =>
        error === null || error.code === 'AUTH'
          ? []
          : [problemFrom(error, formatFacts([target.descriptor.id, target.region]), inService(target))],
      ),
    ];
  },
};

/** Up to this many regions of a service get a line each; more are summarized if all work. */
const MOST_LINES = 3;

function tell({ settings }: Session, { target, pairs, firstMs }: ServiceSurvey): Finding {
  const { descriptor, region, endpoint } = target;
  // Name only an endpoint that the user has chosen.
  const usual = endpoint.host === descriptor.host(region, settings.site);
  const service = formatFacts([descriptor.id, region]);
  const where = usual ? service : t`${service} at ${printable(endpoint.host)}`;
  const message =
    firstMs === null
      ? t`${where} was not asked`
      : pairs === null
        ? t`${where} answers in ${firstMs} ms`
        : t`${where} answers in ${firstMs} ms: ${pairsOf(pairs.length)}`;
  return finding('ok', message, inService(target));
}

function allRegions(surveys: readonly ServiceSurvey[]): Finding {
  const id = surveys[0]?.target.descriptor.id ?? '';
  const slowest = Math.max(...surveys.map(({ firstMs }) => firstMs ?? 0));
  const message = t`${id}: ${surveys.length} regions answer, the slowest in ${slowest} ms: ${pairsOf(countOf(surveys))}`;
  return finding('ok', message, { provider: id });
}

/** The number of pairs, each once: a service may list a pair in every region of the account. */
function countOf(surveys: readonly ServiceSurvey[]): number {
  const all = surveys.flatMap(({ target, pairs }) =>
    (pairs ?? []).map(({ id: pairId, name }) => pairId ?? `${target.region} ${name}`),
  );
  return new Set(all).size;
}

/** The share of a quota from which it is mentioned. */
const NEARLY_FULL = 0.9;

/** The services whose quota of key pairs is nearly full. */
export const quotas: Check = {
  id: 'quotas',
  title: t`quotas`,
  calls: true,
  run: async (input) => {
    const { services: surveys } = await input.cloud();
    const counted = new Set<string>();
    return surveys.flatMap((survey) => {
      const { quota, target } = survey;
      const { id } = target.descriptor;
      if (quota === null) return [];
      const { keyPairs, per, told } = quota;
      // What the account has in regions that were not asked is unknown: then it has at least these.
      const account = per === 'account' ? surveys.filter((other) => other.target.descriptor.id === id) : [survey];
      const used = countOf(account);
      if (used < NEARLY_FULL * keyPairs || (per === 'account' && counted.has(id))) return [];
      counted.add(id);
      const where = per === 'account' ? id : formatFacts([id, target.region]);
      const hints = [t`delete unused key pairs, or ask the vendor for a higher quota`];
      const place = per === 'account' ? { provider: id } : inService(target);
      const message = told
        ? t`${where} has ${used} of at most ${keyPairs} key pairs`
        : t`${where} has ${used} key pairs, and the vendor documents at most ${keyPairs}`;
      return [finding('note', message, { ...place, hints })];
    });
  },
};

function pairsOf(count: number): string {
  if (count === 0) return t`no key pairs`;
  return count === 1 ? t`1 key pair` : t`${count} key pairs`;
}

/** The difference between this machine's clock and those of the services. */
export const clock: Check = {
  id: 'clock',
  title: t`clock`,
  calls: true,
  run: async (input) => {
    const { services } = await input.cloud();
    const told = services.flatMap(({ target, aheadMs }) =>
      aheadMs === null ? [] : [{ descriptor: target.descriptor, aheadMs }],
    );
    if (told.length === 0) return [];
    const hint = HINTS[input.session.context.platform];
    const found = new Map<string, Finding>();
    for (const { descriptor, aheadMs } of told) {
      const off = Math.abs(aheadMs);
      // One line for each service, not for each region.
      if (off <= NOTABLE_MS || found.has(descriptor.id)) continue;
      const service = descriptor.title;
      const message =
        aheadMs > 0
          ? t`this machine's clock is ${duration(off)} behind that of ${service}`
          : t`this machine's clock is ${duration(off)} ahead of that of ${service}`;
      const refused = off > vendorOf(descriptor.vendor).clockToleranceMs;
      const hints = [
        ...(refused ? [t`requests are refused when the clock is off`] : []),
        ...(hint === undefined ? [] : [hint]),
      ];
      found.set(descriptor.id, finding(refused ? 'problem' : 'note', message, { hints, provider: descriptor.id }));
    }
    if (found.size > 0) return [...found.values()];
    const most = Math.max(...told.map(({ aheadMs }) => Math.abs(aheadMs)));
    return [finding('ok', t`within ${duration(Math.max(most, 1000))} of the services' clocks`)];
  },
};

/** A larger difference is reported, in milliseconds. */
const NOTABLE_MS = 60_000;

/** How to synchronize the clock, by platform. */
const HINTS: Readonly<Record<string, string>> = {
  linux: t`set it right: sudo timedatectl set-ntp true`,
  darwin: t`set it right: sudo sntp -sS time.apple.com`,
  win32: t`set it right, as an administrator: w32tm /resync`,
};

/** `3 min 20 s`, `2 s`. */
function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return t`${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 120) return t`${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return t`${minutes} min ${seconds % 60} s`;
}
