import { type Form, header, type RawRequest, withoutPort } from '../wire.ts';
import {
  checkClock,
  checkToken,
  constantTimeEqual,
  findAccount,
  hash,
  hmac,
  SignatureError,
  type VerificationRules,
  type VerifiedSignature,
} from './verification.ts';

const AUTHORIZATION =
  /^TC3-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{4}-\d{2}-\d{2})\/([^/,\s]+)\/tc3_request, ?SignedHeaders=([a-z0-9-]+(?:;[a-z0-9-]+)*), ?Signature=([0-9a-f]{64})$/;

const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

/** A verified TC3 signature. */
interface Tc3Signed extends VerifiedSignature {
  /** The service in the credential scope. */
  readonly service: string;
}

/**
 * Verifies TC3-HMAC-SHA256 (Tencent Cloud, "Signature v3").
 *
 * `content-type` and `host` must be signed; other headers may be. The host is accepted with and without its port, since
 * the vendor's SDK signs it without. With `X-TC-Content-SHA256: UNSIGNED-PAYLOAD` the signature does not cover the body:
 * that text takes its place. Headers outside SignedHeaders are not covered: with `content-type;host` these are
 * X-TC-Action, -Version, -Region and -Token. The token is checked anyway.
 *
 * @throws SignatureError
 */
export function verifyTc3(request: RawRequest, rules: VerificationRules): Tc3Signed {
  const [, id = '', date = '', service = '', names = '', signature = ''] =
    AUTHORIZATION.exec(header(request, 'authorization')) ?? [];
  if (id === '') throw new SignatureError('malformed');
  const timestamp = header(request, 'x-tc-timestamp');
  if (timestamp === '') throw new SignatureError('missing', 'X-TC-Timestamp');
  if (!/^\d{1,12}$/.test(timestamp)) throw new SignatureError('time-format');
  checkClock(rules, Number(timestamp) * 1000);
  const account = findAccount(rules, id);
  checkToken(rules, account, request.headers['x-tc-token']);

  const signed = names.split(';');
  const ordered = signed.every((name, index) => index === 0 || (signed[index - 1] ?? '') < name);
  const present = signed.every((name) => header(request, name) !== '');
  if (!ordered || !present || !signed.includes('content-type') || !signed.includes('host')) {
    throw new SignatureError('malformed');
  }
  // The scope's date must be the UTC date of the timestamp.
  if (new Date(Number(timestamp) * 1000).toISOString().slice(0, 10) !== date) {
    throw new SignatureError('mismatch');
  }

  const key = hmac('sha256', hmac('sha256', hmac('sha256', `TC3${account.secretKey}`, date), service), 'tc3_request');
  const unsigned = header(request, 'x-tc-content-sha256') === UNSIGNED_PAYLOAD;
  const payload = hash('sha256', unsigned ? UNSIGNED_PAYLOAD : request.body);
  const accepted = [header(request, 'host'), withoutPort(header(request, 'host'))].some((host) => {
    const values = signed.map((name) => (name === 'host' ? host : header(request, name)).trim().toLowerCase());
    const canonical = [
      request.method,
      request.path,
      request.query,
      ...signed.map((name, index) => `${name}:${values[index] ?? ''}`),
      '',
      names,
      payload,
    ].join('\n');
    const toSign = ['TC3-HMAC-SHA256', timestamp, `${date}/${service}/tc3_request`, hash('sha256', canonical)].join(
      '\n',
    );
    return constantTimeEqual(hmac('sha256', key, toSign).toString('hex'), signature);
  });
  if (!accepted) throw new SignatureError('mismatch');
  return { id, nonce: null, service };
}

/**
 * Verifies HmacSHA1 or HmacSHA256 over the parameters (Tencent Cloud, "Signature v1"), on API 3.0 at `/` and on the v2
 * gateway at `/v2/index.php`.
 *
 * It covers method, host, path and all parameters but Signature. It covers no header and no body of a GET. On the v2
 * path a `_` in a name (not a leading one) is signed as `.`. The host is accepted with and without its port.
 *
 * @param form the parameters of the query (GET) or of the body (POST)
 * @throws SignatureError
 */
export function verifyTencentV1(request: RawRequest, form: Form, rules: VerificationRules): VerifiedSignature {
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
  // "Nonce … together with Timestamp" prevents replays (vendor's document on common parameters).
  return { id, nonce: `${timestamp}/${nonce}` };
}

/** The common parameters of requests with a v1 signature. They belong to no action. */
export const TENCENT_V1_PARAMS: ReadonlySet<string> = new Set([
  ...['Action', 'Version', 'Region', 'Timestamp', 'Nonce', 'SecretId', 'Signature', 'SignatureMethod'],
  ...['Token', 'Language', 'RequestClient'],
]);
