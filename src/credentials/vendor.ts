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
  /** Null if the vendor has bearer tokens, which are all secret. */
  readonly id: string | null;
  readonly secret: string;
  /** The variables of the token that belongs to this pair. */
  readonly tokens: readonly string[];
  /** Whether other programs may use the names, too: then they count only as a pair. */
  readonly ambiguous?: boolean;
}

/** The variables of the exchange of a signed token for a role. */
interface WebIdentityVariables {
  readonly required: Readonly<Record<'providerId' | 'tokenFile' | 'roleArn', string>>;
  readonly region: string | null;
  readonly sessionName: string | null;
  readonly stsEndpoint: string | null;
  /** Whether the vendor's CLI, given the role's variable alone, assumes the role with an access key. */
  readonly roleAlone: boolean;
}

/** Roles to assume with other credentials: all names of their variables, and what STS accepts. */
export interface RoleRules {
  readonly variables: Readonly<Record<'arn' | 'sessionName' | 'durationSeconds' | 'externalId', readonly string[]>>;
  /** The prefix of every role's ARN. */
  readonly arnPrefix: string;
  readonly arn: RegExp;
  readonly arnExample: string;
  readonly sessionName: RegExp;
  /** The rule of `sessionName`, for people. */
  readonly sessionNameSentence: string;
  readonly externalId: RegExp;
  /** The shortest and the longest session, in seconds. */
  readonly seconds: readonly [number, number];
}

/** A vendor's Security Token Service. */
export interface StsData {
  readonly domain: string;
  /** The prefix of the host on the international site: `intl.`; empty if both sites use one host. */
  readonly international: string;
  /** Finance regions with a host of their own. */
  readonly financeRegions: readonly string[];
  /** The variable that names the host, or null. */
  readonly endpointVariable: string | null;
  /** Whether the region of a web identity has a host of its own. */
  readonly hostByRegion: boolean;
  /** Loads the adapter, and with it the SDK's signer. */
  load(): Promise<Sts>;
}

/** A vendor's metadata service: it answers its own instances only, on plain http. */
export interface MetadataService {
  /** The URL of the name of the instance's role; with a name appended, that of the role's credentials. */
  readonly roles: string;
  /** Matches the vendor or product name in the machine's DMI. */
  readonly dmi: RegExp;
  /** The variables that name the instance's role. */
  readonly roleVariables: readonly string[];
  /** The variable that turns the service off, or null. */
  readonly offVariable: string | null;
  /** How to open a session, or null. Its token shows that a request comes from the instance itself. */
  readonly session: {
    readonly url: string;
    /** The header that asks for a lifetime, in seconds. */
    readonly lifetimeHeader: string;
    readonly tokenHeader: string;
    /** The variable that requires a token, or null. */
    readonly requiredVariable: string | null;
  } | null;
  /** Picks the credentials from an answer. */
  sessionIn(fields: Readonly<Record<string, unknown>>): ReportedSession;
}

/** All that differs between vendors' credentials. One file a vendor in `vendors/`, one line in `vendors.ts`. */
export interface VendorData {
  readonly id: Vendor;
  /** `Tencent Cloud`. */
  readonly title: string;
  /** The vendor's names for the parts of an access key; `id` is null for bearer tokens. */
  readonly key: { readonly id: string | null; readonly secret: string };
  /** The variables of its own tools, the current ones first. */
  readonly keyVariables: readonly [KeyVariables, ...KeyVariables[]];
  /** The region variables of its own tools; the first that is set wins. */
  readonly regionVariables: readonly string[];
  /** Region variables that other programs use, too: they count only if their value is a region of the provider. */
  readonly ambiguousRegionVariables: readonly string[];
  readonly webIdentity: WebIdentityVariables | null;
  readonly roles: RoleRules | null;
  readonly sts: StsData | null;
  readonly metadata: MetadataService | null;
  /** With a larger clock error the vendor refuses requests, or soon will; in milliseconds. */
  readonly clockToleranceMs: number;
  /**
   * The credentials files of its own tools, in order of precedence.
   *
   * @throws KeypairError `AUTH` if variables name two profiles.
   */
  files(context: PathsInput): Promise<readonly CredentialsFile[]>;
  /**
   * The region that its own CLI would use; null if the CLI's files have none.
   *
   * @throws KeypairError `USAGE` with the file's name, if the file cannot be read, is broken, or lacks the wanted
   * profile: no other region may replace it. `AUTH` if variables name two profiles.
   */
  fileRegion(context: PathsInput): Promise<RegionFound | null>;
}

/** An entry of a vendor's credentials file: how to get the credentials. */
export type Entry =
  | PairEntry
  | { readonly kind: 'role'; readonly base: Entry; readonly role: Role }
  | { readonly kind: 'web identity'; readonly identity: WebIdentity }
  | { readonly kind: 'instance'; readonly roleName: string | null }
  /** Something that only the vendor's own tool can use; `why` says what it is and what to run, in one line. */
  | { readonly kind: 'unusable'; readonly why: string };

/** A role to assume with other credentials. */
export interface Role {
  /** `qcs::cam::uin/100000000001:roleName/ops`, `acs:ram::1000000000000001:role/ops`. */
  readonly arn: string;
  /** The session's name in the vendor's logs; null: `keypair`. */
  readonly sessionName: string | null;
  readonly externalId: string | null;
  /** Null: the vendor's default (Tencent 7200, Alibaba 3600). */
  readonly durationSeconds: number | null;
  /** A JSON policy that allows the session less than the role. */
  readonly policy: string | null;
  /** The STS host, or a region; null for the vendor's default. */
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

/** The content of a credentials file. */
export interface FileContent {
  readonly entry: Entry | null;
  /** The part that was read, for people: `profile prod`; null for the whole file. */
  readonly part: string | null;
  /** The variable that names the part, or null. */
  readonly chosenBy: string | null;
}

/** A file of a vendor's tools that may hold credentials. */
export interface CredentialsFile {
  readonly file: string;
  /** The variable that names this file or its profile, or null. A named file that is missing is reported. */
  readonly namedBy: string | null;
  /** The variable that turns this file off, or null. */
  readonly forbiddenBy?: string | null;
  /** @throws KeypairError that names the fault without quoting the text. */
  readonly read: (text: string) => Promise<FileContent>;
}

/** An access key, permanent or temporary, in the file itself. */
export interface PairEntry {
  readonly kind: 'pair';
  readonly id: string;
  readonly secret: Secret;
  readonly token: Secret | null;
  readonly expiresAt: Date | null;
  /** What to run after it has expired: `run tccli auth login`. */
  readonly renew: string | null;
}
