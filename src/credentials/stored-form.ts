import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { Secret } from '../secret.ts';
import type { Credentials } from '../providers/credentials.ts';

/** What a login stores: an access key as the vendor gave it out. */
export type StoredKey = Pick<Credentials, 'id' | 'secret' | 'token'>;

/** What every id, secret and token of these vendors is made of: they travel in headers. */
const VISIBLE = /^[\x21-\x7e]{1,4096}$/;

/** Whether a text can be an id, a secret or a token at all. */
export function isKeyText(text: string): boolean {
  return VISIBLE.test(text);
}

/** The form in which a key is stored: `{"id":"…","secret":"…","token":null}`. */
export function storedForm({ id, secret, token }: StoredKey): Secret {
  return new Secret(JSON.stringify({ id, secret: secret.reveal(), token: token?.reveal() ?? null }));
}

/**
 * Reads what {@link storedForm} wrote; anybody may have changed it since.
 *
 * @param where it stands, for the message.
 * @throws KeypairError `AUTH` where it is anything else; what it holds is not told.
 */
export function readStoredForm(text: string, where: string): StoredKey {
  const { id, secret, token = null } = parsed(text);
  if (!isText(id) || !isText(secret) || !(token === null || isText(token))) {
    throw new KeypairError('AUTH', t`${where} does not hold what keypair auth login writes`, {
      hints: ['store the credentials again with keypair auth login'],
    });
  }
  return { id, secret: new Secret(secret), token: token === null ? null : new Secret(token) };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && isKeyText(value);
}
