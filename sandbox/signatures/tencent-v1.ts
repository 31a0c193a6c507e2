import { header, withoutPort, type Form, type RawRequest } from '../wire.ts';
import {
  checkClock,
  checkToken,
  findAccount,
  hmac,
  constantTimeEqual,
  SignatureError,
  type VerificationRules,
  type VerifiedSignature,
} from './verification.ts';

/**
 * Checks HmacSHA1 or HmacSHA256 over the parameters (Tencent Cloud, "Signature v1"): of API 3.0 at `/` and of the
 * v2 gateway at `/v2/index.php`.
 *
 * All parameters but Signature are covered, and method, host and path; no header is, and not the body of a GET.
 * On the v2 path a `_` in a name (not a leading one) is signed as `.`. The host counts with and without its port.
 *
 * @param form the parameters of the query (GET) or of the body (POST)
 * @throws SignatureFault
 */
export function verifyTencentV1(
  request: RawRequest,
  form: Form,
  rules: VerificationRules,
): VerifiedSignature {
  const required = (name: string): string => {
    const value = form.get(name) ?? '';
    if (value === '') throw new SignatureError('missing', name);
    return value;
  };
  const id = required('SecretId');
  const timestamp = required('Timestamp');
  const nonce = required('Nonce');
  const signature = required('Signature');
  if (!/^\d{1,12}$/.test(timestamp)) throw new SignatureError('time-format');
  if (!/^\d{1,20}$/.test(nonce)) throw new SignatureError('malformed');
  checkClock(rules, Number(timestamp) * 1000);
  const account = findAccount(rules, id);
  checkToken(rules, account, form.get('Token'));

  const legacy = request.path !== '/';
  const query = [...form]
    .filter(([name]) => name !== 'Signature')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${legacy && name.indexOf('_') > 0 ? name.replaceAll('_', '.') : name}=${value}`)
    .join('&');
  const algorithm = form.get('SignatureMethod') === 'HmacSHA256' ? 'sha256' : 'sha1';
  const accepted = [header(request, 'host'), withoutPort(header(request, 'host'))].some((host) => {
    const toSign = `${request.method}${host}${request.path}?${query}`;
    return constantTimeEqual(hmac(algorithm, account.secretKey, toSign).toString('base64'), signature);
  });
  if (!accepted) throw new SignatureError('mismatch');
  // The nonce protects "together with Timestamp" (vendor's page on common parameters).
  return { id, nonce: `${timestamp}/${nonce}` };
}
