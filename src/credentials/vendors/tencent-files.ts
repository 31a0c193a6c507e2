import path from 'node:path';
import type { CredentialsFile, Entry, FileContent, RegionFound } from '../vendor.ts';
import {
  holdsProfile,
  iniSection,
  lineIn,
  numberIn,
  pairIn,
  parseJsonObject,
  regionIn,
  shownPath,
  textOf,
  unknownRegion,
} from '../vendor-file.ts';
import { agreedVariable } from '../variables.ts';
import { KeypairError } from '../../errors.ts';
import { t } from '../../i18n/t.ts';
import { expandHere, type PathsInput } from '../../paths.ts';
import { type Fields, fieldsOf } from '../../providers/parse.ts';
import { printable } from '../../sanitize.ts';

/** The tccli files to read. */
interface TccliFile {
  /** Without `.credential` or `.configure`. */
  readonly base: string;
  /** The variable that names the profile or the directory, or null. */
  readonly namedBy: string | null;
  /** `default` unless a variable names another. */
  readonly profile: string;
  /** The variable that names the profile, or null. */
  readonly chosenBy: string | null;
}

/**
 * Finds `~/.tccli/<profile>` by the variables of tccli and of Terraform, which reads the same files.
 *
 * @throws KeypairError `AUTH` if they name two profiles, or an invalid one.
 */
function tccliFile({ env, home }: PathsInput): TccliFile {
  const profile = agreedVariable(env, ['TCCLI_PROFILE', 'TENCENTCLOUD_PROFILE']);
  if (profile !== null && (/[/\\\0]/.test(profile.value) || profile.value.startsWith('.'))) {
    throw new KeypairError('AUTH', t`${profile.name} is not the name of a profile`);
  }
  const directory = agreedVariable(env, ['TENCENTCLOUD_SHARED_CREDENTIALS_DIR']);
  const folder = directory === null ? path.join(home, '.tccli') : expandHere(directory.value, home);
  const name = profile?.value ?? 'default';
  return {
    base: path.join(folder, name),
    namedBy: profile?.name ?? directory?.name ?? null,
    profile: name,
    chosenBy: profile?.name ?? null,
  };
}

/** The SDKs' file for all users of a machine. */
const SYSTEM_FILE = '/etc/tencentcloud/credentials';

/**
 * The credentials files of tccli, Terraform and Tencent's SDKs, in order of precedence: a file that a variable names
 * comes before those at the usual paths.
 *
 * @param roleVariables the variables that name a role in place of the file's.
 * @throws KeypairError `AUTH`, as {@link tccliFile}.
 */
export function tencentFiles(
  context: PathsInput,
  roleVariables: readonly string[],
  systemFile = SYSTEM_FILE,
): readonly CredentialsFile[] {
  const { env, home } = context;
  const tccli = tccliFile(context);
  const named = agreedVariable(env, ['TENCENTCLOUD_CREDENTIALS_FILE']);
  const usual = [path.join(home, '.tencentcloud', 'credentials'), systemFile];
  const ini = (file: string, namedBy: string | null): CredentialsFile => ({
    file,
    namedBy,
    read: (text) => readIni(text, tccli),
  });
  const ofTccli: CredentialsFile = {
    file: `${tccli.base}.credential`,
    namedBy: tccli.namedBy,
    read: (text) => Promise.resolve(readTccli(text, agreedVariable(env, roleVariables) !== null)),
  };
  return named === null
    ? [ofTccli, ...usual.map((file) => ini(file, null))]
    : [ini(expandHere(named.value, home), named.name), ofTccli];
}

/** A role in the environment replaces the file's, as in tccli. */
function readTccli(text: string, roleGiven: boolean): FileContent {
  const entry = tccliEntry(text);
  const replaced = entry?.kind === 'role' && roleGiven;
  return { entry: replaced ? entry.base : entry, part: null, chosenBy: null };
}

async function readIni(text: string, { profile, chosenBy }: TccliFile): Promise<FileContent> {
  const section = await iniSection(text, profile);
  return {
    entry: section === null ? null : tencentIniEntry(section),
    part: t`profile ${printable(profile, 60)}`,
    chosenBy,
  };
}

/**
 * Reads a section of `~/.tencentcloud/credentials`: `secret_id`, `secret_key`, and `token` for temporary credentials
 * (TencentCloud SDKs for Node.js and Go). Null if it has no credentials.
 *
 * @throws KeypairError `AUTH` with the name of the missing or bad field.
 */
export function tencentIniEntry(section: Fields): Entry | null {
  return pairIn(section, { id: 'secret_id', secret: 'secret_key', token: 'token' });
}

/**
 * The commands that renew each kind of temporary credentials of tccli (TencentCloud/tencentcloud-cli, oauth.py,
 * sso.py).
 */
const LOGINS: Readonly<Record<string, string>> = {
  oauth: 'tccli auth login',
  sso: 'tccli sso login',
};

/** The type that `tccli configure set use-cvm-role false` writes: an access key, as without a type (configure.py). */
const PLAIN = 'default';

/**
 * Reads `~/.tccli/<profile>.credential`: `{secretId, secretKey, token?, "role-arn"?, "role-session-name"?, type?,
 * expiresAt?}`, with `expiresAt` in seconds since 1970. Null if it has no credentials.
 *
 * @throws KeypairError `AUTH` with a line or a field's name, never a value.
 */
export function tccliEntry(text: string): Entry | null {
  const fields = given(parseJsonObject(text));
  const type = lineIn(fields, 'type');
  if (type === 'cvm-role') return { kind: 'instance', roleName: null };
  const login = type !== null && Object.hasOwn(LOGINS, type) ? LOGINS[type] : undefined;
  const renew = login === undefined ? null : t`run ${login}`;
  if (type !== null && type !== PLAIN && renew === null) {
    return { kind: 'unusable', why: t`only tccli supports its type: run tccli configure` };
  }
  const ends = numberIn(fields, 'expiresAt');
  if (renew !== null && ends === null) throw new KeypairError('AUTH', t`it has no expiresAt`);
  const pair = pairIn(
    fields,
    { id: 'secretId', secret: 'secretKey', token: 'token' },
    { expiresAt: renew === null || ends === null ? null : new Date(ends * 1000), renew },
  );
  const arn = lineIn(fields, 'role-arn');
  if (pair === null || arn === null) return pair;
  const role = {
    arn,
    sessionName: lineIn(fields, 'role-session-name'),
    externalId: null,
    durationSeconds: null,
    policy: null,
    stsEndpoint: null,
  };
  return { kind: 'role', base: pair, role };
}

/** `tccli configure` writes the word None for an empty answer (configure.py). */
function given(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== 'None'));
}

/**
 * The region in `~/.tccli/<profile>.configure`: `{"_sys_param": {"region": …}}`; null if it has none.
 *
 * @throws KeypairError `AUTH`, as {@link tccliEntry}.
 */
export function tccliRegion(text: string): string | null {
  const fields = parseJsonObject(text);
  const system = Object.hasOwn(fields, '_sys_param') ? fieldsOf(fields['_sys_param']) : null;
  return system === null ? null : lineIn(given(system), 'region');
}

/**
 * The region that tccli would use; null if its files have none.
 *
 * @throws KeypairError `USAGE`, `AUTH`, as the vendor's `fileRegion`.
 */
export async function tencentFileRegion(
  context: PathsInput,
  roleVariables: readonly string[],
): Promise<RegionFound | null> {
  const { base, namedBy } = tccliFile(context);
  const file = `${base}.configure`;
  const text = await textOf(file, context);
  if (text !== null) return regionIn(file, context, () => ({ region: tccliRegion(text), missing: null })).found;
  if (namedBy === null || (await holdsProfile(tencentFiles(context, roleVariables), context))) return null;
  throw unknownRegion(shownPath(file, context.home), t`${namedBy} names it, but it is not there`);
}
