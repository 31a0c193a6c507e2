import type { FingerprintKind, KeyShape } from './keys.ts';

/** The two key-pair services of Tencent and the one of Alibaba. CVM has three interfaces over one set of pairs. */
export type Service = 'cvm' | 'lighthouse' | 'ecs';

/**
 * The wire protocols of key pairs: CVM and Lighthouse API 3.0, CVM `Version=2017-03-12` on `/v2/index.php`, legacy v2
 * on the same path, and Alibaba ECS.
 */
export type Interface = 'cvm' | 'lighthouse' | 'cvm-v2' | 'legacy' | 'ecs';

/** The wire protocols with signatures: STS of both vendors and Tencent's list of regions too. */
export type SignedInterface = Interface | 'tencent-sts' | 'tencent-region' | 'aliyun-sts';

/** All that the sandbox speaks: the metadata services of both vendors' instances too. */
export type AnyInterface = SignedInterface | 'metadata';

/** What the documents leave open, and what a test wants to be different. */
export interface Behaviour {
  /** Requests a second for one action, over all regions and clients: `documented`, a number for all, or null for no limit. */
  readonly requestsPerSecond: 'documented' | number | null;
  /** Most key pairs in a region. ECS documents 500; Tencent documents no number. */
  readonly quota: Readonly<Record<Service, number>>;
  /** Allowed difference between the clocks. The documents give the legacy interface 5 minutes or 2 hours. */
  readonly skewSeconds: Readonly<Record<SignedInterface, number>>;
  readonly keyBits: number;
  /** Whether pairs of CVM and Lighthouse belong to a region, or show in all regions of the account: not documented. */
  readonly tencentScope: 'region' | 'account';
  /** Whether a name of CVM may be taken once in the account, or once in each project: not documented. */
  readonly tencentNames: 'account' | 'project';
  readonly tencentKeyShape: KeyShape;
  readonly aliyunKeyShape: KeyShape;
  /** How ECS computes KeyPairFingerPrint: the document says MD5 and shows 20 octets. */
  readonly fingerprint: FingerprintKind;
  /** A page never holds more than this, whatever was asked for. */
  readonly maxPageSize: number | null;
  /** How many rows a page may have; less than was asked for is allowed, and less than 1 counts as 1. */
  readonly pageSize: (asked: number) => number;
  /** How long binding and unbinding stay under way: on Lighthouse, and on CVM with ForceStop. */
  readonly operationMs: number;
  /** What ECS DeleteKeyPairs answers for a name that does not exist: not documented. */
  readonly ecsDeleteUnknown: 'success' | 'not-found';
  /** How long temporary credentials live, whatever was asked for; null for what was asked (6 hours from metadata). */
  readonly sessionSeconds: number | null;
  /** The role of the instance whose metadata the sandbox plays; null for an instance without one. */
  readonly instanceRole: string | null;
  /** Whether Alibaba's metadata needs a token (IMDSv2 only) or answers without one too. */
  readonly metadataTokens: 'required' | 'optional';
}

/** The documents' own values where they have one, the stricter one where they have two. */
export const DEFAULT_BEHAVIOUR: Behaviour = {
  requestsPerSecond: 'documented',
  quota: { cvm: 100, lighthouse: 100, ecs: 500 },
  skewSeconds: {
    cvm: 300,
    lighthouse: 300,
    'cvm-v2': 300,
    legacy: 300,
    ecs: 900,
    'tencent-sts': 300,
    'tencent-region': 300,
    'aliyun-sts': 900,
  },
  keyBits: 2048,
  tencentScope: 'region',
  tencentNames: 'account',
  tencentKeyShape: 'pem-pkcs1',
  aliyunKeyShape: 'bare-pkcs1',
  fingerprint: 'sha1-blob',
  maxPageSize: null,
  pageSize: (asked) => asked,
  operationMs: 1500,
  ecsDeleteUnknown: 'success',
  sessionSeconds: null,
  instanceRole: 'ops',
  metadataTokens: 'required',
};
