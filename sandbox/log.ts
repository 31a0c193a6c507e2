import type { AnyInterface } from './behaviour.ts';

/** One received request, without secrets: no parameters, and no header but `host`. */
export interface LoggedRequest {
  /** Null for an unknown path. */
  readonly interface: AnyInterface | null;
  readonly action: string;
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly at: Date;
  /** The HTTP status of a success, the provider's code of an error, or `fault:<kind>`. */
  readonly statusOrCode: number | string;
}

const MOST = 10_000;

/** Appends a request. The log keeps the last 10,000, with strings of at most 100 characters. */
export function record(log: LoggedRequest[], request: LoggedRequest): void {
  const short = (text: string): string => text.slice(0, 100);
  log.push({
    ...request,
    action: short(request.action),
    host: short(request.host),
    path: short(request.path),
  });
  if (log.length > MOST) log.shift();
}
