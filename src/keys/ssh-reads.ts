import { createPrivateKey, type KeyObject } from 'node:crypto';
import { t } from '../i18n/t.ts';
import type { Secret } from '../secret.ts';
import { KeyFormatError, onlyFormatErrors } from './format-error.ts';
import { publicPartsOf } from './der.ts';
import { isOpenSsh, readOpenSsh, readOutside } from './openssh-format.ts';
import { armouredBlocks, checkedText, compact, decodeBase64, isUtf16, narrowed } from './pem.ts';
import { plainRsa, readContent } from './private-key.ts';
import { type PublicKey, publicKeyIn, publicKeyOf } from './public-key.ts';
import { isPutty, readPutty } from './putty-format.ts';

/** What `ssh` reads from a private key file without a passphrase. */
interface SshReading {
  readonly encrypted: boolean;
  /** Null if it is encrypted. */
  readonly publicKey: PublicKey | null;
}

const FIRST = '-----BEGIN OPENSSH PRIVATE KEY-----\n';
const LAST = '\n-----END OPENSSH PRIVATE KEY-----\n';

/**
 * Parses a private key file as strictly as `ssh` and `ssh-keygen -y` (OpenSSH, sshkey.c
 * `sshkey_parse_private_fileblob_type`). OpenSSH's own format must start at the first line and end with a newline.
 * Everything else is read by libcrypto's PEM parser, which Node uses too.
 *
 * @throws KeyFormatError and errors of node:crypto if ssh refuses the file.
 */
function readAsSsh(text: string): SshReading {
  return text.startsWith(FIRST) ? readContainer(text) : readPem(text);
}

function readContainer(text: string): SshReading {
  const end = text.indexOf(LAST, FIRST.length);
  const body = end < 0 ? '' : text.slice(FIRST.length, end);
  const base64 = body.replace(/[ \t-\r]/g, '');
  const bytes = base64.length % 4 === 0 ? decodeBase64(base64) : null;
  if (bytes === null || !isOpenSsh(bytes)) throw new KeyFormatError('damaged', t`ssh cannot read it`);
  const { encrypted, blob } = readOutside(bytes);
  if (!encrypted) {
    try {
      readOpenSsh(bytes);
    } catch (error) {
      // Key types that only OpenSSH reads: DSA, and handles of security tokens.
      if (!(error instanceof KeyFormatError) || error.reason !== 'unsupported') throw error;
    }
  }
  return { encrypted, publicKey: publicKeyIn(blob, '') };
}

function readPem(text: string): SshReading {
  const plain = plainRsa(text);
  if (plain !== null) return { encrypted: false, publicKey: publicKeyOf(plain, '') };
  let key: KeyObject;
  try {
    key = createPrivateKey(text);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (/MISSING_PASSPHRASE|INTERRUPTED/.test(code)) return { encrypted: true, publicKey: null };
    throw error;
  }
  const parts = publicPartsOf(key);
  if (parts !== null) return { encrypted: false, publicKey: publicKeyOf(parts, '') };
  throw key.asymmetricKeyType === 'ed25519'
    ? new KeyFormatError('unsupported', t`openssh before 9.6 reads ed25519 keys in its own format only`)
    : new KeyFormatError('unsupported', t`ssh has no keys of this algorithm`);
}

/** What a private key file reveals without its passphrase. */
export interface PrivateKeyInfo {
  readonly encrypted: boolean;
  /** The public key in the file, without its comment; null if it is encrypted or not supported here. */
  readonly publicKey: PublicKey | null;
  /** Why ssh cannot read the file, as a sentence in the user's language; null if it can. */
  readonly refused: string | null;
}

/** What the lenient parser reads from a text that ssh cannot read. */
function lenient(text: string): Pick<PrivateKeyInfo, 'encrypted' | 'publicKey'> {
  if (isPutty(text)) {
    const { encrypted, blob, comment } = readPutty(text);
    return { encrypted, publicKey: publicKeyIn(blob, comment) };
  }
  const blocks = armouredBlocks(checkedText(text)).filter(({ label }) => label.endsWith('PRIVATE KEY'));
  const bytes = blocks.length === 1 ? decodeBase64(compact(blocks[0]?.body ?? '')) : null;
  if (bytes !== null && isOpenSsh(bytes)) {
    const { encrypted, blob } = readOutside(bytes);
    return { encrypted, publicKey: publicKeyIn(blob, '') };
  }
  const content = readContent(text);
  const parts = content.container === 'node' ? publicPartsOf(content.key) : content.parts;
  return { encrypted: false, publicKey: parts && publicKeyOf(parts, '') };
}

/** Why ssh cannot read a text whose key this program can read. */
function whyRefused(text: string, problem: unknown): string {
  if (isUtf16(text)) return t`it is in utf-16`;
  if (isPutty(text)) return t`it is in putty's format`;
  if (problem instanceof KeyFormatError && problem.reason === 'unsupported') return problem.message;
  if (text.includes('BEGIN OPENSSH PRIVATE KEY-----\r\n')) return t`its lines end as on windows`;
  if (/^-----BEGIN OPENSSH PRIVATE KEY-----\n[^]*\n-----END OPENSSH PRIVATE KEY-----$/.test(text)) {
    return t`its last line has no line end`;
  }
  return t`its lines are not as they were written: indented, quoted, joined, or with something before them`;
}

/**
 * Inspects the text of a private key file, without the verification of `parsePrivateKey`: a thousand files take less
 * than a second. Does not check that the private key matches the public key.
 *
 * @returns null if the text does not look like a private key. Never throws.
 */
export function inspectPrivateKey(secret: Secret): PrivateKeyInfo | null {
  const text = secret.reveal();
  const plain = narrowed(text);
  if (!/PRIVATE KEY ?----/.test(plain) && !isPutty(plain)) return null;
  let problem: unknown;
  try {
    return { ...readAsSsh(text), refused: null };
  } catch (error) {
    problem = error;
  }
  try {
    const seen = onlyFormatErrors(() => lenient(plain));
    return { ...seen, refused: whyRefused(text, problem) };
  } catch (error) {
    if (!(error instanceof KeyFormatError)) throw error;
    // SSH does not support such keys, so it cannot be a key pair's.
    if (error.reason === 'unsupported') return null;
    return { encrypted: error.reason === 'encrypted', publicKey: null, refused: error.message };
  }
}
