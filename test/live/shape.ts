import { createPrivateKey, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { bringsPrivateKey, holdsPrivateKey } from '../../src/http/key-shape.ts';
import { createRedactor } from '../../src/http/redact.ts';
import { parsePublicKey } from '../../src/keys/public-key.ts';
import { printable } from '../../src/sanitize.ts';
import { Secret } from '../../src/secret.ts';

/**
 * What is kept of an answer: JSON of the same structure, in which a text is replaced by its kind (`[time:
 * YYYY-MM-DDThh:mm:ssZ]`, `[id: skey-, 8 characters]`). Only error codes, states, small numbers and what the run itself
 * sent stay, and messages without what identifies anybody. So two answers may be compared, and sent to others.
 */
export type Shape = string | number | boolean | null | readonly Shape[] | { readonly [name: string]: Shape };

/** What a run knows: the texts that it has sent, each with what stands for it, and what must not be in any message. */
export class Known {
  readonly #sent = new Map<string, string>();
  readonly #hidden = new Set<string>();
  #hide: (text: string) => string = (text) => text;

  /** @param label what stands for the text: `[name A]`. */
  sent(text: string, label: string): void {
    this.#sent.set(text, label);
  }

  /** Hides a secret, the id of an access key or of an account, or a name. Shorter ones are words of the language. */
  hide(...texts: readonly (string | null)[]): void {
    for (const text of texts) if (text !== null && text.length > 3) this.#hidden.add(text);
    const redactor = createRedactor([...this.#hidden].map((text) => new Secret(text)));
    this.#hide = (text) => redactor.text(text);
  }

  label(text: string): string | null {
    return this.#sent.get(text) ?? null;
  }

  /** A message without secrets, account ids, names of resources, addresses and ids of instances. */
  message(text: string): string {
    // The longest first: one name may begin with another.
    const sent = [...this.#sent].sort(([one], [other]) => other.length - one.length);
    const named = sent.reduce((shown, [name, label]) => shown.replaceAll(name, label), text.slice(0, LONGEST_MESSAGE));
    return printable(
      this.#hide(named)
        .replace(/\b(?:acs|qcs):[^\s"',;)]+/gi, '[resource]')
        .replace(/\b(?:AKID|LTAI|STS\.)\w+/g, '[access key id]')
        .replace(/\S+@\S+\.\w+/g, '[address]')
        .replace(/\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:[0-9a-f]{0,4}:){3,}[0-9a-f]{0,4}\b/gi, '[address]')
        .replace(/\b[a-z]{1,6}-(?=[a-z0-9]*\d)[a-z0-9]{6,}\b/g, '[id]')
        .replace(/[\w+/=-]{60,}/g, '[data]')
        .replace(/\d{6,}/g, '[digits]'),
      LONGEST_MESSAGE,
    );
  }
}

const LONGEST_MESSAGE = 400;

/** The most items of a list and the deepest level that are kept. */
const MOST_ITEMS = 100;
const DEEPEST = 12;

/** The shape of a parsed answer. */
export function shapeOf(value: unknown, known: Known, field = '', depth = 0): Shape {
  if (depth > DEEPEST) return '[too deep]';
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return numberShape(value);
  if (typeof value === 'string') return textShape(value, field, known);
  if (Array.isArray(value)) {
    return value.slice(0, MOST_ITEMS).map((item: unknown) => shapeOf(item, known, field, depth + 1));
  }
  return Object.fromEntries(
    Object.entries(value as object).map(([name, item]) => [
      /^[A-Za-z][A-Za-z0-9]{0,39}$/.test(name) ? name : '[odd name]',
      shapeOf(item, known, name, depth + 1),
    ]),
  );
}

/** The shape of a body that may be anything. */
export function bodyShape(body: Buffer, known: Known): Shape {
  try {
    return shapeOf(JSON.parse(body.toString('utf8')), known);
  } catch {
    return `[no JSON: ${body.length} bytes]`;
  }
}

/** A larger number may be the id of an account or a project. */
function numberShape(value: number): Shape {
  if (!Number.isInteger(value)) return '[fraction]';
  return Math.abs(value) < 10_000 ? value : '[integer]';
}

/** Fields with a word of the service's own list: `InstanceState`, `OSType`. */
const ENUMERATIONS = /(?:State|Status|Type|Platform)$/;

function textShape(text: string, field: string, known: Known): string {
  if (text === '') return '[empty]';
  if (text === 'null' || text === 'true' || text === 'false') return `["${text}"]`;
  const label = known.label(text);
  if (label !== null) return label;
  if (/private.?key/i.test(field) || bringsPrivateKey(text) || holdsPrivateKey(text, false)) return privateKind(text);
  if (/^code$/i.test(field) && /^[A-Za-z][\w.]{0,99}$/.test(text)) return text;
  if (/^(?:message|codedesc)$/i.test(field)) return known.message(text);
  if (ENUMERATIONS.test(field) && /^[A-Za-z][A-Za-z_]{0,39}$/.test(text)) return text;
  return formatOf(text, field);
}

/** `[private key: PEM PKCS#1, RSA 2048, lines end with LF]`. Nothing of the key itself is in it. */
export function privateKind(text: string): string {
  const armoured = text.includes('-----BEGIN ');
  const der = Buffer.from(text.replace(/-----[^-]*-----/g, '').replace(/\s+/g, ''), 'base64');
  const found = CONTAINERS.map(({ type, title }) => ({ title, key: keyIn(der, type) })).find(({ key }) => key !== null);
  const { asymmetricKeyType = '', asymmetricKeyDetails = {} } = found?.key ?? {};
  const size = `${asymmetricKeyType.toUpperCase()} ${asymmetricKeyDetails.modulusLength ?? ''}`.trim();
  const format = found?.title ?? (text.includes('BEGIN OPENSSH ') ? 'OpenSSH' : 'unknown format');
  const lines = text.includes('\r\n') ? 'CR LF' : text.includes('\n') ? 'LF' : null;
  const ends = lines === null ? 'one line' : `lines end with ${lines}${text.endsWith('\n') ? '' : ', except the last'}`;
  return `[private key: ${[`${armoured ? 'PEM' : 'bare'} ${format}`, size, ends].filter((part) => part !== '').join(', ')}]`;
}

const CONTAINERS = [
  { type: 'pkcs1', title: 'PKCS#1' },
  { type: 'pkcs8', title: 'PKCS#8' },
  { type: 'sec1', title: 'SEC 1' },
] as const;

/** @returns null for bytes that are no key in exactly this container: OpenSSL also reads others under its name. */
function keyIn(der: Buffer, type: 'pkcs1' | 'pkcs8' | 'sec1'): KeyObject | null {
  try {
    const key = createPrivateKey({ key: der, format: 'der', type });
    return Buffer.from(key.export({ format: 'der', type } as never)).equals(der) ? key : null;
  } catch {
    return null;
  }
}

const FORMATS: readonly (readonly [RegExp, (text: string) => string])[] = [
  [/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, () => '[UUID, lower case]'],
  [/^[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}$/, () => '[UUID, upper case]'],
  [/^\d{4}-\d\d-\d\d(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?$/, (text) => `[time: ${timePattern(text)}]`],
  [/^(?:[0-9a-f]{2}:){9,}[0-9a-f]{2}$/i, (text) => `[fingerprint: ${(text.length + 1) / 3} octets, with colons]`],
  [/^(?:MD5|SHA1|SHA256):\S+$/, (text) => `[fingerprint: ${text.slice(0, text.indexOf(':'))}]`],
  [/^(?:acs|qcs):/, () => '[resource]'],
  [/^\d+$/, () => '[digits]'],
  [/^(?:af|ap|ca|cn|eu|me|na|rus|sa|us)(?:-[a-z]+)+(?:-\d+)?$/, () => '[region]'],
  [/^[\w+/=-]{40,}$/, () => '[data]'],
  [/\p{Script=Han}/u, () => '[text, Chinese]'],
];

/** The ids that the services make. What else begins so may be a name that somebody has chosen. */
const SERVICE_ID =
  /^(skey|lhkp|ins|lhins|i|ssh|rg|vpc|subnet|vsw|sg|img|m|eni|disk|lhdisk|d|inv|invt|cmd|c|t|lt)-([a-z0-9]{6,40})$/;

/** @param field its name: a name and a value are the user's own words. */
function formatOf(text: string, field: string): string {
  if (isIP(text) !== 0) return `[IPv${isIP(text)} address]`;
  if (/^(?:ssh|ecdsa|sk)-\S+ /.test(text)) return publicKind(text);
  const [, prefix, rest] = SERVICE_ID.exec(text) ?? [];
  if (prefix !== undefined && !/(?:Names?|Values?)$/i.test(field))
    return `[id: ${prefix}-, ${rest?.length} characters]`;
  return FORMATS.find(([pattern]) => pattern.test(text))?.[1](text) ?? '[text]';
}

function publicKind(text: string): string {
  try {
    const { algorithm, bits, comment } = parsePublicKey(text);
    return `[public key: ${algorithm}, ${bits} bits, ${comment === '' ? 'no comment' : `comment ${formatOf(comment, '')}`}]`;
  } catch {
    return '[public key, which cannot be read]';
  }
}

/** `2026-11-30T09:20:00Z` is `YYYY-MM-DDThh:mm:ssZ`. */
function timePattern(text: string): string {
  const time = text.slice(10);
  const zone = /(?:Z|[+-]\d\d:?\d\d)$/.exec(time)?.[0] ?? '';
  const clock = time.slice(0, time.length - zone.length).replace(/\d\d:\d\d:\d\d/, 'hh:mm:ss');
  return `YYYY-MM-DD${clock.replace(/\d\d:\d\d/, 'hh:mm').replace(/\d/g, 's')}${zone}`;
}

/** The kinds of values at each place of a shape: `KeyPairSet[].CreatedTime` → `[time: …]`. */
export function placesOf(shape: Shape): ReadonlyMap<string, ReadonlySet<string>> {
  const places = new Map<string, Set<string>>();
  const visit = (value: Shape, place: string): void => {
    const kinds = places.get(place) ?? new Set();
    places.set(place, kinds.add(kindOf(value, place)));
    if (isList(value)) for (const item of value) visit(item, `${place}[]`);
    else if (typeof value === 'object' && value !== null) {
      for (const [name, item] of Object.entries(value)) visit(item, place === '' ? name : `${place}.${name}`);
    }
  };
  visit(shape, '');
  return places;
}

function isList(value: Shape): value is readonly Shape[] {
  return Array.isArray(value);
}

function kindOf(value: Shape, place: string): string {
  if (value === null) return 'null';
  if (isList(value)) return value.length === 0 ? 'empty list' : 'list';
  if (typeof value === 'object') return 'object';
  const field = place.slice(place.lastIndexOf('.') + 1).replaceAll('[]', '');
  if (typeof value === 'number' || value === '[integer]') return /^code$/i.test(field) ? String(value) : 'integer';
  if (typeof value === 'boolean') return 'boolean';
  if (value.startsWith('[') || /^code$/i.test(field)) return value;
  if (/^(?:message|codedesc)$/i.test(field)) return 'message';
  // A state may differ, the way that it is spelled should not.
  return value === value.toUpperCase() ? 'WORD' : value === value.toLowerCase() ? 'word' : 'Word';
}
