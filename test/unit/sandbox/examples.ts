import type { RawRequest } from '../../../sandbox/wire.ts';
import type { Example, Scheme } from './schemes.ts';
import { readVectors } from './vectors.ts';

const FROZEN = new Date(1_700_000_000_000);
const TENCENT = { id: 'AKIDEXAMPLE00000000000000000000000', secretKey: 'SecretKeyExample0000000000000000' };
const ALIBABA = { id: 'LTAIEXAMPLE', secretKey: 'SecretExample' };

function captured(): readonly Example[] {
  const vectors = readVectors();
  const example = (name: string, scheme: Scheme, token: string | null = null): Example => {
    const request = vectors.get(name);
    if (request === undefined) throw new Error(`no vector ${name}`);
    const who = scheme === 'acs3' || scheme === 'rpc' ? ALIBABA : TENCENT;
    const account = { secretKey: who.secretKey, token, expiresAt: null };
    return { title: `${name} ${scheme}`, scheme, request, id: who.id, account, now: FROZEN };
  };
  return [
    example('V1', 'tc3'),
    example('V2', 'tc3', 'TOKENEXAMPLE'),
    example('V3', 'tc3'),
    example('V4', 'v1'),
    example('V5', 'v1', 'TOKENEXAMPLE'),
    example('V6', 'v1'),
    example('V7', 'v1'),
    example('V8', 'v1'),
    example('V9', 'v1'),
    example('V10', 'acs3'),
    example('V11', 'acs3', 'STSTOKENEXAMPLE'),
    example('V12', 'rpc'),
  ];
}

const NO_BODY = Buffer.alloc(0);

/** Tencent's pages on signature v1: API 3.0 (/document/api/213/30654) and v2 (/document/product/215/1693). */
function publishedV1(
  title: string,
  host: string,
  path: string,
  params: string,
  signature: string,
  who: object,
): Example {
  const { id, secretKey } = { id: '', secretKey: '', ...who };
  const query = `${params}&SecretId=${id}&Signature=${encodeURIComponent(signature)}`;
  return {
    title,
    scheme: 'v1',
    request: { method: 'GET', path, query, headers: { host }, body: NO_BODY },
    id,
    account: { secretKey, token: null, expiresAt: null },
    now: new Date(1_465_185_768_000),
  };
}

const V3_WHO = { id: 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE', secretKey: 'Gu5t9xGARNpq86cd98joQYCN3EXAMPLE' };
const V2_WHO = { id: 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3gnPhESA', secretKey: 'Gu5t9xGARNpq86cd98joQYCN3Cozk1qA' };
const V3_PARAMS =
  'Action=DescribeInstances&InstanceIds.0=ins-09dx96dg&Limit=20&Nonce=11886&Offset=0&Region=ap-guangzhou&Timestamp=1465185768&Version=2017-03-12';
const V2_PARAMS =
  'Action=DescribeInstances&InstanceIds.0=ins-09dx96dg&Nonce=11886&Region=ap-guangzhou&Timestamp=1465185768';

/** Tencent's page on TC3: two forms of it are published. */
function publishedTc3(title: string, signedHeaders: string, secretKey: string, signature: string): Example {
  const request: RawRequest = {
    method: 'POST',
    path: '/',
    query: '',
    headers: {
      host: 'cvm.tencentcloudapi.com',
      'content-type': 'application/json; charset=utf-8',
      'x-tc-action': 'DescribeInstances',
      'x-tc-version': '2017-03-12',
      'x-tc-region': 'ap-guangzhou',
      'x-tc-timestamp': '1551113065',
      authorization: `TC3-HMAC-SHA256 Credential=${V3_WHO.id}/2019-02-25/cvm/tc3_request, SignedHeaders=${signedHeaders}, Signature=${signature}`,
    },
    body: Buffer.from(
      String.raw`{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`,
    ),
  };
  const account = { secretKey, token: null, expiresAt: null };
  return { title, scheme: 'tc3', request, id: V3_WHO.id, account, now: new Date(1_551_113_065_000) };
}

/** Alibaba's pages on the V3 signature and on the RPC signature. */
function publishedAlibaba(): readonly Example[] {
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const signature = '06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0';
  return [
    {
      title: 'published V3',
      scheme: 'acs3',
      request: {
        method: 'POST',
        path: '/',
        query: 'ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai',
        headers: {
          host: 'ecs.cn-shanghai.aliyuncs.com',
          'x-acs-action': 'RunInstances',
          'x-acs-version': '2014-05-26',
          'x-acs-date': '2023-10-26T10:22:32Z',
          'x-acs-signature-nonce': '3156853299f313e23d1673dc12e1703d',
          'x-acs-content-sha256': empty,
          authorization: `ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature=${signature}`,
        },
        body: NO_BODY,
      },
      id: 'YourAccessKeyId',
      account: { secretKey: 'YourAccessKeySecret', token: null, expiresAt: null },
      now: new Date('2023-10-26T10:22:32Z'),
    },
    {
      title: 'published RPC V1',
      scheme: 'rpc',
      request: {
        method: 'GET',
        path: '/',
        query:
          'Timestamp=2016-02-23T12%3A46%3A24Z&Format=XML&AccessKeyId=testid&Action=DescribeRegions&SignatureMethod=HMAC-SHA1&SignatureNonce=3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf&Version=2014-05-26&SignatureVersion=1.0&Signature=OLeaidS1JvxuMvnyHOwuJ%2BuX5qY%3D',
        headers: { host: 'ecs.aliyuncs.com' },
        body: NO_BODY,
      },
      id: 'testid',
      account: { secretKey: 'testsecret', token: null, expiresAt: null },
      now: new Date('2016-02-23T12:46:24Z'),
    },
  ];
}

/** Every signed request that the vendors published or that their clients were seen to send. */
export const EXAMPLES: readonly Example[] = [
  ...captured(),
  publishedV1(
    'published v1, API 3.0',
    'cvm.tencentcloudapi.com',
    '/',
    V3_PARAMS,
    'EliP9YW3pW28FpsEdkXt/+WcGeI=',
    V3_WHO,
  ),
  publishedV1(
    'published v1, v2 HmacSHA256',
    'cvm.api.qcloud.com',
    '/v2/index.php',
    `${V2_PARAMS}&SignatureMethod=HmacSHA256`,
    '0EEm/HtGRr/VJXTAD9tYMth1Bzm3lLHz5RCDv1GdM8s=',
    V2_WHO,
  ),
  publishedV1(
    'published v1, v2 HmacSHA1',
    'cvm.api.qcloud.com',
    '/v2/index.php',
    `${V2_PARAMS}&SignatureMethod=HmacSHA1`,
    'nPVnY6njQmwQ8ciqbPl5Qe+Oru4=',
    V2_WHO,
  ),
  publishedTc3(
    'published TC3, content-type;host',
    'content-type;host',
    V3_WHO.secretKey,
    '72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168',
  ),
  publishedTc3(
    'published TC3, content-type;host;x-tc-action',
    'content-type;host;x-tc-action',
    // The page masks the key; its signature is that of the mask.
    '*'.repeat(32),
    '10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f',
  ),
  publishedTc3(
    'computed TC3, content-type;host;x-tc-action',
    'content-type;host;x-tc-action',
    V3_WHO.secretKey,
    '644be983de9a8a3f00db8eadaba61467c3b429e2215758ba897b738ca469fd26',
  ),
  ...publishedAlibaba(),
];
