import { randomUUID } from 'node:crypto';

import type { Result } from './actions/action.ts';
import { accountsOf } from './accounts.ts';
import type { Behaviour } from './behaviour.ts';
import { header, isFromBrowser, type Outcome, type RawRequest, type RawResponse } from './wire.ts';
import type { Fault, FaultQueue } from './faults.ts';
import type { Envelope, VerificationContext, IncomingRequest } from './protocols/protocol.ts';
import { nonceMemory, pager, rateLimiter } from './limits.ts';
import type { LoggedRequest } from './log.ts';
import { ApiError } from './api-error.ts';
import { routeOf, parseIncoming, type Route } from './route.ts';
import { memoryRepositories, type RepositoryFor } from './repository.ts';

/** The parts of a cloud. */
export interface CloudParts {
  readonly repositoryFor: RepositoryFor;
  readonly behaviour: Behaviour;
  readonly now: () => Date;
  readonly faults: FaultQueue;
  record(request: LoggedRequest): void;
}

/** Makes the request handler: route, verify, limit the rate, run the action or a fault, respond. */
export function cloud(parts: CloudParts): (request: RawRequest) => Promise<Outcome> {
  const nonces = nonceMemory();
  const limiter = rateLimiter();
  const { behaviour } = parts;
  const pages = pager(behaviour);

  const context = ({ protocol }: Route, now: Date): VerificationContext => ({
    accountFor: accountsOf(protocol.vendor),
    now,
    behaviour,
    nonces,
  });

  return async (request) => {
    const incoming = parseIncoming(request);
    const route = routeOf(incoming);
    const action = route?.protocol.action(incoming) ?? '';
    const log = (statusOrCode: number | string): void => {
      parts.record({
        interface: route?.protocol.id ?? null,
        action,
        host: header(request, 'host'),
        method: request.method,
        path: request.path,
        at: parts.now(),
        statusOrCode,
      });
    };
    if (isFromBrowser(request)) {
      log(403);
      const response = { status: 403, headers: { 'content-type': 'text/plain' }, body: BROWSER_REFUSED };
      return { kind: 'response', response };
    }
    if (route === null) {
      log(404);
      return {
        kind: 'response',
        response: { status: 404, headers: { 'content-type': 'text/html' }, body: NOT_FOUND },
      };
    }
    const requestId = randomUUID();
    try {
      const now = parts.now();
      const verified = route.protocol.verify(incoming, context(route, now));
      const known = route.actions.get(action);
      if (known === undefined) throw route.protocol.unknownAction(action);
      const limit =
        behaviour.requestsPerSecond === 'documented' ? known.perSecond : behaviour.requestsPerSecond;
      // The sandbox has one account, so all clients and credentials share the limit.
      if (
        limit !== null &&
        !limiter.allow(`${verified.service ?? route.protocol.id}/${action}`, limit, now)
      ) {
        throw route.protocol.throttled(limit);
      }
      const { service, region, caller, params, dialect } = verified;
      const everywhere = behaviour.tencentScope === 'account' && service !== 'ecs';
      const repository =
        service === null
          ? memoryRepositories()('cvm', region)
          : parts.repositoryFor(service, everywhere ? 'ap-guangzhou' : region);
      const at = route.protocol.id;
      const run = (): Promise<Result> =>
        known.run(params, dialect, {
          interface: at,
          region,
          caller,
          repository,
          behaviour,
          pages,
          now,
          requestId,
        });
      const fault = parts.faults.take(route.protocol.id, action);
      const succeed = async (): Promise<Envelope> => route.protocol.wrapResult(await run(), requestId);
      if (fault === null) {
        const response = write(await succeed(), route, incoming);
        log(200);
        return { kind: 'response', response };
      }
      const outcome = await applyFault(fault, succeed, route, incoming, requestId);
      log(`fault:${fault.kind}`);
      return outcome;
    } catch (error) {
      const apiError = error instanceof ApiError ? error : internal(route, error);
      log(apiError.code);
      return {
        kind: 'response',
        response: write(route.protocol.wrapError(apiError, requestId, incoming), route, incoming),
      };
    }
  };
}

const BROWSER_REFUSED = 'This sandbox is for programs: it answers no page of a browser.\n';

const NOT_FOUND = '<html><head><title>404 Not Found</title></head><body>404 Not Found</body></html>\n';

/** The internal error. It names a failed system call, since the user of the sandbox can fix that. */
function internal({ protocol }: Route, error: unknown): ApiError {
  const apiError = protocol.internal();
  const { code, syscall, path = '' } = (error ?? {}) as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return apiError;
  return new ApiError(
    apiError.code,
    `The sandbox cannot keep its state: ${code}, ${syscall} ${path}`,
    apiError.status,
  );
}

function write(answer: Envelope, { protocol }: Route, incoming: IncomingRequest): RawResponse {
  const { type, text } = protocol.serialize(answer.content, incoming);
  return { status: answer.status, headers: { 'content-type': type }, body: text };
}

/** Applies a fault. @param succeed runs the action @throws ApiError from the action */
async function applyFault(
  fault: Fault,
  succeed: () => Promise<Envelope>,
  route: Route,
  incoming: IncomingRequest,
  requestId: string,
): Promise<Outcome> {
  switch (fault.kind) {
    case 'error': {
      const status = fault.status ?? route.protocol.errorStatus;
      const apiError = new ApiError(
        fault.code,
        fault.message ?? `The sandbox was told to answer ${fault.code}.`,
        status,
      );
      return {
        kind: 'response',
        response: write(
          { ...route.protocol.wrapError(apiError, requestId, incoming), status },
          route,
          incoming,
        ),
      };
    }
    case 'status':
      return {
        kind: 'response',
        response: {
          status: fault.status,
          headers: fault.headers ?? { 'content-type': 'text/html' },
          body: fault.body ?? '',
        },
      };
    case 'redirect':
      return { kind: 'response', response: { status: 302, headers: { location: fault.location }, body: '' } };
    case 'drop':
    case 'hang':
      if (fault.when === 'after') await succeed();
      return { kind: fault.kind };
    case 'cut':
      return { kind: 'cut', response: write(await succeed(), route, incoming) };
    case 'body': {
      const { headers } = write(await succeed(), route, incoming);
      return {
        kind: 'response',
        response: { status: 200, headers: { ...headers, ...fault.headers }, body: fault.body },
      };
    }
    case 'patch': {
      const answer = await succeed();
      return {
        kind: 'response',
        response: write({ ...answer, content: fault.patch(answer.content) }, route, incoming),
      };
    }
  }
}
