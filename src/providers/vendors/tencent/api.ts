import signModule from 'tencentcloud-sdk-nodejs/tencentcloud/common/sign.js';
import type { HttpRequest, HttpResponse } from '../../../http/types.ts';
import { t, locale } from '../../../i18n/t.ts';
import { defaultOf, fieldsOf, lineOf, parseFields } from '../../parse.ts';
import type { Credentials } from '../../credentials.ts';
import {
  type ErrorTable,
  type Answer,
  type Call,
  parseSuccess,
  refused,
  unreadable,
  type Service,
} from '../../response.ts';
import type { AdapterOptions } from '../../types.ts';

/**
 * Calls one action and returns its response. A failure's outcome is unknown only if the action changes the cloud.
 * Parameters are spelled as in API 3.0 and the SDK's request types.
 */
export type CallAction = (
  action: string,
  parameters: object,
  how: { readonly changes: boolean; readonly signal: AbortSignal },
) => Promise<Answer>;

/**
 * Parses the envelope of API 3.0: `{"Response": {…, "RequestId": "…"}}`. A refusal is an `Error` with `Code` and
 * `Message`, also with HTTP 200.
 *
 * @throws KeypairError for a refusal and for any other response.
 */
export function openEnvelope(call: Call, response: HttpResponse): Answer {
  const fields = fieldsOf(parseFields(response.body.toString('utf8'))?.['Response']);
  if (fields === null) throw unreadable(call, response, null);
  const requestId = lineOf(fields['RequestId']);
  const error = fields['Error'] ?? null;
  if (error === null) {
    if (response.status < 200 || response.status > 299) throw unreadable(call, response, requestId);
    return parseSuccess(call, response, fields, requestId);
  }
  const code = lineOf(fieldsOf(error)?.['Code']);
  if (code === null) throw parseSuccess(call, response, fields, requestId).malformed(t`with an error that has no code`);
  throw refused(call, response, { code, message: fieldsOf(error)?.['Message'], requestId });
}

const sign = defaultOf(signModule);

/** What TC3-HMAC-SHA256 signs. */
interface Signable {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly contentType: string;
  readonly body: string;
  /** The product in the credential scope: `cvm`, whatever the endpoint's name is. */
  readonly product: string;
  /** Unix time in seconds. */
  readonly timestamp: number;
  readonly credentials: Credentials;
}

/** The `Authorization` header from the SDK's own signer, which signs the host name without the port. */
export function tc3Authorization(request: Signable): string {
  return sign.sign3({
    method: request.method,
    url: request.url.href,
    // The signer hashes bytes unchanged; it would serialize an object itself.
    payload: request.body === '' ? '' : Buffer.from(request.body, 'utf8'),
    timestamp: request.timestamp,
    service: request.product,
    secretId: request.credentials.id,
    secretKey: request.credentials.secret.reveal(),
    multipart: false,
    boundary: '',
    headers: { 'Content-Type': request.contentType },
  });
}

/** Returns a function that calls a service of API 3.0: POST, JSON, TC3-HMAC-SHA256, one request per call. */
export function tc3Caller(service: Service, product: string, errors: ErrorTable, options: AdapterOptions): CallAction {
  return (action, parameters, { changes, signal }) => {
    return options.limiter({ action, changes, signal }, async () => {
      const credentials = await options.credentials.current(signal);
      const { region, place } = options;
      const call: Call = { service, action, changes, credentials, errors, region, place };
      const request = tc3Request(action, JSON.stringify(parameters), product, credentials, options);
      return openEnvelope(call, await options.send(request, { signal, keep: action === 'CreateKeyPair' }));
    });
  };
}

/**
 * One action of API 3.0 as a signed JSON request. An empty region omits its header.
 *
 * @param credentials null for actions whose body authenticates the caller. They are sent unsigned, as in the SDK.
 */
export function tc3Request(
  action: string,
  body: string,
  product: string,
  credentials: Credentials | null,
  options: Pick<AdapterOptions, 'region' | 'apiVersion' | 'endpoint' | 'now' | 'sender'>,
): HttpRequest {
  const { region, apiVersion, sender } = options;
  const url = new URL('/', options.endpoint);
  const timestamp = Math.floor(options.now().getTime() / 1000);
  const contentType = 'application/json';
  const token = credentials?.token ?? null;
  const method = 'POST';
  return {
    method,
    url,
    headers: {
      host: url.host,
      'x-tc-action': action,
      ...(region === '' ? {} : { 'x-tc-region': region }),
      'x-tc-timestamp': String(timestamp),
      'x-tc-version': apiVersion,
      ...(token === null ? {} : { 'x-tc-token': token.reveal() }),
      'x-tc-language': locale() === 'zh-CN' ? 'zh-CN' : 'en-US',
      'x-tc-requestclient': sender,
      'content-type': contentType,
      authorization:
        credentials === null
          ? 'SKIP'
          : tc3Authorization({ method, url, contentType, body, product, timestamp, credentials }),
    },
    body,
  };
}
