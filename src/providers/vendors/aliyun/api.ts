import utilModule from '@alicloud/openapi-core/dist/utils.js';
import { createHash } from 'node:crypto';
import { stringify } from 'node:querystring';
import type { Call as LimitedCall } from '../../../http/rate-limit.ts';
import type { HttpRequest, HttpResponse } from '../../../http/types.ts';
import { defaultOf, fieldsOf, lineOf, parseFields } from '../../parse.ts';
import type { Credentials } from '../../credentials.ts';
import {
  type Answer,
  type Call,
  type ErrorTable,
  parseSuccess,
  refused,
  type Service,
  unreadable,
} from '../../response.ts';
import type { AdapterOptions } from '../../types.ts';

const OpenApiUtil = defaultOf(utilModule);

const ALGORITHM = 'ACS3-HMAC-SHA256';

/** All parameters go in the query, so the body is always empty. */
const EMPTY_BODY = createHash('sha256').digest('hex');

/** The actions that the vendor's SDKs call with GET. */
const GETS: ReadonlySet<string> = new Set(['ListKeyPairs']);

/** The parameters of an action by their names on the wire. Lists and objects in it are numbered and flattened. */
type Parameters = Readonly<Record<string, unknown>>;

/** A request model of the SDK of ECS. It maps the parameter names. */
interface RequestModel {
  toMap(): Parameters;
}

/**
 * One action of a product of Alibaba Cloud as a request, with the headers of the SDK's own client. The SDK signs it (ACS3-HMAC-SHA256). The
 * signature covers the host with its port, and the type of credentials.
 */
export function acs3Request(
  action: string,
  parameters: Parameters,
  credentials: Credentials,
  options: Pick<AdapterOptions, 'endpoint' | 'apiVersion' | 'now' | 'nonce'>,
): HttpRequest {
  const { endpoint, apiVersion, now, nonce } = options;
  const { id, secret, token } = credentials;
  const query = OpenApiUtil.query({ ...parameters });
  const headers: Record<string, string> = {
    host: endpoint.host,
    'x-acs-version': apiVersion,
    'x-acs-action': action,
    'x-acs-date': now()
      .toISOString()
      .replace(/\.\d{3}Z$/, 'Z'),
    'x-acs-signature-nonce': nonce(),
    accept: 'application/json',
    'x-acs-content-sha256': EMPTY_BODY,
    'x-acs-credentials-provider': token === null ? 'static_ak' : 'static_sts',
  };
  if (token !== null) {
    headers['x-acs-accesskey-id'] = id;
    headers['x-acs-security-token'] = token.reveal();
  }
  const method = GETS.has(action) ? 'GET' : 'POST';
  const signable = { method, pathname: '/', query, headers };
  return {
    method,
    url: new URL(`/?${stringify(query)}`, endpoint),
    headers: {
      ...headers,
      authorization: OpenApiUtil.getAuthorization(signable as never, ALGORITHM, EMPTY_BODY, id, secret.reveal()),
    },
  };
}

/**
 * Parses a response of ECS, Simple Application Server or STS: a bare object, or for a refusal, status 4xx or 5xx and
 * `{"Code", "Message", "RequestId", …}`.
 *
 * @throws KeypairError for a refusal and for any other response.
 */
export function openAnswer(call: Call, response: HttpResponse): Answer {
  const { status } = response;
  const fields = parseFields(response.body.toString('utf8'));
  const requestId = lineOf(fields?.['RequestId']) ?? lineOf(response.headers['x-acs-request-id']);
  if (fields !== null && status >= 200 && status <= 299) return parseSuccess(call, response, fields, requestId);
  const code = lineOf(fields?.['Code']);
  if (code === null || status < 400) throw unreadable(call, response, requestId);
  const permission = lineOf(fieldsOf(fields?.['AccessDeniedDetail'])?.['AuthAction']);
  throw refused(call, response, { code, message: fields?.['Message'], requestId, permission });
}

/**
 * Calls one action and returns its response. A failure's outcome is unknown only if the action changes the cloud.
 */
type CallAliyun<P> = (
  action: string,
  parameters: P,
  how: Pick<LimitedCall, 'changes' | 'idempotent' | 'signal'>,
) => Promise<Answer>;

/** Calls one action of ECS with a model of its SDK. */
export type CallEcs = CallAliyun<RequestModel>;

/** Calls one action of Simple Application Server. Its SDK is one file of 550 KB, so we name the parameters ourselves. */
export type CallSwas = CallAliyun<Parameters>;

/** A request model of the SDK of Simple Application Server as parameters: their names begin with a capital. */
export type SwasParameters<T> = {
  readonly [Name in keyof T as Name extends string ? Capitalize<Name> : never]?: T[Name];
};

/** Returns a function that calls a service of Alibaba Cloud. */
export function aliyunCaller(service: Service, errors: ErrorTable, options: AdapterOptions): CallAliyun<Parameters> {
  return (action, parameters, how) => {
    const { changes, signal } = how;
    return options.limiter({ action, ...how }, async () => {
      const credentials = await options.credentials.current(signal);
      const { region, place } = options;
      const call: Call = { service, action, changes, credentials, errors, region, place };
      return openAnswer(
        call,
        await options.send(acs3Request(action, parameters, credentials, options), {
          signal,
          keep: action === 'CreateKeyPair',
        }),
      );
    });
  };
}
