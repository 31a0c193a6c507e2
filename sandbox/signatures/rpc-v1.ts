import { percentEncode, type Form, type RawRequest } from '../wire.ts';
import { canonicalQuery, checkIsoTime } from './acs3.ts';
import {
  checkToken,
  findAccount,
  hmac,
  constantTimeEqual,
  SignatureError,
  type VerificationRules,
  type VerifiedSignature,
} from './verification.ts';

/**
 * Checks Alibaba Cloud's RPC signature, version 1.0 (HMAC-SHA1).
 *
 * All parameters but Signature and the method are covered; no header is, not even `host`.
 *
 * @param form the parameters of query and form body together
 * @throws SignatureFault
 */
export function verifyRpcV1(request: RawRequest, form: Form, rules: VerificationRules): VerifiedSignature {
  const required = (name: string): string => {
    const value = form.get(name) ?? '';
    if (value === '') throw new SignatureError('missing', name);
    return value;
  };
  const id = required('AccessKeyId');
  const signature = required('Signature');
  const nonce = required('SignatureNonce');
  if (required('SignatureMethod') !== 'HMAC-SHA1' || required('SignatureVersion') !== '1.0') {
    throw new SignatureError('method');
  }
  checkIsoTime(rules, required('Timestamp'));
  const account = findAccount(rules, id);
  checkToken(rules, account, form.get('SecurityToken'));

  const covered = new Map([...form].filter(([name]) => name !== 'Signature'));
  const toSign = `${request.method}&${percentEncode('/')}&${percentEncode(canonicalQuery(covered))}`;
  if (!constantTimeEqual(hmac('sha1', `${account.secretKey}&`, toSign).toString('base64'), signature)) {
    throw new SignatureError('mismatch', `server string to sign is:${toSign}`);
  }
  return { id, nonce };
}
