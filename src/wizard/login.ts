import type { Session } from '../cli/session.ts';
import type { LoginFlags } from '../commands/auth/login.ts';
import type { AuthServices } from '../commands/auth/services.ts';
import { credentialContext } from '../connection/credentials.ts';
import { probeCredentials, type StoredCredentials } from '../credentials/chain.ts';
import { keychainAccount } from '../credentials/keychain.ts';
import { VENDORS } from '../credentials/vendors.ts';
import { KeypairError } from '../errors.ts';
import { t, withLabel, withNote } from '../i18n/t.ts';
import type { Vendor } from '../providers/credentials.ts';
import type { Descriptor } from '../providers/types.ts';
import { withBackNavigation, withoutBackNavigation, reloadProfile, nullOnBack, withFlags } from './steps.ts';

/**
 * Offers a login, or the sandbox, if no vendor has credentials.
 *
 * @returns the session to go on with.
 * @throws KeypairError `CANCELLED` when the user leaves; the errors of the login.
 */
export async function firstRun(session: Session): Promise<Session> {
  const setUp = await credentialStates(session);
  if ([...setUp.values()].some(({ state }) => state !== 'none')) return session;
  return offerLogin(session, t`There are no credentials of a cloud on this machine yet. What now?`);
}

/**
 * Offers the same if this provider has no credentials.
 *
 * @throws KeypairError as {@link firstRun}.
 */
export async function withCredentials(session: Session, { vendor, title }: Descriptor): Promise<Session> {
  const setUp = await credentialStates(session);
  if (setUp.get(vendor)?.state !== 'none') return session;
  return offerLogin(session, t`There are no credentials for ${title} yet. What now?`);
}

async function offerLogin(session: Session, question: string): Promise<Session> {
  const { askChoice } = await import('../ui/prompts.ts');
  for (;;) {
    const answer = await askChoice(session.context, question, [
      { value: 'login', title: t`Log in`, note: t`with an access key, which is checked and stored` },
      { value: 'sandbox', title: t`Try the sandbox`, note: t`a stand-in cloud on this machine: no account` },
      { value: 'leave', title: t`Leave`, note: '' },
    ]);
    if (answer === 'sandbox') return withFlags(session, { sandbox: true });
    if (answer === 'login') {
      const loggedIn = await nullOnBack(() => logIn(withBackNavigation(session)));
      if (loggedIn === null) continue;
      return session.context.goesBack === true ? loggedIn : withoutBackNavigation(loggedIn);
    }
    throw new KeypairError('CANCELLED', t`cancelled: nothing was called`);
  }
}

/**
 * `auth login`, with a question for the place to store the key.
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
        { value: 'file', title: t`in a file`, note: t`encrypted with a passphrase, for machines without a keychain` },
      ],
      usual,
    );
    const flags: Partial<LoginFlags> = store === 'file' ? { store: 'file' } : {};
    const done = await nullOnBack(() => runLogin(session, flags, services).then(() => true));
    if (done !== null) return reloadProfile(session);
  }
}

/** Whether a keychain answers; without one the file is the default. */
async function hasKeychain(session: Session, { profile, keychain }: AuthServices): Promise<boolean> {
  try {
    await session.withSpinner(t`looking for the keychain`, () => keychain.get(keychainAccount(profile, VENDORS[0].id)));
    return true;
  } catch (error) {
    if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
    return false;
  }
}

/** The state of a vendor's credentials on this machine. They are not fetched. */
export type CredentialState =
  | { readonly state: 'ready'; readonly source: string }
  | { readonly state: 'none' }
  /** Credentials exist that cannot be used. */
  | { readonly state: 'broken'; readonly problem: string };

/** Names a login without fetching it: a keychain may ask for its password, a file for its passphrase. */
const named: StoredCredentials = (profile, _vendor, kind) =>
  Promise.resolve({
    source: withNote(t`keypair auth login, profile ${profile}`, kind),
    current: () => Promise.reject(new KeypairError('AUTH', t`the login was not fetched`)),
  });

/**
 * The vendors with credentials on this machine. Fetches none; calls only the metadata service, on an instance.
 *
 * @throws KeypairError `CANCELLED`.
 */
export async function credentialStates(session: Session): Promise<ReadonlyMap<Vendor, CredentialState>> {
  const states = new Map<Vendor, CredentialState>();
  for (const { id } of VENDORS) states.set(id, await credentialStateOf(session, id));
  return states;
}

async function credentialStateOf(session: Session, vendor: Vendor): Promise<CredentialState> {
  const { profile, sandbox } = session.settings;
  // The sandbox has its own.
  if (sandbox) return { state: 'ready', source: 'sandbox' };
  try {
    const { found, places } = await session.withSpinner(t`looking for credentials`, () =>
      probeCredentials(vendor, profile, credentialContext(session, vendor), named),
    );
    if (found !== null) return { state: 'ready', source: found.source };
    const broken = places.find(({ state }) => state === 'broken' || state === 'skipped');
    if (broken === undefined) return { state: 'none' };
    return { state: 'broken', problem: withLabel(broken.title, broken.note ?? '') };
  } catch (error) {
    if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
    return { state: 'broken', problem: error.message };
  }
}
