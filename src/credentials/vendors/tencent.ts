import { t } from '../../i18n/t.ts';
import type { VendorData } from '../vendor.ts';

const ROLE_ARN = ['TENCENTCLOUD_ROLE_ARN', 'TENCENTCLOUD_ASSUME_ROLE_ARN'];

/** Tencent Cloud, by its SDKs, tccli and Terraform. */
export const tencent: VendorData = {
  id: 'tencent',
  title: t`Tencent Cloud`,
  key: { id: 'SecretId', secret: 'SecretKey' },
  keyVariables: [
    {
      id: 'TENCENTCLOUD_SECRET_ID',
      secret: 'TENCENTCLOUD_SECRET_KEY',
      // One pair, three names for the token: TencentCloud SDKs, tccli and Terraform.
      tokens: ['TENCENTCLOUD_SESSION_TOKEN', 'TENCENTCLOUD_TOKEN', 'TENCENTCLOUD_SECURITY_TOKEN'],
    },
  ],
  regionVariables: ['TENCENTCLOUD_REGION'],
  ambiguousRegionVariables: [],
  // TKE: all four are required by the SDKs.
  webIdentity: {
    required: {
      providerId: 'TKE_PROVIDER_ID',
      tokenFile: 'TKE_WEB_IDENTITY_TOKEN_FILE',
      roleArn: 'TKE_ROLE_ARN',
    },
    region: 'TKE_REGION',
    sessionName: null,
    stsEndpoint: null,
    roleAlone: false,
  },
  roles: {
    // tccli's, then Terraform's.
    variables: {
      arn: ROLE_ARN,
      sessionName: ['TENCENTCLOUD_ROLE_SESSION_NAME', 'TENCENTCLOUD_ASSUME_ROLE_SESSION_NAME'],
      durationSeconds: ['TENCENTCLOUD_ASSUME_ROLE_SESSION_DURATION'],
      externalId: ['TENCENTCLOUD_ASSUME_ROLE_EXTERNAL_ID'],
    },
    arnPrefix: 'qcs::cam::',
    arn: /^qcs::cam::uin\/[\x21-\x7e]+$/,
    arnExample: 'qcs::cam::uin/100000000001:roleName/ops',
    sessionName: /^[\w+=,.@-]{2,128}$/,
    sessionNameSentence: t`it has 2 to 128 letters, digits and _ + = , . @ -`,
    externalId: /^[\w+=,.@:/-]{2,128}$/,
    // No document gives a minimum.
    seconds: [1, 43_200],
  },
  sts: {
    domain: 'tencentcloudapi.com',
    international: 'intl.',
    // Its page on STS: the host for all is `only for non-financial availability zones`; of ap-beijing-fsi nothing is documented.
    financeRegions: ['ap-shanghai-fsi', 'ap-shenzhen-fsi'],
    endpointVariable: null,
    hostByRegion: false,
    load: async () => (await import('../sts/tencent-sts.ts')).sts,
  },
  // https://cloud.tencent.com/document/product/213/4934
  metadata: {
    roles: 'http://metadata.tencentyun.com/latest/meta-data/cam/security-credentials/',
    dmi: /^tencent cloud\b/i,
    roleVariables: ['TENCENTCLOUD_CAM_ROLE_NAME'],
    offVariable: null,
    session: null,
    sessionIn: (fields) => ({
      id: fields['TmpSecretId'],
      secret: fields['TmpSecretKey'],
      token: fields['Token'],
      expiresAt: fields['ExpiredTime'] ?? fields['Expiration'],
    }),
  },
  // It accepts a request for 5 minutes after it was signed (API 3.0, AuthFailure.SignatureExpire).
  clockToleranceMs: 4 * 60_000,
  files: async (context) => (await import('./tencent-files.ts')).tencentFiles(context, ROLE_ARN),
  fileRegion: async (context) => (await import('./tencent-files.ts')).tencentFileRegion(context, ROLE_ARN),
};
