import { spawnSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { Secret } from '../../src/secret.ts';
import { inspectPrivateKey } from '../../src/keys/ssh-reads.ts';
import { rewritten } from '../../src/keys/private-key.ts';
import { formatPublicKey } from '../../src/keys/public-key.ts';
import { runs } from '../property/runs.ts';
import { withoutCrt } from '../support/without-crt.ts';
import { CONTAINERS, Oracle } from '../unit/keys/oracle.ts';

const oracle = new Oracle();
afterAll(() => {
  oracle.remove();
});

const FIELD = path.resolve(import.meta.dirname, '../support/field');
const file = path.join(oracle.directory, 'key');

/** What the real ssh-keygen makes of a private key file: its public line, `encrypted`, or null where it refuses. */
function sshKeygen(content: string | Buffer): string | null {
  writeFileSync(file, content, { mode: 0o600 });
  const { status, stdout, stderr } = spawnSync('ssh-keygen', ['-y', '-P', '', '-f', file], {
    encoding: 'utf8',
  });
  if (status === 0) return stdout.trim().split(' ').slice(0, 2).join(' ');
  return stderr.includes('incorrect passphrase') ? 'encrypted' : null;
}

/** The same of the program, which reads files as UTF-8. */
function ours(content: string | Buffer): string | null {
  const seen = inspectPrivateKey(new Secret(Buffer.from(content).toString('utf8')));
  if (seen?.refused !== null) return null;
  if (seen.encrypted) return 'encrypted';
  return seen.publicKey && formatPublicKey(seen.publicKey, '');
}

const body = (text: string, edit: (base64: string) => string): string => {
  const lines = text.trimEnd().split('\n');
  return [lines[0], edit(lines.slice(1, -1).join('')), lines.at(-1), ''].join('\n');
};

const VARIANTS: Readonly<Record<string, (text: string) => string | Buffer>> = {
  'as it is': (text) => text,
  'no last newline': (text) => text.trimEnd(),
  crlf: (text) => text.replaceAll('\n', '\r\n'),
  'cr alone': (text) => text.replaceAll('\n', '\r'),
  'one line': (text) => text.trimEnd().replaceAll('\n', ' '),
  'one line without blanks': (text) => text.replaceAll('\n', ''),
  indented: (text) => text.replaceAll(/^(?=.)/gm, '    '),
  'an indented body': (text) => text.replaceAll(/^(?=[^-\n])/gm, '\t'),
  quoted: (text) => `"${text.trimEnd()}"\n`,
  'a blank line before': (text) => `\n${text}`,
  'a blank before': (text) => ` ${text}`,
  'a comment before': (text) => `# a comment\n${text}`,
  'a public key before': (text) => `ssh-rsa AAAA x\n${text}`,
  'trailing blanks': (text) => text.replaceAll('\n', ' \n'),
  'trailing blanks in the body': (text) => text.replaceAll(/([^-])\n/g, '$1 \n'),
  'a byte order mark': (text) => `\uFEFF${text}`,
  'utf-16': (text) => Buffer.from(`\uFEFF${text}`, 'utf16le'),
  'words after': (text) => `${text}created on Monday\n`,
  'blank lines after': (text) => `${text}\n\n`,
  'nul after': (text) => `${text}\0\0`,
  'a blank line in the body': (text) => text.replace(/(\n[^-\n]+\n)(?=[^-\n]+\n[^-])/, '$1\n'),
  'a blank line after the first': (text) => text.replace('-----\n', '-----\n\n'),
  'a body in one line': (text) => body(text, (base64) => base64),
  'a body in lines of 40': (text) => body(text, (base64) => base64.replaceAll(/.{40}/g, '$&\n')),
  'a body in lines of 100': (text) => body(text, (base64) => base64.replaceAll(/.{100}/g, '$&\n')),
  'line ends as two characters': (text) => `${text.replaceAll('\n', '\\n')}\n`,
  'no last line': (text) => text.replace(/-----END.*\n$/, ''),
  'no first line': (text) => text.replace(/^-----BEGIN.*\n/, ''),
  'twice the same': (text) => text + text,
  'no armour': (text) => text.replaceAll(/^-.*\n/gm, ''),
};

const pkcs8Ed25519 = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
const explicit = oracle.run('openssl', 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-param_enc', 'explicit');
const rsa = createPrivateKey(oracle.privateKey('rsa 2048', 'PEM'));

const TEXTS: Record<string, string> = {
  'rsa 2048 PKCS8 encrypted': oracle.encrypted('rsa 2048', 'PKCS8'),
  'rsa without crt': withoutCrt(rsa),
  'rsa of three primes': readFileSync(path.join(FIELD, 'rsa-3-primes.pem'), 'utf8'),
  'ecdsa with its curve written out': explicit,
  'ed25519 in pkcs8': pkcs8Ed25519.toString(),
};
for (const kind of ['rsa 2048', 'ecdsa 256', 'ed25519'] as const) {
  for (const container of CONTAINERS) TEXTS[`${kind} ${container}`] = oracle.privateKey(kind, container);
  TEXTS[`${kind} PEM encrypted`] = oracle.encrypted(kind, 'PEM');
  TEXTS[`${kind} RFC4716 encrypted`] = oracle.encrypted(kind, 'RFC4716');
}

describe.each(Object.entries(TEXTS))('ssh reads %s', (_name, text) => {
  it('as this program says, whatever was done to its text', () => {
    for (const [variant, edit] of Object.entries(VARIANTS)) {
      const content = edit(text);
      expect([variant, ours(content)]).toEqual([variant, sshKeygen(content)]);
    }
  });

  it('after it was written anew, where ssh did not before', () => {
    for (const [variant, edit] of Object.entries(VARIANTS)) {
      const content = Buffer.from(edit(text)).toString('utf8');
      const anew = rewritten(new Secret(content));
      if (anew === null) continue;
      const seen = inspectPrivateKey(anew);
      const expected = seen?.encrypted === true ? 'encrypted' : seen?.publicKey && formatPublicKey(seen.publicKey, '');
      expect([variant, sshKeygen(anew.reveal())]).toEqual([variant, expected]);
    }
  });
});

it('agrees with ssh-keygen on any layout', () => {
  const pieces = ['\n', '\r', '\r\n', ' ', '\t', '"', '#', '\uFEFF', '\n\n', '-', '\f', 'x'];
  const at = fc.oneof(fc.constantFrom(0, 1, 31, 32, 35, 36, 100, -1, -2, -30, -31, -34), fc.nat({ max: 400 }));
  const edits = fc.array(fc.tuple(at, fc.constantFrom(...pieces), fc.boolean()), {
    minLength: 1,
    maxLength: 3,
  });
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(TEXTS)), edits, (text, changes) => {
      let edited = text;
      for (const [where, piece, instead] of changes) {
        const start = where < 0 ? Math.max(0, edited.length + where) : where;
        edited = edited.slice(0, start) + piece + edited.slice(instead ? start + 1 : start);
      }
      const theirs = sshKeygen(edited);
      // Of a key that is damaged, ssh-keygen says that the passphrase is wrong: its check numbers differ.
      const damaged = theirs === 'encrypted' && ours(text) !== 'encrypted';
      expect(ours(edited)).toBe(damaged ? null : theirs);
    }),
    runs(300),
  );
});

it('agrees with ssh-keygen on whether it asks for a passphrase, whatever byte before the private section is altered', () => {
  const text = oracle.encrypted('ed25519', 'RFC4716');
  const bytes = Buffer.from(text.replaceAll(/^-.*\n/gm, ''), 'base64');
  const lengthOfSection = bytes.length - 4 - 160;
  expect(bytes.readUInt32BE(lengthOfSection)).toBe(160);
  for (let at = 0; at < lengthOfSection + 4; at++) {
    for (const bit of [1, 0x80]) {
      const edited = Buffer.from(bytes);
      edited[at] = (edited[at] ?? 0) ^ bit;
      const layout = body(text, () => edited.toString('base64'));
      expect([at, bit, ours(layout)]).toEqual([at, bit, sshKeygen(layout)]);
    }
  }
});

it.each(['key-on-one-line', 'key-indented', 'openssh-crlf'])(
  '%s from the field is refused, and can be written anew',
  (name) => {
    const text = readFileSync(path.join(FIELD, name), 'utf8');
    expect(sshKeygen(text)).toBeNull();
    expect(inspectPrivateKey(new Secret(text))).toMatchObject({ refused: expect.any(String) as string });
    expect(sshKeygen(rewritten(new Secret(text))?.reveal() ?? '')).toMatch(/^ssh-rsa AAAA/);
  },
);
