import { publicAddressOf, publicIpv6Of, type StoredInstance } from '../instances.ts';
import type { Login } from '../ssh.ts';
import type { Call } from './action.ts';

/** The public addresses of an instance. */
interface PublicAddresses {
  readonly v4: string | null;
  readonly v6: string | null;
  /** Null if the addresses lead nowhere. */
  readonly login: Login | null;
}

/**
 * Finds the public addresses of an instance: those of the documentation's ranges, or one that can be logged in to.
 *
 * @throws SshError
 */
export async function publicAddressesOf(instance: StoredInstance, call: Call): Promise<PublicAddresses> {
  const v4 = publicAddressOf(instance);
  if (v4 === null || call.login === null) return { v4, v6: publicIpv6Of(instance), login: null };
  const login = await call.login(instance.id);
  return { v4: login.address, v6: null, login };
}
