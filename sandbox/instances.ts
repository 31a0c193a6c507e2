import type { Service } from './behaviour.ts';

/** A key pair that is bound to an instance. */
export interface Binding {
  /** The pair's id, also on ECS and SWAS: another pair may get the name later. */
  readonly keyId: string;
  /** The login user (Lighthouse only). */
  readonly user: string | null;
}

/** The latest operation on an instance. It ends by the clock. */
export interface Operation {
  /** The action that started it. */
  readonly name: string;
  readonly requestId: string;
  /** ISO 8601 with milliseconds, UTC, like `endsAt`. */
  readonly startedAt: string;
  readonly endsAt: string;
  /** Whether the operation restarts the instance. */
  readonly restarts: boolean;
  /** The bindings after the operation. */
  readonly keys: readonly Binding[];
}

/** An instance that key pairs can be bound to. */
export interface StoredInstance {
  readonly id: string;
  readonly name: string;
  readonly platform: 'linux' | 'windows';
  readonly running: boolean;
  /** The private IPv4 address. */
  readonly address: string;
  /** The bindings before `operation`. */
  readonly keys: readonly Binding[];
  readonly operation: Operation | null;
  /** What a running instance of ECS keeps until it is restarted. Absent or null where the bindings are in effect. */
  readonly untilRestart?: KeysInEffect | null;
}

/** The bindings that an instance was last started with, and the operation that made them. */
export interface KeysInEffect {
  readonly keys: readonly Binding[];
  readonly requestId: string | null;
}

/** The power state of an instance. */
type Phase = 'running' | 'stopping' | 'starting' | 'stopped';

/** Whether the latest operation is in progress. One without duration never is, even if `now` is slightly older. */
export function isBusy({ operation }: StoredInstance, now: Date): boolean {
  if (operation === null || operation.startedAt === operation.endsAt) return false;
  return now.getTime() < Date.parse(operation.endsAt);
}

/** The current bindings. An operation changes them when it ends. */
export function bindingsOf(instance: StoredInstance, now: Date): readonly Binding[] {
  return isBusy(instance, now) ? instance.keys : (instance.operation?.keys ?? instance.keys);
}

/** The power state. A restart stops in the first half of the operation and starts in the second. */
export function phaseOf(instance: StoredInstance, now: Date): Phase {
  const { operation, running } = instance;
  if (operation?.restarts !== true || !isBusy(instance, now)) return running ? 'running' : 'stopped';
  const [start, end] = [Date.parse(operation.startedAt), Date.parse(operation.endsAt)];
  return now.getTime() < (start + end) / 2 ? 'stopping' : 'starting';
}

/** The instances and login users that a key pair is bound to now. */
export function boundInstances(
  instances: readonly StoredInstance[],
  keyId: string,
  now: Date,
): readonly { readonly id: string; readonly user: string | null }[] {
  return instances.flatMap((instance) =>
    bindingsOf(instance, now).flatMap((bound) =>
      bound.keyId === keyId ? [{ id: instance.id, user: bound.user }] : [],
    ),
  );
}

/** Whether a key pair is bound, or an operation is binding it. Such a pair cannot be deleted. */
export function isInUse(instances: readonly StoredInstance[], keyId: string, now: Date): boolean {
  return instances.some((instance) =>
    [...bindingsOf(instance, now), ...(isBusy(instance, now) ? (instance.operation?.keys ?? []) : [])].some(
      (bound) => bound.keyId === keyId,
    ),
  );
}

interface NewOperation {
  readonly name: string;
  readonly requestId: string;
  readonly milliseconds: number;
  readonly restarts: boolean;
  readonly keys: readonly Binding[];
}

/** The instance with a new operation. */
export function startOperation(
  instance: StoredInstance,
  { milliseconds, ...operation }: NewOperation,
  now: Date,
): StoredInstance {
  const startedAt = now.toISOString();
  const endsAt = new Date(now.getTime() + milliseconds).toISOString();
  return { ...instance, keys: bindingsOf(instance, now), operation: { ...operation, startedAt, endsAt } };
}

/** The bindings that are in effect on the instance, and the operation that made them; null while it is in progress. */
export function keysInEffect(instance: StoredInstance, now: Date): KeysInEffect {
  const requestId = isBusy(instance, now) ? null : (instance.operation?.requestId ?? null);
  return instance.untilRestart ?? { keys: bindingsOf(instance, now), requestId };
}

/** The instance with a new operation of ECS, which takes no time. If it runs, the keys wait for a restart. */
export function startEcsOperation(
  instance: StoredInstance,
  operation: Pick<NewOperation, 'name' | 'requestId' | 'keys'>,
  now: Date,
): StoredInstance {
  const changed = startOperation(instance, { ...operation, milliseconds: 0, restarts: false }, now);
  return instance.running ? { ...changed, untilRestart: keysInEffect(instance, now) } : changed;
}

/** The instance, started anew or stopped: its bindings are in effect, at the latest when it runs. */
export function restarted(instance: StoredInstance, running: boolean): StoredInstance {
  return { ...instance, running, untilRestart: null };
}

/** The ids of a service's instances. */
const IDS: Readonly<Record<Service, (number: number) => string>> = {
  cvm: (number) => `ins-sandbox${number}`,
  lighthouse: (number) => `lhins-sandbox${number}`,
  ecs: (number) => `i-sandbox${number}`,
  // 32 hex digits.
  swas: (number) => `a${String(number).padStart(31, '0')}`,
};

/** The service of an instance, by the shape of its id. */
export function serviceOf(id: string): Service {
  if (/^[0-9a-f]{32}$/.test(id)) return 'swas';
  return id.startsWith('ins-') ? 'cvm' : id.startsWith('lhins-') ? 'lighthouse' : 'ecs';
}

/**
 * The accounts of an instance that runs Linux, as in the image of Ubuntu that it says it has. Keys that the service binds
 * for no named user go to the first one.
 */
export function accountNames(id: string): readonly string[] {
  const names = {
    cvm: ['ubuntu', 'root'],
    lighthouse: ['root', 'ubuntu', 'lighthouse'],
    ecs: ['root', 'ecs-user'],
    swas: ['root', 'admin'],
  };
  return names[serviceOf(id)];
}

/** The instances of every region: two run, two are stopped, and one has Windows, which takes no key. */
const FIXTURES = [
  { name: 'web-1', platform: 'linux', running: true },
  { name: 'web-2', platform: 'linux', running: true },
  { name: 'batch-1', platform: 'linux', running: false },
  { name: 'batch-2', platform: 'linux', running: false },
  { name: 'office-1', platform: 'windows', running: false },
] as const;

/** The public IPv4 address (RFC 5737) of the instances that have one, `web-1` and `web-2`. */
export function publicAddressOf({ name, address }: StoredInstance): string | null {
  return name.startsWith('web-') ? `203.0.113.${address.split('.').at(-1)}` : null;
}

/** The public IPv6 address (RFC 3849) of the only instance that has one, `web-1`. */
export function publicIpv6Of({ name }: StoredInstance): string | null {
  return name === 'web-1' ? '2001:db8::1' : null;
}

/** The instances of a service in every region: `ins-sandbox1` to `ins-sandbox5`, or as the service's ids look. */
export function fixtureInstances(service: Service): readonly StoredInstance[] {
  return FIXTURES.map((server, index) => ({
    ...server,
    id: IDS[service](index + 1),
    address: `10.0.0.${index + 1}`,
    keys: [],
    operation: null,
  }));
}
