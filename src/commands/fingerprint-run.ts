import { open } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import type { Context } from '../context.ts';
import { Secret } from '../credentials/secret.ts';
import { KeypairError, SeveralFailures } from '../errors.ts';
import {
  fingerprintDialects,
  type FingerprintDialect,
  matchFingerprint,
  md5Fingerprint,
  sha256Fingerprint,
} from '../keys/fingerprint.ts';
import { KeyFormatError } from '../keys/format-error.ts';
import { parsePrivateKey } from '../keys/private-key.ts';
import { parsePublicKey, type PublicKey } from '../keys/public-key.ts';
import type { Result, Session } from '../session.ts';
import { expandPath } from '../config/paths.ts';
import { errorCode } from '../store/files.ts';
import { printable } from '../transport/sanitize.ts';
import type { FingerprintFlags } from './fingerprint.ts';

/** More than any key file; what is longer is not read to its end. */
const LIMIT = 64 * 1024;

/** Runs `fingerprint`: each file on its own, so that one bad file does not hide the others. */
export async function runFingerprint(
  session: Session,
  files: readonly string[],
  flags: Partial<FingerprintFlags>,
): Promise<void> {
  const failures: KeypairError[] = [];
  for (const file of files) {
    try {
      session.result(describe(file, readKey(file, await readText(session, file)), flags));
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
  const comment = printable(publicKey.comment) || 'no comment';
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
      throw new KeypairError('NOT_FOUND', `${file} does not have this fingerprint in any dialect`, {
        hints: [`see all of them with keypair fingerprint --all ${file}`],
      });
    }
    return { json: { ...json, match: match.id }, text: `${match.title}: ${match.value}\n`, quiet: match.id };
  }
  if (flags.all === true) {
    const width = Math.max(...dialects.map(({ title }) => title.length));
    return {
      json: { ...json, dialects: Object.fromEntries(dialects.map(({ id, value }) => [id, value])) },
      text: dialects.map(({ title, value }) => `${title.padEnd(width)}  ${value}\n`).join(''),
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
    const hint = error.reason === 'encrypted' ? [`give its public half: ${file}.pub`] : [];
    throw new KeypairError('USAGE', `${file} holds no key that can be read: ${error.message}`, {
      hints: hint,
      cause: error,
    });
  }
}

async function readText({ context }: Session, file: string): Promise<string> {
  if (file === '-') return readStdin(context);
  try {
    const handle = await open(expandPath(file, context.cwd, context.home));
    try {
      return await readAll(handle.createReadStream({ end: LIMIT, autoClose: false }));
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const code = errorCode(cause);
    if (code === null) throw cause;
    throw new KeypairError(code === 'ENOENT' ? 'NOT_FOUND' : 'USAGE', `cannot read ${file} (${code})`, {
      cause,
    });
  }
}

async function readStdin({ stdin, interrupts }: Context): Promise<string> {
  try {
    return await readAll(addAbortSignal(interrupts.signal, stdin));
  } catch (cause) {
    if (!interrupts.signal.aborted) throw cause;
    throw new KeypairError('CANCELLED', 'cancelled', { cause });
  }
}

async function readAll(stream: AsyncIterable<string | Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > LIMIT)
      throw new KeypairError('USAGE', `this is longer than any key: more than ${LIMIT / 1024} KiB`);
  }
  return Buffer.concat(chunks).toString('utf8');
}
