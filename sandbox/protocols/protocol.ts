import type { AccountFor } from '../accounts.ts';
import type { Behaviour, AnyInterface, Service } from '../behaviour.ts';
import type { NonceMemory } from '../limits.ts';
import type { Dialect } from '../params.ts';
import type { ApiError } from '../api-error.ts';
import type { Vendor } from '../sessions.ts';
import type { Form, RawRequest } from '../wire.ts';

/** A request with its parameters found, before anything of it is believed. */
export interface IncomingRequest {
  readonly request: RawRequest;
  /** Parameters of the query and of a form body. */
  readonly form: Form;
  /** Whether the parameters could be decoded at all. */
  readonly wellFormed: boolean;
}

/** What a gateway checks against. */
export interface VerificationContext {
  readonly accountFor: AccountFor;
  readonly now: Date;
  readonly behaviour: Behaviour;
  readonly nonces: NonceMemory;
}

/** A request that was signed by somebody we know, or need not be, well formed and addressed to the right place. */
export interface VerifiedRequest {
  /** Whose key pairs it is about; null where there are none. */
  readonly service: Service | null;
  readonly region: string;
  /** The SecretId or AccessKeyId that signed; null for an action that nobody signs. */
  readonly caller: string | null;
  /** The action's own parameters, still unchecked. */
  readonly params: unknown;
  readonly dialect: Dialect;
}

/** The parts of an answer that an interface decides on. */
export interface Envelope {
  readonly status: number;
  readonly content: unknown;
}

/** One wire protocol: how a request is checked, and how answers and errors look. */
export interface Protocol {
  readonly id: AnyInterface;
  readonly vendor: Vendor;
  /** The HTTP status of an error that names none. */
  readonly errorStatus: number;
  /** The action that the request claims, signed or not. */
  action(incoming: IncomingRequest): string;
  /** Checks method, size, signature, replay, version, host and region. @throws ApiError */
  verify(incoming: IncomingRequest, context: VerificationContext): VerifiedRequest;
  /** Puts an action's result into the envelope. */
  wrapResult(result: Readonly<Record<string, unknown>>, requestId: string): Envelope;
  /** Puts an error into the envelope. */
  wrapError(error: ApiError, requestId: string, incoming: IncomingRequest): Envelope;
  /** Writes an answer's content: its media type and text. */
  serialize(content: unknown, incoming: IncomingRequest): { readonly type: string; readonly text: string };
  unknownAction(action: string): ApiError;
  throttled(perSecond: number): ApiError;
  internal(): ApiError;
}

/** The write function of the interfaces that only know JSON. */
export function serializeJson(content: unknown): { readonly type: string; readonly text: string } {
  return { type: 'application/json', text: JSON.stringify(content) };
}
