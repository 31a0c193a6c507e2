import { providerAnswer } from '../cli/ask-provider.ts';
import { itemError } from '../cli/batch.ts';
import type { Session } from '../cli/session.ts';
import { keyDirectory } from '../cli/settings.ts';
import { checkAbility, checkedTags, checkText, hasAbility, readTags } from '../cli/validate.ts';
import type { Connection } from '../connection/connect.ts';
import { checkNameFree, findPair } from '../connection/find-key-pair.ts';
import { causedBy, KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { Ability, Descriptor, KeyPair, KeyPairChange } from '../providers/types.ts';
import { shellWord } from '../sanitize.ts';
import type { Choice } from '../ui/prompts.ts';
import { withPair } from './ask-key-pair.ts';
import { cachePair } from './completion-cache.ts';
import type { KnownPair } from './key-pair-record.ts';
import { renamePair } from './ledger.ts';
import { keysHere, knownFromCloud } from './local-keys.ts';

/** The flags of `update`. */
interface UpdateFlags {
  readonly rename?: string;
  readonly description?: string;
  readonly tag?: readonly string[];
  readonly removeTag?: readonly string[];
  readonly apiVersion?: string;
  readonly keyDir?: string;
  readonly dryRun?: boolean;
}

/** Shows a change: the pair as listed afterwards, the pair before, and the change. */
interface ShowChange {
  readonly changed: (known: KnownPair, before: KeyPair, change: KeyPairChange) => Promise<void>;
  /** In a dry run. */
  readonly planned: (connection: Connection, before: KeyPair, change: KeyPairChange) => void;
}

/**
 * Changes a pair. Checks the change before the first call.
 *
 * @param name null: ask for the pair. The change is asked for if the flags have none.
 * @throws KeypairError; `PARTIAL` as {@link applyChange}.
 */
export async function updatePair(
  session: Session,
  name: string | null,
  given: UpdateFlags,
  show: ShowChange,
): Promise<void> {
  const { interrupts } = session.context;
  const asked = asksForChange(given);
  const missing = [...(name === null ? ['NAME'] : []), ...(asked ? [] : [changesText()])];
  const descriptor = await providerAnswer(session, missing, t`Where is the key pair?`);
  const version = given.apiVersion ?? descriptor.apiVersions[0];
  const flags = asked ? given : { ...given, ...(await changeAnswer(session, descriptor, version)) };
  const change = changeFrom(descriptor, flags);
  await withPair(session, descriptor, version, name, async (connection, pair) => {
    if (flags.dryRun === true) {
      if (change.name !== undefined && change.name !== pair.name)
        await checkNameFree(connection, change.name, pair.projectId, interrupts.signal);
      show.planned(connection, pair, change);
      return;
    }
    const after = await interrupts.hold(
      () =>
        session.withSpinner(t`changing ${pair.name}`, async () => {
          try {
            return await applyChange(connection, pair, change, interrupts.signal);
          } catch (error) {
            if (error instanceof KeypairError && error.code === 'PARTIAL') await noteNewName(session, connection, pair);
            throw error;
          }
        }),
      () => {
        session.warn(t`the change was requested: waiting for its outcome`);
      },
    );
    if (after.name !== pair.name) await renamePair(session, connection, pair, after.name);
    const local = await keysHere(session, keyDirectory(session, flags.keyDir));
    const known = knownFromCloud(connection, after, local, session.settings.sandbox);
    await show.changed(known, pair, change);
    await cachePair(session, connection, pair, known);
    if (after.name !== pair.name && known.privateKeyPath !== null)
      session.info(t`its key files keep their name: ${known.privateKeyPath}`);
  });
}

/** Names the flags of which `update` needs one. */
function changesText(): string {
  return t`one of --rename, --description, --tag, --remove-tag`;
}

/** Whether the flags ask for any change. */
function asksForChange(flags: UpdateFlags): boolean {
  const { rename, description, tag, removeTag } = flags;
  return [rename, description, tag, removeTag].some((flag) => flag !== undefined);
}

/**
 * The change that the flags ask for, checked against the provider's abilities and rules.
 *
 * @throws KeypairError `USAGE` for the first value that the provider would refuse or does not support.
 */
function changeFrom(descriptor: Descriptor, flags: UpdateFlags): KeyPairChange {
  if (!asksForChange(flags)) throw new KeypairError('USAGE', t`missing: ${changesText()}`);
  const version = flags.apiVersion ?? descriptor.apiVersions[0];
  const { rename, description, tag, removeTag } = flags;
  if (rename !== undefined) {
    checkAbility(descriptor, version, 'rename', '--rename');
    checkText(descriptor, descriptor.nameRule, '--rename', rename);
  }
  if (description !== undefined) {
    checkAbility(descriptor, version, 'description', '--description');
    checkText(descriptor, descriptor.descriptionRule, '--description', description);
  }
  if (tag !== undefined) checkAbility(descriptor, version, 'retag', '--tag');
  if (removeTag !== undefined) checkAbility(descriptor, version, 'retag', '--remove-tag');
  return {
    ...(rename === undefined ? {} : { name: rename }),
    ...(description === undefined ? {} : { description }),
    ...(tag === undefined ? {} : { tags: checkedTags(descriptor, tag) }),
    ...(removeTag === undefined ? {} : { removeTags: checkedKeys(descriptor, removeTag, tag ?? []) }),
  };
}

function checkedKeys(
  { id, title, tagRule }: Descriptor,
  keys: readonly string[],
  tags: readonly string[],
): readonly string[] {
  const set = readTags(tags);
  if (tagRule !== null && new Set(keys).size > tagRule.max)
    throw new KeypairError('USAGE', t`${title} removes at most ${tagRule.max} tags at once`, { provider: id });
  for (const key of keys) {
    if (!Object.hasOwn(set, key)) continue;
    const problem = t`--tag sets the same one: give one of them`;
    throw new KeypairError('USAGE', t`--remove-tag ${JSON.stringify(key)}: ${problem}`, { provider: id });
  }
  return [...new Set(keys)];
}

/** A property of a pair that can be changed. */
interface Kind {
  readonly value: string;
  readonly ability: Ability;
  readonly title: () => string;
  readonly question: () => string;
  readonly flags: (answer: string) => UpdateFlags;
}

const KINDS: readonly Kind[] = [
  {
    value: 'rename',
    ability: 'rename',
    title: () => t`Rename`,
    question: () => t`New name:`,
    flags: (rename) => ({ rename }),
  },
  {
    value: 'description',
    ability: 'description',
    title: () => t`Change the description`,
    question: () => t`New description:`,
    flags: (description) => ({ description }),
  },
  {
    value: 'tag',
    ability: 'retag',
    title: () => t`Set a tag`,
    question: () => t`A tag as KEY=VALUE:`,
    flags: (tag) => ({ tag: [tag] }),
  },
  {
    value: 'remove-tag',
    ability: 'retag',
    title: () => t`Remove a tag`,
    question: () => t`Key of the tag:`,
    flags: (removeTag) => ({ removeTag: [removeTag] }),
  },
];

/** The properties of a pair that a service can change, as choices. */
export function changesOf(descriptor: Descriptor, version: string): readonly Choice[] {
  return KINDS.filter(({ ability }) => hasAbility(descriptor, version, ability)).map(({ value, title }) => ({
    value,
    title: title(),
    note: '',
  }));
}

/**
 * Asks which property to change, and for its new value.
 *
 * @param chosen one of {@link changesOf}; null: ask for the property too.
 * @throws KeypairError `CANCELLED`; `USAGE` if the service cannot change key pairs.
 */
export async function changeAnswer(
  { context }: Session,
  descriptor: Descriptor,
  version: string,
  chosen: string | null = null,
): Promise<UpdateFlags> {
  const choices = changesOf(descriptor, version);
  if (choices.length === 0) throw new KeypairError('USAGE', t`${descriptor.title} changes no key pairs`);
  const { askChoice, askText } = await import('../ui/prompts.ts');
  const value = chosen ?? (await askChoice(context, t`What do you want to change?`, choices));
  const kind = KINDS.find((one) => one.value === value);
  if (kind === undefined) return {};
  const answer = await askText(context, kind.question(), (text) => {
    try {
      changeFrom(descriptor, { ...kind.flags(text), apiVersion: version });
      return null;
    } catch (error) {
      if (error instanceof KeypairError) return error.message;
      throw error;
    }
  });
  return kind.flags(answer);
}

/** Notes the new name of a pair that was renamed before another change failed, if the service tells it. */
async function noteNewName(session: Session, connection: Connection, pair: KeyPair): Promise<void> {
  if (pair.id === null || !connection.descriptor.isId(pair.id)) return;
  const now = await findPair(connection, pair.id, session.context.interrupts.signal).catch(() => null);
  if (now !== null && now.name !== pair.name) await renamePair(session, connection, pair, now.name);
}

/** The error, whose hints are about a name that is given with `--name`, for a name that is given with `--rename`. */
function aboutRename(error: KeypairError): KeypairError {
  const hints = error.hints.map((hint) => hint.replace(/--name(?![\w-])/g, '--rename'));
  return new KeypairError(error.code, error.message, { ...causedBy(error), hints });
}

/**
 * Changes a pair and reads it back.
 *
 * @throws KeypairError; `PARTIAL` if it was or may have been changed and cannot be read back.
 */
async function applyChange(
  connection: Connection,
  pair: KeyPair,
  change: KeyPairChange,
  signal: AbortSignal,
): Promise<KeyPair> {
  const { descriptor, provider, flagsToReproduce } = connection;
  // Some services refuse a pair's current name as already taken.
  const { name, ...rest } = change;
  const asked = name === undefined || name === pair.name ? rest : change;
  if (Object.keys(asked).length === 0) return pair;
  const handle = pair.id !== null && descriptor.isId(pair.id) ? pair.id : (name ?? pair.name);
  const look = t`see what it is now with: keypair show ${shellWord(handle)} -p ${descriptor.id} -r ${flagsToReproduce}`;
  if (provider.updateKeyPair === undefined)
    throw new KeypairError('USAGE', t`${descriptor.title} changes no key pairs`);
  try {
    await provider.updateKeyPair(pair, asked, signal);
  } catch (error) {
    throw error instanceof KeypairError ? itemError(aboutRename(error), pair.name, look) : error;
  }
  try {
    return await findPair(connection, handle, signal);
  } catch (error) {
    if (!(error instanceof KeypairError)) throw error;
    throw new KeypairError('PARTIAL', t`${pair.name} was changed, but cannot be read back: ${error.message}`, {
      provider: descriptor.id,
      hints: [look],
      cause: error,
    });
  }
}
