import { lstat, readFile, unlink } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { confirm, missingConsent, type Session } from '../cli/session.ts';
import { keyDirectory } from '../cli/settings.ts';
import { withConnections } from '../connection/connect.ts';
import { KeypairError, SeveralFailures } from '../errors.ts';
import { joinList, t } from '../i18n/t.ts';
import { homeShort } from '../paths.ts';
import { shellWord } from '../sanitize.ts';
import {
  configText,
  INCLUDE_LINE,
  includesOwn,
  isOwnConfig,
  OWN_CONFIG,
  saysLineAdded,
  withLine,
  withoutLine,
} from '../ssh/config-text.ts';
import { findProgram } from '../ssh/program.ts';
import {
  errorCode,
  isTaken,
  linkTarget,
  makePrivateDirectory,
  mapFsErrors,
  removeIfThere,
  replaceFile,
  writeNewFile,
} from '../storage/fs.ts';
import { readGuarded } from '../storage/read-guarded.ts';
import { checkHosts, type ConfigHost, configHosts } from './config-hosts.ts';
import { instanceServices, instancesOn } from './instances.ts';
import { keysHere } from './local-keys.ts';

/** The flags of `ssh-config print` and `install`. */
interface ConfigFlags {
  readonly private?: boolean;
  readonly keyDir?: string;
  readonly dryRun?: boolean;
}

/** What `print` prints. */
interface PrintedConfig {
  readonly hosts: readonly ConfigHost[];
  readonly text: string;
  /** Of services that could not be listed. Each was reported. */
  readonly failures: readonly KeypairError[];
}

/**
 * The Host entries of the selected services, as `install` would write them. A configuration that `install` must not
 * change is only read.
 */
export async function printConfig(session: Session, flags: ConfigFlags): Promise<PrintedConfig> {
  const file = path.join(session.context.home, '.ssh', 'config');
  const found = await readGuarded(file, LONGEST, 'follow').catch(() => 'not a file' as const);
  return printedFor(session, typeof found === 'string' ? Buffer.alloc(0) : found.bytes, flags, []);
}

async function printedFor(
  session: Session,
  bytes: Buffer,
  flags: ConfigFlags,
  missing: readonly string[],
): Promise<PrintedConfig> {
  const { context } = session;
  const program = findProgram(context, 'ssh');
  const services = await instanceServices(session, missing);
  const local = await keysHere(session, keyDirectory(session, flags.keyDir));
  const found = await withConnections(session, (connections) => instancesOn(session, connections, services, local));
  const config = { program, home: context.home, bytes };
  const hosts = await session.withSpinner(t`asking ssh about its configuration`, () =>
    configHosts(session, config, found.instances, flags.private === true),
  );
  return { hosts, text: configText(hosts, false), failures: found.failures };
}

/** What `install` and `remove` did, or would do. */
interface ConfigChange {
  /** `~/.ssh/keypair.config` as an absolute path. */
  readonly file: string;
  /** `~/.ssh/config`, or where its link leads. */
  readonly config: string;
  readonly hosts: readonly ConfigHost[];
  /** Whether the line in `~/.ssh/config` was added, or removed. */
  readonly lineChanged: boolean;
  /** The copy of `~/.ssh/config` that was made; null if none. */
  readonly backup: string | null;
  readonly dryRun: boolean;
}

/**
 * Writes our file, and the line that includes it at the top of `~/.ssh/config`, after ssh has read both as they will be.
 *
 * @throws KeypairError `CONFLICT` if our file is somebody else's or a host would change; `NOT_FOUND` if no private key is
 * here; `USAGE` for a configuration that ssh refuses or that must not be written; `CANCELLED`.
 */
export async function installConfig(session: Session, flags: ConfigFlags): Promise<ConfigChange> {
  const { context } = session;
  const { user, own } = await filesOf(session);
  const isIncluded = includesOwn(user.bytes, context.home);
  const { hosts, failures } = await printedFor(session, user.bytes, flags, isIncluded ? [] : missingConsent(session));
  // What a silent service has would be lost from the file.
  if (failures.length > 0) throw new SeveralFailures(failures);
  if (hosts.length === 0) {
    throw new KeypairError('NOT_FOUND', t`no instance has a key pair whose private key is on this machine`, {
      hints: [t`see what is there with: keypair instances -p all -r all`],
    });
  }
  const text = configText(hosts, !isIncluded || (own.text !== null && saysLineAdded(own.text)));
  await session.withSpinner(t`asking ssh about its configuration`, () =>
    checkHosts({ program: findProgram(context, 'ssh'), home: context.home, bytes: user.bytes }, hosts),
  );
  const change: ConfigChange = {
    file: own.file,
    config: user.file,
    hosts,
    lineChanged: !isIncluded,
    backup: isIncluded || !user.exists ? null : copyName(user.file, 1 + (await copiesOf(user.file)).length),
    dryRun: flags.dryRun === true,
  };
  if (change.dryRun) return change;
  const shown = homeShort(context.home, user.shown);
  if (!isIncluded) await confirm(session, t`Add the line "${INCLUDE_LINE}" at the top of ${shown}?`);
  await mapFsErrors(
    path.dirname(own.file),
    async () => {
      await makePrivateDirectory(path.dirname(own.file));
      if (change.backup !== null) await writeNewFile(change.backup, 0o600, user.bytes);
      await replaceFile(own.file, text, context.platform);
      if (!isIncluded) await writeConfig(session, user, withLine(user.bytes));
    },
    NO_ADVICE,
  );
  warnOfOtherHome(session);
  return change;
}

/**
 * Removes our file, and our line from `~/.ssh/config`. A file that was not edited since is as before, byte for byte.
 *
 * @returns null if nothing of ours is there.
 * @throws KeypairError `CONFLICT` if our file is somebody else's; `USAGE` for a configuration that must not be written;
 * `CANCELLED`.
 */
export async function removeConfig(session: Session, { dryRun = false }: ConfigFlags): Promise<ConfigChange | null> {
  const { context } = session;
  const { user, own } = await filesOf(session);
  const copies = await copiesOf(user.file);
  const isOurs = copies.length > 0 || (own.text !== null && saysLineAdded(own.text));
  const rest = isOurs ? withoutLine(user.bytes) : null;
  if (rest === null && own.text === null) return null;
  const change = { file: own.file, config: user.file, hosts: [], lineChanged: rest !== null, backup: null, dryRun };
  if (dryRun) return change;
  const names = [own.text === null ? null : own.file, rest === null ? null : user.shown].filter(
    (file) => file !== null,
  );
  await confirm(
    session,
    t`Take back what ssh-config install wrote (${joinList(names.map((file) => homeShort(context.home, file)))})?`,
  );
  await mapFsErrors(
    path.dirname(own.file),
    async () => {
      // Without a copy there was no file.
      if (rest?.length === 0 && copies.length === 0) await unlink(user.file);
      else if (rest !== null) await writeConfig(session, user, rest);
      if (own.text !== null) await removeIfThere(own.file);
      for (const copy of copies) if (rest?.equals(await readFile(copy)) === true) await removeIfThere(copy);
    },
    NO_ADVICE,
  );
  return change;
}

const NO_ADVICE = { hints: [] };

/** `~/.ssh/config` as it is. */
interface ConfigFile {
  /** As the user knows it. */
  readonly shown: string;
  /** The file itself, behind links. */
  readonly file: string;
  readonly exists: boolean;
  readonly bytes: Buffer;
  readonly mode: number;
}

/** The longest configuration that is read, in bytes. */
const LONGEST = 1 << 20;

async function filesOf({ context }: Session): Promise<{
  readonly user: ConfigFile;
  readonly own: { readonly file: string; readonly text: string | null };
}> {
  const directory = path.join(context.home, '.ssh');
  const own = path.join(directory, OWN_CONFIG);
  return mapFsErrors(
    directory,
    async () => ({
      user: await readConfig(path.join(directory, 'config'), context.platform),
      own: { file: own, text: await readOwn(own) },
    }),
    NO_ADVICE,
  );
}

/** @throws KeypairError `USAGE` for a file that ssh refuses, or that must not be changed. */
async function readConfig(shown: string, platform: string): Promise<ConfigFile> {
  const file = await linkTarget(shown);
  const none = { shown, file, exists: false, bytes: Buffer.alloc(0), mode: 0o600 };
  let found;
  try {
    found = await readGuarded(file, LONGEST, 'follow', platform === 'win32' ? null : userInfo().uid);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return none;
    throw error;
  }
  const word = shellWord(file);
  const byHand = t`or include a file of your own with what this prints: keypair ssh-config print -p all -r all`;
  const refuse = (message: string, ...hints: readonly string[]): never => {
    throw new KeypairError('USAGE', message, { hints: [...hints, t`nothing was changed`] });
  };
  if (found === 'writable')
    return refuse(t`others may write ${file}, so ssh refuses it`, t`correct it with: chmod go-w ${word}`);
  if (found === 'foreign') return refuse(t`${file} belongs to another user`, byHand);
  if (typeof found === 'string') return refuse(t`${file} is no file, or longer than 1 MiB`);
  const { bytes, mode } = found;
  if ((mode & 0o200) === 0) return refuse(t`${file} is read-only`, t`if that may change: chmod u+w ${word}`, byHand);
  if (bytes.subarray(0, 3).equals(Buffer.from('\ufeff')))
    return refuse(t`${file} begins with a byte order mark, which ssh refuses`, t`save it as UTF-8 without one`);
  if (bytes.includes(0)) return refuse(t`${file} is no text that ssh reads`);
  return { ...none, exists: true, bytes, mode };
}

/** @throws KeypairError `CONFLICT` for a file that is not ours. */
async function readOwn(file: string): Promise<string | null> {
  let text: string | null = null;
  try {
    if ((await lstat(file)).isFile()) text = await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
  if (text !== null && isOwnConfig(text)) return text;
  throw new KeypairError('CONFLICT', t`${file} was not written by keypair`, {
    hints: [t`nothing was changed: give that file another name first`],
  });
}

/** @throws KeypairError `UNAVAILABLE` if the file has changed since it was read. */
async function writeConfig({ context }: Session, was: ConfigFile, bytes: Buffer): Promise<void> {
  const { file, shown, exists, mode } = was;
  const now = await readConfig(shown, context.platform);
  if (now.file !== file || now.exists !== exists || !now.bytes.equals(was.bytes)) {
    throw new KeypairError('UNAVAILABLE', t`${shown} has just been changed by another program`, {
      hints: [t`it was left as it is: try again`],
    });
  }
  await replaceFile(file, bytes, context.platform, mode);
}

/** The copies of a configuration that earlier installs have made: `config.before-keypair`, `config.before-keypair.2`, … */
async function copiesOf(file: string): Promise<readonly string[]> {
  const copies: string[] = [];
  for (let name = copyName(file, 1); await isTaken(name); name = copyName(file, copies.length + 1)) copies.push(name);
  return copies;
}

function copyName(file: string, number: number): string {
  return `${file}.before-keypair${number === 1 ? '' : `.${number}`}`;
}

/** ssh looks for the home directory in the list of users, not in HOME. */
function warnOfOtherHome({ context, warn }: Session): void {
  const { homedir } = userInfo();
  if (path.resolve(homedir) !== path.resolve(context.home))
    warn(t`ssh reads ${path.join(homedir, '.ssh')}, whatever HOME is`);
}
