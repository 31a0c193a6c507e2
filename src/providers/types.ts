import type { KeypairError } from '../errors.ts';
import type { RateLimiter } from '../http/rate-limit.ts';
import type { Send } from '../http/types.ts';
import type { PublicKey } from '../keys/public-key.ts';
import type { Secret } from '../secret.ts';
import type { CredentialSource, Vendor } from './credentials.ts';
import type { ScriptRunner } from './scripts.ts';

/** The id of a provider in the registry: `tencent`, `lighthouse`, `aliyun`, `qcloud`. */
export type ProviderId = string;

/** The vendor's public site: mainland China or international. An account belongs to one of them. */
export type Site = 'cn' | 'intl';

/** What a service can do with a key pair. */
export type Ability =
  | 'create'
  | 'import'
  | 'list'
  | 'delete'
  | 'rename'
  | 'description'
  /** Setting tags when a pair is created. */
  | 'tag'
  /** Changing the tags of an existing pair. */
  | 'retag'
  | 'project'
  | 'resourceGroup'
  | 'attach'
  /** Stopping running instances for attach and detach. */
  | 'forceStop'
  /** Attaching and detaching while an instance runs. */
  | 'online'
  /** Listing instances. */
  | 'instances'
  /** Running scripts on instances through the vendor's agent. */
  | 'runCommand'
  /** Telling which launch templates name a key pair. */
  | 'launchTemplates';

/** `true`, `false`, or a note for people on its limits. */
export type Support = boolean | string;

/** A rule for one text. It is checked before any call. */
export interface TextRule {
  /** One sentence for people: `1 to 25 letters, digits and underscores`. */
  readonly sentence: string;
  /** Whether the service accepts this text. */
  accepts(text: string): boolean;
  /** The nearest text that the service accepts, or null if no character of it is allowed. */
  suggest(text: string): string | null;
}

/** The service's limits on tags. They are checked before any call. */
export interface TagRule {
  /** The maximum number of tags on one key pair. */
  readonly max: number;
  /** Why the service refuses this tag, as a sentence for people, or null. */
  problem(key: string, value: string): string | null;
}

/** Which public keys a service imports. It is checked before any call. */
export interface PublicKeyRule {
  /** One sentence for people: `RSA keys only`. */
  readonly sentence: string;
  /** Whether the service accepts a key of this type and size. */
  accepts(keyType: PublicKey['keyType'], bits: number): boolean;
}

/** What is known about a provider without loading its SDK. */
export interface Descriptor {
  readonly id: ProviderId;
  readonly aliases: readonly string[];
  /** `Tencent Cloud CVM`. */
  readonly title: string;
  /** Credentials and their environment variables belong to the vendor, not to the service. */
  readonly vendor: Vendor;
  /** The supported API versions, the default first. If there are several, `--api-version` selects one. */
  readonly apiVersions: readonly [string, ...string[]];
  readonly defaultRegion: string;
  /** The regions that the vendor documents. Others are passed on: vendors open regions faster than we release. */
  readonly regions: readonly string[];
  readonly sites: readonly Site[];
  /** The production host of a region: `cvm.tencentcloudapi.com`. */
  host(region: string, site: Site): string;
  readonly nameRule: TextRule;
  /** The rule for imported pairs, if it differs from `nameRule`. */
  readonly importNameRule?: TextRule;
  /**
   * Whether a text has the shape of a key pair id, so that it cannot be a name. Always false on Alibaba, which uses
   * names as handles.
   */
  isId(text: string): boolean;
  /** Whether a text has the shape of an id that the service returns but neither lists nor accepts. */
  isUnlistedId?(text: string): boolean;
  /** Whether a text has the shape of an instance id, so that it is taken as one. Absent if ids have no shape. */
  isInstanceId?(text: string): boolean;
  /** The newer provider that manages the same key pairs. */
  readonly replacedBy?: ProviderId;
  /** Null if pairs have no description. */
  readonly descriptionRule: TextRule | null;
  readonly publicKeyRule: PublicKeyRule;
  /** Null if the service has no tags. */
  readonly tagRule: TagRule | null;
  readonly abilities: Readonly<Record<Ability, Support>>;
  /** The abilities that an API version lacks, by version. */
  readonly lackedBy?: Readonly<Record<string, readonly Ability[]>>;
  /**
   * How long a signature is valid, in milliseconds, according to the vendor's documents. Until then the service may
   * still carry out the request.
   */
  readonly signatureValidMs: number;
  /** The documented maximum number of creates per second; null if undocumented. */
  readonly requestsPerSecond: number | null;
  /** The lowest documented maximum number of requests per second of any other action; null if undocumented. */
  readonly otherRequestsPerSecond: number | null;
  /** The largest page size when listing. */
  readonly pageSize: number;
  /** The maximum number of key pairs that one request deletes. The adapter splits longer lists. */
  readonly deleteBatch: number;
  /** The maximum number of instances that one request binds. The adapter splits longer lists. */
  readonly bindBatch: number;
  /** What attaching does to an instance, shown beforehand: one line, lower case, no full stop. */
  readonly attachWarning: string;
  /** What detaching does to an instance, shown beforehand. */
  readonly detachWarning: string;
  /** What attaching and detaching do to a running instance, shown beforehand. */
  readonly runningWarning: string;
  /** When the service forces a running instance to stop. */
  readonly stopsRunning: 'never' | 'when forced' | 'unless online';
  /** What the service refuses where it would change nothing: attaching a bound pair, detaching one that is not bound. */
  readonly refusesNoChange: readonly ('attach' | 'detach')[];
  /** A line printed once on stderr when this provider is used, or null. */
  readonly warning: string | null;
  /** The documented maximum number of key pairs. Absent if no document tells it. */
  readonly quota?: { readonly keyPairs: number; readonly per: 'account' | 'region' };
  /** The vendor's page about the CreateKeyPair action. */
  readonly documentation: string;
  /** Loads the adapter and the SDK. */
  load(): Promise<AdapterFactory>;
}

/** Everything that an adapter gets from outside. */
export interface AdapterOptions {
  readonly credentials: CredentialSource;
  readonly region: string;
  /** The flags, for hints, that send a command to the same service. Default: provider and region. */
  readonly place?: string;
  /** The scheme, host and port to call: `https://<host>` in production, or the user's `--endpoint`. */
  readonly endpoint: URL;
  /** One of the descriptor's `apiVersions`. */
  readonly apiVersion: string;
  readonly send: Send;
  /** Decides when a request may start and whether it may be repeated. */
  readonly limiter: RateLimiter;
  readonly now: () => Date;
  /** Returns 64 random lower-case hex digits from a cryptographic source, for nonces. */
  readonly nonce: () => string;
  /** The user agent: `keypair/0.1.0`. */
  readonly sender: string;
}

/** Creates an adapter for one region of one account. */
export type AdapterFactory = (options: AdapterOptions) => Provider;

/**
 * One service, one region, one account. Methods throw only KeypairErrors. Each has the provider's code and the request
 * id if the service returned them. No message contains any part of a credential or a private key.
 */
export interface Provider extends Partial<ScriptRunner> {
  /**
   * Creates a key pair in the cloud with exactly one request, never repeated. Absent if the service only imports.
   *
   * @throws KeypairError. With `outcome: 'unknown'` the pair may exist. If the response could not be parsed, `answer`
   * holds its raw text.
   */
  createKeyPair?(request: CreateRequest, signal: AbortSignal): Promise<CreatedKeyPair>;

  /**
   * The key pairs of this region that match the filter: all pages, each pair once, in the service's order. This holds
   * even if pairs are created or deleted meanwhile; pairs found late come last.
   */
  listKeyPairs(filter: ListFilter, signal: AbortSignal): AsyncIterable<KeyPair>;

  /**
   * Uploads a public key with exactly one request.
   *
   * @throws KeypairError. With `outcome: 'unknown'` the pair may exist. No key is lost: the user has the private key.
   */
  importPublicKey(request: ImportRequest, signal: AbortSignal): Promise<ImportedKeyPair>;

  /**
   * Deletes key pairs in batches of the service's maximum size. Returns an outcome for each pair, in order. If the
   * service refuses a batch and one pair may be the cause, each pair is tried alone. If the outcome of a batch is
   * unknown, so is that of each of its pairs.
   *
   * @throws KeypairError only if it concerns all pairs and nothing was deleted (`AUTH`, `CANCELLED`).
   */
  deleteKeyPairs(pairs: readonly KeyPairRef[], signal: AbortSignal): Promise<readonly ItemOutcome[]>;

  /**
   * Changes a key pair. Absent if the service cannot change key pairs. The caller has checked the change against the
   * descriptor. May be repeated.
   */
  updateKeyPair?(pair: KeyPairRef, change: KeyPairChange, signal: AbortSignal): Promise<void>;

  /**
   * Asks the service to bind a key pair to instances. Returns an outcome for each instance, in order. Binding may take
   * effect later: see {@link Instance.operation}.
   */
  attachKeyPair?(
    pair: KeyPairRef,
    instances: readonly string[],
    options: BindOptions,
    signal: AbortSignal,
  ): Promise<readonly ItemOutcome[]>;

  /** Unbinds a key pair from instances; otherwise as {@link Provider.attachKeyPair}. */
  detachKeyPair?(
    pair: KeyPairRef,
    instances: readonly string[],
    options: BindOptions,
    signal: AbortSignal,
  ): Promise<readonly ItemOutcome[]>;

  /**
   * The regions that the service lists for this account, in its order. Absent if it has no such action. May be
   * repeated.
   */
  listRegions?(signal: AbortSignal): Promise<readonly Region[]>;

  /**
   * The maximum number of key pairs in this region. Absent if the service does not tell it. May be repeated.
   *
   * @throws KeypairError
   */
  keyPairQuota?(signal: AbortSignal): Promise<number>;

  /**
   * Instances by id, or all in the region: all pages, each instance once. With `keyPair`, the instances bound to it.
   */
  listInstances?(filter: InstanceFilter, signal: AbortSignal): AsyncIterable<Instance>;

  /**
   * The launch templates of this region that name the pair in any version, for people: `lt-… (name)`. Absent if the
   * service has none.
   */
  launchTemplatesWith?(pair: KeyPairRef, signal: AbortSignal): Promise<readonly string[]>;
}

/** The key pair to create, already checked against the descriptor. */
export interface CreateRequest {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The Tencent project; 0 is the default project. */
  readonly projectId: number;
  /** The Alibaba resource group, or null for the default group. */
  readonly resourceGroupId: string | null;
}

/** A key pair as its service returns it. A missing value is null, never a guess. */
export interface KeyPair {
  /** Tencent `skey-…`/`lhkp-…`, Alibaba `ssh-…`; null if the service returns none. */
  readonly id: string | null;
  readonly name: string;
  /** One line of OpenSSH as the service sent it (`ssh-rsa AAAA… comment`), or null. */
  readonly publicKey: string | null;
  /** The service's own fingerprint string, or null. */
  readonly fingerprint: string | null;
  /** ISO 8601, or null. */
  readonly createdAt: string | null;
  readonly description: string | null;
  readonly projectId: number | null;
  readonly tags: Readonly<Record<string, string>> | null;
  /** Ids of the bound instances, or null if the service does not list them. */
  readonly instances: readonly string[] | null;
  /** The login user that each bound instance has the key for, by the instance's id. Absent if the service does not tell. */
  readonly loginUsers?: Readonly<Record<string, string>>;
}

/** How a service identifies a key pair: Tencent by `id`, Alibaba by `name`. */
export type KeyPairRef = Pick<KeyPair, 'id' | 'name'>;

/** A public key to upload, already checked against the descriptor. */
interface ImportRequest extends CreateRequest {
  /** One line of OpenSSH: `ssh-rsa AAAA… comment`. */
  readonly publicKey: string;
}

/** The response to an import. `pair` has what the service returns, often only the id. */
export interface ImportedKeyPair {
  readonly pair: KeyPair;
  readonly requestId: string | null;
}

/** A change to a key pair. Absent fields stay unchanged. */
export interface KeyPairChange {
  readonly name?: string;
  readonly description?: string;
  /** Tags to add or replace. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Keys of tags to remove. */
  readonly removeTags?: readonly string[];
}

/** The outcome for one of several items. */
export interface ItemOutcome {
  /** The instance's id or the key pair's name. */
  readonly item: string;
  readonly error: KeypairError | null;
}

/** How to bind keys to running instances, if the service offers a choice. */
export interface BindOptions {
  /** Force running instances to stop, then start them again (CVM). */
  readonly forceStop: boolean;
  /** Bind for this login user while the instance runs; null: the service stops the instance (Lighthouse). */
  readonly onlineUser: string | null;
}

/** An instance, with what matters for key pairs. */
export interface Instance {
  readonly id: string;
  readonly name: string | null;
  /** The service's own value: `RUNNING`, `Stopped`. */
  readonly state: string | null;
  readonly platform: 'linux' | 'windows' | null;
  /** The name of its operating system or image, in the service's words: `Ubuntu Server 24.04 LTS 64bit`. */
  readonly system: string | null;
  /** IPv4 first, then IPv6, as the service spells them; empty if the service lists none. Never anything but an address. */
  readonly publicAddresses: readonly string[];
  /** As above, within the instance's own network. */
  readonly privateAddresses: readonly string[];
  /** Ids (Tencent) or names (Alibaba) of its key pairs, or null if the service does not return them. */
  readonly keyPairs: readonly string[] | null;
  /** The user to log in as, in the service's words, or null if it does not tell. */
  readonly loginUser: string | null;
  /** The port of its sshd, or null if the service does not tell. */
  readonly loginPort: number | null;
  /** The state of its latest operation, such as binding a key; null if the service does not return it. */
  readonly operation: 'done' | 'under way' | 'failed' | null;
}

/** The response to a create. */
export interface CreatedKeyPair {
  readonly pair: KeyPair;
  /** The text exactly as the service sent it: PEM or bare base64, with any line endings. No other copy exists. */
  readonly privateKey: Secret;
  readonly requestId: string | null;
}

/** Which key pairs to list. A pair must meet every condition; an empty filter lists all. */
export interface ListFilter {
  /** Only the pair with exactly this name. */
  readonly name?: string;
  /** Only the pair with this id. */
  readonly id?: string;
  /** Only pairs with all these tags. If the service cannot filter by tags, the adapter does. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Only pairs of this project. The caller has checked that the service has projects. */
  readonly projectId?: number;
  /** Only pairs of this resource group. The caller has checked that the service has resource groups. */
  readonly resourceGroupId?: string;
}

/** Which instances to list. */
export interface InstanceFilter {
  readonly ids?: readonly string[];
  readonly keyPair?: KeyPairRef;
}

/** A region, as the service lists it. */
export interface Region {
  /** `ap-guangzhou`, `cn-hangzhou`. */
  readonly id: string;
  /** The service's name for it, in the service's language; null if it returns none. */
  readonly name: string | null;
}
