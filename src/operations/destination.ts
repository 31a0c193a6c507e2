import path from 'node:path';
import type { CreateFlags } from '../cli/create-options.ts';
import { keyDirectory } from '../cli/key-directory.ts';
import type { Session } from '../cli/session.ts';
import { KeypairError } from '../errors.ts';
import { joinList } from '../i18n/phrases.ts';
import { t } from '../i18n/t.ts';
import { expandPath, stateDirectory } from '../paths.ts';
import type { CreateRequest } from '../providers/types.ts';
import { printable } from '../sanitize.ts';
import type { Secret } from '../secret.ts';
import { checkFileName, caseFold, caseCollisions } from '../storage/file-name.ts';
import { checkFree } from '../storage/key-file.ts';
import type { Destination } from './reservation.ts';

/** Where the key of a new pair goes, as the flags of `create` say it. */
type DestinationFlags = Pick<CreateFlags, 'output' | 'copy' | 'keyDir' | 'recreate'>;

/**
 * Where the private keys go, checked against the disk.
 *
 * @param taken files that may stand there already, since an earlier create of ours may have put them there.
 * @returns one for each request, in order.
 * @throws KeypairError `USAGE` for a place that cannot be, `CONFLICT` where something stands already.
 */
export async function destinationsFor(
  session: Session,
  requests: readonly CreateRequest[],
  flags: DestinationFlags,
  taken: ReadonlySet<string> = new Set(),
): Promise<readonly Destination[]> {
  const { output } = flags;
  if (flags.copy === false && output !== '-')
    throw new KeypairError('USAGE', t`--no-copy is for --output -: a file is no copy`);
  if (output === '-' && flags.recreate !== undefined && flags.recreate !== false)
    throw new KeypairError(
      'USAGE',
      t`--recreate may find the key here, and saves it as a file: leave --output - out`,
    );
  if (output !== undefined && flags.keyDir !== undefined)
    throw new KeypairError('USAGE', t`--key-dir and --output are two places: give one`);
  if (output !== undefined && requests.length > 1)
    throw new KeypairError('USAGE', t`--output is one file, and there are several names`);
  checkApart(requests);
  const destinations: Destination[] = [];
  for (const { name } of requests) {
    if (output === '-') {
      destinations.push(toStdout(session, name, flags.copy !== false));
    } else {
      const file = fileFor(session, name, flags);
      if (!taken.has(file)) await checkFree(file);
      await warnOfLookAlikes(session, file);
      destinations.push({ file, handOver: null, copy: false });
    }
  }
  return destinations;
}

/**
 * Two names of one run that would be one file where case or Unicode form does not count: the second key would find its
 * place taken only after the cloud has made it. One after the other they are two runs, and the file system decides.
 *
 * @throws KeypairError `USAGE`.
 */
export function checkApart(requests: readonly CreateRequest[]): void {
  const seen = new Map<string, string>();
  for (const { name } of requests) {
    const other = seen.get(caseFold(name));
    if (other !== undefined) {
      throw new KeypairError('USAGE', t`${other} and ${name} differ only by case or Unicode form`, {
        hints: [t`on many file systems they are one file: choose another name, or make one after the other`],
      });
    }
    seen.set(caseFold(name), name);
  }
}

/** Warns of files that would be this key file, or its `.pub`, where case or Unicode form does not count. */
export async function warnOfLookAlikes(session: Session, file: string): Promise<void> {
  const others = await caseCollisions(file);
  if (others.length === 0) return;
  const name = path.basename(file);
  session.warn(
    t`${name} differs from ${joinList(others.map((other) => printable(other)))} beside it only by case or Unicode form: on many file systems they are one file`,
  );
}

function fileFor(session: Session, name: string, { output, keyDir }: DestinationFlags): string {
  const { context } = session;
  if (output === undefined) return keyFileFor(session, name, keyDir);
  const file = expandPath(output, context);
  checkFileName(path.basename(file), context.platform);
  return file;
}

/**
 * The key file of this name in the key directory.
 *
 * @param keyDir as written.
 * @throws KeypairError `USAGE` for a name that no key file can have.
 */
export function keyFileFor(session: Session, name: string, keyDir: string | undefined): string {
  checkFileName(name, session.context.platform);
  return path.join(keyDirectory(session, keyDir), name);
}

function toStdout({ context, settings }: Session, name: string, copy: boolean): Destination {
  if (settings.json) {
    throw new KeypairError(
      'USAGE',
      t`--output - puts the private key on stdout, and --json puts JSON there: give one`,
    );
  }
  if (context.stdout.isTTY === true) {
    throw new KeypairError('USAGE', t`a private key is not printed on a terminal`, {
      hints: [t`send stdout to a program or a file, or leave --output - out`],
    });
  }
  if (context.stdout.isNullDevice === true) {
    throw new KeypairError('USAGE', t`--output - would send the private key nowhere: nobody reads stdout`, {
      hints: [t`send stdout to a program or a file, or leave --output - out`],
    });
  }
  const held = path.join(stateDirectory(context), 'stdout', `${name}-${context.pid}`);
  return {
    file: held,
    copy,
    handOver: (privateKey: Secret) =>
      new Promise((resolve, reject) => {
        context.stdout.write(privateKey.reveal(), (error) => {
          if (error) reject(error);
          else resolve();
        });
      }),
  };
}
