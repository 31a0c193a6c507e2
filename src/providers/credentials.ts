import type { Secret } from '../secret.ts';

/** Whose accounts, `tencent` or `aliyun`: credentials are a vendor's, not a service's. */
export type Vendor = string;

/** What signs a request: the pair of an access key, and the token of a temporary one. */
export interface Credentials {
  /** SecretId (Tencent) or AccessKeyId (Alibaba): not secret, but shown shortened. Empty for a bearer token. */
  readonly id: string;
  readonly secret: Secret;
  readonly token: Secret | null;
  /** Where they were found, for people: `environment (TENCENTCLOUD_SECRET_ID)`. */
  readonly source: string;
  /** When they end; null for permanent ones, and for temporary ones of which nobody told it. */
  readonly expiresAt: Date | null;
}

/**
 * Where a run of the program gets what it signs with. Whoever signs asks for each request anew: temporary credentials
 * change while a long run goes on.
 */
export interface CredentialSource {
  /** For people: `environment (TENCENTCLOUD_SECRET_ID)`, `role acs:ram::…:role/ops, by the environment (…)`. */
  readonly source: string;
  /**
   * Credentials that are good for now.
   *
   * @throws KeypairError `AUTH` when they have expired or the service refuses to give new ones, `UNAVAILABLE` when it
   * cannot be asked; always with outcome `none`.
   */
  current(signal: AbortSignal): Promise<Credentials>;
}
