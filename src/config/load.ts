import type { ConfigDocument } from './document.ts';
import { configFile, exposure, readConfigFile } from './file.ts';
import type { PathsInput } from './paths.ts';
import { EMPTY_PROFILE, type Profile } from './profile.ts';
import { DEFAULT_PROFILE, noProfile } from './profile-name.ts';

/**
 * The profile that a command works with. Where there is no configuration this costs one look, and no parser.
 *
 * @param chosen by `--profile` or KEYPAIR_PROFILE; null: the one that the configuration names, or `default`.
 * @param warn is told when others may read or change the file.
 * @throws KeypairError `USAGE` for a configuration that is broken, with its line and column and nothing of what stands
 * there; for a chosen profile that is not there.
 */
export async function loadProfile(
  paths: PathsInput,
  chosen: string | null,
  warn: (line: string) => void,
): Promise<Profile> {
  const file = configFile(paths);
  const found = await readConfigFile(file, paths);
  if (found === null) {
    if (chosen !== null && chosen !== DEFAULT_PROFILE) throw noProfile(chosen, []);
    return { ...EMPTY_PROFILE, chosen: chosen !== null };
  }
  const exposed = exposure(file, found, paths.platform);
  if (exposed !== null) warn(exposed);
  const [{ parseDocument }, { profileFrom }] = await Promise.all([
    import('./document.ts'),
    import('./read-profile.ts'),
  ]);
  return profileFrom(parseDocument(file, found.text), chosen);
}

/**
 * The names of all profiles, in the order of the configuration. `default` is there without being among them.
 *
 * @throws KeypairError `USAGE` for a broken configuration.
 */
export async function profileNames(paths: PathsInput): Promise<readonly string[]> {
  const [{ namesIn }, document] = await Promise.all([import('./read-profile.ts'), readDocument(paths)]);
  return namesIn(document);
}

/**
 * The profile that is changed when none is chosen: the one that the configuration names, or `default`. It need not be
 * there.
 *
 * @throws KeypairError `USAGE` for a broken configuration.
 */
export async function currentProfile(paths: PathsInput): Promise<string> {
  const [{ chosenByFile }, document] = await Promise.all([import('./read-profile.ts'), readDocument(paths)]);
  return chosenByFile(document) ?? DEFAULT_PROFILE;
}

async function readDocument(paths: PathsInput): Promise<ConfigDocument> {
  const file = configFile(paths);
  const [{ parseDocument }, found] = await Promise.all([
    import('./document.ts'),
    readConfigFile(file, paths),
  ]);
  return parseDocument(file, found?.text ?? '');
}
