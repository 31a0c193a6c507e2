import type { CredentialContext } from '../context.ts';
import { credentialError } from '../credential-error.ts';
import { readVariable } from '../variables.ts';
import type { StsData } from '../vendor.ts';
import { vendorOf } from '../vendors.ts';
import type { CallerIdentity, Sts, StsWay } from './sts.ts';
import { KeypairError } from '../../errors.ts';
import { t } from '../../i18n/t.ts';
import type { CredentialSource, Vendor } from '../../providers/credentials.ts';
import { printable } from '../../sanitize.ts';

/**
 * Loads what speaks to a vendor's Security Token Service, and with it the SDK's signer.
 *
 * @throws KeypairError `USAGE` for a vendor that has none.
 */
export function loadSts(vendor: Vendor): Promise<Sts> {
  return stsOf(vendor).load();
}

function stsOf(vendor: Vendor): StsData {
  const { sts, title } = vendorOf(vendor);
  if (sts === null) throw new KeypairError('USAGE', t`${title} has no temporary credentials`);
  return sts;
}

/**
 * Where a vendor's STS is: what was given, else what the vendor's variable says, else the host of the identity's
 * region where it has one, else that of the finance region in force, else the site's host for all. The last two are found
 * when they are asked for.
 *
 * @param given a host, with or without `https://`, or a region; null for none.
 * @throws KeypairError `USAGE` for what is neither, and for a vendor that has no STS.
 */
export function stsEndpoint(
  vendor: Vendor,
  given: string | null,
  region: string | null,
  { env, site, region: inForce }: CredentialContext,
): () => Promise<URL> {
  const sts = stsOf(vendor);
  const known = (url: URL) => () => Promise.resolve(url);
  if (given !== null) return known(parse(sts, given, t`the STS endpoint`));
  const { endpointVariable } = sts;
  const variable = endpointVariable === null ? null : readVariable(env, endpointVariable);
  if (endpointVariable !== null && variable !== null) return known(parse(sts, variable, endpointVariable));
  if (sts.hostByRegion && region !== null) return known(parse(sts, region, t`the region of STS`));
  return async () => {
    const own = region ?? (await inForce());
    if (own !== null && sts.financeRegions.includes(own)) return new URL(`https://sts.${own}.${sts.domain}`);
    return new URL(`https://sts.${site === 'intl' ? sts.international : ''}${sts.domain}`);
  };
}

/** The way to the service, as its adapter takes it. */
export function stsWay(
  endpoint: URL,
  { send, now, nonce, sender }: CredentialContext,
  signal: AbortSignal,
): StsWay {
  return { endpoint, send, now, nonce, sender, signal };
}

function parse({ domain }: StsData, text: string, what: string): URL {
  if (/^[a-z]{2}(?:-[a-z0-9]+)+$/.test(text)) return new URL(`https://sts.${text}.${domain}`);
  const host = /^(?:https:\/\/)?([a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d{1,5})?)\/?$/i.exec(text)?.[1];
  const url = host === undefined ? null : URL.parse(`https://${host}`);
  if (url !== null) return url;
  // What holds a password is not repeated.
  const message = text.includes('@')
    ? t`${what} is not the name of an https host`
    : t`${what} '${printable(text, 100)}' is not the name of an https host`;
  throw new KeypairError('USAGE', message, {
    hints: [t`write it as sts.${domain}, without a path`],
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
  context: CredentialContext,
  signal: AbortSignal,
): Promise<CallerIdentity> {
  const endpoint = stsEndpoint(vendor, null, null, context);
  const credentials = await source.current(signal);
  try {
    const sts = await loadSts(vendor);
    return await sts.callerIdentity(credentials, stsWay(await endpoint(), context, signal));
  } catch (error) {
    throw credentialError(t`cannot find out whose credentials these are (${source.source})`, error);
  }
}
