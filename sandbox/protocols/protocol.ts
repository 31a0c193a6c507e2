import type { AccountFor } from '../accounts.ts';
import type { Behaviour, AnyInterface, Service } from '../behaviour.ts';
import type { NonceMemory } from '../limits.ts';
import type { Dialect } from '../params.ts';
import type { ApiError } from '../api-error.ts';
import type { Vendor } from '../sessions.ts';
import type { Form, RawRequest } from '../wire.ts';

/** A request with parsed parameters, before verification. */
export interface IncomingRequest {
  readonly request: RawRequest;
  /** The parameters of the query and of a form body. */
  readonly form: Form;
  /** Whether the parameters could be decoded. */
  readonly wellFormed: boolean;
}

/** What a protocol verifies a request against. */
export interface VerificationContext {
  readonly accountFor: AccountFor;
  readonly now: Date;
  readonly behaviour: Behaviour;
  readonly nonces: NonceMemory;
}

/** A well-formed request to the right host, with a valid signature where the action needs one. */
export interface VerifiedRequest {
  /** The service whose key pairs it is about; null for none. */
  readonly service: Service | null;
  readonly region: string;
  /** The SecretId or AccessKeyId that signed the request; null for an unsigned action. */
  readonly caller: string | null;
  /** The action's parameters, not yet validated. */
  readonly params: unknown;
  readonly dialect: Dialect;
}

/** A response before serialization. */
export interface Envelope {
  readonly status: number;
  readonly content: unknown;
}

/** One wire protocol: it verifies requests and formats results and errors. */
export interface Protocol {
  readonly id: AnyInterface;
  readonly vendor: Vendor;
  /** The default HTTP status of errors. */
  readonly errorStatus: number;
  /** The requested action, not yet verified. */
  action(incoming: IncomingRequest): string;
  /** Verifies method, size, signature, nonce, version, host and region. @throws ApiError */
  verify(incoming: IncomingRequest, context: VerificationContext): VerifiedRequest;
  /** Wraps an action's result in the envelope. */
  wrapResult(result: Readonly<Record<string, unknown>>, requestId: string): Envelope;
  /** Wraps an error in the envelope. */
  wrapError(error: ApiError, requestId: string, incoming: IncomingRequest): Envelope;
  /** Serializes the content. */
  serialize(content: unknown, incoming: IncomingRequest): { readonly type: string; readonly text: string };
  unknownAction(action: string): ApiError;
  throttled(perSecond: number): ApiError;
  internal(): ApiError;
}

/** Serializes content as JSON. */
export function serializeJson(content: unknown): { readonly type: string; readonly text: string } {
  return { type: 'application/json', text: JSON.stringify(content) };
}
