import { expandPath } from '../../paths.ts';
import { KeypairError, SeveralFailures } from '../../errors.ts';
import {
  fingerprintIn,
  matchFingerprint,
  md5Fingerprint,
  sha256Fingerprint,
} from '../../keys/fingerprint.ts';
import { labelled } from '../../i18n/phrases.ts';
import { t } from '../../i18n/t.ts';
import type { Result, Session } from '../../cli/session.ts';
import { printable } from '../../sanitize.ts';
import { shellWord } from '../../shell-quote.ts';
import { displayWidth, padTo } from '../../ui/width.ts';
import { dropCopies } from '../../operations/copies.ts';
import { askFile, readKeyFile } from '../../cli/read-input.ts';
import { type Key, readKeys } from '../../operations/read-keys.ts';

/** The flags of `fingerprint`, as Commander names them. */
export interface FingerprintFlags {
  readonly all: boolean;
  readonly match: string;
}

/** Longer than the authorized_keys of any machine, in bytes. */
const LIMIT = 1024 * 1024;

/**
 * Runs `fingerprint`: each file on its own, so that one bad file does not hide the others.
 *
 * @throws KeypairError `USAGE` for a `--match` that is no fingerprint, before any file is read.
 */
export async function runFingerprint(
  session: Session,
  given: readonly string[],
  flags: Partial<FingerprintFlags>,
): Promise<void> {
  const wanted = flags.match === undefined ? null : fingerprintIn(flags.match);
  if (flags.match !== undefined && wanted === null) {
    throw new KeypairError('USAGE', t`--match: not a fingerprint`, {
      hints: [t`give one such as SHA256:…, MD5:…, or a line of ssh-keygen -l`],
    });
  }
  if (given.length === 0 && !session.interactive) throw new KeypairError('USAGE', t`missing: ${'FILE'}`);
  const files = given.length > 0 ? given : [await askFile(session, t`Key file:`)];
  const failures: KeypairError[] = [];
  for (const file of files) {
    try {
      const { context } = session;
      const keys = readKeys(file, await readKeyFile(session, file, LIMIT), context.platform);
      const results =
        wanted === null
          ? keys.map((key) => describe(file, key, flags.all === true))
          : [matching(file, keys, wanted)];
      for (const [index, result] of results.entries()) {
        const blank = index > 0 && flags.all === true ? '\n' : '';
        session.result({ ...result, text: `${blank}${result.text}` });
      }
      const read = expandPath(file, context);
      if (file !== '-') await dropCopies(session, () => read);
    } catch (error) {
      if (!(error instanceof KeypairError)) throw error;
      session.reportError(error);
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new SeveralFailures(failures);
}

function jsonOf(file: string, { publicKey, certificate }: Key): Readonly<Record<string, unknown>> {
  return {
    file,
    keyType: publicKey.keyType,
    bits: publicKey.bits,
    comment: publicKey.comment,
    certificate,
    fingerprints: { sha256: sha256Fingerprint(publicKey), md5: md5Fingerprint(publicKey) },
  };
}

/** The first key of a file that has this fingerprint. */
function matching(file: string, keys: readonly Key[], wanted: string): Result {
  for (const key of keys) {
    const match = matchFingerprint(wanted, key.dialects);
    if (match === null) continue;
    return {
      json: { ...jsonOf(file, key), match: match.id },
      text: `${labelled(match.title, match.value)}\n`,
      quiet: match.id,
    };
  }
  throw new KeypairError('NOT_FOUND', t`${file} does not have this fingerprint in any dialect`, {
    hints: [t`see all of them with keypair fingerprint --all ${shellWord(file)}`],
  });
}

function describe(file: string, key: Key, all: boolean): Result {
  const { publicKey, kind, dialects } = key;
  const tail = `${printable(publicKey.comment) || t`no comment`} (${kind})`;
  const json = jsonOf(file, key);
  if (all) {
    const titles = dialects.map(({ title }) => title);
    const width = Math.max(...titles.map(displayWidth));
    return {
      json: { ...json, dialects: Object.fromEntries(dialects.map(({ id, value }) => [id, value])) },
      text: dialects.map(({ value }, index) => `${padTo(titles[index] ?? '', width)}  ${value}\n`).join(''),
      quiet: dialects.map(({ value }) => value).join('\n'),
    };
  }
  const sha256 = sha256Fingerprint(publicKey);
  return {
    json,
    text: `${publicKey.bits} ${sha256} ${tail}\n${publicKey.bits} ${md5Fingerprint(publicKey)} ${tail}\n`,
    quiet: sha256,
  };
}
