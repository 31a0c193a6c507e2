import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/secret.ts';
import { bringsPrivateKey } from '../../src/http/key-shape.ts';
import { createRedactor } from '../../src/http/redact.ts';
import { armouredBlocks } from '../../src/keys/pem.ts';
import { KeyFormatError } from '../../src/keys/format-error.ts';
import { isOpenSsh, readOpenSsh } from '../../src/keys/openssh-format.ts';
import { readPrivateDer } from '../../src/keys/der.ts';
import { inspectPrivateKey } from '../../src/keys/ssh-reads.ts';
import { parsePrivateKey } from '../../src/keys/private-key.ts';
import { formatPublicKey, parsePublicKey } from '../../src/keys/public-key.ts';
import { VENDOR_PRIVATE_KEY } from '../unit/keys/vendor-example.ts';
import { mutations } from './mutations.ts';
import { runs } from './runs.ts';

/** Every parser of keys on changed keys: it refuses with KeyFormatError, or what it read comes through once more. */

const pem = { format: 'pem', type: 'pkcs8' } as const;
const der = { format: 'der', type: 'pkcs8' } as const;
const rsa = createPrivateKey(VENDOR_PRIVATE_KEY);
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const ed = generateKeyPairSync('ed25519').privateKey;
const openssh = parsePrivateKey(new Secret(ed.export(pem).toString()));
const opensshBytes = Buffer.from(openssh.text.reveal().replace(/-----[^-]*-----/g, ''), 'base64');

const DERS: readonly Buffer[] = [
  rsa.export({ format: 'der', type: 'pkcs1' }),
  rsa.export(der),
  ec.export({ format: 'der', type: 'sec1' }),
  ec.export(der),
  ed.export(der),
];
const TEXTS: readonly string[] = [
  VENDOR_PRIVATE_KEY,
  ec.export(pem).toString(),
  openssh.text.reveal(),
  DERS[0]!.toString('base64'),
];
const LINES: readonly string[] = TEXTS.map((text) =>
  formatPublicKey(parsePrivateKey(new Secret(text)).publicKey, 'a comment'),
);

/** Far beyond what any input of these sizes takes, also on a busy machine, and far below what a blow-up would. */
const BOUND_MS = 1000;

/** What was read, or null for a KeyFormatError that quotes nothing; anything else that is thrown fails the test. */
function read<T>(input: string, parse: () => T): T | null {
  const startedAt = performance.now();
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof KeyFormatError)) throw error;
    const quoted = (input.match(/[A-Za-z0-9+/]{16,}/g) ?? []).filter((run) => error.message.includes(run));
    expect(quoted).toEqual([]);
    expect(error.message).not.toMatch(/\p{Cc}/u);
    return null;
  } finally {
    expect(performance.now() - startedAt).toBeLessThan(BOUND_MS);
  }
}

describe('changed keys', () => {
  it('readPrivateDer', () => {
    fc.assert(
      fc.property(fc.constantFrom(...DERS), mutations, (bytes, change) => {
        read('', () => readPrivateDer(change(bytes)));
      }),
      runs(10_000),
    );
  });

  it('readOpenSsh', () => {
    fc.assert(
      fc.property(mutations, (change) => {
        const changed = change(opensshBytes);
        if (isOpenSsh(changed)) read('', () => readOpenSsh(changed));
      }),
      runs(20_000),
    );
  });

  it('armouredBlocks', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TEXTS), mutations, (text, change) => {
        const changed = change(Buffer.from(text, 'latin1')).toString('latin1');
        read(changed, () => armouredBlocks(changed));
      }),
      runs(15_000),
    );
  });

  it('parsePrivateKey, whose result is read again as the same', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TEXTS), mutations, (text, change) => {
        const changed = change(Buffer.from(text, 'latin1')).toString('latin1');
        const key = read(changed, () => parsePrivateKey(new Secret(changed)));
        if (key === null) return;
        const again = parsePrivateKey(key.text);
        expect(again.text.reveal()).toBe(key.text.reveal());
        expect(again.publicKey.blob).toEqual(key.publicKey.blob);
      }),
      runs(8000),
    );
  });

  it('inspectPrivateKey', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TEXTS), mutations, (text, change) => {
        const changed = change(Buffer.from(text, 'latin1')).toString('latin1');
        read(changed, () => inspectPrivateKey(new Secret(changed)));
      }),
      runs(4000),
    );
  });

  it('parsePublicKey, whose result is read again as the same', () => {
    fc.assert(
      fc.property(fc.constantFrom(...LINES), mutations, (line, change) => {
        const changed = change(Buffer.from(line, 'latin1')).toString('latin1');
        const key = read('', () => parsePublicKey(changed));
        if (key === null) return;
        expect(parsePublicKey(formatPublicKey(key)).blob).toEqual(key.blob);
      }),
      runs(10_000),
    );
  });

  it.each(['-----BEGIN A-----', '-', 'A', ' ', '\n', '-----BEGIN ', 'ssh-rsa ', '\\n', '"', '=', '0\x82'])(
    'a text of nothing but %j takes no longer than its length',
    (piece) => {
      const text = piece.repeat(Math.floor(60_000 / piece.length));
      read('', () => parsePrivateKey(new Secret(text)));
      read('', () => parsePublicKey(text));
      read('', () => inspectPrivateKey(new Secret(text)));
    },
  );
});

it('finds keys and secrets in 8 MiB of a hostile text within some seconds', () => {
  const redactor = createRedactor([
    new Secret('Gu5t/9x+GA=R"N\\p q86*cd98\njoQ(é)YCN3'),
    new Secret('tok-4f9a8b7c6d5e'),
  ]);
  const { user } = process.cpuUsage();
  for (const piece of ['M', 'MII', 'A'.repeat(39) + ',', '%25', '&amp;', '\\', '-BEGIN ']) {
    const text = piece.repeat(Math.ceil((8 * 1024 * 1024) / piece.length));
    bringsPrivateKey(text);
    redactor.text(text);
  }
  expect(process.cpuUsage({ user, system: 0 }).user).toBeLessThan(60_000_000);
}, 300_000);
