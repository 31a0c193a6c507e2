import { shareCredentials } from '../connection/credentials.ts';
import { descriptors } from '../providers/registry.ts';
import { createSession, type Session } from '../cli/session.ts';
import { WentBack } from '../ui/prompts.ts';

/** The same session, in whose questions Esc leads back: whoever asks expects a `WentBack`. Nobody is asked twice for a passphrase. */
export function goingBack(session: Session): Session {
  const context = Object.create(session.context, { goesBack: { value: true } }) as Session['context'];
  return sharing(session, createSession(context, session.settings));
}

function sharing(session: Session, made: Session): Session {
  for (const { vendor } of descriptors) shareCredentials(session, made, vendor);
  return made;
}

/** The same session without {@link goingBack}: what acts must not be left half done by a key. */
export function notGoingBack(session: Session): Session {
  const context = Object.create(session.context, { goesBack: { value: false } }) as Session['context'];
  return sharing(session, createSession(context, session.settings));
}

/** One step of a conversation: what is known after it; the same object where it had nothing to ask. */
export type Step<S> = (state: S, ask: (session: Session) => Session) => Promise<S>;

/**
 * Takes steps one after the other; Esc in one leads to the one before it that has asked something.
 *
 * @param mayLeave whether somebody waits for the `WentBack` of the first one; else Esc does nothing there.
 * @throws WentBack from the first step.
 */
export async function inSteps<S>(start: S, steps: readonly Step<S>[], mayLeave: boolean): Promise<S> {
  const before: { readonly at: number; readonly state: S }[] = [];
  let [state, at] = [start, 0];
  for (;;) {
    const step = steps[at];
    if (step === undefined) return state;
    try {
      const next = await step(state, before.length > 0 || mayLeave ? goingBack : (session) => session);
      if (next !== state) before.push({ at, state });
      [state, at] = [next, at + 1];
    } catch (error) {
      const last = before.pop();
      if (!(error instanceof WentBack) || last === undefined) throw error;
      ({ state, at } = last);
    }
  }
}

/** Asks; null where the user went back instead. */
export async function unlessBack<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof WentBack) return null;
    throw error;
  }
}
