import { createSession, type Session } from '../cli/session.ts';
import { type GlobalFlags, resolveSettings } from '../cli/settings.ts';
import { loadProfile } from '../config/load.ts';
import { shareCredentials } from '../connection/credentials.ts';
import { VENDORS } from '../credentials/vendors.ts';
import { WentBack } from '../ui/prompts.ts';

/** The same session with Esc for "back" in its questions: the caller handles `WentBack`. */
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

/** One step of a wizard: returns the new state; the same object where it had nothing to ask. */
export type Step<S> = (state: S, ask: (session: Session) => Session) => Promise<S>;

/**
 * Runs steps one after the other; Esc goes back to the last one that has asked something.
 *
 * @param mayLeave whether the caller handles the `WentBack` of the first one; else Esc does nothing there.
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

/** The answer; null where the user went back. */
export async function nullOnBack<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof WentBack) return null;
    throw error;
  }
}

/** The same session with more flags: an answer is a flag. */
export function withFlags(session: Session, more: GlobalFlags): Session {
  const { context, settings } = session;
  const flags = { ...settings.flags, ...more };
  return sharing(session, createSession(context, resolveSettings(flags, context.env, settings.profile)));
}

/**
 * The same session with the profile read again, after a login has changed it.
 *
 * @throws KeypairError `USAGE` for a configuration that is broken.
 */
export async function reloadProfile({ context, settings, warn }: Session): Promise<Session> {
  const profile = await loadProfile(context, settings.chosenProfile, warn);
  return createSession(context, resolveSettings(settings.flags, context.env, profile));
}
