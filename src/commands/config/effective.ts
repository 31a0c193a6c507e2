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
 * Runs `config get`: what the configuration itself says, whatever flags and variables go before it.
 *
 * @throws KeypairError `NOT_FOUND` where it says nothing.
 */
export async function runGet(session: Session, keyText: string): Promise<void> {
  const { context, settings } = session;
  const key = readKey(keyText);
  const isProfile = key.kind === 'profile';
  // Whatever profile was chosen here: of the key `profile` the question is what the file says.
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
    throw new KeypairError('NOT_FOUND', message, { hints: [t`see what holds with: keypair config list`] });
  }
  const lines =
    typeof value === 'object' ? Object.entries(value).map(([tag, text]) => `${tag}=${text}`) : [String(value)];
  session.result({
    json: { profile: isProfile ? null : profile.name, key: key.name, value },
    text: lines.map((line) => `${printable(line, Infinity)}\n`).join(''),
    quiet: lines.join('\n'),
  });
}

/** Runs `config list`: what a command with the same flags would take now. */
export async function runList(session: Session): Promise<void> {
  const { context, settings } = session;
  const profile = await loadProfile(context, settings.chosenProfile, session.warn);
  const values = await effectiveValues(context, resolveSettings(settings.flags, context.env, profile));
  const { stdout } = context;
  // Behind a pipe it is data, which is English.
  const shown = (source: string): string => (stdout.isTTY === true ? sourceText(source, profile.name) : source);
  const rows = values.map(({ key, value, source }) => [key, String(value), shown(source)]);
  session.result({
    json: values,
    text: table([t`key`, { heading: t`value`, shrinkable: true }, t`source`], rows, stdout),
    quiet: values.map(({ key, value }) => `${key}=${value}`).join('\n'),
  });
}

/** One value that holds. */
interface Effective {
  /** As users type it. */
  readonly key: string;
  readonly value: string | number;
  /** `flag`, a variable's name, `profile work`, `config` (the configuration itself) or `default`. */
  readonly source: string;
}

/**
 * Every value that a command would take now, with its source, in the order of the keys; what has none is left out.
 *
 * @param settings with the profile in them.
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
  // `list` takes several: then there is not one to ask.
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
    ...(role === null ? ROLE_KEYS.map(own) : [{ key: 'role.arn', value: role.value, source: role.name }]),
    ...(lacks(descriptor, 'tag') ? [] : Object.keys(profile.tags).map((key) => own(`tags.${key}`))),
  ];
  return found.filter((value) => value !== null);
}

const ROLE_KEYS = PROFILE_KEYS.map(({ name }) => name).filter((name) => name.startsWith('role.'));

function byDefault(key: string, value: string | number): Effective {
  return { key, value, source: DEFAULT_SOURCE };
}

/** Where no provider is known, what some have is shown. */
function lacks(descriptor: Descriptor | null, ability: 'tag' | 'project' | 'resourceGroup'): boolean {
  return descriptor?.abilities[ability] === false;
}

/** What a profile says, by the keys as users type them. */
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

/** A key as a user typed it. `profile` is of the configuration, not of a profile: the one to take when none is chosen. */
export type GivenKey = { readonly name: string } & (
  | { readonly kind: 'profile' }
  | { readonly kind: 'value'; readonly path: readonly string[]; readonly rule: ValueRule }
  | { readonly kind: 'tag' | 'tags'; readonly path: readonly string[] }
);

/** Words for what belongs in the keychain; a key that holds one is not repeated. */
const SECRET = /secret|token|passw|passphrase|credential|accesskey|apikey|privatekey|secretid/;

/**
 * Reads a key.
 *
 * @throws KeypairError `USAGE` for one that there is not; for one that sounds like a secret it says where those go.
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
        t`what was typed here may stand in the history of your shell now`,
      ],
    });
  }
  const names = ['profile', ...PROFILE_KEYS.map(({ name }) => name), 'tags.<key>'];
  const near = nearest(text, names);
  throw new KeypairError('USAGE', t`there is no key '${printable(text, 80)}'`, {
    hints: [...(near === null ? [] : [t`did you mean ${near}?`]), t`the keys are ${joinList(names)}`],
  });
}
