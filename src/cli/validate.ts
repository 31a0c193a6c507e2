import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { Ability, Descriptor, TextRule } from '../providers/types.ts';

/** Whether a service has an ability in this version of its API. */
export function hasAbility(descriptor: Descriptor, apiVersion: string, ability: Ability): boolean {
  const lacked = descriptor.lackedBy?.[apiVersion] ?? [];
  return descriptor.abilities[ability] !== false && !lacked.includes(ability);
}

/**
 * Refuses an ability that the service lacks, before anything is called.
 *
 * @param flag as the user wrote it: `--description`, `attach`.
 * @throws KeypairError `USAGE`.
 */
export function checkAbility(descriptor: Descriptor, apiVersion: string, ability: Ability, flag: string): void {
  if (hasAbility(descriptor, apiVersion, ability)) return;
  throw new KeypairError('USAGE', t`${descriptor.title} does not support ${flag}`, {
    provider: descriptor.id,
    hints: [t`see what each provider can do with keypair providers`],
  });
}

/**
 * Refuses a text that a service does not accept, and suggests the nearest valid one.
 *
 * @param rule null if there is none.
 * @throws KeypairError `USAGE`.
 */
export function checkText({ id, title }: Descriptor, rule: TextRule | null, flag: string, text: string): void {
  if (rule === null || rule.accepts(text)) return;
  const suggestion = rule.suggest(text);
  throw new KeypairError('USAGE', t`${title} does not take ${flag} ${JSON.stringify(text)}: ${rule.sentence}`, {
    provider: id,
    hints:
      suggestion === null
        ? []
        : [t`try ${flag} ${/^[\w:.-]+$/.test(suggestion) ? suggestion : JSON.stringify(suggestion)}`],
  });
}

/**
 * Reads tags from a command line: `KEY=VALUE`; the value may be empty and may contain `=`.
 *
 * @throws KeypairError `USAGE` for a tag without `=`, and for a duplicate key.
 */
export function readTags(given: readonly string[]): Readonly<Record<string, string>> {
  const tags = new Map<string, string>();
  for (const text of given) {
    const split = text.indexOf('=');
    if (split < 1) throw badTag(text, t`a tag is written KEY=VALUE`);
    const key = text.slice(0, split);
    if (tags.has(key)) throw badTag(text, t`the key ${key} is given twice`);
    tags.set(key, text.slice(split + 1));
  }
  return Object.fromEntries(tags);
}

/**
 * Reads tags as {@link readTags}, and checks them against the rules of the service.
 *
 * @throws KeypairError `USAGE`.
 */
export function checkedTags(
  { id, title, tagRule }: Descriptor,
  given: readonly string[],
): Readonly<Record<string, string>> {
  const tags = readTags(given);
  for (const [key, value] of Object.entries(tags)) {
    const problem = tagRule?.problem(key, value) ?? null;
    if (problem !== null) throw badTag(`${key}=${value}`, problem, id);
  }
  if (tagRule !== null && Object.keys(tags).length > tagRule.max) {
    throw new KeypairError('USAGE', t`${title} takes at most ${tagRule.max} tags on a key pair`, {
      provider: id,
    });
  }
  return tags;
}

function badTag(text: string, problem: string, provider?: string): KeypairError {
  const details = provider === undefined ? {} : { provider };
  return new KeypairError('USAGE', t`--tag ${JSON.stringify(text)}: ${problem}`, details);
}
