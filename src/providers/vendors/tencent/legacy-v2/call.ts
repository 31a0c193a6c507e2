import type { Credentials } from '../../../credentials.ts';
import type { HttpRequest, HttpResponse } from '../../../../http/types.ts';
import { answered, refused, unreadable, type Answer, type Call } from '../../../response.ts';
import type { ErrorTable } from '../../../error-table.ts';
import { openEnvelope, type CallAction } from '../api.ts';
import type { AdapterOptions } from '../../../types.ts';
import { lineOf, parseFields } from '../../../parse.ts';
import { errors } from './errors.ts';
import { flatParameters } from './flat-parameters.ts';
import { querySignature, type Parameters } from './query-signature.ts';
import { legacyService } from '../descriptors.ts';

const PATH = '/v2/index.php';

/**
 * Calls one action of the gateway: a signed form, always by POST. A GET might be repeated by any proxy on the way, and
 * a repeated CreateKeyPair makes a second pair whose private key nobody gets.
 *
 * @param how `errors` where the action's codes mean something of their own.
 */
export function callGateway(
  options: AdapterOptions,
  action: string,
  parameters: Parameters,
  how: { readonly changes: boolean; readonly signal: AbortSignal; readonly errors?: ErrorTable },
): Promise<Answer> {
  const { changes, signal, errors: table = errors } = how;
  return options.patience({ action, changes, signal }, async () => {
    const credentials = await options.credentials.current(signal);
    const { region, place } = options;
    const call: Call = { service: legacyService, action, changes, credentials, errors: table, region, place };
    const request = gatewayRequest(options, credentials, action, parameters);
    return openGatewayAnswer(call, await options.send(request, { signal, keep: action === 'CreateKeyPair' }));
  });
}

/** How to call version 2017-03-12 on the gateway: the actions of API 3.0, their parameters laid out as a form. */
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

/** The gateway takes positive numbers of 31 bits. */
function nonceNumber(hex: string): number {
  return Number.parseInt(hex.slice(0, 8), 16) & 0x7fffffff || 1;
}

/**
 * Opens an answer of the gateway. 2017-03-12 has the envelope of API 3.0; v2, and the gateway itself before any
 * service is reached, have `{"code", "message", …}` with a number, now and then as text, where 0 is success.
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
  return answered(call, response, fields, requestId);
}
