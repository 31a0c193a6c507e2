import type { Vendor } from '../credentials/types.ts';
import { KeypairError } from '../errors.ts';
import { listed } from '../language/phrases.ts';
import { t } from '../language/t.ts';
import type { Site } from '../providers/types.ts';

/** A role that a profile takes on, with whatever credentials the chain finds below it. */
export interface ProfileRole {
  /** `qcs::cam::uin/100:roleName/ops` (Tencent) or `acs:ram::100:role/ops` (Alibaba): its shape tells the vendor. */
  readonly arn: string;
  readonly sessionName: string | null;
  readonly externalId: string | null;
  readonly durationSeconds: number | null;
}

/** The defaults of one profile of this program's own configuration; null, or empty, is what it does not say. */
export interface Profile {
  /** `default` where nothing else was chosen. */
  readonly name: string;
  /** Whether somebody chose it (`--profile`, KEYPAIR_PROFILE, `config set profile`) instead of taking the default. */
  readonly chosen: boolean;
  readonly provider: string | null;
  /** Holds for the providers that have it. */
  readonly region: string | null;
  readonly site: Site | null;
  /** Holds for the profile's own provider only. */
  readonly endpoint: string | null;
  /** As written: `~/.ssh/cloud`. */
  readonly keyDir: string | null;
  readonly project: number | null;
  readonly resourceGroup: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly role: ProfileRole | null;
  /** Where `auth login` has put this profile's credentials; nothing of them stands in the configuration. */
  readonly logins: Readonly<Partial<Record<Vendor, 'keychain' | 'file'>>>;
}

/** The profile that is there without being made. */
export const DEFAULT_PROFILE = 'default';

/** A profile that says nothing. */
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
  role: null,
  logins: {},
};

/** Whether a text can be a profile's name: these become parts of file names. */
export function isProfileName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text);
}

/**
 * The name of a profile, as a user gives it.
 *
 * @param from where it was given: `--profile`, `KEYPAIR_PROFILE`.
 * @throws KeypairError `USAGE`.
 */
export function readProfileName(text: string, from: string): string {
  if (isProfileName(text)) return text;
  throw new KeypairError('USAGE', t`${from} takes the name of a profile`, {
    hints: ['up to 64 letters, digits, dots, dashes and underscores, the first a letter or a digit'],
  });
}

/**
 * The error for a profile that was chosen and is not there.
 *
 * @param names those that there are.
 */
export function noProfile(name: string, names: readonly string[]): KeypairError {
  return new KeypairError('USAGE', t`there is no profile ${name}`, {
    hints: [
      names.length === 0 ? 'there are no profiles yet' : t`the profiles are ${listed(names)}`,
      t`make it with: keypair config set --profile ${name} provider tencent`,
      t`or with: keypair auth login --profile ${name}`,
    ],
  });
}
