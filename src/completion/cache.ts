import { readdirSync } from 'node:fs';
import path from 'node:path';
import { cacheDirectory, type PathsInput } from '../paths.ts';
import type { Settings } from '../cli/settings.ts';
import { readShortText } from './short-text.ts';

/** A key pair as completions offer it. */
export interface CachedPair {
  readonly name: string;
  readonly id: string | null;
  /** `rsa 2048`; null where the service does not tell. */
  readonly type: string | null;
  /** Ids of the instances that it was seen bound to; none where nobody has looked. */
  readonly instances: readonly string[];
}

/** Where key pairs are: a file of the cache for each. */
export interface CachePlace {
  /** The provider's id. */
  readonly provider: string;
  readonly region: string;
  /** Whose they are: the {@link SANDBOX}'s, or what {@link accountOf} gives. */
  readonly account: string;
}

/** Most key pairs that are kept of one place. */
export const MOST_PAIRS = 5000;

/** Most instances that are kept of one place, whichever of its key pairs they are bound to. */
export const MOST_INSTANCES = 5000;

/** The account of the stand-in cloud. */
export const SANDBOX = 'sandbox';

/**
 * Whose key pairs a command works on, as far as that is known without asking: the profile's, on a site of the vendor or
 * at the endpoint that was given.
 *
 * @throws TypeError for an endpoint that is no URL.
 */
export function accountOf(
  { sandbox, profile, site, endpoint }: Pick<Settings, 'sandbox' | 'profile' | 'site' | 'endpoint'>,
  provider: string,
): string {
  if (sandbox) return SANDBOX;
  const given = endpoint ?? (profile.provider === provider ? profile.endpoint : null);
  return `${profile.name},${given === null ? site : encodeURIComponent(new URL(given).origin)}`;
}

/** Where the cache of names is. */
export function namesDirectory(paths: PathsInput): string {
  return path.join(cacheDirectory(paths), 'names');
}

/** The file of a place: `tencent,ap-guangzhou,sandbox.json`. */
export function fileOf(directory: string, { provider, region, account }: CachePlace): string {
  return path.join(directory, `${provider},${region},${account}.json`);
}

/** The places that are in the cache; none where there is no cache. */
export function placesIn(directory: string): readonly CachePlace[] {
  let files: readonly string[];
  try {
    files = readdirSync(directory);
  } catch {
    return [];
  }
  return files.flatMap((file) => {
    const [, provider, region, account] = /^([a-z]+),([a-z0-9-]+),([^,]+(?:,[^,]+)?)\.json$/.exec(file) ?? [];
    return provider === undefined || region === undefined || account === undefined
      ? []
      : [{ provider, region, account }];
  });
}

/** What is cached of a place; nothing where it cannot be read. */
export function readPairs(directory: string, place: CachePlace): readonly CachedPair[] {
  try {
    const content: unknown = JSON.parse(readShortText(fileOf(directory, place)) ?? '');
    if (!Array.isArray(content)) return [];
    return content
      .slice(0, MOST_PAIRS)
      .map(pairIn)
      .filter((pair) => pair !== null);
  } catch {
    return [];
  }
}

function pairIn(entry: unknown): CachedPair | null {
  if (!Array.isArray(entry)) return null;
  // Earlier releases noted no instances.
  const [name, id, type, instances = []] = entry as readonly unknown[];
  if (typeof name !== 'string') return null;
  return {
    name,
    id: textOrNull(id),
    type: textOrNull(type),
    instances: Array.isArray(instances)
      ? (instances as readonly unknown[]).slice(0, MOST_INSTANCES).filter((one) => typeof one === 'string')
      : [],
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
