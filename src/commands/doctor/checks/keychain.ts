import { keychainAccount, openKeychain } from '../../../credentials/keychain.ts';
import { storedCredentials } from '../../../credentials/stored.ts';
import { KeypairError } from '../../../errors.ts';
import { labelled } from '../../../i18n/phrases.ts';
import { t } from '../../../i18n/t.ts';
import { printable } from '../../../sanitize.ts';
import { VENDORS } from '../../../credentials/vendors.ts';
import { credentialWorld } from '../../../connection/credentials.ts';
import { type Finding, finding } from '../finding.ts';
import type { Check, CheckInput } from '../input.ts';

/** Whether the keychain can be read, where the profile has logins in it; else whether there is one for the next login. */
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
        // What the search for credentials has read already is not read again.
        const stored = await storedCredentials(name, id, 'keychain', credentialWorld(input.session, id));
        const hints = [t`store it again with: keypair auth login`];
        found.push(
          stored === null
            ? finding('problem', t`${what}, is not in the keychain any more`, { hints })
            : finding('ok', t`it holds ${what}`),
        );
      } catch (error) {
        const { message, hints } = trouble(error);
        found.push(finding('problem', labelled(what, message), { hints }));
      }
    }
    return found;
  },
};

/** Asks for an entry that nobody has: that unlocks nothing, and asks nobody. */
async function isUsable({ session: { context } }: CheckInput): Promise<Finding> {
  const { env, platform, interrupts } = context;
  const chain = openKeychain({ env, platform, attended: false, signal: interrupts.signal });
  try {
    await chain.get(keychainAccount('.doctor', VENDORS[0].id));
    return finding('ok', t`one is here for the next login`);
  } catch (error) {
    const { message } = trouble(error);
    return finding('ok', t`${message}; a login can be kept in a file`);
  }
}

/** What it says, safe to print. */
function trouble(error: unknown): Pick<Finding, 'message' | 'hints'> {
  if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
  return {
    message: printable(error.message),
    hints: error.hints.map((hint) => printable(hint, 500)),
  };
}
