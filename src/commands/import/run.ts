import type { NewPairFlags } from '../create/flags.ts';
import { KeypairError } from '../../errors.ts';
import type { PublicKey } from '../../keys/public-key.ts';
import { listed } from '../../i18n/phrases.ts';
import { t } from '../../i18n/t.ts';
import type { CreateRequest, Descriptor } from '../../providers/types.ts';
import type { Session } from '../../cli/session.ts';
import { type Connection, withServices } from '../../connection/connect.ts';
import { askName } from '../create/answers.ts';
import { doMany } from '../../cli/batch.ts';
import { requestsFor } from '../create/request.ts';
import { askFile } from '../../cli/read-input.ts';
import { checkKey, readGivenKey } from '../../operations/import-key.ts';
import { keyDirectory, keysHere } from '../../cli/key-directory.ts';
import { keyPairResult, type KnownPair } from '../../operations/key-pair-record.ts';
import { noteChange } from '../../operations/completion-cache.ts';
import { checkAbility } from '../../cli/validate.ts';
import { rememberPair } from '../../operations/ledger.ts';
import { providerAnswer } from '../../cli/ask-provider.ts';
import { settleEverywhere, withRegion } from '../../connection/all-regions.ts';
import type { Target } from '../../connection/target.ts';
import { privateHalfNote } from '../../operations/untold-keys.ts';
import { warnIfWeak } from '../../operations/weak-key.ts';
import { knownFromUpload, uploadPublicKey } from '../../operations/upload.ts';

/** The flags of `import`, as Commander names them. */
export interface ImportFlags extends NewPairFlags {
  readonly name: string;
  readonly fromPrivate: boolean;
}

/** Regions that are dealt with at once: each has limits of its own. */
const AT_ONCE = 20;

/** Runs `import`: the key is read and checked before the first call, and put into all regions at the same time. */
export async function runImport(
  session: Session,
  givenFile: string | null,
  flags: Partial<ImportFlags>,
): Promise<void> {
  const { context } = session;
  const { descriptor, name, file } = await answersFor(session, givenFile, flags.name ?? null);
  checkAbility(descriptor, flags.apiVersion ?? descriptor.apiVersions[0], 'import', 'import');
  const [request] = requestsFor(named(descriptor), [name], flags, session.settings.profile);
  if (request === undefined) return;
  const { publicKey, privateKeyFile } = await readGivenKey(session, file, flags.fromPrivate === true);
  await checkKey(session, descriptor, name, publicKey, flags.keyDir);
  const { targets: all, failures } = await settleEverywhere(session, [descriptor], flags.apiVersion ?? null);
  // Where the service has no such region, nothing is uploaded.
  const targets = all.filter(({ everywhere }) => everywhere !== 'unlisted');
  const left = all.filter((target) => !targets.includes(target)).map(({ region }) => region);
  if (left.length > 0) session.warn(t`left out, since ${descriptor.id} does not list them: ${listed(left)}`);
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  if (descriptor.warning !== null) session.warn(descriptor.warning);
  warnIfWeak(session, publicKey);
  const local = await keysHere(session, keyDirectory(session, flags.keyDir));
  const here = local.find(publicKey);
  const paths = {
    privateKeyPath: here?.privateKeyFile ?? privateKeyFile,
    publicKeyPath: here?.publicKeyFile ?? null,
  };
  await withServices(session, async (services) => {
    const many = {
      items: targets,
      nameOf: ({ region }: Target) => region,
      doing: uploading(name, targets),
      atOnce: AT_ONCE,
      // Regions may belong to accounts of their own (finance), or may not be open to this one.
      endsAll: () => false,
    };
    await doMany(session, many, async (target, interrupted) => {
      try {
        const connection = await services.connect(target);
        const known = await uploadTo(session, connection, request, publicKey, paths, interrupted);
        session.result(keyPairResult(known, await session.style(context.stdout)));
        await noteChange(session, connection, null, known);
      } catch (error) {
        throw targets.length > 1 && error instanceof KeypairError ? withRegion(target, error) : error;
      }
    });
  });
  if (targets.length === 1 && paths.privateKeyPath === null) {
    session.info(privateHalfNote(publicKey, local) ?? t`its private half is not on this machine`);
  }
}

function uploading(name: string, targets: readonly Target[]): string {
  const [only, ...more] = targets;
  return only !== undefined && more.length === 0
    ? t`uploading ${name} to ${only.region}`
    : t`uploading ${name} to ${targets.length} regions`;
}

/** The provider with the rule for imported names. */
function named(descriptor: Descriptor): Descriptor {
  return { ...descriptor, nameRule: descriptor.importNameRule ?? descriptor.nameRule };
}

async function answersFor(
  session: Session,
  file: string | null,
  name: string | null,
): Promise<{ readonly descriptor: Descriptor; readonly name: string; readonly file: string }> {
  const missing = [...(name === null ? ['--name'] : []), ...(file === null ? ['FILE'] : [])];
  const descriptor = await providerAnswer(session, missing);
  return {
    descriptor,
    name: name ?? (await askName(session, named(descriptor).nameRule)),
    file: file ?? (await askFile(session, t`Public key file:`)),
  };
}

/** One upload, whose outcome is waited for whatever the user presses. */
function uploadTo(
  session: Session,
  connection: Connection,
  request: CreateRequest,
  publicKey: PublicKey,
  paths: Pick<KnownPair, 'privateKeyPath' | 'publicKeyPath'>,
  interrupted: () => void,
): Promise<KnownPair> {
  const { context, settings } = session;
  const { interrupts } = context;
  if (interrupts.requested) throw new KeypairError('CANCELLED', t`cancelled: nothing was called`);
  return interrupts.hold(async () => {
    const uploaded = await uploadPublicKey(connection, request, publicKey, 0, interrupts.signal);
    await rememberPair(session, connection, uploaded.pair, publicKey, paths.privateKeyPath, false);
    return knownFromUpload(connection, uploaded, publicKey, paths, settings.sandbox);
  }, interrupted);
}
