import { generateKeyPairSync } from 'node:crypto';

/** What a hostile server makes of an answer: the text that it sends in place of its own. */
export interface Lie {
  readonly name: string;
  readonly tell: (answer: unknown) => string | Buffer;
}

const KEY_FIELD = /^(?:PrivateKey|PrivateKeyBody|privateKey)$/;

/** Clears the screen, sets the title, rings, turns the text, and writes where it should not. */
const ESCAPES = '\x1b[2J\x1b]0;owned\x07\x9b31m\u202e\u2066\r\n\u2028\x00x';

type Leaf = (value: unknown, field: string) => unknown;

/** The same tree with other leaves. */
function withLeaves(value: unknown, leaf: Leaf, field = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => withLeaves(item, leaf, field));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withLeaves(inner, leaf, name)]));
  }
  return leaf(value, field);
}

function strings(change: (text: string, field: string) => unknown): Lie['tell'] {
  return (answer) =>
    JSON.stringify(withLeaves(answer, (value, field) => (typeof value === 'string' ? change(value, field) : value)));
}

/** Every text but the private key. */
const words = (change: (text: string, field: string) => unknown): Lie['tell'] =>
  strings((text, field) => (KEY_FIELD.test(field) ? text : change(text, field)));

/** The private key alone. */
const key = (change: (text: string) => unknown): Lie['tell'] =>
  strings((text, field) => (KEY_FIELD.test(field) ? change(text) : text));

const pem = { type: 'pkcs8', format: 'pem' } as const;
const anotherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const OTHERS = {
  'of another pair': anotherRsa.export({ type: 'pkcs1', format: 'pem' }).toString(),
  'that is ed25519': generateKeyPairSync('ed25519').privateKey.export(pem).toString(),
  'that is ecdsa': generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export(pem).toString(),
  'that is dsa': generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 })
    .privateKey.export(pem)
    .toString(),
  'that is x25519': generateKeyPairSync('x25519').privateKey.export(pem).toString(),
  'under a passphrase': anotherRsa.export({ ...pem, cipher: 'aes-256-cbc', passphrase: 'x' }).toString(),
};

/** @param secrets what the program must not show, though the server says it. */
export function lies(secrets: readonly string[]): readonly Lie[] {
  const echo = secrets.join(' ');
  return [
    { name: 'escapes in every text', tell: strings((text) => `${ESCAPES}${text}${ESCAPES}`) },
    { name: 'escapes in every text but the key', tell: words((text) => `${text}${ESCAPES}`) },
    {
      name: 'escapes in every name of a field',
      tell: (answer) => JSON.stringify(answer).replaceAll('":', `${JSON.stringify(ESCAPES).slice(1, -1)}":`),
    },
    { name: 'our secrets in every text', tell: words((text) => `${echo} ${text}`) },
    { name: 'our secrets as every text', tell: words(() => echo) },
    { name: 'paths in every text', tell: words(() => '../../../../../../tmp/keypair-was-here') },
    { name: 'an absolute path in every text', tell: words(() => '/tmp/keypair-was-here') },
    { name: 'flags in every text', tell: words(() => '--output=/tmp/keypair-was-here') },
    {
      name: 'another name and id',
      tell: words((text, field) => (/name|id$/i.test(field) ? 'another' : text)),
    },
    { name: 'lone surrogates', tell: words((text) => `\ud800${text}\udfff`) },
    { name: 'byte order marks', tell: words((text) => `\ufeff${text}`) },
    { name: 'texts of 50 KB', tell: words((text) => text + 'W'.repeat(50_000)) },
    { name: 'no texts', tell: strings(() => '') },
    { name: '"null" for texts', tell: strings(() => 'null') },
    { name: 'null for texts', tell: strings(() => null) },
    { name: 'numbers for texts', tell: strings(() => 7) },
    { name: 'lists for texts', tell: strings((text) => [text]) },
    { name: 'objects for texts', tell: strings((text) => ({ toString: text })) },
    { name: 'lists for texts but the key', tell: words((text) => [text]) },
    {
      name: 'texts for numbers',
      tell: (answer) =>
        JSON.stringify(withLeaves(answer, (value) => (typeof value === 'number' ? String(value) : value))),
    },
    { name: 'truth for everything', tell: (answer) => JSON.stringify(withLeaves(answer, () => true)) },
    {
      name: 'huge numbers',
      tell: (answer) =>
        JSON.stringify(withLeaves(answer, (value) => (typeof value === 'number' ? 0 : value))).replace(
          /:0\b/g,
          ':1e400',
        ),
    },
    {
      name: 'negative numbers',
      tell: (answer) => JSON.stringify(withLeaves(answer, (value) => (typeof value === 'number' ? -1 : value))),
    },
    { name: 'everything in a list', tell: (answer) => JSON.stringify([answer]) },
    {
      name: 'lists for objects',
      tell: (answer) =>
        JSON.stringify(answer)
          .replace(/:\{/g, ':[{')
          .replace(/\}(?=[,}])/g, '}]'),
    },
    {
      name: 'fields twice, the second null',
      tell: (answer) => JSON.stringify(answer).replace(/"(\w+)":("[^"]*")/g, '"$1":$2,"$1":null'),
    },
    {
      name: 'fields twice, the first null',
      tell: (answer) => JSON.stringify(answer).replace(/"(\w+)":("[^"]*")/g, '"$1":null,"$1":$2'),
    },
    {
      name: '__proto__ in every object',
      tell: (answer) =>
        JSON.stringify(answer).replace(
          /\{(?=")/g,
          '{"__proto__":{"polluted":true,"PrivateKey":"x","toString":1},"constructor":{"prototype":{"polluted":true}},"hasOwnProperty":1,',
        ),
    },
    {
      name: 'deep nesting beside everything',
      tell: (answer) =>
        JSON.stringify(answer).replace(/\{(?=")/, `{"deep":${'['.repeat(20_000)}${']'.repeat(20_000)},`),
    },
    {
      name: 'deep nesting for every text',
      tell: (answer) =>
        JSON.stringify(withLeaves(answer, (value, field) => (KEY_FIELD.test(field) ? value : '@@'))).replaceAll(
          '"@@"',
          '[{"a":'.repeat(3000) + '1' + '}]'.repeat(3000),
        ),
    },
    {
      name: 'bytes that are no UTF-8 in every text',
      tell: (answer) =>
        Buffer.from(
          JSON.stringify(
            withLeaves(answer, (value, field) =>
              typeof value === 'string' && !KEY_FIELD.test(field) ? `${value}\xff\xc0` : value,
            ),
          ),
          'latin1',
        ),
    },
    { name: 'a key of null', tell: key(() => null) },
    { name: 'a key of nothing', tell: key(() => ' \n') },
    {
      name: 'a key of rubbish',
      tell: key(() => 'not a key at all, but longer than nothing, and of some length so that it may be one'),
    },
    { name: 'a key of 900 KB', tell: key((text) => text + 'A'.repeat(900_000)) },
    { name: 'a key twice', tell: key((text) => `${text}\n${text}`) },
    { name: 'a key with escapes', tell: key((text) => `\x1b[2J${text}\x1b[0m`) },
    { name: 'a key with NULs', tell: key((text) => `\0${text}\0`) },
    { name: 'a key with a mark before it', tell: key((text) => `\ufeff${text}`) },
    { name: 'a key in a list', tell: key((text) => [text]) },
    { name: 'a key in an object', tell: key((text) => ({ pem: text })) },
    { name: 'a key that is cut', tell: key((text) => text.slice(0, text.length >> 1)) },
    {
      name: 'a key with a bit changed',
      tell: key((text) => text.slice(0, 300) + (text[300] === 'A' ? 'B' : 'A') + text.slice(301)),
    },
    ...Object.entries(OTHERS).map(([what, text]): Lie => ({ name: `a key ${what}`, tell: key(() => text) })),
  ];
}
