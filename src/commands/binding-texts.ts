import { causedBy, KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { Result } from '../cli/session.ts';
import type { Direction } from '../operations/binding.ts';
import type { BindState, BindTask } from '../operations/binding.ts';
import type { Connection } from '../connection/connect.ts';

/** The texts of either direction, of a pair and its instances. */
interface Words {
  readonly question: (pair: string, instances: string) => string;
  readonly doing: (pair: string, instances: string) => string;
  readonly done: (pair: string, instance: string) => string;
  /** After Ctrl-C, once the request has left. */
  readonly asked: () => string;
  /** It was accepted, and what became of it cannot be seen. */
  readonly unseen: (pair: string, instance: string, why: string) => string;
  /** It was accepted, and failed; `state` is empty or stands in brackets. */
  readonly failed: (pair: string, instance: string, state: string) => string;
  /** It was accepted, and is not done; `state` as before. */
  readonly open: (pair: string, instance: string, state: string) => string;
  /** What JSON calls it when it is done. */
  readonly field: 'attached' | 'detached';
}

/** The words of either direction. */
export const WORDS: Readonly<Record<Direction, Words>> = {
  attach: {
    question: (pair, instances) => t`Attach ${pair} to ${instances}?`,
    doing: (pair, instances) => t`attaching ${pair} to ${instances}`,
    done: (pair, instance) => t`attached ${pair} to ${instance}`,
    asked: () => t`attach has been asked for: this ends when its outcome is known`,
    unseen: (pair, instance, why) =>
      t`attaching ${pair} to ${instance} was accepted, and whether it is done cannot be seen: ${why}`,
    failed: (pair, instance, state) => t`attaching ${pair} to ${instance} was accepted, and failed${state}`,
    open: (pair, instance, state) =>
      t`attaching ${pair} to ${instance} was accepted, and is still not done${state}`,
    field: 'attached',
  },
  detach: {
    question: (pair, instances) => t`Detach ${pair} from ${instances}?`,
    doing: (pair, instances) => t`detaching ${pair} from ${instances}`,
    done: (pair, instance) => t`detached ${pair} from ${instance}`,
    asked: () => t`detach has been asked for: this ends when its outcome is known`,
    unseen: (pair, instance, why) =>
      t`detaching ${pair} from ${instance} was accepted, and whether it is done cannot be seen: ${why}`,
    failed: (pair, instance, state) => t`detaching ${pair} from ${instance} was accepted, and failed${state}`,
    open: (pair, instance, state) =>
      t`detaching ${pair} from ${instance} was accepted, and is still not done${state}`,
    field: 'detached',
  },
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
  const { doing, done, field } = WORDS[direction];
  return {
    json: {
      provider: descriptor.id,
      region,
      name: pair.name,
      id: pair.id,
      instance,
      [field]: progress === 'unknown' ? null : progress === 'done',
      state: seen?.state ?? null,
      operation: seen?.operation ?? null,
      sandbox,
    },
    text: `${(progress === 'done' ? done : doing)(pair.name, instance)}\n`,
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
  const { unseen, failed, open } = WORDS[direction];
  const state = seen?.state == null ? '' : t` (the instance is ${seen.state})`;
  const message =
    cause !== undefined
      ? unseen(pair.name, instance, cause.message)
      : (progress === 'failed' ? failed : open)(pair.name, instance, state);
  return new KeypairError('PARTIAL', message, {
    ...(cause === undefined ? {} : causedBy(cause)),
    provider: descriptor.id,
    hints: [look, ...(cause?.hints ?? [])],
    outcome: 'unknown',
  });
}
