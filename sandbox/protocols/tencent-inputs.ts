/** The parameters of every Tencent action that is signed by its parameters (v1): they belong to no action. */
export const COMMON_PARAMS: ReadonlySet<string> = new Set([
  ...['Action', 'Version', 'Region', 'Timestamp', 'Nonce', 'SecretId', 'Signature', 'SignatureMethod'],
  ...['Token', 'Language', 'RequestClient'],
]);
