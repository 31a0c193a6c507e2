import type { Node } from 'jsonc-parser';
import { commaAfter, type ConfigDocument, entriesOf, shownKey } from './document.ts';

/** What a configuration holds. */
export type ConfigValue = string | number | { readonly [key: string]: ConfigValue };

/** A piece of the text, and what comes in its place. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * Sets one value, or takes one away. Every other byte stays as it is: comments, unknown keys, the way it is written.
 * (The parser's own `modify` takes the comments between a removed entry and the next one with it, and writes a new
 * entry between the last one and its comment.)
 *
 * @param path the keys that lead to it; objects that are missing on the way are made.
 * @param value undefined takes it away, with its line where nothing else stands there.
 * @throws KeypairError `USAGE` with line and column where something on the way is no object.
 */
export function setValue(
  document: ConfigDocument,
  path: readonly string[],
  value: ConfigValue | undefined,
): string {
  const { text, root } = document;
  if (root === null) return value === undefined ? text : `${written(nested(path, value), '  ', '')}\n`;
  let node = root;
  let shown = '';
  for (const [depth, key] of path.entries()) {
    const entry = entriesOf(document, node, shown).get(key);
    if (entry === undefined) {
      if (value === undefined) return text;
      return apply(text, insertion(document, node, key, nested(path.slice(depth + 1), value)));
    }
    if (depth === path.length - 1) {
      if (value === undefined) return apply(text, removal(document, node, entry.property));
      return apply(text, [replacement(document, entry.value, value)]);
    }
    node = entry.value;
    shown = shownKey(shown, key);
  }
  return text;
}

/** The value with an object around it for each key. */
function nested(keys: readonly string[], value: ConfigValue): ConfigValue {
  return keys.reduceRight<ConfigValue>((inner, key) => Object.fromEntries([[key, inner]]), value);
}

function replacement({ text }: ConfigDocument, node: Node, value: ConfigValue): Edit {
  const indent = indentAt(text, node.offset);
  return { from: node.offset, to: endOf(node), text: written(value, unitOf(text), indent, eolOf(text)) };
}

/** The new entry comes last, after the comments that stand there. */
function insertion(document: ConfigDocument, object: Node, key: string, value: ConfigValue): readonly Edit[] {
  const { text } = document;
  const closing = endOf(object) - 1;
  const last = object.children?.at(-1);
  const place = text.slice(0, closing).replace(/[ \t\r\n]*$/, '').length;
  const comma = last === undefined ? null : commaAfter(document, endOf(last));
  const edits: Edit[] =
    last === undefined || comma !== null ? [] : [{ from: endOf(last), to: endOf(last), text: ',' }];
  const inner = text.slice(object.offset, closing);
  if (last !== undefined && !/[\r\n]/.test(inner)) {
    const entry = ` ${JSON.stringify(key)}: ${JSON.stringify(value)}`;
    return [...edits, { from: place, to: place, text: entry }];
  }
  const [unit, eol] = [unitOf(text), eolOf(text)];
  const outer = indentAt(text, closing);
  const indent = last === undefined ? `${outer}${unit}` : indentAt(text, last.offset);
  const entry = `${eol}${indent}${JSON.stringify(key)}: ${written(value, unit, indent, eol)}`;
  // An object that was empty, on one line, is opened up.
  const opened = /[\r\n]/.test(text.slice(place, closing)) ? '' : `${eol}${outer}`;
  return [...edits, { from: place, to: opened === '' ? place : closing, text: `${entry}${opened}` }];
}

/** The entry goes with one of the commas beside it, and with its line where that is blank then. */
function removal(document: ConfigDocument, object: Node, property: Node): readonly Edit[] {
  const { text } = document;
  const siblings = object.children ?? [];
  const before = siblings[siblings.indexOf(property) - 1];
  const after = commaAfter(document, endOf(property));
  const comma = after ?? (before === undefined ? null : commaAfter(document, endOf(before)));
  const entry = { from: property.offset, to: endOf(property), text: '' };
  const inside = { from: object.offset + 1, to: endOf(object) - 1, text: '' };
  const rest = text.slice(inside.from, entry.from) + text.slice(entry.to, inside.to).replace(',', '');
  // The only one, without a comment beside it: braces remain.
  if (rest.trim() === '') return [inside];
  // Only blanks between the two: they go as one piece.
  if (after !== null && text.slice(entry.to, after).trim() === '') {
    return [wholeLine(text, { ...entry, to: after + 1 })];
  }
  const edits = comma === null ? [] : [{ from: comma, to: comma + 1, text: '' }];
  return [...edits, wholeLine(text, entry)];
}

function wholeLine(text: string, { from, to }: Edit): Edit {
  const start = from - (/[ \t]*$/.exec(text.slice(0, from))?.[0].length ?? 0);
  const tail = /^[ \t]*(\r\n|\r|\n|$)/.exec(text.slice(to));
  const alone = tail !== null && (start === 0 || /[\r\n]/.test(text.charAt(start - 1)));
  if (alone) return { from: start, to: to + tail[0].length, text: '' };
  const blanks = /^[ \t]*/.exec(text.slice(to))?.[0].length ?? 0;
  // What follows on the same line takes its place; where the object ends there, the blanks before it go.
  return text.charAt(to + blanks) === '}'
    ? { from: start, to, text: '' }
    : { from, to: to + blanks, text: '' };
}

function apply(text: string, edits: readonly Edit[]): string {
  // From behind, so that the places before stay; of two at one place the first one's text comes first.
  return edits
    .toReversed()
    .sort((a, b) => b.from - a.from)
    .reduce((result, edit) => result.slice(0, edit.from) + edit.text + result.slice(edit.to), text);
}

function written(value: ConfigValue, unit: string, indent: string, eol = '\n'): string {
  return JSON.stringify(value, null, unit).replaceAll('\n', `${eol}${indent}`);
}

function endOf({ offset, length }: Node): number {
  return offset + length;
}

/** The blanks that the line of this place begins with. */
function indentAt(text: string, offset: number): string {
  return /(?:^|[\r\n])([ \t]*)[^\r\n]*$/.exec(text.slice(0, offset))?.[1] ?? '';
}

function unitOf(text: string): string {
  return /[\r\n]([ \t]+)"/.exec(text)?.[1] ?? '  ';
}

function eolOf(text: string): string {
  return /\r\n|\r|\n/.exec(text)?.[0] ?? '\n';
}
