import { t } from '../../i18n/t.ts';
import type { VendorData } from '../vendor.ts';

/** Alibaba Cloud, by its credentials library, its CLI and Terraform. */
export const aliyun: VendorData = {
  id: 'aliyun',
  title: t`Alibaba Cloud`,
  key: { id: 'AccessKeyId', secret: 'AccessKeySecret' },
  // The credentials library's, its CLI's four prefixes, and Terraform's.
  keyVariables: [
    prefixed('ALIBABA_CLOUD_'),
    prefixed('ALIBABACLOUD_'),
    prefixed('ALICLOUD_'),
    { ...prefixed(''), ambiguous: true },
    { id: 'ALICLOUD_ACCESS_KEY', secret: 'ALICLOUD_SECRET_KEY', tokens: ['ALICLOUD_SECURITY_TOKEN'] },
  ],
  // Its CLI's, then Terraform's, then the CLI's names without a prefix.
  regionVariables: [
    'ALIBABA_CLOUD_REGION_ID',
    'ALIBABACLOUD_REGION_ID',
    'ALICLOUD_REGION_ID',
    'ALIBABA_CLOUD_REGION',
    'ALICLOUD_REGION',
    'REGION_ID',
    'REGION',
  ],
  ambiguousRegionVariables: ['REGION_ID', 'REGION'],
  // ACK, as its credentials library has them.
  webIdentity: {
    required: {
      providerId: 'ALIBABA_CLOUD_OIDC_PROVIDER_ARN',
      tokenFile: 'ALIBABA_CLOUD_OIDC_TOKEN_FILE',
      roleArn: 'ALIBABA_CLOUD_ROLE_ARN',
    },
    region: 'ALIBABA_CLOUD_STS_REGION',
    sessionName: 'ALIBABA_CLOUD_ROLE_SESSION_NAME',
    stsEndpoint: 'ALIBABA_CLOUD_STS_ENDPOINT',
    roleAlone: true,
  },
  roles: {
    // Terraform's.
    variables: {
      arn: ['ALICLOUD_ASSUME_ROLE_ARN'],
      sessionName: ['ALICLOUD_ASSUME_ROLE_SESSION_NAME'],
      durationSeconds: ['ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION'],
      externalId: ['ALICLOUD_ASSUME_ROLE_EXTERNAL_ID'],
    },
    arnPrefix: 'acs:ram::',
    arn: /^acs:ram::[\x21-\x7e]+$/,
    arnExample: 'acs:ram::1000000000000001:role/ops',
    sessionName: /^[\w.@-]{2,64}$/,
    sessionNameSentence: t`it has 2 to 64 letters, digits and _ . @ -`,
    externalId: /^[\w+=,.@:/-]{2,1224}$/,
    seconds: [900, 43_200],
  },
  sts: {
    domain: 'aliyuncs.com',
    international: '',
    // By the endpoints in the vendor's SDK for PHP: the other finance regions use the host for all.
    financeRegions: ['cn-beijing-finance-1', 'cn-shanghai-finance-1'],
    endpointVariable: 'ALIBABA_CLOUD_STS_ENDPOINT',
    hostByRegion: true,
    load: async () => (await import('../sts/aliyun-sts.ts')).sts,
  },
  // https://help.aliyun.com/zh/ecs/user-guide/view-instance-metadata
  metadata: {
    roles: 'http://100.100.100.200/latest/meta-data/ram/security-credentials/',
    dmi: /^alibaba cloud\b/i,
    // Its credentials library's, then Terraform's.
    roleVariables: ['ALIBABA_CLOUD_ECS_METADATA', 'ALICLOUD_ECS_ROLE_NAME'],
    offVariable: 'ALIBABA_CLOUD_ECS_METADATA_DISABLED',
    // Version 2 of the service.
    session: {
      url: 'http://100.100.100.200/latest/api/token',
      lifetimeHeader: 'x-aliyun-ecs-metadata-token-ttl-seconds',
      tokenHeader: 'x-aliyun-ecs-metadata-token',
      requiredVariable: 'ALIBABA_CLOUD_IMDSV1_DISABLED',
    },
    sessionIn: (fields) => ({
      id: fields['AccessKeyId'],
      secret: fields['AccessKeySecret'],
      token: fields['SecurityToken'],
      expiresAt: fields['Expiration'],
    }),
  },
  // It accepts a request for 15 minutes after it was signed (InvalidTimeStamp.Expired).
  clockToleranceMs: 14 * 60_000,
  files: async (context) => (await import('./aliyun-files.ts')).aliyunFiles(context),
  fileRegion: async (context) => (await import('./aliyun-files.ts')).aliyunFileRegion(context),
};

function prefixed(prefix: string) {
  return {
    id: `${prefix}ACCESS_KEY_ID`,
    secret: `${prefix}ACCESS_KEY_SECRET`,
    tokens: [`${prefix}SECURITY_TOKEN`],
  };
}
