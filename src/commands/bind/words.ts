import { KeypairError } from '../../errors.ts';
import type { Result } from '../../session.ts';
import type { Direction } from './flags.ts';
import type { BindState, BindTask } from './state.ts';
import type { Connection } from '../connect.ts';

/** The words of either direction. */
export const WORDS: Readonly<
  Record<Direction, { verb: string; doing: string; done: string; preposition: string }>
> = {
  attach: { verb: 'Attach', doing: 'attaching', done: 'attached', preposition: 'to' },
  detach: { verb: 'Detach', doing: 'detaching', done: 'detached', preposition: 'from' },
};

/**
 * What became of one instance, in all three forms. `attached` or `detached` is true when the service shows it so,
 * false while it is under way, and null where nothing can be seen of what the service has accepted.
 */
export function bindResult(
  { direction, pair }: BindTask,
  { descriptor, region }: Connection,
  { instance, seen, progress }: BindState,
  sandbox: boolean,
): Result {
  const { doing, done, preposition } = WORDS[direction];
  return {
    json: {
      provider: descriptor.id,
      region,
      name: pair.name,
      id: pair.id,
      instance,
      [done]: progress === 'unknown' ? null : progress === 'done',
      state: seen?.state ?? null,
      operation: seen?.operation ?? null,
      sandbox,
    },
    text: `${progress === 'done' ? done : doing} ${pair.name} ${preposition} ${instance}\n`,
    quiet: instance,
  };
}

/**
 * What is known of an instance on which it was accepted and not seen to be done.
 *
 * @param cause why nothing further can be seen, where that is so.
 */
export function notDone(
  { direction, pair }: BindTask,
  { descriptor }: Connection,
  { instance, seen, progress }: BindState,
  look: string,
  cause?: KeypairError,
): KeypairError {
  const { doing, preposition } = WORDS[direction];
  const what = `${doing} ${pair.name} ${preposition} ${instance}`;
  const state = seen?.state == null ? '' : ` (the instance is ${seen.state})`;
  const message =
    cause !== undefined
      ? `${what} was accepted, and whether it is done cannot be seen: ${cause.message}`
      : progress === 'failed'
        ? `${what} was accepted, and failed${state}`
        : `${what} was accepted, and is still not done${state}`;
  return new KeypairError('PARTIAL', message, {
    provider: descriptor.id,
    hints: [look, ...(cause?.hints ?? [])],
    ...(cause?.providerCode === undefined ? {} : { providerCode: cause.providerCode }),
    ...(cause?.requestId === undefined ? {} : { requestId: cause.requestId }),
    outcome: 'unknown',
    cause,
  });
}
