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
 * The first set variable of several that mean the same, or null.
 *
 * @throws KeypairError `AUTH` with the names of two that differ, without their values.
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

/** A variable's value, trimmed: a CI system's form for secrets may leave a line end. Empty counts as unset. */
export function readVariable(env: Env, name: string): string | null {
  const value = env[name]?.trim();
  return value === undefined || value === '' ? null : value;
}

/** Whether a vendor's switch is on: `true`, in any case, or `1`. */
export function isOn(env: Env, name: string): boolean {
  return ['true', '1'].includes(readVariable(env, name)?.toLowerCase() ?? '');
}
