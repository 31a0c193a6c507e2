import type { PathsInput } from '../paths.ts';
import type { Vendor } from '../providers/credentials.ts';
import type { Secret } from '../secret.ts';
import type { Sts } from './sts/sts.ts';
import type { ReportedSession } from './temporary.ts';

/** A region that neither a flag nor KEYPAIR_REGION sets, and its source, for people. */
export interface RegionFound {
  readonly region: string;
  /** `TENCENTCLOUD_REGION`, `profile work`, `~/.tccli/default.configure`, `default`. */
  readonly source: string;
}

/** The variables of one access key. */
interface KeyVariables {
  /** Null where the vendor has bearer tokens, which are all secret. */
  readonly id: string | null;
  readonly secret: string;
  /** The names that the token may have beside this pair. */
  readonly tokens: readonly string[];
  /** Whether other programs may use the names for something else: they count only as a pair. */
  readonly ambiguous?: boolean;
}

/** The variables of the exchange of a signed token for a role. */
interface WebIdentityVariables {
  readonly required: Readonly<Record<'providerId' | 'tokenFile' | 'roleArn', string>>;
  readonly region: string | null;
  readonly sessionName: string | null;
  readonly stsEndpoint: string | null;
  /** Whether the variable of the role alone makes the vendor's CLI take it on with an access key. */
  readonly roleAlone: boolean;
}

/** Roles that are taken on with other credentials: their variables, each by all of its names, and what STS accepts. */
export interface RoleRules {
  readonly variables: Readonly<Record<'arn' | 'sessionName' | 'durationSeconds' | 'externalId', readonly string[]>>;
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

/** What an entry of a vendor's credentials file says: how to come by credentials, not yet the credentials. */
export type Entry =
  | PairEntry
  | { readonly kind: 'role'; readonly base: Entry; readonly role: Role }
  | { readonly kind: 'web identity'; readonly identity: WebIdentity }
  | { readonly kind: 'instance'; readonly roleName: string | null }
  /** Something that only the vendor's own tool can use; `why` says what it is and what to run, in one line. */
  | { readonly kind: 'unusable'; readonly why: string };

/** A role to assume, with other credentials. */
export interface Role {
  /** `qcs::cam::uin/100000000001:roleName/ops`, `acs:ram::1000000000000001:role/ops`. */
  readonly arn: string;
  /** What the session is called in the vendor's logs; null: `keypair`. */
  readonly sessionName: string | null;
  readonly externalId: string | null;
  /** Null: the vendor's default (Tencent 7200, Alibaba 3600). */
  readonly durationSeconds: number | null;
  /** JSON that allows the session less than the role is allowed. */
  readonly policy: string | null;
  /** Host of the STS to ask, or a region; null for the vendor's own. */
  readonly stsEndpoint: string | null;
}

/** A role to assume with the token of an identity provider. */
export interface WebIdentity {
  readonly roleArn: string;
  /** TKE's provider id, or the ARN of the OIDC provider. */
  readonly providerId: string;
  readonly tokenFile: string;
  /** Null: `keypair`. */
  readonly sessionName: string | null;
  readonly region: string | null;
  readonly stsEndpoint: string | null;
}

/** What a file of a vendor's tools says. */
export interface FileContent {
  readonly entry: Entry | null;
  /** The part of the file that counts, for people: `profile prod`; null where that is the whole file. */
  readonly part: string | null;
  /** The variable that names the part, or null. */
  readonly chosenBy: string | null;
}

/** A file of a vendor's tools that may hold credentials. */
export interface CredentialsFile {
  readonly file: string;
  /** The variable that names this file or its profile, so that its absence is worth a word; or null. */
  readonly namedBy: string | null;
  /** The variable that forbids to read it, or null. */
  readonly forbiddenBy?: string | null;
  /** @throws KeypairError that tells the fault without any of the text. */
  readonly read: (text: string) => Promise<FileContent>;
}

/** An access key, permanent or temporary, that stands in the file itself. */
export interface PairEntry {
  readonly kind: 'pair';
  readonly id: string;
  readonly secret: Secret;
  readonly token: Secret | null;
  readonly expiresAt: Date | null;
  /** What to run once it has ended: `run tccli auth login`. */
  readonly renew: string | null;
}
