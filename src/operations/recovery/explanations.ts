import type { Session } from '../../cli/session.ts';
import { KeypairError } from '../../errors.ts';
import { formatFacts, t, withNote } from '../../i18n/t.ts';
import type { KeyPair } from '../../providers/types.ts';
import { printable } from '../../sanitize.ts';
import type { Intent } from '../../storage/intent.ts';
import type { LocalKeys } from '../../storage/key-directory.ts';
import { readPublicKey } from '../key-pair-record.ts';
import { unreadFiles, unreadHints } from '../local-keys.ts';
import { recreateCommand } from './command-line.ts';
import { type Evidence, fileOf, type FoundKey, isInTheWay } from './evidence.ts';
import { type Diagnosis, type Findings, needsPassphrase, type Repair } from './types.ts';
import { factsOf, idOrFingerprint, utcText, requestEnds } from './ownership.ts';

/** What happened to an intent, and what can be done about it. */
export type Explanation = Pick<Findings, 'diagnosis' | 'message' | 'repairs' | 'hints'>;

/** Explains an intent whose service could not be asked, or shows another account's pairs. */
export function unreached(intent: Intent, { keys, unusable }: Evidence, error: unknown): Explanation {
  const fate =
    error instanceof KeypairError
      ? t`cannot tell what happened to ${intentLabel(intent)}: ${printable(error.message)}`
      : t`cannot tell what happened to ${intentLabel(intent)}`;
  const file = (keys[0] ?? unusable[0])?.file;
  const message = file === undefined ? fate : t`${fate}; what was received for it is in ${printable(file)}`;
  return { diagnosis: 'cannot tell', message, repairs: [forget(file)], hints: [] };
}

/** Explains an intent whose private key was found. */
export async function withKey(
  session: Session,
  intent: Intent,
  pair: KeyPair | null,
  key: FoundKey,
  destination: string | null,
): Promise<Explanation> {
  const { file, settled } = key;
  const name = intentLabel(intent);
  const from = printable(file);
  const diagnosis = 'key here';
  if (settled) {
    const message =
      pair === null
        ? t`${name} is not in the cloud any more; its private key is in ${from}`
        : t`${name} was made, and its private key is in ${from}`;
    return {
      diagnosis,
      message,
      repairs: [{ id: 'clean', title: t`note that it is done`, consent: 'nobody' }],
      hints: [],
    };
  }
  const obstacle = destination === null ? null : await isInTheWay(destination, intent);
  const free = destination !== null && obstacle === null;
  const to = printable(destination ?? '');
  // Somebody must type the passphrase.
  const asksPassphrase = needsPassphrase(intent, key);
  const finish = asksPassphrase ? [t`finish it or start over: ${recreateCommand(session, intent)}`] : [];
  if (pair === null) {
    const message =
      intent.action === 'create-local'
        ? t`${name} is not in the cloud; the private key that was made for it is in ${from}`
        : t`${name} is not in the cloud any more; the private key that was made for it is in ${from}`;
    const upload = asksPassphrase
      ? t`upload its public key, and save its private key as ${to}, with a passphrase`
      : t`upload its public key, and save its private key as ${to}`;
    return {
      diagnosis,
      message,
      repairs: [
        ...(free
          ? [
              {
                id: 'upload' as const,
                title: upload,
                consent: asksPassphrase ? ('person' as const) : ('anybody' as const),
              },
            ]
          : []),
        // The upload may still be carried out. Then the pair needs this key.
        ...(mayStillCome(session, intent)
          ? []
          : [
              {
                id: 'clean' as const,
                title: t`move the private key, which opens nothing, to the trash`,
                consent: 'person' as const,
              },
            ]),
        forget(file),
      ],
      hints: free ? finish : [],
    };
  }
  if (free) {
    const message = t`${name} was made, and its private key is safe in ${from}`;
    const title = asksPassphrase
      ? t`save its private key as ${to}, with a passphrase`
      : t`save its private key as ${to}`;
    const consent = asksPassphrase ? 'person' : 'nobody';
    return { diagnosis, message, repairs: [{ id: 'publish', title, consent }], hints: finish };
  }
  const message =
    obstacle === null
      ? t`${name} was made, and its private key is safe in ${from}: move it to where you want it`
      : t`${name} was made, and its private key is safe in ${from}: move it to where you want it, since ${printable(obstacle)} stands in the way`;
  return { diagnosis, message, repairs: [forget(file)], hints: [] };
}

/**
 * Explains an intent without a pair and without a private key: nothing was created, unless the request may still be
 * carried out.
 */
export function withoutPair(session: Session, intent: Intent, { unusable, untouched }: Evidence): Explanation {
  const name = intentLabel(intent);
  const [kept] = unusable;
  if (kept !== undefined) {
    const message = t`${name} is not in the cloud, and what was received for it is not a usable key (${kept.reason}): it is in ${printable(kept.file)}`;
    return { diagnosis: 'key unusable', message, repairs: [forget(kept.file)], hints: [] };
  }
  // A pair generated on this machine is uploaded only once its private key is on the disk.
  const asked = intent.action === 'create' || !untouched;
  if (asked && mayStillCome(session, intent)) {
    const ends = utcText(requestEnds(intent));
    return {
      diagnosis: 'undecided',
      message: t`${name} is not in the cloud now; its request may still be carried out until ${ends}`,
      repairs: [forget()],
      hints: [t`after that, start over with: ${recreateCommand(session, intent)}`],
    };
  }
  return {
    diagnosis: 'never made',
    message: t`${name} was not made`,
    repairs: [{ id: 'clean', title: t`note that nothing was made`, consent: 'nobody' }],
    hints: [],
  };
}

/** Whether the request of an intent may still be carried out. */
export function mayStillCome({ context }: Session, intent: Intent): boolean {
  return context.now() < requestEnds(intent);
}

/** Explains a pair that is known not to be ours. */
export function notOurs(intent: Intent, { unusable }: Evidence, why: string): Explanation {
  const message = t`the pair ${intentLabel(intent)} is not what was asked for: ${why}`;
  const [kept] = unusable;
  return {
    diagnosis: 'not ours',
    message,
    repairs: [{ ...forget(kept?.file), consent: 'nobody' }],
    hints: [],
  };
}

/**
 * Explains a pair that may be deleted: its private key was never received, or is in no file any more.
 *
 * @param by whether the id was in a response to our request, or the user has named the pair.
 */
export function lostKey(
  session: Session,
  intent: Intent,
  pair: KeyPair,
  { keys, unusable, untouched }: Evidence,
  by: 'ours' | 'named',
): Explanation {
  const name = withNote(intentLabel(intent), factsOf(pair));
  const id = idOrFingerprint(pair) ?? printable(pair.name, 100);
  const kept = (keys.find(({ file }) => file === intent.temporaryFile) ?? unusable[0])?.file;
  if (by === 'named') {
    const action: Repair = { id: 'delete', title: t`delete ${id} in the cloud`, consent: 'person' };
    return { diagnosis: 'named', message: t`${name} is to be deleted`, repairs: [action], hints: [] };
  }
  const title = t`delete ${id} in the cloud: nobody can log in with it`;
  const repairs: Repair[] = [{ id: 'delete', title, consent: kept === undefined ? 'anybody' : 'person' }, forget(kept)];
  if (kept !== undefined) {
    const message = t`${name} was made, but the received private key, in ${printable(kept)}, belongs to another pair`;
    return {
      diagnosis: 'key unusable',
      message,
      repairs,
      hints: byName(session, intent, pair),
    };
  }
  if (!untouched && !intent.keyLost) {
    const message = t`${name} was made, and its private key is not in ${printable(intent.temporaryFile)} any more: it was moved, or is lost`;
    return {
      diagnosis: 'cannot tell',
      message,
      repairs: [forget()],
      hints: byName(session, intent, pair),
    };
  }
  const message = t`${name} was made, but its private key never reached this machine: it is lost`;
  return { diagnosis: 'key lost', message, repairs, hints: [] };
}

/**
 * Explains a pair of ours whose private key may be in an unreadable file or under a passphrase. Never suggests deleting
 * the pair.
 *
 * @param diagnosis what else is known. With `key lost`, no key was received, so files without a known public key do not
 * matter.
 * @returns null if there is no such file.
 */
export function unreadKey(
  session: Session,
  intent: Intent,
  pair: KeyPair,
  diagnosis: Diagnosis,
  local: LocalKeys,
): Explanation | null {
  const name = withNote(intentLabel(intent), factsOf(pair));
  const told = readPublicKey(pair.publicKey);
  const file = told === null ? null : fileOf(local, told);
  if (file !== null && told !== null && local.find(told)?.encrypted === true) {
    const message = t`${name} was made, and its private key is in ${printable(file)}, under a passphrase`;
    return { diagnosis: 'key here', message, repairs: [forget(file)], hints: [] };
  }
  if (file === null && (diagnosis === 'key lost' || local.untold.length === 0)) return null;
  const unread = file === null ? unreadFiles(local) : printable(file);
  const message = t`${name} was made; cannot tell whether its private key is here: could not read ${unread}`;
  const hints = [...unreadHints(local), ...byName(session, intent, pair)];
  return { diagnosis: 'cannot tell', message, repairs: [forget()], hints };
}

/** Explains a pair for which something other than a private key was received. */
export function unusable(
  session: Session,
  intent: Intent,
  pair: KeyPair,
  { unusable: [kept] }: Evidence,
  ours: boolean,
): Explanation {
  const file = printable(kept?.file ?? '');
  const name = withNote(intentLabel(intent), factsOf(pair));
  const message = ours
    ? t`${name} was made, but what was received for it is not a usable key (${kept?.reason ?? ''}): it is in ${file}`
    : t`what was received for ${intentLabel(intent)} is not a usable key (${kept?.reason ?? ''}): it is in ${file}; a pair with this name exists (${factsOf(pair)}); this program cannot tell whose it is`;
  const id = idOrFingerprint(pair) ?? printable(pair.name, 100);
  const title = t`delete ${id} in the cloud: nobody can log in with it`;
  return {
    diagnosis: 'key unusable',
    message,
    repairs: [
      ...(ours && kept?.mayBeKey !== true ? [{ id: 'delete' as const, title, consent: 'person' as const }] : []),
      forget(kept?.file),
    ],
    hints: byName(session, intent, pair),
  };
}

/** Explains a pair with the intent's name that nothing proves to be ours. */
export function unproved(session: Session, intent: Intent, pair: KeyPair, { keys, untouched }: Evidence): Explanation {
  const name = intentLabel(intent);
  const other = keys.find(({ file }) => file === intent.temporaryFile);
  if (intent.action === 'create-local' && untouched) {
    return notOurs(intent, NOTHING, t`nothing had been uploaded`);
  }
  if (other !== undefined && pair.publicKey !== null) {
    const message = t`${name} in the cloud has another key (${factsOf(pair)}): it is not what the private key in ${printable(other.file)} was made for`;
    return {
      diagnosis: 'not ours',
      message,
      repairs: [forget(other.file)],
      hints: byName(session, intent, pair),
    };
  }
  const message = t`${name}: a pair with this name exists (${factsOf(pair)}); this program cannot tell whose it is`;
  return {
    diagnosis: 'cannot tell',
    message,
    repairs: [forget(other?.file)],
    hints: byName(session, intent, pair),
  };
}

const NOTHING: Evidence = { keys: [], unusable: [], untouched: true };

/** Hints how to name the pair, so that it is deleted whoever owns it. */
function byName(session: Session, intent: Intent, pair: KeyPair): readonly string[] {
  const handle = idOrFingerprint(pair);
  if (handle === null) return [t`look at it in the provider's console`];
  return [t`if nobody needs it, delete it and start over: ${recreateCommand(session, intent, handle)}`];
}

/** The repair that removes the entry. `--yes` does not cover it, since a removed entry cannot be checked again. */
function forget(file?: string): Repair {
  const title = file === undefined ? t`forget it: the cloud stays as it is` : t`forget it: ${printable(file)} stays`;
  return { id: 'forget', title, consent: 'person' };
}

/** `foo (tencent, ap-guangzhou)`, safe to print. */
function intentLabel({ name, provider, region, sandbox }: Intent): string {
  const where = formatFacts([provider, region, ...(sandbox ? [t`sandbox`] : [])]);
  return withNote(printable(name, 100), printable(where, 100));
}
