import { shareCredentials } from '../connection/credentials.ts';
import { loadProfile } from '../config/load.ts';
import { descriptors } from '../providers/registry.ts';
import { createSession, type Session } from '../cli/session.ts';
import { type GlobalFlags, resolveSettings } from '../cli/settings.ts';

/** The session of somebody who has given these flags as well: an answer is a flag. */
export function withFlags(session: Session, more: GlobalFlags): Session {
  const { context, settings } = session;
  const made = createSession(
    context,
    resolveSettings({ ...settings.flags, ...more }, context.env, settings.profile),
  );
  for (const { vendor } of descriptors) shareCredentials(session, made, vendor);
  return made;
}

/**
 * The same session with the profile as it stands now: a login has just changed it.
 *
 * @throws KeypairError `USAGE` for a configuration that is broken.
 */
export async function reloadProfile({ context, settings, warn }: Session): Promise<Session> {
  const profile = await loadProfile(context, settings.chosenProfile, warn);
  return createSession(context, resolveSettings(settings.flags, context.env, profile));
}
