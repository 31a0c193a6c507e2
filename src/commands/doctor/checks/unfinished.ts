import type { Remedy, Truth, Unfinished } from '../../../operations/recovery/types.ts';
import { t } from '../../../i18n/t.ts';
import { printable } from '../../../sanitize.ts';
import { agoText } from '../../../ui/relative-time.ts';
import type { OpenEntry } from '../../../storage/journal-entries.ts';
import { doctorCommand, isOfThisWorld } from '../../../operations/recovery/command-line.ts';
import { prepareTargets } from '../../../operations/recovery/target.ts';
import { carryOut, explain, findOpen } from '../../../operations/recovery/recovery.ts';
import { type Finding, finding, type Fix } from '../finding.ts';
import type { Check, CheckInput } from '../input.ts';

/** Truths after which nothing is wrong any more, once the entry is gone. */
const HARMLESS: readonly Truth[] = ['under way', 'never made', 'not ours'];

/** What was begun here and did not end. */
export const unfinished: Check = {
  id: 'unfinished',
  title: t`unfinished`,
  calls: false,
  run: async (input) => {
    const entries = await findOpen(input.session);
    if (entries.length === 0) return [finding('ok', t`nothing that was begun is left undone`)];
    if (input.localOnly) {
      return entries.map(({ intent, file }) =>
        finding('problem', begun(input, intent?.startedAt ?? null, intent?.name ?? file), {
          hints: [t`what became of it is in the cloud: run keypair doctor without --local-only`],
          file,
          provider: intent?.provider ?? null,
          region: intent?.region ?? null,
          partial: intent !== null,
        }),
      );
    }
    const here = entries.filter(({ intent }) => intent === null || isOfThisWorld(input.session, intent));
    await prepareTargets(input.session, here);
    const explained = await input.session.withSpinner(t`looking at what was left unfinished`, () =>
      Promise.all(here.map((entry) => explain(input.session, input.services, entry))),
    );
    return [
      ...explained.map((one) => tell(input, one)),
      ...entries.filter((entry) => !here.includes(entry)).map((entry) => elsewhere(input, entry)),
    ];
  },
};

function begun({ session }: CheckInput, startedAt: string | null, what: string): string {
  if (startedAt === null) return t`${printable(what)} tells nothing`;
  return t`the create of ${printable(what, 100)}, begun ${agoText(startedAt, session.context.now())}, did not end`;
}

/** An entry of another world: nobody there is called. */
function elsewhere(input: CheckInput, { intent, file }: OpenEntry): Finding {
  return finding('note', begun(input, intent?.startedAt ?? null, intent?.name ?? file), {
    hints:
      intent === null
        ? []
        : [
            t`it was to be made elsewhere: see what became of it with ${doctorCommand(input.session, intent)}`,
          ],
    file,
    provider: intent?.provider ?? null,
    region: intent?.region ?? null,
  });
}

function tell(input: CheckInput, one: Unfinished): Finding {
  const { entry, truth, says, remedies, hints } = one;
  const { intent } = entry;
  return finding(HARMLESS.includes(truth) ? 'note' : 'problem', says, {
    hints,
    file: entry.file,
    provider: intent?.provider ?? null,
    region: intent?.region ?? null,
    partial: !HARMLESS.includes(truth) && truth !== 'unreadable',
    fixes: remedies.map((remedy) => fixOf(input, one, remedy)),
  });
}

function fixOf({ session, services }: CheckInput, one: Unfinished, remedy: Remedy): Fix {
  return {
    title: remedy.title,
    // What is forgotten cannot be looked at again, what is removed is gone, and of what came somebody may still make
    // sense: a general yes does not mean that.
    consent: remedy.safe ? 'nobody' : needsPerson(one, remedy) ? 'person' : 'anybody',
    apply: () => carryOut(session, services, one, remedy),
  };
}

function needsPerson({ truth }: Unfinished, { id }: Remedy): boolean {
  return id === 'forget' || id === 'clean' || (id === 'delete' && truth !== 'key lost');
}
