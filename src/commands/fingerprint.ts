import type { Result } from '../cli/session.ts';
import { defineCommand } from '../cli/spec.ts';
import { KeypairError, SeveralFailures } from '../errors.ts';
import { t, withLabel } from '../i18n/t.ts';
import type { DialectId } from '../keys/fingerprint.ts';
import type { Key } from '../operations/read-keys.ts';
import { expandPath } from '../paths.ts';
import { printable, shellWord } from '../sanitize.ts';
import { displayWidth, padTo } from '../ui/width.ts';

/** The maximum size of a file in bytes, larger than any authorized_keys. */
const LIMIT = 1024 * 1024;

/** `keypair fingerprint`: the fingerprints of keys on disk. Calls nothing. */
export const fingerprint = defineCommand({
  name: 'fingerprint',
  withoutProfile: true,
  summary: t`print the fingerprints of a key, in every dialect`,
  changes: [],
  result: async () => (await import('./results/machine.ts')).fingerprinted,
  arguments: [{ name: 'FILE', summary: t`public or private key file; - for stdin`, many: true, asked: true }],
  options: [
    { flags: '--all', summary: t`print every dialect that clouds and tools use` },
    {
      flags: '--match <fingerprint>',
      summary: t`find the dialect in which this is the fingerprint; exit 3 if none`,
    },
  ],
  examples: [
    { line: 'keypair fingerprint ~/.ssh/foo', does: t`SHA256 and MD5, as ssh-keygen -l prints them` },
    {
      line: 'keypair fingerprint --all ~/.ssh/foo.pub',
      does: t`also as AWS, Alibaba Cloud and others print them`,
    },
    {
      line: 'keypair fingerprint --match 89:f0:ba:62:… ~/.ssh/foo',
      does: t`is this the key that the console shows?`,
    },
  ],
  run: async (session, given, { all = false, match }) => {
    const { askFile, readKeyFile } = await import('../cli/read-input.ts');
    const { fingerprintIn, matchFingerprint } = await import('../keys/fingerprint.ts');
    const { dropCopies } = await import('../operations/copies.ts');
    const { readKeys } = await import('../operations/read-keys.ts');
    const { context } = session;
    const wanted = match === undefined ? null : fingerprintIn(match);
    if (match !== undefined && wanted === null) {
      throw new KeypairError('USAGE', t`--match: not a fingerprint`, {
        hints: [t`give one such as SHA256:…, MD5:…, or a line of ssh-keygen -l`],
      });
    }
    if (given.length === 0 && !session.interactive) throw new KeypairError('USAGE', t`missing: ${'FILE'}`);
    const failures: KeypairError[] = [];
    // A bad file does not stop the others.
    for (const file of given.length > 0 ? given : [await askFile(session, t`Key file:`)]) {
      try {
        const keys = readKeys(file, await readKeyFile(session, file, LIMIT), context.platform);
        const results =
          wanted === null
            ? keys.map((key) => describe(file, key, all))
            : [matching(file, keys, (key) => matchFingerprint(wanted, key.dialects))];
        for (const [index, result] of results.entries())
          session.result({ ...result, text: `${index > 0 && all ? '\n' : ''}${result.text}` });
        const read = expandPath(file, context);
        if (file !== '-') await dropCopies(session, () => read);
      } catch (error) {
        if (!(error instanceof KeypairError)) throw error;
        session.reportError(error);
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new SeveralFailures(failures);
  },
});

function describe(file: string, key: Key, all: boolean): Result {
  const { publicKey, kind, dialects } = key;
  const json = jsonOf(file, key);
  if (all) {
    const width = Math.max(...dialects.map(({ title }) => displayWidth(title)));
    return {
      json: { ...json, dialects: Object.fromEntries(dialects.map(({ id, value }) => [id, value])) },
      text: dialects.map(({ title, value }) => `${padTo(title, width)}  ${value}\n`).join(''),
      quiet: dialects.map(({ value }) => value).join('\n'),
    };
  }
  const { sha256, md5 } = json.fingerprints;
  const line = (value: string): string =>
    `${publicKey.bits} ${value} ${printable(publicKey.comment) || t`no comment`} (${kind})\n`;
  return { json, text: `${line(sha256)}${line(md5)}`, quiet: sha256 };
}

/** The first key of a file with the fingerprint. */
function matching(file: string, keys: readonly Key[], matchOf: (key: Key) => Key['dialects'][number] | null): Result {
  for (const key of keys) {
    const match = matchOf(key);
    if (match === null) continue;
    return {
      json: { ...jsonOf(file, key), match: match.id },
      text: `${withLabel(match.title, match.value)}\n`,
      quiet: match.id,
    };
  }
  throw new KeypairError('NOT_FOUND', t`${file} does not have this fingerprint in any dialect`, {
    hints: [t`see all of them with keypair fingerprint --all ${shellWord(file)}`],
  });
}

function jsonOf(file: string, { publicKey, certificate, dialects }: Key) {
  const valueIn = (id: DialectId): string => dialects.find((one) => one.id === id)?.value ?? '';
  return {
    file,
    keyType: publicKey.keyType,
    bits: publicKey.bits,
    comment: publicKey.comment,
    certificate,
    fingerprints: { sha256: valueIn('sha256'), md5: valueIn('md5') },
  };
}
