import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { Secret } from '../secret.ts';
import type { Credentials, Vendor } from '../providers/credentials.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** One spelling of a pair of variables. */
interface Spelling {
  readonly id: string;
  readonly secret: string;
  /** The names that the token may have beside this pair. */
  readonly tokens: readonly string[];
  /** Whether other programs may use the names for something else: they count only as a pair. */
  readonly anybodys?: boolean;
}

/**
 * The spellings that vendors' own tools read, the vendor's current one first: TencentCloud SDKs, tccli and Terraform
 * (one pair, three names for the token); Alibaba's credentials library, its CLI's four prefixes, and Terraform's.
 */
export const ENVIRONMENT_SPELLINGS: Readonly<Record<Vendor, readonly Spelling[]>> = {
  tencent: [
    {
      id: 'TENCENTCLOUD_SECRET_ID',
      secret: 'TENCENTCLOUD_SECRET_KEY',
      tokens: ['TENCENTCLOUD_SESSION_TOKEN', 'TENCENTCLOUD_TOKEN', 'TENCENTCLOUD_SECURITY_TOKEN'],
    },
  ],
  aliyun: [
    ...['ALIBABA_CLOUD_', 'ALIBABACLOUD_', 'ALICLOUD_', ''].map((prefix) => ({
      id: `${prefix}ACCESS_KEY_ID`,
      secret: `${prefix}ACCESS_KEY_SECRET`,
      tokens: [`${prefix}SECURITY_TOKEN`],
      anybodys: prefix === '',
    })),
    { id: 'ALICLOUD_ACCESS_KEY', secret: 'ALICLOUD_SECRET_KEY', tokens: ['ALICLOUD_SECURITY_TOKEN'] },
  ],
};

/**
 * The first whole pair in the environment, or null where there is none.
 *
 * @throws KeypairError `AUTH` when a pair is half there, when two names of the token disagree, or when one of them is
 * no line of ASCII: it could not be sent.
 */
export function credentialsFromEnvironment(vendor: Vendor, env: Env): Credentials | null {
  for (const spelling of ENVIRONMENT_SPELLINGS[vendor]) {
    const id = readVariable(env, spelling.id);
    const secret = readVariable(env, spelling.secret);
    if (id === null && secret === null) continue;
    if (spelling.anybodys && (id === null || secret === null)) continue;
    if (id === null || secret === null) {
      const [there, missing] = id === null ? [spelling.secret, spelling.id] : [spelling.id, spelling.secret];
      throw new KeypairError('AUTH', t`${there} is set, but ${missing} is not`, {
        hints: [t`set ${missing} too, or unset ${there}`],
      });
    }
    const token = agreedVariable(env, spelling.tokens)?.value ?? null;
    for (const name of [spelling.id, spelling.secret, ...spelling.tokens]) {
      if (!/^[\x20-\x7e]*$/.test(readVariable(env, name) ?? '')) {
        throw new KeypairError('AUTH', t`${name} is not a line of plain text`, {
          hints: [t`set it again: something else was copied with it, or in its place`],
        });
      }
    }
    return {
      id,
      secret: new Secret(secret),
      token: token === null ? null : new Secret(token),
      source: t`environment (${spelling.id})`,
      expiresAt: null,
    };
  }
  return null;
}

/** A variable that is set, and its value. */
export interface Variable {
  readonly name: string;
  readonly value: string;
}

/**
 * The first that is set of several variables that mean the same, or null.
 *
 * @throws KeypairError `AUTH` that names two of them, and not their values, when they differ.
 */
export function agreedVariable(env: Env, names: readonly string[]): Variable | null {
  const given = names.flatMap((name) => {
    const value = readVariable(env, name);
    return value === null ? [] : [{ name, value }];
  });
  const [first] = given;
  if (first === undefined) return null;
  const other = given.find(({ value }) => value !== first.value);
  if (other !== undefined) {
    throw new KeypairError('AUTH', t`${first.name} and ${other.name} are both set and differ`, {
      hints: [t`unset the one that is out of date`],
    });
  }
  return first;
}

/** A variable's value without the line end that `$(cat file)` or a CI's secret box may leave; empty counts as unset. */
export function readVariable(env: Env, name: string): string | null {
  const value = env[name]?.trim();
  return value === undefined || value === '' ? null : value;
}
