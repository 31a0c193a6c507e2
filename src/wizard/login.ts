import type { AuthServices } from '../commands/auth/services.ts';
import type { LoginFlags } from '../commands/auth/login.ts';
import { keychainAccount } from '../credentials/keychain.ts';
import { VENDORS } from '../credentials/vendors.ts';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { Descriptor } from '../providers/types.ts';
import type { Session } from '../cli/session.ts';
import { goingBack, notGoingBack, unlessBack } from './steps.ts';
import { reloadProfile, withFlags } from './with-flags.ts';
import { whatIsSetUp } from './credential-survey.ts';

/**
 * Where there are no credentials at all, the way to some: a login, or the sandbox.
 *
 * @returns the session to go on with.
 * @throws KeypairError `CANCELLED` when the user leaves; what the login throws.
 */
export async function firstRun(session: Session): Promise<Session> {
  const setUp = await whatIsSetUp(session);
  if ([...setUp.values()].some(({ state }) => state !== 'none')) return session;
  return offer(session, t`There are no credentials of a cloud on this machine yet. What now?`);
}

/**
 * The session of somebody who has credentials for this provider.
 *
 * @throws KeypairError as {@link firstRun}.
 */
export async function withCredentials(session: Session, { vendor, title }: Descriptor): Promise<Session> {
  const setUp = await whatIsSetUp(session);
  if (setUp.get(vendor)?.state !== 'none') return session;
  return offer(session, t`There are no credentials for ${title} yet. What now?`);
}

async function offer(session: Session, question: string): Promise<Session> {
  const { askChoice } = await import('../ui/prompts.ts');
  for (;;) {
    const answer = await askChoice(session.context, question, [
      { value: 'login', title: t`Log in`, note: t`with an access key, which is checked and kept` },
      { value: 'sandbox', title: t`Try the sandbox`, note: t`a stand-in cloud on this machine: no account` },
      { value: 'leave', title: t`Leave`, note: '' },
    ]);
    if (answer === 'sandbox') return withFlags(session, { sandbox: true });
    if (answer === 'login') {
      const loggedIn = await unlessBack(() => logIn(goingBack(session)));
      if (loggedIn === null) continue;
      return session.context.goesBack === true ? loggedIn : notGoingBack(loggedIn);
    }
    throw new KeypairError('CANCELLED', t`cancelled: nothing was called`);
  }
}

/**
 * `auth login`, with the question where the key is to be kept.
 *
 * @returns the session with the login.
 * @throws KeypairError as `auth login`.
 */
export async function logIn(session: Session): Promise<Session> {
  const [{ askChoice }, { runLogin }, { authServices }] = await Promise.all([
    import('../ui/prompts.ts'),
    import('../commands/auth/login.ts'),
    import('../commands/auth/services.ts'),
  ]);
  const services = await authServices(session);
  const usual = (await hasKeychain(session, services)) ? 'keychain' : 'file';
  for (;;) {
    const store = await askChoice(
      session.context,
      t`Where shall the access key be kept?`,
      [
        { value: 'keychain', title: t`in the keychain`, note: t`of the operating system` },
        { value: 'file', title: t`in a file`, note: t`under a passphrase, for machines without a keychain` },
      ],
      usual,
    );
    const flags: Partial<LoginFlags> = store === 'file' ? { store: 'file' } : {};
    const done = await unlessBack(() => runLogin(session, flags, services).then(() => true));
    if (done !== null) return reloadProfile(session);
  }
}

/** Whether there is a keychain that answers: where there is none, the file is what Enter takes. */
async function hasKeychain(session: Session, { profile, keychain }: AuthServices): Promise<boolean> {
  try {
    await session.withSpinner(t`looking for the keychain`, () =>
      keychain.get(keychainAccount(profile, VENDORS[0].id)),
    );
    return true;
  } catch (error) {
    if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
    return false;
  }
}
