import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { FilesWorld } from './context.ts';
import type { CredentialsFile } from './entry.ts';
import { readSmallFile, shownPath } from './small-file.ts';
import type { RegionFound } from './vendor.ts';

/** What a profile says of the region. */
export interface RegionSaid {
  /** Null where it says none. */
  readonly region: string | null;
  /** The profile that is wanted and that the file does not have, or null. */
  readonly missing: string | null;
}

/** Region ids look alike everywhere; whatever else stands in a file is none. */
const REGION = /^[a-z]{2}(-[a-z0-9]+)*$/;

/** Whether any of these has credentials of the profile that is wanted. What is wrong with them is told when they are looked for. */
export async function holdsProfile(files: readonly CredentialsFile[], context: FilesWorld): Promise<boolean> {
  for (const { file, read } of files) {
    const reading = await readSmallFile(file, context.platform);
    if (reading === null) continue;
    if ('why' in reading) return true;
    const content = await read(reading.text.reveal()).catch(() => undefined);
    if (content?.entry !== null) return true;
  }
  return false;
}

/**
 * A file's text; null where there is none, or nothing in it.
 *
 * @throws KeypairError `USAGE` that names the file, where it cannot be read.
 */
export async function textOf(file: string, { home, platform }: FilesWorld): Promise<string | null> {
  const reading = await readSmallFile(file, platform);
  if (reading === null) return null;
  if ('why' in reading) throw unknownRegion(shownPath(file, home), reading.why);
  const text = reading.text
    .reveal()
    .replace(/^\ufeff/, '')
    .trim();
  return text === '' ? null : text;
}

/**
 * The region that a reader finds in a file's text, checked.
 *
 * @param read finds it.
 * @throws KeypairError `USAGE` that names the file, for what it throws and for what is no region.
 */
export function regionIn(
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

/** The error of a file whose region cannot be read. */
export function unknownRegion(file: string, why: string, cause?: KeypairError): KeypairError {
  return new KeypairError('USAGE', t`cannot read the region from ${file}: ${why}`, {
    hints: [t`correct ${file}, or name the region with --region`],
    ...(cause === undefined ? {} : { cause }),
  });
}
