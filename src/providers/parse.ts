/** Parses values that a server sent. Nothing here throws: an invalid value becomes null. */

/** A JSON object with unknown fields. */
export type Fields = Readonly<Record<string, unknown>>;

/** A value as a JSON object, or null. An array is not an object here. */
export function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

/** A text as a JSON object, or null. */
export function parseFields(text: string): Fields | null {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return null;
  }
}

/** A non-empty text, unchanged, or null. Some services write a missing text as `"null"`. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' && value !== 'null' ? value : null;
}

/** No id, name or public key is longer. */
const MAX_LINE = 8192;

/** Control characters, and invisible characters that reorder or split terminal output (Unicode TR 36). */
const UNSEEN = /[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;

/** One line of visible text, trimmed, or null. */
export function lineOf(value: unknown): string | null {
  const line = textOf(value)?.trim() ?? null;
  return line === null || line.length > MAX_LINE || UNSEEN.test(line) ? null : line;
}

/** A whole number of 0 or more, as a number or as digits, or null. */
export function countOf(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) && (number as number) >= 0 ? (number as number) : null;
}

/** A string, number or boolean as lower-case text: services mix these types. Null for anything else. */
export function wordOf(value: unknown): string | null {
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value).toLowerCase() : null;
}

/** The rows of a list. Null counts as an empty list, since some services write it so; anything else gives null. */
export function rowsOf(value: unknown): readonly unknown[] | null {
  if (value === null) return [];
  return Array.isArray(value) ? (value as readonly unknown[]) : null;
}

/** The result of {@link handledRows}. */
interface HandledRows<T> {
  /** The number of rows, valid or not. */
  readonly rows: number;
  readonly items: readonly T[];
}

/**
 * Applies `read` to the rows that are objects with one line of text in the field `handle`; the others are unusable, and
 * so is a handle with a hyphen first: in the command line of a hint it would be an option. Null if there is no list.
 */
export function handledRows<T>(
  value: unknown,
  handle: string,
  read: (fields: Fields, handle: string) => T,
): HandledRows<T> | null {
  const rows = rowsOf(value);
  if (rows === null) return null;
  const items = rows.flatMap((row) => {
    const fields = fieldsOf(row);
    const line = lineOf(fields?.[handle]);
    return fields === null || line === null || line.startsWith('-') ? [] : [read(fields, line)];
  });
  return { rows: rows.length, items };
}

/** The texts in a list, or null if there is no list. */
export function textsOf(value: unknown): readonly string[] | null {
  if (!Array.isArray(value)) return null;
  return value.map(lineOf).filter((text) => text !== null);
}

/** A list of objects as a record, or null if there is no list. The parameters name the fields of an object. */
export function tagsOf(value: unknown, key: string, content: string): Readonly<Record<string, string>> | null {
  if (!Array.isArray(value)) return null;
  const entries = value.flatMap((row: unknown): [string, string][] => {
    const name = fieldsOf(row)?.[key];
    const text = fieldsOf(row)?.[content];
    return typeof name === 'string' ? [[name, typeof text === 'string' ? text : '']] : [];
  });
  return Object.fromEntries(entries);
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;

/** An ISO 8601 time with a zone (seconds may be absent, as in Alibaba's) as `2026-11-21T00:00:00Z`, or null. */
export function timeOf(value: unknown): string | null {
  if (typeof value !== 'string' || !ISO_TIME.test(value)) return null;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? null : time.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/**
 * The default export of a CommonJS module of the SDKs. Node and esbuild give the module's `exports` object as the
 * default import, with the real one under `default`; test runners unwrap it once more.
 */
export function defaultOf<T>(module: { readonly default: T } | T): T {
  return typeof module === 'object' && module !== null && 'default' in module ? module.default : module;
}
