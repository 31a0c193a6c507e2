import type { Secret } from './secret.ts';

/** What signs a request: the pair of an access key, and the token of a temporary one. */
export interface Credentials {
  /** SecretId (Tencent) or AccessKeyId (Alibaba): not secret, but shown shortened. */
  readonly id: string;
  readonly secret: Secret;
  readonly token: Secret | null;
  /** Where they were found, for people: `environment (TENCENTCLOUD_SECRET_ID)`. */
  readonly source: string;
}
