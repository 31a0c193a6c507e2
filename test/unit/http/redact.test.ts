import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import { Secret } from '../../../src/secret.ts';
import { bringsPrivateKey } from '../../../src/http/key-shape.ts';
import { createRedactor } from '../../../src/http/redact.ts';

const KEY = 'Gu5t/9x+GA=R"N\\p q86*cd98\njoQ(é)YCN3';
const TOKEN = 'tok-4f9a8b7c6d5e';
const redactor = createRedactor([new Secret(KEY), new Secret(TOKEN), new Secret('')]);
const stranger = createRedactor([]);

const strict = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const base64 = Buffer.from(KEY).toString('base64');

test.each([
  ['as it is', KEY],
  ['percent-encoded', encodeURIComponent(KEY)],
  ['percent-encoded by RFC 3986', strict(KEY)],
  ['percent-encoded in lower case', strict(KEY).replace(/%../g, (hex) => hex.toLowerCase())],
  ['as a form field', strict(KEY).replaceAll('%20', '+')],
  ['in JSON', JSON.stringify(KEY).slice(1, -1)],
  ['in JSON with escaped slashes', JSON.stringify(KEY).slice(1, -1).replaceAll('/', '\\/')],
  ['in base64', base64],
  ['in base64 without padding', base64.replaceAll('=', '')],
  ['in base64url', Buffer.from(KEY).toString('base64url')],
  ['in percent-encoded base64', encodeURIComponent(base64)],
  ['percent-encoded twice', encodeURIComponent(encodeURIComponent(KEY))],
  ['escaped for HTML', KEY.replace(/[&<>"']/g, (c) => `&#${String(c.charCodeAt(0))};`)],
  ['in HTML by names', KEY.replaceAll('"', '&quot;')],
  ['in hexadecimal', Buffer.from(KEY).toString('hex')],
  ['in capital hexadecimal', Buffer.from(KEY).toString('hex').toUpperCase()],
])('a known secret is found %s', (_name, form) => {
  expect(redactor.text(`before ${form} after ${form}`)).toBe('before [secret] after [secret]');
});

test('the longest form is taken, whatever the order of the secrets', () => {
  const nested = createRedactor([new Secret('abc'), new Secret('abcdef')]);
  expect(nested.text('abcdef abc')).toBe('[secret] [secret]');
});

test('ordinary text stays', () => {
  const text = 'KeyName Tencent skey-mv9yzyjj 2a:9e:ed:97 requestId 0f1c8a5c-6f9d-4b1f-9c5e-1d2e3f4a5b6c';
  expect(redactor.text(text)).toBe(text);
  const hash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  expect(redactor.text(hash)).toBe(hash);
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const line = `ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB${publicKey.export({ format: 'jwk' }).n ?? ''} me`;
  expect(redactor.text(line)).toBe(line);
});

const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const ed = generateKeyPairSync('ed25519').privateKey;
const der = (key: typeof rsa, type: 'pkcs1' | 'pkcs8' | 'sec1'): string =>
  key.export({ format: 'der', type } as { format: 'der'; type: 'pkcs8' }).toString('base64');
const lines = (text: string, end: string): string => text.replace(/.{64}/g, `$&${end}`);

test.each([
  ['PKCS#1 PEM', rsa.export({ format: 'pem', type: 'pkcs1' }) as string],
  ['PKCS#8 PEM', rsa.export({ format: 'pem', type: 'pkcs8' }) as string],
  ['bare PKCS#1', der(rsa, 'pkcs1')],
  ['bare PKCS#8', der(rsa, 'pkcs8')],
  ['bare PKCS#1 in lines', lines(der(rsa, 'pkcs1'), '\n')],
  ['bare PKCS#1 in CRLF lines', lines(der(rsa, 'pkcs1'), '\r\n')],
  ['bare PKCS#1 with spaces for line ends', lines(der(rsa, 'pkcs1'), ' ')],
  ['bare SEC1', der(ec, 'sec1')],
  ['bare PKCS#8 of EC', der(ec, 'pkcs8')],
  ['bare PKCS#8 of Ed25519', der(ed, 'pkcs8')],
  ['the middle of a key', der(rsa, 'pkcs1').slice(101, 400)],
  ['OpenSSH without armour', Buffer.from('openssh-key-v1\0none and some more bytes').toString('base64')],
])('an unknown private key is found: %s', (_name, key) => {
  expect(stranger.text(key)).toBe('[secret]');
  expect(stranger.text(`x${key}`)).toBe('[secret]');
  expect(stranger.json(JSON.stringify({ data: { something: [`prefix=${key}`] } }))).toBe(
    '{"data":{"something":["[secret]"]}}',
  );
});

test('JSON fields with telling names are emptied at any depth, and all else stays', () => {
  const shown = stranger.json(
    JSON.stringify({
      Response: {
        KeyPair: { KeyId: 'skey-1', PrivateKey: 'x', PublicKey: 'ssh-rsa AAAA' },
        NextToken: 1,
        ok: true,
        password: null,
        SECRETS: [{ a: 'deep' }],
      },
      data: { secretkey: 'y', SecretId: 'AKID1' },
      SignatureMethod: 'HmacSHA256',
      Signature: 'z',
      PrivateIpAddresses: ['10.0.0.1'],
      PrivateIpKey: rsa.export({ format: 'pem', type: 'pkcs1' }),
    }),
  );
  expect(JSON.parse(shown!)).toEqual({
    Response: {
      KeyPair: { KeyId: 'skey-1', PrivateKey: '[secret]', PublicKey: 'ssh-rsa AAAA' },
      NextToken: '[secret]',
      ok: true,
      password: null,
      SECRETS: '[secret]',
    },
    data: { secretkey: '[secret]', SecretId: 'AKID1' },
    SignatureMethod: 'HmacSHA256',
    Signature: '[secret]',
    PrivateIpAddresses: ['10.0.0.1'],
    PrivateIpKey: '[secret]',
  });
});

test('a secret as a JSON name is found, too', () => {
  expect(redactor.json(JSON.stringify({ [KEY]: 1, [TOKEN]: [TOKEN] }))).toBe('{"[secret]":1,"[secret]":["[secret]"]}');
});

test('hostile JSON: __proto__, nesting without end, and what is no JSON', () => {
  expect(stranger.json('{"__proto__":{"PrivateKey":"x"}}')).toBe('{"__proto__":{"PrivateKey":"[secret]"}}');
  expect(stranger.json('['.repeat(500_000) + ']'.repeat(500_000))).toBeNull();
  for (const body of ['<html>', '', '{"PrivateKey":"x"', 'a=b&Token=c']) expect(stranger.json(body)).toBeNull();
});

test('of Authorization the scheme, the scope and the signed names stay', () => {
  const tencent =
    'TC3-HMAC-SHA256 Credential=AKID/2023-11-14/cvm/tc3_request, SignedHeaders=content-type;host, Signature=0123abcd';
  expect(stranger.header('Authorization', tencent)).toBe(
    'TC3-HMAC-SHA256 Credential=AKID/2023-11-14/cvm/tc3_request SignedHeaders=content-type;host [secret]',
  );
  const alibaba = 'ACS3-HMAC-SHA256 Credential=LTAI,SignedHeaders=host;x-acs-action,Signature=0123abcd';
  expect(stranger.header('authorization', alibaba)).toBe(
    'ACS3-HMAC-SHA256 Credential=LTAI SignedHeaders=host;x-acs-action [secret]',
  );
  expect(stranger.header('authorization', 'Bearer abc')).toBe('Bearer [secret]');
  expect(stranger.header('authorization', 'abc')).toBe('[secret]');
  expect(stranger.header('Proxy-Authorization', 'Basic dXNlcjpwdw==')).toBe('Basic [secret]');
});

test.each(['X-TC-Token', 'x-acs-security-token', 'Set-Cookie', 'cookie', 'x-private-thing'])(
  'the header %s is hidden',
  (name) => {
    expect(stranger.header(name, 'abc')).toBe('[secret]');
  },
);

test.each(['x-acs-signature-nonce', 'x-tc-action', 'content-type', 'x-acs-credentials-provider'])(
  'the header %s is shown',
  (name) => {
    expect(stranger.header(name, 'abc')).toBe('abc');
  },
);

test('query parameters Signature, Token, SecurityToken are hidden, in requests and in Location', () => {
  const query = '?Action=X&SignatureMethod=HMAC-SHA1&Signature=a%3D&Token=b&SecurityToken=c&SecretId=AKID&x=1';
  const shown =
    '?Action=X&SignatureMethod=HMAC-SHA1&Signature=[secret]&Token=[secret]&SecurityToken=[secret]&SecretId=AKID&x=1';
  expect(stranger.url(new URL(`https://user:pw@api.test/v2/index.php${query}`))).toBe(
    `https://api.test/v2/index.php${shown}`,
  );
  expect(stranger.header('Location', `https://api.test/${query}`)).toBe(`https://api.test/${shown}`);
  expect(redactor.url(new URL(`https://api.test/?Name=${encodeURIComponent(KEY)}`))).toBe(
    'https://api.test/?Name=[secret]',
  );
});

test.each([2000, 9000, 65_536])('a secret of %i characters is taken out like any other', (length) => {
  const long = 'x+/'.repeat(length).slice(0, length);
  const redactor = createRedactor([new Secret(long)]);
  const text = `a ${long} b ${encodeURIComponent(long)} c ${Buffer.from(long).toString('base64')} d`;
  expect(redactor.values(text)).toBe('a [secret] b [secret] c [secret] d');
});

test.each([0, 1, 2])('a known secret is found in base64 with text around it, %i bytes off', (offset) => {
  const around = Buffer.from(`${'x'.repeat(offset)}${KEY}${TOKEN} and more`).toString('base64');
  const shown = redactor.text(`told ${around}`);
  const left = Buffer.from(shown.replaceAll('[secret]', '').slice(5), 'base64').toString('latin1');
  expect(left).not.toMatch(/5t\/9|86\*c|4f9a/);
});

const pem = rsa.export({ format: 'pem', type: 'pkcs1' }) as string;
test.each([
  ['in lines', pem],
  ['with commas', pem.replaceAll('\n', ', ')],
  ['cut off', pem.slice(0, 400)],
  ['without its beginning', pem.slice(200)],
  ['bare, with commas', lines(der(rsa, 'pkcs1'), ', ')],
  ['bare and cut', der(rsa, 'pkcs8').slice(0, 120)],
  ['bare, in short pieces', der(ec, 'sec1').replace(/.{16}/g, '$& | ')],
])('a private key in a description or a tag is found: %s', (_name, key) => {
  expect(bringsPrivateKey(`note: ${key}`)).toBe(true);
});

test('public keys, fingerprints and words are no private keys', () => {
  for (let i = 0; i < 3; i += 1) {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const spki = publicKey.export({ format: 'pem', type: 'spki' }) as string;
    const blob = Buffer.from(publicKey.export({ format: 'jwk' }).n ?? '', 'base64').toString('base64');
    for (const text of [
      spki,
      `ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB${blob} me@host`,
      'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU',
    ])
      expect(bringsPrivateKey(text)).toBe(false);
  }
  expect(bringsPrivateKey('where the PRIVATE KEY is kept: '.repeat(100))).toBe(false);
});

describe('what a server hides in its texts', () => {
  const SECRET_KEY = 'Gu5t9xGARNpq86cd98joQYCN3EXAMPLE';
  const known = createRedactor([new Secret(SECRET_KEY)]);
  const each = (write: (code: number, sign: string) => string): string =>
    Array.from(SECRET_KEY, (sign) => write(sign.charCodeAt(0), sign)).join('');
  const hex = Buffer.from(SECRET_KEY).toString('hex').match(/../g) ?? [];
  const pem = generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs1', format: 'pem' })
    .toString();
  const body = pem.split('\n').slice(1, -2).join('');
  const inPieces = (text: string, size: number): readonly string[] =>
    text.match(new RegExp(`.{1,${String(size)}}`, 'g')) ?? [];

  it.each([
    ['every character in a URL’s escapes', each((code) => `%${code.toString(16)}`)],
    ['every character as an entity', each((code) => `&#${String(code)};`)],
    ['every character in JSON’s escapes', each((code) => `\\u00${code.toString(16)}`)],
    ['base64 in lines', inPieces(Buffer.from(`user:${SECRET_KEY}:x`).toString('base64'), 16).join('\n')],
    ['hexadecimal with colons', hex.join(':')],
    ['hexadecimal with blanks', hex.join(' ').toUpperCase()],
    ['blanks between', each((_code, sign) => `${sign} `)],
    ['a PEM in base64, in pieces', inPieces(Buffer.from(pem).toString('base64'), 30).join(' ')],
    [
      'the middle of a key, in short pieces',
      inPieces(body.slice(300, 900), 39)
        .map((one, at) => `line ${String(at)}: ${one}`)
        .join('\n'),
    ],
    ['the middle of a key, in pieces of twenty', inPieces(body.slice(300), 20).join(' , ')],
  ])('is not shown: %s', (_how, said) => {
    expect(known.text(`it says ${said}`)).toBe('[secret]');
  });

  it('leaves public keys and fingerprints as they are', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const blob = Buffer.concat([Buffer.from('\0\0\0\x07ssh-rsa'), Buffer.alloc(260, spki)]).toString('base64');
    const prints = ['a', 'b', 'c', 'd'].map(
      (text) => `SHA256:${createHash('sha256').update(text).digest('base64').replace('=', '')}`,
    );
    for (const text of [
      spki,
      `ssh-rsa ${blob} me@here`,
      inPieces(blob, 40).join('\n'),
      prints.join(' '),
      prints.map((one) => one.slice(0, 20)).join(' '),
      'req-0b2c1d3e-5f60-7182-93a4-b5c6d7e8f901 '.repeat(5),
      'DescribeInstancesFullStatus InvalidKeyPair.NotFound UnauthorizedOperation.CamNoAuth '.repeat(3),
    ])
      expect(known.text(text)).toBe(text);
  });
});
