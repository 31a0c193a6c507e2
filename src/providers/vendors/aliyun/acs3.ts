import utilModule from '@alicloud/openapi-core/dist/utils.js';
import { createHash } from 'node:crypto';
import { stringify } from 'node:querystring';
import type { Credentials } from '../../credentials.ts';
import type { HttpRequest } from '../../../http/types.ts';
import { defaultOf } from '../../commonjs.ts';
import type { AdapterOptions } from '../../types.ts';

const OpenApiUtil = defaultOf(utilModule);

const ALGORITHM = 'ACS3-HMAC-SHA256';

/** Every parameter of ECS goes in the query: the body is always empty. */
const EMPTY_BODY = createHash('sha256').digest('hex');

/** A request model of the SDK: it knows the parameters' names. */
export interface RequestModel {
  toMap(): Readonly<Record<string, unknown>>;
}

/**
 * One action of ECS as a request, with the headers that the SDK's own client gives it and signed by the SDK
 * (ACS3-HMAC-SHA256). The host is signed with its port, and so is where the credential came from.
 */
export function acs3Request(
  action: string,
  model: RequestModel,
  credentials: Credentials,
  options: Pick<AdapterOptions, 'endpoint' | 'apiVersion' | 'now' | 'nonce'>,
): HttpRequest {
  const { endpoint, apiVersion, now, nonce } = options;
  const { id, secret, token } = credentials;
  const query = OpenApiUtil.query({ ...model.toMap() });
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
  const method = 'POST';
  const signable = { method, pathname: '/', query, headers };
  return {
    method,
    url: new URL(`/?${stringify(query)}`, endpoint),
    headers: {
      ...headers,
      authorization: OpenApiUtil.getAuthorization(
        signable as never,
        ALGORITHM,
        EMPTY_BODY,
        id,
        secret.reveal(),
      ),
    },
  };
}
