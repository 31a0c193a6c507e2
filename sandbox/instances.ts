import type { Service } from './behaviour.ts';

/** A key pair on an instance. */
export interface Binding {
  /** The pair's id, of ECS too: a name may be given to another pair later. */
  readonly keyId: string;
  /** The user of the instance that the key lets in, where the service asks for one (Lighthouse). */
  readonly user: string | null;
}

/** The latest thing done to an instance, which may take a while. Nobody has to wait for it to end: time ends it. */
export interface Operation {
  /** The action that began it. */
  readonly name: string;
  readonly requestId: string;
  /** ISO 8601 with milliseconds, UTC; so is `endsAt`. */
  readonly startedAt: string;
  readonly endsAt: string;
  /** Whether the instance is stopped for it, and started again. */
  readonly restarts: boolean;
  /** What is bound when it has ended. */
  readonly keys: readonly Binding[];
}

/** A server that key pairs can be bound to. */
export interface StoredInstance {
  readonly id: string;
  readonly name: string;
  readonly platform: 'linux' | 'windows';
  readonly running: boolean;
  /** Private IPv4 address. */
  readonly address: string;
  /** What was bound before `operation`. */
  readonly keys: readonly Binding[];
  readonly operation: Operation | null;
}

/** Where an instance stands between off and on. */
export type Phase = 'running' | 'stopping' | 'starting' | 'stopped';

/** Whether the latest operation has still to end. What took no time is over, also for who looked at the clock before. */
export function isBusy({ operation }: StoredInstance, now: Date): boolean {
  if (operation === null || operation.startedAt === operation.endsAt) return false;
  return now.getTime() < Date.parse(operation.endsAt);
}

/** What is bound now: an operation shows when it has ended. */
export function bindingsOf(instance: StoredInstance, now: Date): readonly Binding[] {
  return isBusy(instance, now) ? instance.keys : (instance.operation?.keys ?? instance.keys);
}

/** An instance that is being restarted stops in the first half of its operation and starts in the second. */
export function phaseOf(instance: StoredInstance, now: Date): Phase {
  const { operation, running } = instance;
  if (operation?.restarts !== true || !isBusy(instance, now)) return running ? 'running' : 'stopped';
  const [start, end] = [Date.parse(operation.startedAt), Date.parse(operation.endsAt)];
  return now.getTime() < (start + end) / 2 ? 'stopping' : 'starting';
}

/** The bindings of a key pair now, with their instances. */
export function boundInstances(
  instances: readonly StoredInstance[],
  keyId: string,
  now: Date,
): readonly { readonly id: string; readonly user: string | null }[] {
  return instances.flatMap((instance) =>
    bindingsOf(instance, now).flatMap((held) =>
      held.keyId === keyId ? [{ id: instance.id, user: held.user }] : [],
    ),
  );
}

/** Whether a key pair is bound anywhere, or about to be: such a pair cannot be deleted. */
export function isInUse(instances: readonly StoredInstance[], keyId: string, now: Date): boolean {
  return instances.some((instance) =>
    [...bindingsOf(instance, now), ...(isBusy(instance, now) ? (instance.operation?.keys ?? []) : [])].some(
      (held) => held.keyId === keyId,
    ),
  );
}

/** What to begin on an instance, and for how long. */
interface NewOperation {
  readonly name: string;
  readonly requestId: string;
  readonly milliseconds: number;
  readonly restarts: boolean;
  readonly keys: readonly Binding[];
}

/** The instance with an operation begun. */
export function startOperation(
  instance: StoredInstance,
  { milliseconds, ...operation }: NewOperation,
  now: Date,
): StoredInstance {
  const startedAt = now.toISOString();
  const endsAt = new Date(now.getTime() + milliseconds).toISOString();
  return { ...instance, keys: bindingsOf(instance, now), operation: { ...operation, startedAt, endsAt } };
}

const PREFIXES: Readonly<Record<Service, string>> = { cvm: 'ins', lighthouse: 'lhins', ecs: 'i' };

/** The servers of every region: two that run and two that do not, and one with Windows, which takes no key. */
const FIXTURES = [
  { name: 'web-1', platform: 'linux', running: true },
  { name: 'web-2', platform: 'linux', running: true },
  { name: 'batch-1', platform: 'linux', running: false },
  { name: 'batch-2', platform: 'linux', running: false },
  { name: 'office-1', platform: 'windows', running: false },
] as const;

/** The instances that a service has in each region from the start: `ins-sandbox1` to `ins-sandbox5` and their like. */
export function fixtureInstances(service: Service): readonly StoredInstance[] {
  return FIXTURES.map((server, index) => ({
    ...server,
    id: `${PREFIXES[service]}-sandbox${index + 1}`,
    address: `10.0.0.${index + 1}`,
    keys: [],
    operation: null,
  }));
}
