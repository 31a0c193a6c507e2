import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { causedBy, KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { parseFields } from '../providers/parse.ts';
import { printable } from '../sanitize.ts';
import type { HttpRequest, HttpResponse } from '../http/types.ts';
import { inVain } from './credential-error.ts';
import { renewing } from './renewing.ts';
import { readTemporary, type Temporary, type Told } from './temporary.ts';
import type { CredentialSource, Vendor } from '../providers/credentials.ts';
import type { World } from './context.ts';

type Ask = (request: HttpRequest) => Promise<HttpResponse>;

/** A vendor's metadata service: it answers its own instances only, on plain http. */
interface Metadata {
  readonly cloud: string;
  /** Where the instance's roles are: their name, and by a name the role's credentials. */
  readonly roles: string;
  /** The first words of what the machine's DMI says. */
  readonly dmi: RegExp;
  /** The headers that show that the request is made on the instance itself. */
  session(send: Ask, env: World['env']): Promise<Readonly<Record<string, string>>>;
  told(fields: Readonly<Record<string, unknown>>): Told;
}

const METADATA: Readonly<Record<Vendor, Metadata>> = {
  // https://cloud.tencent.com/document/product/213/4934
  tencent: {
    cloud: t`Tencent Cloud`,
    roles: 'http://metadata.tencentyun.com/latest/meta-data/cam/security-credentials/',
    dmi: /^tencent cloud\b/i,
    session: () => Promise.resolve({}),
    told: (fields) => ({
      id: fields['TmpSecretId'],
      secret: fields['TmpSecretKey'],
      token: fields['Token'],
      expiresAt: fields['ExpiredTime'] ?? fields['Expiration'],
    }),
  },
  // https://help.aliyun.com/zh/ecs/user-guide/view-instance-metadata
  aliyun: {
    cloud: t`Alibaba Cloud`,
    roles: 'http://100.100.100.200/latest/meta-data/ram/security-credentials/',
    dmi: /^alibaba cloud\b/i,
    session: sessionToken,
    told: (fields) => ({
      id: fields['AccessKeyId'],
      secret: fields['AccessKeySecret'],
      token: fields['SecurityToken'],
      expiresAt: fields['Expiration'],
    }),
  },
};

/** What a role may be called. It goes into a path: dots alone would be another one. */
const ROLE_NAME = /^(?=.{1,128}$)[\w+=,.@-]*\w[\w+=,.@-]*$/;

/**
 * The credentials of the role of the instance that this machine is, from the vendor's metadata service.
 *
 * @param roleName null: the instance's own, asked for.
 * @throws KeypairError `USAGE` at once, for a name that no role has.
 */
export function instanceRole(vendor: Vendor, roleName: string | null, world: World): CredentialSource {
  if (roleName !== null && !ROLE_NAME.test(roleName)) {
    throw new KeypairError('USAGE', t`'${printable(roleName, 100)}' is not the name of a role`, {
      hints: [t`give the role's name, not its ARN`],
    });
  }
  const metadata = METADATA[vendor];
  const source = roleName === null ? t`role of this instance` : t`role ${roleName} of this instance`;
  return renewing(
    source,
    async (signal) => {
      const send: Ask = (request) => {
        return world.metadata(request, { signal }).catch((error: unknown) => {
          throw unreachable(metadata, error);
        });
      };
      try {
        const headers = await metadata.session(send, world.env);
        const read = async (name: string): Promise<string> =>
          bodyOf(await send({ method: 'GET', url: new URL(metadata.roles + name), headers }));
        const name = roleName ?? roleIn(await read(''));
        return { ...credentialsIn(metadata, await read(name), world.now()), source };
      } catch (error) {
        throw inVain(t`cannot get the ${source}`, error);
      }
    },
    world.now,
  );
}

/**
 * Whether this machine says that it is an instance of the vendor's cloud (Linux: what DMI tells of the maker and the
 * product). It only saves others the wait for a metadata service that is not there, and proves nothing.
 *
 * @param directory in place of `/sys/class/dmi/id`.
 */
export async function isInstanceOf(
  vendor: Vendor,
  platform: string,
  directory = '/sys/class/dmi/id',
): Promise<boolean> {
  if (platform !== 'linux') return false;
  const texts = await Promise.all(
    ['sys_vendor', 'product_name'].map((name) =>
      readFile(path.join(directory, name), 'utf8').catch(() => ''),
    ),
  );
  return texts.some((text) => METADATA[vendor].dmi.test(text));
}

/**
 * The token that version 2 of Alibaba's metadata service wants with each request. An instance that knows version 1
 * only refuses to give any; silence is no refusal, since falling back then would be what version 2 protects from.
 */
async function sessionToken(send: Ask, env: World['env']): Promise<Record<string, string>> {
  const { status, body } = await send({
    method: 'PUT',
    url: new URL('http://100.100.100.200/latest/api/token'),
    headers: { 'x-aliyun-ecs-metadata-token-ttl-seconds': '21600' },
  });
  const token = body.toString('latin1').trim();
  if (status === 200 && /^[\x21-\x7e]{1,4096}$/.test(token)) return { 'x-aliyun-ecs-metadata-token': token };
  if (status === 200) throw unusable(t`without a token`);
  const version2Only = env['ALIBABA_CLOUD_IMDSV1_DISABLED']?.trim().toLowerCase() === 'true';
  if (!version2Only && status >= 400 && status <= 499 && !isPassing(status)) return {};
  throw refused(status);
}

function bodyOf({ status, body }: HttpResponse): string {
  if (status === 200) return body.toString('utf8');
  if (status !== 404) throw refused(status);
  throw new KeypairError('AUTH', t`the metadata service knows no such role`, {
    hints: [
      t`bind a role to the instance in the vendor's console, or give the name of the one that is bound`,
    ],
  });
}

function roleIn(body: string): string {
  const name = body.trim();
  if (ROLE_NAME.test(name)) return name;
  throw unusable(t`without the name of a role`);
}

function credentialsIn(metadata: Metadata, body: string, now: Date): Temporary {
  const fields = parseFields(body);
  if (fields === null) throw unusable(t`with something that is no JSON object`);
  if (fields['Code'] !== 'Success') {
    throw new KeypairError('AUTH', t`the metadata service reports no success`, {
      hints: [t`look at the instance's role in the vendor's console: it may have been deleted or changed`],
    });
  }
  const read = readTemporary(metadata.told(fields), now);
  if (typeof read === 'string') throw unusable(read);
  return read;
}

/** Statuses that pass: a timeout, too many requests. */
function isPassing(status: number): boolean {
  return status === 408 || status === 429;
}

function refused(status: number): KeypairError {
  const code = status >= 500 || isPassing(status) ? 'UNAVAILABLE' : 'AUTH';
  return new KeypairError(code, t`the metadata service answered HTTP ${status}`, {
    hints: [t`access to the metadata service may be turned off: see the instance's settings in the console`],
    throttled: status === 429,
  });
}

function unusable(why: string): KeypairError {
  return new KeypairError('FAILURE', t`the metadata service answered ${why}`, {
    hints: [
      t`something else may answer in its place: check where this machine sends requests to that address`,
    ],
  });
}

/** The transport speaks of proxies and time limits, of which there are none to set here. */
function unreachable({ cloud }: Metadata, error: unknown): unknown {
  if (!(error instanceof KeypairError) || error.code !== 'UNAVAILABLE') return error;
  return new KeypairError('UNAVAILABLE', error.message, {
    ...causedBy(error),
    hints: [t`only instances of ${cloud} have this service: elsewhere, use other credentials`],
  });
}
