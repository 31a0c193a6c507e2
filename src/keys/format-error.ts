import { t } from '../i18n/t.ts';

/**
 * Why a text is not the key that was asked for.
 *
 * - `empty`: nothing but blanks.
 * - `encrypted`: a private key under a passphrase.
 * - `not-a-private-key`, `not-a-public-key`: text of another kind.
 * - `public-key`, `private-key`: the other half was given by mistake.
 * - `several`: more than one key in one text.
 * - `damaged`: a key by its looks, but cut, altered or too large.
 * - `mismatch`: the private half does not fit the public half.
 * - `unsupported`: a sound key of a kind or size that SSH or this program does not take.
 * - `putty`: a private key in PuTTY's format.
 * - `utf-16`, `binary`: bytes that are no text as key files have it.
 * - `wrapped`: a public key whose line was broken into several.
 * - `options`: a line of authorized_keys with options before its key.
 * - `certificate`: a certificate for a public key.
 */
export type KeyFormatReason =
  | 'empty'
  | 'encrypted'
  | 'not-a-private-key'
  | 'not-a-public-key'
  | 'public-key'
  | 'private-key'
  | 'several'
  | 'damaged'
  | 'mismatch'
  | 'unsupported'
  | 'putty'
  | 'utf-16'
  | 'binary'
  | 'wrapped'
  | 'options'
  | 'certificate';

/**
 * The only error that leaves the parsers of keys. Its message is lower case, without a full stop, made of fixed
 * words and numbers: it never holds a piece of the input, nor has it a cause that could.
 */
export class KeyFormatError extends Error {
  override readonly name = 'KeyFormatError';
  readonly reason: KeyFormatReason;

  constructor(reason: KeyFormatReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The error of a key that is cut or altered: `what` completes the sentence. */
export function damaged(what: string): KeyFormatError {
  return new KeyFormatError('damaged', t`the key is damaged: ${what}`);
}

/**
 * Runs a parser and lets nothing but a KeyFormatError out of it.
 *
 * @throws KeyFormatError `damaged` in the place of any other error: those of node:crypto differ between versions
 * of Node, and their text is not ours to vouch for.
 */
export function onlyFormatErrors<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof KeyFormatError) throw error;
    throw damaged(t`it cannot be read`);
  }
}
