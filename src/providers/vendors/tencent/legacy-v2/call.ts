import signModule from 'tencentcloud-sdk-nodejs/tencentcloud/common/sign.js';
import type { HttpRequest, HttpResponse } from '../../../../http/types.ts';
import { defaultOf, lineOf, parseFields } from '../../../parse.ts';
import type { Credentials } from '../../../credentials.ts';
import { type ErrorTable, type Answer, type Call, parseSuccess, refused, unreadable } from '../../../response.ts';
import type { AdapterOptions } from '../../../types.ts';
import { type CallAction, openEnvelope } from '../api.ts';
import { legacyService } from '../services.ts';
import { errors } from './errors.ts';
import type { Secret } from '../../../../secret.ts';

const PATH = '/v2/index.php';

/**
 * Calls one action of the gateway with a signed form, always by POST. A proxy may repeat a GET, and a repeated
 * CreateKeyPair creates a second pair whose private key nobody receives.
 *
 * @param how `errors` if codes have a special meaning for this action.
 */
export function callGateway(
  options: AdapterOptions,
  action: string,
  parameters: Parameters,
  how: { readonly changes: boolean; readonly signal: AbortSignal; readonly errors?: ErrorTable },
): Promise<Answer> {
  const { changes, signal, errors: table = errors } = how;
  return options.limiter({ action, changes, signal }, async () => {
    const credentials = await options.credentials.current(signal);
    const { region, place } = options;
    const call: Call = { service: legacyService, action, changes, credentials, errors: table, region, place };
    const request = gatewayRequest(options, credentials, action, parameters);
    return openGatewayAnswer(call, await options.send(request, { signal, keep: action === 'CreateKeyPair' }));
  });
}

/**
 * Returns a function that calls version 2017-03-12 on the gateway: the actions of API 3.0, with their parameters as a
 * form.
 */
export function gatewayCaller(options: AdapterOptions): CallAction {
  return (action, parameters, how) => {
    const form: Parameters = [['Version', options.apiVersion], ...flatParameters(parameters)];
    return callGateway(options, action, form, how);
  };
}

function gatewayRequest(
  options: AdapterOptions,
  credentials: Credentials,
  action: string,
  own: Parameters,
): HttpRequest {
  const { endpoint, region } = options;
  const parameters: Parameters = [
    ['Region', region],
    ['SecretId', credentials.id],
    ...(credentials.token === null ? [] : [['Token', credentials.token.reveal()] as const]),
    ['Timestamp', String(Math.floor(options.now().getTime() / 1000))],
    ['Nonce', String(nonceNumber(options.nonce()))],
    ['RequestClient', options.sender],
    ['Action', action],
    ...own,
    ['SignatureMethod', 'HmacSHA256'],
  ];
  const signature = querySignature('POST', endpoint.host, PATH, parameters, credentials.secret);
  return {
    method: 'POST',
    url: new URL(PATH, endpoint),
    headers: {
      host: endpoint.host,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    },
    body: [...parameters, ['Signature', signature] as const]
      .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
      .join('&'),
  };
}

/** The gateway accepts positive numbers of 31 bits. */
function nonceNumber(hex: string): number {
  return Number.parseInt(hex.slice(0, 8), 16) & 0x7fffffff || 1;
}

/**
 * Parses a response of the gateway. 2017-03-12 uses the envelope of API 3.0. v2 and the gateway itself use
 * `{"code", "message", …}`. The code is a number, sometimes as text; 0 means success.
 */
function openGatewayAnswer(call: Call, response: HttpResponse): Answer {
  const fields = parseFields(response.body.toString('utf8'));
  if (fields === null || !Object.hasOwn(fields, 'code')) return openEnvelope(call, response);
  const { status } = response;
  const code = String(fields['code']);
  const requestId = lineOf(fields['requestId']);
  if (!/^-?\d{1,9}$/.test(code)) throw unreadable(call, response, requestId);
  if (Number(code) !== 0) throw refused(call, response, { code, message: fields['message'], requestId });
  if (status < 200 || status > 299) throw unreadable(call, response, requestId);
  return parseSuccess(call, response, fields, requestId);
}

/**
 * Parameters of API 3.0 as a form: `Filters.1.Values.1`. In the documents of 2017-03-12 indexes start at 1, in those of
 * API 3.0 at 0.
 */
function flatParameters(parameters: object): Parameters {
  return Object.entries(parameters).flatMap(([name, value]: [string, unknown]) => flat(name, value));
}

function flat(name: string, value: unknown): Parameters {
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) => flat(`${name}.${String(index + 1)}`, item));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([inner, item]: [string, unknown]) => flat(`${name}.${inner}`, item));
  }
  return [[name, String(value)]];
}

const sign = defaultOf(signModule);

/** A request's parameters, in sending order. */
export type Parameters = readonly (readonly [name: string, value: string])[];

/**
 * The signature of the v2 gateway: base64 of an HMAC over method, host, path and the unencoded parameters, sorted by
 * name. It is HMAC-SHA256 if the parameter `SignatureMethod` is `HmacSHA256`, else HMAC-SHA1.
 */
export function querySignature(
  method: 'GET' | 'POST',
  host: string,
  path: string,
  parameters: Parameters,
  secretKey: Secret,
): string {
  const sorted = [...parameters].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  // The gateway signs a_b as a.b, although the name is sent unchanged. A leading underscore stays.
  const query = sorted.map(([name, value]) => `${name.replaceAll(/(?!^)_/g, '.')}=${value}`).join('&');
  const sha256 = parameters.some(([name, value]) => name === 'SignatureMethod' && value === 'HmacSHA256');
  return sign.sign(secretKey.reveal(), `${method}${host}${path}?${query}`, sha256 ? 'HmacSHA256' : 'HmacSHA1');
}
