import { providersToAsk } from '../../../cli/ask-provider.ts';
import { credentialContext } from '../../../connection/credentials.ts';
import { probeCredentials } from '../../../credentials/chain.ts';
import { keychainAccount, openKeychain } from '../../../credentials/keychain.ts';
import { storedCredentials } from '../../../credentials/stored.ts';
import { vendorOf, VENDORS } from '../../../credentials/vendors.ts';
import { KeypairError } from '../../../errors.ts';
import { formatFacts, joinSentences, t, withLabel } from '../../../i18n/t.ts';
import type { Vendor } from '../../../providers/credentials.ts';
import { printable } from '../../../sanitize.ts';
import { type Check, type CheckInput, type Finding, finding, inService, problemFrom } from '../finding.ts';
import { isAsked } from '../survey.ts';

/** Whether credentials exist, whether they work, and whether only the owner can read them. */
export const credentials: Check = {
  id: 'credentials',
  title: t`credentials`,
  calls: true,
  run: async (input) => {
    const { settings } = input.session;
    if (settings.sandbox) return [finding('ok', t`the sandbox brings its own`)];
    const providers = providersToAsk({ provider: input.asked, named: settings.named });
    const vendors = [...new Set(providers.map(({ vendor }) => vendor))];
    const found: Finding[] = [];
    let some = false;
    for (const vendor of vendors) {
      const ofVendor = await lookAt(input, vendor);
      some ||= ofVendor.there;
      found.push(...ofVendor.findings);
    }
    if (!some && !isAsked(input.asked)) {
      const hints = [t`store some with: keypair auth login`, t`or try it without an account: add --sandbox`];
      return [...found.filter(({ level }) => level === 'problem'), finding('note', NONE, { hints })];
    }
    return found;
  },
};

const NONE = t`no credentials: only this machine was checked`;

async function lookAt(
  input: CheckInput,
  vendor: Vendor,
): Promise<{ readonly there: boolean; readonly findings: readonly Finding[] }> {
  const { title } = vendorOf(vendor);
  const { services } = await input.cloud();
  try {
    const world = credentialContext(input.session, vendor);
    const { found, places } = await probeCredentials(vendor, input.session.settings.profile, world);
    const beside = places.flatMap(({ title: place, state, note, warning }) => [
      ...(warning === null ? [] : [finding('problem', printable(warning, 500))]),
      ...(state === 'broken' || state === 'skipped'
        ? [finding('note', printable(t`${place} is skipped: ${whyNot(note)}`, 500))]
        : []),
    ]);
    if (found === null) {
      const level = isAsked(input.asked) ? 'problem' : 'note';
      const hints = [
        t`looked in: ${joinSentences(places.map((place) => place.title))}`,
        t`store some with: keypair auth login`,
      ];
      return {
        there: false,
        findings: [...beside, finding(level, t`no credentials for ${title}`, { hints })],
      };
    }
    const source = printable(found.source, 200);
    const surveys = services.filter(({ target }) => target.descriptor.vendor === vendor);
    const hints = [t`they are from: ${source}`];
    const refused = surveys.flatMap(({ target, error }) => {
      if (error?.code !== 'AUTH') return [];
      const service = formatFacts([target.descriptor.id, target.region]);
      return [problemFrom(error, service, { hints, ...inService(target) })];
    });
    const work = surveys.some(({ pairs }) => pairs !== null);
    const message = work ? t`${title}: ${source}, and they work` : withLabel(title, source);
    const fine = refused.length > 0 ? [] : [finding('ok', message)];
    return { there: true, findings: [...beside, ...refused, ...fine] };
  } catch (error) {
    if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
    return { there: true, findings: [problemFrom(error, title)] };
  }
}

function whyNot(note: string | null): string {
  return note ?? t`it cannot be used`;
}

/** Whether the keychain holds the logins of the profile; without logins, whether there is a keychain at all. */
export const keychain: Check = {
  id: 'keychain',
  title: t`keychain`,
  calls: true,
  run: async (input) => {
    const { settings } = input.session;
    if (settings.sandbox) return [];
    const { name, logins } = settings.profile;
    const vendors = VENDORS.filter(({ id }) => logins[id] === 'keychain');
    if (vendors.length === 0) return [await isUsable(input)];
    const found: Finding[] = [];
    for (const { id, title } of vendors) {
      const what = t`the login of ${title}, profile ${name}`;
      try {
        // Reuse what the search for credentials has read.
        const stored = await storedCredentials(name, id, 'keychain', credentialContext(input.session, id));
        const hints = [t`store it again with: keypair auth login`];
        found.push(
          stored === null
            ? finding('problem', t`${what}, is not in the keychain any more`, { hints })
            : finding('ok', t`it holds ${what}`),
        );
      } catch (error) {
        const { message, hints } = trouble(error);
        found.push(finding('problem', withLabel(what, message), { hints }));
      }
    }
    return found;
  },
};

/** Reads an entry that does not exist: this unlocks nothing and prompts nobody. */
async function isUsable({ session: { context } }: CheckInput): Promise<Finding> {
  const { env, platform, interrupts } = context;
  const chain = openKeychain({ env, platform, attended: false, signal: interrupts.signal });
  try {
    await chain.get(keychainAccount('.doctor', VENDORS[0].id));
    return finding('ok', t`available for the next login`);
  } catch (error) {
    const { message } = trouble(error);
    return finding('ok', t`${message}; a login can be kept in a file`);
  }
}

/** The message and hints of an error, safe to print. */
function trouble(error: unknown): Pick<Finding, 'message' | 'hints'> {
  if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
  return {
    message: printable(error.message),
    hints: error.hints.map((hint) => printable(hint, 500)),
  };
}
