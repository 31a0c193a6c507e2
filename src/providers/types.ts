import type { Secret } from '../credentials/secret.ts';
import type { Credentials } from '../credentials/types.ts';
import type { Send } from '../transport/types.ts';

/** The ids of the contract's provider table. */
export type ProviderId = 'tencent' | 'lighthouse' | 'aliyun' | 'qcloud';

/** The vendor's public site: mainland China or international. Accounts belong to one of them. */
export type Site = 'cn' | 'intl';

/** What a service may be able to do with a key pair. */
export type Ability = 'create' | 'tag' | 'project' | 'resourceGroup';

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

/** All that can be known of a provider without loading its SDK. */
export interface Descriptor {
  readonly id: ProviderId;
  readonly aliases: readonly string[];
  /** `Tencent Cloud CVM`. */
  readonly title: string;
  /** The vendor: the credentials and their variables are the vendor's, not the service's. */
  readonly vendor: 'tencent' | 'aliyun';
  /** The API versions that it speaks, the default first. More than one gives the flag `--api-version`. */
  readonly apiVersions: readonly [string, ...string[]];
  readonly defaultRegion: string;
  /** The regions that the vendor documents; others are passed on, since vendors open regions faster than we release. */
  readonly regions: readonly string[];
  readonly sites: readonly Site[];
  /** The host of production for a region: `cvm.tencentcloudapi.com`. */
  host(region: string, site: Site): string;
  readonly nameRule: TextRule;
  /** Null where the service has no tags. */
  readonly tagRule: TagRule | null;
  readonly abilities: Readonly<Record<Ability, Support>>;
  /** Abilities that one of the API versions lacks although the others have them. */
  readonly lackedBy?: Readonly<Record<string, readonly Ability[]>>;
  /** Most requests a second for one action, by the vendor's documents; null where none is given. */
  readonly requestsPerSecond: number | null;
  /** The largest page that listing takes. */
  readonly pageSize: number;
  /** A line that is said once on stderr when this provider is used, or null. */
  readonly warning: string | null;
  /** The vendor's page on the CreateKeyPair action. */
  readonly documentation: string;
  /** Loads the adapter, and with it the SDK. */
  load(): Promise<AdapterFactory>;
}

/** What an adapter works with: everything of the outside world comes in here. */
export interface AdapterOptions {
  readonly credentials: Credentials;
  readonly region: string;
  /** Scheme, host and port to call: production's `https://<host>`, or the user's `--endpoint`. */
  readonly endpoint: URL;
  /** One of the descriptor's `apiVersions`. */
  readonly apiVersion: string;
  readonly send: Send;
  readonly now: () => Date;
  /** A fresh string of 64 lower-case hex digits from a cryptographic source, for nonces. */
  readonly nonce: () => string;
}

/** What a descriptor loads: makes an adapter for one region of one account. */
export type AdapterFactory = (options: AdapterOptions) => Provider;

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

/** The answer to a create: the pair, its private half, and the request's id. */
export interface CreatedKeyPair {
  readonly pair: KeyPair;
  /** Exactly the text that the service sent: PEM or bare base64, any line ends. The only copy in the world. */
  readonly privateKey: Secret;
  readonly requestId: string | null;
}

/**
 * One service, one region, one account. Methods throw only KeypairErrors, each with the provider's code and the
 * request id where the service gave them, and never with a piece of a credential or of a private key in a message.
 */
export interface Provider {
  /**
   * Makes a key pair in the cloud with exactly one request. Never repeats it.
   *
   * @throws KeypairError. With `outcome: 'unknown'` the pair may exist; when an answer came that could not be read,
   * `answer` holds its raw text.
   */
  createKeyPair(request: CreateRequest, signal: AbortSignal): Promise<CreatedKeyPair>;

  /**
   * All key pairs of this region, every page, each pair once, in the service's order.
   *
   * @param filter.name only the pair of exactly this name.
   */
  listKeyPairs(filter: { readonly name?: string }, signal: AbortSignal): AsyncIterable<KeyPair>;
}
