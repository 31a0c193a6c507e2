import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { Fields } from '../providers/parse.ts';
import { Secret } from '../secret.ts';

/** What an entry of a vendor's credentials file says: how to come by credentials, not yet the credentials. */
export type Entry =
  | PairEntry
  | { readonly kind: 'role'; readonly base: Entry; readonly role: Role }
  | { readonly kind: 'web identity'; readonly identity: WebIdentity }
  | { readonly kind: 'instance'; readonly roleName: string | null }
  /** Something that only the vendor's own tool can use; `why` says what it is and what to run, in one line. */
  | { readonly kind: 'unusable'; readonly why: string };

/** A role to assume, with other credentials. */
export interface Role {
  /** `qcs::cam::uin/100000000001:roleName/ops`, `acs:ram::1000000000000001:role/ops`. */
  readonly arn: string;
  /** What the session is called in the vendor's logs; null: `keypair`. */
  readonly sessionName: string | null;
  readonly externalId: string | null;
  /** Null: the vendor's default (Tencent 7200, Alibaba 3600). */
  readonly durationSeconds: number | null;
  /** JSON that allows the session less than the role is allowed. */
  readonly policy: string | null;
  /** Host of the STS to ask, or a region; null for the vendor's own. */
  readonly stsEndpoint: string | null;
}

/** A role to assume with the token of an identity provider. */
export interface WebIdentity {
  readonly roleArn: string;
  /** TKE's provider id, or the ARN of the OIDC provider. */
  readonly providerId: string;
  readonly tokenFile: string;
  /** Null: `keypair`. */
  readonly sessionName: string | null;
  readonly region: string | null;
  readonly stsEndpoint: string | null;
}

/** What a file of a vendor's tools says. */
export interface FileContent {
  readonly entry: Entry | null;
  /** The part of the file that counts, for people: `profile prod`; null where that is the whole file. */
  readonly part: string | null;
  /** The variable that names the part, or null. */
  readonly chosenBy: string | null;
}

/** A file of a vendor's tools that may hold credentials. */
export interface CredentialsFile {
  readonly file: string;
  /** The variable that names this file or its profile, so that its absence is worth a word; or null. */
  readonly namedBy: string | null;
  /** The variable that forbids to read it, or null. */
  readonly forbiddenBy?: string | null;
  /** @throws KeypairError that tells the fault without any of the text. */
  readonly read: (text: string) => Promise<FileContent>;
}

/** An access key, permanent or temporary, that stands in the file itself. */
export interface PairEntry {
  readonly kind: 'pair';
  readonly id: string;
  readonly secret: Secret;
  readonly token: Secret | null;
  readonly expiresAt: Date | null;
  /** What to run once it has ended: `run tccli auth login`. */
  readonly renew: string | null;
}

/** Longer than any id, secret, token or ARN. */
const LONGEST = 8192;

/**
 * A field's text without the space around it; null where it is absent or empty. What an object inherits is no field.
 *
 * @throws KeypairError `AUTH` that names the field, and not its value, where it is not one line of ASCII.
 */
export function lineIn(fields: Fields, name: string): string | null {
  return textIn(fields, name, /[^\x20-\x7e]/);
}

/**
 * The same of a name or a path, which may be in any script.
 *
 * @throws KeypairError `AUTH`, as {@link lineIn}.
 */
export function nameIn(fields: Fields, name: string): string | null {
  return textIn(fields, name, /\p{Cc}/u);
}

function textIn(fields: Fields, name: string, bad: RegExp): string | null {
  const value = Object.hasOwn(fields, name) ? fields[name] : null;
  if (value === null || value === undefined) return null;
  const line = typeof value === 'string' ? value.trim() : null;
  if (line === '') return null;
  if (line === null || line.length > LONGEST || bad.test(line)) {
    throw new KeypairError('AUTH', t`${name} is not a line of plain text`);
  }
  return line;
}

/**
 * A field's whole number, written as number or as digits; null where it is absent, empty or 0.
 *
 * @throws KeypairError `AUTH` that names the field where it is anything else.
 */
export function numberIn(fields: Fields, name: string): number | null {
  const value = Object.hasOwn(fields, name) ? fields[name] : null;
  if (value === null || value === undefined || value === '' || value === 0) return null;
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (!Number.isSafeInteger(number) || (number as number) < 0) {
    throw new KeypairError('AUTH', t`${name} is not a whole number`);
  }
  return number as number;
}

/** How a file spells the fields of an access key. */
export interface PairNames {
  readonly id: string;
  readonly secret: string;
  /** Null where a token that stands in the file is not this entry's. */
  readonly token: string | null;
}

/**
 * The access key in an entry, or null where there is none of it.
 *
 * @throws KeypairError `AUTH` that names the field that is missing or bad.
 */
export function pairIn(
  fields: Fields,
  names: PairNames,
  end: Pick<PairEntry, 'expiresAt' | 'renew'> = { expiresAt: null, renew: null },
): PairEntry | null {
  const id = lineIn(fields, names.id);
  const secret = lineIn(fields, names.secret);
  if (id === null && secret === null) return null;
  if (id === null || secret === null) {
    const [there, missing] = id === null ? [names.secret, names.id] : [names.id, names.secret];
    throw new KeypairError('AUTH', t`it has ${there}, but no ${missing}`);
  }
  const token = names.token === null ? null : lineIn(fields, names.token);
  return {
    kind: 'pair',
    id,
    secret: new Secret(secret),
    token: token === null ? null : new Secret(token),
    ...end,
  };
}
