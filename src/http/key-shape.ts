/** Recognizes private keys in texts by their shape, so that they are never shown. */

/**
 * Whether a text contains PEM armour of a private key, or a private key without armour.
 *
 * @param pieces whether a short piece of a key counts too.
 */
export function holdsPrivateKey(text: string, pieces = true): boolean {
  const plain = unescaped(text);
  return /PRIVATE KEY/i.test(plain) || holdsKeyBytes(plain, pieces);
}

/**
 * Whether a text contains private key data: armour followed by data, base64 or hexadecimal that decodes to a private
 * key (even if escaped or broken into pieces), or base64 that may be a piece of one. Public keys and certificates do
 * not count.
 */
export function bringsPrivateKey(text: string): boolean {
  if (text.length < SHORTEST_START) return false;
  const plain = unescaped(text);
  return (plain.includes('PRIVATE KEY-') && ARMOUR_WITH_DATA.test(plain)) || holdsKeyBytes(plain);
}

/** The length of the shortest beginning of a key that {@link privateKeyStart} finds. */
const SHORTEST_START = 8;

const ARMOUR_WITH_DATA = /-BEGIN [A-Z0-9 ]{0,20}PRIVATE KEY-[^A-Za-z0-9]*[A-Za-z0-9]/;

/**
 * Whether a response contains the beginning of a private key of any type, armoured or not, also in UTF-16, hexadecimal
 * or double base64. Text about keys does not match. Neither do tokens, which {@link bringsPrivateKey} takes for pieces
 * of a key.
 */
export function beginsPrivateKey(answer: string): boolean {
  const plain = unescaped(answer.replaceAll('\0', ''));
  return (
    /-BEGIN [A-Z0-9 ]{0,20}PRIVATE KEY-[^A-Za-z0-9]{0,20}[A-Za-z0-9+/]{40}/.test(plain) ||
    plain.includes(ARMOUR_IN_BASE64) ||
    KEY_IN_HEX.test(plain) ||
    privateKeyStart(plain.replace(/[^A-Za-z0-9+/_-]/g, ''))
  );
}

/** `-----BEGIN ` in base64. */
const ARMOUR_IN_BASE64 = 'LS0tLS1CRUdJTi';

/**
 * Whether an unusable response to a create may contain a private key in any encoding: it mentions a private key,
 * contains the beginning of one, or (except in a web page) data that may be a piece of one. Checks the text with and
 * without chunk sizes.
 *
 * @param answer the raw response, with or without the HTTP head.
 */
export function mayHoldPrivateKey(answer: string): boolean {
  const text = answer.replaceAll('\0', '');
  const whole = text.replace(/\r?\n[0-9a-f]{1,8} *\r?\n/gi, '');
  const page = /^(?:HTTP\/[^]{0,8192}?\r?\n\r?\n)?\s*<(?:!doctype|html)/i.test(text);
  return [text, whole].some((one) => {
    const plain = unescaped(one);
    if (/private.?key|secret.?key/i.test(plain) || beginsPrivateKey(plain)) return true;
    return !page && bringsPrivateKey(plain);
  });
}

/** Whether a refusal of a create contains a non-empty key field or the beginning of a key. Then it is not a refusal. */
export function refusalBringsKey(answer: string): boolean {
  return /"(?:KeyPair|\w*PrivateKey\w*)"\s*:\s*(?:"[^"]|\{\s*")/i.test(unescaped(answer)) || beginsPrivateKey(answer);
}

/** Whether base64 begins with a public key type, as in OpenSSH files (RFC 4253, 6.6). */
export function isPublicKey(base64: string): boolean {
  const blob = Buffer.from(base64.slice(0, 16), 'base64');
  return blob.readUIntBE(0, 3) === 0 && /^(?:ssh-|ecdsa|sk-)/.test(blob.toString('latin1', 4));
}

function holdsKeyBytes(text: string, pieces = true): boolean {
  return holdsKeyInBase64(text, pieces) || KEY_IN_HEX.test(text);
}

/** Whether a text contains a private key in base64, even with short separators between its pieces. */
function holdsKeyInBase64(text: string, pieces: boolean): boolean {
  const compact = text.replace(/[^A-Za-z0-9+/_-]+/g, '');
  if (privateKeyStart(compact) || PRIVATE_IN_BASE64.some((form) => compact.includes(form))) return true;
  if (text.length < SHORTEST_RUN) return false;
  const rest = text.replace(FINGERPRINTS, '');
  if (pieces && isKeyInPieces(rest)) return true;
  const runs = rest.match(/[A-Za-z0-9+/_-]{40,4096}(?:[^A-Za-z0-9+/_-]{1,6}[A-Za-z0-9+/_-]{40,4096}){0,64}/g) ?? [];
  return runs.some((run) => {
    const bytes = run.replace(/[^A-Za-z0-9+/_-]/g, '');
    if (isPublicKey(bytes) || isPublicDer(bytes)) return false;
    return bytes.length > 200 || isArmourInBase64(bytes) || (pieces && isPieceOfKey(run));
  });
}

/** The length of the shortest run of base64 that may be a piece of a key. */
const SHORTEST_RUN = 40;

const FINGERPRINTS = /\bSHA(?:256|384|512):[A-Za-z0-9+/]{43,86}/g;

/** A run of base64 that is longer than an id. An armour line has 64 characters, or 70 in OpenSSH. */
const PIECE = /[A-Za-z0-9+/_-]{60,}/;

/**
 * Whether a line is as random as a piece of a key. Upper case, lower case and digits alternate at two of three places
 * in base64, but at one of four in names. Hexadecimal hashes do not count.
 */
function isPieceOfKey(run: string): boolean {
  return isRandom(PIECE.exec(run)?.[0] ?? '');
}

/** `PRIVATE KEY` in base64, at any offset. */
const PRIVATE_IN_BASE64 = ['UFJJVkFURSBLRV', 'BSSVZBVEUgS0VZ', 'QUklWQVRFIEtFW'];

/** Whether a text contains short lines of a key: at least three, with at least a hundred characters in total. */
function isKeyInPieces(text: string): boolean {
  const all = text.split(/[^A-Za-z0-9+/_-]+/).filter(({ length }) => length >= 16 && length < 60);
  // Ids use one case only.
  const random = all.filter((one) => /[A-Z]/.test(one) && /[a-z]/.test(one) && isRandom(one));
  return random.length >= 3 && random.join('').length >= 100 && !isPublicKey(all[0] ?? '');
}

function isRandom(piece: string): boolean {
  if (piece === '' || /^[0-9a-f-]*$/i.test(piece)) return false;
  const kinds = Array.from(piece, (character) => KINDS.findIndex((kind) => kind.test(character)));
  return kinds.filter((kind, index) => index > 0 && kind !== kinds[index - 1]).length > 0.45 * piece.length;
}

const KINDS = [/[A-Z]/, /[a-z]/, /[0-9]/];

/** Whether base64 contains armour, at any offset. */
function isArmourInBase64(bytes: string): boolean {
  return [0, 1, 2, 3].some((skip) =>
    Buffer.from(bytes.slice(skip), 'base64').toString('latin1').includes('PRIVATE KEY'),
  );
}

/** What {@link privateKeyStart} finds, in hexadecimal, plus `PRIVATE KEY` and `openssh-key-v1`. */
const KEY_IN_HEX =
  /30(?:[0-7][0-9a-f]|81[0-9a-f]{2}|82[0-9a-f]{4})02010[01](?:02|04|30)|50524956415445204b4559|6f70656e7373682d6b65792d7631/i;

const ESCAPE = /\\(?:[nrt/]|u00)|%[0-9A-Fa-f]{2}|&(?:#|amp;|plus;|sol;|equals;|newline;)/i;
const ESCAPES =
  /\\([nrt/])|(?:\\u00|%)([0-9A-Fa-f]{2})|&#x0{0,6}([0-9A-Fa-f]{2});|&#0{0,6}(\d{1,3});|&(amp|plus|sol|equals|newline);/gi;

/** Decodes the escapes of JSON, URLs and HTML in a text, up to four levels deep. */
export function unescaped(text: string): string {
  let plain = text;
  for (let times = 0; times < 4 && ESCAPE.test(plain); times += 1) {
    plain = plain.replace(ESCAPES, unescapedOne);
  }
  return plain;
}

function unescapedOne(_all: string, json?: string, hex?: string, html?: string, code?: string, name?: string): string {
  const digits = hex ?? html;
  if (digits !== undefined) return String.fromCharCode(Number.parseInt(digits, 16));
  if (code !== undefined) return String.fromCharCode(Number(code));
  return json === '/' ? '/' : (SIGNS[name?.toLowerCase() ?? ''] ?? '\n');
}

const SIGNS: Readonly<Record<string, string>> = { amp: '&', plus: '+', sol: '/', equals: '=' };

/**
 * Whether base64 begins like a public key (RFC 5280, 4.1) or a certificate: `SEQUENCE { SEQUENCE …`, or with a large
 * number: RFC 8017, A.1.1.
 */
function isPublicDer(run: string): boolean {
  const der = Buffer.from(run.slice(0, 16), 'base64');
  const length = der[1] ?? 0;
  const inside = length < 0x80 ? 2 : 2 + (length & 0x7f);
  return der[0] === 0x30 && (der[inside] === 0x30 || (der[inside] === 2 && (der[inside + 1] ?? 0) > 0x40));
}

/**
 * Whether base64 contains the start of a private key: `SEQUENCE { INTEGER 0 or 1, …` (RFC 8017 A.1.2, RFC 5208 5, RFC
 * 5915 3), or OpenSSH's own format.
 */
function privateKeyStart(run: string): boolean {
  if (run.includes('b3BlbnNzaC1rZXkt')) return true;
  for (let index = run.indexOf('M'); index >= 0; index = run.indexOf('M', index + 1)) {
    const next = run.charAt(index + 1);
    if (next < 'A' || next > 'L') continue;
    const der = Buffer.from(run.slice(index, index + 16), 'base64');
    const length = der[1] ?? 0;
    const body = length < 0x80 ? 2 : 2 + (length & 0x7f);
    if (der[0] !== 0x30 || body > 5) continue;
    const version = der.subarray(body, body + 4);
    if (version[0] === 2 && version[1] === 1 && (version[2] ?? 9) <= 1 && [2, 4, 0x30].includes(version[3] ?? 0)) {
      return true;
    }
  }
  return false;
}
