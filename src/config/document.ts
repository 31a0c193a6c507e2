import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { KeypairError } from '../errors.ts';
import { t, translated } from '../language/t.ts';
import { printable } from '../sanitize.ts';

/** A configuration file, parsed: JSON in which comments and trailing commas are tolerated. */
export interface ConfigDocument {
  /** For messages. */
  readonly file: string;
  readonly text: string;
  /** Null for a file with nothing in it. */
  readonly root: Node | null;
}

/** One `"key": value` of an object. */
export interface Entry {
  /** The whole of it, for edits. */
  readonly property: Node;
  readonly value: Node;
}

const TROUBLES: Readonly<Record<string, string>> = {
  InvalidSymbol: 'a word that JSON does not know',
  InvalidNumberFormat: 'a number that is not well-formed',
  PropertyNameExpected: 'a key in double quotes is missing',
  ValueExpected: 'a value is missing',
  ColonExpected: 'a colon is missing',
  CommaExpected: 'a comma is missing',
  CloseBraceExpected: 'a closing brace is missing',
  CloseBracketExpected: 'a closing bracket is missing',
  EndOfFileExpected: 'there is something after the end',
  UnexpectedEndOfComment: 'a comment does not end',
  UnexpectedEndOfString: 'a string does not end',
};

/**
 * Parses a configuration.
 *
 * @throws KeypairError `USAGE` with file, line and column, and nothing of what stands there.
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
      translated(TROUBLES[printParseErrorCode(first.error)] ?? 'this is not JSON'),
    );
  }
  const document = { file, text, root: root ?? null };
  if (root?.type !== 'object') throw mistakeAt(document, root?.offset ?? 0, t`this is not an object: { … }`);
  return document;
}

/**
 * The entries of an object. A Map, in which `__proto__` is a key like any other.
 *
 * @param key what the object is called, for messages.
 * @throws KeypairError `USAGE` where it is none, or has a key twice: which of the two counts is anybody's guess.
 */
export function entriesOf(document: ConfigDocument, node: Node, key: string): ReadonlyMap<string, Entry> {
  if (node.type !== 'object') throw mistake(document, node, t`${key} is not an object: { … }`);
  const entries = new Map<string, Entry>();
  for (const property of node.children ?? []) {
    const [name, value] = property.children ?? [];
    if (name === undefined || value === undefined) continue;
    const text = String(name.value);
    if (entries.has(text)) throw mistakeAt(document, name.offset, t`${shownKey(key, text)} is there twice`);
    entries.set(text, { property, value });
  }
  return entries;
}

/** Where the comma behind this place is, or null where none follows: comments may stand between. */
export function commaAfter({ text }: ConfigDocument, offset: number): number | null {
  const scanner = createScanner(text, true);
  scanner.setPosition(offset);
  scanner.scan();
  const next = scanner.getTokenOffset();
  return text.charAt(next) === ',' ? next : null;
}

/**
 * The error for a value that cannot be.
 *
 * @param what is wrong, without anything of the value: `profiles is not an object`.
 */
export function mistake(document: ConfigDocument, node: Node, what: string): KeypairError {
  return mistakeAt(document, node.offset, what);
}

/** A key below another, for messages. */
export function shownKey(above: string, key: string): string {
  return above === '' ? printable(key, 80) : `${above}.${printable(key, 80)}`;
}

function mistakeAt(
  { file, text }: { file: string; text: string },
  offset: number,
  what: string,
): KeypairError {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  const column = Array.from(before.at(-1) ?? '').length + 1;
  return new KeypairError('USAGE', t`${file}, line ${before.length}, column ${column}: ${what}`, {
    hints: ['mend it with an editor, or move it away: keypair runs without it'],
  });
}
