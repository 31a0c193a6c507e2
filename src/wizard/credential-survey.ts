import { credentialContext } from '../connection/credentials.ts';
import { probeCredentials } from '../credentials/chain.ts';
import type { StoredCredentials } from '../credentials/sources.ts';
import type { Vendor } from '../providers/credentials.ts';
import { KeypairError } from '../errors.ts';
import { withNote, withLabel } from '../i18n/phrases.ts';
import { t } from '../i18n/t.ts';
import { VENDORS } from '../credentials/vendors.ts';
import type { Session } from '../cli/session.ts';

/** What is known of a vendor's credentials without asking anybody for them. */
export type SetUp =
  | { readonly state: 'ready'; readonly source: string }
  | { readonly state: 'none' }
  /** Something is there that cannot be used. */
  | { readonly state: 'broken'; readonly problem: string };

/** A login is named, not fetched: a keychain may ask for its password, a file for its passphrase. */
const named: StoredCredentials = (profile, _vendor, kind) =>
  Promise.resolve({
    source: withNote(t`keypair auth login, profile ${profile}`, kind),
    current: () => Promise.reject(new KeypairError('AUTH', t`the login was not fetched`)),
  });

/**
 * Which vendors' credentials are set up on this machine. Fetches none; asks the metadata service on an instance only.
 *
 * @throws KeypairError `CANCELLED`.
 */
export async function whatIsSetUp(session: Session): Promise<ReadonlyMap<Vendor, SetUp>> {
  const states = new Map<Vendor, SetUp>();
  for (const { id } of VENDORS) states.set(id, await setUpOf(session, id));
  return states;
}

async function setUpOf(session: Session, vendor: Vendor): Promise<SetUp> {
  const { profile, sandbox } = session.settings;
  // It brings its own.
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
