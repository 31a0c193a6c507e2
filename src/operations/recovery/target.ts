import { loadProfile } from '../../config/load.ts';
import { KeypairError } from '../../errors.ts';
import { descriptors, findDescriptor } from '../../providers/registry.ts';
import { type Session, withSettings } from '../../cli/session.ts';
import type { Intent } from '../../storage/intent.ts';
import type { OpenEntry } from '../../storage/journal.ts';
import { parseEndpoint } from '../../http/route.ts';
import { resolveTarget, type Target } from '../../connection/target.ts';

/**
 * The service that an entry's create called, whatever this run's own flags say of others; with the credentials that
 * are found now for the profile that it was made with.
 *
 * @throws KeypairError as {@link resolveTarget}; `USAGE` where that profile is not there any more.
 */
export async function targetOf(session: Session, intent: Intent): Promise<Target> {
  const descriptor = findDescriptor(intent.provider);
  const silent = (): void => undefined;
  const { profile } = session.settings;
  const settings = {
    ...session.settings,
    profile:
      intent.profile === null || intent.profile === profile.name
        ? profile
        : await loadProfile(session.context, intent.profile, silent),
    provider: descriptor.id,
    region: intent.region,
    endpoint: intent.sandbox ? null : intent.endpoint,
    sandbox: intent.sandbox,
    // The endpoint says it all; this one every service of the vendor has.
    site: descriptor.sites[0] ?? session.settings.site,
  };
  const itsOwn = withSettings(session, settings, { info: silent, warn: silent });
  if (!intent.sandbox) {
    const { shareCredentials } = await import('../../connection/credentials.ts');
    shareCredentials(session, itsOwn, descriptor.vendor);
  }
  const target = await resolveTarget(itsOwn, descriptor, intent.apiVersion);
  return { ...target, endpoint: parseEndpoint(intent.endpoint) };
}

/**
 * Finds the credentials for entries, one after the other, before several are looked at at once under a sign of life and
 * within a time: a passphrase may be asked for. What cannot be had is told with each entry.
 *
 * @throws KeypairError `CANCELLED` when the user leaves that question, and nothing else.
 */
export async function prepareTargets(session: Session, entries: readonly OpenEntry[]): Promise<void> {
  for (const entry of entries) {
    if (entry.intent === null) continue;
    try {
      await targetOf(session, entry.intent);
    } catch (error) {
      if (error instanceof KeypairError && error.code === 'CANCELLED') throw error;
    }
  }
}

/** Loads what talks to the services of these entries, which is no waiting for a service. */
export async function loadAdapters(entries: readonly OpenEntry[]): Promise<void> {
  for (const { intent } of entries) {
    // A provider that is not known is told with its entry.
    const descriptor = descriptors.find(({ id }) => id === intent?.provider);
    await descriptor?.load();
  }
}
