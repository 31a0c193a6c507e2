import { randomBytes } from 'node:crypto';
import type { Profile } from '../config/profile.ts';
import { senderOf } from '../context.ts';
import { findCredentials } from '../credentials/chain.ts';
import type { CredentialSource, Vendor } from '../providers/credentials.ts';
import type { CredentialContext } from '../credentials/context.ts';
import { t } from '../i18n/t.ts';
import { descriptors, findDescriptor } from '../providers/registry.ts';
import type { Descriptor } from '../providers/types.ts';
import type { Session } from '../cli/session.ts';
import { readNamed } from '../cli/settings.ts';
import { bare, type Dial, isLoopback, parseEndpoint } from '../http/route.ts';
import { proxyIn } from '../http/proxy.ts';
import { createTransport } from '../http/transport.ts';
import { resolveDefaultRegion } from './region.ts';

/** The timeout of an instance's metadata service, in milliseconds: it is one hop away, if it exists. */
const METADATA_TIMEOUT_MS = 1000;

/**
 * The credentials for a provider, looked up once per run.
 *
 * @throws KeypairError `AUTH` that lists every place searched; `USAGE` for an invalid endpoint.
 */
export function credentialsFor(session: Session, descriptor: Descriptor, profile: Profile): Promise<CredentialSource> {
  return findCredentials(descriptor, profile, credentialContext(session, descriptor.vendor, profile));
}

/**
 * The context of the search for a vendor's credentials, created once per session.
 *
 * @param profile the profile in use, if the session's settings have none: its endpoint applies to its vendor.
 * @throws KeypairError `USAGE` for an invalid endpoint.
 */
export function credentialContext(
  session: Session,
  vendor: Vendor,
  profile: Profile = session.settings.profile,
): CredentialContext {
  const made = session.credentials.get(vendor) ?? createCredentialContext(session, vendor, profile);
  session.credentials.set(vendor, made);
  return made;
}

/**
 * Shares a session's credential context with a session derived from it, so that no passphrase is asked for twice. Does
 * nothing if their endpoints are different clouds.
 *
 * @throws KeypairError `USAGE` for an invalid endpoint.
 */
export function shareCredentials(session: Session, made: Session, vendor: Vendor): void {
  const [known, wanted] = [session, made].map((one) => loopbackDial(one, vendor, one.settings.profile));
  if (known?.host !== wanted?.host || known?.port !== wanted?.port) return;
  made.credentials.set(vendor, credentialContext(session, vendor));
}

function createCredentialContext(session: Session, vendor: Vendor, profile: Profile): CredentialContext {
  const { context, settings, trace } = session;
  const dial = loopbackDial(session, vendor, profile);
  const options = {
    userAgent: senderOf(context),
    ...(trace === null ? {} : { trace }),
    ...(dial === null ? {} : { dial }),
  };
  return {
    env: context.env,
    home: context.home,
    platform: context.platform,
    now: context.now,
    nonce: () => randomBytes(32).toString('hex'),
    sender: senderOf(context),
    site:
      settings.flags.site === undefined && context.env['KEYPAIR_SITE'] === undefined
        ? (profile.site ?? settings.site)
        : settings.site,
    region: () => regionInForce(session, vendor, profile),
    send: createTransport({ ...options, timeoutMs: settings.timeoutMs, proxyFor: proxyIn(context) }).send,
    metadata: createTransport({ ...options, timeoutMs: METADATA_TIMEOUT_MS, proxyFor: () => '' }).send,
    surveys: new Map(),
    stored: new Map(),
    warn: (line) => {
      session.warn(line);
    },
    askPassphrase: session.interactive
      ? async (question) => {
          const { askSecret } = await import('../ui/prompts.ts');
          return askSecret(context, question, (answer) => (answer === '' ? t`it cannot be empty` : null));
        }
      : null,
  };
}

/** The region in effect, or null. If it cannot be read, the command reports it; the caller's identity needs none. */
async function regionInForce({ context, settings }: Session, vendor: Vendor, profile: Profile): Promise<string | null> {
  const asked = settings.region?.split(',')[0]?.trim();
  if (asked !== undefined) return asked === 'all' ? null : asked;
  const ofVendor = descriptors.filter((descriptor) => descriptor.vendor === vendor);
  const descriptor = ofVendor.find(({ id }) => id === profile.provider) ?? ofVendor[0];
  if (descriptor === undefined) return null;
  return resolveDefaultRegion({ context, settings: { profile } }, descriptor).then(
    ({ region }) => region,
    () => null,
  );
}

/** A loopback endpoint replaces the whole cloud, STS too: a test's credentials never reach the real one. */
function loopbackDial({ settings }: Session, vendor: Vendor, profile: Profile): Dial | null {
  const ofProfile =
    profile.provider !== null && findDescriptor(profile.provider).vendor === vendor ? profile.endpoint : null;
  const endpoint = settings.endpoint ?? ofProfile;
  const url = endpoint === null ? null : readNamed(settings.named.endpoint, () => parseEndpoint(endpoint));
  if (url === null || !isLoopback(url.hostname)) return null;
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { host: bare(url.hostname), port };
}
