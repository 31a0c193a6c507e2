import path from 'node:path';
import { expandHere } from '../paths.ts';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';
import { agreedVariable } from './env.ts';
import { environmentRole } from './environment.ts';
import type { CredentialsFile, FileContent } from './file-source.ts';
import { tccliEntry } from './tccli-file.ts';
import type { World } from './context.ts';

/** What the paths of vendors' files depend on. */
export type FilesWorld = Pick<World, 'env' | 'home' | 'platform'>;

/** Which file of tccli's counts. */
export interface TccliFile {
  /** Without `.credential` or `.configure`. */
  readonly base: string;
  /** The variable that names the profile or the directory, or null. */
  readonly namedBy: string | null;
  /** `default` where nothing else is said. */
  readonly profile: string;
  /** The variable that names the profile, or null. */
  readonly chosenBy: string | null;
}

/**
 * `~/.tccli/<profile>`, by tccli's own variable and by Terraform's, which reads the same files.
 *
 * @throws KeypairError `AUTH` when they name two profiles, or something that can be none.
 */
export function tccliFile({ env, home }: FilesWorld): TccliFile {
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
 * The credentials files of tccli, Terraform and Tencent's SDKs, in the order in which they count: one that a variable
 * names counts before those that are where they always are.
 *
 * @throws KeypairError `AUTH`, as {@link tccliFile}.
 */
export function tencentFiles(world: FilesWorld, systemFile = SYSTEM_FILE): readonly CredentialsFile[] {
  const { env, home } = world;
  const tccli = tccliFile(world);
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
    read: (text) => Promise.resolve(readTccli(text, world)),
  };
  return named === null
    ? [ofTccli, ...usual.map((file) => ini(file, null))]
    : [ini(expandHere(named.value, home), named.name), ofTccli];
}

/** A role in the environment stands in place of the file's, as tccli has it. */
function readTccli(text: string, { env }: FilesWorld): FileContent {
  const entry = tccliEntry(text);
  const replaced = entry?.kind === 'role' && environmentRole('tencent', env) !== null;
  return { entry: replaced ? entry.base : entry, part: null, chosenBy: null };
}

async function readIni(text: string, { profile, chosenBy }: TccliFile): Promise<FileContent> {
  const { iniSection, tencentIniEntry } = await import('./ini-file.ts');
  const section = await iniSection(text, profile);
  return {
    entry: section === null ? null : tencentIniEntry(section),
    part: t`profile ${printable(profile, 60)}`,
    chosenBy,
  };
}
