import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Session } from '../cli/session.ts';
import { KeypairError } from '../errors.ts';
import { joinList, t, withLabel } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';
import { configText, type HostEntry, hostPatterns, isAlias, OWN_CONFIG, withoutOwn } from '../ssh/config-text.ts';
import { loginUser } from '../ssh/login-user.ts';
import { filesRead, resolveHost } from '../ssh/resolve.ts';
import type { PlacedInstance } from './instances.ts';

/** The user's `~/.ssh/config`, and the ssh that reads it. */
export interface UserConfig {
  /** The absolute path of ssh. */
  readonly program: string;
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
 * neither another instance nor a Host of the user has. What the user's own patterns (`Host web-*`) set for an alias is
 * left out, so that it counts.
 *
 * @param wantsPrivate whether to use private addresses although there are public ones.
 * @throws KeypairError `USAGE` if ssh cannot read the user's configuration.
 */
export async function configHosts(
  session: Session,
  config: UserConfig,
  instances: readonly PlacedInstance[],
  wantsPrivate: boolean,
): Promise<readonly ConfigHost[]> {
  const taken = new Set(await literalHosts(config));
  const complete = instances.flatMap((placed) => entryOf(session, placed, wantsPrivate));
  const hosts = complete.flatMap((entry) =>
    aliasesOf(session, entry.placed, instances, taken).map((alias) => ({ ...entry, alias })),
  );
  // Some services list the same instance.
  const distinct = [...new Map(hosts.map((host) => [host.alias, host])).values()];
  return inTemporaryDirectory(async (directory) => {
    const file = path.join(directory, 'probe');
    const own = distinct.map(({ alias, address }) => `Host ${alias}\n  HostName ${address}\n`).join('');
    // ssh takes the first value: these count only where the user has set none.
    const unset = `\nMatch all\n  User ${UNSET}\n  Port 1\n  IdentitiesOnly yes\n`;
    await writeFile(
      file,
      Buffer.concat([Buffer.from(own), REST, withoutOwn(config.bytes, config.home), Buffer.from(unset)]),
    );
    return atOnce(distinct, async (host) => {
      const found = await resolveHost(config.program, file, host.alias);
      return {
        ...host,
        user: found.values('user')[0] === UNSET ? host.user : null,
        port: found.values('port')[0] === '1' ? host.port : null,
        identitiesOnly: found.values('identitiesonly')[0] === 'yes',
      };
    });
  });
}

/** No user has this name. */
const UNSET = 'keypair-has-none';

/** Ends the last Host: what follows is for every host again. */
const REST = Buffer.from('Match all\n');

function entryOf(session: Session, placed: PlacedInstance, wantsPrivate: boolean): readonly ConfigHost[] {
  const { instance, pairs, provider, region, target } = placed;
  const here = (pairs ?? []).filter(({ privateKeyPath }) => privateKeyPath !== null);
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
        privateKeyPaths: [...new Set(here.flatMap(({ privateKeyPath }) => privateKeyPath ?? []))],
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
  taken: ReadonlySet<string>,
): readonly string[] {
  const isId = isAlias(id) && target.descriptor.isInstanceId?.(id) !== false && !taken.has(id);
  const ids = isId ? [id] : [];
  if (name === null || name === id) return ids;
  const isShared = instances.some(
    ({ instance: other }) => other.id !== id && (same(other.name, name) || same(other.id, name)),
  );
  const reason = !isAlias(name)
    ? t`it is no plain word`
    : taken.has(name)
      ? t`your configuration has a Host of that name`
      : isShared
        ? t`other instances have that name`
        : null;
  if (reason === null) return [name, ...ids];
  session.info(withLabel(t`the name ${printable(name, 60)} of ${id} is left out`, reason));
  return ids;
}

function same(one: string | null, other: string): boolean {
  return one?.toLowerCase() === other.toLowerCase();
}

/** The names that the user's Host lines have without a wildcard, in all files that ssh reads, but for ours. */
async function literalHosts(config: UserConfig): Promise<readonly string[]> {
  return (await patternsOf(config)).filter((pattern) => !/[*?!]/.test(pattern));
}

async function patternsOf({ program, home, bytes }: UserConfig): Promise<readonly string[]> {
  return inTemporaryDirectory(async (directory) => {
    const file = path.join(directory, 'config');
    await writeFile(file, bytes);
    const files = await filesRead(program, file, '~/.ssh/config');
    const texts = await Promise.all(
      files
        .filter((one) => path.basename(one) !== OWN_CONFIG || path.dirname(one) !== path.join(home, '.ssh'))
        .map((one) => readFile(one).catch(() => Buffer.alloc(0))),
    );
    return texts.flatMap(hostPatterns);
  });
}

/**
 * Asks ssh what it would make of the hosts and of the user's own ones, before and after, without a change to any file in
 * use.
 *
 * @throws KeypairError `CONFLICT` if a new host would not be as written, or another one would change.
 */
export async function checkHosts(config: UserConfig, hosts: readonly ConfigHost[]): Promise<void> {
  const { program, bytes } = config;
  const aliases = new Set(hosts.map(({ alias }) => alias));
  // A name for each pattern, and one that no pattern is for.
  const names = (await patternsOf(config)).map((pattern) => pattern.replace(/^!/, '').replaceAll(/[*?]/g, 'x'));
  const others = [...new Set([...names, 'keypair-check'])].filter((name) => !aliases.has(name) && !/^-|^$/.test(name));
  await inTemporaryDirectory(async (directory) => {
    const [before, alone, after] = ['before', 'alone', 'after'].map((name) => path.join(directory, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(before, bytes);
    await writeFile(alone, configText(hosts, false));
    await writeFile(after, Buffer.concat([Buffer.from(`Include "${alone}"\n`), bytes]));
    await atOnce(others, async (name) => {
      const [was, is] = await Promise.all([resolveHost(program, before, name), resolveHost(program, after, name)]);
      if (was.whole !== is.whole) throw changes(name);
    });
    await atOnce(hosts, async (host) => {
      const [own, is] = await Promise.all([
        resolveHost(program, alone, host.alias),
        resolveHost(program, after, host.alias),
      ]);
      const keys = is.values('identityfile').slice(0, host.privateKeyPaths.length);
      const isRight =
        is.ok &&
        is.values('hostname')[0] === host.address &&
        (host.user === null || is.values('user')[0] === host.user) &&
        (host.port === null || is.values('port')[0] === String(host.port)) &&
        joinList(keys) === joinList(own.values('identityfile').slice(0, host.privateKeyPaths.length));
      if (!isRight) throw changes(host.alias);
    });
  });
}

function changes(name: string): KeypairError {
  return new KeypairError(
    'CONFLICT',
    t`nothing was changed: with these hosts, ssh would not read ${printable(name)} as it should`,
    {
      hints: [t`see them with: keypair ssh-config print -p all -r all`],
    },
  );
}

async function inTemporaryDirectory<T>(act: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(path.join(tmpdir(), 'keypair-'));
  try {
    return await act(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function atOnce<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const work = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await act(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}
