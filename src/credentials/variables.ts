import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';

/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>;

/** A variable that is set, and its value. */
export interface Variable {
  readonly name: string;
  readonly value: string;
}

/**
 * The first that is set of several variables that mean the same, or null.
 *
 * @throws KeypairError `AUTH` that names two of them, and not their values, when they differ.
 */
export function agreedVariable(env: Env, names: readonly string[]): Variable | null {
  const given = names.flatMap((name) => {
    const value = readVariable(env, name);
    return value === null ? [] : [{ name, value }];
  });
  const [first] = given;
  if (first === undefined) return null;
  const other = given.find(({ value }) => value !== first.value);
  if (other !== undefined) {
    throw new KeypairError('AUTH', t`${first.name} and ${other.name} are both set and differ`, {
      hints: [t`unset the one that is out of date`],
    });
  }
  return first;
}

/** A variable's value without the line end that `$(cat file)` or a CI's secret box may leave; empty counts as unset. */
export function readVariable(env: Env, name: string): string | null {
  const value = env[name]?.trim();
  return value === undefined || value === '' ? null : value;
}

/** Whether a vendor's switch is on: they write `true` or `TRUE`. */
export function isOn(env: Env, name: string): boolean {
  return ['true', '1'].includes(readVariable(env, name)?.toLowerCase() ?? '');
}
