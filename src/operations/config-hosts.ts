import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Session } from '../cli/session.ts';
import { everywhere } from '../connection/target.ts';
import { KeypairError } from '../errors.ts';
import { joinList, t, withLabel } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';
import {
  blockWithout,
  type HostEntry,
  hostNames,
  isAlias,
  OWN_CONFIG,
  type OwnBlock,
  withoutOwn,
} from '../ssh/config-text.ts';
import { loginUser } from '../ssh/login-user.ts';
import { filesRead, resolveHost, type Ssh } from '../ssh/resolve.ts';
import { inTemporaryDirectory, mapAtOnce } from '../storage/fs.ts';
import type { PlacedInstance } from './instances.ts';

/** The user's `~/.ssh/config`, and the ssh that reads it. */
export interface UserConfig extends Ssh {
  readonly home: string;
  /** Empty if there is no file. */
  readonly bytes: Buffer;
}

/** One alias of an instance. */
export interface ConfigHost extends HostEntry {
  readonly placed: PlacedInstance;
}

/** How many ssh run at once. */
const AT_ONCE = 8;

/**
 * The Host entries for the instances whose private key is here: for each its id, and its name if it is a word that
 * neither another instance has nor the configuration of the user or the system says anything of. What the user's own
 * patterns (`Host web-*`) set for an alias is left out, so that it counts.
 *
 * @param wantsPrivate whether to use private addresses although there are public ones.
 * @param kept the blocks of other instances in our file.
 * @returns with those blocks, but for aliases that the user has a use for by now.
 * @throws KeypairError `USAGE` if ssh cannot read the user's configuration.
 */
export async function configHosts(
  session: Session,
  config: UserConfig,
  instances: readonly PlacedInstance[],
  wantsPrivate: boolean,
  kept: readonly OwnBlock[],
): Promise<{ readonly hosts: readonly ConfigHost[]; readonly kept: readonly OwnBlock[] }> {
  const complete = instances.flatMap((placed) => entryOf(session, placed, wantsPrivate));
  const wanted = complete.flatMap(({ placed: { instance } }) => [instance.id, instance.name ?? '']).filter(isAlias);
  const keptAliases = kept.flatMap(({ aliases }) => aliases);
  const byUser = await namesInUse(config, [...wanted, ...keptAliases]);
  const taken = { byUser, byOthers: new Set(keptAliases) };
  const hosts = complete.flatMap((entry) =>
    aliasesOf(session, entry.placed, instances, taken).map((alias) => ({ ...entry, alias })),
  );
  // Some services list the same instance.
  const distinct = [...new Map(hosts.map((host) => [host.alias, host])).values()];
  const probed = await inTemporaryDirectory(async (directory) => {
    const file = path.join(directory, 'probe');
    const own = distinct.map(({ alias, address }) => `Host ${alias}\n  HostName ${address}\n`).join('');
    // ssh takes the first value: these count only where the user has set none.
    const unset = `\nMatch all\n  User ${UNSET}\n  Port 1\n  IdentitiesOnly yes\n`;
    await writeFile(
      file,
      Buffer.concat([Buffer.from(own), REST, withoutOwn(config.bytes, config.home), Buffer.from(unset)]),
    );
    return mapAtOnce(distinct, AT_ONCE, async (host) => {
      const found = await resolveHost(config, file, host.alias);
      return {
        ...host,
        user: found.values('user')[0] === UNSET ? host.user : null,
        port: found.values('port')[0] === '1' ? host.port : null,
        identitiesOnly: found.values('identitiesonly')[0] === 'yes',
      };
    });
  });
  return { hosts: probed, kept: kept.flatMap((block) => blockWithout(block, byUser)) };
}

/** No user has this name. */
const UNSET = 'keypair-has-none';

/** Ends the last Host: what follows is for every host again. */
const REST = Buffer.from('Match all\n');

function entryOf(session: Session, placed: PlacedInstance, wantsPrivate: boolean): readonly ConfigHost[] {
  const { instance, openedBy: here, provider, region, target } = placed;
  const [first] = here;
  if (first === undefined || instance.platform === 'windows') return [];
  const [open, inner] = [instance.publicAddresses[0], instance.privateAddresses[0]];
  const address = wantsPrivate ? inner : (open ?? inner);
  if (address === undefined) {
    session.info(t`${instance.id} is left out: it has no address`);
    return [];
  }
  try {
    return [
      {
        placed,
        alias: '',
        address,
        user: loginUser(target.descriptor.vendor, instance, first.user),
        port: instance.loginPort === 22 ? null : instance.loginPort,
        identitiesOnly: true,
        privateKeyPaths: [...new Set(here.map(({ privateKeyPath }) => privateKeyPath))],
        place: `${provider} ${region}`,
      },
    ];
  } catch (error) {
    if (!(error instanceof KeypairError)) throw error;
    session.warn(withLabel(t`${instance.id} is left out`, error.message));
    return [];
  }
}

function aliasesOf(
  session: Session,
  { instance: { id, name }, target }: PlacedInstance,
  instances: readonly PlacedInstance[],
  taken: { readonly byUser: ReadonlySet<string>; readonly byOthers: ReadonlySet<string> },
): readonly string[] {
  const isId = isAlias(id) && target.descriptor.isInstanceId?.(id) !== false;
  if (isId && taken.byUser.has(id)) session.info(withLabel(t`the id ${id} is left out`, IN_USE));
  const ids = isId && !taken.byUser.has(id) ? [id] : [];
  if (name === null || name === id) return ids;
  const isShared = instances.some(
    ({ instance: other }) => other.id !== id && (same(other.name, name) || same(other.id, name)),
  );
  const reason = !isAlias(name)
    ? t`it is no plain word`
    : taken.byUser.has(name)
      ? IN_USE
      : isShared || taken.byOthers.has(name)
        ? t`other instances have that name`
        : null;
  if (reason === null) return [name, ...ids];
  session.info(withLabel(t`the name ${printable(name, 60)} of ${id} is left out`, reason));
  return ids;
}

function same(one: string | null, other: string): boolean {
  return one?.toLowerCase() === other.toLowerCase();
}

const IN_USE = t`your ssh configuration uses that name`;

/**
 * Those of the names that the user has a use for already: their configuration or that of the system names them, or leads
 * them to another host (`Host web-*` with `HostName %h.example.com`).
 */
async function namesInUse(config: UserConfig, names: readonly string[]): Promise<ReadonlySet<string>> {
  return inTemporaryDirectory(async (directory) => {
    const file = path.join(directory, 'config');
    const said = new Set(await namesSaid(config, file));
    await writeFile(file, withSystem(config, withoutOwn(config.bytes, config.home)));
    await mapAtOnce(new Set(names), AT_ONCE, async (name) => {
      const found = await resolveHost(config, file, name);
      if (!found.ok || found.values('hostname')[0]?.toLowerCase() !== name.toLowerCase()) said.add(name);
    });
    return said;
  });
}

/**
 * What ssh reads: the user's configuration and then the system's. With `-F` ssh leaves out the latter, and a file that is
 * not there is no error in Include.
 */
function withSystem({ program }: Ssh, bytes: Buffer): Buffer {
  // As in Homebrew, whose ssh is in /opt/homebrew/bin.
  const beside = path.join(path.dirname(program), '../etc/ssh/ssh_config');
  const files = ['/etc/ssh/ssh_config', ...(/^[\w/.+-]+$/.test(beside) ? [beside] : [])];
  return Buffer.concat([bytes, Buffer.from('\n'), REST, Buffer.from(`Include ${files.join(' ')}\n`)]);
}

/**
 * The names and patterns in all files that ssh reads, but for ours.
 *
 * @param file a temporary one.
 */
async function namesSaid(config: UserConfig, file: string): Promise<readonly string[]> {
  await writeFile(file, withSystem(config, config.bytes));
  const own = path.join(config.home, '.ssh', OWN_CONFIG);
  const files = (await filesRead(config, file, '~/.ssh/config')).filter((one) => path.resolve(one) !== own);
  const texts = await Promise.all(files.map((one) => readFile(one).catch(() => Buffer.alloc(0))));
  return texts.flatMap(hostNames);
}

/** How many of the user's own names are asked for before and after. */
const SAMPLE = 40;

/**
 * Asks ssh what it would make of the hosts and of the user's own ones, before and after, without a change to any file in
 * use.
 *
 * Of the user's names a sample is enough, as no other host can match one of ours: these are words without a wildcard that
 * the user's configuration does not have. ssh compares them with the name as typed, and where it reads everything twice
 * (Match final, canonical names) with HostName, whose values are among the names that are not taken.
 *
 * @param text our file as it will be.
 * @throws KeypairError `CONFLICT` if a new host would not be as written, or another one would change.
 */
export async function checkHosts(config: UserConfig, hosts: readonly ConfigHost[], text: string): Promise<void> {
  const aliases = new Set(hosts.map(({ alias }) => alias));
  await inTemporaryDirectory(async (directory) => {
    const before = path.join(directory, 'before');
    const alone = path.join(directory, 'alone');
    const after = path.join(directory, 'after');
    // A name for each pattern, and one that no pattern is for.
    const names = (await namesSaid(config, before)).map((name) => name.replace(/^!/, '').replaceAll(/[*?]/g, 'x'));
    const others = [...new Set(names)].filter((name) => !aliases.has(name) && /^[\w.][\w.-]*$/.test(name));
    const step = Math.ceil(others.length / SAMPLE);
    const sample = ['keypair-check', ...others.filter((_name, index) => index % step === 0)];
    await writeFile(alone, text);
    await writeFile(after, Buffer.concat([Buffer.from(`Include "${alone}"\n`), withSystem(config, config.bytes)]));
    await mapAtOnce(sample, AT_ONCE, async (name) => {
      const [was, is] = [await resolveHost(config, before, name), await resolveHost(config, after, name)];
      if (was.whole !== is.whole) throw changes(name, hosts);
    });
    await mapAtOnce(hosts, AT_ONCE, async (host) => {
      const [own, is] = [await resolveHost(config, alone, host.alias), await resolveHost(config, after, host.alias)];
      const keys = is.values('identityfile').slice(0, host.privateKeyPaths.length);
      const isRight =
        is.ok &&
        is.values('hostname')[0] === host.address &&
        (host.user === null || is.values('user')[0] === host.user) &&
        (host.port === null || is.values('port')[0] === String(host.port)) &&
        joinList(keys) === joinList(own.values('identityfile').slice(0, host.privateKeyPaths.length));
      if (!isRight) throw changes(host.alias, hosts);
    });
  });
}

function changes(name: string, [some]: readonly ConfigHost[]): KeypairError {
  return new KeypairError(
    'CONFLICT',
    t`nothing was changed: with these hosts, ssh would not read ${printable(name)} as it should`,
    { hints: some === undefined ? [] : [t`see them with: keypair ssh-config print ${everywhere(some.placed.target)}`] },
  );
}
