import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { homeShort, type PathsInput } from '../paths.ts';
import { defaultOf, type Fields, fieldsOf } from '../providers/parse.ts';
import { printable } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import { shellWord } from '../sanitize.ts';
import type { CredentialsFile, PairEntry, RegionFound } from './vendor.ts';
import { errorCode } from '../storage/fs.ts';
import { readGuarded } from '../storage/read-guarded.ts';

/** A path for people: `~/…` inside their home directory. */
export function shownPath(file: string, home: string): string {
  return printable(homeShort(home, file));
}

/**
 * The warning for a file with secrets that others can read, with the command that fixes it.
 *
 * @param title the path, as {@link shownPath} returns it.
 */
export function othersCanRead(title: string): string {
  return t`others can read ${title}: run chmod 600 ${shellWord(title)}`;
}

/** Larger than any credentials file, in bytes. */
const LARGEST = 1024 * 1024;

interface SmallFile {
  /** Holds secrets, as a rule. */
  readonly text: Secret;
  /** Whether others than its owner may read it. Always false on Windows, which has no such bits. */
  readonly exposed: boolean;
}

/** The result of reading a file: the file, null if there is none, or why it cannot be read. */
type Reading = SmallFile | { readonly why: string } | null;

/**
 * Reads a file of up to 1 MiB. Never throws and never blocks: it does not open a FIFO, a socket or a device. If one
 * replaces the file in between, it is opened without blocking and closed.
 */
export async function readSmallFile(file: string, platform: string): Promise<Reading> {
  try {
    const read = await readGuarded(file, LARGEST, 'follow');
    if (read === 'too long') return { why: t`it is larger than 1 MiB` };
    if (typeof read === 'string') return { why: t`it is not a regular file` };
    const exposed = platform !== 'win32' && (read.mode & 0o077) !== 0;
    return { text: new Secret(read.bytes.toString('utf8')), exposed };
  } catch (error) {
    const code = errorCode(error) ?? 'unknown';
    return ['ENOENT', 'ENOTDIR'].includes(code) ? null : { why: t`it cannot be read (${code})` };
  }
}

/**
 * Parses a file's text as a JSON object.
 *
 * @throws KeypairError `AUTH` with the line of the first fault. The parser's own error is dropped: it quotes the text
 * around the fault, which may hold secrets.
 */
export function parseJsonObject(text: string): Fields {
  const clean = text.replace(/^\ufeff/, '');
  let value: unknown;
  try {
    value = JSON.parse(clean);
  } catch {
    const line = faultyLine(clean);
    throw new KeypairError('AUTH', line === null ? t`it is not JSON` : t`line ${line} is not JSON`);
  }
  const fields = fieldsOf(value);
  if (fields === null) throw new KeypairError('AUTH', t`it is not a JSON object`);
  return fields;
}

const TOKEN = /[ \t\r\n]*(?:([{}[\],:"])|(true|false|null|-?\d[\d.eE+-]*))/y;
const STRING_PIECE = /[^"\\\x00-\x1f]*(?:("|\\u[\da-fA-F]{4}|\\["\\/bfnrt])|)/y;

/** What may follow at a place in a JSON text. */
const VALUE = '{["v';
const AFTER_VALUE = { '{': ',}', '[': ',]', '': '' } as const;

/**
 * The line, from 1, of the first fault in a JSON text; null if unknown. Node reports it for some faults only, and in a
 * different way in each version.
 */
function faultyLine(text: string): number | null {
  const open: ('{' | '[')[] = [];
  let allowed = VALUE;
  for (let at = 0; at < text.length;) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    const sign = match?.[1] ?? (match === null ? '' : 'v');
    if (match === null || !allowed.includes(sign)) return lineAt(text, at);
    const start = TOKEN.lastIndex;
    at = sign === '"' ? endOfString(text, start) : start;
    if (at < 0) return lineAt(text, start);
    const within = open.at(-1);
    if (sign === '{' || sign === '[') open.push(sign);
    if (sign === '}' || sign === ']') open.pop();
    allowed = next(sign, allowed, open.at(-1) ?? '', within);
  }
  return null;
}

function next(sign: string, allowed: string, now: '{' | '[' | '', before: '{' | '[' | undefined): string {
  if (sign === '{') return '"}';
  if (sign === '[') return `${VALUE}]`;
  if (sign === ':') return VALUE;
  if (sign === ',') return before === '{' ? '"' : VALUE;
  // A string in the place of a key, where no other value is allowed.
  if (sign === '"' && before === '{' && !allowed.includes('v')) return ':';
  return AFTER_VALUE[now];
}

/** The index after a string's closing quote, or -1 if it has none or holds an invalid character. */
function endOfString(text: string, start: number): number {
  for (let at = start; ;) {
    STRING_PIECE.lastIndex = at;
    const piece = STRING_PIECE.exec(text)?.[1];
    if (piece === undefined) return -1;
    at = STRING_PIECE.lastIndex;
    if (piece === '"') return at;
  }
}

function lineAt(text: string, index: number): number {
  // The space before a token belongs to what precedes it.
  const fault = index + (/^\s*/.exec(text.slice(index))?.[0].length ?? 0);
  return text.slice(0, Math.min(fault, text.length - 1)).split('\n').length;
}

/**
 * One section of an INI file, or null if there is no such section.
 *
 * @throws KeypairError `AUTH` with the first line that is no section, comment or `name = value`.
 */
export async function iniSection(text: string, section: string): Promise<Fields | null> {
  const clean = text.replace(/^\ufeff/, '');
  const faulty = clean.split(/\r\n?|\n/).findIndex((line) => !/^\s*($|[;#]|\[[^\]]*\]\s*$|[^=\s[][^=]*=)/.test(line));
  if (faulty >= 0) throw new KeypairError('AUTH', t`line ${faulty + 1} is neither a [section] nor name = value`);
  const { parse } = defaultOf(await import('ini'));
  let found: unknown;
  try {
    found = parse(clean);
  } catch {
    throw new KeypairError('AUTH', t`it cannot be read as INI`);
  }
  // The library reads a dot in a section's name as nesting.
  for (const part of section.split('.')) {
    const within: Fields | null = fieldsOf(found);
    found = within !== null && Object.hasOwn(within, part) ? within[part] : null;
  }
  return fieldsOf(found);
}

/** Longer than any id, secret, token or ARN. */
const LONGEST_FIELD = 8192;

/**
 * A field's text, trimmed; null if it is absent or empty. Inherited properties do not count.
 *
 * @throws KeypairError `AUTH` with the field's name, never its value, if it is not one line of ASCII.
 */
export function lineIn(fields: Fields, name: string): string | null {
  return textIn(fields, name, /[^\x20-\x7e]/);
}

/**
 * As {@link lineIn}, for a name or a path: any script is allowed.
 *
 * @throws KeypairError `AUTH`, as {@link lineIn}.
 */
export function nameIn(fields: Fields, name: string): string | null {
  return textIn(fields, name, /\p{Cc}/u);
}

function textIn(fields: Fields, name: string, bad: RegExp): string | null {
  const value = Object.hasOwn(fields, name) ? fields[name] : null;
  if (value === null || value === undefined) return null;
  const line = typeof value === 'string' ? value.trim() : null;
  if (line === '') return null;
  if (line === null || line.length > LONGEST_FIELD || bad.test(line)) {
    throw new KeypairError('AUTH', t`${name} is not a line of plain text`);
  }
  return line;
}

/**
 * A field's whole number, written as a number or as digits; null if it is absent, empty or 0.
 *
 * @throws KeypairError `AUTH` with the field's name for anything else.
 */
export function numberIn(fields: Fields, name: string): number | null {
  const value = Object.hasOwn(fields, name) ? fields[name] : null;
  if (value === null || value === undefined || value === '' || value === 0) return null;
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (!Number.isSafeInteger(number) || (number as number) < 0) {
    throw new KeypairError('AUTH', t`${name} is not a whole number`);
  }
  return number as number;
}

/** A file's names for the fields of an access key. */
interface PairNames {
  readonly id: string;
  readonly secret: string;
  /** Null if a token in the file does not belong to this entry. */
  readonly token: string | null;
}

/**
 * The access key in an entry, or null if neither field is set.
 *
 * @throws KeypairError `AUTH` with the name of the missing or bad field.
 */
export function pairIn(
  fields: Fields,
  names: PairNames,
  end: Pick<PairEntry, 'expiresAt' | 'renew'> = { expiresAt: null, renew: null },
): PairEntry | null {
  const id = lineIn(fields, names.id);
  const secret = lineIn(fields, names.secret);
  if (id === null && secret === null) return null;
  if (id === null || secret === null) {
    const [there, missing] = id === null ? [names.secret, names.id] : [names.id, names.secret];
    throw new KeypairError('AUTH', t`it has ${there}, but no ${missing}`);
  }
  const token = names.token === null ? null : lineIn(fields, names.token);
  return {
    kind: 'pair',
    id,
    secret: new Secret(secret),
    token: token === null ? null : new Secret(token),
    ...end,
  };
}

/** The region of a profile. */
export interface RegionSaid {
  /** Null if the profile has none. */
  readonly region: string | null;
  /** The wanted profile, if the file does not have it; else null. */
  readonly missing: string | null;
}

/** The shape of a region id, the same for all vendors. */
const REGION = /^[a-z]{2}(-[a-z0-9]+)*$/;

/**
 * Whether any of these files has credentials of the wanted profile. A faulty file counts: the search for credentials
 * reports its fault.
 */
export async function holdsProfile(files: readonly CredentialsFile[], context: PathsInput): Promise<boolean> {
  for (const { file, read } of files) {
    const reading = await readSmallFile(file, context.platform);
    if (reading === null) continue;
    if ('why' in reading) return true;
    const content = await read(reading.text.reveal()).catch(() => undefined);
    if (content?.entry !== null) return true;
  }
  return false;
}

/**
 * A file's text, trimmed; null if the file is missing or empty.
 *
 * @throws KeypairError `USAGE` with the file's name if it cannot be read.
 */
export async function textOf(file: string, { home, platform }: PathsInput): Promise<string | null> {
  const reading = await readSmallFile(file, platform);
  if (reading === null) return null;
  if ('why' in reading) throw unknownRegion(shownPath(file, home), reading.why);
  const text = reading.text
    .reveal()
    .replace(/^\ufeff/, '')
    .trim();
  return text === '' ? null : text;
}

/**
 * The region that `read` finds in a file, checked.
 *
 * @throws KeypairError `USAGE` with the file's name, if `read` throws one or finds something that is no region.
 */
export function regionIn(
  file: string,
  { home }: PathsInput,
  read: () => RegionSaid,
): { readonly found: RegionFound | null; readonly missing: string | null } {
  const source = shownPath(file, home);
  try {
    const { region, missing } = read();
    if (region === null) return { found: null, missing };
    if (REGION.test(region)) return { found: { region, source }, missing };
  } catch (error) {
    if (!(error instanceof KeypairError)) throw error;
    throw unknownRegion(source, error.message, error);
  }
  throw unknownRegion(source, t`the value is not a region`);
}

/** The error for a file whose region cannot be read. */
export function unknownRegion(file: string, why: string, cause?: KeypairError): KeypairError {
  return new KeypairError('USAGE', t`cannot read the region from ${file}: ${why}`, {
    hints: [t`correct ${file}, or name the region with --region`],
    ...(cause === undefined ? {} : { cause }),
  });
}
