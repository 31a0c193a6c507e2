import type { Vendor } from '../providers/credentials.ts';
import { KeypairError } from '../errors.ts';
import { joinList, t } from '../i18n/t.ts';
import type { Site } from '../providers/types.ts';

/** A role that a profile assumes with the credentials that the search finds. */
export interface ProfileRole {
  /** `qcs::cam::uin/100:roleName/ops` (Tencent) or `acs:ram::100:role/ops` (Alibaba): the form shows the vendor. */
  readonly arn: string;
  readonly sessionName: string | null;
  readonly externalId: string | null;
  readonly durationSeconds: number | null;
}

/** The settings of one profile; null or empty if not set. */
export interface Profile {
  /** `default` unless another was chosen. */
  readonly name: string;
  /** Whether it was chosen (`--profile`, KEYPAIR_PROFILE, `config set profile`) and is not just the default. */
  readonly chosen: boolean;
  readonly provider: string | null;
  /** Applies to the providers that have this region. */
  readonly region: string | null;
  readonly site: Site | null;
  /** Applies to the profile's own provider only. */
  readonly endpoint: string | null;
  /** As written: `~/.ssh/cloud`. */
  readonly keyDir: string | null;
  readonly project: number | null;
  readonly resourceGroup: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** How old a key pair may get before `doctor` tells: `90d`. */
  readonly maxAge: string | null;
  readonly role: ProfileRole | null;
  /** Where `auth login` stored this profile's credentials. The configuration itself holds none. */
  readonly logins: Readonly<Partial<Record<Vendor, 'keychain' | 'file'>>>;
}

/** The profile that always exists. */
export const DEFAULT_PROFILE = 'default';

/** A profile without settings. */
export const EMPTY_PROFILE: Profile = {
  name: DEFAULT_PROFILE,
  chosen: false,
  provider: null,
  region: null,
  site: null,
  endpoint: null,
  keyDir: null,
  project: null,
  resourceGroup: null,
  tags: {},
  maxAge: null,
  role: null,
  logins: {},
};

/** Whether a text is a valid profile name. Names become parts of file names. */
export function isProfileName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text);
}

/**
 * Checks the name of a profile that the user gave.
 *
 * @param from where it was given: `--profile`, `KEYPAIR_PROFILE`.
 * @throws KeypairError `USAGE`.
 */
export function readProfileName(text: string, from: string): string {
  if (isProfileName(text)) return text;
  throw new KeypairError('USAGE', t`${from} takes the name of a profile`, {
    hints: [t`up to 64 letters, digits, dots, dashes and underscores, the first a letter or a digit`],
  });
}

/**
 * The error for a chosen profile that does not exist.
 *
 * @param names of the existing profiles.
 */
export function noProfile(name: string, names: readonly string[]): KeypairError {
  return new KeypairError('USAGE', t`there is no profile ${name}`, {
    hints: [
      names.length === 0 ? t`there are no profiles yet` : t`the profiles are ${joinList(names)}`,
      t`create it with: keypair config set --profile ${name} provider tencent`,
      t`or with: keypair auth login --profile ${name}`,
    ],
  });
}
