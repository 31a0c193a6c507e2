import type { Secret } from '../secret.ts';

/** The vendor, `tencent` or `aliyun`. Credentials belong to a vendor, not to a service. */
export type Vendor = string;

/** What signs a request: an access key and, if it is temporary, its token. */
export interface Credentials {
  /** SecretId (Tencent) or AccessKeyId (Alibaba): not secret, but displayed shortened. Empty for a bearer token. */
  readonly id: string;
  readonly secret: Secret;
  readonly token: Secret | null;
  /** Where the credentials were found, for people: `environment (TENCENTCLOUD_SECRET_ID)`. */
  readonly source: string;
  /** When the credentials expire; null if they are permanent or the expiry is unknown. */
  readonly expiresAt: Date | null;
}

/**
 * Provides the credentials of one run. Ask again for each request: temporary credentials may change during a long run.
 */
export interface CredentialSource {
  /** For people: `environment (TENCENTCLOUD_SECRET_ID)`, `role acs:ram::…:role/ops, by the environment (…)`. */
  readonly source: string;
  /**
   * Credentials that are valid now.
   *
   * @throws KeypairError `AUTH` if they have expired or the service refuses to issue new ones; `UNAVAILABLE` if the
   * service cannot be reached. The outcome is always `none`.
   */
  current(signal: AbortSignal): Promise<Credentials>;
}
