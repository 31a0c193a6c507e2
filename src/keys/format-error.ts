import { t } from '../i18n/t.ts';

/**
 * Why a text is not the expected key.
 *
 * - `empty`: nothing but whitespace.
 * - `encrypted`: a private key with a passphrase.
 * - `wrong-passphrase`: a private key with another passphrase than the given one.
 * - `not-a-private-key`, `not-a-public-key`: another kind of text.
 * - `public-key`, `private-key`: the other key of the pair was given by mistake.
 * - `several`, `several-private-keys`: more than one key in one text.
 * - `damaged`: looks like a key, but is truncated, altered or too large.
 * - `mismatch`: the private key does not match the public key.
 * - `unsupported`: a valid key of a type or size that SSH or this program does not accept.
 * - `putty`: a private key in PuTTY's format.
 * - `utf-16`, `binary`: bytes that are not the text of a key file.
 * - `wrapped`: a public key broken into several lines.
 * - `options`: a line of authorized_keys with options before its key.
 * - `certificate`: a certificate for a public key.
 */
export type KeyFormatReason =
  | 'empty'
  | 'encrypted'
  | 'wrong-passphrase'
  | 'not-a-private-key'
  | 'not-a-public-key'
  | 'public-key'
  | 'private-key'
  | 'several'
  | 'several-private-keys'
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
 * The only error that the key parsers throw. Its message is lower case, without a full stop, and consists of fixed
 * words and numbers. Neither the message nor a cause contains any part of the input.
 */
export class KeyFormatError extends Error {
  override readonly name = 'KeyFormatError';
  readonly reason: KeyFormatReason;

  constructor(reason: KeyFormatReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The error for a truncated or altered key. `what` completes the sentence. */
export function damaged(what: string): KeyFormatError {
  return new KeyFormatError('damaged', t`the key is damaged: ${what}`);
}

/**
 * Runs a parser so that it throws only KeyFormatErrors.
 *
 * @throws KeyFormatError `damaged` instead of any other error. Errors of node:crypto differ between Node versions, and
 * their text may be unsafe to show.
 */
export function onlyFormatErrors<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof KeyFormatError) throw error;
    throw damaged(t`it cannot be read`);
  }
}
