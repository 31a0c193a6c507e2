import type { Session } from '../../cli/session.ts';
import { accountIdOf, isOtherAccount } from '../../connection/connect.ts';
import type { Target } from '../../connection/target.ts';
import { KeypairError } from '../../errors.ts';
import { joinList, t } from '../../i18n/t.ts';
import { hasRotations, stateDirectory } from '../../paths.ts';
import { printable } from '../../sanitize.ts';
import { isSameOwner } from '../../storage/intent.ts';
import {
  claimRotation,
  isRotating,
  type OpenRotation,
  readRotations,
  type Rotation,
  type RotationEntry,
} from '../../storage/rotation-file.ts';
import { agoText } from '../../ui/relative-time.ts';
import { rotateCommand } from '../recovery/command-line.ts';
import { runningHere, WAIT } from '../recovery/recovery.ts';

/** A rotation that has not ended, and can be read. */
type Readable = OpenRotation & { readonly rotation: Rotation };

/** All rotations that have not ended, the oldest first. Never throws. */
export async function findRotations({ context }: Session): Promise<readonly OpenRotation[]> {
  const state = stateDirectory(context);
  return hasRotations(state) ? readRotations(state, context.platform) : [];
}

/** Whether another process works on a rotation. */
export function isElsewhere(session: Session, open: OpenRotation): boolean {
  const running = runningHere(session);
  if (open.rotation === null || isSameOwner(open.claim ?? open.rotation, running.self)) return false;
  return isRotating(open, running);
}

/** What a rotation that has not ended is waiting for, and how to go on, one line each, safe to print. */
export function rotationLines(
  session: Session,
  rotation: Rotation,
): { readonly message: string; readonly hints: readonly string[] } {
  const { startedAt, stage, retireAt } = rotation;
  const name = printable(rotation.name, 100);
  const { context } = session;
  const resume = t`go on with: ${rotateCommand(session, rotation, '--resume')}`;
  const undo = t`or undo it: ${rotateCommand(session, rotation, '--abort')}`;
  if (stage === 'aborting')
    return {
      message: t`undoing the rotation of ${name} did not end`,
      hints: [t`go on with: ${rotateCommand(session, rotation, '--abort')}`],
    };
  if (stage === 'switched' && retireAt !== null && !isWaiting(session, rotation))
    return { message: t`the old key of ${name} was to stay on the servers until ${retireAt}`, hints: [resume] };
  if (stage === 'switched' && retireAt !== null)
    return { message: t`the old key of ${name} stays on the servers until ${retireAt}`, hints: [resume] };
  return {
    message: t`the rotation of ${name}, begun ${agoText(startedAt, context.now())}, did not end`,
    hints: stage === 'planned' || stage === 'made' ? [resume, undo] : [resume],
  };
}

/** Whether a rotation waits for the end of its `--grace`: nothing is wrong. */
export function isWaiting({ context }: Session, { stage, retireAt }: Rotation): boolean {
  return stage === 'switched' && retireAt !== null && context.now().getTime() < Date.parse(retireAt);
}

/** Warns of rotations that did not end, and says how to go on. Never throws. */
export async function noticeRotations(session: Session): Promise<void> {
  for (const open of await findRotations(session)) {
    if (open.rotation === null) {
      session.warn(t`${printable(open.file)} is not a valid journal entry: ${open.problem}`);
      continue;
    }
    if (isElsewhere(session, open) || isWaiting(session, open.rotation)) continue;
    const { message, hints } = rotationLines(session, open.rotation);
    session.warn(message);
    for (const hint of hints) session.warn(hint);
  }
}

/** Rotations of one service and account that have not ended. */
async function rotationsOf(session: Session, target: Target): Promise<readonly Readable[]> {
  const { sandbox } = session.settings;
  const { descriptor, region, endpoint, credentials } = target;
  const here = (await findRotations(session)).filter(
    (open): open is Readable =>
      open.rotation !== null &&
      open.rotation.provider === descriptor.id &&
      open.rotation.region === region &&
      open.rotation.endpoint === endpoint.origin &&
      open.rotation.sandbox === sandbox,
  );
  if (here.length === 0) return here;
  const signer = await accountIdOf(credentials, session.context.interrupts.signal);
  return here.filter(({ rotation }) => !isOtherAccount(rotation.signer, signer));
}

function namesOf({ name, oldId, newName, newId }: Rotation): readonly (string | null)[] {
  return [name, oldId, newName, newId];
}

/**
 * Refuses to rotate or delete a pair that a rotation has not done with.
 *
 * @param own the file of the rotation itself, once it is written.
 * @throws KeypairError `CONFLICT` with the command that goes on with the first one.
 */
export async function refuseIfRotating(
  session: Session,
  target: Target,
  { name, id }: { readonly name: string; readonly id: string | null },
  own: string | null,
): Promise<void> {
  const other = (await rotationsOf(session, target)).find(
    ({ file, rotation }) =>
      file !== own && namesOf(rotation).some((one) => one === name || (id !== null && one === id)),
  );
  if (other === undefined) return;
  const { message, hints } = rotationLines(session, other.rotation);
  const details = { provider: target.descriptor.id, region: target.region };
  if (isElsewhere(session, other))
    throw new KeypairError('CONFLICT', t`another process is rotating ${printable(name, 100)}`, {
      ...details,
      hints: [WAIT],
    });
  throw new KeypairError('CONFLICT', message, { ...details, hints });
}

/**
 * Takes the rotation that the user means.
 *
 * @param named a name or id of its old or new pair; null: the only one of this service.
 * @throws KeypairError `NOT_FOUND`; `CONFLICT` if there are several, or another process works on it.
 */
export async function takeRotation(session: Session, target: Target, named: string | null): Promise<RotationEntry> {
  const { descriptor, region } = target;
  const details = { provider: descriptor.id, region };
  const all = await rotationsOf(session, target);
  const meant = named === null ? all : all.filter(({ rotation }) => namesOf(rotation).includes(named));
  const [open, ...more] = meant;
  if (open === undefined) {
    const elsewhere = (await findRotations(session)).flatMap(({ rotation }) => rotation ?? []);
    throw new KeypairError(
      'NOT_FOUND',
      named === null ? t`no rotation is open in ${region}` : t`no rotation of ${named} is open in ${region}`,
      {
        ...details,
        hints: elsewhere.flatMap((rotation) => rotationLines(session, rotation).hints.slice(0, 1)).slice(0, 5),
      },
    );
  }
  if (more.length > 0) {
    const names = meant.map(({ rotation }) => printable(rotation.name, 80));
    throw new KeypairError('CONFLICT', t`several rotations are open: ${joinList(names)}`, {
      ...details,
      hints: [t`name one of them`],
    });
  }
  const name = printable(open.rotation.name, 100);
  const busy = new KeypairError('CONFLICT', t`another process is rotating ${name}`, { ...details, hints: [WAIT] });
  if (isElsewhere(session, open)) throw busy;
  const { context } = session;
  const entry = await claimRotation(stateDirectory(context), open, runningHere(session).self, context);
  if (entry === null) throw busy;
  return entry;
}
