import type { AnyInterface } from './behaviour.ts';

/** What goes wrong. `before` and `after` are those of the action being carried out. */
export type FaultKind =
  /** The interface's own envelope with this code; the action is not carried out. Status: 200 on Tencent, 400 on Alibaba, 500 of metadata. */
  | { readonly kind: 'error'; readonly code: string; readonly message?: string; readonly status?: number }
  /** A status and body of something between, say a proxy; not carried out. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The socket is closed without an answer. */
  | { readonly kind: 'drop'; readonly when: 'before' | 'after' }
  /** Carried out; half of the body is sent under the whole length, then the socket is closed. */
  | { readonly kind: 'cut' }
  /** No answer ever; the socket stays open until the client or the sandbox closes it. */
  | { readonly kind: 'hang'; readonly when: 'before' | 'after' }
  /** 302; not carried out. */
  | { readonly kind: 'redirect'; readonly location: string }
  /** Carried out; this text in place of the answer, status 200. */
  | { readonly kind: 'body'; readonly body: string; readonly headers?: Readonly<Record<string, string>> }
  /** Carried out; the answer's JSON, envelope included, is what `patch` makes of it. */
  | { readonly kind: 'patch'; readonly patch: (answer: unknown) => unknown };

/** A fault and what it waits for. Requests that are refused (signature, parameters of the envelope) do not use it up. */
export type Fault = FaultKind & {
  /** Only this action; any without. */
  readonly action?: string;
  /** Only this interface; any without. */
  readonly interface?: AnyInterface;
  /** How many requests it befalls; 1 without. */
  readonly times?: number;
};

/** Faults in the order in which they were queued. */
export interface FaultQueue {
  add(fault: Fault): void;
  /** Takes the first fault that waits for such a request. */
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
