import { header, withoutPort, type RawRequest } from '../wire.ts';
import {
  checkClock,
  checkToken,
  findAccount,
  hmac,
  constantTimeEqual,
  sha256,
  SignatureError,
  type VerificationRules,
  type VerifiedSignature,
} from './verification.ts';

const AUTHORIZATION =
  /^TC3-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{4}-\d{2}-\d{2})\/([a-z]+)\/tc3_request, ?SignedHeaders=([a-z0-9-]+(?:;[a-z0-9-]+)*), ?Signature=([0-9a-f]{64})$/;

/** Who signed, and for which service. */
export interface Tc3Signed extends VerifiedSignature {
  /** The service in the credential scope. */
  readonly service: string;
}

/**
 * Checks TC3-HMAC-SHA256 (Tencent Cloud, "Signature v3").
 *
 * `content-type` and `host` must be signed; any other header may be. The host counts as sent and with its port
 * left off, since the vendor's own SDK signs it without. Not covered by the signature: headers outside
 * SignedHeaders, so X-TC-Action, -Version, -Region and -Token in the `content-type;host` form. The token is
 * compared all the same.
 *
 * @throws SignatureFault
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
  // The scope's date is the timestamp's in UTC, whatever the clock of either side says.
  if (new Date(Number(timestamp) * 1000).toISOString().slice(0, 10) !== date) {
    throw new SignatureError('mismatch');
  }

  const key = hmac(
    'sha256',
    hmac('sha256', hmac('sha256', `TC3${account.secretKey}`, date), service),
    'tc3_request',
  );
  const accepted = [header(request, 'host'), withoutPort(header(request, 'host'))].some((host) => {
    const values = signed.map((name) =>
      (name === 'host' ? host : header(request, name)).trim().toLowerCase(),
    );
    const canonical = [
      request.method,
      request.path,
      request.query,
      ...signed.map((name, index) => `${name}:${values[index] ?? ''}`),
      '',
      names,
      sha256(request.body),
    ].join('\n');
    const toSign = ['TC3-HMAC-SHA256', timestamp, `${date}/${service}/tc3_request`, sha256(canonical)].join(
      '\n',
    );
    return constantTimeEqual(hmac('sha256', key, toSign).toString('hex'), signature);
  });
  if (!accepted) throw new SignatureError('mismatch');
  return { id, nonce: null, service };
}
