import path from 'node:path';

/** What one field of an entry may be. */
export type FieldCheck = (value: unknown) => boolean;

/** A text of one line without controls, of 300 characters at most. */
export function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[^\p{Cc}\p{Cs}]{1,300}$/u.test(value);
}

/** An absolute path as this program writes it, without detours. */
export function isPath(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= 4096 &&
    !value.includes('\0') &&
    path.isAbsolute(value) &&
    path.normalize(value) === value
  );
}

/** Null, or what a check takes. */
export function orNull(check: FieldCheck): FieldCheck {
  return (value) => value === null || check(value);
}

/** The fields of an entry's JSON text; null where it holds no object. */
export function fieldsOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : null;
  } catch {
    return null;
  }
}

/** Whether every field of an entry passes its check. */
export function passes<T>(
  checks: { readonly [K in keyof T]: FieldCheck },
  value: { readonly [K in keyof T]: unknown },
): value is T & typeof value {
  return (Object.keys(checks) as (keyof T)[]).every((field) => checks[field](value[field]));
}
