import { lstat, readFile, unlink } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { confirm, missingConsent, type Session } from '../cli/session.ts';
import { keyDirectory } from '../cli/settings.ts';
import { withConnections } from '../connection/connect.ts';
import { everywhere, type Target } from '../connection/target.ts';
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
  type OwnBlock,
  ownBlocks,
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
  removeLeftovers,
  replaceFile,
  temporaryNameOf,
  writeNewFile,
} from '../storage/fs.ts';
import { readGuarded } from '../storage/read-guarded.ts';
import { checkHosts, type ConfigHost, configHosts, type UserConfig } from './config-hosts.ts';
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
  const config = configOf(session, typeof found === 'string' ? Buffer.alloc(0) : found.bytes);
  const { hosts, failures } = await hostsFor(session, config, null, flags, []);
  return { hosts, text: configText(hosts, false, []), failures };
}

function configOf({ context }: Session, bytes: Buffer): UserConfig {
  return { program: findProgram(context, 'ssh'), signal: context.interrupts.signal, home: context.home, bytes };
}

/** The hosts of the selected services. Of our file, the blocks of other services and regions are kept. */
async function hostsFor(
  session: Session,
  config: UserConfig,
  own: string | null,
  flags: ConfigFlags,
  missing: readonly string[],
): Promise<{
  readonly hosts: readonly ConfigHost[];
  readonly kept: readonly OwnBlock[];
  /** The aliases in our file that are not among them. */
  readonly removed: readonly string[];
  readonly targets: readonly Target[];
  readonly failures: readonly KeypairError[];
}> {
  const services = await instanceServices(session, missing);
  const local = await keysHere(session, keyDirectory(session, flags.keyDir));
  const { instances, failures } = await withConnections(session, (connections) =>
    instancesOn(session, connections, services, local),
  );
  const listed = new Set([
    ...services.targets.map(({ descriptor, region }) => `${descriptor.id} ${region}`),
    // Two services may list the same instance.
    ...instances.flatMap(({ instance, openedBy }) => (openedBy.length > 0 ? [instance.id] : [])),
  ]);
  const blocks = ownBlocks(own ?? '');
  const others = blocks.filter(({ place, aliases }) => ![place, ...aliases].some((one) => listed.has(one)));
  const { hosts, kept } = await session.withSpinner(t`asking ssh about its configuration`, () =>
    configHosts(session, config, instances, flags.private === true, others),
  );
  const all = new Set([...kept.flatMap(({ aliases }) => aliases), ...hosts.map(({ alias }) => alias)]);
  const removed = blocks.flatMap(({ aliases }) => aliases).filter((alias) => !all.has(alias));
  return { hosts, kept, removed, targets: services.targets, failures };
}

/** What `install` did, or would do. */
interface Installed extends ConfigChange {
  readonly hosts: readonly ConfigHost[];
  /** The aliases of other services and regions, which stayed in our file. */
  readonly kept: readonly string[];
  /** The aliases of these services and regions that were in our file, and are no more. */
  readonly removed: readonly string[];
  /** The copy of `~/.ssh/config`; null if it needs none. */
  readonly backup: string | null;
}

/** What `install` and `remove` did, or would do. */
interface ConfigChange {
  /** `~/.ssh/keypair.config` as an absolute path. */
  readonly file: string;
  /** `~/.ssh/config`, or where its link leads. */
  readonly config: string;
  /** Whether the line in `~/.ssh/config` was added, or removed. */
  readonly lineChanged: boolean;
  readonly dryRun: boolean;
}

/**
 * Writes our file, and the line that includes it at the top of `~/.ssh/config`, after ssh has read both as they will be.
 *
 * @throws KeypairError `CONFLICT` if our file is somebody else's or a host would change; `NOT_FOUND` if no private key is
 * here; `USAGE` for a configuration that ssh refuses or that must not be written, and for the embedded sandbox;
 * `UNAVAILABLE` if the configuration changes meanwhile; `CANCELLED`.
 */
export async function installConfig(session: Session, flags: ConfigFlags): Promise<Installed> {
  const { context, settings } = session;
  if (settings.sandbox) {
    throw new KeypairError('USAGE', t`nobody answers at the addresses of the sandbox: ssh-config cannot install them`, {
      hints: [
        t`serve instances that answer: keypair sandbox serve --ssh`,
        t`and name that server with the --endpoint and the credentials that it prints, in place of --sandbox`,
      ],
    });
  }
  const { user, own } = await filesOf(session);
  const dryRun = flags.dryRun === true;
  const isIncluded = includesOwn(user.bytes, context.home);
  if (!isIncluded && !dryRun) checkWritable(user);
  const missing = isIncluded || dryRun ? [] : missingConsent(session);
  const config = configOf(session, user.bytes);
  const { hosts, kept, removed, targets, failures } = await hostsFor(session, config, own.text, flags, missing);
  // What a silent service has would be lost from the file.
  if (failures.length > 0) throw new SeveralFailures(failures);
  if (hosts.length === 0) {
    throw new KeypairError('NOT_FOUND', t`no instance has a key pair whose private key is on this machine`, {
      hints: targets.slice(0, 1).map((one) => t`see what is there with: keypair instances ${everywhere(one)}`),
    });
  }
  const text = configText(hosts, !isIncluded || (own.text !== null && saysLineAdded(own.text)), kept);
  await session.withSpinner(t`asking ssh about its configuration`, () => checkHosts(config, hosts, text));
  const copies = await copiesOf(user);
  const same = copies.files.find(({ bytes }) => bytes.equals(user.bytes))?.file ?? null;
  const backup = isIncluded || !user.exists ? null : (same ?? copies.next);
  const done: Installed = {
    file: own.file,
    config: user.file,
    hosts,
    kept: kept.flatMap(({ aliases }) => aliases),
    removed,
    backup,
    lineChanged: !isIncluded,
    dryRun,
  };
  if (dryRun) return done;
  const shown = homeShort(context.home, user.shown);
  if (!isIncluded) await confirm(session, t`Add the line "${INCLUDE_LINE}" at the top of ${shown}?`);
  await removeUnfinished(session, user);
  if (!isIncluded) await checkUnchanged(session, user);
  await writing(own.file, async () => {
    await makePrivateDirectory(path.dirname(own.file));
    await replaceFile(own.file, text, context.platform);
  });
  // From here remove finds what is ours, even if this process is killed: our file says that the line is.
  if (!isIncluded) {
    const made: string[] = [];
    const undo = async (): Promise<void> => {
      for (const copy of made) await removeIfThere(copy);
      // Another install may have written both meanwhile.
      const now = await filesOf(session);
      if (now.own.text !== text || includesOwn(now.user.bytes, context.home)) return;
      if (own.text === null) await removeIfThere(own.file);
      else await replaceFile(own.file, own.text, context.platform);
    };
    try {
      await writing(user.file, async () => {
        if (backup !== null && backup !== same) {
          await writeNewFile(backup, 0o600, user.bytes);
          made.push(backup);
        }
        await checkUnchanged(session, user);
        await replaceFile(user.file, withLine(user.bytes), context.platform, user.mode);
      });
    } catch (error) {
      await undo().catch(() => undefined);
      throw error;
    }
  }
  warnOfOtherHome(session);
  return done;
}

/**
 * Removes our file, and our line from `~/.ssh/config`. A file that was not edited since is as before, byte for byte.
 *
 * @returns null if nothing of ours is there.
 * @throws KeypairError `CONFLICT` if our file is somebody else's; `USAGE` for a configuration that must not be written;
 * `UNAVAILABLE` if the configuration changes meanwhile; `CANCELLED`.
 */
export async function removeConfig(session: Session, { dryRun = false }: ConfigFlags): Promise<ConfigChange | null> {
  const { context } = session;
  const { user, own } = await filesOf(session);
  if (!dryRun) await removeUnfinished(session, user);
  if (own.text === null) return null;
  const rest = saysLineAdded(own.text) ? withoutLine(user.bytes) : null;
  const change = { file: own.file, config: user.file, lineChanged: rest !== null, dryRun };
  if (dryRun) return change;
  if (rest !== null) checkWritable(user);
  const names = rest === null ? [own.file] : [own.file, user.shown];
  await confirm(
    session,
    t`Take back what ssh-config install wrote (${joinList(names.map((file) => homeShort(context.home, file)))})?`,
  );
  const copies = await copiesOf(user);
  await writing(user.file, async () => {
    if (rest !== null) {
      await checkUnchanged(session, user);
      // Without a copy there was no file.
      if (rest.length === 0 && copies.files.length === 0) await unlink(user.file);
      else await replaceFile(user.file, rest, context.platform, user.mode);
    }
    if (saysLineAdded(own.text ?? ''))
      for (const { file, bytes } of copies.files) if (bytes.equals(rest ?? user.bytes)) await removeIfThere(file);
  });
  // Last: without it the rest would not be ours any more.
  await writing(own.file, () => removeIfThere(own.file));
  return change;
}

function writing<T>(file: string, act: () => Promise<T>): Promise<T> {
  return mapFsErrors(path.dirname(file), act, { hints: [] });
}

/** Removes what writers that were killed have left beside both files. No key pair can have the name of either. */
async function removeUnfinished({ context }: Session, user: ConfigFile): Promise<void> {
  const directory = path.join(context.home, '.ssh');
  const isOf = (other: string) => (name: string) => temporaryNameOf(name) === other;
  await removeLeftovers(directory, isOf(OWN_CONFIG), context.now());
  await removeLeftovers(path.dirname(user.file), isOf(path.basename(user.file)), context.now());
}

/** `~/.ssh/config` as it is. */
interface ConfigFile {
  /** As the user knows it. */
  readonly shown: string;
  /** The file itself, behind links. */
  readonly file: string;
  readonly exists: boolean;
  readonly bytes: Buffer;
  readonly mode: number;
  /** Whether it belongs to root and not to the user. */
  readonly isForeign: boolean;
}

/** The longest configuration that is read, in bytes. */
const LONGEST = 1 << 20;

async function filesOf({ context }: Session): Promise<{
  readonly user: ConfigFile;
  readonly own: { readonly file: string; readonly text: string | null };
}> {
  const directory = path.join(context.home, '.ssh');
  const own = path.join(directory, OWN_CONFIG);
  return writing(own, async () => ({
    user: await readConfig(path.join(directory, 'config'), context.platform),
    own: { file: own, text: await readOwn(own) },
  }));
}

/** @throws KeypairError `USAGE` for a file that ssh refuses, or that has what ssh does not read. */
async function readConfig(shown: string, platform: string): Promise<ConfigFile> {
  const file = await linkTarget(shown);
  const none = { shown, file, exists: false, bytes: Buffer.alloc(0), mode: 0o600, isForeign: false };
  const uid = platform === 'win32' ? null : userInfo().uid;
  let found;
  let isForeign = false;
  try {
    found = await readGuarded(file, LONGEST, 'follow', uid);
    // ssh reads a file of root, too.
    isForeign = found === 'foreign';
    if (isForeign) found = await readGuarded(file, LONGEST, 'follow', 0);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return none;
    throw error;
  }
  if (found === 'writable')
    throw refusal(t`others may write ${file}, so ssh refuses it`, t`correct it with: chmod go-w ${shellWord(file)}`);
  if (found === 'foreign') throw refusal(t`${file} belongs to another user`, BY_HAND);
  if (typeof found === 'string') throw refusal(t`${file} is no file, or longer than 1 MiB`);
  const { bytes, mode } = found;
  if (bytes.subarray(0, 3).equals(Buffer.from('\ufeff')))
    throw refusal(t`${file} begins with a byte order mark, which ssh refuses`, t`save it as UTF-8 without one`);
  if (bytes.includes(0)) throw refusal(t`${file} is no text that ssh reads`);
  return { ...none, exists: true, bytes, mode, isForeign };
}

/** @throws KeypairError `USAGE` for a file that ssh reads, but that must not be written. */
function checkWritable({ file, mode, isForeign }: ConfigFile): void {
  if (isForeign) throw refusal(t`${file} belongs to another user`, BY_HAND);
  if ((mode & 0o200) === 0)
    throw refusal(t`${file} is read-only`, t`if that may change: chmod u+w ${shellWord(file)}`, BY_HAND);
}

const BY_HAND = t`or include a file of your own with what this prints: keypair ssh-config print -p all -r all`;

function refusal(message: string, ...hints: readonly string[]): KeypairError {
  return new KeypairError('USAGE', message, { hints: [...hints, t`nothing was changed`] });
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
async function checkUnchanged({ context }: Session, { file, shown, exists, bytes }: ConfigFile): Promise<void> {
  const now = await readConfig(shown, context.platform);
  if (now.file === file && now.exists === exists && now.bytes.equals(bytes)) return;
  throw new KeypairError('UNAVAILABLE', t`${shown} has just been changed by another program`, {
    hints: [t`it was left as it is: try again`],
  });
}

/**
 * The copies of a configuration that earlier installs have made: `config.before-keypair`, `config.before-keypair.2`, …
 *
 * @returns with the name for another one.
 */
async function copiesOf({ file }: ConfigFile): Promise<{
  readonly files: readonly { readonly file: string; readonly bytes: Buffer }[];
  readonly next: string;
}> {
  const files = [];
  for (let number = 1; ; number += 1) {
    const next = `${file}.before-keypair${number === 1 ? '' : `.${number}`}`;
    if (!(await isTaken(next))) return { files, next };
    const found = await readGuarded(next, LONGEST, 'refuse').catch(() => 'not a file' as const);
    if (typeof found !== 'string') files.push({ file: next, bytes: found.bytes });
  }
}

/** ssh looks for the home directory in the list of users, not in HOME. */
function warnOfOtherHome({ context, warn }: Session): void {
  const { homedir } = userInfo();
  if (path.resolve(homedir) !== path.resolve(context.home))
    warn(t`ssh reads ${path.join(homedir, '.ssh')}, whatever HOME is`);
}
