import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { type Fields, fieldsOf } from './entry.ts';

/**
 * A file's JSON object.
 *
 * @throws KeypairError `AUTH` with the line of the first fault. The parser's own error is left behind: it quotes the
 * text around the fault, and with it secrets.
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
 * The line, from 1, where a text stops being JSON; null where that cannot be told. Node tells it for some faults
 * only, and differently from version to version.
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
  // A string in the place of a key: there no other value is allowed.
  if (sign === '"' && before === '{' && !allowed.includes('v')) return ':';
  return AFTER_VALUE[now];
}

/** The index after a string's closing quote, or -1 where it has none or holds what it must not. */
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
