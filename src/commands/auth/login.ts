import { environmentSource } from '../../credentials/environment.ts';
import { keychainAccount } from '../../credentials/keychain.ts';
import type { CallerIdentity } from '../../credentials/roles.ts';
import { fixed } from '../../credentials/renewing.ts';
import type { StoredKey } from '../../credentials/stored.ts';
import type { Vendor } from '../../providers/credentials.ts';
import { causedBy, KeypairError } from '../../errors.ts';
import { t } from '../../i18n/t.ts';
import type { Session } from '../../cli/session.ts';
import { printable } from '../../sanitize.ts';
import { credentialWorld } from '../../connection/credentials.ts';
import { keepLogin } from './keep.ts';
import { keyAnswer, passphraseAnswer, vendorAnswer } from './login-answers.ts';
import { type LoginFlags, planLogin } from './login-flags.ts';
import type { AuthServices } from './services.ts';
import { shortened } from './vendors.ts';
import { vendorOf } from '../../credentials/vendors.ts';

/** Runs `auth login`: every question first, then the check, and only what the cloud has accepted is stored. */
export async function runLogin(
  session: Session,
  flags: Partial<LoginFlags>,
  services: AuthServices,
): Promise<void> {
  const plan = planLogin(session, flags);
  const vendor = await vendorAnswer(session, plan.missing);
  const { profile, keychain } = services;
  if (plan.store === 'keychain') {
    // Where there is none, nobody should have typed a secret in vain.
    await session.withSpinner(t`looking for the keychain`, () =>
      keychain.get(keychainAccount(profile, vendor)),
    );
  }
  const key: StoredKey = { ...(await keyAnswer(session, plan, vendor)), token: null };
  const passphrase = plan.passphrase ? await passphraseAnswer(session) : null;
  const caller = plan.check ? await whose(session, services, vendor, key) : null;
  const doing =
    plan.store === 'keychain' ? t`storing it (the keychain may ask for its password)` : t`storing it`;
  const place = await session.withSpinner(doing, () =>
    keepLogin(session, services, vendor, plan.store, key, passphrase),
  );
  if (plan.store === 'file' && passphrase === null) {
    session.warn(t`${place} holds the secret in clear: whoever reads it has the account`);
  }
  const account = caller?.account ?? null;
  const title = vendorOf(vendor).title;
  const id = shortened(key.id);
  session.result({
    json: {
      vendor,
      profile,
      store: plan.store,
      source: place,
      id,
      account,
      identity: caller?.identity ?? null,
    },
    text: `${
      account === null
        ? t`logged in to ${title}: ${id}, kept in ${place}`
        : t`logged in to ${title}, account ${printable(account)}: ${id}, kept in ${place}`
    }\n`,
    quiet: account === null ? '' : printable(account),
  });
  const before = beforeIt(session, vendor);
  if (before !== null) session.warn(t`${before} goes before this login: unset that to use it`);
  if (caller === null) session.info(t`it was not checked: keypair auth status --check does`);
}

/** What the environment has, which commands take before any login; null where that is nothing. */
function beforeIt(session: Session, vendor: Vendor): string | null {
  try {
    return environmentSource(vendor, credentialWorld(session, vendor))?.source ?? null;
  } catch (error) {
    // What contradicts itself there is told when it is used.
    if (error instanceof KeypairError) return null;
    throw error;
  }
}

async function whose(
  session: Session,
  services: AuthServices,
  vendor: Vendor,
  key: StoredKey,
): Promise<CallerIdentity> {
  const source = fixed({ ...key, source: t`what was given`, expiresAt: null });
  try {
    return await session.withSpinner(t`checking it`, () => services.identify(vendor, source));
  } catch (error) {
    if (!(error instanceof KeypairError)) throw error;
    const { code, message, hints } = error;
    const unsure = code !== 'AUTH' && code !== 'CANCELLED';
    throw new KeypairError(code, message, {
      ...causedBy(error),
      hints: [
        ...hints,
        unsure ? t`nothing was stored: --no-check stores it without asking` : t`nothing was stored`,
      ],
    });
  }
}
