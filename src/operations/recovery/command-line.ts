import path from 'node:path';
import { CREATE_OPTIONS } from '../../cli/create-options.ts';
import type { Session } from '../../cli/session.ts';
import { keyDirectory } from '../../cli/settings.ts';
import { flagWords, type GivenFlags } from '../../cli/spec.ts';
import { descriptors } from '../../providers/registry.ts';
import type { Descriptor } from '../../providers/types.ts';
import { shellWord } from '../../sanitize.ts';
import type { Intent } from '../../storage/intent.ts';
import type { Rotation } from '../../storage/rotation-file.ts';

/**
 * The command line that finishes an intent or starts over, with the same service and options.
 *
 * @param named the id or fingerprint of the pair that it may delete; null: only a pair proved to be ours.
 */
export function recreateCommand(session: Session, intent: Intent, named: string | null = null): string {
  const { provider, region, apiVersion, name, tags, projectId, resourceGroupId, action } = intent;
  // Options that the journal does not record are left out.
  const flags: GivenFlags<typeof CREATE_OPTIONS> = {
    name: [name],
    tag: Object.entries(tags).map(([key, value]) => `${key}=${value}`),
    project: projectId === 0 ? undefined : String(projectId),
    resourceGroup: resourceGroupId ?? undefined,
    apiVersion: apiVersion === descriptorOf(intent)?.apiVersions[0] ? undefined : (apiVersion ?? undefined),
    ...fileFlags(session, intent),
    passphrase: intent.passphrase && session.interactive,
    passphraseStdin: intent.passphrase && !session.interactive,
    local: action === 'create-local',
    recreate: named ?? true,
  };
  const words = ['-p', provider, '-r', region, ...cloudFlags(session, intent), ...flagWords(CREATE_OPTIONS, flags)];
  return `keypair create ${words.map(shellWord).join(' ')}`;
}

/** The command that goes on with a rotation, or undoes it. */
export function rotateCommand(session: Session, rotation: Rotation, how: '--resume' | '--abort'): string {
  const { provider, region, name } = rotation;
  const yes = how === '--abort' && !session.interactive ? ['--yes'] : [];
  const words = [name, how, ...yes, '-p', provider, '-r', region, ...cloudFlags(session, rotation)];
  return `keypair rotate ${words.map(shellWord).join(' ')}`;
}

/** What tells the cloud of an entry. */
type CloudOf = Pick<Intent, 'provider' | 'region' | 'profile' | 'sandbox' | 'endpoint'>;

/** The `keypair doctor` command that checks an intent, with its endpoint or sandbox. */
export function doctorCommand(session: Session, intent: Intent): string {
  return ['keypair doctor --fix', ...cloudFlags(session, intent).map(shellWord)].join(' ');
}

/** Whether an intent belongs to the cloud that this run calls: the sandbox, a given endpoint, or the real services. */
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

function hostsOf(intent: CloudOf): readonly string[] {
  const descriptor = descriptorOf(intent);
  return descriptor?.sites.map((site) => `https://${descriptor.host(intent.region, site)}`) ?? [];
}

/** Undefined for a provider that only another version of keypair knows. */
function descriptorOf({ provider }: CloudOf): Descriptor | undefined {
  return descriptors.find(({ id }) => id === provider);
}

/** The flags that send a command to the same cloud. */
function cloudFlags({ settings }: Session, intent: CloudOf): readonly string[] {
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

/** The flags for the private key's destination, unless it is the default. */
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
