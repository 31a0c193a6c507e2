import { isIP } from 'node:net';
import { type ErrorCode, KeypairError, type Outcome } from '../errors.ts';
import { textOfBytes } from '../http/body.ts';
import { bringsPrivateKey, holdsPrivateKey, isPublicKey, refusalBringsKey } from '../http/key-shape.ts';
import { createRedactor, type Redactor } from '../http/redact.ts';
import type { HttpResponse } from '../http/types.ts';
import { t } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import type { Credentials } from './credentials.ts';
import { type Fields, fieldsOf } from './parse.ts';
import type { Descriptor } from './types.ts';

/** One call to a service, for its error messages. */
export interface Call {
  readonly service: Pick<Service, 'id' | 'title' | 'documentation'> & Partial<Pick<Service, 'pages'>>;
  /** The region of the call; absent if the service has no regions. */
  readonly region?: string;
  /** The flags that send a command to the same service. Default: provider and region. */
  readonly place?: string | undefined;
  /** The API's action: `CreateKeyPair`. */
  readonly action: string;
  /** Whether the action changes the cloud. Only then can the outcome of a failure be unknown. */
  readonly changes: boolean;
  /** No message may repeat these. */
  readonly credentials: Pick<Credentials, 'id' | 'secret' | 'token'>;
  /** The service's error codes. */
  readonly errors: ErrorTable;
}

/** A response that reports success. Its fields are not checked yet. */
export interface Answer {
  readonly fields: Fields;
  readonly requestId: string | null;
  /** The error to throw if the fields are invalid. `why` completes `… answered CreateKeyPair`. */
  malformed(why: string): KeypairError;
  /** The error for one item that the service refused. */
  refusal(code: string, message: unknown, errors?: ErrorTable): KeypairError;
}

/** A refusal, as the service sent it. */
interface Refusal {
  readonly code: string;
  readonly message: unknown;
  readonly requestId: string | null;
  /** The missing permission, if the service names it in a separate field. */
  readonly permission?: string | null;
}

/** Tencent names the missing permission only in the message: `… to perform operation (cvm:CreateKeyPair) …`. */
const PERMISSION = /\b[a-z]{2,20}:[A-Z][A-Za-z]{2,60}\b/;

/**
 * The error for a refusal, with the service's own code, message and request id. The service's table gives our error
 * code. A code that is not in the table becomes `FAILURE`, or `UNAVAILABLE` if the HTTP status is 429 or 5xx.
 */
export function refused(call: Call, response: HttpResponse, refusal: Refusal): KeypairError {
  const { service, action, changes, credentials } = call;
  const row = findRow(call.errors, refusal.code);
  const throttled = row?.throttled ?? response.status === 429;
  const broken = response.status >= 500 && !throttled;
  const words = serverText(refusal.message, credentials);
  const what = refusesRegion(refusal.code) && call.region !== undefined ? t`${action} in ${call.region}` : action;
  const came = response.raw ?? response.body;
  // If a refusal contains a private key, the service did create the pair.
  const keyCame = changes && refusalBringsKey(came.toString('latin1'));
  return new KeypairError(
    row?.code ?? (broken || throttled ? 'UNAVAILABLE' : 'FAILURE'),
    words === '' ? t`${service.title} refused ${what}` : t`${service.title} refused ${what}: ${words}`,
    {
      hints:
        row === null && !throttled
          ? [t`look the code up at ${pageOn(call)}`]
          : [
              ...permissionHint(row, serverText(refusal.permission, credentials) || words),
              placed(row?.hint ?? HINTS.slower, call),
              t`see ${pageOn(call)}`,
            ],
      provider: service.id,
      ...regionOf(call),
      providerCode: serverText(refusal.code, credentials, 100),
      ...requestIdOf(refusal.requestId, credentials),
      outcome: changes && (keyCame || broken || row?.outcome === 'unknown') ? 'unknown' : 'none',
      ...(keyCame ? { answer: new Secret(textOfBytes(came)) } : {}),
      throttled,
      retryAfterMs: retryAfterMs(response.headers),
    },
  );
}

/** A hint whose command goes to the same service as the call. */
function placed(hint: string, { service, region, place }: Call): string {
  const usual = `-p ${service.id}${region === undefined ? '' : ` -r ${region}`}`;
  return hint.replace('{place}', () => place ?? usual);
}

/** The error for a response that is not the service's: not JSON, no envelope, or an unexpected status. */
export function unreadable(call: Call, response: HttpResponse, requestId: string | null): KeypairError {
  const { status, body } = response;
  const seen =
    body.length === 0 ? t`an empty answer` : looksLikePage(response) ? t`a web page` : t`an answer that cannot be read`;
  return malformedError(call, 'UNAVAILABLE', response, requestId, {
    message: t`received ${seen} (HTTP ${status}) for ${call.action} instead of a response of ${call.service.title}`,
    hints: status >= 500 ? [HINTS.again, t`see ${pageOn(call)}`] : [HINTS.portal],
  });
}

/** A response that reports success, with our credentials removed from its texts. */
export function parseSuccess(call: Call, response: HttpResponse, fields: Fields, requestId: string | null): Answer {
  return {
    fields: unquoted(fields, call.credentials),
    requestId: requestIdOf(requestId, call.credentials).requestId ?? null,
    malformed: (why) =>
      malformedError(call, 'FAILURE', response, requestId, {
        message: t`${call.service.title} answered ${call.action} ${why}`,
        hints: [HINTS.upgrade, t`see ${pageOn(call)}`],
      }),
    refusal: (code, message, errors = call.errors) =>
      refused({ ...call, errors }, response, { code, message, requestId }),
  };
}

/**
 * Checks that an otherwise empty response is the service's: some contain only a request id.
 *
 * @throws KeypairError `FAILURE` if there is none. Otherwise, any server's `{}` would pass.
 */
export function requireRequestId(answer: Answer): void {
  if (answer.requestId === null) throw answer.malformed(t`without a request id`);
}

function malformedError(
  call: Call,
  code: ErrorCode,
  response: HttpResponse,
  requestId: string | null,
  text: { readonly message: string; readonly hints: readonly string[] },
): KeypairError {
  return new KeypairError(code, text.message, {
    hints: text.hints,
    provider: call.service.id,
    ...regionOf(call),
    ...requestIdOf(requestId, call.credentials),
    throttled: response.status === 429,
    retryAfterMs: retryAfterMs(response.headers),
    // The response may contain the only copy of a private key: pass it on unchanged.
    ...(call.changes ? { outcome: 'unknown', answer: new Secret(textOfBytes(response.raw ?? response.body)) } : {}),
  });
}

/** @param text a text that names the missing permission. */
function permissionHint(row: ErrorRow | null, text: string): readonly string[] {
  const permission = row?.hint === HINTS.permission ? PERMISSION.exec(text)?.[0] : undefined;
  return permission === undefined ? [] : [t`the permission that is missing: ${permission}`];
}

function regionOf({ region = '' }: Call): { region?: string } {
  return region === '' ? {} : { region };
}

/** The vendor's page about the failed action. */
function pageOn({ service: { documentation, pages = {} }, action }: Call): string {
  return Object.hasOwn(pages, action) ? (pages[action] ?? documentation) : documentation;
}

function requestIdOf(requestId: string | null, credentials: Call['credentials']): { requestId?: string } {
  return requestId === null ? {} : { requestId: serverText(requestId, credentials, 100) };
}

function looksLikePage({ headers, body }: HttpResponse): boolean {
  const type = headers['content-type'] ?? '';
  return /html/i.test(type) || /^\s*<(?:!doctype|html)/i.test(body.subarray(0, 200).toString('latin1'));
}

/** What a provider's error code means, and what to do about it. */
export interface ErrorRow {
  readonly code: ErrorCode;
  /** One line: lower case, no full stop. */
  readonly hint: string;
  /** `unknown` if the service may have acted despite the error. Default `none`. */
  readonly outcome?: Outcome;
  /** The service refused the request because there were too many. It can be repeated later. */
  readonly throttled?: true;
}

/** Provider codes and their meaning. A row covers its code and all codes that begin with it and a dot. */
export type ErrorTable = Readonly<Record<string, ErrorRow>>;

/** Codes for a region that the service does not have or that is not open to the account. */
const REGION_CODES = /^(UnsupportedRegion|InvalidRegion(Id)?(\..*)?|.*Region(Id)?\.?Not\w+|.*NotSupportedRegion)$/;

/** Whether a provider's code means that this account has no such region. */
export function refusesRegion(providerCode: string): boolean {
  return REGION_CODES.test(providerCode);
}

/** The row of a code, or of its longest prefix (`AuthFailure.New` → `AuthFailure`), or null. */
export function findRow(table: ErrorTable, code: string): ErrorRow | null {
  for (let name = code; ; name = name.slice(0, name.lastIndexOf('.'))) {
    if (Object.hasOwn(table, name)) return table[name] ?? null;
    if (!name.includes('.')) return null;
  }
}

/** One day. We do not wait that long anyway. */
const MOST_MS = 86_400_000;

/**
 * How long a service asks us to wait, in milliseconds, or undefined. Read from `x-acs-retry-after` (milliseconds, as in
 * Alibaba's own client) or `Retry-After` (RFC 9110 §10.2.3: seconds or a time). A time is compared with the response's
 * own `Date`, since our clock may be wrong.
 *
 * @param headers with lower-case names.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>): number | undefined {
  const exact = headers['x-acs-retry-after'];
  if (exact !== undefined && /^\d{1,9}$/.test(exact)) return bounded(Number(exact));
  const value = headers['retry-after'];
  if (value === undefined) return undefined;
  return /^\d{1,9}$/.test(value)
    ? bounded(Number(value) * 1000)
    : bounded(Date.parse(value) - Date.parse(headers['date'] ?? ''));
}

function bounded(milliseconds: number): number | undefined {
  return Number.isNaN(milliseconds) ? undefined : Math.min(Math.max(milliseconds, 0), MOST_MS);
}

/** What an adapter and its descriptor share. */
export type Service = Pick<Descriptor, 'id' | 'title' | 'documentation' | 'pageSize' | 'deleteBatch' | 'bindBatch'> & {
  /** The vendor's pages about actions, by action name; for others, `documentation`. */
  readonly pages: Readonly<Record<string, string>>;
};

/**
 * The hints of the error tables: one line each, lower case, no full stop. `{place}` becomes the flags that send a
 * command to the service that refused.
 */
export const HINTS = {
  name: t`choose a --name that the service takes: "keypair providers" shows the rule`,
  taken: t`choose another --name, or see what is there with: keypair list {place}`,
  quota: t`delete unused key pairs, or ask the vendor for a higher quota; see them with: keypair list {place}`,
  tags: t`check --tag: a key is missing, used twice, reserved by the vendor or too long`,
  tagQuota: t`use fewer --tag, or remove unused tags in the vendor's console`,
  project: t`check --project: 0 is the default project, the console lists the others`,
  resourceGroup: t`check --resource-group, or leave it out for the default group`,
  region: t`check --region: "keypair regions" lists what the vendor documents`,
  input: t`check --name, --region and what else was given for this command`,
  description: t`shorten --description: "keypair providers --json" shows the rule`,
  instance: t`check the instance ids: the vendor's console lists those of this region`,
  linux: t`key pairs are for Linux instances: leave the others out`,
  running: t`stop the instance first, or give --force-stop`,
  state: t`the instance's state does not allow this: check it in the console, and try again when it is running or stopped`,
  noCharge: t`start the instance first: it is stopped without being charged`,
  unsupported: t`the instance does not support key pairs: check it in the vendor's console`,
  stopped: t`this needs a stopped Linux instance: stop the instance first, or use the provider tencent with --force-stop`,
  bound: t`it is already bound: nothing to do`,
  unbound: t`it is not bound to that instance`,
  user: t`check --user: the key is bound for another user of the instance`,
  absent: t`see what is there with: keypair list {place}`,
  publicKey: t`give a public key in OpenSSH form: "ssh-rsa AAAA… comment"`,
  keyExists: t`this public key already exists; see it with: keypair list {place}`,
  inUse: t`detach the key pair from its instances and images first`,
  busy: t`another operation is in progress: wait for it to finish and try again`,
  secretId: t`check the key id: it may be mistyped, deleted or disabled, or belong to the vendor's other site (--site)`,
  secretKey: t`check the secret key: it does not belong to this key id, or was truncated when copied`,
  token: t`get fresh temporary credentials: their token is wrong or has expired`,
  clock: t`this machine's clock is wrong, and a signed request is valid only for a few minutes: keypair doctor shows the difference`,
  mfa: t`verify with your second factor in the vendor's console, then try again`,
  permission: t`ask the account's owner for the permission on key pairs that this request needs`,
  address: t`the account restricts from which IP addresses its keys may be used: add this one`,
  slower: t`wait a moment and try again: too many requests at once`,
  again: t`try again in a moment; if it fails again, give the vendor the request id`,
  upgrade: t`this program may be older than the service: look for a newer release`,
  report: t`this is a bug in keypair: please report it with the request id`,
  replay: t`check before you try again: something between this machine and the service repeats requests`,
  billing: t`check the account's balance and orders in the vendor's console`,
  refused: t`the account cannot use this service: open it in the vendor's console to see why`,
  portal: t`something else answered instead of the service: a sign-in page, a proxy, or a wrong --endpoint`,
  agent: t`start the vendor's agent on the instance, or install it: the vendor's console shows how`,
  agentState: t`start the instance first: its agent answers only while it runs`,
  account: t`check --user: the service does not accept this user name`,
  runs: t`the account has run too many scripts today: wait, or ask the vendor for a higher quota`,
  role: t`check the role's ARN: the vendor's console shows it with the role`,
  assume: t`two things must allow it: a permission sts:AssumeRole of the credentials, and the role's own trust policy`,
  session: t`check the session name, the external id and the session duration`,
  policy: t`check the session policy: its syntax, its length, and that it grants no more than the role has`,
  webToken: t`the token in the file is invalid or has expired: make sure that it is renewed`,
} as const;

/**
 * The point where a server's message begins to quote the request. Alibaba's signature errors echo the string to sign,
 * which contains the key id, the session token and every parameter.
 */
const QUOTE = /\s*server ?(?:string ?to ?sign|canonical ?request)/i;

/**
 * Base64 or hex of this length, with the lines that follow it: a key, a token or a signature. Excluded is a SHA512
 * fingerprint, which has a prefix.
 */
const OPAQUE =
  /(?<![A-Za-z0-9+/=_-]|\bSHA\d{3}:)[A-Za-z0-9+/=_-]{60,}(?:[^A-Za-z0-9+/=_-]{1,4}[A-Za-z0-9+/=_-]{16,})*/g;

/** The same after a public key. */
const LATER = /(?<=[^A-Za-z0-9+/=_-])[A-Za-z0-9+/=_-]{60,}/g;

/** The parts of credentials that a server could echo. */
type SigningPair = Pick<Credentials, 'id' | 'secret' | 'token'>;

/**
 * A server's text, made safe to print: cut before it quotes the request, at most `max` characters, without a final full
 * stop. Our credentials and key-like text become `[secret]`.
 */
function serverText(text: unknown, credentials: SigningPair, max = 300): string {
  if (typeof text !== 'string') return '';
  const { id, secret, token } = credentials;
  const redactor = createRedactor([secret, new Secret(id), ...(token === null ? [] : [token])]);
  const quote = QUOTE.exec(text);
  const own = quote === null ? text : text.slice(0, quote.index);
  const readable = own.replaceAll(OPAQUE, (run) => (isPublicKey(run) ? run.replace(LATER, '[secret]') : '[secret]'));
  return printable(redactor.text(holdsPrivateKey(own, false) ? own : readable), max)
    .trim()
    .replace(/[.。]$/, '');
}

/**
 * Fields whose values stay unchanged: those that hold keys or credentials, which are treated as secrets, and the output
 * of scripts, which is Base64 and so looks like a key.
 */
const UNCHANGED = /private|secret|token|accesskey|^output$/i;

/** No response is nested deeper. */
const DEEPEST = 32;

/** The redactor of each secret, with the token that it was made for: a list has many responses. */
const redactors = new WeakMap<Secret, { readonly token: Secret | null; readonly redactor: Redactor }>();

function redactorOf(secret: Secret, token: Secret | null): Redactor {
  const made = redactors.get(secret);
  if (made?.token === token) return made.redactor;
  const secrets = [secret, token].filter((own): own is Secret => (own?.reveal().length ?? 0) >= SHORTEST);
  const redactor = createRedactor(secrets);
  redactors.set(secret, { token, redactor });
  return redactor;
}

/** A shorter text is not a secret and would match many words. */
const SHORTEST = 8;

/**
 * The fields of a response without our credentials and without private keys. Names, descriptions and tags are printed,
 * and a server could echo what we sent.
 */
function unquoted(fields: Fields, { secret, token }: Pick<Credentials, 'secret' | 'token'>): Fields {
  const redactor = redactorOf(secret, token);
  const clean = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return bringsPrivateKey(value) ? '[secret]' : redactor.values(value);
    if (depth > DEEPEST) return null;
    if (Array.isArray(value)) return value.map((item) => clean(item, depth + 1));
    const object = fieldsOf(value);
    return object === null ? value : cleanFields(object, depth);
  };
  const cleanFields = (object: Fields, depth: number): Fields =>
    Object.fromEntries(
      Object.entries(object).map(([name, value]) => [
        name,
        UNCHANGED.test(name) && typeof value === 'string' ? value : clean(value, depth + 1),
      ]),
    );
  return cleanFields(fields, 0);
}

/**
 * The IP addresses in these values of a response, each an address or a list of them: each once, in order.
 *
 * A server's text is hostile, and an address becomes an argument of other programs. So everything else is dropped: host
 * names, spaces, options, and addresses with a zone (`fe80::1%eth0`), which means nothing on another machine.
 */
export function addressesOf(...values: readonly unknown[]): readonly string[] {
  return [...new Set(values.flat().filter(isAddress))];
}

function isAddress(value: unknown): value is string {
  return typeof value === 'string' && isIP(value) !== 0 && !value.includes('%');
}
