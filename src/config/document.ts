import { applyEdits, modify, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { descriptors } from '../providers/registry.ts';
import { printable } from '../sanitize.ts';
import { DEFAULT_PROFILE, isProfileName, noProfile, type Profile, type ProfileRole } from './profile.ts';
import * as rules from './values.ts';

/** A parsed configuration file: JSON, with comments and trailing commas allowed. */
export interface ConfigDocument {
  /** For messages. */
  readonly file: string;
  readonly text: string;
  /** Null for an empty file. */
  readonly root: Node | null;
}

/** One `"key": value` of an object. */
export interface Entry {
  /** The whole entry, for edits. */
  readonly property: Node;
  readonly value: Node;
}

const PARSE_ERRORS: Readonly<Record<string, string>> = {
  InvalidSymbol: t`an invalid word`,
  InvalidNumberFormat: t`a malformed number`,
  PropertyNameExpected: t`a key in double quotes is missing`,
  ValueExpected: t`a value is missing`,
  ColonExpected: t`a colon is missing`,
  CommaExpected: t`a comma is missing`,
  CloseBraceExpected: t`a closing brace is missing`,
  CloseBracketExpected: t`a closing bracket is missing`,
  EndOfFileExpected: t`there is text after the end`,
  UnexpectedEndOfComment: t`a comment is not closed`,
  UnexpectedEndOfString: t`a string is not closed`,
};

/**
 * Parses a configuration.
 *
 * @throws KeypairError `USAGE` with file, line and column, never the content.
 */
export function parseDocument(file: string, text: string): ConfigDocument {
  if (text.trim() === '') return { file, text, root: null };
  const errors: ParseError[] = [];
  let root: Node | undefined;
  try {
    root = parseTree(text, errors, { allowTrailingComma: true });
  } catch (error) {
    // The parser is recursive.
    if (error instanceof RangeError) throw mistakeAt({ file, text }, 0, t`it is nested too deeply`);
    throw error;
  }
  const [first] = errors;
  if (first !== undefined) {
    throw mistakeAt(
      { file, text },
      first.offset,
      PARSE_ERRORS[printParseErrorCode(first.error)] ?? t`this is not JSON`,
    );
  }
  const document = { file, text, root: root ?? null };
  if (root?.type !== 'object') throw mistakeAt(document, root?.offset ?? 0, t`this is not an object: { … }`);
  return document;
}

/**
 * The entries of an object, as a Map: `__proto__` is a key like any other.
 *
 * @param key the name of the object, for messages.
 * @throws KeypairError `USAGE` if it is not an object, or has a duplicate key, which is ambiguous.
 */
export function entriesOf(document: ConfigDocument, node: Node, key: string): ReadonlyMap<string, Entry> {
  if (node.type !== 'object') throw mistake(document, node, t`${key} is not an object: { … }`);
  const entries = new Map<string, Entry>();
  for (const property of node.children ?? []) {
    const [name, value] = property.children ?? [];
    if (name === undefined || value === undefined) continue;
    const text = String(name.value);
    if (entries.has(text)) throw mistakeAt(document, name.offset, t`${shownKey(key, text)} is a duplicate key`);
    entries.set(text, { property, value });
  }
  return entries;
}

/** A value in the configuration. */
export type ConfigValue = string | number | { readonly [key: string]: ConfigValue };

/**
 * Sets or removes one value and returns the new text. Other values stay, and so do comments that are not beside a
 * removed key. Lines that get a new entry may be indented again; all other bytes stay.
 *
 * @param path the keys that lead to the value; missing objects are created.
 * @param value undefined removes it.
 * @throws KeypairError `USAGE` with line and column if the path leads through something that is no object.
 */
export function setValue(document: ConfigDocument, path: readonly string[], value: ConfigValue | undefined): string {
  const { text, root } = document;
  let node = root ?? undefined;
  let siblings = 0;
  let shown = '';
  for (const key of path) {
    if (node === undefined) break;
    const entries = entriesOf(document, node, shown);
    node = entries.get(key)?.value;
    siblings = entries.size - 1;
    shown = shownKey(shown, key);
  }
  if (root === null && value !== undefined) return `${edited('', path, value)}\n`;
  if (value !== undefined) return edited(text, path, value);
  if (node === undefined) return text;
  // The library leaves a comma when it removes the only entry: write the empty object instead.
  return siblings === 0 ? edited(text, path.slice(0, -1), {}) : removed(text, path);
}

function edited(text: string, path: readonly string[], value: ConfigValue): string {
  const indent = /[\r\n]([ \t]+)"/.exec(text)?.[1] ?? '  ';
  const formattingOptions = { insertSpaces: !indent.includes('\t'), tabSize: indent.length };
  return applyEdits(text, modify(text, [...path], value, { formattingOptions }));
}

function removed(text: string, path: readonly string[]): string {
  const edits = modify(text, [...path], undefined, {});
  return applyEdits(
    text,
    edits.map((edit) => {
      // The next entry takes the place of the first, on the same line or on the next.
      const isFirst = text.charAt(edit.offset - 1) === '{';
      return isFirst ? { ...edit, content: /^\s*/.exec(text.slice(edit.offset))?.[0] ?? '' } : edit;
    }),
  );
}

/**
 * The error for an invalid value.
 *
 * @param what is wrong, without the value: `profiles is not an object`.
 */
export function mistake(document: ConfigDocument, node: Node, what: string): KeypairError {
  return mistakeAt(document, node.offset, what);
}

/** The path of a key below another, for messages. */
function shownKey(above: string, key: string): string {
  return above === '' ? printable(key, 80) : `${above}.${printable(key, 80)}`;
}

function mistakeAt({ file, text }: { file: string; text: string }, offset: number, what: string): KeypairError {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  const column = Array.from(before.at(-1) ?? '').length + 1;
  return new KeypairError('USAGE', t`${file}, line ${before.length}, column ${column}: ${what}`, {
    hints: [t`fix it in an editor, or move it away: keypair works without it`],
  });
}

/** An object of the file: its entries, and its name in messages. */
interface Part {
  readonly document: ConfigDocument;
  readonly name: string;
  readonly entries: ReadonlyMap<string, Entry>;
}

/**
 * The chosen profile of a configuration, with all values checked. Unknown keys and other profiles are ignored.
 *
 * @param chosen null: the one that the file names, or `default`.
 * @throws KeypairError `USAGE` with line, column and key for an invalid value, or for a profile that does not exist.
 */
export function profileFrom(document: ConfigDocument, chosen: string | null): Profile {
  const named = chosen ?? chosenByFile(document);
  const name = named ?? DEFAULT_PROFILE;
  const profiles = profilesOf(document);
  const part = partOf(profiles, name);
  if (part === null && name !== DEFAULT_PROFILE) throw noProfile(name, namesIn(document));
  const empty: Part = { document, name, entries: new Map() };
  const profile = part ?? empty;
  return {
    name,
    chosen: named !== null,
    provider: read(profile, 'provider', rules.PROVIDER),
    region: read(profile, 'region', rules.REGION),
    site: read(profile, 'site', rules.SITE),
    endpoint: read(profile, 'endpoint', rules.ENDPOINT),
    keyDir: read(profile, 'keyDir', rules.KEY_DIRECTORY),
    project: read(profile, 'project', rules.PROJECT, 'number'),
    resourceGroup: read(profile, 'resourceGroup', rules.RESOURCE_GROUP),
    tags: readTexts(partOf(profile, 'tags') ?? empty),
    maxAge: read(profile, 'maxAge', rules.MAX_AGE),
    role: readRole(partOf(profile, 'role')),
    logins: readLogins(partOf(profile, 'logins') ?? empty),
  };
}

/**
 * The profile that the file itself names, or null.
 *
 * @throws KeypairError `USAGE` if it is not a valid name.
 */
export function chosenByFile(document: ConfigDocument): string | null {
  return read(topOf(document), 'profile', {
    sentence: t`the name of a profile`,
    accept: (text) => (isProfileName(text) ? text : null),
  });
}

/**
 * The names of the profiles in a configuration, in file order.
 *
 * @throws KeypairError `USAGE` if `profiles` is not an object.
 */
export function namesIn(document: ConfigDocument): readonly string[] {
  return [...profilesOf(document).entries.keys()].filter(isProfileName);
}

function topOf(document: ConfigDocument): Part {
  const { root } = document;
  return { document, name: '', entries: root === null ? new Map() : entriesOf(document, root, '') };
}

function profilesOf(document: ConfigDocument): Part {
  return partOf(topOf(document), 'profiles') ?? { document, name: 'profiles', entries: new Map() };
}

function partOf({ document, name: above, entries }: Part, key: string): Part | null {
  const entry = entries.get(key);
  if (entry === undefined) return null;
  const name = shownKey(above, key);
  return { document, name, entries: entriesOf(document, entry.value, name) };
}

function read<T extends string | number>(
  part: Part,
  key: string,
  rule: rules.ValueRule<T>,
  type: 'string' | 'number' = 'string',
): T | null {
  const entry = part.entries.get(key);
  if (entry === undefined) return null;
  // The rule checks a number as text: it refuses 1.5 and 1e30.
  const given: unknown = entry.value.value;
  const value = entry.value.type === type ? rule.accept(String(given)) : null;
  if (value === null) throw wrong(part, key, entry, (name) => t`${name} is not ${rule.sentence}`);
  return value;
}

/** All entries of an object of strings, as own properties, even `__proto__`. */
function readTexts(part: Part): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...part.entries].map(([key, entry]) => {
      const value: unknown = entry.value.value;
      if (key === '' || typeof value !== 'string') {
        throw wrong(part, key, entry, (name) => t`${name} is not a key with a string value`);
      }
      return [key, value];
    }),
  );
}

/** A role without an ARN is not set yet. */
function readRole(part: Part | null): ProfileRole | null {
  if (part === null) return null;
  const arn = read(part, 'arn', rules.ROLE_ARN);
  const rest = {
    sessionName: read(part, 'sessionName', rules.SESSION_NAME),
    externalId: read(part, 'externalId', rules.EXTERNAL_ID),
    durationSeconds: read(part, 'durationSeconds', rules.DURATION, 'number'),
  };
  return arn === null ? null : { arn, ...rest };
}

function readLogins(part: Part): Profile['logins'] {
  const rule: rules.ValueRule<'keychain' | 'file'> = {
    sentence: t`keychain or file`,
    accept: (text) => (text === 'keychain' || text === 'file' ? text : null),
  };
  return Object.fromEntries(
    [...new Set(descriptors.map(({ vendor }) => vendor))].flatMap((vendor) => {
      const place = read(part, vendor, rule);
      return place === null ? [] : [[vendor, place]];
    }),
  );
}

function wrong({ document, name }: Part, key: string, entry: Entry, what: (name: string) => string): KeypairError {
  return mistake(document, entry.value, what(shownKey(name, key)));
}
