import type { RegionFound } from '../config/vendor-region.ts';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';
import type { RegionSaid } from './alibaba-files.ts';
import type { Variable } from './env.ts';
import { type CredentialsFile, shownPath, readSmallFile } from './file-source.ts';
import type { FilesWorld } from './tencent-files.ts';
import type { Vendor } from '../providers/credentials.ts';

/** Region ids look alike everywhere; whatever else stands in a file is none. */
const REGION = /^[a-z]{2}(-[a-z0-9]+)*$/;

/**
 * The region that the vendor's own CLI would use, by its files; null where they say none.
 *
 * @throws KeypairError `USAGE` that names the file, where it cannot be read, is broken, or does not have the profile
 * that is wanted: no other region may be taken in its place. `AUTH` when variables name two profiles.
 */
export async function vendorFileRegion(vendor: Vendor, world: FilesWorld): Promise<RegionFound | null> {
  return vendor === 'tencent' ? ofTccli(world) : ofAliyun(world);
}

async function ofTccli(world: FilesWorld): Promise<RegionFound | null> {
  const [{ tccliFile, tencentFiles }, { tccliRegion }] = await Promise.all([
    import('./tencent-files.ts'),
    import('./tencent-files.ts'),
  ]);
  const { base, namedBy } = tccliFile(world);
  const file = `${base}.configure`;
  const text = await textOf(file, world);
  if (text !== null) return regionIn(file, world, () => ({ region: tccliRegion(text), missing: null })).found;
  if (namedBy === null || (await holdsProfile(tencentFiles(world), world))) return null;
  throw unknownRegion(shownPath(file, world.home), t`${namedBy} names it, but it is not there`);
}

async function ofAliyun(world: FilesWorld): Promise<RegionFound | null> {
  const [files, { aliyunRegion }] = await Promise.all([
    import('./alibaba-files.ts'),
    import('./alibaba-files.ts'),
  ]);
  const places = files.aliyunConfigFiles(world);
  if (places.length === 0) return null;
  const wanted = files.aliyunProfile(world);
  let without: { readonly file: string; readonly profile: string } | null = null;
  for (const file of places) {
    const text = await textOf(file, world);
    // What the SDKs' variable names may be INI, which has no regions.
    if (text === null || (file !== places.at(-1) && !text.startsWith('{'))) continue;
    const { found, missing } = regionIn(file, world, () => aliyunRegion(text, wanted?.value ?? null));
    if (found !== null) return found;
    if (missing !== null) without ??= { file, profile: missing };
  }
  if (without === null && wanted === null) return null;
  if (wanted !== null && (await holdsProfile(files.alibabaFiles(world), world))) return null;
  const file = without?.file ?? places.at(-1) ?? '';
  throw unknownRegion(
    shownPath(file, world.home),
    noProfile(without?.profile ?? wanted?.value ?? '', wanted),
  );
}

function noProfile(profile: string, wanted: Variable | null): string {
  const shown = printable(profile, 60);
  return wanted === null
    ? t`it has no profile ${shown}`
    : t`it has no profile ${shown}, which ${wanted.name} names`;
}

/** Whether any of these has credentials of the profile that is wanted. What is wrong with them is told when they are looked for. */
async function holdsProfile(files: readonly CredentialsFile[], world: FilesWorld): Promise<boolean> {
  for (const { file, read } of files) {
    const reading = await readSmallFile(file, world.platform);
    if (reading === null) continue;
    if ('why' in reading) return true;
    const content = await read(reading.text.reveal()).catch(() => undefined);
    if (content?.entry !== null) return true;
  }
  return false;
}

/** A file's text; null where there is none, or nothing in it. */
async function textOf(file: string, { home, platform }: FilesWorld): Promise<string | null> {
  const reading = await readSmallFile(file, platform);
  if (reading === null) return null;
  if ('why' in reading) throw unknownRegion(shownPath(file, home), reading.why);
  const text = reading.text
    .reveal()
    .replace(/^\ufeff/, '')
    .trim();
  return text === '' ? null : text;
}

function regionIn(
  file: string,
  { home }: FilesWorld,
  read: () => RegionSaid,
): { readonly found: RegionFound | null; readonly missing: string | null } {
  const source = shownPath(file, home);
  try {
    const { region, missing } = read();
    if (region === null) return { found: null, missing };
    if (REGION.test(region)) return { found: { region, source }, missing };
  } catch (error) {
    if (!(error instanceof KeypairError)) throw error;
    throw unknownRegion(source, error.message, error);
  }
  throw unknownRegion(source, t`what it has there is no region`);
}

function unknownRegion(file: string, why: string, cause?: KeypairError): KeypairError {
  return new KeypairError('USAGE', t`cannot read the region from ${file}: ${why}`, {
    hints: [t`correct ${file}, or name the region with --region`],
    ...(cause === undefined ? {} : { cause }),
  });
}
