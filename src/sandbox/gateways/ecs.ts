import { unfold, type Dialect } from '../params.ts';
import { Problem } from '../problem.ts';
import { ECS_REGIONS, REGION_FREE } from '../regions.ts';
import { verifyAcs3 } from '../signatures/acs3.ts';
import { SignatureFault, type SignatureReason } from '../signatures/fault.ts';
import { verifyRpcV1 } from '../signatures/rpc-v1.ts';
import { header, isLoopback, withoutPort } from '../wire.ts';
import { writeJson, type Admitted, type Desk, type Gateway, type Visit } from './gateway.ts';
import { writeXml } from './xml.ts';

const COMMON: ReadonlySet<string> = new Set([
  ...['Action', 'Version', 'Format', 'AccessKeyId', 'Signature', 'SignatureMethod', 'SignatureVersion'],
  ...['SignatureNonce', 'Timestamp', 'SecurityToken'],
]);

/** Alibaba Cloud ECS 2014-05-26, RPC style at `/`, signed by ACS3 headers or by V1 parameters. */
export const ecs: Gateway = {
  id: 'ecs',
  action: (visit) => common(visit, 'Action'),
  admit,
  answer: (result, requestId) => ({
    status: 200,
    content: { ...result, RequestId: requestId.toUpperCase() },
  }),
  refuse: (problem, requestId, { request }) => ({
    status: problem.status,
    content: {
      RequestId: requestId.toUpperCase(),
      HostId: withoutPort(header(request, 'host')),
      Code: problem.code,
      Message: problem.message,
      Recommend: `https://api.aliyun.com/troubleshoot?q=${problem.code}&product=Ecs`,
    },
  }),
  write(content, visit) {
    const format = visit.form.get('Format') ?? header(visit.request, 'accept');
    if (/json/i.test(format)) return writeJson(content);
    const failed = typeof content === 'object' && content !== null && 'Code' in content;
    return {
      type: 'text/xml;charset=utf-8',
      text: writeXml(failed ? 'Error' : `${common(visit, 'Action')}Response`, content),
    };
  },
  unknownAction: () => apiNotFound(),
  throttled: () => new Problem('Throttling.User', 'Request was denied due to user flow control.', 400),
  internal: () =>
    new Problem('InternalError', 'The request processing has failed due to some unknown error.', 500),
};

/** Whether the request carries its signature in the Authorization header. */
function isAcs3(visit: Visit): boolean {
  return header(visit.request, 'authorization').startsWith('ACS3-');
}

function common(visit: Visit, name: 'Action' | 'Version'): string {
  return isAcs3(visit) ? header(visit.request, `x-acs-${name.toLowerCase()}`) : (visit.form.get(name) ?? '');
}

function admit(visit: Visit, desk: Desk): Admitted {
  const { request, form } = visit;
  if (request.method !== 'GET' && request.method !== 'POST') {
    throw new Problem('UnsupportedHTTPMethod', 'This http method is not supported.', 400);
  }
  const type = header(request, 'content-type').split(';')[0]?.trim().toLowerCase();
  if (request.body.length > 0 && (request.method === 'GET' || type !== 'application/x-www-form-urlencoded')) {
    throw new Problem('InvalidParameter', 'The body of the request is not a form.', 400);
  }
  if (!visit.wellFormed)
    throw new Problem('InvalidParameter', 'The parameters of the request cannot be read.', 400);
  const host = withoutPort(header(request, 'host'));
  if (!isLoopback(host) && !/^ecs[a-z0-9.-]*\.aliyuncs\.com$/.test(host)) throw apiNotFound();

  checkSignature(visit, desk);
  if (common(visit, 'Version') !== '2014-05-26' || common(visit, 'Action') === '') throw apiNotFound();
  const place = /^ecs(?:-vpc)?\.([a-z0-9-]+)\.aliyuncs\.com$/.exec(host)?.[1];
  const anywhere = REGION_FREE.has(common(visit, 'Action')) ? (place ?? 'cn-hangzhou') : '';
  const region = (form.get('RegionId') ?? '') || anywhere;
  if (region === '') throw missing('RegionId');
  if (!ECS_REGIONS.has(region)) {
    throw new Problem(
      'InvalidRegionId.NotFound',
      'The RegionId provided does not exist in our records.',
      404,
    );
  }
  if (place !== undefined && place !== region) {
    throw new Problem(
      'InvalidOperation.NotSupportedEndpoint',
      'The specified endpoint cant operate this region.',
      400,
    );
  }
  const params = unfold(form, new Set([...COMMON, 'RegionId']));
  if (params === null) throw new Problem('InvalidParameter', 'A parameter is both a value and a group.', 400);
  return { service: 'ecs', region, params, dialect: DIALECT };
}

function checkSignature(visit: Visit, desk: Desk): void {
  const skewSeconds = desk.behaviour.skewSeconds.ecs;
  const rules = { accountFor: desk.accountFor, now: desk.now, skewSeconds };
  try {
    const signed = isAcs3(visit)
      ? verifyAcs3(visit.request, rules)
      : verifyRpcV1(visit.request, visit.form, rules);
    if (!desk.nonces.isNew(`ecs/${signed.id}/${signed.nonce ?? ''}`, desk.now, skewSeconds)) {
      throw new Problem('SignatureNonceUsed', 'Specified signature nonce was used already.', 400);
    }
  } catch (error) {
    throw error instanceof SignatureFault ? translate(error.reason, error.detail, isAcs3(visit)) : error;
  }
}

const DIALECT: Dialect = {
  text: true,
  firstIndex: 1,
  missing,
  unknown: () => null,
  wrongType: (name) =>
    new Problem('InvalidParameter.Format', `The specified parameter "${name}" is not valid.`, 400),
};

/** The gateway's words, but the action's own for the two parameters that its documents name. */
function missing(name: string): Problem {
  if (name === 'PublicKeyBody' || name === 'KeyPairNames') {
    const message = `The input parameter "${name}" that is mandatory for processing this request is not supplied.`;
    return new Problem('MissingParameter', message, 400);
  }
  return new Problem(`Missing${name}`, `${name} is mandatory for this action.`, 400);
}

function apiNotFound(): Problem {
  return new Problem(
    'InvalidApi.NotFound',
    'Specified api is not found, please check your url and method.',
    404,
  );
}

function translate(reason: SignatureReason, detail: string, acs3: boolean): Problem {
  switch (reason) {
    case 'missing':
      return missing(detail);
    case 'unknown-id':
      return new Problem('InvalidAccessKeyId.NotFound', 'Specified access key is not found.', 404);
    case 'time-format':
      return new Problem(
        'InvalidTimeStamp.Format',
        'Specified time stamp or date value is not well formatted.',
        400,
      );
    case 'expired':
      return new Problem('InvalidTimeStamp.Expired', 'Specified time stamp or date value is expired.', 400);
    case 'token-missing':
      return new Problem('MissingSecurityToken', 'SecurityToken is mandatory for this action.', 400);
    case 'token-wrong':
      return new Problem(
        'InvalidSecurityToken.Malformed',
        'The specified parameter "SecurityToken" is not valid.',
        400,
      );
    case 'method':
      return new Problem('InvalidSignatureMethod', 'Specified signature method is not valid.', 400);
    case 'mismatch': {
      const text = acs3
        ? 'Specified signature does not match our calculation.'
        : 'Specified signature is not matched with our calculation.';
      return new Problem('SignatureDoesNotMatch', `${text} ${detail}`, 400);
    }
    case 'malformed':
    case 'incomplete': {
      const text = 'The request signature does not conform to Aliyun standards.';
      return new Problem('IncompleteSignature', `${text} ${detail}`.trimEnd(), 400);
    }
  }
}
