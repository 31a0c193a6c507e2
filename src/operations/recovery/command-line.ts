import path from 'node:path';
import { CREATE_OPTIONS } from '../../cli/create-options.ts';
import type { Session } from '../../cli/session.ts';
import { keyDirectory } from '../../cli/settings.ts';
import { flagWords, type GivenFlags } from '../../cli/spec.ts';
import { descriptors } from '../../providers/registry.ts';
import type { Descriptor } from '../../providers/types.ts';
import { shellWord } from '../../sanitize.ts';
import type { Intent } from '../../storage/intent.ts';

/**
 * The command line that finishes an intent or begins it anew, in the same place and with all that was asked for.
 *
 * @param named the id or fingerprint of the pair that it may delete; null: only what is proved ours.
 */
export function recreateCommand(session: Session, intent: Intent, named: string | null = null): string {
  const { provider, region, apiVersion, name, tags, projectId, resourceGroupId, action } = intent;
  // What the journal does not record is not repeated.
  const flags: GivenFlags<typeof CREATE_OPTIONS> = {
    name: [name],
    tag: Object.entries(tags).map(([key, value]) => `${key}=${value}`),
    project: projectId === 0 ? undefined : String(projectId),
    resourceGroup: resourceGroupId ?? undefined,
    apiVersion: apiVersion === descriptorOf(intent)?.apiVersions[0] ? undefined : (apiVersion ?? undefined),
    ...fileFlags(session, intent),
    local: action === 'create-local',
    recreate: named ?? true,
  };
  const words = ['-p', provider, '-r', region, ...cloudFlags(session, intent), ...flagWords(CREATE_OPTIONS, flags)];
  return `keypair create ${words.map(shellWord).join(' ')}`;
}

/** The `keypair doctor` that looks at an intent: in the world that it is of. */
export function doctorCommand(session: Session, intent: Intent): string {
  return ['keypair doctor --fix', ...cloudFlags(session, intent).map(shellWord)].join(' ');
}

/** Whether an intent is of the world that this run calls: the sandbox, the endpoint that was given, or the services' own. */
export function isSameCloud({ settings }: Session, intent: Intent): boolean {
  if (intent.sandbox || settings.sandbox) return intent.sandbox === settings.sandbox;
  const { endpoint, profile } = settings;
  if (endpoint !== null) return originOf(endpoint) === intent.endpoint;
  const ofProfile = profile.provider === intent.provider ? profile.endpoint : null;
  return ofProfile === null ? hostsOf(intent).includes(intent.endpoint) : originOf(ofProfile) === intent.endpoint;
}

function originOf(endpoint: string): string | null {
  return URL.canParse(endpoint) ? new URL(endpoint).origin : null;
}

function hostsOf(intent: Intent): readonly string[] {
  const descriptor = descriptorOf(intent);
  return descriptor?.sites.map((site) => `https://${descriptor.host(intent.region, site)}`) ?? [];
}

/** Undefined for a provider that only another version of this program knows. */
function descriptorOf({ provider }: Intent): Descriptor | undefined {
  return descriptors.find(({ id }) => id === provider);
}

/** The flags without which a command would go elsewhere. */
function cloudFlags({ settings }: Session, intent: Intent): readonly string[] {
  const { profile, sandbox, endpoint } = intent;
  const [cn, intl] = hostsOf(intent);
  return [
    ...(sandbox ? ['--sandbox'] : []),
    ...(profile === null || (profile === 'default' && settings.profile.name === 'default')
      ? []
      : ['--profile', profile]),
    ...(sandbox || endpoint === cn ? [] : endpoint === intl ? ['--site', 'intl'] : ['--endpoint', endpoint]),
  ];
}

/** Where the private key was to go, unless it was where keys go by default. */
function fileFlags(
  session: Session,
  { name, privateKeyFile }: Intent,
): { readonly keyDir: string | undefined; readonly output: string | undefined } {
  if (privateKeyFile === null) return { keyDir: undefined, output: undefined };
  if (path.basename(privateKeyFile) !== name) return { keyDir: undefined, output: privateKeyFile };
  const directory = path.dirname(privateKeyFile);
  return {
    keyDir: directory === keyDirectory(session, undefined) ? undefined : directory,
    output: undefined,
  };
}
