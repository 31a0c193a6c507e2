import type { Session } from '../../cli/session.ts';
import { type GlobalFlags, resolveSettings, type Settings } from '../../cli/settings.ts';
import { PROFILE_KEYS, type ValueRule } from '../../config/values.ts';
import { loadProfile } from '../../config/load.ts';
import type { Profile } from '../../config/profile.ts';
import {
  DEFAULT_SOURCE,
  profileSource,
  type RegionInput,
  sourceText,
  resolveDefaultRegion,
} from '../../connection/region.ts';
import { endpointOfProfile } from '../../connection/target.ts';
import type { Context } from '../../context.ts';
import { roleVariable } from '../../credentials/environment.ts';
import { KeypairError } from '../../errors.ts';
import { joinList, t } from '../../i18n/t.ts';
import { defaultKeyDirectory } from '../../paths.ts';
import { nearest } from '../../providers/regions.ts';
import { findDescriptor } from '../../providers/registry.ts';
import type { Descriptor } from '../../providers/types.ts';
import { printable } from '../../sanitize.ts';
import { table } from '../../ui/table.ts';

/**
 * Runs `config get`: prints the value in the configuration, even if a flag or variable overrides it.
 *
 * @throws KeypairError `NOT_FOUND` if the key is not set.
 */
export async function runGet(session: Session, keyText: string): Promise<void> {
  const { context, settings } = session;
  const key = readKey(keyText);
  const isProfile = key.kind === 'profile';
  // For the key `profile`, ignore --profile: the value is the one in the file.
  const profile = await loadProfile(context, isProfile ? null : settings.chosenProfile, session.warn);
  const value = isProfile
    ? profile.chosen && profile.name
    : key.kind === 'tags'
      ? Object.keys(profile.tags).length > 0 && profile.tags
      : (valuesOf(profile).get(key.name) ?? false);
  if (value === false) {
    const shown = printable(key.name, 200);
    const message = isProfile
      ? t`${shown} is not set in the configuration`
      : t`${shown} is not set in profile ${profile.name}`;
    throw new KeypairError('NOT_FOUND', message, { hints: [t`see the values in effect with: keypair config list`] });
  }
  const lines =
    typeof value === 'object' ? Object.entries(value).map(([tag, text]) => `${tag}=${text}`) : [String(value)];
  session.result({
    json: { profile: isProfile ? null : profile.name, key: key.name, value },
    text: lines.map((line) => `${printable(line, Infinity)}\n`).join(''),
    quiet: lines.join('\n'),
  });
}

/** Runs `config list`: the values that a command with the same flags would use. */
export async function runList(session: Session): Promise<void> {
  const { context, settings } = session;
  const profile = await loadProfile(context, settings.chosenProfile, session.warn);
  const values = await effectiveValues(context, resolveSettings(settings.flags, context.env, profile));
  const { stdout } = context;
  // Output in a pipe is data, and in English.
  const shown = (source: string): string => (stdout.isTTY === true ? sourceText(source, profile.name) : source);
  const rows = values.map(({ key, value, source }) => [key, String(value), shown(source)]);
  session.result({
    json: values,
    text: table([t`key`, { heading: t`value`, shrinkable: true }, t`source`], rows, stdout),
    quiet: values.map(({ key, value }) => `${key}=${value}`).join('\n'),
  });
}

/** A value in effect. */
interface Effective {
  /** As users type it. */
  readonly key: string;
  readonly value: string | number;
  /** `flag`, the name of a variable, `profile work`, `config` (the configuration itself) or `default`. */
  readonly source: string;
}

/**
 * All values in effect, with their sources, in the order of the keys. Keys without a value are left out.
 *
 * @param settings including the profile.
 */
async function effectiveValues(
  context: RegionInput['context'] & Pick<Context, 'env'>,
  settings: Settings,
): Promise<readonly Effective[]> {
  const { profile } = settings;
  const values = valuesOf(profile);
  const asked = (flag: keyof GlobalFlags | null, variable: string): string | null => {
    if (flag !== null && settings.flags[flag] !== undefined) return 'flag';
    return (context.env[variable] ?? '') === '' ? null : variable;
  };
  const own = (key: string): Effective | null => {
    const value = values.get(key);
    return value === undefined ? null : { key, value, source: profileSource(profile.name) };
  };
  // `list` accepts several providers; then no single one has defaults.
  const { provider } = settings;
  const isOne = provider !== null && provider !== 'all' && !provider.includes(',');
  const descriptor = isOne ? findDescriptor(provider) : null;
  const unasked =
    descriptor === null || settings.region !== null
      ? null
      : await resolveDefaultRegion({ context, settings }, descriptor);
  const role = descriptor === null ? null : roleVariable(descriptor.vendor, context.env);
  const first = (key: string, value: string | number | null, source: string | null): Effective | null =>
    value === null ? null : source === null ? own(key) : { key, value, source };
  const named = asked('profile', 'KEYPAIR_PROFILE') ?? (profile.chosen ? 'config' : DEFAULT_SOURCE);
  const found: readonly (Effective | null)[] = [
    { key: 'profile', value: profile.name, source: named },
    first('provider', settings.provider, asked('provider', 'KEYPAIR_PROVIDER')),
    first('region', settings.region, asked('region', 'KEYPAIR_REGION')) ??
      (unasked === null ? own('region') : { key: 'region', value: unasked.region, source: unasked.source }),
    first('site', settings.site, asked('site', 'KEYPAIR_SITE')) ?? byDefault('site', settings.site),
    first('endpoint', settings.endpoint, asked('endpoint', 'KEYPAIR_ENDPOINT')) ??
      (descriptor !== null && endpointOfProfile(settings, descriptor) !== null ? own('endpoint') : null),
    first('key-dir', settings.keyDir, asked(null, 'KEYPAIR_KEY_DIR')) ??
      byDefault('key-dir', defaultKeyDirectory(context)),
    lacks(descriptor, 'project') ? null : (own('project') ?? byDefault('project', 0)),
    lacks(descriptor, 'resourceGroup') ? null : own('resource-group'),
    own('max-age'),
    ...(role === null ? ROLE_KEYS.map(own) : [{ key: 'role.arn', value: role.value, source: role.name }]),
    ...(lacks(descriptor, 'tag') ? [] : Object.keys(profile.tags).map((key) => own(`tags.${key}`))),
  ];
  return found.filter((value) => value !== null);
}

const ROLE_KEYS = PROFILE_KEYS.map(({ name }) => name).filter((name) => name.startsWith('role.'));

function byDefault(key: string, value: string | number): Effective {
  return { key, value, source: DEFAULT_SOURCE };
}

/** Whether the provider lacks an ability; false if the provider is unknown. */
function lacks(descriptor: Descriptor | null, ability: 'tag' | 'project' | 'resourceGroup'): boolean {
  return descriptor?.abilities[ability] === false;
}

/** The values of a profile, by key as users type it. */
function valuesOf(profile: Profile): ReadonlyMap<string, string | number> {
  const role = profile.role;
  const values: Readonly<Record<(typeof PROFILE_KEYS)[number]['name'], string | number | null>> = {
    provider: profile.provider,
    region: profile.region,
    site: profile.site,
    endpoint: profile.endpoint,
    'key-dir': profile.keyDir,
    project: profile.project,
    'resource-group': profile.resourceGroup,
    'max-age': profile.maxAge,
    'role.arn': role?.arn ?? null,
    'role.session-name': role?.sessionName ?? null,
    'role.external-id': role?.externalId ?? null,
    'role.duration': role?.durationSeconds ?? null,
  };
  const all = [
    ...PROFILE_KEYS.map(({ name }) => [name, values[name]] as const),
    ...Object.entries(profile.tags).map(([key, value]) => [`tags.${key}`, value] as const),
  ];
  return new Map(all.flatMap(([key, value]) => (value === null ? [] : [[key, value] as const])));
}

/** A key as the user typed it. `profile` is not a key of a profile: it names the current profile. */
export type GivenKey = { readonly name: string } & (
  | { readonly kind: 'profile' }
  | { readonly kind: 'value'; readonly path: readonly string[]; readonly rule: ValueRule }
  | { readonly kind: 'tag' | 'tags'; readonly path: readonly string[] }
);

/** Words for secrets, which belong in the keychain. Keys that contain one are not printed. */
const SECRET = /secret|token|passw|passphrase|credential|accesskey|apikey|privatekey|secretid/;

/**
 * Reads a key.
 *
 * @throws KeypairError `USAGE` for an unknown key; if it looks like a secret, the hint says where secrets belong.
 */
export function readKey(text: string): GivenKey {
  if (text === 'profile') return { kind: 'profile', name: text };
  if (text === 'tags') return { kind: 'tags', name: text, path: ['tags'] };
  if (text.startsWith('tags.') && text.length > 5) {
    return { kind: 'tag', name: text, path: ['tags', text.slice(5)] };
  }
  const known = PROFILE_KEYS.find(({ name }) => name === text);
  if (known !== undefined) return { kind: 'value', ...known };
  if (SECRET.test(text.toLowerCase().replace(/[^a-z]/g, ''))) {
    throw new KeypairError('USAGE', t`the configuration holds no secrets: there is no such key`, {
      hints: [
        t`put credentials into the keychain with: keypair auth login`,
        t`what you typed may be in the history of your shell now`,
      ],
    });
  }
  const names = ['profile', ...PROFILE_KEYS.map(({ name }) => name), 'tags.<key>'];
  const near = nearest(text, names);
  throw new KeypairError('USAGE', t`unknown key '${printable(text, 80)}'`, {
    hints: [...(near === null ? [] : [t`did you mean ${near}?`]), t`the keys are ${joinList(names)}`],
  });
}
