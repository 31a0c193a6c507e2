import { getHashes } from 'node:crypto';

import { type Form, header, parseForm, percentEncode, type RawRequest } from '../wire.ts';
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
  /^ACS3-HMAC-(SHA256|SM3) Credential=([^,\s]+),SignedHeaders=([a-z0-9-]+(?:;[a-z0-9-]+)*),Signature=([0-9a-f]{64})$/;

const REQUIRED = ['x-acs-action', 'x-acs-version', 'x-acs-date', 'x-acs-signature-nonce', 'x-acs-content-sha256'];

/**
 * Verifies ACS3-HMAC-SHA256 or ACS3-HMAC-SM3 (Alibaba Cloud, "V3 request structure and signature"). SM3 needs a Node
 * whose OpenSSL has it.
 *
 * Every `x-acs-*` header, `host` (as sent, with its port) and a `content-type` must be signed. The query is decoded and
 * encoded again, so `*` equals `%2A`. The content hash must match the body, also where it is SM3.
 *
 * @throws SignatureError
 */
export function verifyAcs3(request: RawRequest, rules: VerificationRules): VerifiedSignature {
  const [, variant, id = '', names = '', signature = ''] = AUTHORIZATION.exec(header(request, 'authorization')) ?? [];
  if (id === '') throw new SignatureError('incomplete');
  const algorithm = variant === 'SM3' ? 'sm3' : 'sha256';
  if (!getHashes().includes(algorithm)) throw new SignatureError('method');
  for (const name of REQUIRED) {
    if (header(request, name) === '') throw new SignatureError('missing', name);
  }
  const date = header(request, 'x-acs-date');
  checkIsoTime(rules, date);
  const account = findAccount(rules, id);
  checkToken(rules, account, request.headers['x-acs-security-token']);

  const signed = names.split(';');
  const ordered = signed.every((name, index) => index === 0 || (signed[index - 1] ?? '') < name);
  const mustBe = Object.keys(request.headers).filter((n) => n.startsWith('x-acs-') || n === 'content-type');
  const toSign = stringsToSign(request, signed, algorithm);
  if (!ordered || ![...mustBe, 'host'].every((name) => signed.includes(name))) {
    throw new SignatureError('incomplete', toSign.echo);
  }
  if (
    !constantTimeEqual(header(request, 'x-acs-content-sha256'), hash(algorithm, request.body)) ||
    !constantTimeEqual(hmac(algorithm, account.secretKey, toSign.text).toString('hex'), signature)
  ) {
    throw new SignatureError('mismatch', toSign.echo);
  }
  return { id, nonce: header(request, 'x-acs-signature-nonce') };
}

/** Checks a time `YYYY-MM-DDThh:mm:ssZ`, also with a fraction of the second, as `aliyun-sdk` writes it. @throws SignatureError `time-format` or `expired` */
function checkIsoTime(rules: VerificationRules, text: string): void {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/.test(text) || Number.isNaN(Date.parse(text))) {
    throw new SignatureError('time-format');
  }
  checkClock(rules, Date.parse(text));
}

/** The encoded parameters, sorted by name and joined by `&`. */
function canonicalQuery(form: Form): string {
  return [...form]
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function stringsToSign(
  request: RawRequest,
  signed: readonly string[],
  algorithm: 'sha256' | 'sm3',
): { text: string; echo: string } {
  const canonical = [
    request.method,
    request.path,
    canonicalQuery(parseForm(request.query) ?? new Map()),
    ...signed.map((name) => `${name}:${header(request, name).trim()}`),
    '',
    signed.join(';'),
    header(request, 'x-acs-content-sha256'),
  ].join('\n');
  const text = `ACS3-HMAC-${algorithm.toUpperCase()}\n${hash(algorithm, canonical)}`;
  // The real gateway returns all that it signed, also the request's token.
  return { text, echo: `server StringToSign is [${text}] server CanonicalRequest is [${canonical}]` };
}

/**
 * Verifies Alibaba Cloud's RPC signature, version 1.0 (HMAC-SHA1).
 *
 * It covers the method and all parameters but Signature. It covers no header, not even `host`.
 *
 * @param form the parameters of both query and form body
 * @throws SignatureError
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
