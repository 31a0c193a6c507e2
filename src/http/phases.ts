import type { Outcome } from '../errors.ts';

/** The phases of one request, in their order. `proxy` covers all that happens until the proxy has answered CONNECT. */
export type Phase = 'lookup' | 'connect' | 'proxy' | 'tls' | 'send' | 'wait' | 'read';

/** Where a request stands: the one source of the answer to "may the service have acted?". */
export class Progress {
  readonly #marks: { readonly phase: Phase; readonly at: number }[];

  constructor(first: Phase) {
    this.#marks = [{ phase: first, at: performance.now() }];
  }

  /** The phase that is under way. */
  get phase(): Phase {
    const last = this.#marks.at(-1);
    if (last === undefined) throw new Error('a request is always in a phase');
    return last.phase;
  }

  /** Milliseconds since the first phase began. */
  get elapsed(): number {
    return performance.now() - (this.#marks[0]?.at ?? 0);
  }

  /**
   * `unknown` from the moment on which the request's bytes may leave: TLS stands with the service itself, or the
   * connection where there is no TLS. Before that, nothing of the request has gone anywhere.
   */
  get outcome(): Outcome {
    return ['send', 'wait', 'read'].includes(this.phase) ? 'unknown' : 'none';
  }

  enter(phase: Phase): void {
    this.#marks.push({ phase, at: performance.now() });
  }

  /** `lookup 3 ms, connect 12 ms, …`: how long each phase took, the last one until now. */
  describe(): string {
    return this.#marks
      .map(({ phase, at }, index) => {
        const end = this.#marks[index + 1]?.at ?? performance.now();
        return `${phase} ${(end - at).toFixed(0)} ms`;
      })
      .join(', ');
  }
}
