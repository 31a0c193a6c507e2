import path from 'node:path';
import { expandHere } from '../paths.ts';
import { t } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';
import { aliyunEntry } from './aliyun-config.ts';
import { agreedVariable, readVariable, type Variable } from './env.ts';
import { isOn } from './environment.ts';
import type { CredentialsFile, FileContent } from './file-source.ts';
import type { FilesWorld } from './tencent-files.ts';

/**
 * The profile that the environment names for the CLI, the SDKs and Terraform, or null.
 *
 * @throws KeypairError `AUTH` when it names two.
 */
export function aliyunProfile({ env }: FilesWorld): Variable | null {
  return agreedVariable(env, ['ALIBABA_CLOUD_PROFILE', 'ALIBABACLOUD_PROFILE', 'ALICLOUD_PROFILE']);
}

/** Where the CLI keeps its profiles. */
function aliyunConfigFile({ home }: FilesWorld): string {
  return path.join(home, '.aliyun', 'config.json');
}

/** The files that variables name, the SDKs' variable before Terraform's. */
function namedFiles({
  env,
  home,
}: FilesWorld): readonly { readonly file: string; readonly namedBy: string }[] {
  return ['ALIBABA_CLOUD_CREDENTIALS_FILE', 'ALICLOUD_SHARED_CREDENTIALS_FILE'].flatMap((name) => {
    const value = readVariable(env, name);
    return value === null ? [] : [{ file: expandHere(value, home), namedBy: name }];
  });
}

/** The files that may have the CLI's profiles, and with them a region, in the order in which they count. */
export function aliyunConfigFiles(world: FilesWorld): readonly string[] {
  const named = namedFiles(world).map(({ file }) => file);
  return aliyunProfilesForbidden(world) === null ? [...named, aliyunConfigFile(world)] : named;
}

/** The variable that forbids to read the CLI's profiles (the CLI's own, and its SDKs'), or null. */
function aliyunProfilesForbidden({ env }: FilesWorld): string | null {
  const names = [
    'ALIBABA_CLOUD_IGNORE_PROFILE',
    'ALIBABACLOUD_IGNORE_PROFILE',
    'ALIBABA_CLOUD_CLI_PROFILE_DISABLED',
  ];
  return names.find((name) => isOn(env, name)) ?? null;
}

/**
 * The credentials files of Alibaba's CLI, its SDKs and Terraform, in the order in which they count: one that a
 * variable names counts before those that are where they always are. ALIBABA_CLOUD_CREDENTIALS_FILE is INI to the
 * SDKs and JSON to Terraform: what is in it decides.
 *
 * @throws KeypairError `AUTH`, as {@link aliyunProfile}.
 */
export function alibabaFiles(world: FilesWorld): readonly CredentialsFile[] {
  const wanted = aliyunProfile(world);
  const named = namedFiles(world);
  const sdk = { file: path.join(world.home, '.alibabacloud', 'credentials'), namedBy: null };
  const cli = { file: aliyunConfigFile(world), namedBy: null, forbiddenBy: aliyunProfilesForbidden(world) };
  const read = (text: string): Promise<FileContent> =>
    /^\s*\{/.test(text.replace(/^\ufeff/, ''))
      ? Promise.resolve(readConfig(text, wanted))
      : readIni(text, wanted);
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
  const { alibabaIniEntry, iniSection } = await import('./ini-file.ts');
  const profile = wanted?.value ?? 'default';
  const section = await iniSection(text, profile);
  return {
    entry: section === null ? null : alibabaIniEntry(section),
    part: t`profile ${printable(profile, 60)}`,
    chosenBy: wanted?.name ?? null,
  };
}
