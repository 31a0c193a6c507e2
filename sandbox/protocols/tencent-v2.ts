import type { SignedInterface } from '../behaviour.ts';
import { parseNested, type Dialect } from '../params.ts';
import type { ApiError } from '../api-error.ts';
import { REGIONLESS_ACTIONS, v2Region } from '../regions.ts';
import { SignatureError, type SignatureReason } from '../signatures/verification.ts';
import { verifyTencentV1 } from '../signatures/tencent-v1.ts';
import { header, isLoopback, withoutPort } from '../wire.ts';
import type { VerifiedRequest, VerificationContext, IncomingRequest } from './protocol.ts';
import { COMMON_PARAMS } from './tencent-inputs.ts';

/** What the v2 gateway says no to; its two interfaces have different words. */
export type V2Reason =
  SignatureReason | 'protocol' | 'size' | 'unreadable' | 'host' | 'region' | 'replay' | 'wrong-type';

/**
 * The checks that both interfaces at `/v2/index.php` share.
 *
 * @param errorFor makes the interface's own error; `detail` names a parameter where there is one
 */
export function verifyV2(
  id: Extract<SignedInterface, 'cvm-v2' | 'legacy'>,
  incoming: IncomingRequest,
  context: VerificationContext,
  errorFor: (reason: V2Reason, detail: string) => ApiError,
): VerifiedRequest {
  const { request, form } = incoming;
  const post = request.method === 'POST';
  if (!post && request.method !== 'GET') throw errorFor('protocol', '');
  // The v2 documents give no sizes: those of API 3.0 for the same ways of sending.
  if (post ? request.body.length > 1024 * 1024 : request.query.length > 32 * 1024) throw errorFor('size', '');
  const type = header(request, 'content-type').split(';')[0]?.trim().toLowerCase();
  if (post && type !== 'application/x-www-form-urlencoded') throw errorFor('unreadable', '');
  if (!incoming.wellFormed || (post ? request.query : request.body.toString()) !== '')
    throw errorFor('unreadable', '');
  const host = header(request, 'host');
  if (!isLoopback(host) && withoutPort(host) !== 'cvm.api.qcloud.com') throw errorFor('host', '');

  const skewSeconds = context.behaviour.skewSeconds[id];
  let caller: string;
  try {
    const signed = verifyTencentV1(request, form, {
      accountFor: context.accountFor,
      now: context.now,
      skewSeconds,
    });
    if (!context.nonces.isNew(`v2/${signed.id}/${signed.nonce ?? ''}`, context.now, skewSeconds)) {
      throw errorFor('replay', '');
    }
    caller = signed.id;
  } catch (error) {
    throw error instanceof SignatureError ? errorFor(error.reason, error.detail) : error;
  }
  const action = form.get('Action') ?? '';
  if (action === '') throw errorFor('missing', 'Action');
  const code = (form.get('Region') ?? '') || (REGIONLESS_ACTIONS.has(action) ? 'gz' : '');
  if (code === '') throw errorFor('missing', 'Region');
  const region = v2Region(code);
  if (region === null) throw errorFor('region', '');
  const params = parseNested(form, COMMON_PARAMS);
  if (params === null) throw errorFor('unreadable', '');
  const dialect: Dialect = {
    text: true,
    firstIndex: 0,
    missing: (name) => errorFor('missing', name),
    // Neither table of errors has a code for a parameter too many.
    unknown: () => null,
    wrongType: (name) => errorFor('wrong-type', name),
  };
  return { service: 'cvm', region, caller, params, dialect };
}
