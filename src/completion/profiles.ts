import path from 'node:path';
import { configDirectory, type PathsInput } from '../paths.ts';
import { DEFAULT_PROFILE, EMPTY_PROFILE, isProfileName, type Profile } from '../config/profile.ts';
import { readShortText } from './short-text.ts';

/** What completions want of the configuration. */
export interface Profiles {
  /** Those that there are, `default` before all. */
  readonly names: readonly string[];
  /** The one that was chosen, by the caller or by the configuration; of what it says, what tells key pairs apart. */
  readonly profile: Profile;
}

/**
 * Reads the configuration as loosely as completions may: what is wrong with it is told by commands. As plain JSON, which
 * it mostly is; the parser for the rest, which takes a third of Node's own start to load, is left for comments.
 *
 * @param chosen by `--profile` or KEYPAIR_PROFILE.
 * @throws KeypairError `USAGE` for what that parser refuses, too.
 */
export async function readProfiles(paths: PathsInput, chosen: string | null): Promise<Profiles> {
  const file = path.join(configDirectory(paths), 'config.json');
  const text = readShortText(file)?.replace(/^\uFEFF/, '') ?? '{}';
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    const { namesIn, parseDocument, profileFrom } = await import('../config/document.ts');
    const document = parseDocument(file, text);
    return { names: withDefault(namesIn(document)), profile: profileFrom(document, chosen) };
  }
  const profiles = own(content, 'profiles');
  const name = chosen ?? textOf(content, 'profile') ?? DEFAULT_PROFILE;
  const profile = own(profiles, name);
  const site = textOf(profile, 'site');
  return {
    names: withDefault(isObject(profiles) ? Object.keys(profiles).filter(isProfileName) : []),
    profile: {
      ...EMPTY_PROFILE,
      name,
      provider: textOf(profile, 'provider'),
      region: textOf(profile, 'region'),
      site: site === 'cn' || site === 'intl' ? site : null,
      endpoint: textOf(profile, 'endpoint'),
    },
  };
}

function withDefault(names: readonly string[]): readonly string[] {
  return [...new Set([DEFAULT_PROFILE, ...names])];
}

function textOf(value: unknown, key: string): string | null {
  const found = own(value, key);
  return typeof found === 'string' ? found : null;
}

function own(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
