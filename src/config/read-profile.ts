import type { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { type ConfigDocument, entriesOf, type Entry, mistake, shownKey } from './document.ts';
import { DEFAULT_PROFILE, isProfileName, noProfile, type Profile, type ProfileRole } from './profile.ts';
import { descriptors } from '../providers/registry.ts';
import * as rules from './values.ts';

/** An object of the file: its entries, and its name in messages. */
interface Part {
  readonly document: ConfigDocument;
  readonly name: string;
  readonly entries: ReadonlyMap<string, Entry>;
}

/**
 * The chosen profile of a configuration, with all values checked. Unknown keys and other profiles are ignored.
 *
 * @param chosen null for the one that the file itself names, or `default`.
 * @throws KeypairError `USAGE` with line, column and key for an invalid value; for a profile that does not exist.
 */
export function profileFrom(document: ConfigDocument, chosen: string | null): Profile {
  const named = chosen ?? chosenByFile(document);
  const name = named ?? DEFAULT_PROFILE;
  const profiles = profilesOf(document);
  const part = partOf(profiles, name);
  if (part === null && name !== DEFAULT_PROFILE) throw noProfile(name, namesIn(document));
  const empty: Part = { document, name, entries: new Map() };
  const profile = part ?? empty;
  return {
    name,
    chosen: named !== null,
    provider: read(profile, 'provider', rules.PROVIDER),
    region: read(profile, 'region', rules.REGION),
    site: read(profile, 'site', rules.SITE),
    endpoint: read(profile, 'endpoint', rules.ENDPOINT),
    keyDir: read(profile, 'keyDir', rules.KEY_DIRECTORY),
    project: read(profile, 'project', rules.PROJECT, 'number'),
    resourceGroup: read(profile, 'resourceGroup', rules.RESOURCE_GROUP),
    tags: readTexts(partOf(profile, 'tags') ?? empty),
    role: readRole(partOf(profile, 'role')),
    logins: readLogins(partOf(profile, 'logins') ?? empty),
  };
}

/**
 * The profile that the file itself names, or null.
 *
 * @throws KeypairError `USAGE` where that is not a valid name.
 */
export function chosenByFile(document: ConfigDocument): string | null {
  return read(topOf(document), 'profile', {
    sentence: t`the name of a profile`,
    accept: (text) => (isProfileName(text) ? text : null),
  });
}

/**
 * The names of the profiles in a configuration, in file order.
 *
 * @throws KeypairError `USAGE` where `profiles` is not an object.
 */
export function namesIn(document: ConfigDocument): readonly string[] {
  return [...profilesOf(document).entries.keys()].filter(isProfileName);
}

function topOf(document: ConfigDocument): Part {
  const { root } = document;
  return { document, name: '', entries: root === null ? new Map() : entriesOf(document, root, '') };
}

function profilesOf(document: ConfigDocument): Part {
  return partOf(topOf(document), 'profiles') ?? { document, name: 'profiles', entries: new Map() };
}

function partOf({ document, name: above, entries }: Part, key: string): Part | null {
  const entry = entries.get(key);
  if (entry === undefined) return null;
  const name = shownKey(above, key);
  return { document, name, entries: entriesOf(document, entry.value, name) };
}

function read<T extends string | number>(
  part: Part,
  key: string,
  rule: rules.ValueRule<T>,
  type: 'string' | 'number' = 'string',
): T | null {
  const entry = part.entries.get(key);
  if (entry === undefined) return null;
  // The rule checks a number as it would be typed: it refuses 1.5 and 1e30.
  const given: unknown = entry.value.value;
  const value = entry.value.type === type ? rule.accept(String(given)) : null;
  if (value === null) throw wrong(part, key, entry, (name) => t`${name} is not ${rule.sentence}`);
  return value;
}

/** All entries of an object of texts, as own properties, even `__proto__`. */
function readTexts(part: Part): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...part.entries].map(([key, entry]) => {
      const value: unknown = entry.value.value;
      if (key === '' || typeof value !== 'string') {
        throw wrong(part, key, entry, (name) => t`${name} is not a key with a text`);
      }
      return [key, value];
    }),
  );
}

/** A role without an ARN is not set yet. */
function readRole(part: Part | null): ProfileRole | null {
  if (part === null) return null;
  const arn = read(part, 'arn', rules.ROLE_ARN);
  const rest = {
    sessionName: read(part, 'sessionName', rules.SESSION_NAME),
    externalId: read(part, 'externalId', rules.EXTERNAL_ID),
    durationSeconds: read(part, 'durationSeconds', rules.DURATION, 'number'),
  };
  return arn === null ? null : { arn, ...rest };
}

function readLogins(part: Part): Profile['logins'] {
  const rule: rules.ValueRule<'keychain' | 'file'> = {
    sentence: t`keychain or file`,
    accept: (text) => (text === 'keychain' || text === 'file' ? text : null),
  };
  return Object.fromEntries(
    [...new Set(descriptors.map(({ vendor }) => vendor))].flatMap((vendor) => {
      const place = read(part, vendor, rule);
      return place === null ? [] : [[vendor, place]];
    }),
  );
}

function wrong(
  { document, name }: Part,
  key: string,
  entry: Entry,
  what: (name: string) => string,
): KeypairError {
  return mistake(document, entry.value, what(shownKey(name, key)));
}
