import type { ClientRequest } from 'node:http';
import type { RequestOptions } from 'node:https';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { refusedByProxy } from './failures.ts';
import { ADDRESS_TIMEOUT, openTunnel, type Turn, turnAt } from './proxy.ts';
import { bare, firstPhase, Progress, type Route } from './route.ts';
import type { HttpRequest } from './types.ts';

/** What a connection depends on besides its route. */
export interface ConnectionOptions {
  readonly ca: string | undefined;
  readonly lookup: LookupFunction | undefined;
  readonly provider: string | undefined;
}

/** The longest use of a connection without a request, in milliseconds. Services close such connections after 10 s or more. */
const LONGEST_AHEAD_MS = 1000;

/** A connection for one request. It sends nothing before {@link prepare} and `end`. */
export interface Opened {
  readonly route: Route;
  readonly outgoing: ClientRequest;
  readonly progress: Progress;
  readonly turn: Turn | null;
  /** Ends the wait for a proxy. */
  readonly waiting: AbortController;
  /** Called once, when the connection is ready; null: it is ready. */
  onReady: (() => void) | null;
  /** Whether the connection failed, or the server sent something, before the request. */
  spoilt: boolean;
}

/** Whether a connection that was opened early can be used. Looks again first: the server may have closed it meanwhile. */
export async function isFresh(opened: Opened): Promise<boolean> {
  await new Promise(setImmediate);
  const { socket } = opened.outgoing;
  const touched = socket !== null && (socket.destroyed || socket.bytesRead > 0);
  return !opened.spoilt && !touched && opened.progress.elapsed < LONGEST_AHEAD_MS;
}

/** Closes a connection whose request will not be sent. */
export function discard({ outgoing, waiting, turn }: Opened): void {
  turn?.answered(null);
  outgoing.destroy();
  waiting.abort();
}

/**
 * Opens a connection for one request: the service may close a kept connection just as we send a create, and a create
 * cannot be repeated. Lists have few pages.
 *
 * @throws KeypairError `UNAVAILABLE` if the proxy refused an earlier request.
 */
export async function openConnection(
  url: URL,
  method: HttpRequest['method'],
  route: Route,
  { ca, lookup, provider }: ConnectionOptions,
): Promise<Opened> {
  const progress = new Progress(firstPhase(route));
  const waiting = new AbortController();
  const client = route.secure ? await import('node:https') : await import('node:http');
  const tunnel = route.proxy === null ? null : await openTunnel(route.proxy, { ca, lookup, signal: waiting.signal });
  const tls = route.secure ? await tlsOptions(url, ca) : {};
  const turn = route.proxy === null ? null : await turnAt(route.proxy);
  if (turn?.refusal != null) throw refusedByProxy({ route, progress, received: [], provider }, turn.refusal);
  const outgoing = client.request({
    method,
    host: route.dialHost,
    port: route.dialPort,
    ...ADDRESS_TIMEOUT,
    ...(lookup === undefined ? {} : { lookup }),
    ...tls,
    agent: tunnel ?? false,
    setHost: false,
  });
  const opened: Opened = { route, outgoing, progress, turn, waiting, onReady: () => undefined, spoilt: false };
  const spoil = (): void => {
    opened.spoilt = true;
  };
  for (const event of ['error', 'close', 'response']) outgoing.on(event, spoil);
  outgoing.on('upgrade', (_response, socket: Socket) => {
    spoil();
    socket.destroy();
  });
  outgoing.once('proxyConnect', ({ statusCode }: { readonly statusCode: number }) => {
    turn?.answered(statusCode);
    if (statusCode !== 200) spoil();
    else if (route.secure) progress.enter('tls');
  });
  outgoing.once('socket', (socket) => {
    follow(socket, opened);
  });
  return opened;
}

/** Updates the phase from the connection's events. The request is sent only after the last of these events. */
function follow(socket: Socket, opened: Opened): void {
  const { route, progress } = opened;
  const ready = (): void => {
    opened.onReady?.();
    opened.onReady = null;
  };
  if (route.secure) socket.once('secureConnect', ready);
  if (route.proxy !== null) {
    if (!route.secure) ready();
    return;
  }
  socket.once('lookup', () => {
    if (progress.phase === 'lookup') progress.enter('connect');
  });
  socket.once('connect', () => {
    if (route.secure) progress.enter('tls');
    else ready();
  });
}

/**
 * Everything that decides which server we trust. All options are explicit, so that no variable or option of Node can
 * weaken them.
 */
async function tlsOptions(url: URL, ca: string | undefined): Promise<RequestOptions> {
  const { checkServerIdentity } = await import('node:tls');
  const host = bare(url.hostname);
  return {
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    servername: isIP(host) === 0 ? host : '',
    // Without this, Node checks the certificate of an IP address behind a tunnel against the proxy's name.
    checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
    ...(ca === undefined ? {} : { ca }),
  };
}

/**
 * Sets path and headers of the request.
 *
 * @throws KeypairError `FAILURE` for a request that Node refuses to send, such as a line break in a header.
 */
export function prepare(opened: Opened, request: HttpRequest, headers: Readonly<Record<string, string>>): void {
  const { outgoing } = opened;
  try {
    for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value);
    outgoing.path = request.url.pathname + request.url.search;
  } catch (error) {
    discard(opened);
    throw new KeypairError('FAILURE', t`a request was made that cannot be sent`, { cause: error });
  }
}
