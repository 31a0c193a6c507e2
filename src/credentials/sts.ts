import { KeypairError } from '../errors.ts';
import { t } from '../language/t.ts';
import type { Sts, StsWay } from '../providers/sts.ts';
import { printable } from '../sanitize.ts';
import type { Vendor } from './types.ts';
import type { World } from './world.ts';

const DOMAINS: Readonly<Record<Vendor, string>> = {
  tencent: 'tencentcloudapi.com',
  aliyun: 'aliyuncs.com',
};

/** Loads what speaks to a vendor's Security Token Service, and with it the SDK's signer. */
export async function loadSts(vendor: Vendor): Promise<Sts> {
  return vendor === 'tencent'
    ? (await import('../providers/tencent-cloud/sts.ts')).sts
    : (await import('../providers/aliyun/sts.ts')).sts;
}

/**
 * Where a vendor's STS is: what was given, else what `ALIBABA_CLOUD_STS_ENDPOINT` says, else the region's own host
 * (Alibaba only), else the vendor's one host for all.
 *
 * @param given a host, with or without `https://`, or a region; null for none.
 * @throws KeypairError `USAGE` for what is neither.
 */
export function stsEndpoint(
  vendor: Vendor,
  given: string | null,
  region: string | null,
  env: World['env'],
): URL {
  if (given !== null) return parse(vendor, given, t`the STS endpoint`);
  const variable = vendor === 'aliyun' ? (env['ALIBABA_CLOUD_STS_ENDPOINT']?.trim() ?? '') : '';
  if (variable !== '') return parse(vendor, variable, 'ALIBABA_CLOUD_STS_ENDPOINT');
  if (vendor === 'aliyun' && region !== null) return parse(vendor, region, t`the region of STS`);
  return new URL(`https://sts.${DOMAINS[vendor]}`);
}

/** The way to the service, as its adapter takes it. */
export function stsWay(endpoint: URL, { send, now, nonce }: World, signal: AbortSignal): StsWay {
  return { endpoint, send, now, nonce, signal };
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
