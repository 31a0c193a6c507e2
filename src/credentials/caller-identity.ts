import { t } from '../i18n/t.ts';
import { inVain } from './credential-error.ts';
import { loadSts, stsEndpoint, stsWay } from './sts-types.ts';
import type { CredentialSource, Vendor } from '../providers/credentials.ts';
import type { World } from './context.ts';
import type { CallerIdentity } from './sts/sts.ts';

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
