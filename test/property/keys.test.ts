import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Secret } from '../../src/secret.ts';
import { fingerprintDialects, matchFingerprint, sha256Fingerprint } from '../../src/keys/fingerprint.ts';
import { KeyFormatError } from '../../src/keys/format-error.ts';
import { exportedKey } from '../../src/keys/export-key.ts';
import { parsePrivateKey } from '../../src/keys/private-key.ts';
import { publicDerAsPem, writeSpki } from '../../src/keys/der.ts';
import { formatPublicKey, parsePublicKey, samePublicKey } from '../../src/keys/public-key.ts';
import { readBlob } from '../../src/keys/public-numbers.ts';
import { VENDOR_PRIVATE_KEY, VENDOR_PUBLIC_KEY } from '../unit/keys/vendor-example.ts';

/** The value, or null where a KeyFormatError was thrown; anything else that is thrown fails the test. */
function orNull<T>(parse: () => T): T | null {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof KeyFormatError)) throw error;
    return null;
  }
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text.replace(/-----[^-]*-----/g, ''), 'base64');
}

const rsa = createPrivateKey(VENDOR_PRIVATE_KEY);
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const ed25519 = generateKeyPairSync('ed25519').privateKey;
const opensshText = parsePrivateKey(
  new Secret(ed25519.export({ format: 'pem', type: 'pkcs8' }).toString()),
).text.reveal();

/** Sound keys, one in each container. */
const SOUND = {
  'rsa in pkcs1': rsa.export({ format: 'pem', type: 'pkcs1' }).toString(),
  'rsa in pkcs8': rsa.export({ format: 'pem', type: 'pkcs8' }).toString(),
  'ecdsa in sec1': ec.export({ format: 'pem', type: 'sec1' }).toString(),
  'ecdsa in pkcs8': ec.export({ format: 'pem', type: 'pkcs8' }).toString(),
  'ed25519 in pkcs8': ed25519.export({ format: 'pem', type: 'pkcs8' }).toString(),
  'ed25519 in openssh': opensshText,
};
const sound = Object.entries(SOUND);

type Edit = (bytes: Buffer) => Buffer;
const place = fc.nat({ max: 1 << 16 });
/** One change to some bytes: a flipped bit, a byte set, bytes put in, taken out, doubled, or cut off. */
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(place, fc.nat({ max: 7 })).map(([at, bit]): Edit => (bytes) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[at % copy.length]! ^= 1 << bit;
    return copy;
  }),
  fc.tuple(place, fc.constantFrom(0, 1, 2, 3, 0x30, 0x7f, 0x80, 0xff)).map(([at, value]): Edit => (bytes) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[at % copy.length] = value;
    return copy;
  }),
  fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 9 })).map(([at, more]): Edit => (bytes) => {
    const cut = at % (bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, cut), more, bytes.subarray(cut)]);
  }),
  fc.tuple(place, fc.integer({ min: 1, max: 40 })).map(([at, count]): Edit => (bytes) => {
    const cut = at % (bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, cut), bytes.subarray(cut + count)]);
  }),
  place.map(
    (at): Edit =>
      (bytes) =>
        Buffer.concat([bytes, bytes.subarray(at % (bytes.length + 1))]),
  ),
  place.map(
    (at): Edit =>
      (bytes) =>
        bytes.subarray(0, at % (bytes.length + 1)),
  ),
);

describe('whatever comes in', () => {
  const label = fc.constantFrom(
    'PRIVATE KEY',
    'RSA PRIVATE KEY',
    'OPENSSH PRIVATE KEY',
    'EC PRIVATE KEY',
    'PUBLIC KEY',
  );
  const armoured = fc.tuple(label, fc.uint8Array({ maxLength: 300 })).map(([name, bytes]) => {
    return `-----BEGIN ${name}-----\n${Buffer.from(bytes).toString('base64')}\n-----END ${name}-----\n`;
  });
  const blob = fc.uint8Array({ maxLength: 200 }).map((bytes) => `ssh-rsa ${Buffer.from(bytes).toString('base64')}`);
  const magic = fc.uint8Array({ maxLength: 300 }).map((bytes) => {
    return Buffer.concat([Buffer.from('openssh-key-v1\0'), bytes]).toString('base64');
  });
  const scraps = fc
    .array(
      fc.constantFrom('-----BEGIN ', '-----END ', 'RSA ', 'PRIVATE KEY', '-----', '\n', 'MIIB', '\\n', '"', ':', '='),
    )
    .map((parts) => parts.join(''));
  const anything = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.base64String(),
    armoured,
    blob,
    magic,
    scraps,
    fc
      .tuple(fc.constantFrom('2', '3', '4'), fc.uint8Array({ maxLength: 200 }), fc.string())
      .map(
        ([version, bytes, end]) =>
          `PuTTY-User-Key-File-${version}: ssh-rsa\nEncryption: none\nComment: \nPublic-Lines: 1\n${Buffer.from(bytes).toString('base64')}\n${end}`,
      ),
  );

  it('no text is taken for a key, and none leaves a piece of itself in the message', () => {
    fc.assert(
      fc.property(anything, (text) => {
        for (const parse of [() => parsePrivateKey(new Secret(text)), () => parsePublicKey(text)]) {
          try {
            parse();
            expect.unreachable('a key made of noise');
          } catch (error) {
            if (!(error instanceof KeyFormatError)) throw error;
            const tokens = text.match(/[A-Za-z0-9+/]{12,}/g) ?? [];
            expect(tokens.filter((token) => error.message.includes(token))).toEqual([]);
            expect(error.cause).toBeUndefined();
          }
        }
      }),
      { numRuns: 4000 },
    );
  });

  it('no text makes the matching of fingerprints fail', () => {
    const dialects = fingerprintDialects(parsePublicKey(VENDOR_PUBLIC_KEY));
    fc.assert(
      fc.property(fc.oneof(anything, fc.stringMatching(/^[0-9a-f:]*$/)), (text) => {
        expect(matchFingerprint(text, dialects)).toBeNull();
      }),
      { numRuns: 2000 },
    );
  });
});

describe.each(sound)('%s', (name, text) => {
  const original = parsePrivateKey(new Secret(text));
  const bytes = bytesOf(text);
  const [first = '', ...rest] = text.trimEnd().split('\n');
  const last = rest.at(-1) ?? '';

  it('with changed bytes is refused, or is a key whose halves fit each other', () => {
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), fc.boolean(), (edits, bare) => {
        const changed = edits.reduce<Buffer>((value, change) => change(value), bytes);
        const base64 = changed.toString('base64');
        const key = orNull(() => parsePrivateKey(new Secret(bare ? base64 : `${first}\n${base64}\n${last}\n`)));
        if (key === null) return;
        // Only a seed has no public half beside it that could contradict: any 32 bytes are a seed.
        if (name !== 'ed25519 in pkcs8') expect(samePublicKey(key.publicKey, original.publicKey)).toBe(true);
        const again = parsePrivateKey(key.text);
        expect(again.text.reveal()).toBe(key.text.reveal());
        expect(again.publicKey).toEqual(key.publicKey);
        if (key.text.reveal().includes('OPENSSH')) return;
        // Node's own reading of the text that came out.
        const spki = writeSpki(readBlob(key.publicKey.blob).parts);
        const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
        const data = Buffer.from('data');
        expect(verify('sha256', data, publicKey, sign('sha256', data, key.text.reveal()))).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });

  it('with characters changed is refused, or is the same key', () => {
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 2 }), (edits) => {
        const changed = edits
          .reduce<Buffer>((value, change) => change(value), Buffer.from(text, 'latin1'))
          .toString('latin1');
        const key = orNull(() => parsePrivateKey(new Secret(changed)));
        if (key !== null && name !== 'ed25519 in pkcs8') {
          expect(key.publicKey.blob).toEqual(original.publicKey.blob);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('is the same text however it is wrapped', () => {
    const gap = fc.constantFrom('', '\n', '\r\n', '\r', ' ', '\t', '\\n', '\\r\\n', '\n\n', '\u00a0');
    const base64 = bytes.toString('base64');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 90 }), gap), { maxLength: 60 }),
        gap,
        fc.boolean(),
        (cuts, end, bare) => {
          let wrapped = '';
          let at = 0;
          for (const [length, between] of cuts) {
            wrapped += base64.slice(at, at + length) + between;
            at += length;
          }
          wrapped += base64.slice(at) + end;
          const key = parsePrivateKey(new Secret(bare ? wrapped : `${end}${first}${end}${wrapped}${last}${end}`));
          expect(key.text.reveal()).toBe(original.text.reveal());
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('files of putty', () => {
  it.each(sound)('%s comes back under any comment', (_name, text) => {
    const key = parsePrivateKey(new Secret(text));
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom(2, 3), (comment, version) => {
        const { publicKey } = key;
        const named = parsePublicKey(formatPublicKey(publicKey, comment));
        const back = parsePrivateKey(exportedKey({ ...key, publicKey: named }, 'ppk', version));
        expect(back.publicKey).toEqual(named);
        expect(exportedKey(back, 'ppk', version)).toEqual(exportedKey({ ...key, publicKey: named }, 'ppk', version));
      }),
      { numRuns: 40 },
    );
  });

  it.each(sound)('%s with characters changed is refused, or is the same key', (_name, text) => {
    const original = parsePrivateKey(new Secret(text));
    const putty = exportedKey(original, 'ppk', 3).reveal();
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 2 }), (edits) => {
        const changed = edits.reduce<Buffer>((value, change) => change(value), Buffer.from(putty, 'latin1'));
        const read = orNull(() => parsePrivateKey(new Secret(changed.toString('latin1'))));
        if (read !== null) expect(read.publicKey.blob).toEqual(original.publicKey.blob);
      }),
      { numRuns: 500 },
    );
  });
});

describe('der', () => {
  it('that was changed is no public key, or one that can be read', () => {
    fc.assert(
      fc.property(fc.constantFrom(...sound), fc.array(edit, { maxLength: 2 }), ([, text], edits) => {
        const { blob } = parsePrivateKey(new Secret(text)).publicKey;
        const changed = edits.reduce<Buffer>((value, change) => change(value), writeSpki(readBlob(blob).parts));
        const pem = publicDerAsPem(changed);
        if (edits.length === 0) expect(pem).not.toBeNull();
        if (pem !== null) parsePublicKey(pem);
      }),
      { numRuns: 600 },
    );
  });
});

describe('public keys', () => {
  const keys = sound.map(([, text]) => parsePrivateKey(new Secret(text)).publicKey);

  it('come through parsing and formatting as they are, under any comment', () => {
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.string({ unit: 'binary' }), (key, comment) => {
        const line = formatPublicKey(key, comment);
        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        const read = parsePublicKey(line);
        expect(read.blob).toEqual(key.blob);
        expect(formatPublicKey(read)).toBe(line);
        expect(parsePublicKey(`${line}\r\n`)).toEqual(read);
      }),
      { numRuns: 2000 },
    );
  });

  it('with changed bytes are refused, or are what ssh-keygen reads in them too', () => {
    const accepted = new Map<string, string>();
    const example = fc.constantFrom(...keys);
    fc.assert(
      fc.property(example, fc.array(edit, { minLength: 1, maxLength: 2 }), (original, edits) => {
        const changed = edits.reduce<Buffer>((value, change) => change(value), original.blob);
        const line = `${original.algorithm} ${changed.toString('base64')}`;
        const key = orNull(() => parsePublicKey(line));
        if (key === null) return;
        expect(formatPublicKey(key)).toBe(line);
        accepted.set(line, `${key.bits} ${sha256Fingerprint(key)}`);
      }),
      { numRuns: 4000 },
    );
    expect(accepted.size).toBeGreaterThan(100);

    const directory = mkdtempSync(join(tmpdir(), 'keypair-keys-'));
    try {
      const file = join(directory, 'lines');
      writeFileSync(file, `${[...accepted.keys()].join('\n')}\n`);
      const printed = execFileSync('ssh-keygen', ['-l', '-f', file], { encoding: 'utf8' }).trimEnd().split('\n');
      expect(printed.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([...accepted.values()]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('match each of their fingerprints in every notation, and none that is cut', () => {
    const dialects = keys.map((key) => fingerprintDialects(key));
    fc.assert(
      fc.property(fc.constantFrom(...dialects), fc.nat(), fc.nat(), (all, which, cut) => {
        const dialect = all[which % all.length]!;
        const body = dialect.value.replace(/^(MD5|SHA256|SHA512):/, '');
        const hex = /^[0-9a-f:]+$/.test(body);
        const variants = hex
          ? [body, body.toUpperCase(), body.replaceAll(':', '')]
          : [body, body.padEnd(Math.ceil(body.length / 4) * 4, '=')];
        for (const variant of [dialect.value, ...variants]) {
          expect(matchFingerprint(variant, all)?.value).toBe(dialect.value);
        }
        expect(matchFingerprint(dialect.value.slice(0, cut % dialect.value.length), all)).toBeNull();
      }),
      { numRuns: 1000 },
    );
  });
});
