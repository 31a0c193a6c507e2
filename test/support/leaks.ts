import { createPrivateKey } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Sandbox } from '../../sandbox/server.ts';

/** A secret that must not be seen, and what it is called in a test's complaint. */
export interface Planted {
  readonly name: string;
  readonly value: string | Buffer;
}

/** Every way in which somebody may have written a secret, and still have given it away. */
export function formsOf(value: string | Buffer): readonly string[] {
  const bytes = Buffer.from(value);
  const hex = bytes.toString('hex');
  // What base64 makes of it anywhere inside of something longer: without the characters at the ends, which depend on
  // their neighbours.
  const parts = [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const own = encoded.slice(before === 0 ? 0 : before + 1, -1);
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const forms = [hex, hex.toUpperCase(), ...parts];
  if (typeof value === 'string') {
    const percent = encodeURIComponent(value);
    const json = JSON.stringify(value).slice(1, -1);
    forms.push(value, value.toLowerCase(), value.toUpperCase(), swapped(value), Array.from(value).reverse().join(''));
    forms.push(percent, percent.toLowerCase(), encodeURIComponent(percent), json, json.replaceAll('/', '\\/'));
  }
  return [...new Set(forms)];
}

function swapped(text: string): string {
  return text.replace(/\p{L}/gu, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
}

/** Searches texts for secrets in every form. */
export interface Search {
  /** The names of those that are in it. Line breaks, also written as `\n`, hide nothing. */
  in(text: string): readonly string[];
}

/** Makes a search for these. */
export function searchFor(secrets: readonly Planted[]): Search {
  const named = secrets.map(({ name, value }) => ({ name, forms: formsOf(value) }));
  return {
    in: (text) => {
      const joined = text.replace(/\\[nr]|[\r\n]/g, '');
      return named
        .filter(({ forms }) => forms.some((form) => text.includes(form) || joined.includes(form)))
        .map(({ name }) => name);
    },
  };
}

/** The secret numbers of a private key, whatever file they are in. */
export function partsOfPrivateKey(name: string, pem: string): readonly Planted[] {
  const { d, p, q } = createPrivateKey(pem).export({ format: 'jwk' });
  return [d, p, q].flatMap((part) =>
    part === undefined ? [] : [{ name: `${name} (private key)`, value: Buffer.from(part, 'base64url') }],
  );
}

/** Whether a text holds what can only be a private key, known or not. */
export function showsPrivateKey(text: string): boolean {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY/.test(text)) return true;
  // In a URL, a public key is in pieces, of which only the first begins as one.
  const decoded = text.replace(/%(2[BbFf]|20)/g, (code) => decodeURIComponent(code));
  // Ids of the sandbox's servers of swas, one a line, are no key.
  const runs =
    decoded
      .replace(/\ba0{30}\d\b/g, '-')
      .replace(/\\[nr]|[\r\n]/g, '')
      .match(/[A-Za-z0-9+/]{200,}/g) ?? [];
  return runs.some((run) => !run.startsWith('AAAA'));
}

/** A file below a directory. */
export interface Found {
  /** Relative to the directory. */
  readonly file: string;
  readonly mode: number;
  /** Every byte as a character. */
  readonly text: string;
}

/** Every file below a directory. */
export function filesBelow(directory: string): readonly Found[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).flatMap((file) => {
    const where = path.join(directory, file);
    const stat = statSync(where);
    return stat.isFile() ? [{ file, mode: stat.mode & 0o777, text: readFileSync(where, 'latin1') }] : [];
  });
}

/** The variables of both vendors with the temporary credentials of a sandbox, which is asked in their place. */
export function temporaryEnv(
  { temporaryCredentials: { secretId, secretKey, token } }: Pick<Sandbox, 'temporaryCredentials'>,
  url: string,
): Readonly<Record<string, string>> {
  return {
    TENCENTCLOUD_SECRET_ID: secretId,
    TENCENTCLOUD_SECRET_KEY: secretKey,
    TENCENTCLOUD_SESSION_TOKEN: token,
    ALIBABA_CLOUD_ACCESS_KEY_ID: secretId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: secretKey,
    ALIBABA_CLOUD_SECURITY_TOKEN: token,
    KEYPAIR_ENDPOINT: url,
  };
}
