import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { KeyFormatError } from '../../../keys/format-error.ts';
import { parsePrivateKey } from '../../../keys/private-key.ts';
import { formatPublicKey, type PublicKey } from '../../../keys/public-key.ts';
import { t, translated } from '../../../language/t.ts';
import { readSmallFile } from '../../../local/key-file.ts';
import type { LocalKey, LocalKeys } from '../../../local/key-index.ts';
import { createExclusive, isTaken, isTemporaryName } from '../../../store/files.ts';
import { printable } from '../../../sanitize.ts';
import { type Finding, finding } from '../finding.ts';
import type { Check } from '../input.ts';
import { changeMode } from '../mend.ts';
import { ownKeys } from '../own-keys.ts';
import { shellWord } from '../../../shell-word.ts';

/** Whether ssh will use the private keys that are here, and whether the public halves beside them are theirs. */
export const keyFiles: Check = {
  id: 'key-files',
  title: 'key files',
  calls: false,
  run: async (input) => {
    const local = await input.localKeys();
    const isOwn = await ownKeys(input);
    const halves = await Promise.all(local.keys.map((key) => lookAtPublicHalf(key, local, isOwn)));
    const found = [
      ...local.unreadable.map(unreadable),
      ...local.keys.flatMap(lookAtMode),
      ...(await unusableKeys(input.keyDirectory)),
      ...halves.flat(),
    ];
    if (found.length > 0) return found;
    const count = local.keys.filter(({ privateKeyFile }) => privateKeyFile !== null).length;
    return [finding('ok', ofKeys(count))];
  },
};

function ofKeys(count: number): string {
  if (count === 0) return t`no private keys here`;
  return count === 1
    ? t`1 private key here, for your eyes only`
    : t`${count} private keys here, for your eyes only`;
}

function unreadable(file: string): Finding {
  const hints = [t`see whose it is: ls -ld ${shellWord(file)}`];
  return finding('note', t`${printable(file)} cannot be read, and may be a key`, { file, hints });
}

/** ssh refuses a private key that others can read (ssh(1), FILES). */
function lookAtMode({ privateKeyFile: file, mode, link }: LocalKey): readonly Finding[] {
  if (file === null || mode === null || (mode & 0o077) === 0) return [];
  const shown = printable(file);
  const message = t`others may read the private key ${shown} (0${mode.toString(8)}): ssh refuses to use it`;
  const apply = (): Promise<string> => changeMode(file, 0o600);
  return [
    finding('problem', message, {
      file,
      // What a link leads to may be others' to read on purpose.
      fixes: [{ title: t`chmod 600 ${shown}`, consent: link ? 'person' : 'nobody', apply }],
    }),
  ];
}

async function lookAtPublicHalf(
  { name, privateKeyFile, publicKeyFile, publicKey }: LocalKey,
  local: LocalKeys,
  isOwn: (publicKey: PublicKey) => boolean,
): Promise<readonly Finding[]> {
  if (privateKeyFile === null || publicKeyFile !== null) return [];
  const file = `${privateKeyFile}.pub`;
  const [shown, key] = [printable(file), printable(privateKeyFile)];
  const hints = [t`see which is right: ssh-keygen -y -f ${shellWord(privateKeyFile)}`];
  const another = local.keys.some((other) => other.publicKeyFile === file);
  if (another) return [finding('problem', t`${shown} is not the public half of ${key}`, { file, hints })];
  if (await isTaken(file).catch(() => true)) {
    return [finding('problem', t`${shown} holds no public key`, { file, hints })];
  }
  // Keys that somebody else has made may do without, as those of other clouds do.
  if (publicKey === null || !isOwn(publicKey)) return [];
  const line = formatPublicKey(publicKey, publicKey.comment === '' ? name : publicKey.comment);
  const apply = async (): Promise<string> => {
    const handle = await createExclusive(file, 0o644);
    try {
      await handle.writeFile(`${line}\n`);
    } finally {
      await handle.close();
    }
    return t`wrote ${shown}`;
  };
  const fix = { title: t`write ${shown} from the private key`, consent: 'nobody', apply } as const;
  return [finding('note', t`${key} has no public half beside it`, { file: privateKeyFile, fixes: [fix] })];
}

/** Files that are private keys by their looks, and cannot be used. */
async function unusableKeys(directory: string): Promise<readonly Finding[]> {
  const names = await readdir(directory).catch((): string[] => []);
  const found: Finding[] = [];
  for (const name of names.sort()) {
    if (name.endsWith('.pub') || isTemporaryName(name)) continue;
    const file = path.join(directory, name);
    const reading = await readSmallFile(file);
    if (reading === null || reading === 'unreadable') continue;
    if (!reading.text.reveal().includes('PRIVATE KEY-----')) continue;
    try {
      parsePrivateKey(reading.text);
    } catch (error) {
      if (!(error instanceof KeyFormatError)) throw error;
      if (error.reason !== 'damaged' && error.reason !== 'mismatch') continue;
      const hints = ['put a whole copy in its place, if there is one; else make a new pair'];
      const message = t`${printable(file)} is a private key that cannot be used: ${translated(error.message)}`;
      found.push(finding('problem', message, { file, hints }));
    }
  }
  return found;
}
