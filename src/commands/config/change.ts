import { type ConfigValue, namesIn, parseDocument, profileFrom, setValue } from '../../config/document.ts';
import { configFile, currentProfile, profileNames, readConfigFile } from '../../config/load.ts';
import { expandPath } from '../../paths.ts';
import { DEFAULT_PROFILE, noProfile, readProfileName } from '../../config/profile.ts';
import {
  ENDPOINT,
  EXTERNAL_ID,
  isRegion,
  KEY_DIRECTORY,
  PROVIDER,
  readValue,
  REGION,
  type ValueRule,
} from '../../config/values.ts';
import { editConfig } from '../../config/write.ts';
import { KeypairError } from '../../errors.ts';
import { t, withLabel } from '../../i18n/t.ts';
import { suggestRegion } from '../../providers/regions.ts';
import { descriptors, findDescriptor } from '../../providers/registry.ts';
import type { Descriptor } from '../../providers/types.ts';
import type { Session } from '../../cli/session.ts';
import { isEmpty } from '../../cli/settings.ts';
import { parseEndpoint } from '../../http/route.ts';
import { printable } from '../../sanitize.ts';
import { noRegion } from '../../connection/target.ts';
import { type GivenKey, readKey } from './effective.ts';

/** Runs `config set`. Also accepts `KEY=VALUE` as one argument. */
export async function runSet(
  session: Session,
  keyText: string,
  valueText: string | undefined,
  dryRun = false,
): Promise<void> {
  const split = keyText.indexOf('=');
  const key = readKey(split === -1 ? keyText : keyText.slice(0, split));
  if (split !== -1 && valueText !== undefined)
    throw new KeypairError('USAGE', t`a key has no = in it, and one value is enough`);
  const given = valueText ?? (split === -1 ? undefined : keyText.slice(split + 1));
  if (given === undefined) throw new KeypairError('USAGE', t`missing: VALUE`);
  if (given === '') throw isEmpty(key.name);
  const value = await readGiven(session, key, given);
  const profile = await profileOf(session, key);
  await change(session, key, profile, value, dryRun);
  // The external id is shared with the owner of the role only: do not print it.
  const shared = key.kind === 'value' && key.rule === EXTERNAL_ID;
  const shown = shared ? null : printable(String(value), 500);
  const name = printable(key.name, 200);
  const is =
    shown === null
      ? dryRun
        ? t`${name} would be set`
        : t`${name} is set`
      : dryRun
        ? t`${name} would be ${shown}`
        : t`${name} is ${shown}`;
  session.result({
    json: { profile, key: key.name, value: shared ? null : value, ...(dryRun ? { dryRun } : {}) },
    text: `${withLabel(placeText(profile), is)}\n`,
    quiet: '',
  });
  if (key.name === 'endpoint' && profile !== null && !dryRun) await noteProviderOf(session, profile);
}

/** Runs `config unset`. A key that is not set is no error. */
export async function runUnset(session: Session, keyText: string, dryRun = false): Promise<void> {
  const key = readKey(keyText);
  const profile = await profileOf(session, key);
  if (profile !== null) {
    const names = await profileNames(session.context);
    if (profile !== DEFAULT_PROFILE && !names.includes(profile)) throw noProfile(profile, names);
  }
  const changed = await change(session, key, profile, undefined, dryRun);
  const name = printable(key.name, 200);
  const gone = dryRun ? t`${name} would not be set any more` : t`${name} is not set any more`;
  const text = changed ? gone : t`${name} was not set`;
  session.result({
    json: { profile, key: key.name, changed, ...(dryRun ? { dryRun } : {}) },
    text: `${withLabel(placeText(profile), text)}\n`,
    quiet: '',
  });
}

function placeText(profile: string | null): string {
  return profile === null ? t`the configuration` : t`profile ${profile}`;
}

/** The profile to change: the chosen one, else the current one; null for the key `profile`. */
async function profileOf({ context, settings }: Session, key: GivenKey): Promise<string | null> {
  return key.kind === 'profile' ? null : (settings.chosenProfile ?? (await currentProfile(context)));
}

/** @returns whether the file changes, or would in a dry run. */
async function change(
  { context }: Session,
  key: GivenKey,
  profile: string | null,
  value: ConfigValue | undefined,
  dryRun: boolean,
): Promise<boolean> {
  const path = key.kind === 'profile' || profile === null ? ['profile'] : ['profiles', profile, ...key.path];
  if (dryRun) {
    const file = configFile(context);
    const document = parseDocument(file, (await readConfigFile(file, context))?.text ?? '');
    return setValue(document, path, value) !== document.text;
  }
  let changed = false;
  await editConfig(context, (document) => {
    const text = setValue(document, path, value);
    changed = text !== document.text;
    return text;
  });
  return changed;
}

/** Reads a value by the rule of its key, or with the reader of its flag if that has better errors. */
async function readGiven(session: Session, key: GivenKey, text: string): Promise<string | number> {
  const { context } = session;
  switch (key.kind) {
    case 'tags':
      throw new KeypairError('USAGE', t`tags are set one by one`, {
        hints: [t`keypair config set tags.team ops`],
      });
    case 'tag':
      return text;
    case 'profile': {
      const name = readProfileName(text, 'profile');
      const names = await profileNames(context);
      if (name !== DEFAULT_PROFILE && !names.includes(name)) throw noProfile(name, names);
      return name;
    }
    case 'value': {
      const rule: ValueRule = key.rule;
      if (rule === PROVIDER) return findDescriptor(text).id;
      if (rule === ENDPOINT) parseEndpoint(text);
      if (rule === REGION) await checkRegion(session, text);
      // Later runs have another working directory.
      const meant = rule === KEY_DIRECTORY && !text.startsWith('~') ? expandPath(text, context) : text;
      return readValue(rule, meant, key.name);
    }
  }
}

/**
 * Checks that the provider (from flag or variable, else from the profile) has the region. Accepts an unknown region: it
 * may be new.
 *
 * @throws KeypairError `USAGE` for a region of another provider, and for a likely typo.
 */
async function checkRegion(session: Session, region: string): Promise<void> {
  // Value rules refuse a list: a profile has one region.
  if (region === 'all' || region.includes(',')) return;
  const { settings, context } = session;
  const profile = settings.chosenProfile ?? (await currentProfile(context));
  const named = settings.provider ?? (await providerOf(session, profile));
  const meant = named === null ? descriptors : [findDescriptor(named)];
  const known = meant.flatMap(({ regions }) => regions);
  if (known.includes(region)) return;
  const others = descriptors.some(({ regions }) => regions.includes(region));
  if (!others && suggestRegion(region, known) === null) {
    if (isRegion(region)) session.warn(t`${region} is not a documented region: saved anyway`);
    return;
  }
  const [only, ...more] = meant;
  throw only === undefined || more.length > 0
    ? noRegion([region], known, 'keypair regions')
    : notOf(only, region, known);
}

function notOf({ id, title }: Descriptor, region: string, known: readonly string[]): KeypairError {
  const near = suggestRegion(region, known);
  return new KeypairError('USAGE', t`${title} has no region ${region}`, {
    provider: id,
    hints: [...(near === null ? [] : [t`did you mean ${near}?`]), t`see ${`keypair regions --provider ${id}`}`],
  });
}

/** Tells the user if the profile has no provider yet: its endpoint is not used without one. */
async function noteProviderOf(session: Session, profile: string): Promise<void> {
  if ((await providerOf(session, profile)) === null)
    session.info(
      t`it applies to the provider of the profile, which has none yet: set one, as with keypair config set provider tencent`,
    );
}

/** The provider of a profile, or null; the profile need not exist. */
async function providerOf({ context }: Session, profile: string): Promise<string | null> {
  const file = configFile(context);
  const found = await readConfigFile(file, context);
  const document = parseDocument(file, found?.text ?? '');
  return namesIn(document).includes(profile) ? profileFrom(document, profile).provider : null;
}
