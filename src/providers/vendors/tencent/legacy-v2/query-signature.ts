import signModule from 'tencentcloud-sdk-nodejs/tencentcloud/common/sign.js';
import type { Secret } from '../../../../secret.ts';
import { defaultOf } from '../../../commonjs.ts';

const sign = defaultOf(signModule);

/** A request's parameters, in the order in which they are sent. */
export type Parameters = readonly (readonly [name: string, value: string])[];

/**
 * The signature of the v2 gateway: base64 of an HMAC over method, host, path and the parameters sorted by name, not
 * encoded. It is HMAC-SHA256 where the parameter `SignatureMethod` says `HmacSHA256`, else HMAC-SHA1.
 */
export function querySignature(
  method: 'GET' | 'POST',
  host: string,
  path: string,
  parameters: Parameters,
  secretKey: Secret,
): string {
  const sorted = [...parameters].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  // This gateway signs a_b as a.b, although the name is sent as it is; an underscore in front stays.
  const query = sorted.map(([name, value]) => `${name.replaceAll(/(?!^)_/g, '.')}=${value}`).join('&');
  const sha256 = parameters.some(([name, value]) => name === 'SignatureMethod' && value === 'HmacSHA256');
  return sign.sign(
    secretKey.reveal(),
    `${method}${host}${path}?${query}`,
    sha256 ? 'HmacSHA256' : 'HmacSHA1',
  );
}
