import type { CredentialContext, ProbeResult, CredentialPlace } from './context.ts';
import type { CredentialsFile, Entry, PairEntry } from './vendor.ts';
import { othersCanRead, readSmallFile, shownPath } from './vendor-file.ts';
import { staticSource } from './environment.ts';
import { instanceRole } from './instance.ts';
import { assumeRole, webIdentityRole } from './roles.ts';
import { KeypairError } from '../errors.ts';
import { formatFacts, t, withLabel } from '../i18n/t.ts';
import type { CredentialSource, Vendor } from '../providers/credentials.ts';

/** The place for a vendor's credentials file. The file is never written. */
export function filePlace(vendor: Vendor, asked: CredentialsFile, context: CredentialContext): CredentialPlace {
  const title = shownPath(asked.file, context.home);
  return { title, probe: () => probeFile(vendor, asked, title, context) };
}

async function probeFile(
  vendor: Vendor,
  { file, namedBy, forbiddenBy = null, read }: CredentialsFile,
  title: string,
  context: CredentialContext,
): Promise<ProbeResult> {
  if (forbiddenBy !== null) return { state: 'nothing', note: t`${forbiddenBy} switches it off` };
  const reading = await readSmallFile(file, context.platform);
  if (reading === null) {
    return namedBy === null
      ? { state: 'nothing', note: null }
      : { state: 'broken', note: t`${namedBy} names it, but it is not there` };
  }
  if ('why' in reading) return { state: 'broken', note: reading.why };
  const text = reading.text.reveal();
  if (text.trim() === '') return { state: 'nothing', note: t`it is empty` };
  const warning = reading.exposed ? othersCanRead(title) : null;
  try {
    const { entry, part, chosenBy } = await read(text);
    const where = part === null ? title : formatFacts([title, part]);
    if (entry === null) return { state: 'nothing', note: nothingIn(part, chosenBy), warning };
    return { ...resultOf(entrySource(vendor, entry, where, context)), warning };
  } catch (error) {
    if (!(error instanceof KeypairError)) throw error;
    return { state: 'broken', note: error.message, warning };
  }
}

function resultOf(source: CredentialSource | { readonly why: string }): ProbeResult {
  return 'why' in source ? { state: 'skipped', note: source.why } : { state: 'found', source };
}

function nothingIn(part: string | null, chosenBy: string | null): string {
  if (part === null) return t`it holds no credentials`;
  return chosenBy === null
    ? t`it has no credentials in ${part}`
    : t`it has no credentials in ${part}, which ${chosenBy} names`;
}

/**
 * The source of the credentials that an entry describes, or why they cannot be used.
 *
 * @param title the file, for people: `~/.aliyun/config.json, profile prod`.
 */
function entrySource(
  vendor: Vendor,
  entry: Entry,
  title: string,
  context: CredentialContext,
): CredentialSource | { readonly why: string } {
  switch (entry.kind) {
    case 'pair':
      return hasEnded(entry, context)
        ? { why: t`its login has expired: ${advice(entry)}` }
        : pairSource(entry, title, context);
    case 'role': {
      const base = entrySource(vendor, entry.base, title, context);
      return 'why' in base ? base : assumeRole(vendor, base, entry.role, context);
    }
    case 'web identity':
      return titled(webIdentityRole(vendor, entry.identity, context), title);
    case 'instance':
      return titled(instanceRole(vendor, entry.roleName, context), title);
    case 'unusable':
      return { why: entry.why };
  }
}

/** The tool that wrote temporary credentials renews them; this program only reads its files. */
function pairSource(entry: PairEntry, title: string, context: CredentialContext): CredentialSource {
  const { id, secret, token, expiresAt } = entry;
  const source = staticSource({ id, secret, token, expiresAt, source: title });
  if (expiresAt === null) return source;
  return {
    source: title,
    current: (signal) =>
      hasEnded(entry, context)
        ? Promise.reject(
            new KeypairError('AUTH', t`the credentials in ${title} have expired`, { hints: [advice(entry)] }),
          )
        : source.current(signal),
  };
}

function hasEnded({ expiresAt }: PairEntry, { now }: CredentialContext): boolean {
  return expiresAt !== null && expiresAt.getTime() <= now().getTime();
}

function advice({ renew }: PairEntry): string {
  return renew ?? t`log in again with the tool that wrote it`;
}

function titled(source: CredentialSource, title: string): CredentialSource {
  return { ...source, source: withLabel(title, source.source) };
}
