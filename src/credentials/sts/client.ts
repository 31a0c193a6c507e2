import type { World } from '../context.ts';
import { inVain } from '../credential-error.ts';
import type { CallerIdentity, Sts, StsWay } from './sts.ts';
import { KeypairError } from '../../errors.ts';
import { t } from '../../i18n/t.ts';
import type { CredentialSource, Vendor } from '../../providers/credentials.ts';
import { printable } from '../../sanitize.ts';

const DOMAINS: Readonly<Record<Vendor, string>> = {
  tencent: 'tencentcloudapi.com',
  aliyun: 'aliyuncs.com',
};

/** Loads what speaks to a vendor's Security Token Service, and with it the SDK's signer. */
export async function loadSts(vendor: Vendor): Promise<Sts> {
  return vendor === 'tencent' ? (await import('./tencent.ts')).sts : (await import('./aliyun.ts')).sts;
}

/**
 * Finance regions are apart from all others: those that have an STS of their own. By the endpoints in the vendor's SDK for
 * PHP (Alibaba: the other finance regions use the host for all), by its page on STS, whose host for all is `only for
 * non-financial availability zones` (Tencent: of ap-beijing-fsi nothing is documented).
 */
const FINANCE: Readonly<Record<Vendor, readonly string[]>> = {
  tencent: ['ap-shanghai-fsi', 'ap-shenzhen-fsi'],
  aliyun: ['cn-beijing-finance-1', 'cn-shanghai-finance-1'],
};

/**
 * Where a vendor's STS is: what was given, else what `ALIBABA_CLOUD_STS_ENDPOINT` says, else the host of the identity's
 * region (Alibaba only), else that of the finance region in force, else the site's host for all. The last two are found
 * when they are asked for.
 *
 * @param given a host, with or without `https://`, or a region; null for none.
 * @throws KeypairError `USAGE` for what is neither.
 */
export function stsEndpoint(
  vendor: Vendor,
  given: string | null,
  region: string | null,
  { env, site, region: inForce }: World,
): () => Promise<URL> {
  const known = (url: URL) => () => Promise.resolve(url);
  if (given !== null) return known(parse(vendor, given, t`the STS endpoint`));
  const variable = vendor === 'aliyun' ? (env['ALIBABA_CLOUD_STS_ENDPOINT']?.trim() ?? '') : '';
  if (variable !== '') return known(parse(vendor, variable, 'ALIBABA_CLOUD_STS_ENDPOINT'));
  if (vendor === 'aliyun' && region !== null) return known(parse(vendor, region, t`the region of STS`));
  return async () => {
    const own = region ?? (await inForce());
    const place = own !== null && FINANCE[vendor].includes(own) ? `${own}.` : '';
    // The accounts of both of Alibaba's sites use the same host.
    const international = vendor === 'tencent' && site === 'intl' ? 'intl.' : '';
    return new URL(`https://sts.${place === '' ? international : place}${DOMAINS[vendor]}`);
  };
}

/** The way to the service, as its adapter takes it. */
export function stsWay(endpoint: URL, { send, now, nonce, sender }: World, signal: AbortSignal): StsWay {
  return { endpoint, send, now, nonce, sender, signal };
}

function parse(vendor: Vendor, text: string, what: string): URL {
  if (/^[a-z]{2}(?:-[a-z0-9]+)+$/.test(text)) return new URL(`https://sts.${text}.${DOMAINS[vendor]}`);
  const host = /^(?:https:\/\/)?([a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d{1,5})?)\/?$/i.exec(text)?.[1];
  const url = host === undefined ? null : URL.parse(`https://${host}`);
  if (url !== null) return url;
  // What holds a password is not repeated.
  const message = text.includes('@')
    ? t`${what} is not the name of an https host`
    : t`${what} '${printable(text, 100)}' is not the name of an https host`;
  throw new KeypairError('USAGE', message, {
    hints: [t`write it as sts.${DOMAINS[vendor]}, without a path`],
  });
}

/**
 * One cheap read call (GetCallerIdentity) that needs no permission: whose credentials these are.
 *
 * @throws KeypairError `AUTH` when they are wrong or have expired, `UNAVAILABLE` when the vendor cannot be asked.
 */
export async function callerIdentity(
  vendor: Vendor,
  source: CredentialSource,
  world: World,
  signal: AbortSignal,
): Promise<CallerIdentity> {
  const endpoint = stsEndpoint(vendor, null, null, world);
  const credentials = await source.current(signal);
  try {
    const sts = await loadSts(vendor);
    return await sts.callerIdentity(credentials, stsWay(await endpoint(), world, signal));
  } catch (error) {
    throw inVain(t`cannot find out whose credentials these are (${source.source})`, error);
  }
}
