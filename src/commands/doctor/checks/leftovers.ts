import path from 'node:path';
import { stateDirectory } from '../../../paths.ts';
import { KeypairError } from '../../../errors.ts';
import { sha256Fingerprint } from '../../../keys/fingerprint.ts';
import { type PublicKey, samePublicKey } from '../../../keys/public-key.ts';
import { bracketed, together } from '../../../i18n/phrases.ts';
import { t } from '../../../i18n/t.ts';
import { removeIfThere, temporaryNameOf } from '../../../storage/fs.ts';
import { rescueFile } from '../../../storage/rescue.ts';
import { printable } from '../../../sanitize.ts';
import { readPublicKey } from '../../../operations/key-pair-record.ts';
import { type Copy, copiesHere, dropCopy, holdsSame } from '../../../operations/copies.ts';
import { readKept } from '../../../operations/recovery/kept-answer.ts';
import { findLitter, type Leftover } from '../../../operations/recovery/leftovers.ts';
import { findOpen } from '../../../operations/recovery/recovery.ts';
import { type Finding, finding, type Fix } from '../finding.ts';
import type { Check, CheckInput } from '../input.ts';
import { shellWord } from '../../../shell-quote.ts';

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
      for (const left of await findLitter(session, directory)) found.push(await tell(input, left));
    }
    for (const left of await findLitter(session, path.join(state, 'rescued'))) {
      if (!rescued.has(left.file)) found.push(await tell(input, left));
    }
    for (const copy of await copiesHere(session)) found.push(await tellCopy(input, copy));
    return found.length > 0 ? found : [finding('ok', t`none`)];
  },
};

async function tell(input: CheckInput, { file, empty }: Leftover): Promise<Finding> {
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

function remove(file: string): Fix {
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
