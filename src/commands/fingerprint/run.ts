import { expandPath } from '../../config/paths.ts';
import { Secret } from '../../credentials/secret.ts';
import { KeypairError, SeveralFailures } from '../../errors.ts';
import {
  fingerprintDialects,
  type FingerprintDialect,
  matchFingerprint,
  md5Fingerprint,
  sha256Fingerprint,
} from '../../keys/fingerprint.ts';
import { KeyFormatError } from '../../keys/format-error.ts';
import { parsePrivateKey } from '../../keys/private-key.ts';
import { parsePublicKey, type PublicKey } from '../../keys/public-key.ts';
import { labelled } from '../../language/phrases.ts';
import { t, translated } from '../../language/t.ts';
import type { Result, Session } from '../../session.ts';
import { printable } from '../../sanitize.ts';
import { displayWidth, padTo } from '../../ui/width.ts';
import { dropCopies } from '../copies.ts';
import type { FingerprintFlags } from './fingerprint.ts';
import { askFile } from '../import/ask-file.ts';
import { readKeyFile } from '../import/read-key-file.ts';

/** Runs `fingerprint`: each file on its own, so that one bad file does not hide the others. */
export async function runFingerprint(
  session: Session,
  given: readonly string[],
  flags: Partial<FingerprintFlags>,
): Promise<void> {
  if (given.length === 0 && !session.interactive) throw new KeypairError('USAGE', t`missing: ${'FILE'}`);
  const files = given.length > 0 ? given : [await askFile(session, t`Key file:`)];
  const failures: KeypairError[] = [];
  for (const file of files) {
    try {
      session.result(describe(file, readKey(file, await readKeyFile(session, file)), flags));
      const { context } = session;
      const read = expandPath(file, context);
      if (file !== '-') await dropCopies(session, () => read);
    } catch (error) {
      if (!(error instanceof KeypairError)) throw error;
      session.failed(error);
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new SeveralFailures(failures);
}

interface Key {
  readonly publicKey: PublicKey;
  readonly dialects: readonly FingerprintDialect[];
}

function describe(file: string, { publicKey, dialects }: Key, flags: Partial<FingerprintFlags>): Result {
  const comment = printable(publicKey.comment) || t`no comment`;
  const tail = `${comment} (${publicKey.keyType.toUpperCase()})`;
  const sha256 = sha256Fingerprint(publicKey);
  const md5 = md5Fingerprint(publicKey);
  const json = {
    file,
    keyType: publicKey.keyType,
    bits: publicKey.bits,
    comment: publicKey.comment,
    fingerprints: { sha256, md5 },
  };
  if (flags.match !== undefined) {
    const match = matchFingerprint(flags.match, dialects);
    if (match === null) {
      throw new KeypairError('NOT_FOUND', t`${file} does not have this fingerprint in any dialect`, {
        hints: [t`see all of them with keypair fingerprint --all ${file}`],
      });
    }
    return {
      json: { ...json, match: match.id },
      text: `${labelled(translated(match.title), match.value)}\n`,
      quiet: match.id,
    };
  }
  if (flags.all === true) {
    const titles = dialects.map(({ title }) => translated(title));
    const width = Math.max(...titles.map(displayWidth));
    return {
      json: { ...json, dialects: Object.fromEntries(dialects.map(({ id, value }) => [id, value])) },
      text: dialects.map(({ value }, index) => `${padTo(titles[index] ?? '', width)}  ${value}\n`).join(''),
      quiet: dialects.map(({ value }) => value).join('\n'),
    };
  }
  return {
    json,
    text: `${publicKey.bits} ${sha256} ${tail}\n${publicKey.bits} ${md5} ${tail}\n`,
    quiet: sha256,
  };
}

function readKey(file: string, text: string): Key {
  try {
    const publicKey = parsePublicKey(text);
    return { publicKey, dialects: fingerprintDialects(publicKey) };
  } catch (error) {
    if (!(error instanceof KeyFormatError)) throw error;
  }
  try {
    const privateKey = parsePrivateKey(new Secret(text));
    return {
      publicKey: privateKey.publicKey,
      dialects: fingerprintDialects(privateKey.publicKey, privateKey),
    };
  } catch (error) {
    if (!(error instanceof KeyFormatError)) throw error;
    throw new KeypairError('USAGE', t`${file} holds no key that can be read: ${translated(error.message)}`, {
      hints: error.reason === 'encrypted' ? [t`give its public half: ${file}.pub`] : [],
      cause: error,
    });
  }
}
