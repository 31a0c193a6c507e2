import type { Vendor } from '../../providers/credentials.ts';
import { KeypairError } from '../../errors.ts';
import { t } from '../../i18n/t.ts';
import { confirm, missingConsent, type Session } from '../../cli/session.ts';
import { type AuthServices, removeLogin } from './services.ts';
import { vendorOf } from '../../credentials/vendors.ts';
import { vendorAnswer } from './login.ts';

/** Runs `auth logout`: removes the stored login, and names the credentials that commands use from now on. */
export async function runLogout(session: Session, services: AuthServices, dryRun = false): Promise<void> {
  if (session.settings.sandbox) {
    throw new KeypairError('USAGE', t`the sandbox brings its own credentials: there is nothing to remove`);
  }
  const vendor = await vendorAnswer(session, dryRun ? [] : missingConsent(session));
  const { profile, register } = services;
  const title = vendorOf(vendor).title;
  const kind = (await register.of(profile))[vendor] ?? null;
  if (kind === null) {
    throw new KeypairError('NOT_FOUND', t`profile ${profile} is not logged in to ${title}`, {
      hints: [t`see keypair auth status`, t`another profile: --profile NAME`],
    });
  }
  if (dryRun) {
    session.result({
      json: { vendor, profile, store: kind, removed: false, dryRun },
      text: `${
        kind === 'keychain'
          ? t`would remove the login of profile ${profile} to ${title} from the keychain`
          : t`would remove the login of profile ${profile} to ${title} from the file`
      }\n`,
      quiet: '',
    });
    return;
  }
  await confirm(
    session,
    kind === 'keychain'
      ? t`Remove the login of profile ${profile} to ${title} from the keychain?`
      : t`Remove the login of profile ${profile} to ${title} from the file?`,
  );
  await session.withSpinner(t`removing it`, async () => {
    await removeLogin(session, services, vendor, kind);
    await register.set(profile, vendor, null);
  });
  const left = await leftFor(session, services, vendor);
  session.result({
    json: { vendor, profile, store: kind, removed: true, remaining: left },
    text: `${
      kind === 'keychain'
        ? t`logged out of ${title}: removed from the keychain (profile ${profile})`
        : t`logged out of ${title}: removed from the file (profile ${profile})`
    }\n`,
    quiet: '',
  });
  if (left !== null) {
    session.info(t`${title} can still be called with ${left}, which this program does not manage`);
  }
}

/** The source of the credentials that are left, or null. */
async function leftFor(session: Session, services: AuthServices, vendor: Vendor): Promise<string | null> {
  try {
    return await session.withSpinner(t`looking for others`, async () => {
      const { found } = await services.survey(vendor);
      return found?.source ?? null;
    });
  } catch (error) {
    // The logout is done. The next command reports a broken source.
    if (error instanceof KeypairError) return null;
    throw error;
  }
}
