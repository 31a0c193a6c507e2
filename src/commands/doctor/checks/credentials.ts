import { surveyCredentials } from '../../../credentials/chain.ts';
import type { Vendor } from '../../../providers/credentials.ts';
import { KeypairError } from '../../../errors.ts';
import { clauses, labelled, together } from '../../../i18n/phrases.ts';
import { t } from '../../../i18n/t.ts';
import { printable } from '../../../sanitize.ts';
import { vendorOf } from '../../../credentials/vendors.ts';
import { credentialWorld } from '../../../connection/credentials.ts';
import { type Finding, finding } from '../finding.ts';
import type { Check, CheckInput } from '../input.ts';
import { isAsked } from '../look.ts';
import { providersMeant } from '../../../cli/ask-provider.ts';

/** Whether there are credentials, whether they work, and whether others can read them. */
export const credentials: Check = {
  id: 'credentials',
  title: t`credentials`,
  calls: true,
  run: async (input) => {
    const { settings } = input.session;
    if (settings.sandbox) return [finding('ok', t`the sandbox brings its own`)];
    const providers = providersMeant({ provider: input.asked, named: settings.named });
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

const NONE = t`no credentials: only this machine was looked at`;

async function lookAt(
  input: CheckInput,
  vendor: Vendor,
): Promise<{ readonly there: boolean; readonly findings: readonly Finding[] }> {
  const title = vendorOf(vendor).title;
  const { services } = await input.cloud();
  try {
    const world = credentialWorld(input.session, vendor);
    const { found, places } = await surveyCredentials(vendor, input.session.settings.profile, world);
    const beside = places.flatMap(({ title: place, state, note, caution }) => [
      ...(caution === null ? [] : [finding('problem', printable(caution, 500))]),
      ...(state === 'broken' || state === 'skipped'
        ? [finding('note', printable(t`${place} is passed over: ${whyNot(note)}`, 500))]
        : []),
    ]);
    if (found === null) {
      const level = isAsked(input.asked) ? 'problem' : 'note';
      const hints = [
        t`looked in: ${clauses(places.map((place) => place.title))}`,
        t`store some with: keypair auth login`,
      ];
      return {
        there: false,
        findings: [...beside, finding(level, t`no credentials for ${title}`, { hints })],
      };
    }
    const source = printable(found.source, 200);
    const looks = services.filter(({ target }) => target.descriptor.vendor === vendor);
    const refused = looks.flatMap(({ target, error }) =>
      error?.code === 'AUTH'
        ? [
            finding(
              'problem',
              labelled(together([target.descriptor.id, target.region]), printable(error.message)),
              {
                hints: [t`they are from: ${source}`, ...error.hints.map((hint) => printable(hint))],
                provider: target.descriptor.id,
                region: target.region,
              },
            ),
          ]
        : [],
    );
    const work = looks.some(({ pairs }) => pairs !== null);
    const message = work ? t`${title}: ${source}, and they work` : labelled(title, source);
    const fine = refused.length > 0 ? [] : [finding('ok', message)];
    return { there: true, findings: [...beside, ...refused, ...fine] };
  } catch (error) {
    if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
    const hints = error.hints.map((hint) => printable(hint, 500));
    return {
      there: true,
      findings: [finding('problem', labelled(title, printable(error.message)), { hints })],
    };
  }
}

function whyNot(note: string | null): string {
  return note ?? t`it cannot be used`;
}
