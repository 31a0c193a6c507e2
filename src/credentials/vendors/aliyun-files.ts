import path from 'node:path';
import type { CredentialsFile, Entry, FileContent, RegionFound, Role } from '../vendor.ts';
import {
  holdsProfile,
  iniSection,
  lineIn,
  nameIn,
  numberIn,
  pairIn,
  parseJsonObject,
  regionIn,
  type RegionSaid,
  shownPath,
  textOf,
  unknownRegion,
} from '../vendor-file.ts';
import { agreedVariable, isOn, readVariable, type Variable } from '../variables.ts';
import { KeypairError } from '../../errors.ts';
import { t } from '../../i18n/t.ts';
import { expandHere, type PathsInput } from '../../paths.ts';
import { type Fields, fieldsOf } from '../../providers/parse.ts';
import { printable } from '../../sanitize.ts';

/**
 * The profile that the variables of the CLI, the SDKs and Terraform name, or null.
 *
 * @throws KeypairError `AUTH` if they name two.
 */
function aliyunProfile({ env }: PathsInput): Variable | null {
  return agreedVariable(env, ['ALIBABA_CLOUD_PROFILE', 'ALIBABACLOUD_PROFILE', 'ALICLOUD_PROFILE']);
}

/** The CLI's own file of profiles. */
function aliyunConfigFile({ home }: PathsInput): string {
  return path.join(home, '.aliyun', 'config.json');
}

/** The files that variables name, the SDKs' variable before Terraform's. */
function namedFiles({ env, home }: PathsInput): readonly { readonly file: string; readonly namedBy: string }[] {
  return ['ALIBABA_CLOUD_CREDENTIALS_FILE', 'ALICLOUD_SHARED_CREDENTIALS_FILE'].flatMap((name) => {
    const value = readVariable(env, name);
    return value === null ? [] : [{ file: expandHere(value, home), namedBy: name }];
  });
}

/** The files that may have the CLI's profiles, and so a region, in order of precedence. */
function aliyunConfigFiles(context: PathsInput): readonly string[] {
  const named = namedFiles(context).map(({ file }) => file);
  return aliyunProfilesForbidden(context) === null ? [...named, aliyunConfigFile(context)] : named;
}

/** The variable of the CLI or its SDKs that turns the CLI's profiles off, or null. */
function aliyunProfilesForbidden({ env }: PathsInput): string | null {
  const names = ['ALIBABA_CLOUD_IGNORE_PROFILE', 'ALIBABACLOUD_IGNORE_PROFILE', 'ALIBABA_CLOUD_CLI_PROFILE_DISABLED'];
  return names.find((name) => isOn(env, name)) ?? null;
}

/**
 * The credentials files of Alibaba's CLI, its SDKs and Terraform, in order of precedence: a file that a variable names
 * comes before those at the usual paths. ALIBABA_CLOUD_CREDENTIALS_FILE is INI for the SDKs and JSON for Terraform: the
 * content decides.
 *
 * @throws KeypairError `AUTH`, as {@link aliyunProfile}.
 */
export function aliyunFiles(context: PathsInput): readonly CredentialsFile[] {
  const wanted = aliyunProfile(context);
  const named = namedFiles(context);
  const sdk = { file: path.join(context.home, '.alibabacloud', 'credentials'), namedBy: null };
  const cli = {
    file: aliyunConfigFile(context),
    namedBy: null,
    forbiddenBy: aliyunProfilesForbidden(context),
  };
  const read = (text: string): Promise<FileContent> =>
    /^\s*\{/.test(text.replace(/^\ufeff/, '')) ? Promise.resolve(readConfig(text, wanted)) : readIni(text, wanted);
  return [
    ...named.map((file) => ({ ...file, read })),
    { ...cli, read: (text) => Promise.resolve(readConfig(text, wanted)) },
    ...(named.length > 0 ? [] : [{ ...sdk, read: (text: string) => readIni(text, wanted) }]),
  ];
}

function readConfig(text: string, wanted: Variable | null): FileContent {
  const { name, entry } = aliyunEntry(text, wanted?.value ?? null);
  const part = name === null ? null : t`profile ${printable(name, 60)}`;
  return { entry, part, chosenBy: wanted?.name ?? null };
}

async function readIni(text: string, wanted: Variable | null): Promise<FileContent> {
  const profile = wanted?.value ?? 'default';
  const section = await iniSection(text, profile);
  return {
    entry: section === null ? null : alibabaIniEntry(section),
    part: t`profile ${printable(profile, 60)}`,
    chosenBy: wanted?.name ?? null,
  };
}

const ALIBABA_KEY = { id: 'access_key_id', secret: 'access_key_secret', token: null };

/**
 * Reads a section of `~/.alibabacloud/credentials` (@alicloud/credentials, profile.ts). Null if it has no credentials.
 *
 * @throws KeypairError `AUTH` with the name of the missing or bad field.
 */
export function alibabaIniEntry(section: Fields): Entry | null {
  const type = lineIn(section, 'type');
  switch (type) {
    case null:
    case 'access_key':
      return pairIn(section, ALIBABA_KEY);
    case 'ecs_ram_role':
      return { kind: 'instance', roleName: lineIn(section, 'role_name') };
    case 'ram_role_arn':
      return roleIn(section);
    default:
      return {
        kind: 'unusable',
        why: t`its type is none of access_key, ecs_ram_role, ram_role_arn: change it, or run aliyun configure`,
      };
  }
}

function roleIn(section: Fields): Entry | null {
  const base = pairIn(section, ALIBABA_KEY);
  const arn = lineIn(section, 'role_arn');
  if (base === null) return null;
  if (arn === null) throw new KeypairError('AUTH', t`it has no role_arn`);
  const role = {
    arn,
    sessionName: lineIn(section, 'role_session_name'),
    externalId: null,
    durationSeconds: null,
    policy: lineIn(section, 'policy'),
    stsEndpoint: null,
  };
  return { kind: 'role', base, role };
}

/** A profile of Alibaba's own CLI. */
interface AliyunProfile {
  /** Null if the file names none. */
  readonly name: string | null;
  /** Null if there is no such profile, or it is still empty. */
  readonly entry: Entry | null;
}

/**
 * Reads `~/.aliyun/config.json` (aliyun/aliyun-cli, config/profile.go; @alicloud/credentials, cli_profile.ts).
 *
 * @param wanted the profile that the environment names, or null for the file's current one.
 * @throws KeypairError `AUTH` with a line, a profile or a field's name, never a value.
 */
export function aliyunEntry(text: string, wanted: string | null): AliyunProfile {
  const config = parseJsonObject(text);
  const name = wanted ?? nameIn(config, 'current');
  const found = name === null ? null : profileIn(config, name);
  return { name, entry: name === null || found === null ? null : entryOf(config, found, [name]) };
}

/**
 * The `region_id` of a profile, chosen as in {@link aliyunEntry}.
 *
 * @throws KeypairError `AUTH`, as {@link aliyunEntry}.
 */
export function aliyunRegion(text: string, wanted: string | null): RegionSaid {
  const config = parseJsonObject(text);
  const name = wanted ?? nameIn(config, 'current');
  const found = name === null ? null : profileIn(config, name);
  return found === null ? { region: null, missing: name } : { region: lineIn(found, 'region_id'), missing: null };
}

function profileIn(config: Fields, name: string): Fields | null {
  const profiles = Object.hasOwn(config, 'profiles') ? (config['profiles'] ?? []) : [];
  if (!Array.isArray(profiles)) throw new KeypairError('AUTH', t`profiles is not a list`);
  const named = (profile: Fields | null): boolean =>
    profile !== null && Object.hasOwn(profile, 'name') && profile['name'] === name;
  return (profiles as readonly unknown[]).map(fieldsOf).find(named) ?? null;
}

const KEY = { id: 'access_key_id', secret: 'access_key_secret', token: null };
const TEMPORARY = { ...KEY, token: 'sts_token' };

/** @param trail the chain of profiles that led here by `source_profile`, this one last. */
function entryOf(config: Fields, profile: Fields, trail: readonly string[]): Entry | null {
  const mode = modeOf(profile);
  // The CLI ignores case.
  switch (mode.toLowerCase()) {
    case '':
      return null;
    case 'ak':
      return pairIn(profile, KEY);
    case 'ststoken':
      lineOrThrow(profile, 'sts_token');
      return pairIn(profile, TEMPORARY);
    case 'ramrolearn':
      return withRole(profile, pairIn(profile, TEMPORARY));
    case 'ecsramrole':
      return { kind: 'instance', roleName: lineIn(profile, 'ram_role_name') };
    case 'ramrolearnwithrolename':
      return withRole(profile, { kind: 'instance', roleName: lineIn(profile, 'ram_role_name') });
    case 'chainableramrolearn':
      return withRole(profile, sourceOf(config, profile, trail));
    case 'oidc':
      return webIdentityIn(profile);
    case 'oauth':
    case 'cloudsso':
      return loginIn(profile, mode, trail.at(-1) ?? '');
    default:
      return {
        kind: 'unusable',
        why: t`only the aliyun CLI supports its mode: run keypair auth login -p aliyun`,
      };
  }
}

/** The mode of a profile. Without one, its fields decide, as in the CLI. */
function modeOf(profile: Fields): string {
  const holds = (name: string): boolean => lineIn(profile, name) !== null;
  const mode = lineIn(profile, 'mode');
  if (mode !== null) return mode;
  if (!holds('access_key_id') || !holds('access_key_secret')) return holds('ram_role_name') ? 'EcsRamRole' : '';
  if (holds('sts_token')) return 'StsToken';
  return holds('ram_role_arn') ? 'RamRoleArn' : 'AK';
}

function withRole(profile: Fields, base: Entry | null): Entry | null {
  if (base === null || base.kind === 'unusable') return base;
  const role: Role = {
    arn: lineOrThrow(profile, 'ram_role_arn'),
    sessionName: lineIn(profile, 'ram_session_name'),
    externalId: lineIn(profile, 'external_id'),
    durationSeconds: numberIn(profile, 'expired_seconds'),
    policy: null,
    stsEndpoint: stsOf(profile),
  };
  return { kind: 'role', base, role };
}

function sourceOf(config: Fields, profile: Fields, trail: readonly string[]): Entry | null {
  const name = required(nameIn(profile, 'source_profile'), 'source_profile');
  if (trail.includes(name)) {
    throw new KeypairError('AUTH', t`source_profile leads in a circle: ${[...trail, name].map(shown).join(' → ')}`);
  }
  const source = profileIn(config, name);
  const entry = source === null ? null : entryOf(config, source, [...trail, name]);
  if (entry === null) throw new KeypairError('AUTH', t`source_profile names ${shown(name)}, which has no credentials`);
  return entry;
}

function webIdentityIn(profile: Fields): Entry {
  return {
    kind: 'web identity',
    identity: {
      roleArn: lineOrThrow(profile, 'ram_role_arn'),
      providerId: lineOrThrow(profile, 'oidc_provider_arn'),
      tokenFile: required(nameIn(profile, 'oidc_token_file'), 'oidc_token_file'),
      sessionName: lineIn(profile, 'ram_session_name'),
      region: lineIn(profile, 'sts_region'),
      stsEndpoint: stsOf(profile),
    },
  };
}

/** The CLI stores the credentials of a browser login until they expire. The first run after that renews them. */
function loginIn(profile: Fields, mode: string, name: string): Entry {
  const renew = t`run aliyun configure --mode ${mode} --profile ${shown(name)}`;
  const ends = numberIn(profile, 'sts_expiration');
  const pair = ends === null ? null : pairIn(profile, TEMPORARY, { expiresAt: new Date(ends * 1000), renew });
  return pair ?? { kind: 'unusable', why: t`its ${mode} login has not been made yet: ${renew}` };
}

/** A plain host name. The host of a file goes into a URL. */
const HOST = /^[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)+$/i;

function stsOf(profile: Fields): string | null {
  const region = lineIn(profile, 'sts_region');
  const host = lineIn(profile, 'sts_endpoint') ?? (region === null ? null : `sts.${region}.aliyuncs.com`);
  if (host === null || HOST.test(host)) return host;
  throw new KeypairError('AUTH', t`sts_endpoint or sts_region is not a host name`);
}

function lineOrThrow(profile: Fields, name: string): string {
  return required(lineIn(profile, name), name);
}

function required(line: string | null, name: string): string {
  if (line === null) throw new KeypairError('AUTH', t`it has no ${name}`);
  return line;
}

function shown(name: string): string {
  return printable(name, 60);
}

/**
 * The region that the aliyun CLI would use; null if its files have none.
 *
 * @throws KeypairError `USAGE`, `AUTH`, as the vendor's `fileRegion`.
 */
export async function aliyunFileRegion(context: PathsInput): Promise<RegionFound | null> {
  const places = aliyunConfigFiles(context);
  if (places.length === 0) return null;
  const wanted = aliyunProfile(context);
  let without: { readonly file: string; readonly profile: string } | null = null;
  for (const file of places) {
    const text = await textOf(file, context);
    // The file of the SDKs' variable may be INI, which has no regions.
    if (text === null || (file !== places.at(-1) && !text.startsWith('{'))) continue;
    const { found, missing } = regionIn(file, context, () => aliyunRegion(text, wanted?.value ?? null));
    if (found !== null) return found;
    if (missing !== null) without ??= { file, profile: missing };
  }
  if (without === null && wanted === null) return null;
  if (wanted !== null && (await holdsProfile(aliyunFiles(context), context))) return null;
  const file = without?.file ?? places.at(-1) ?? '';
  throw unknownRegion(shownPath(file, context.home), noProfile(without?.profile ?? wanted?.value ?? '', wanted));
}

function noProfile(profile: string, wanted: Variable | null): string {
  const shown = printable(profile, 60);
  return wanted === null ? t`it has no profile ${shown}` : t`it has no profile ${shown}, which ${wanted.name} names`;
}
