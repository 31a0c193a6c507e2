import { randomBytes } from 'node:crypto';
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { stateDirectory } from '../paths.ts';
import { isRegion } from '../config/values.ts';
import type { Context } from '../context.ts';
import { readSmallFile } from '../storage/key-directory.ts';
import { descriptors } from '../providers/registry.ts';
import { createExclusive, makePrivateDirectory, removeIfThere, removeLeftovers } from '../storage/fs.ts';

/** Where a key pair was made not long ago. */
export interface Recent {
  readonly provider: string;
  readonly region: string;
}

/** More than this nobody looks through. */
const MOST = 8;

/**
 * Where key pairs were made of late, the latest first. What the file holds is not trusted: what is no provider or no
 * region of ours is left out, and a file that cannot be read says nothing.
 */
export async function readRecent(context: Context): Promise<readonly Recent[]> {
  const reading = await readSmallFile(recentFile(context));
  if (reading === null || reading === 'unreadable') return [];
  try {
    const list: unknown = JSON.parse(reading.text.reveal());
    return Array.isArray(list) ? list.flatMap(recentOf).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

/** Notes where a key pair was made. Where that fails nothing is said: it only spares a few keys next time. */
export async function noteRecent(context: Context, latest: Recent): Promise<void> {
  const others = (await readRecent(context)).filter(
    ({ provider, region }) => provider !== latest.provider || region !== latest.region,
  );
  const { provider, region } = latest;
  const text = `${JSON.stringify([{ provider, region }, ...others].slice(0, MOST))}\n`;
  const file = recentFile(context);
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await makePrivateDirectory(path.dirname(file));
    await removeLeftovers(path.dirname(file), (name) => LEFTOVER.test(name), context.now());
    const handle = await createExclusive(temporary, 0o600);
    try {
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch {
    await removeIfThere(temporary).catch(() => undefined);
  }
}

/** What is written first, and then renamed. */
const LEFTOVER = /^recent\.json\.[0-9a-f]{12}$/;

function recentFile(context: Context): string {
  return path.join(stateDirectory(context), 'recent.json');
}

function recentOf(value: unknown): Recent[] {
  if (typeof value !== 'object' || value === null) return [];
  const { provider, region } = value as { readonly provider?: unknown; readonly region?: unknown };
  if (typeof provider !== 'string' || !descriptors.some(({ id }) => id === provider)) return [];
  return typeof region === 'string' && region.length <= 64 && isRegion(region) ? [{ provider, region }] : [];
}
