import type { CredentialContext } from './context.ts';
import { othersCanRead } from './vendor-file.ts';
import { keychainAccount, openKeychain } from './keychain.ts';
import { decryptWithPassphrase, findLoginFile, type FoundLoginFile } from './login-file.ts';
import { staticSource } from './environment.ts';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { CredentialSource, Credentials, Vendor } from '../providers/credentials.ts';
import { Secret } from '../secret.ts';
import { vendorOf } from './vendors.ts';

/**
 * What `keypair auth login` stored for a profile, or null if it is gone. Each context looks it up once.
 *
 * @param kind where it was stored, by the configuration.
 * @throws KeypairError `AUTH` if it cannot be read: no keychain, a wrong passphrase or no terminal to ask for it,
 * damage; `UNAVAILABLE` if the keychain does not answer or stays locked.
 */
export function storedCredentials(
  profileName: string,
  vendor: Vendor,
  kind: 'keychain' | 'file',
  context: CredentialContext,
): Promise<CredentialSource | null> {
  const key = JSON.stringify([profileName, vendor, kind]);
  const before = context.stored.get(key);
  if (before !== undefined) return before;
  const found = (kind === 'keychain' ? fromKeychain : fromFile)(profileName, vendor, context);
  context.stored.set(key, found);
  return found;
}

async function fromKeychain(
  profileName: string,
  vendor: Vendor,
  { env, platform, askPassphrase }: CredentialContext,
): Promise<CredentialSource | null> {
  const keychain = openKeychain({ env, platform, attended: askPassphrase !== null });
  const value = await keychain.get(keychainAccount(profileName, vendor));
  const source = t`keychain (profile ${profileName})`;
  if (value !== null) return sourceOf(vendor, value.reveal(), source);
  if (platform === 'darwin' || platform === 'win32') return null;
  // The Secret Service hides the entries of a locked keyring: other credentials must not replace them.
  throw new KeypairError('UNAVAILABLE', t`the ${source} is locked, or its entry is gone`, {
    hints: [t`unlock the keychain and try again`, t`or store the credentials again with keypair auth login`],
  });
}

async function fromFile(
  profileName: string,
  vendor: Vendor,
  context: CredentialContext,
): Promise<CredentialSource | null> {
  const found = await findLoginFile(context, profileName, vendor);
  if (found === null) return null;
  if (found.open) context.warn(othersCanRead(found.shown));
  return sourceOf(vendor, await textOf(found, context), found.shown);
}

async function textOf(
  { bytes, encrypted, shown }: FoundLoginFile,
  { askPassphrase }: CredentialContext,
): Promise<string> {
  if (!encrypted) return bytes.toString('utf8');
  if (askPassphrase === null) {
    throw new KeypairError('AUTH', t`${shown} has a passphrase, but there is no terminal to ask for it`, {
      hints: [t`run this on a terminal, or give the credentials in the environment`],
    });
  }
  const passphrase = await askPassphrase(t`Passphrase of ${shown}:`);
  return (await decryptWithPassphrase(bytes, passphrase, shown)).reveal();
}

function sourceOf(vendor: Vendor, text: string, source: string): CredentialSource {
  return staticSource({ ...readStoredForm(vendor, text, source), source, expiresAt: null });
}

/** What a login stores: an access key as the vendor issued it. */
export type StoredKey = Pick<Credentials, 'id' | 'secret' | 'token'>;

/** The characters of every id, secret and token: they go into headers. */
const VISIBLE = /^[\x21-\x7e]{1,4096}$/;

/** Whether a text can be an id, a secret or a token. */
export function isKeyText(text: string): boolean {
  return VISIBLE.test(text);
}

/** The stored form of a key: `{"id":"…","secret":"…","token":null}`. */
export function storedForm({ id, secret, token }: StoredKey): Secret {
  return new Secret(JSON.stringify({ id, secret: secret.reveal(), token: token?.reveal() ?? null }));
}

/**
 * Reads what {@link storedForm} wrote. Others may have changed it since.
 *
 * @param where its file or keychain entry, for messages.
 * @throws KeypairError `AUTH`, without the content, for anything else.
 */
function readStoredForm(vendor: Vendor, text: string, where: string): StoredKey {
  const { id, secret, token = null } = parsed(text);
  const hasId = isText(id) || (id === '' && vendorOf(vendor).key.id === null);
  if (!hasId || !isText(secret) || !(token === null || isText(token))) {
    throw new KeypairError('AUTH', t`${where} does not hold what keypair auth login writes`, {
      hints: [t`store the credentials again with keypair auth login`],
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
