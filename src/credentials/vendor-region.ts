import type { RegionFound } from '../config/vendor-region.ts';
import { KeypairError } from '../errors.ts';
import { shownPath } from './file-place.ts';
import { readSmallFile } from './small-file.ts';
import type { FilesWorld } from './tencent-files.ts';
import type { Vendor } from './types.ts';

/** Region ids look alike everywhere; whatever else stands in a file is none. */
const REGION = /^[a-z]{2}(-[a-z0-9]+)*$/;

/**
 * The region that the vendor's own CLI would use, by its files; null where they say none, or cannot be read (the
 * search for credentials complains of that).
 *
 * @throws KeypairError `AUTH` when variables name two profiles.
 */
export async function vendorFileRegion(vendor: Vendor, world: FilesWorld): Promise<RegionFound | null> {
  return vendor === 'tencent' ? ofTccli(world) : ofAliyun(world);
}

async function ofTccli(world: FilesWorld): Promise<RegionFound | null> {
  const [{ tccliFile }, { tccliRegion }] = await Promise.all([
    import('./tencent-files.ts'),
    import('./tccli-file.ts'),
  ]);
  return regionIn(`${tccliFile(world).base}.configure`, world, tccliRegion);
}

async function ofAliyun(world: FilesWorld): Promise<RegionFound | null> {
  const [files, { aliyunRegion }] = await Promise.all([
    import('./alibaba-files.ts'),
    import('./aliyun-config.ts'),
  ]);
  const places = files.aliyunConfigFiles(world);
  if (places.length === 0) return null;
  const wanted = files.aliyunProfile(world)?.value ?? null;
  for (const file of places) {
    const found = await regionIn(file, world, (text) => aliyunRegion(text, wanted));
    if (found !== null) return found;
  }
  return null;
}

async function regionIn(
  file: string,
  { home, platform }: FilesWorld,
  read: (text: string) => string | null,
): Promise<RegionFound | null> {
  const reading = await readSmallFile(file, platform);
  if (reading === null || 'why' in reading) return null;
  try {
    const region = read(reading.text.reveal());
    return region !== null && REGION.test(region) ? { region, source: shownPath(file, home) } : null;
  } catch (error) {
    if (!(error instanceof KeypairError)) throw error;
    return null;
  }
}
