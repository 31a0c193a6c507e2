import { Secret } from '../../secret.ts';
import { isKeyText } from '../../credentials/stored.ts';
import type { Vendor } from '../../providers/credentials.ts';
import { KeypairError } from '../../errors.ts';
import { listed } from '../../i18n/phrases.ts';
import { t } from '../../i18n/t.ts';
import { descriptors, findDescriptor } from '../../providers/registry.ts';
import type { Session } from '../../cli/session.ts';
import { readNamed } from '../../cli/settings.ts';
import { readStdin } from '../../cli/read-input.ts';
import type { LoginPlan } from './login-flags.ts';
import { providersOfVendor } from './vendors.ts';
import { vendorOf } from '../../credentials/vendors.ts';

/** The longest secret that is read, in bytes, with its line end. */
const LIMIT = 4096;

/** The shortest passphrase that is taken: what age-encryption's documentation asks for at least. */
const PASSPHRASE_LENGTH = 8;

/**
 * The vendor whose account is meant: `--provider`, or a question.
 *
 * @param missing what else is missing, as flags: all of it is named at once where nobody can be asked.
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
      throw new KeypairError('USAGE', t`missing: ${listed(all)}`, { hints: all.flatMap(hintsOn) });
    }
  }
  if (known !== null) return known;
  const { askChoice } = await import('../../ui/prompts.ts');
  const choices = descriptors
    .filter(({ vendor }, index) => descriptors.findIndex((other) => other.vendor === vendor) === index)
    .map(({ id, vendor }) => ({
      value: id,
      title: vendorOf(vendor).title,
      note: listed(providersOfVendor(vendor)),
    }));
  return findDescriptor(await askChoice(context, t`Whose account is it?`, choices)).vendor;
}

function hintsOn(missing: string): readonly string[] {
  switch (missing) {
    case '--provider':
      return [t`--provider is one of ${listed(descriptors.map(({ id }) => id))}`];
    case '--secret-stdin':
      return [t`--secret-stdin reads the secret key from stdin: no flag takes a secret`];
    case '--insecure-plaintext':
      return [t`only on a terminal can a passphrase for the file be asked for`];
    default:
      return [];
  }
}

/**
 * The access key: from the flags and stdin, or asked for.
 *
 * @throws KeypairError `USAGE` for what cannot be a key, `CANCELLED`.
 */
export async function keyAnswer(
  session: Session,
  plan: LoginPlan,
  vendor: Vendor,
): Promise<{ readonly id: string; readonly secret: Secret }> {
  const { context } = session;
  const { title, key: words } = vendorOf(vendor);
  // A bearer token is all secret.
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
  const id =
    words.id === null ? '' : (plan.id ?? (await askText(context, t`${words.id}:`, problemOf(words.id))));
  const secret = await askSecret(context, t`${words.secret}:`, problemOf(words.secret));
  return { id: id.trim(), secret: new Secret(secret.reveal().trim()) };
}

/**
 * A new passphrase, typed twice.
 *
 * @throws KeypairError `CANCELLED`.
 */
export async function passphraseAnswer(session: Session): Promise<Secret> {
  const { askSecret } = await import('../../ui/prompts.ts');
  for (;;) {
    const first = await askSecret(session.context, t`Passphrase for the file:`, (answer) =>
      answer.length < PASSPHRASE_LENGTH ? t`at least ${PASSPHRASE_LENGTH} characters` : null,
    );
    const second = await askSecret(session.context, t`The same again:`, () => null);
    if (first.reveal() === second.reveal()) return first;
    session.warn(t`the two differ: once more`);
  }
}

function refuse(problem: string | null): void {
  if (problem !== null) throw new KeypairError('USAGE', problem);
}
