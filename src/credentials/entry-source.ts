import { KeypairError } from '../errors.ts';
import { labelled } from '../i18n/phrases.ts';
import { t } from '../i18n/t.ts';
import type { Entry, PairEntry } from './entry.ts';
import { assumeRole, instanceRole, webIdentityRole } from './roles.ts';
import { fixed } from './renewing.ts';
import type { CredentialSource, Vendor } from '../providers/credentials.ts';
import type { World } from './context.ts';

/**
 * Where credentials come from by what a file says, or why they cannot.
 *
 * @param title the file, for people: `~/.aliyun/config.json, profile prod`.
 */
export function entrySource(
  vendor: Vendor,
  entry: Entry,
  title: string,
  world: World,
): CredentialSource | { readonly why: string } {
  switch (entry.kind) {
    case 'pair':
      return hasEnded(entry, world)
        ? { why: t`its login has expired: ${advice(entry)}` }
        : pairSource(entry, title, world);
    case 'role': {
      const base = entrySource(vendor, entry.base, title, world);
      return 'why' in base ? base : assumeRole(vendor, base, entry.role, world);
    }
    case 'web identity':
      return titled(webIdentityRole(vendor, entry.identity, world), title);
    case 'instance':
      return titled(instanceRole(vendor, entry.roleName, world), title);
    case 'unusable':
      return { why: entry.why };
  }
}

/** The tool that wrote temporary credentials renews them; this program only reads its files. */
function pairSource(entry: PairEntry, title: string, world: World): CredentialSource {
  const { id, secret, token, expiresAt } = entry;
  const source = fixed({ id, secret, token, expiresAt, source: title });
  if (expiresAt === null) return source;
  return {
    source: title,
    current: (signal) =>
      hasEnded(entry, world)
        ? Promise.reject(
            new KeypairError('AUTH', t`the credentials in ${title} have expired`, { hints: [advice(entry)] }),
          )
        : source.current(signal),
  };
}

function hasEnded({ expiresAt }: PairEntry, { now }: World): boolean {
  return expiresAt !== null && expiresAt.getTime() <= now().getTime();
}

function advice({ renew }: PairEntry): string {
  return renew ?? t`log in again with the tool that wrote it`;
}

function titled(source: CredentialSource, title: string): CredentialSource {
  return { ...source, source: labelled(title, source.source) };
}
