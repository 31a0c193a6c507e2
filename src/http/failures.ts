import { Secret } from '../secret.ts';
import { KeypairError, type ErrorDetails } from '../errors.ts';
import { t, withNote } from '../i18n/t.ts';
import { textOfBytes } from './body.ts';
import { isLoopback, type Phase, type Progress, type Route } from './route.ts';
import { printable } from '../sanitize.ts';

/** A failed request: its route, its progress, and the received part of the response. */
export interface Attempt {
  readonly route: Route;
  readonly progress: Progress;
  readonly received: readonly Buffer[];
  /** The provider's id, if the request goes to a provider. */
  readonly provider: string | undefined;
}

const PHASES: Readonly<Record<Phase, (host: string) => string>> = {
  lookup: (host) => t`while looking up the host name of ${host}`,
  connect: (host) => t`while connecting to ${host}`,
  proxy: (host) => t`while waiting for the proxy to connect to ${host}`,
  tls: (host) => t`during the TLS handshake with ${host}`,
  send: (host) => t`while sending the request to ${host}`,
  wait: (host) => t`while waiting for the answer of ${host}`,
  read: (host) => t`while reading the answer of ${host}`,
};

/** The error for a timeout of the whole request. */
export function timedOut(attempt: Attempt, timeoutMs: number): KeypairError {
  return unavailable(attempt, t`timed out after ${timeoutMs / 1000} s ${phase(attempt)}`, [
    t`give it more time with --timeout SECONDS`,
    ...(attempt.progress.outcome === 'none' ? reachHints(attempt) : []),
  ]);
}

/** The error for a request that the caller's signal or the closed transport ended. */
export function cancelled(attempt: Attempt): KeypairError {
  return new KeypairError('CANCELLED', t`cancelled ${phase(attempt)}`, details(attempt, []));
}

/** The error for a proxy's response to CONNECT other than 200. */
export function refusedByProxy(attempt: Attempt, status: number): KeypairError {
  const { route } = attempt;
  const anonymous = route.proxy?.authorization == null;
  const hint =
    status !== 407
      ? t`the proxy does not let this machine through to ${route.host}: ask who runs it, or name ${route.host} in NO_PROXY`
      : anonymous
        ? t`the proxy wants a password: set HTTPS_PROXY to http://user:password@host:port`
        : t`the proxy does not accept the user and password that HTTPS_PROXY names`;
  return unavailable(
    attempt,
    Number.isInteger(status)
      ? t`the proxy ${proxyName(route)} answered ${status} when asked to connect to ${route.host}`
      : t`the proxy ${proxyName(route)} gave an answer that is not HTTP when asked to connect to ${route.host}`,
    [hint],
    { final: isFinalRefusal(status) },
  );
}

/** Whether a proxy's refusal applies to every request. A domain account is locked after a few wrong passwords. */
function isFinalRefusal(status: number): boolean {
  return status === 407 || status === 403;
}

/** The error for a 3xx. These services do not redirect, so another server answered or the endpoint is wrong. */
export function redirected(attempt: Attempt, status: number, location: string | undefined): KeypairError {
  const to = location === undefined ? null : URL.parse(location, `https://${attempt.route.host}`);
  const target = to === null || to.host === '' ? t`nowhere` : printableHost(to);
  return unavailable(attempt, t`${attempt.route.host} redirected the request to ${target} (status ${status})`, [
    t`a captive portal or a proxy may answer in place of the service: open a web page to sign in to this network`,
    t`check --endpoint`,
  ]);
}

/** A host from the response, unless it may contain a secret that we sent. */
function printableHost({ host }: URL): string {
  return host.split(/[.-]/).some(({ length }) => length > 20) ? t`another host` : printable(host, 100);
}

/** The error for an unusable response. `problem` completes "the answer of <host> …". */
export function unusable(attempt: Attempt, problem: string): KeypairError {
  return unavailable(attempt, t`the answer of ${attempt.route.host} ${problem}`, [
    t`a proxy or a captive portal may have answered in place of the service`,
  ]);
}

/** The error for a connection that failed or broke, from Node's own error. */
export function broken(attempt: Attempt, error: Error): KeypairError {
  const { route, progress } = attempt;
  const code = codeOf(error);
  const reason = code === '' ? printable(error.message) : withNote(reasonFor(code, error), code);
  const place = progress.phase === 'proxy' ? t`the proxy ${proxyName(route)}` : route.host;
  const cause = withoutDetails(error, code);

  if (CERTIFICATE.test(code)) {
    return unavailable(
      attempt,
      t`the certificate of ${place} is not trusted: ${reason}`,
      certificateHints(code, attempt),
      {
        cause,
        final: true,
      },
    );
  }
  if (progress.phase === 'proxy' && code === '') {
    return unavailable(attempt, t`${place} gave no usable answer: ${reason}`, reachHints(attempt), { cause });
  }
  if (code.startsWith('HPE_')) return unavailable(attempt, t`${place} does not speak HTTP: ${reason}`, [], { cause });
  if (progress.outcome === 'unknown') {
    return unavailable(attempt, t`the connection broke ${phase(attempt)}: ${reason}`, [], { cause });
  }
  return unavailable(attempt, t`cannot reach ${place}: ${reason}`, reachHints(attempt), { cause });
}

/** OpenSSL's names for failed verifications (X509_verify_cert_error), and Node's for a wrong host name. */
const CERTIFICATE =
  /^(?:UNABLE_TO_|CERT_|CRL_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_|ERROR_IN_CERT_|INVALID_(?:CA|PURPOSE)|PATH_LENGTH|HOSTNAME_)/;

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: t`the host name does not exist`,
  EAI_AGAIN: t`the name service does not answer`,
  ECONNREFUSED: t`connection refused`,
  ECONNRESET: t`the other side closed the connection`,
  EPIPE: t`the other side closed the connection`,
  ETIMEDOUT: t`no reply`,
  EHOSTUNREACH: t`no route to it`,
  ENETUNREACH: t`no network`,
  ERR_TLS_CERT_ALTNAME_INVALID: t`it was issued for another host name`,
  CERT_HAS_EXPIRED: t`it has expired`,
  CERT_NOT_YET_VALID: t`it is not valid yet`,
  DEPTH_ZERO_SELF_SIGNED_CERT: t`it is self-signed`,
  SELF_SIGNED_CERT_IN_CHAIN: t`its authority is not known here`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: t`its authority is not known here`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: t`its authority is not known here`,
};

function reasonFor(code: string, error: Error): string {
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return t`no TLS connection could be agreed on`;
  return REASONS[code] ?? printable(error.message, 200);
}

function certificateHints(code: string, { route, progress }: Attempt): string[] {
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return [t`check this machine's clock`];
  if (progress.phase !== 'proxy' && route.proxy === null && isLoopback(route.dialHost)) {
    return code === 'ERR_TLS_CERT_ALTNAME_INVALID'
      ? [t`check --endpoint`]
      : [t`set NODE_EXTRA_CA_CERTS to the file that this prints: keypair sandbox serve --tls`];
  }
  return [
    t`a company proxy that opens TLS: set NODE_EXTRA_CA_CERTS to the file of its certificate`,
    t`a captive portal: open a web page to sign in to this network`,
  ];
}

function reachHints({ route, progress }: Attempt): string[] {
  if (route.sandbox) return [t`is the sandbox running? start it with: keypair sandbox serve`];
  if (progress.phase === 'proxy')
    return [t`check HTTPS_PROXY, or name ${route.host} in NO_PROXY to go without the proxy`];
  if (progress.phase === 'lookup') return [t`check the spelling of --endpoint and --region, and that DNS works here`];
  return [t`check the network and its firewall`, ...(route.proxy ? [] : [t`if a proxy is needed, set HTTPS_PROXY`])];
}

function phase({ route, progress }: Attempt): string {
  const host = route.proxy === null ? route.host : t`${route.host} (through ${proxyName(route)})`;
  return PHASES[progress.phase](host);
}

function proxyName(route: Route): string {
  return route.proxy?.url.origin ?? '';
}

function unavailable(
  attempt: Attempt,
  message: string,
  hints: readonly string[],
  more: Pick<ErrorDetails, 'cause' | 'final'> = {},
): KeypairError {
  return new KeypairError('UNAVAILABLE', message, { ...details(attempt, hints), ...more });
}

function details({ progress, received, provider }: Attempt, hints: readonly string[]): ErrorDetails {
  const answer = textOfBytes(Buffer.concat(received));
  return {
    hints,
    outcome: progress.outcome,
    ...(provider === undefined ? {} : { provider }),
    ...(answer === '' ? {} : { answer: new Secret(answer) }),
  };
}

/** The code of an error. If Node tried several addresses, it is the first attempt's code. */
function codeOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? printable(code, 60) : '';
}

/** Node's error without its extra fields: the raw packet, the certificate, an address with a query. */
function withoutDetails(error: Error, code: string): Error {
  return Object.assign(new Error(printable(error.message)), code === '' ? {} : { code });
}
