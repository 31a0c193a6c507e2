import { setTimeout } from 'node:timers/promises';
import { KeypairError } from '../../src/errors.ts';
import type { HttpRequest, HttpResponse, Send } from '../../src/http/types.ts';
import type { Descriptor } from '../../src/providers/types.ts';
import { bodyShape, type Known, type Shape } from './shape.ts';

/** One request and its answer, redacted. Nothing else of them is kept, not even in memory. */
export interface Exchange {
  readonly step: string;
  /** The API's action. */
  readonly action: string;
  readonly status: number;
  /** Whether the service refused it only because there were too many requests. */
  readonly throttled: boolean;
  readonly answer: Shape;
}

/** How long an operation on an instance, and a script, may take, in milliseconds. */
const LONGEST_MS = 180_000;

/** Records what goes through a transport. */
export class Recorder {
  readonly exchanges: Exchange[] = [];
  /** The step that the next requests belong to; null: they are not recorded. */
  step: string | null = null;
  readonly #known: Known;

  constructor(known: Known) {
    this.#known = known;
  }

  /**
   * Looks until a look gives something, and keeps only the exchanges of the last one: how far an operation had come
   * before depends on the time.
   *
   * @param look returns null while the operation is in progress.
   * @throws KeypairError `UNAVAILABLE` if it does not end.
   */
  async poll<T>(pauseMs: number, signal: AbortSignal, look: () => Promise<T | null>): Promise<T> {
    for (const end = Date.now() + LONGEST_MS; ;) {
      const before = this.exchanges.length;
      const seen = await look();
      if (seen !== null) return seen;
      if (Date.now() > end) throw new KeypairError('UNAVAILABLE', 'the operation does not end');
      this.exchanges.length = before;
      await setTimeout(pauseMs, undefined, { signal });
    }
  }

  /** Sends as before, and records. */
  wrap(send: Send): Send {
    return async (request, options) => {
      const { step } = this;
      const response = await send(request, options);
      if (step !== null) this.exchanges.push(this.#exchange(step, request, response));
      return response;
    };
  }

  /** The same provider, whose adapter sends through this. */
  recording(descriptor: Descriptor): Descriptor {
    return {
      ...descriptor,
      load: async () => {
        const adapt = await descriptor.load();
        return (options) => adapt({ ...options, send: this.wrap(options.send) });
      },
    };
  }

  #exchange(step: string, request: HttpRequest, { status, body }: HttpResponse): Exchange {
    const answer = bodyShape(body, this.#known);
    const throttled = /"(?:RequestLimitExceeded|Throttling)[\w.]*"/.test(JSON.stringify(answer));
    return { step, action: actionOf(request), status, throttled, answer };
  }
}

/** The action of a request: a header of API 3.0 and ACS3, a parameter of v2 and RPC; else method and path. */
function actionOf({ method, url, headers, body = '' }: HttpRequest): string {
  const named =
    headers['x-tc-action'] ??
    headers['x-acs-action'] ??
    url.searchParams.get('Action') ??
    new URLSearchParams(body).get('Action');
  return named ?? `${method} ${url.pathname}`;
}
