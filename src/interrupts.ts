import { once } from 'node:events';

/** The signals that interrupt. */
export type InterruptSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** When a held wait ends after an interrupt, in milliseconds. */
const OVERDUE_MS = 10_000;

/**
 * Ctrl-C, SIGTERM and SIGHUP. They abort the current work. During a section that must not be interrupted they are held
 * until it is done.
 */
export class Interrupts {
  readonly #controller = new AbortController();
  readonly #asked = new AbortController();
  readonly #overdue = new AbortController();
  readonly #notices = new Set<() => void>();
  #receiver: ((signal: InterruptSignal) => void) | null = null;
  #held = 0;
  #pending = false;

  /** Aborted after an interrupt, as soon as nothing holds it back. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborted at the first interrupt, held back or not: for waits before the first request. */
  get asked(): AbortSignal {
    return this.#asked.signal;
  }

  /** Aborted some seconds after the first interrupt, held back or not: for long waits that are held. */
  get overdue(): AbortSignal {
    return this.#overdue.signal;
  }

  /** Whether the user has interrupted, held back or not. */
  get requested(): boolean {
    return this.#pending;
  }

  /** Resolves at the first interrupt and treats it as a regular end, for a server. */
  async regularEnd(): Promise<void> {
    if (!this.signal.aborted) await once(this.signal, 'abort');
    this.#pending = false;
  }

  /**
   * Runs a section during which another program has the terminal: signals go to that program, and interrupt nothing
   * here.
   *
   * @param receiver passes a signal on.
   */
  async handOver<T>(receiver: (signal: InterruptSignal) => void, section: () => Promise<T>): Promise<T> {
    this.#receiver = receiver;
    try {
      return await section();
    } finally {
      this.#receiver = null;
    }
  }

  /** The process's signal handlers call this. */
  interrupt(signal: InterruptSignal = 'SIGINT'): void {
    if (this.#receiver !== null) {
      this.#receiver(signal);
      return;
    }
    const first = !this.#pending;
    this.#pending = true;
    this.#asked.abort();
    if (first) {
      setTimeout(() => {
        this.#overdue.abort();
      }, OVERDUE_MS).unref();
    }
    if (this.#held === 0) this.#controller.abort();
    else if (first) for (const notice of this.#notices) notice();
  }

  /** Runs a section to its end despite interrupts; `notice` is called at the first interrupt in it. */
  async hold<T>(section: () => Promise<T>, notice: () => void): Promise<T> {
    this.#held += 1;
    this.#notices.add(notice);
    try {
      return await section();
    } finally {
      this.#held -= 1;
      this.#notices.delete(notice);
      if (this.#pending && this.#held === 0) this.#controller.abort();
    }
  }
}
