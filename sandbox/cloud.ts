import { randomUUID } from 'node:crypto';

import { accountsOf, type Credentials } from './accounts.ts';
import { ApiError } from './api-error.ts';
import type { Behaviour, Service } from './behaviour.ts';
import type { Executor } from './executor.ts';
import type { Fault, FaultQueue } from './faults.ts';
import { nonceMemory, pager, rateLimiter } from './limits.ts';
import type { LoggedRequest } from './log.ts';
import type { Envelope, IncomingRequest } from './protocols/protocol.ts';
import { memoryRepositories, type Repository, type RepositoryFor } from './repository.ts';
import { parseIncoming, routeOf, type Route } from './route.ts';
import type { Login } from './ssh.ts';
import { header, isFromBrowser, type Outcome, type RawRequest, type RawResponse } from './wire.ts';

/** The parts of a cloud. */
interface CloudParts {
  readonly repositoryFor: RepositoryFor;
  readonly behaviour: Behaviour;
  readonly now: () => Date;
  /** The only credentials; null for the public ones. */
  readonly credentials: Credentials | null;
  /** Opens a login to an instance; null if lists have addresses that lead nowhere. */
  readonly login: ((service: Service, region: string, id: string) => Promise<Login>) | null;
  /** Executes the stored runs; null if a model answers. */
  readonly executor: Pick<Executor, 'start' | 'stop'> | null;
  readonly faults: FaultQueue;
  record(request: LoggedRequest): void;
}

/** Makes the request handler: route, verify, limit the rate, run the action or a fault, respond. */
export function cloud(parts: CloudParts): (request: RawRequest) => Promise<Outcome> {
  const nonces = nonceMemory();
  const limiter = rateLimiter();
  const { behaviour, login: open } = parts;
  const pages = pager(behaviour);

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
      return respond({ status: 403, headers: { 'content-type': 'text/plain' }, body: BROWSER_REFUSED });
    }
    if (route === null) {
      log(404);
      return respond({ status: 404, headers: { 'content-type': 'text/html' }, body: NOT_FOUND });
    }
    const requestId = randomUUID();
    const { protocol, actions } = route;
    try {
      const now = parts.now();
      const accountFor = accountsOf(protocol.vendor, parts.credentials);
      const verified = protocol.verify(incoming, { accountFor, now, behaviour, nonces });
      const { service, region, caller, params, dialect } = verified;
      const known = actions.get(action);
      if (known === undefined) throw protocol.unknownAction(action);
      const limit = behaviour.requestsPerSecond === 'documented' ? known.perSecond : behaviour.requestsPerSecond;
      // The sandbox has one account, so all clients and credentials share the limit.
      if (limit !== null && !limiter.allow(`${service ?? protocol.id}/${action}`, limit, now)) {
        throw protocol.throttled(limit);
      }
      const allRegions = behaviour.tencentScope === 'account' && protocol.vendor === 'tencent';
      const place = allRegions ? 'ap-guangzhou' : region;
      const repositoryOf = (of: Service, at = place): Repository => parts.repositoryFor(of, allRegions ? place : at);
      const repository = service === null ? memoryRepositories()('cvm', region) : repositoryOf(service);
      const { executor: runs } = parts;
      const executor = runs && {
        start: (of: Service, runId: string): void => {
          runs.start(of, place, runId);
        },
        stop: runs.stop,
      };
      const login = service === null || open === null ? null : (id: string) => open(service, place, id);
      const call = {
        ...{ interface: protocol.id, region, caller, repository, repositoryOf, executor, login, behaviour, pages },
        ...{ now, requestId },
      };
      const run = async (): Promise<Envelope> => protocol.wrapResult(await known.run(params, dialect, call), requestId);
      const fault = parts.faults.take(protocol.id, action);
      if (fault === null) {
        const response = serialize(await run(), route, incoming);
        log(200);
        return respond(response);
      }
      const outcome = await applyFault(fault, run, route, incoming, requestId);
      log(`fault:${fault.kind}`);
      return outcome;
    } catch (error) {
      const apiError = error instanceof ApiError ? error : internal(route, error);
      log(apiError.code);
      return respond(serialize(protocol.wrapError(apiError, requestId, incoming), route, incoming));
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
  return new ApiError(apiError.code, `The sandbox cannot keep its state: ${code}, ${syscall} ${path}`, apiError.status);
}

function respond(response: RawResponse): Outcome {
  return { kind: 'response', response };
}

function serialize(envelope: Envelope, { protocol }: Route, incoming: IncomingRequest): RawResponse {
  const { type, text } = protocol.serialize(envelope.content, incoming);
  return { status: envelope.status, headers: { 'content-type': type }, body: text };
}

/** Applies a fault. @param run runs the action @throws ApiError from the action */
async function applyFault(
  fault: Fault,
  run: () => Promise<Envelope>,
  route: Route,
  incoming: IncomingRequest,
  requestId: string,
): Promise<Outcome> {
  const { protocol } = route;
  switch (fault.kind) {
    case 'error': {
      const { code, message = `The sandbox was told to answer ${fault.code}.` } = fault;
      const status = fault.status ?? protocol.errorStatus;
      const envelope = protocol.wrapError(new ApiError(code, message, status), requestId, incoming);
      return respond(serialize({ ...envelope, status }, route, incoming));
    }
    case 'status': {
      const { status, headers = { 'content-type': 'text/html' }, body = '' } = fault;
      return respond({ status, headers, body });
    }
    case 'redirect':
      return respond({ status: 302, headers: { location: fault.location }, body: '' });
    case 'drop':
    case 'hang':
      if (fault.when === 'after') await run();
      return { kind: fault.kind };
    case 'cut':
      return { kind: 'cut', response: serialize(await run(), route, incoming) };
    case 'body': {
      const { headers } = serialize(await run(), route, incoming);
      return respond({ status: 200, headers: { ...headers, ...fault.headers }, body: fault.body });
    }
    case 'patch': {
      const envelope = await run();
      return respond(serialize({ ...envelope, content: fault.patch(envelope.content) }, route, incoming));
    }
  }
}
