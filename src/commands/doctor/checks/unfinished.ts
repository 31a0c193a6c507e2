import path from 'node:path';
import { KeypairError } from '../../../errors.ts';
import { bracketed, together } from '../../../i18n/phrases.ts';
import { t } from '../../../i18n/t.ts';
import { sha256Fingerprint } from '../../../keys/fingerprint.ts';
import { type PublicKey, samePublicKey } from '../../../keys/public-key.ts';
import { copiesHere, type Copy, dropCopy, holdsSame } from '../../../operations/copies.ts';
import { readPublicKey } from '../../../operations/key-pair-record.ts';
import { doctorCommand, isOfThisWorld } from '../../../operations/recovery/command-line.ts';
import { readKept } from '../../../operations/recovery/kept-answer.ts';
import { findLitter, type Leftover } from '../../../operations/recovery/leftovers.ts';
import { explain, findOpen } from '../../../operations/recovery/recovery.ts';
import { prepareTargets } from '../../../operations/recovery/target.ts';
import type { Diagnosis, RepairAction, Unfinished } from '../../../operations/recovery/types.ts';
import { stateDirectory } from '../../../paths.ts';
import { printable } from '../../../sanitize.ts';
import { shellWord } from '../../../shell-quote.ts';
import { removeIfThere, temporaryNameOf } from '../../../storage/fs.ts';
import type { OpenEntry } from '../../../storage/journal-entries.ts';
import { rescueFile } from '../../../storage/rescue.ts';
import { agoText } from '../../../ui/relative-time.ts';
import { type Check, type CheckInput, type Finding, finding } from '../finding.ts';

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
      ...explained.map(tell),
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

/** After these nothing is wrong any more, once the entry is gone. */
const HARMLESS: readonly Diagnosis[] = ['under way', 'never made', 'not ours'];

function tell({ entry, diagnosis, message, repairs, hints }: Unfinished): Finding {
  const { intent } = entry;
  return finding(HARMLESS.includes(diagnosis) ? 'note' : 'problem', message, {
    hints,
    file: entry.file,
    provider: intent?.provider ?? null,
    region: intent?.region ?? null,
    partial: !HARMLESS.includes(diagnosis) && diagnosis !== 'unreadable',
    fixes: repairs,
  });
}

/** Files that a create has left and that no entry of the journal tells of. */
export const leftovers: Check = {
  id: 'leftovers',
  title: t`leftovers`,
  calls: false,
  run: async (input) => {
    const { session } = input;
    const state = stateDirectory(session.context);
    const entries = await findOpen(session);
    const rescued = new Set(
      entries.flatMap(({ intent }) => (intent === null ? [] : [rescueFile(state, intent.temporaryFile)])),
    );
    const found: Finding[] = [];
    const directories = new Set([
      input.keyDirectory,
      ...entries.flatMap(({ intent }) => (intent === null ? [] : [path.dirname(intent.temporaryFile)])),
      path.join(state, 'stdout'),
    ]);
    for (const directory of directories) {
      for (const left of await findLitter(session, directory)) found.push(await tellLeftover(input, left));
    }
    for (const left of await findLitter(session, path.join(state, 'rescued'))) {
      if (!rescued.has(left.file)) found.push(await tellLeftover(input, left));
    }
    for (const copy of await copiesHere(session)) found.push(await tellCopy(input, copy));
    return found.length > 0 ? found : [finding('ok', t`none`)];
  },
};

async function tellLeftover(input: CheckInput, { file, empty }: Leftover): Promise<Finding> {
  const shown = printable(file);
  if (empty) {
    const fixes = [{ ...remove(file), apply: () => removeEmpty(input, file) }];
    return finding('note', t`${shown} is left of a create, and empty`, { file, fixes });
  }
  const key = await keyIn(file);
  if (typeof key === 'string') {
    const hints = [t`look into it before you remove it: it may be all that there is of a private key`];
    return finding('problem', t`${shown} is left of a create, and holds something (${key})`, { file, hints });
  }
  const copy = (await input.localKeys()).find(key)?.privateKeyFile ?? null;
  if (copy !== null && (await holdsSame(file, key, copy))) {
    const apply = async (): Promise<string> => {
      if (!(await holdsSame(file, key, copy)))
        throw new KeypairError('CONFLICT', t`it has changed meanwhile`);
      return remove(file).apply();
    };
    const message = t`${shown} holds the same private key as ${printable(copy)}`;
    return finding('note', message, { file, fixes: [{ ...remove(file), consent: 'anybody', apply }] });
  }
  const owner = await ownerOf(input, key);
  const base = temporaryNameOf(path.basename(file)) ?? 'KEY';
  const to = path.join(input.keyDirectory, base);
  return finding('problem', t`${shown} holds the private key of ${owner}`, {
    file,
    hints: [t`give it its name: mv -n ${shellWord(file)} ${shellWord(to)}`],
  });
}

/** A copy of what went to stdout is there on purpose, until its key stands in another file. */
async function tellCopy(input: CheckInput, copy: Copy): Promise<Finding> {
  const { file, name, publicKey, folder } = copy;
  const shown = printable(file);
  const other = publicKey && ((await input.localKeys()).find(publicKey)?.privateKeyFile ?? null);
  if (publicKey !== null && other !== null && (await holdsSame(file, publicKey, other))) {
    const apply = async (): Promise<string> => {
      if (!(await holdsSame(file, publicKey, other)) || !(await dropCopy(copy)))
        throw new KeypairError('CONFLICT', t`it has changed meanwhile`);
      return t`removed ${shown}`;
    };
    const message = t`${shown} holds the same private key as ${printable(other)}`;
    const fix = { title: t`remove ${shown}`, consent: 'nobody', apply } as const;
    return finding('note', message, { file, fixes: [fix] });
  }
  return finding(
    'note',
    t`a copy of the private key of ${printable(name, 100)}, which went to stdout, is kept in ${shown}`,
    {
      file,
      hints: [
        t`save it with: keypair trash restore ${folder.id} --to ${shellWord(input.keyDirectory)}`,
        t`or remove it with: keypair trash empty`,
      ],
    },
  );
}

/** The public half of the private key in a file, or why it holds none that can be used. */
async function keyIn(file: string): Promise<PublicKey | string> {
  const kept = await readKept(file);
  if (kept === null || kept === 'empty') return t`it cannot be read`;
  return 'reason' in kept ? kept.reason : kept.publicKey;
}

async function ownerOf(input: CheckInput, key: PublicKey): Promise<string> {
  for (const { target, pairs } of (await input.cloud()).services) {
    for (const pair of pairs ?? []) {
      const told = readPublicKey(pair.publicKey);
      if (told === null || !samePublicKey(told, key)) continue;
      return bracketed(printable(pair.name, 100), together([target.descriptor.id, target.region]));
    }
  }
  return t`a pair that was not found in the services asked (${sha256Fingerprint(key)})`;
}

/** Looks again first: a report may be read for an hour before it is acted on. */
async function removeEmpty({ session }: CheckInput, file: string): Promise<string> {
  const left = await findLitter(session, path.dirname(file));
  const still = left.some((one) => one.file === file && one.empty);
  if (!still) throw new KeypairError('CONFLICT', t`it has changed meanwhile`);
  return remove(file).apply();
}

function remove(file: string): RepairAction {
  const shown = printable(file);
  return {
    title: t`remove ${shown}`,
    consent: 'nobody',
    apply: async () => {
      await removeIfThere(file);
      return t`removed ${shown}`;
    },
  };
}
