import type { AnyInterface } from './behaviour.ts';

/** One request that arrived. Holds nothing that is secret: no parameter, no header but the host. */
export interface LoggedRequest {
  /** Null for a path that no interface has. */
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

/** Appends, and forgets the oldest beyond 10,000. Texts of the client are shortened. */
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
