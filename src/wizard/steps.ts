import { createSession, type Session } from '../cli/session.ts';
import { type GlobalFlags, resolveSettings } from '../cli/settings.ts';
import { loadProfile } from '../config/load.ts';
import { shareCredentials } from '../connection/credentials.ts';
import { VENDORS } from '../credentials/vendors.ts';
import { WentBack } from '../ui/prompts.ts';

/** The same session, in which Esc in a question goes back: the caller handles `WentBack`. */
export function withBackNavigation(session: Session): Session {
  return withContext(session, true);
}

/** The same session without {@link withBackNavigation}: Esc must not interrupt an action. */
export function withoutBackNavigation(session: Session): Session {
  return withContext(session, false);
}

function withContext(session: Session, goesBack: boolean): Session {
  const context = Object.create(session.context, { goesBack: { value: goesBack } }) as Session['context'];
  return sharing(session, createSession(context, session.settings));
}

/** Shares credentials, so that no passphrase is asked for twice. */
function sharing(session: Session, made: Session): Session {
  for (const { id } of VENDORS) shareCredentials(session, made, id);
  return made;
}

/** A step of a wizard: returns the new state, or the same object if it asked nothing. */
export type Step<S> = (state: S, ask: (session: Session) => Session) => Promise<S>;

/**
 * Runs steps in sequence; Esc goes back to the last step that asked something.
 *
 * @param mayLeave whether the caller handles the `WentBack` of the first step; if not, Esc does nothing there.
 * @throws WentBack from the first step.
 */
export async function runSteps<S>(start: S, steps: readonly Step<S>[], mayLeave: boolean): Promise<S> {
  const before: { readonly at: number; readonly state: S }[] = [];
  let [state, at] = [start, 0];
  for (;;) {
    const step = steps[at];
    if (step === undefined) return state;
    try {
      const next = await step(state, before.length > 0 || mayLeave ? withBackNavigation : (session) => session);
      if (next !== state) before.push({ at, state });
      [state, at] = [next, at + 1];
    } catch (error) {
      const last = before.pop();
      if (!(error instanceof WentBack) || last === undefined) throw error;
      ({ state, at } = last);
    }
  }
}

/** The answer; null if the user went back. */
export async function nullOnBack<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof WentBack) return null;
    throw error;
  }
}

/** The same session with more flags: each answer is a flag. */
export function withFlags(session: Session, more: GlobalFlags): Session {
  const { context, settings } = session;
  const flags = { ...settings.flags, ...more };
  return sharing(session, createSession(context, resolveSettings(flags, context.env, settings.profile)));
}

/**
 * The same session with the profile read again, after a login has changed it.
 *
 * @throws KeypairError `USAGE` for a broken configuration.
 */
export async function reloadProfile({ context, settings, warn }: Session): Promise<Session> {
  const profile = await loadProfile(context, settings.chosenProfile, warn);
  return createSession(context, resolveSettings(settings.flags, context.env, profile));
}
