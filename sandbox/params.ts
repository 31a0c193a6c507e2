import type { ApiError } from './api-error.ts';
import type { Form } from './wire.ts';

/** How an interface encodes parameters, and its errors for bad ones. */
export interface Dialect {
  /** Whether values are strings and lists have numbered names (query, form); otherwise parameters are JSON. */
  readonly text: boolean;
  missing(name: string): ApiError;
  /** Null where the interface ignores unknown parameters. */
  unknown(name: string): ApiError | null;
  wrongType(name: string): ApiError;
}

/** One parameter. It parses a raw value or throws the dialect's ApiError. */
export interface Field<T> {
  readonly optional: boolean;
  read(raw: unknown, name: string, dialect: Dialect): T;
}

/** A string. */
export const text: Field<string> = {
  optional: false,
  read(raw, name, dialect) {
    if (typeof raw !== 'string') throw dialect.wrongType(name);
    return raw;
  },
};

/** A safe integer. */
export const integer: Field<number> = {
  optional: false,
  read(raw, name, dialect) {
    const value = dialect.text && typeof raw === 'string' && /^-?\d{1,16}$/.test(raw) ? Number(raw) : raw;
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw dialect.wrongType(name);
    return value;
  },
};

/** `true` or `false`; as text in any case, since the Python clients write `True`. */
export const flag: Field<boolean> = {
  optional: false,
  read(raw, name, dialect) {
    if (dialect.text && typeof raw === 'string' && /^(true|false)$/i.test(raw)) return raw.toLowerCase() === 'true';
    if (typeof raw !== 'boolean') throw dialect.wrongType(name);
    return raw;
  },
};

/** Makes a field optional. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return {
    optional: true,
    read: (raw, name, dialect) => (raw === undefined ? undefined : field.read(raw, name, dialect)),
  };
}

/** A list: a JSON array, or `Name.0`, `Name.1`, … sorted by number, with any first number. */
export function list<T>(of: Field<T>): Field<readonly T[]> {
  return {
    optional: false,
    read(raw, name, dialect) {
      const items = dialect.text ? parseIndexed(raw) : raw;
      if (!Array.isArray(items)) throw dialect.wrongType(name);
      return items.map((item: unknown, index) => of.read(item, `${name}.${index}`, dialect));
    },
  };
}

type Shape = Readonly<Record<string, Field<unknown>>>;
type Values<S extends Shape> = { readonly [K in keyof S]: S[K] extends Field<infer T> ? T : never };

/** An object with these fields. A strict dialect allows no others. */
export function fields<S extends Shape>(shape: S): Field<Values<S>> {
  return {
    optional: false,
    read(raw, name, dialect) {
      if (!isRecord(raw)) throw dialect.wrongType(name);
      const inside = (key: string): string => (name === '' ? key : `${name}.${key}`);
      for (const key of Object.keys(raw)) {
        const error = Object.hasOwn(shape, key) ? null : dialect.unknown(inside(key));
        if (error !== null) throw error;
      }
      const values = Object.entries(shape).map(([key, field]) => {
        const value = Object.hasOwn(raw, key) ? raw[key] : undefined;
        if (value === undefined && !field.optional) throw dialect.missing(inside(key));
        return [key, field.read(value, inside(key), dialect)] as const;
      });
      return Object.fromEntries(values) as Values<S>;
    },
  };
}

/**
 * Parses `A.0.B=x` into `{A: {0: {B: 'x'}}}`, without the names in `without`.
 *
 * @returns null when a name is both a value and a group.
 */
export function parseNested(form: Form, without: ReadonlySet<string>): Readonly<Record<string, unknown>> | null {
  const root = emptyRecord();
  for (const [name, value] of form) {
    if (without.has(name)) continue;
    const path = name.split('.');
    const last = path.pop() ?? '';
    let at = root;
    for (const step of path) {
      const next = (at[step] ??= emptyRecord());
      if (!isRecord(next)) return null;
      at = next;
    }
    if (Object.hasOwn(at, last)) return null;
    at[last] = value;
  }
  return root;
}

function parseIndexed(raw: unknown): unknown[] | null {
  if (!isRecord(raw)) return null;
  const entries = Object.entries(raw);
  if (!entries.every(([key]) => /^\d{1,6}$/.test(key))) return null;
  return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, value]) => value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A record without a prototype, so that `__proto__` is an ordinary parameter. */
function emptyRecord(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}
