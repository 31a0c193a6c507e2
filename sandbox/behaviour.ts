import type { FingerprintKind, KeyShape } from './keys.ts';

/** The services with key pairs: two of Tencent, two of Alibaba. The three interfaces of CVM share its pairs. */
export type Service = 'cvm' | 'lighthouse' | 'ecs' | 'swas';

/**
 * The wire protocols with key pairs: CVM and Lighthouse API 3.0, CVM `Version=2017-03-12` on `/v2/index.php`, legacy v2
 * on the same path, Alibaba ECS and Simple Application Server (SWAS).
 */
export type Interface = 'cvm' | 'lighthouse' | 'cvm-v2' | 'legacy' | 'ecs' | 'swas';

/** The wire protocols with signatures: also TAT, STS of both vendors, and Tencent's tags and list of regions. */
export type SignedInterface = Interface | 'tat' | 'tencent-sts' | 'tencent-tag' | 'tencent-region' | 'aliyun-sts';

/** All interfaces of the sandbox: also the metadata services. */
export type AnyInterface = SignedInterface | 'metadata';

/** Settings for what the documents leave open and what tests vary. */
export interface Behaviour {
  /** Requests a second for one action, over all regions and clients. Null: no limit. */
  readonly requestsPerSecond: 'documented' | number | null;
  /** The most key pairs: of CVM in the account, of the others in a region. */
  readonly quota: Readonly<Record<Service, number>>;
  /** The allowed clock skew. The documents of the legacy interface say both 5 minutes and 2 hours. */
  readonly skewSeconds: Readonly<Record<SignedInterface, number>>;
  readonly keyBits: number;
  /** Whether pairs of CVM and Lighthouse belong to a region or to all regions of the account. Not documented. */
  readonly tencentScope: 'region' | 'account';
  /** Whether names of CVM are unique in the account, in a region or in a project of a region. Not documented. */
  readonly tencentNames: 'account' | 'region' | 'project';
  /** The types of public keys that services import: those of their documents, or all. */
  readonly keyTypes: 'documented' | 'any';
  readonly tencentKeyShape: KeyShape;
  readonly aliyunKeyShape: KeyShape;
  /** How ECS computes KeyPairFingerPrint. The document says MD5 and shows 20 octets. */
  readonly fingerprint: FingerprintKind;
  /** The upper limit of every page size. Null: none. */
  readonly maxPageSize: number | null;
  /** The size of a page for a requested size. It may be smaller; the minimum is 1. */
  readonly pageSize: (requested: number) => number;
  /** How long binding and unbinding take on Lighthouse, and on CVM with ForceStop. */
  readonly operationMs: number;
  /** How long scripts take to get to an instance and, where a model answers, to run there. */
  readonly agentMs: number;
  /** The agent on an instance that runs: TAT's or Cloud Assistant's. It is offline on others. */
  readonly agent: (instanceId: string) => 'online' | 'offline' | 'absent';
  /** How DeleteKeyPairs of ECS and SWAS handles an unknown name. Not documented. */
  readonly ecsDeleteUnknown: 'success' | 'not-found';
  /** How long sessions last, whatever the request says. Null: as requested (from metadata: 6 hours). */
  readonly sessionSeconds: number | null;
  /** The role of the instance in the metadata service. Null: none. */
  readonly instanceRole: string | null;
  /** Whether Alibaba's metadata service requires a token (IMDSv2 only). */
  readonly metadataTokens: 'required' | 'optional';
}

/** The documented values. Where the documents have two, the stricter one. */
export const DEFAULT_BEHAVIOUR: Behaviour = {
  requestsPerSecond: 'documented',
  quota: { cvm: 100, lighthouse: 10, ecs: 500, swas: 10 },
  skewSeconds: {
    cvm: 300,
    lighthouse: 300,
    'cvm-v2': 300,
    legacy: 300,
    ecs: 900,
    swas: 900,
    tat: 300,
    'tencent-sts': 300,
    'tencent-tag': 300,
    'tencent-region': 300,
    'aliyun-sts': 900,
  },
  keyBits: 2048,
  tencentScope: 'region',
  tencentNames: 'region',
  keyTypes: 'documented',
  tencentKeyShape: 'pem-pkcs1',
  aliyunKeyShape: 'bare-pkcs1',
  fingerprint: 'sha1-blob',
  maxPageSize: null,
  pageSize: (requested) => requested,
  operationMs: 1500,
  agentMs: 600,
  agent: () => 'online',
  ecsDeleteUnknown: 'success',
  sessionSeconds: null,
  instanceRole: 'ops',
  metadataTokens: 'required',
};

/** More key pairs than anybody makes. Services return it as the quota. */
const NO_QUOTA = 1_000_000;

/** A behaviour without rates and quotas. */
export function withoutLimits(behaviour: Behaviour): Behaviour {
  const services = Object.keys(behaviour.quota).map((service) => [service, NO_QUOTA]);
  return { ...behaviour, requestsPerSecond: null, quota: Object.fromEntries(services) as Behaviour['quota'] };
}
