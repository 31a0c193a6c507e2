import type { PathsInput } from '../paths.ts';
import type { CredentialsFile } from './entry.ts';
import type { Sts } from './sts/sts.ts';
import type { ReportedSession } from './temporary.ts';
import type { Vendor } from '../providers/credentials.ts';

/** A region that neither a flag nor KEYPAIR_REGION sets, and its source, for people. */
export interface RegionFound {
  readonly region: string;
  /** `TENCENTCLOUD_REGION`, `profile work`, `~/.tccli/default.configure`, `default`. */
  readonly source: string;
}

/** The variables of one access key. */
export interface KeyVariables {
  /** Null where the vendor has bearer tokens, which are all secret. */
  readonly id: string | null;
  readonly secret: string;
  /** The names that the token may have beside this pair. */
  readonly tokens: readonly string[];
  /** Whether other programs may use the names for something else: they count only as a pair. */
  readonly ambiguous?: boolean;
}

/** The variables of the exchange of a signed token for a role. */
export interface WebIdentityVariables {
  readonly required: Readonly<Record<'providerId' | 'tokenFile' | 'roleArn', string>>;
  readonly region: string | null;
  readonly sessionName: string | null;
  readonly stsEndpoint: string | null;
  /** Whether the variable of the role alone makes the vendor's CLI take it on with an access key. */
  readonly roleAlone: boolean;
}

/** Roles that are taken on with other credentials: their variables, each by all of its names, and what STS accepts. */
export interface RoleRules {
  readonly variables: Readonly<
    Record<'arn' | 'sessionName' | 'durationSeconds' | 'externalId', readonly string[]>
  >;
  /** What the ARN of every role begins with. */
  readonly arnPrefix: string;
  readonly arn: RegExp;
  readonly arnExample: string;
  readonly sessionName: RegExp;
  /** One sentence on `sessionName`, for people. */
  readonly sessionNameSentence: string;
  readonly externalId: RegExp;
  /** The shortest and the longest session, in seconds. */
  readonly seconds: readonly [number, number];
}

/** A vendor's Security Token Service. */
export interface StsData {
  readonly domain: string;
  /** What comes before the domain on the international site: `intl.`; empty where both sites use one host. */
  readonly international: string;
  /** Finance regions with a host of their own. */
  readonly financeRegions: readonly string[];
  /** The variable that names the host, or null. */
  readonly endpointVariable: string | null;
  /** Whether the region of a web identity has a host of its own. */
  readonly hostByRegion: boolean;
  /** Loads what speaks to it, and with it the SDK's signer. */
  load(): Promise<Sts>;
}

/** A vendor's metadata service: it answers its own instances only, on plain http. */
export interface MetadataService {
  /** Where the instance's roles are: their name, and by a name the role's credentials. */
  readonly roles: string;
  /** The first words of what the machine's DMI says. */
  readonly dmi: RegExp;
  /** The variables that name the instance's role. */
  readonly roleVariables: readonly string[];
  /** The variable that forbids to ask it, or null. */
  readonly offVariable: string | null;
  /** How a session is opened, whose token shows that a request is made on the instance itself; null for none. */
  readonly session: {
    readonly url: string;
    /** The header that asks for a lifetime, in seconds. */
    readonly lifetimeHeader: string;
    readonly tokenHeader: string;
    /** The variable that forbids to go on without a token, or null. */
    readonly requiredVariable: string | null;
  } | null;
  /** Where an answer has the credentials. */
  sessionIn(fields: Readonly<Record<string, unknown>>): ReportedSession;
}

/** All that differs between vendors' credentials. One file a vendor in `vendors/`, one line in `vendors.ts`. */
export interface VendorData {
  readonly id: Vendor;
  /** `Tencent Cloud`. */
  readonly title: string;
  /** What it calls the two halves of an access key; `id` is null for bearer tokens. */
  readonly key: { readonly id: string | null; readonly secret: string };
  /** Its own tools' spellings, the current one first. */
  readonly keyVariables: readonly [KeyVariables, ...KeyVariables[]];
  /** The variables in which its own tools look for a region; the first that is set wins. */
  readonly regionVariables: readonly string[];
  /** Region variables that other programs use, too: they count only if their value is a region of the provider. */
  readonly ambiguousRegionVariables: readonly string[];
  readonly webIdentity: WebIdentityVariables | null;
  readonly roles: RoleRules | null;
  readonly sts: StsData | null;
  readonly metadata: MetadataService | null;
  /** A clock that is off by more has its requests refused, or soon, in milliseconds. */
  readonly clockToleranceMs: number;
  /**
   * The files of its own tools, in the order in which they count.
   *
   * @throws KeypairError `AUTH` when variables name two profiles.
   */
  files(context: PathsInput): Promise<readonly CredentialsFile[]>;
  /**
   * The region that its own CLI would use, by its files; null where they say none.
   *
   * @throws KeypairError `USAGE` that names the file, where it cannot be read, is broken, or does not have the profile
   * that is wanted: no other region may be taken in its place. `AUTH` when variables name two profiles.
   */
  fileRegion(context: PathsInput): Promise<RegionFound | null>;
}
