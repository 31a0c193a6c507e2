import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import type { KeyFormatReason } from '../../../src/keys/format-error.ts';
import { formatPublicKey, parsePublicKey, samePublicKey } from '../../../src/keys/public-key.ts';
import { refusalOf } from './altered-keys.ts';
import { VENDOR_PRIVATE_KEY, VENDOR_PUBLIC_KEY } from './vendor-example.ts';

function refusal(text: string): KeyFormatReason | 'accepted' {
  return refusalOf(() => parsePublicKey(text));
}

function field(bytes: Buffer | string): Buffer {
  const body = Buffer.from(bytes);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

function line(algorithm: string, ...fields: readonly (Buffer | string)[]): string {
  return `${algorithm} ${Buffer.concat([algorithm, ...fields].map(field)).toString('base64')}`;
}

const modulus = Buffer.concat([Buffer.from([0, 0x80]), Buffer.alloc(126, 7), Buffer.from([1])]);
const exponent = Buffer.from([1, 0, 1]);
const point256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .publicKey.export({ format: 'der', type: 'spki' })
  .subarray(-65);

describe('an openssh line', () => {
  it('of the vendor is read', () => {
    expect(parsePublicKey(VENDOR_PUBLIC_KEY)).toMatchObject({
      keyType: 'rsa',
      algorithm: 'ssh-rsa',
      bits: 1024,
      comment: 'skey_112168',
    });
  });

  it.each([
    ['blanks around', `  \t${VENDOR_PUBLIC_KEY}  \n\n`],
    ['crlf', `${VENDOR_PUBLIC_KEY}\r\n`],
    ['a byte order mark', `\uFEFF${VENDOR_PUBLIC_KEY}`],
    ['wide gaps', VENDOR_PUBLIC_KEY.replaceAll(' ', ' \t ')],
    ['a line of comment', `# mine\n${VENDOR_PUBLIC_KEY}\n`],
  ])('is read with %s', (_name, text) => {
    expect(formatPublicKey(parsePublicKey(text))).toBe(VENDOR_PUBLIC_KEY);
  });

  it('may have no comment, or one with blanks in it', () => {
    const bare = VENDOR_PUBLIC_KEY.split(' ').slice(0, 2).join(' ');
    expect(parsePublicKey(bare).comment).toBe('');
    expect(formatPublicKey(parsePublicKey(bare))).toBe(bare);
    expect(parsePublicKey(`${bare} a  b c`).comment).toBe('a  b c');
    expect(samePublicKey(parsePublicKey(bare), parsePublicKey(`${bare} other`))).toBe(true);
  });

  it.each(['\n', '\r', '\0', '\u001b', '\u009b', '\u2028', '\u202e', '\ud800'])(
    'is written without %j',
    (character) => {
      const written = formatPublicKey(parsePublicKey(VENDOR_PUBLIC_KEY), `a${character}b`);
      expect(written).toBe(VENDOR_PUBLIC_KEY.replace('skey_112168', 'ab'));
    },
  );

  it.each([
    ['ed25519', 256, line('ssh-ed25519', Buffer.alloc(32, 1))],
    ['ecdsa', 256, line('ecdsa-sha2-nistp256', 'nistp256', point256)],
    ['rsa', 1024, line('ssh-rsa', exponent, modulus)],
    ['dsa', 1024, line('ssh-dss', modulus, exponent, exponent, exponent)],
    ['ed25519', 256, line('sk-ssh-ed25519@openssh.com', Buffer.alloc(32, 1), 'ssh:')],
    ['ecdsa', 256, line('sk-ecdsa-sha2-nistp256@openssh.com', 'nistp256', point256, 'ssh:')],
  ] as const)('of %s %i is read', (keyType, bits, text) => {
    const key = parsePublicKey(text);
    expect(key).toMatchObject({ keyType, bits, algorithm: text.split(' ')[0] });
    expect(formatPublicKey(key)).toBe(text);
  });

  const offCurve = Buffer.from(point256);
  offCurve[64]! ^= 1;
  const compressed = Buffer.concat([Buffer.from([2 + (point256[64]! & 1)]), point256.subarray(1, 33)]);
  it.each<[KeyFormatReason, string, string]>([
    ['damaged', 'another algorithm in the data', VENDOR_PUBLIC_KEY.replace('ssh-rsa', 'ssh-dss')],
    ['damaged', 'a signature algorithm for a key type', VENDOR_PUBLIC_KEY.replace('ssh-rsa', 'rsa-sha2-256')],
    ['damaged', 'data after the end', line('ssh-rsa', exponent, modulus, '')],
    ['damaged', 'a cut', line('ssh-rsa', exponent)],
    ['damaged', 'a negative number', line('ssh-rsa', exponent, modulus.subarray(1))],
    ['damaged', 'a number that is too wide', line('ssh-rsa', Buffer.concat([Buffer.alloc(1), exponent]), modulus)],
    ['damaged', 'a zero', line('ssh-rsa', Buffer.alloc(0), modulus)],
    ['damaged', 'an even exponent', line('ssh-rsa', Buffer.from([4]), modulus)],
    ['damaged', 'the exponent one', line('ssh-rsa', Buffer.from([1]), modulus)],
    ['damaged', 'a short ed25519 key', line('ssh-ed25519', Buffer.alloc(31))],
    ['damaged', 'another curve', line('ecdsa-sha2-nistp256', 'nistp384', point256)],
    ['damaged', 'a point off the curve', line('ecdsa-sha2-nistp256', 'nistp256', offCurve)],
    ['damaged', 'a compressed point', line('ecdsa-sha2-nistp256', 'nistp256', compressed)],
    ['damaged', 'the point at infinity', line('ecdsa-sha2-nistp256', 'nistp256', Buffer.alloc(1))],
    ['damaged', 'base64 with a hole', VENDOR_PUBLIC_KEY.replace('AAAAB3', 'AAAA=B3')],
    ['damaged', 'far too much text', `${VENDOR_PUBLIC_KEY}${' x'.repeat(1 << 20)}`],
    ['unsupported', 'a short modulus', line('ssh-rsa', exponent, Buffer.alloc(64, 7))],
    ['unsupported', 'a long modulus', line('ssh-rsa', exponent, Buffer.alloc(2049, 7))],
    ['unsupported', 'a long exponent', line('ssh-rsa', Buffer.alloc(9, 7), modulus)],
    ['certificate', 'a certificate', line('ssh-rsa-cert-v01@openssh.com', 'x')],
    ['unsupported', 'an unknown algorithm', line('ssh-ed448', 'x')],
    ['private-key', 'a private key', VENDOR_PRIVATE_KEY],
    ['damaged', 'the beginning of a private key of putty', 'PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none'],
    ['several', 'two lines', `${VENDOR_PUBLIC_KEY}\n${VENDOR_PUBLIC_KEY}\n`],
    ['empty', 'blanks', ' \n '],
    ['empty', 'nothing but comments', '# one\n# two\n'],
    ['not-a-public-key', 'a sentence', 'not a key at all'],
    ['not-a-public-key', 'several lines', 'not\na key'],
    ['not-a-public-key', 'prose', 'servers take\nssh-rsa keys of 2048 bits\nthe ssh-rsa keys'],
    ['not-a-public-key', 'a sentence', 'give ssh-rsa keys'],
    ['options', 'options in front', `no-pty ${VENDOR_PUBLIC_KEY}`],
    ['not-a-public-key', 'a certificate in pem', '-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----'],
  ])('%s: %s', (reason, _name, text) => {
    expect(refusal(text)).toBe(reason);
  });
});

describe('rfc 4716', () => {
  const base64 = VENDOR_PUBLIC_KEY.split(' ')[1]!;
  const wrap = (...body: readonly string[]): string =>
    ['---- BEGIN SSH2 PUBLIC KEY ----', ...body, '---- END SSH2 PUBLIC KEY ----', ''].join('\n');

  it('is read with headers that go on over lines', () => {
    const text = wrap(
      'Subject: me',
      'Comment: "a long \\',
      'comment"',
      'x-other: 1',
      base64.slice(0, 70),
      base64.slice(70),
    );
    expect(formatPublicKey(parsePublicKey(text))).toBe(VENDOR_PUBLIC_KEY.replace('skey_112168', 'a long comment'));
  });

  it('is refused when it is cut or empty', () => {
    expect(refusal(wrap(base64).replace('---- END SSH2 PUBLIC KEY ----', ''))).toBe('damaged');
    expect(refusal(wrap())).toBe('damaged');
    expect(refusal(wrap('Comment: no end \\'))).toBe('damaged');
  });
});

describe('pem', () => {
  it.each([
    ['rsa', generateKeyPairSync('rsa', { modulusLength: 2048 }), 2048],
    ['ec', generateKeyPairSync('ec', { namedCurve: 'P-521' }), 521],
    ['ed25519', generateKeyPairSync('ed25519'), 256],
    ['dsa', generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }), 1024],
  ])('spki of %s is read', (_name, { publicKey }, bits) => {
    const key = parsePublicKey(publicKey.export({ format: 'pem', type: 'spki' }).toString());
    expect(key.bits).toBe(bits);
    expect(parsePublicKey(formatPublicKey(key))).toEqual(key);
  });

  it('of other algorithms and curves is unsupported', () => {
    const keys = [generateKeyPairSync('x25519'), generateKeyPairSync('ec', { namedCurve: 'secp256k1' })];
    for (const { publicKey } of keys) {
      expect(refusal(publicKey.export({ format: 'pem', type: 'spki' }).toString())).toBe('unsupported');
    }
  });
});
