import type { KeypairError } from '../errors.ts';
import type { RateLimiter } from '../http/rate-limit.ts';
import type { Send } from '../http/types.ts';
import type { PublicKey } from '../keys/public-key.ts';
import type { Secret } from '../secret.ts';
import type { CredentialSource, Vendor } from './credentials.ts';

/** The id of a provider in the registry: `tencent`, `lighthouse`, `aliyun`, `qcloud`. */
export type ProviderId = string;

/** The vendor's public site: mainland China or international. Accounts belong to one of them. */
export type Site = 'cn' | 'intl';

/** What a service may be able to do with a key pair. */
export type Ability =
  | 'create'
  | 'import'
  | 'list'
  | 'delete'
  | 'rename'
  | 'description'
  /** Tags when a pair is made. */
  | 'tag'
  /** Tags of a pair that is there. */
  | 'retag'
  | 'project'
  | 'resourceGroup'
  | 'attach'
  /** Stopping running instances for attach and detach. */
  | 'forceStop'
  /** Attaching and detaching while an instance runs. */
  | 'online'
  /** Listing instances. */
  | 'instances';

/** `true`, `false`, or a note for people on how far it goes. */
export type Support = boolean | string;

/** A rule for one piece of text, checked before any call. */
export interface TextRule {
  /** One sentence for people: `1 to 25 letters, digits and underscores`. */
  readonly sentence: string;
  /** Whether the service takes this text. */
  accepts(text: string): boolean;
  /** The nearest text that the service would take, or null when nothing of it is left. */
  suggest(text: string): string | null;
}

/** The limits of a service on tags, checked before any call. */
export interface TagRule {
  /** Most tags on one key pair. */
  readonly max: number;
  /** What is wrong with this tag, as a sentence for people, or null. */
  problem(key: string, value: string): string | null;
}

/** Which public keys a service imports, checked before any call. */
export interface PublicKeyRule {
  /** One sentence for people: `RSA keys only`. */
  readonly sentence: string;
  /** Whether the service takes a key of this type and size. */
  accepts(keyType: PublicKey['keyType'], bits: number): boolean;
}

/** All that can be known of a provider without loading its SDK. */
export interface Descriptor {
  readonly id: ProviderId;
  readonly aliases: readonly string[];
  /** `Tencent Cloud CVM`. */
  readonly title: string;
  /** The vendor: the credentials and their variables are the vendor's, not the service's. */
  readonly vendor: Vendor;
  /** The API versions that it speaks, the default first. More than one gives the flag `--api-version`. */
  readonly apiVersions: readonly [string, ...string[]];
  readonly defaultRegion: string;
  /** The regions that the vendor documents; others are passed on, since vendors open regions faster than we release. */
  readonly regions: readonly string[];
  readonly sites: readonly Site[];
  /** The host of production for a region: `cvm.tencentcloudapi.com`. */
  host(region: string, site: Site): string;
  readonly nameRule: TextRule;
  /** Where imported pairs may have other names than those that the service makes. */
  readonly importNameRule?: TextRule;
  /** Whether a text is shaped like the ids of its key pairs; where it is, it is no name. Never on Alibaba: names are handles. */
  isId(text: string): boolean;
  /** Whether a text is shaped like an id that the service gives out, and neither lists nor takes. */
  isUnlistedId?(text: string): boolean;
  /** The newer provider that has the same pairs. */
  readonly replacedBy?: ProviderId;
  /** Null where pairs have no description. */
  readonly descriptionRule: TextRule | null;
  readonly publicKeyRule: PublicKeyRule;
  /** Null where the service has no tags. */
  readonly tagRule: TagRule | null;
  readonly abilities: Readonly<Record<Ability, Support>>;
  /** Abilities that one of the API versions lacks although the others have them. */
  readonly lackedBy?: Readonly<Record<string, readonly Ability[]>>;
  /**
   * How long after it was signed the service may carry a request out, by the vendor's documents, in milliseconds: later
   * it refuses the signature.
   */
  readonly signatureValidMs: number;
  /** Most creates a second, by the vendor's documents; null where none is given. */
  readonly requestsPerSecond: number | null;
  /** Most requests a second for any other action: the lowest that the documents give; null where they give none. */
  readonly otherRequestsPerSecond: number | null;
  /** The largest page that listing takes. */
  readonly pageSize: number;
  /** Most key pairs that one request deletes: the adapter splits what is more. */
  readonly deleteBatch: number;
  /** Most instances that one request binds: the adapter splits what is more. */
  readonly bindBatch: number;
  /** What attaching does to an instance, said before it is done: one line, lower case, no full stop. */
  readonly attachWarning: string;
  /** What detaching does to an instance, said before it is done. */
  readonly detachWarning: string;
  /** What either does to an instance that runs, said before it is done. */
  readonly runningWarning: string;
  /** Whether the service stops running instances for it, by force. */
  readonly stopsRunning: 'never' | 'when forced' | 'unless online';
  /** A line that is said once on stderr when this provider is used, or null. */
  readonly warning: string | null;
  /** The vendor's page on the CreateKeyPair action. */
  readonly documentation: string;
  /** Loads the adapter, and with it the SDK. */
  load(): Promise<AdapterFactory>;
}

/** What an adapter works with: everything of the outside world comes in here. */
export interface AdapterOptions {
  readonly credentials: CredentialSource;
  readonly region: string;
  /** The flags of a command line that goes to the same place, for hints; default: those of provider and region. */
  readonly place?: string;
  /** Scheme, host and port to call: production's `https://<host>`, or the user's `--endpoint`. */
  readonly endpoint: URL;
  /** One of the descriptor's `apiVersions`. */
  readonly apiVersion: string;
  readonly send: Send;
  /** Decides when a request may start and whether it may be made again. */
  readonly limiter: RateLimiter;
  readonly now: () => Date;
  /** A fresh string of 64 lower-case hex digits from a cryptographic source, for nonces. */
  readonly nonce: () => string;
  /** Who sends: `keypair/0.1.0`. */
  readonly sender: string;
}

/** What a descriptor loads: makes an adapter for one region of one account. */
export type AdapterFactory = (options: AdapterOptions) => Provider;

/**
 * One service, one region, one account. Methods throw only KeypairErrors, each with the provider's code and the
 * request id where the service gave them, and never with a piece of a credential or of a private key in a message.
 */
export interface Provider {
  /**
   * Makes a key pair in the cloud with exactly one request. Never repeats it. Absent where the service only imports.
   *
   * @throws KeypairError. With `outcome: 'unknown'` the pair may exist; when an answer came that could not be read,
   * `answer` holds its raw text.
   */
  createKeyPair?(request: CreateRequest, signal: AbortSignal): Promise<CreatedKeyPair>;

  /**
   * The key pairs of this region that fit the filter: every page, each pair once, in the service's order, even if
   * pairs come and go meanwhile (those found late come last).
   */
  listKeyPairs(filter: ListFilter, signal: AbortSignal): AsyncIterable<KeyPair>;

  /**
   * Uploads a public key with exactly one request.
   *
   * @throws KeypairError. With `outcome: 'unknown'` the pair may exist; nothing is lost by it, since the private half
   * is here.
   */
  importPublicKey(request: ImportRequest, signal: AbortSignal): Promise<ImportedKeyPair>;

  /**
   * Deletes key pairs in batches of what the service takes at once; an answer for each, in order. A batch that is
   * refused for what may concern one of it is tried again pair by pair; one whose outcome is unknown gives every pair
   * of it that answer.
   *
   * @throws KeypairError only for what concerns all of them before anything was deleted (`AUTH`, `CANCELLED`).
   */
  deleteKeyPairs(pairs: readonly KeyPairRef[], signal: AbortSignal): Promise<readonly ItemOutcome[]>;

  /**
   * Changes a key pair. Absent where the service can change nothing; what it cannot change of the request has been
   * refused before, by the descriptor. May be repeated.
   */
  updateKeyPair?(pair: KeyPairRef, change: KeyPairChange, signal: AbortSignal): Promise<void>;

  /**
   * Asks the service to bind a key pair to instances; an answer for each, in order. It may take effect later: see
   * {@link Instance.operation}.
   */
  attachKeyPair?(
    pair: KeyPairRef,
    instances: readonly string[],
    options: BindOptions,
    signal: AbortSignal,
  ): Promise<readonly ItemOutcome[]>;

  /** The reverse of {@link Provider.attachKeyPair}. */
  detachKeyPair?(
    pair: KeyPairRef,
    instances: readonly string[],
    options: BindOptions,
    signal: AbortSignal,
  ): Promise<readonly ItemOutcome[]>;

  /**
   * The regions of the service that this account sees, in the service's order. Absent where the service has no such
   * action. May be repeated.
   */
  listRegions?(signal: AbortSignal): Promise<readonly Region[]>;

  /** Instances by id, or all of the region; every page, each once. With `keyPair`, those that it is bound to. */
  listInstances?(filter: InstanceFilter, signal: AbortSignal): AsyncIterable<Instance>;
}

/** What to create. Everything has been checked against the descriptor before. */
export interface CreateRequest {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Tencent project; 0 is the default project. */
  readonly projectId: number;
  /** Alibaba resource group, or null for the default one. */
  readonly resourceGroupId: string | null;
}

/** A key pair as its service tells it. What the service does not tell is null, never a guess. */
export interface KeyPair {
  /** Tencent `skey-…`/`lhkp-…`, Alibaba `ssh-…`; null where the service tells none. */
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
  /** Ids of the bound instances, or null where the service does not list them. */
  readonly instances: readonly string[] | null;
}

/** What names one key pair to its service: Tencent goes by `id`, Alibaba by `name`. */
export type KeyPairRef = Pick<KeyPair, 'id' | 'name'>;

/** A public key to upload. Everything has been checked against the descriptor before. */
interface ImportRequest extends CreateRequest {
  /** One line of OpenSSH: `ssh-rsa AAAA… comment`. */
  readonly publicKey: string;
}

/** The answer to an import: what the service tells of the new pair; often no more than its id. */
export interface ImportedKeyPair {
  readonly pair: KeyPair;
  readonly requestId: string | null;
}

/** What to change of a key pair; absent is left as it is. */
export interface KeyPairChange {
  readonly name?: string;
  readonly description?: string;
  /** Set, or set anew. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Keys of tags to take away. */
  readonly removeTags?: readonly string[];
}

/** How one of several items fared: null, or why not. */
export interface ItemOutcome {
  /** The instance's id, or the key pair's name. */
  readonly item: string;
  readonly error: KeypairError | null;
}

/** How keys are bound to instances, where a service gives the choice. */
export interface BindOptions {
  /** Stop running instances for it by force, and start them again (CVM). */
  readonly forceStop: boolean;
  /** Bind while the instance runs, for this user of it; null: the instance is stopped for it (Lighthouse). */
  readonly onlineUser: string | null;
}

/** A server as far as its key pairs go. */
export interface Instance {
  readonly id: string;
  readonly name: string | null;
  /** In the service's own words: `RUNNING`, `Stopped`. */
  readonly state: string | null;
  readonly platform: 'linux' | 'windows' | null;
  /** Ids (Tencent) or names (Alibaba) of its key pairs, or null where the service does not tell. */
  readonly keyPairs: readonly string[] | null;
  /** What became of its latest operation (binding is one), or null where the service does not tell. */
  readonly operation: 'done' | 'under way' | 'failed' | null;
}

/** The answer to a create: the pair, its private half, and the request's id. */
export interface CreatedKeyPair {
  readonly pair: KeyPair;
  /** Exactly the text that the service sent: PEM or bare base64, any line ends. The only copy in the world. */
  readonly privateKey: Secret;
  readonly requestId: string | null;
}

/** What to list: all of it without a filter. Several conditions must all hold. */
export interface ListFilter {
  /** Only the pair of exactly this name. */
  readonly name?: string;
  /** Only the pair of this id. */
  readonly id?: string;
  /** Only pairs with all of these tags; where a service cannot filter by them, the adapter does. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** Which instances to list. */
export interface InstanceFilter {
  readonly ids?: readonly string[];
  readonly keyPair?: KeyPairRef;
}

/** A region as a service lists it. */
export interface Region {
  /** `ap-guangzhou`, `cn-hangzhou`. */
  readonly id: string;
  /** In the service's words and language; null where it tells none. */
  readonly name: string | null;
}
