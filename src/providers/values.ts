import type { Secret } from '../secret.ts';
import type { KeypairError } from '../errors.ts';

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
export interface ImportRequest extends CreateRequest {
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
