import { setTimeout } from 'node:timers/promises';
import { KeypairError } from '../../src/errors.ts';
import { KeyFormatError } from '../../src/keys/format-error.ts';
import type { PrivateKey } from '../../src/keys/private-key.ts';
import type { Ability, Descriptor, Provider } from '../../src/providers/types.ts';
import type { HadKeys } from './had-keys.ts';
import type { MadeNames } from './made-names.ts';
import type { Recorder } from './record.ts';
import type { Known } from './shape.ts';

/** A service in one region. */
export interface Place {
  readonly region: string;
  readonly endpoint: URL;
  /** The flags of a command line for the same place: `-p tencent -r ap-guangzhou`. */
  readonly flags: string;
  readonly provider: Provider;
}

/** One of the two clouds that live the same life: the real one, or the sandbox. */
export interface Side {
  readonly descriptor: Descriptor;
  readonly apiVersion: string;
  readonly here: Place;
  /** Another region; null if the provider has one only. */
  readonly elsewhere: Place | null;
  readonly recorder: Recorder;
  readonly known: Known;
  readonly made: MadeNames;
  readonly had: HadKeys;
  /** What the steps have shown, by what it is about. */
  readonly facts: Map<string, string>;
  /** The instance that may be used; null: none. */
  readonly instance: string | null;
  /** Whether a key may be bound even where this replaces the key of the instance. */
  readonly attach: boolean;
  readonly rsaKey: PrivateKey;
  /** The time between two looks at an operation in progress, in milliseconds. */
  readonly pollMs: number;
  readonly signal: AbortSignal;
  /** Asks the vendor's STS for the owner of the credentials, and tells which host answered; null if there is none. */
  readonly identify: (() => Promise<string>) | null;
  /** Reports the beginning of a step. */
  begin(step: string): void;
  /** Reports that a step failed. */
  failed(step: string, error: KeypairError): void;
}

/** Whether the service has an ability, in this version of its API. */
export function can({ descriptor, apiVersion }: Pick<Side, 'descriptor' | 'apiVersion'>, ability: Ability): boolean {
  return descriptor.abilities[ability] !== false && descriptor.lackedBy?.[apiVersion]?.includes(ability) !== true;
}

/**
 * Runs one step. If it fails, this is reported, and the next one begins.
 *
 * @throws whatever stopped it, if the run is interrupted.
 */
export async function step<T>(side: Side, name: string, act: () => Promise<T>): Promise<T | null> {
  side.signal.throwIfAborted();
  side.begin(name);
  side.recorder.step = name;
  try {
    return await act();
  } catch (error) {
    const known = error instanceof KeyFormatError ? wrong(`the key cannot be read: ${error.message}`) : error;
    if (!(known instanceof KeypairError) || side.signal.aborted) throw error;
    side.failed(name, known);
    return null;
  } finally {
    side.recorder.step = null;
  }
}

/** `accepted`, or `refused: InvalidKeyPairName.Duplicate`. @throws KeypairError for what does not concern the request */
export async function attempt(act: () => Promise<unknown>): Promise<string> {
  try {
    await act();
    return 'accepted';
  } catch (error) {
    // Without a code of the service's own it is no answer to this request.
    const isAnswer = error instanceof KeypairError && error.providerCode !== undefined;
    if (!isAnswer || ['AUTH', 'CANCELLED', 'UNAVAILABLE', 'PARTIAL'].includes(error.code)) throw error;
    return `refused: ${error.providerCode}`;
  }
}

/** @throws the first error. */
export function check(outcomes: readonly { readonly error: KeypairError | null }[]): void {
  for (const { error } of outcomes) if (error !== null) throw error;
}

/** The error for a service that does not what it should. */
export function wrong(message: string): KeypairError {
  return new KeypairError('FAILURE', message);
}

/** How often to look for a change: a service may list it a moment later. */
const LOOKS = 4;

/** Looks until a change is visible. @throws KeypairError with the message if it stays out */
export async function eventually<T>(side: Side, message: string, look: () => Promise<T | null>): Promise<T> {
  for (let looks = 1; looks <= LOOKS; looks += 1) {
    const seen = await look();
    if (seen !== null) return seen;
    if (looks < LOOKS) await setTimeout(side.pollMs, undefined, { signal: side.signal });
  }
  throw wrong(message);
}
