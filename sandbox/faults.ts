import type { AnyInterface } from './behaviour.ts';

/** The kinds of faults. `before` and `after` say whether the action runs. */
export type FaultKind =
  /** An API error; the action does not run. The default status is Tencent's 200, Alibaba's 400, or 500 for metadata. */
  | { readonly kind: 'error'; readonly code: string; readonly message?: string; readonly status?: number }
  /** A plain HTTP response, as from a proxy; the action does not run. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Closes the connection without a response. */
  | { readonly kind: 'drop'; readonly when: 'before' | 'after' }
  /** Runs the action, sends half of the body under the full content-length, and closes the connection. */
  | { readonly kind: 'cut' }
  /** Never responds. The connection stays open until the client or the sandbox closes it. */
  | { readonly kind: 'hang'; readonly when: 'before' | 'after' }
  /** Responds with 302; the action does not run. */
  | { readonly kind: 'redirect'; readonly location: string }
  /** Runs the action and responds with this body and status 200. */
  | { readonly kind: 'body'; readonly body: string; readonly headers?: Readonly<Record<string, string>> }
  /** Runs the action and changes the JSON of the response, envelope included. */
  | { readonly kind: 'patch'; readonly patch: (answer: unknown) => unknown };

/** A fault and the requests that trigger it. Requests that fail verification do not. */
export type Fault = FaultKind & {
  /** The action. Default: any. */
  readonly action?: string;
  /** The interface. Default: any. */
  readonly interface?: AnyInterface;
  /** The number of requests. Default: 1. */
  readonly times?: number;
};

/** The queued faults, first in, first out. */
export interface FaultQueue {
  add(fault: Fault): void;
  /** Takes the first fault that matches a request. */
  take(at: AnyInterface, action: string): Fault | null;
}

/** An empty queue. */
export function faultQueue(): FaultQueue {
  const waiting: { readonly fault: Fault; left: number }[] = [];
  return {
    add(fault) {
      waiting.push({ fault, left: fault.times ?? 1 });
    },
    take(at, action) {
      const index = waiting.findIndex(
        ({ fault }) => (fault.action ?? action) === action && (fault.interface ?? at) === at,
      );
      const found = waiting[index];
      if (found === undefined) return null;
      found.left -= 1;
      if (found.left <= 0) waiting.splice(index, 1);
      return found.fault;
    },
  };
}
