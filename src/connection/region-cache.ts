import path from 'node:path';
import { accountOf } from '../completion/cache.ts';
import { replaceFile } from '../completion/cache-write.ts';
import { readShortText } from '../completion/short-text.ts';
import { cacheDirectory } from '../paths.ts';
import { isRegion } from '../config/values.ts';
import type { Region } from '../providers/types.ts';
import type { Session } from '../cli/session.ts';
import { makePrivateDirectory } from '../storage/fs.ts';
import { printable } from '../sanitize.ts';

/** How long a service's list of regions is good, in milliseconds. */
const FRESH_MS = 24 * 60 * 60 * 1000;

/** Longer than any list of regions. */
const MOST = 300;

/** The list of regions that a service gave within a day; null where there is none. Whatever stands there, it is a list of regions or none. */
export function cachedRegions(
  session: Session,
  provider: string,
  signer: string | null,
): readonly Region[] | null {
  const file = fileOf(session, provider, signer);
  const text = file === null ? null : readShortText(file);
  if (text === null) return null;
  try {
    const content = JSON.parse(text) as { readonly at?: unknown; readonly regions?: unknown } | null;
    const age = session.context.now().getTime() - Date.parse(String(content?.at));
    if (!(age >= 0 && age < FRESH_MS) || !Array.isArray(content?.regions)) return null;
    const regions = (content.regions as readonly unknown[]).slice(0, MOST).flatMap((row): Region[] => {
      const [id, name] = Array.isArray(row) ? (row as readonly unknown[]) : [];
      if (typeof id !== 'string' || id.length > 60 || !isRegion(id)) return [];
      return [{ id, name: typeof name === 'string' ? printable(name, 100) : null }];
    });
    return regions.length === 0 ? null : regions;
  } catch {
    return null;
  }
}

/** Keeps a service's list of regions for a day. What cannot be written is not kept: this never fails. */
export async function cacheRegions(
  session: Session,
  provider: string,
  signer: string | null,
  regions: readonly Region[],
): Promise<void> {
  const file = fileOf(session, provider, signer);
  if (file === null) return;
  const content = {
    at: session.context.now().toISOString(),
    regions: regions.map(({ id, name }) => [id, name]),
  };
  try {
    await makePrivateDirectory(path.dirname(file));
    replaceFile(file, JSON.stringify(content));
  } catch {
    // It is asked for again, then.
  }
}

/**
 * What one account sees is not what another one does: `tencent,cn,key-0123456789abcdef.json`.
 *
 * @param signer whose requests these are, as `signerOf` gives it.
 * @returns null where that is not known: then nothing is kept.
 */
function fileOf({ context, settings }: Session, provider: string, signer: string | null): string | null {
  const { sandbox, profile } = settings;
  if (signer === null && !sandbox) return null;
  const place = accountOf({ ...settings, profile: { ...profile, name: '' } }, provider).replace(/^,/, '');
  const words = [provider, place, ...(signer === null ? [] : [signer.replace(':', '-')])];
  return path.join(cacheDirectory(context), 'regions', `${words.join()}.json`);
}
