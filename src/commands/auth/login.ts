import { readStdin } from '../../cli/read-input.ts';
import type { Session } from '../../cli/session.ts';
import { readNamed } from '../../cli/settings.ts';
import { credentialContext } from '../../connection/credentials.ts';
import { environmentSource, staticSource } from '../../credentials/environment.ts';
import { keychainAccount } from '../../credentials/keychain.ts';
import type { CallerIdentity } from '../../credentials/sts/sts.ts';
import { isKeyText, type StoredKey } from '../../credentials/stored.ts';
import { vendorOf, VENDORS } from '../../credentials/vendors.ts';
import { KeypairError, withHints } from '../../errors.ts';
import { joinList, t } from '../../i18n/t.ts';
import type { Vendor } from '../../providers/credentials.ts';
import { descriptors, findDescriptor } from '../../providers/registry.ts';
import { printable } from '../../sanitize.ts';
import { Secret } from '../../secret.ts';
import { type AuthServices, keepLogin, placeOf, providersOfVendor, shortened, type StoreKind } from './services.ts';

/** The flags of `auth login`, as Commander names them. */
export interface LoginFlags {
  readonly secretId: string;
  readonly secretStdin: boolean;
  readonly store: StoreKind;
  readonly insecurePlaintext: boolean;
  /** Commander's name for `--no-check`: false when given. */
  readonly check: boolean;
  readonly dryRun: boolean;
}

/** Runs `auth login`: asks all questions, checks the key, and stores it only if the vendor accepts it. */
export async function runLogin(session: Session, flags: Partial<LoginFlags>, services: AuthServices): Promise<void> {
  const plan = planLogin(session, flags);
  const vendor = await vendorAnswer(session, plan.missing);
  const { profile, keychain } = services;
  if (plan.store === 'keychain') {
    // Fails without a keychain before the user types a secret.
    await session.withSpinner(t`looking for the keychain`, () => keychain.get(keychainAccount(profile, vendor)));
  }
  const key: StoredKey = { ...(await keyAnswer(session, plan, vendor)), token: null };
  const { dryRun = false } = flags;
  const passphrase = plan.passphrase && !dryRun ? await passphraseAnswer(session) : null;
  // Only an STS can check a key.
  const checks = plan.check && vendorOf(vendor).sts !== null;
  const caller = checks ? await whose(session, services, vendor, key) : null;
  const { account = null, identity = null } = caller ?? {};
  const { title } = vendorOf(vendor);
  const id = shortened(key.id);
  if (dryRun) {
    const place = placeOf(session, profile, vendor, plan);
    session.result({
      json: { vendor, profile, store: plan.store, source: place, id, account, identity, dryRun },
      text: `${
        account === null
          ? t`would log in to ${title}: ${id}, kept in ${place}`
          : t`would log in to ${title}, account ${printable(account)}: ${id}, kept in ${place}`
      }\n`,
      quiet: account === null ? '' : printable(account),
    });
    return;
  }
  const doing = plan.store === 'keychain' ? t`storing it (the keychain may ask for its password)` : t`storing it`;
  const place = await session.withSpinner(doing, () =>
    keepLogin(session, services, vendor, plan.store, key, passphrase),
  );
  if (plan.store === 'file' && passphrase === null) {
    session.warn(t`${place} holds the secret in clear: whoever reads it has the account`);
  }
  const text =
    account === null
      ? t`logged in to ${title}: ${id}, kept in ${place}`
      : t`logged in to ${title}, account ${printable(account)}: ${id}, kept in ${place}`;
  session.result({
    json: { vendor, profile, store: plan.store, source: place, id, account, identity },
    text: `${text}\n`,
    quiet: account === null ? '' : printable(account),
  });
  const before = await beforeIt(session, vendor);
  if (before !== null) session.warn(t`${before} overrides this login: unset it to use the login`);
  if (caller === null) session.info(t`not checked: check it with keypair auth status --check`);
}

/** What the flags of `auth login` ask for. */
interface LoginPlan {
  readonly store: StoreKind;
  /** Whether the file is encrypted with a passphrase. */
  readonly passphrase: boolean;
  readonly check: boolean;
  readonly id: string | null;
  readonly fromStdin: boolean;
  /** The flags that are required when no question can be asked. */
  readonly missing: readonly string[];
}

/**
 * Reads the flags. Asks and calls nothing.
 *
 * @throws KeypairError `USAGE` for flags that contradict each other.
 */
function planLogin(session: Session, flags: Partial<LoginFlags>): LoginPlan {
  if (session.settings.sandbox) {
    const setting = session.settings.flags.sandbox === undefined ? 'KEYPAIR_SANDBOX' : '--sandbox';
    const hints = [t`leave ${setting} out to log in to a cloud`];
    throw new KeypairError('USAGE', t`the sandbox brings its own credentials`, { hints });
  }
  const store = flags.store ?? 'keychain';
  const plaintext = flags.insecurePlaintext === true;
  if (plaintext && store === 'keychain') {
    throw new KeypairError('USAGE', t`--insecure-plaintext goes with --store file`);
  }
  const fromStdin = flags.secretStdin === true;
  if (fromStdin && session.context.stdinIsTTY) {
    throw new KeypairError('USAGE', t`stdin is the terminal, which would show the secret`, {
      hints: [t`leave --secret-stdin out and be asked, or send the secret through a pipe`],
    });
  }
  const id = flags.secretId ?? null;
  const passphrase = store === 'file' && !plaintext;
  const missing = [
    ...(id === null ? ['--secret-id'] : []),
    ...(fromStdin ? [] : ['--secret-stdin']),
    // Only a terminal can ask for a passphrase: one in a flag or a pipe protects no more than the plain secret.
    ...(passphrase ? ['--insecure-plaintext'] : []),
  ];
  return { store, passphrase, check: flags.check !== false, id, fromStdin, missing };
}

/**
 * The vendor to log in to: from `--provider`, or a question.
 *
 * @param missing the other missing flags: if no question can be asked, the error names all of them at once.
 * @throws KeypairError `USAGE`, `CANCELLED`.
 */
export async function vendorAnswer(
  { context, settings, interactive }: Session,
  missing: readonly string[],
): Promise<Vendor> {
  const { provider, named } = settings;
  const known = provider === null ? null : readNamed(named.provider, () => findDescriptor(provider)).vendor;
  if (!interactive) {
    const bearer = known !== null && vendorOf(known).key.id === null;
    const needed = bearer ? missing.filter((flag) => flag !== '--secret-id') : missing;
    const all = [...(known === null ? ['--provider'] : []), ...needed];
    if (all.length > 0) {
      throw new KeypairError('USAGE', t`missing: ${joinList(all)}`, {
        hints: all.flatMap((flag) => HINTS[flag] ?? []),
      });
    }
  }
  if (known !== null) return known;
  const { askChoice } = await import('../../ui/prompts.ts');
  const choices = VENDORS.map(({ id, title }) => ({ value: id, title, note: joinList(providersOfVendor(id)) }));
  return askChoice(context, t`Whose account is it?`, choices);
}

/** The hint for each missing flag. */
const HINTS: Readonly<Record<string, string>> = {
  '--provider': t`--provider is one of ${joinList(descriptors.map(({ id }) => id))}`,
  '--secret-stdin': t`--secret-stdin reads the secret key from stdin: no flag takes a secret`,
  '--insecure-plaintext': t`a passphrase for the file can only be asked for on a terminal`,
};

/** The maximum length of a secret with its line end, in bytes. */
const LIMIT = 4096;

/**
 * The access key: from the flags and stdin, or from questions.
 *
 * @throws KeypairError `USAGE` for a text that cannot be a key; `CANCELLED`.
 */
async function keyAnswer(
  session: Session,
  plan: LoginPlan,
  vendor: Vendor,
): Promise<{ readonly id: string; readonly secret: Secret }> {
  const { context } = session;
  const { title, key: words } = vendorOf(vendor);
  // A bearer token has no id.
  if (words.id === null && plan.id !== null) {
    throw new KeypairError('USAGE', t`${title} has no --secret-id`);
  }
  const problemOf = (name: string) => (answer: string) =>
    isKeyText(answer.trim()) ? null : t`the ${name} is letters and digits, without spaces`;
  if (words.id !== null && plan.id !== null) refuse(problemOf(words.id)(plan.id));
  if (plan.fromStdin) {
    const line = (await readStdin(context, LIMIT)).replace(/\r?\n$/, '');
    if (/[\r\n]/.test(line)) {
      throw new KeypairError('USAGE', t`stdin has more than one line`, {
        hints: [t`it takes the ${words.secret} and nothing else`],
      });
    }
    refuse(problemOf(words.secret)(line));
    return { id: (plan.id ?? '').trim(), secret: new Secret(line.trim()) };
  }
  const { askSecret, askText } = await import('../../ui/prompts.ts');
  const id = words.id === null ? '' : (plan.id ?? (await askText(context, t`${words.id}:`, problemOf(words.id))));
  const secret = await askSecret(context, t`${words.secret}:`, problemOf(words.secret));
  return { id: id.trim(), secret: new Secret(secret.reveal().trim()) };
}

function refuse(problem: string | null): void {
  if (problem !== null) throw new KeypairError('USAGE', problem);
}

/** The minimum length of a passphrase, as age-encryption's documentation recommends. */
const PASSPHRASE_LENGTH = 8;

/**
 * Asks for a new passphrase twice.
 *
 * @throws KeypairError `CANCELLED`.
 */
async function passphraseAnswer(session: Session): Promise<Secret> {
  const { askSecret } = await import('../../ui/prompts.ts');
  for (;;) {
    const first = await askSecret(session.context, t`Passphrase for the file:`, (answer) =>
      answer.length < PASSPHRASE_LENGTH ? t`at least ${PASSPHRASE_LENGTH} characters` : null,
    );
    const second = await askSecret(session.context, t`The same again:`, () => null);
    if (first.reveal() === second.reveal()) return first;
    session.warn(t`they differ: try again`);
  }
}

async function whose(
  session: Session,
  services: AuthServices,
  vendor: Vendor,
  key: StoredKey,
): Promise<CallerIdentity> {
  const source = staticSource({ ...key, source: t`what was given`, expiresAt: null });
  try {
    return await session.withSpinner(t`checking it`, () => services.identify(vendor, source));
  } catch (error) {
    if (!(error instanceof KeypairError)) throw error;
    const isRefused = error.code === 'AUTH' || error.code === 'CANCELLED';
    throw withHints(error, [
      isRefused ? t`nothing was stored` : t`nothing was stored: --no-check stores it without asking`,
    ]);
  }
}

/** The environment variables that override any login, or null. */
async function beforeIt(session: Session, vendor: Vendor): Promise<string | null> {
  try {
    return (await environmentSource(vendor, credentialContext(session, vendor)))?.source ?? null;
  } catch (error) {
    // The command that uses them reports it.
    if (error instanceof KeypairError) return null;
    throw error;
  }
}
