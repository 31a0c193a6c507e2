import { randomBytes } from 'node:crypto';
import type { Service } from './behaviour.ts';
import { type Binding, fixtureInstances, type KeysInEffect, type Operation, type StoredInstance } from './instances.ts';
import type { Ending, StoredRun, StoredTask } from './runs.ts';

/** A tag of a key pair. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** A stored key pair, without its private key. */
export interface StoredPair {
  readonly id: string;
  /** Unique in the service and region. */
  readonly name: string;
  /** The OpenSSH line, as the service returns it. */
  readonly publicKey: string;
  readonly fingerprint: string;
  /** ISO 8601 with milliseconds, UTC. */
  readonly createdAt: string;
  readonly projectId: number;
  readonly description: string;
  readonly resourceGroupId: string;
  readonly tags: readonly Tag[];
}

/** A launch template. */
export interface StoredTemplate {
  readonly id: string;
  readonly name: string;
  /** ISO 8601 with milliseconds, UTC. */
  readonly createdAt: string;
  /** The key of each version, from 1: the pair's id on CVM, its name on ECS; null for none. The last one is the default. */
  readonly keys: readonly (string | null)[];
}

/** The data of one service in one region. The instances hold the bindings. */
export interface Contents {
  /** Newest first, then by name. */
  readonly pairs: readonly StoredPair[];
  readonly instances: readonly StoredInstance[];
  /** The latest scripts that were sent to instances, newest first. */
  readonly runs: readonly StoredRun[];
  readonly templates: readonly StoredTemplate[];
}

/** The repository of one service in one region. */
export interface Repository {
  read(): Contents;
  /**
   * Replaces the contents atomically. If `change` throws, the contents stay and the error passes through. `change` may
   * run several times, so it must have no side effects.
   */
  update(change: (contents: Contents) => Contents): void;
}

/** Finds the repository of a service and region. */
export type RepositoryFor = (service: Service, region: string) => Repository;

/** The initial data: the fixture instances, and nothing else. */
export function initialContents(service: Service): Contents {
  return { pairs: [], instances: fixtureInstances(service), runs: [], templates: [] };
}

/** Repositories in memory. */
export function memoryRepositories(): RepositoryFor {
  const places = new Map<string, Contents>();
  return (service, region) => {
    const place = `${service}/${region}`;
    const read = (): Contents => places.get(place) ?? initialContents(service);
    return {
      read,
      update(change) {
        places.set(place, change(read()));
      },
    };
  };
}

/** Adds pairs. The caller checks the names. */
export function withPairs(contents: Contents, added: readonly StoredPair[]): Contents {
  const pairs = [...contents.pairs, ...added].sort(
    (a, b) => compare(b.createdAt, a.createdAt) || compare(a.name, b.name) || compare(a.id, b.id),
  );
  return { ...contents, pairs };
}

/** Removes the pairs with these ids. */
export function withoutPairs(contents: Contents, ids: ReadonlySet<string>): Contents {
  return { ...contents, pairs: contents.pairs.filter(({ id }) => !ids.has(id)) };
}

/** Replaces the pairs with the same ids. */
export function withChanged(contents: Contents, changed: readonly StoredPair[]): Contents {
  return withPairs(withoutPairs(contents, new Set(changed.map(({ id }) => id))), changed);
}

/** Replaces the instances with the same ids. */
export function withInstances(contents: Contents, changed: readonly StoredInstance[]): Contents {
  const byId = new Map(changed.map((instance) => [instance.id, instance]));
  return { ...contents, instances: contents.instances.map((old) => byId.get(old.id) ?? old) };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A random id: `prefix-` and `length` digits and lower-case letters. */
export function newId(prefix: string, length: number): string {
  const letters = '0123456789abcdefghijklmnopqrstuvwxyz';
  return `${prefix}-${[...randomBytes(length)].map((byte) => letters[byte % 36]).join('')}`;
}

/** Whether a value from a file is valid contents. */
export function isContents(value: unknown): value is Contents {
  return (
    isFields<Contents>(value) &&
    isListOf(value.pairs, isPair) &&
    isListOf(value.instances, isInstance) &&
    isListOf(value.runs, isRun) &&
    isListOf(value.templates, isTemplate)
  );
}

type Fields<T> = Partial<Record<keyof T, unknown>>;

function isFields<T>(value: unknown): value is Fields<T> {
  return typeof value === 'object' && value !== null;
}

function isListOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every(isItem);
}

function areTexts(...values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'string');
}

function isPair(value: unknown): value is StoredPair {
  return (
    isFields<StoredPair>(value) &&
    areTexts(value.id, value.name, value.publicKey, value.fingerprint, value.createdAt) &&
    areTexts(value.description, value.resourceGroupId) &&
    typeof value.projectId === 'number' &&
    isListOf(value.tags, isTag)
  );
}

function isTag(value: unknown): value is Tag {
  return isFields<Tag>(value) && areTexts(value.key, value.value);
}

function isInstance(value: unknown): value is StoredInstance {
  return (
    isFields<StoredInstance>(value) &&
    areTexts(value.id, value.name, value.address) &&
    (value.platform === 'linux' || value.platform === 'windows') &&
    typeof value.running === 'boolean' &&
    isListOf(value.keys, isBinding) &&
    (value.operation === null || isOperation(value.operation)) &&
    ((value.untilRestart ?? null) === null || isInEffect(value.untilRestart))
  );
}

function isBinding(value: unknown): value is Binding {
  return isFields<Binding>(value) && areTexts(value.keyId) && (value.user === null || areTexts(value.user));
}

function isInEffect(value: unknown): value is KeysInEffect {
  return (
    isFields<KeysInEffect>(value) &&
    isListOf(value.keys, isBinding) &&
    (value.requestId === null || areTexts(value.requestId))
  );
}

function isOperation(value: unknown): value is Operation {
  return (
    isFields<Operation>(value) &&
    areTexts(value.name, value.requestId, value.startedAt, value.endsAt) &&
    typeof value.restarts === 'boolean' &&
    isListOf(value.keys, isBinding)
  );
}

type Token = NonNullable<StoredRun['token']>;

function isRun(value: unknown): value is StoredRun {
  return (
    isFields<StoredRun>(value) &&
    areTexts(value.id, value.commandId, value.name, value.content, value.user, value.directory, value.createdAt) &&
    typeof value.timeoutSeconds === 'number' &&
    (value.token === null || (isFields<Token>(value.token) && areTexts(value.token.token, value.token.hash))) &&
    isListOf(value.tasks, isTask)
  );
}

function isTask(value: unknown): value is StoredTask {
  return (
    isFields<StoredTask>(value) &&
    areTexts(value.id, value.instanceId) &&
    [value.startsAt, value.endsAt].every((time) => time === null || areTexts(time)) &&
    (value.ending === null || (isFields<Ending>(value.ending) && areTexts(value.ending.kind)))
  );
}

function isTemplate(value: unknown): value is StoredTemplate {
  return (
    isFields<StoredTemplate>(value) &&
    areTexts(value.id, value.name, value.createdAt) &&
    Array.isArray(value.keys) &&
    value.keys.every((key) => key === null || areTexts(key))
  );
}
