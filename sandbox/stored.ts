import type { Binding, Operation, StoredInstance } from './instances.ts';
import type { Contents, StoredPair, Tag } from './repository.ts';

/** Whether something that was read from a file is what a repository keeps. */
export function isContents(value: unknown): value is Contents {
  return isFields<Contents>(value) && isListOf(value.pairs, isPair) && isListOf(value.instances, isInstance);
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
    (value.operation === null || isOperation(value.operation))
  );
}

function isBinding(value: unknown): value is Binding {
  return isFields<Binding>(value) && areTexts(value.keyId) && (value.user === null || areTexts(value.user));
}

function isOperation(value: unknown): value is Operation {
  return (
    isFields<Operation>(value) &&
    areTexts(value.name, value.requestId, value.startedAt, value.endsAt) &&
    typeof value.restarts === 'boolean' &&
    isListOf(value.keys, isBinding)
  );
}
