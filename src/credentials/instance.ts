import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { causedBy, KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { parseFields } from '../providers/parse.ts';
import { printable } from '../sanitize.ts';
import type { HttpRequest, HttpResponse } from '../http/types.ts';
import { credentialError, readTemporary, renewableSource, type Temporary } from './temporary.ts';
import { type Env, isOn } from './variables.ts';
import type { MetadataService } from './vendor.ts';
import { vendorOf } from './vendors.ts';
import type { CredentialSource, Vendor } from '../providers/credentials.ts';
import type { CredentialContext } from './context.ts';

type Ask = (request: HttpRequest) => Promise<HttpResponse>;

/** A valid role name. It goes into a URL's path, so it must not be dots alone. */
const ROLE_NAME = /^(?=.{1,128}$)[\w+=,.@-]*\w[\w+=,.@-]*$/;

/**
 * The credentials of this instance's role, from the vendor's metadata service.
 *
 * @param roleName null: the metadata service is asked for it.
 * @throws KeypairError `USAGE` at once for an invalid role name.
 */
export function instanceRole(vendor: Vendor, roleName: string | null, context: CredentialContext): CredentialSource {
  if (roleName !== null && !ROLE_NAME.test(roleName)) {
    throw new KeypairError('USAGE', t`'${printable(roleName, 100)}' is not the name of a role`, {
      hints: [t`give the role's name, not its ARN`],
    });
  }
  const { metadata, title } = vendorOf(vendor);
  if (metadata === null) {
    throw new KeypairError('USAGE', t`the instances of ${title} have no roles`);
  }
  const source = roleName === null ? t`role of this instance` : t`role ${roleName} of this instance`;
  return renewableSource(
    source,
    async (signal) => {
      const send: Ask = (request) => {
        return context.metadata(request, { signal }).catch((error: unknown) => {
          throw unreachable(title, error);
        });
      };
      try {
        const headers = await sessionHeaders(metadata, send, context.env);
        const read = async (name: string): Promise<string> =>
          bodyOf(await send({ method: 'GET', url: new URL(metadata.roles + name), headers }));
        const name = roleName ?? roleIn(await read(''));
        return { ...credentialsIn(metadata, await read(name), context.now()), source };
      } catch (error) {
        throw credentialError(t`cannot get the ${source}`, error);
      }
    },
    context.now,
  );
}

/**
 * Whether this machine's DMI (vendor and product, on Linux) names the vendor's cloud. It is no proof. It saves other
 * machines the timeout of a missing metadata service.
 *
 * @param directory in place of `/sys/class/dmi/id`.
 */
export async function isInstanceOf(
  vendor: Vendor,
  platform: string,
  directory = '/sys/class/dmi/id',
): Promise<boolean> {
  const dmi = vendorOf(vendor).metadata?.dmi;
  if (platform !== 'linux' || dmi === undefined) return false;
  const texts = await Promise.all(
    ['sys_vendor', 'product_name'].map((name) => readFile(path.join(directory, name), 'utf8').catch(() => '')),
  );
  return texts.some((text) => dmi.test(text));
}

/**
 * The header with a session's token, which the service expects in each request. Falls back to no session only if the
 * service refuses to open one, as its older version does; a timeout is no refusal.
 */
async function sessionHeaders(
  { session }: MetadataService,
  send: Ask,
  env: Env,
): Promise<Readonly<Record<string, string>>> {
  if (session === null) return {};
  const headers = { [session.lifetimeHeader]: '21600' };
  const { status, body } = await send({ method: 'PUT', url: new URL(session.url), headers });
  const token = body.toString('latin1').trim();
  if (status === 200 && /^[\x21-\x7e]{1,4096}$/.test(token)) return { [session.tokenHeader]: token };
  if (status === 200) throw unusable(t`without a token`);
  const required = session.requiredVariable !== null && isOn(env, session.requiredVariable);
  if (!required && status >= 400 && status <= 499 && !isTemporaryStatus(status)) return {};
  throw refused(status);
}

function bodyOf({ status, body }: HttpResponse): string {
  if (status === 200) return body.toString('utf8');
  if (status !== 404) throw refused(status);
  throw new KeypairError('AUTH', t`the metadata service does not know this role`, {
    hints: [t`bind a role to the instance in the vendor's console, or give the name of the one that is bound`],
  });
}

function roleIn(body: string): string {
  const name = body.trim();
  if (ROLE_NAME.test(name)) return name;
  throw unusable(t`without the name of a role`);
}

function credentialsIn(metadata: MetadataService, body: string, now: Date): Temporary {
  const fields = parseFields(body);
  if (fields === null) throw unusable(t`with something that is not a JSON object`);
  if (fields['Code'] !== 'Success') {
    throw new KeypairError('AUTH', t`the metadata service reports a failure`, {
      hints: [t`look at the instance's role in the vendor's console: it may have been deleted or changed`],
    });
  }
  const read = readTemporary(metadata.sessionIn(fields), now);
  if (typeof read === 'string') throw unusable(read);
  return read;
}

/** Whether a status is temporary: a timeout, too many requests. */
function isTemporaryStatus(status: number): boolean {
  return status === 408 || status === 429;
}

function refused(status: number): KeypairError {
  const code = status >= 500 || isTemporaryStatus(status) ? 'UNAVAILABLE' : 'AUTH';
  return new KeypairError(code, t`the metadata service answered HTTP ${status}`, {
    hints: [t`access to the metadata service may be turned off: see the instance's settings in the console`],
    throttled: status === 429,
  });
}

function unusable(why: string): KeypairError {
  return new KeypairError('FAILURE', t`the metadata service answered ${why}`, {
    hints: [t`something else may answer in its place: check where this machine sends requests to that address`],
  });
}

/** Replaces the transport's hints on proxies and timeouts, which do not apply here. */
function unreachable(cloud: string, error: unknown): unknown {
  if (!(error instanceof KeypairError) || error.code !== 'UNAVAILABLE') return error;
  return new KeypairError('UNAVAILABLE', error.message, {
    ...causedBy(error),
    hints: [t`only instances of ${cloud} have this service: elsewhere, use other credentials`],
  });
}
