import { existsSync } from 'node:fs';
import type { Session } from '../cli/session.ts';
import type { OpenSandbox } from '../connection/sandbox.ts';
import { everywhere } from '../connection/target.ts';
import { KeypairError, SeveralFailures } from '../errors.ts';
import { formatFacts, joinList, t, withNote } from '../i18n/t.ts';
import { homeShort } from '../paths.ts';
import type { Instance } from '../providers/types.ts';
import { printable, shellWord } from '../sanitize.ts';
import { isJumpHost, type Jump, type Login } from '../ssh/command.ts';
import { loginUser } from '../ssh/login-user.ts';
import { instancesMatching } from './find-instances.ts';
import type { FoundInstances, PlacedInstance } from './instances.ts';
import { keyFileOf } from './key-file-of.ts';

/** How to log in, from the flags of `ssh`. */
export interface LoginFlags {
  readonly user?: string;
  readonly key?: string;
  readonly private?: boolean;
  readonly keyDir?: string;
}

/** How many instances an error lists. */
const MOST_SHOWN = 5;

/**
 * The instance that the user named by id, name or address.
 *
 * @returns null if there is none, and all services answered.
 * @throws KeypairError `CONFLICT` if there are several; SeveralFailures if there is none, and not all services answered.
 */
export function instanceNamed({ instances, failures }: FoundInstances, text: string): PlacedInstance | null {
  const [found = null, ...more] = instancesMatching(text, instances, ({ instance }) => instance);
  if (found === null && failures.length > 0) throw new SeveralFailures(failures);
  if (found === null || more.length === 0) return found;
  const all = readyFirst([found, ...more]);
  const shown = all
    .slice(0, MOST_SHOWN)
    .map((one) => withNote(one.instance.id, formatFacts([one.provider, one.region])));
  if (all.length > MOST_SHOWN) shown.push('…');
  throw new KeypairError('CONFLICT', t`${all.length} instances are called ${text}: ${joinList(shown)}`, {
    hints: all.slice(0, MOST_SHOWN).map((one) => t`for one: ${lineFor(one)}`),
  });
}

/** The error for an instance that no service has. */
export function noInstance(targets: readonly PlacedInstance['target'][], text: string): KeypairError {
  const [only, ...more] = targets;
  if (only === undefined || more.length > 0) {
    return new KeypairError('NOT_FOUND', t`no instance is called ${text}`, {
      hints: [t`see what is there with: keypair instances ${only === undefined ? '-p all -r all' : everywhere(only)}`],
    });
  }
  const { descriptor, region } = only;
  return new KeypairError('NOT_FOUND', t`${descriptor.title} has no instance ${text} in ${region}`, {
    provider: descriptor.id,
    region,
    hints: [
      t`see what is there with: keypair instances -p ${descriptor.id} -r ${only.flagsToReproduce}`,
      t`or search everywhere: add -p all -r all`,
    ],
  });
}

/** Asks for one of the instances. */
export async function askInstance(session: Session, instances: readonly PlacedInstance[]): Promise<PlacedInstance> {
  const { context } = session;
  const linux = readyFirst(instances.filter(({ instance }) => instance.platform !== 'windows'));
  const isOnePlace = new Set(linux.map(({ target }) => target)).size === 1;
  if (linux.length === 0) throw new KeypairError('NOT_FOUND', t`there are no instances to log in to`);
  const { askSearch } = await import('../ui/prompts.ts');
  const choices = linux.map(({ instance, provider, region, openedBy }, index) => {
    const { id, name, state, publicAddresses, privateAddresses } = instance;
    const file = openedBy[0]?.privateKeyPath ?? null;
    const facts = [
      name === null ? null : id,
      isOnePlace ? region : null,
      state,
      publicAddresses[0] ?? privateAddresses[0] ?? null,
      file === null ? t`no private key here` : homeShort(context.home, file),
    ];
    return {
      value: String(index),
      title: printable(isOnePlace ? (name ?? id) : withNote(name ?? id, formatFacts([provider, region])), 120),
      note: printable(formatFacts(facts.filter((fact) => fact !== null)), 400),
    };
  });
  const picked = await askSearch(context, t`Which instance (type to search)?`, (text) =>
    choices.filter(({ title, note }) => `${title} ${note}`.toLowerCase().includes(text.toLowerCase())),
  );
  const placed = linux[Number(picked)];
  if (placed === undefined) throw new KeypairError('CANCELLED', t`cancelled: nothing was changed`);
  return placed;
}

/** First those that can be logged in to. */
function readyFirst(instances: readonly PlacedInstance[]): readonly PlacedInstance[] {
  return instances.toSorted((a, b) => Number(isReady(b)) - Number(isReady(a)));
}

function isReady({ instance, openedBy }: PlacedInstance): boolean {
  return isRunning(instance) && openedBy.length > 0;
}

/** Others than these, such as STARTING, may answer by the time ssh asks. */
function isRunning({ state }: Instance): boolean {
  return !/^(stopped|shutdown)$/i.test(state ?? '');
}

/**
 * How to log in to an instance: its address, its user, the private key that is here.
 *
 * @param viaJump whether a jump host is in between: it may reach a private address.
 * @throws KeypairError `CONFLICT` for an instance that is stopped or has Windows, or with several private keys here;
 * `NOT_FOUND` without an address or a private key; `USAGE` for a user name or a path that ssh cannot be given.
 */
export async function loginTo(
  session: Session,
  placed: PlacedInstance,
  flags: LoginFlags,
  viaJump: boolean,
): Promise<Login> {
  const { instance, target } = placed;
  checkRuns(placed);
  // Without an address, no key helps.
  addressOf(placed, flags.private === true, viaJump);
  const { file, boundFor } = await privateKeyOf(session, placed, flags);
  return loginWith(placed, flags, viaJump, {
    privateKeyPath: file,
    user: flags.user ?? loginUser(target.descriptor.vendor, instance, boundFor),
  });
}

/**
 * How to log in to an instance as this user with this private key.
 *
 * @throws KeypairError `NOT_FOUND` without an address.
 */
export function loginWith(
  placed: PlacedInstance,
  flags: Pick<LoginFlags, 'private'>,
  viaJump: boolean,
  who: Pick<Login, 'user' | 'privateKeyPath'>,
): Login {
  const address = addressOf(placed, flags.private === true, viaJump);
  return { address, port: placed.instance.loginPort, ...who, knownHosts: null };
}

/** @throws KeypairError `CONFLICT` for an instance that nobody can log in to. */
export function checkRuns(placed: PlacedInstance): void {
  const { instance, provider, region } = placed;
  const shown = shownName(placed);
  if (instance.platform === 'windows')
    throw new KeypairError('CONFLICT', t`${shown} runs Windows: key pairs are for Linux`, { provider, region });
  if (!isRunning(instance))
    throw new KeypairError('CONFLICT', t`${shown} is not running (${instance.state ?? ''})`, {
      provider,
      region,
      hints: [t`start it in the console of ${placed.target.descriptor.title}, and try again`],
    });
}

function addressOf(placed: PlacedInstance, wantsPrivate: boolean, viaJump: boolean): string {
  const { instance, provider, region } = placed;
  const [publicAddress] = instance.publicAddresses;
  const [privateAddress] = instance.privateAddresses;
  const address = wantsPrivate ? privateAddress : (publicAddress ?? (viaJump ? privateAddress : undefined));
  if (address !== undefined) return address;
  const details = { provider, region };
  if (wantsPrivate)
    throw new KeypairError('NOT_FOUND', t`${shownName(placed)} has no private address that the service tells`, details);
  throw new KeypairError('NOT_FOUND', t`${shownName(placed)} has no public address`, {
    ...details,
    hints:
      privateAddress === undefined
        ? []
        : [
            t`from inside its network: ${lineFor(placed, '--private')}`,
            t`through another host: add --jump HOST, or --jump INSTANCE`,
          ],
  });
}

/**
 * The private key that opens an instance.
 *
 * @returns its absolute path, and the user that it is bound for if the service tells.
 */
async function privateKeyOf(
  session: Session,
  placed: PlacedInstance,
  { key, keyDir }: LoginFlags,
): Promise<{ readonly file: string; readonly boundFor: string | null }> {
  const here = placed.openedBy;
  if (key === undefined) {
    const [only, ...more] = new Map(here.map((pair) => [pair.privateKeyPath, pair])).values();
    if (only === undefined) throw noKeyHere(placed);
    if (more.length > 0) throw severalKeys(placed, [only, ...more]);
    return { file: only.privateKeyPath, boundFor: only.user };
  }
  const named = here.find(({ name, id }) => name === key || id === key)?.privateKeyPath ?? null;
  const file = named ?? (await keyFileOf(session, key, keyDir));
  if (file.endsWith('.pub')) {
    throw new KeypairError('USAGE', t`${printable(file)} is a public key: ssh needs the private key`, {
      hints: [t`see where private keys are with: keypair list --local-only`],
    });
  }
  if (!existsSync(file)) throw new KeypairError('NOT_FOUND', t`${printable(file)} is not there`);
  return { file, boundFor: here.find(({ privateKeyPath }) => privateKeyPath === file)?.user ?? null };
}

function severalKeys(placed: PlacedInstance, pairs: PlacedInstance['openedBy']): KeypairError {
  const names = pairs.map(({ name, id }) => name ?? id ?? '');
  return new KeypairError(
    'CONFLICT',
    t`the private keys of several key pairs open ${shownName(placed)}: ${joinList(names)}`,
    {
      provider: placed.provider,
      region: placed.region,
      hints: names.slice(0, 5).map((name) => t`for one: ${lineFor(placed, `--key ${shellWord(name)}`)}`),
    },
  );
}

function noKeyHere(placed: PlacedInstance): KeypairError {
  const { pairs, provider, region } = placed;
  const shown = shownName(placed);
  const other = t`or name the private key that opens it with --key FILE`;
  const attach = t`attach a key pair whose private key is here: ${`keypair attach ${placeFlags(placed)}`}`;
  const details = { provider, region };
  if (pairs === null)
    return new KeypairError('NOT_FOUND', t`the service does not tell the key pairs of ${shown}`, {
      ...details,
      hints: [t`name the private key that opens it: ${lineFor(placed, '--key FILE')}`],
    });
  if (pairs.length === 0)
    return new KeypairError('NOT_FOUND', t`no key pair is attached to ${shown}`, {
      ...details,
      hints:
        placed.instance.operation === 'under way'
          ? [t`an operation on it has not ended: try again soon`]
          : [attach, other],
    });
  const names = pairs.map(({ name, id }) => name ?? id ?? '');
  const notes = pairs.flatMap(({ privateKeyNote }) => privateKeyNote ?? []);
  return new KeypairError(
    'NOT_FOUND',
    t`the private key of ${joinList(names)}, attached to ${shown}, is not on this machine`,
    {
      ...details,
      hints: [...new Set(notes), t`copy it to this machine, or ${attach}`, other],
    },
  );
}

/** A jump host: an instance with a login of its own, or a host for ssh to find. */
export async function jumpTo(session: Session, found: FoundInstances, text: string): Promise<Jump> {
  const placed = instanceNamed(found, text);
  if (placed !== null) return { login: await loginTo(session, placed, {}, false) };
  if (isJumpHost(text)) return { host: text };
  throw new KeypairError('USAGE', t`--jump takes an instance, or [user@]host[:port]`);
}

/**
 * The login to an instance of the embedded sandbox, whose sshd listens on this machine.
 *
 * @param sandbox null: the instance is elsewhere, and the login stays as it is.
 * @throws KeypairError `NOT_FOUND` without sshd; `USAGE` if it lets nobody in.
 */
export async function sandboxLogin(sandbox: OpenSandbox | null, placed: PlacedInstance, told: Login): Promise<Login> {
  if (sandbox === null) return told;
  const login = await sandbox.login(placed.region, placed.instance.id, told.user);
  const { address, port, user, knownHostsFile: file, hostKeyAlias: alias } = login;
  return { ...told, address, port, user, knownHosts: { file, alias } };
}

/** The line of `ssh` for an instance in its place, with more flags. */
function lineFor(placed: PlacedInstance, ...flags: readonly string[]): string {
  return ['keypair ssh', shellWord(placed.instance.id), placeFlags(placed), ...flags].join(' ');
}

/** The flags that send a command to the instance's service: `-p tencent -r ap-guangzhou`. */
export function placeFlags({ target }: PlacedInstance): string {
  return `-p ${target.descriptor.id} -r ${target.flagsToReproduce}`;
}

/** `web-1 (ins-1)`, for people. */
export function shownName({ instance: { id, name } }: PlacedInstance): string {
  return name === null ? id : withNote(printable(name, 80), id);
}
