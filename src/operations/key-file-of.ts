import { existsSync } from 'node:fs';
import type { Session } from '../cli/session.ts';
import { keyDirectory } from '../cli/settings.ts';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { expandPath, stateDirectory } from '../paths.ts';
import { printable } from '../sanitize.ts';
import { readLedger } from '../storage/ledger-file.ts';
import { keysHere } from './local-keys.ts';

/**
 * The absolute path of the key file with this name: in the key directory, of a pair in the ledger, or in the working
 * directory. A path is a file.
 *
 * @throws KeypairError `NOT_FOUND`; `CONFLICT` if the ledger has several.
 */
export async function keyFileOf(session: Session, given: string, keyDir: string | undefined): Promise<string> {
  const { context } = session;
  if (/[/\\~]/.test(given)) return expandPath(given, context);
  const directory = keyDirectory(session, keyDir);
  const local = await keysHere(session, directory);
  const here = local.named(given);
  const found = here?.privateKeyFile ?? here?.refused?.file ?? here?.publicKeyFile ?? null;
  if (found !== null) return found;
  const noted = (await readLedger(stateDirectory(context), context.platform))
    .filter(({ made }) => made.name === given)
    .flatMap(({ made }) => made.privateKeyFile ?? [])
    .filter((file) => existsSync(file));
  const [only, ...more] = new Set(noted);
  if (more.length > 0) {
    throw new KeypairError('CONFLICT', t`several key files belong to pairs named ${given}: give one of them`, {
      hints: [only ?? '', ...more].map((file) => t`one is: ${printable(file)}`),
    });
  }
  if (only !== undefined) return only;
  const file = expandPath(given, context);
  if (existsSync(file)) return file;
  throw new KeypairError('NOT_FOUND', t`no key named ${given} is on this machine`, {
    hints: [t`or give the path of the file: ~/.ssh/foo`],
  });
}
