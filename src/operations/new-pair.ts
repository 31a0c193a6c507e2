import path from 'node:path';
import { providerAnswer } from '../cli/ask-provider.ts';
import type { CreateFlags } from '../cli/create-options.ts';
import type { Session } from '../cli/session.ts';
import { keyDirectory } from '../cli/settings.ts';
import { checkAbility, checkedTags, checkText, hasAbility } from '../cli/validate.ts';
import type { Profile } from '../config/profile.ts';
import { PROJECT, readValue, RESOURCE_GROUP } from '../config/values.ts';
import { KeypairError } from '../errors.ts';
import { joinList, t } from '../i18n/t.ts';
import { expandPath, stateDirectory } from '../paths.ts';
import type { Ability, CreateRequest, Descriptor, TextRule } from '../providers/types.ts';
import { printable } from '../sanitize.ts';
import type { Secret } from '../secret.ts';
import { caseFold, checkFileName, fileNameProblem, caseCollisions } from '../storage/file-name.ts';
import { checkFree } from '../storage/key-file.ts';
import type { Destination } from './reservation.ts';

/** What every create needs. */
interface CreateAnswers {
  readonly descriptor: Descriptor;
  readonly names: readonly string[];
}

/**
 * The provider and the names: from flags, environment and (for `-`) stdin, else asked on a terminal.
 *
 * @param given the names on the command line.
 * @param missing the other missing flags, for the error.
 * @throws KeypairError `USAGE` that lists everything missing; `CANCELLED` if the user declines a question.
 */
export async function answersFor(
  session: Session,
  given: readonly string[],
  missing: readonly string[],
): Promise<CreateAnswers> {
  const descriptor = await providerAnswer(session, [...(given.length === 0 ? ['--name'] : []), ...missing]);
  const names = given.length > 0 ? given : [await askName(session, descriptor.nameRule)];
  return { descriptor, names: await withNamesOfStdin(session, names) };
}

/**
 * Asks for a name until the service accepts it and a file can have it.
 *
 * @throws KeypairError `CANCELLED`.
 */
export async function askName({ context }: Session, rule: TextRule): Promise<string> {
  const { askText } = await import('../ui/prompts.ts');
  return askText(context, t`Name of the key pair:`, (name) => {
    if (!rule.accepts(name)) {
      const suggestion = rule.suggest(name);
      const sentence = rule.sentence;
      return suggestion === null ? sentence : t`${sentence}; perhaps ${suggestion}`;
    }
    return fileNameProblem(name, context.platform);
  });
}

/** The maximum size of stdin, in bytes: more names than any account can hold. */
const LIMIT = 1024 * 1024;

/**
 * Replaces `-` with the names on stdin, one per line. Without `-`, stdin is not read. Blank lines and duplicates are
 * ignored.
 *
 * @throws KeypairError `USAGE` if stdin has no name, `CANCELLED` on Ctrl-C.
 */
async function withNamesOfStdin(session: Session, given: readonly string[]): Promise<readonly string[]> {
  if (!given.includes('-')) return given;
  const written = given.filter((name) => name !== '-');
  const { readStdin } = await import('../cli/read-input.ts');
  const lines = (await readStdin(session.context, LIMIT))
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 0) throw new KeypairError('USAGE', t`no name on stdin`);
  const fresh = [...new Set(lines)].filter((name) => !written.includes(name));
  const again = lines.length - fresh.length;
  if (again === 1) session.info(t`1 duplicate name ignored`);
  if (again > 1) session.info(t`${again} duplicate names ignored`);
  return [...written, ...fresh];
}

/** The properties of a new pair, from the flags of the commands that create or upload one. */
export type NewPairFlags = Pick<CreateFlags, 'tag' | 'project' | 'resourceGroup' | 'apiVersion'>;

/**
 * The requests for new pairs, from the flags and the profile's defaults, checked against the provider's rules.
 *
 * @throws KeypairError `USAGE` for the first value that the provider would refuse or does not support.
 */
export function requestsFor(
  descriptor: Descriptor,
  names: readonly string[],
  flags: NewPairFlags,
  profile: Profile,
): readonly CreateRequest[] {
  const { nameRule } = descriptor;
  const version = flags.apiVersion ?? descriptor.apiVersions[0];
  for (const name of names) checkText(descriptor, nameRule, '--name', name);
  const seen = new Set<string>();
  const twice = names.find((name) => seen.size === seen.add(name).size);
  if (twice !== undefined) throw new KeypairError('USAGE', t`--name ${twice} is given twice`);
  if (flags.tag !== undefined) checkAbility(descriptor, version, 'tag', '--tag');
  if (flags.project !== undefined) checkAbility(descriptor, version, 'project', '--project');
  if (flags.resourceGroup !== undefined) {
    checkAbility(descriptor, version, 'resourceGroup', '--resource-group');
  }
  const defaults = defaultsFor(descriptor, version, profile);
  const shared = {
    tags: tagsOf(descriptor, flags.tag ?? [], defaults),
    projectId: flags.project === undefined ? (defaults.project ?? 0) : readValue(PROJECT, flags.project, '--project'),
    resourceGroupId:
      flags.resourceGroup === undefined
        ? defaults.resourceGroup
        : readValue(RESOURCE_GROUP, flags.resourceGroup, '--resource-group'),
  };
  return names.map((name) => ({ name, ...shared }));
}

/** The profile's defaults that this provider supports for new pairs. */
function defaultsFor(descriptor: Descriptor, version: string, profile: Profile): Profile {
  const has = (ability: Ability): boolean => hasAbility(descriptor, version, ability);
  return {
    ...profile,
    tags: has('tag') ? profile.tags : {},
    project: has('project') ? profile.project : null,
    resourceGroup: has('resourceGroup') ? profile.resourceGroup : null,
  };
}

/** The tags from the flags, plus the profile's tags with other keys. */
function tagsOf(descriptor: Descriptor, given: readonly string[], profile: Profile): Readonly<Record<string, string>> {
  const { id, title, tagRule } = descriptor;
  const own = checkedTags(descriptor, given);
  const defaults = Object.entries(profile.tags).filter(([key]) => !Object.hasOwn(own, key));
  for (const [key, value] of defaults) {
    const problem = tagRule?.problem(key, value) ?? null;
    if (problem !== null) {
      const shown = JSON.stringify(key);
      throw badDefault(t`profile ${profile.name} adds the tag ${shown}: ${problem}`, profile, id);
    }
  }
  const tags = Object.fromEntries([...defaults, ...Object.entries(own)]);
  if (defaults.length > 0 && tagRule !== null && Object.keys(tags).length > tagRule.max) {
    throw badDefault(
      t`profile ${profile.name} adds tags, and ${title} takes at most ${tagRule.max} on a key pair`,
      profile,
      id,
    );
  }
  return tags;
}

function badDefault(message: string, { name }: Profile, provider: string): KeypairError {
  return new KeypairError('USAGE', message, {
    provider,
    hints: [t`see them with: keypair config list --profile ${name}`],
  });
}

/**
 * The destinations of the private keys, checked against the disk.
 *
 * @param taken files that may exist already: an earlier create of ours may have written them.
 * @returns one for each request, in order.
 * @throws KeypairError `USAGE` for an invalid destination, `CONFLICT` if a file already exists.
 */
export async function destinationsFor(
  session: Session,
  requests: readonly CreateRequest[],
  flags: CreateFlags,
  taken: ReadonlySet<string> = new Set(),
): Promise<readonly Destination[]> {
  const { output } = flags;
  if (flags.copy === false && output !== '-')
    throw new KeypairError('USAGE', t`--no-copy is for --output -: a file is no copy`);
  if (output === '-' && flags.recreate !== undefined && flags.recreate !== false)
    throw new KeypairError('USAGE', t`--recreate may find the key here, and saves it as a file: leave --output - out`);
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
      destinations.push({ file, handOver: null, copy: false, comment: name });
    }
  }
  return destinations;
}

/**
 * Refuses two names that are the same file on a file system that ignores case or Unicode form. Otherwise the second key
 * would fail only after the cloud has created it. In two separate runs, the file system decides.
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

/** Warns of files whose names differ from this key file, or its `.pub`, only by case or Unicode form. */
export async function warnOfLookAlikes(session: Session, file: string): Promise<void> {
  const others = await caseCollisions(file);
  if (others.length === 0) return;
  const name = path.basename(file);
  session.warn(
    t`${name} differs from ${joinList(others.map((other) => printable(other)))} beside it only by case or Unicode form: on many file systems they are one file`,
  );
}

function fileFor(session: Session, name: string, { output, keyDir }: CreateFlags): string {
  const { context } = session;
  if (output === undefined) return keyFileFor(session, name, keyDir);
  const file = expandPath(output, context);
  checkFileName(path.basename(file), context.platform);
  return file;
}

/**
 * The key file with this name in the key directory.
 *
 * @param keyDir as the user wrote it.
 * @throws KeypairError `USAGE` for a name that no key file can have.
 */
export function keyFileFor(session: Session, name: string, keyDir: string | undefined): string {
  checkFileName(name, session.context.platform);
  return path.join(keyDirectory(session, keyDir), name);
}

/** @throws KeypairError `USAGE` if a private key must not go to stdout: a terminal, JSON, or nobody who reads it. */
export function checkStdout({ context, settings }: Session): void {
  if (settings.json) {
    throw new KeypairError('USAGE', t`--output - puts the private key on stdout, and --json puts JSON there: give one`);
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
}

function toStdout(session: Session, name: string, copy: boolean): Destination {
  checkStdout(session);
  const { context } = session;
  const held = path.join(stateDirectory(context), 'stdout', `${name}-${context.pid}`);
  return {
    file: held,
    comment: name,
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
