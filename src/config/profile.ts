import type { Vendor } from '../credentials/types.ts';
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

/** A profile that says nothing. */
export const EMPTY_PROFILE: Profile = {
  name: 'default',
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
