import OidcModule from '@alicloud/credentials/dist/src/providers/oidc_role_arn.js';
import OpenApiModule, { $OpenApiUtil } from '@alicloud/openapi-core';
import { RuntimeOptions } from '@darabonba/typescript';
import { writeFileSync } from 'node:fs';
import { Agent, createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { CommonClient } from 'tencentcloud-sdk-nodejs/tencentcloud/common/common_client.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Secret } from '../../../src/secret.ts';
import { sts as aliyun } from '../../../src/credentials/sts/aliyun-sts.ts';
import { defaultOf } from '../../../src/providers/parse.ts';
import type { RoleSession, Sts, StsOptions, WebSession } from '../../../src/credentials/sts/sts.ts';
import { sts as tencent } from '../../../src/credentials/sts/tencent-sts.ts';
import type { HttpRequest } from '../../../src/http/types.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { ALIBABA, fakeSend, signal, TENCENT } from './fake-service.ts';

// What the vendors' own clients ask their STS, and what we ask for the same: with the clock and the nonce of the
// former all that is signed must be the same, and so must the unsigned requests.

interface Captured {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const captured: Captured[] = [];
let server: Server;
let port = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      captured.push({ url: request.url ?? '', headers: request.headers, body });
      response.end('{"Response":{"RequestId":"1"}}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function capture(call: Promise<unknown>): Promise<Captured> {
  captured.length = 0;
  await call.catch(() => null);
  expect(captured).toHaveLength(1);
  return captured[0]!;
}

/** The one request that we make, with another's clock and nonce. */
async function ours(way: Partial<StsOptions>, act: (way: StsOptions) => Promise<unknown>): Promise<HttpRequest> {
  const { send, requests } = fakeSend({ body: '' });
  const own = { endpoint: new URL('https://sts.test'), now: () => new Date(0), nonce: () => '', sender: '' };
  await act({ ...own, send, signal, ...way }).catch(() => null);
  expect(requests).toHaveLength(1);
  return requests[0]!;
}

function expectSame(request: HttpRequest, theirs: Captured): void {
  expect(request.method).toBe('POST');
  expect(request.url.pathname + request.url.search).toBe(theirs.url);
  expect(request.body ?? '').toBe(theirs.body);
  for (const [name, value] of Object.entries(request.headers))
    expect([name, theirs.headers[name]]).toEqual([name, value]);
}

const SESSION: RoleSession = {
  roleArn: 'qcs::cam::uin/100000000001:roleName/ops',
  sessionName: 'keypair',
  externalId: 'a+b=c/d',
  durationSeconds: 900,
  policy: '{"version": "2.0", "statement": []}',
};
const WEB: WebSession = {
  roleArn: SESSION.roleArn,
  sessionName: 'keypair',
  providerId: 'cls-1',
  token: new Secret('eyJhbGciOiJSUzI1NiJ9.e30.c2ln'),
  region: 'ap-nanjing',
};
const TOKEN = new Secret('a/token+with==');

/** Every name is this machine's. */
const agent = new Agent({
  lookup: (_host, { all }, answer) => {
    if (all === true) answer(null, [{ address: '127.0.0.1', family: 4 }]);
    else answer(null, '127.0.0.1', 4);
  },
});

test.each<[string, string, object, boolean, (sts: Sts, way: StsOptions) => Promise<unknown>]>([
  [
    'AssumeRole',
    'ap-guangzhou',
    {
      RoleArn: SESSION.roleArn,
      RoleSessionName: 'keypair',
      DurationSeconds: 900,
      // Encoded by the caller: the vendor's document on AssumeRole, and terraform's url.QueryEscape.
      Policy: '%7B%22version%22%3A%20%222.0%22%2C%20%22statement%22%3A%20%5B%5D%7D',
      ExternalId: 'a+b=c/d',
    },
    false,
    (sts, way) => sts.assumeRole(SESSION, { ...TENCENT, token: TOKEN }, way),
  ],
  [
    'AssumeRoleWithWebIdentity',
    'ap-nanjing',
    {
      RoleArn: SESSION.roleArn,
      RoleSessionName: 'keypair',
      WebIdentityToken: WEB.token.reveal(),
      ProviderId: 'cls-1',
    },
    true,
    (sts, way) => sts.assumeRoleWithWebIdentity(WEB, way),
  ],
  ['GetCallerIdentity', 'ap-guangzhou', {}, false, (sts, way) => sts.callerIdentity({ ...TENCENT, token: TOKEN }, way)],
])('Tencent %s is signed and sent as by the SDK', async (action, region, parameters, skipSign, act) => {
  const endpoint = `sts.tencentcloudapi.com:${port}`;
  const keys = { secretId: TENCENT.id, secretKey: TENCENT.secret.reveal(), token: TOKEN.reveal() };
  const client = new CommonClient(endpoint, '2018-08-13', {
    credential: skipSign ? { secretId: '', secretKey: '' } : keys,
    region,
    profile: { language: 'en-US', httpProfile: { endpoint, protocol: 'http://', agent } },
  });
  const theirs = await capture(client.request(action, parameters, { skipSign }) as Promise<unknown>);
  const request = await ours(
    {
      endpoint: new URL(`http://${endpoint}`),
      now: () => new Date(Number(theirs.headers['x-tc-timestamp']) * 1000),
      sender: String(theirs.headers['x-tc-requestclient']),
    },
    (way) => act(tencent, way),
  );
  expectSame(request, theirs);
  expect(request.headers['authorization']).toMatch(skipSign ? /^SKIP$/ : /\/sts\/tc3_request/);
  expect(request.headers['x-tc-token']).toBe(skipSign ? undefined : TOKEN.reveal());
});

test('nothing is asked for at Tencent that nobody gave', async () => {
  const bare = { ...SESSION, externalId: null, durationSeconds: null, policy: null };
  const request = await ours({}, (way) => tencent.assumeRole(bare, TENCENT, way));
  expect(JSON.parse(request.body!)).toEqual({ RoleArn: SESSION.roleArn, RoleSessionName: 'keypair' });
});

interface OpenApi {
  callApi(params: $OpenApiUtil.Params, request: $OpenApiUtil.OpenApiRequest, runtime: RuntimeOptions): Promise<unknown>;
}

const ROLE = 'acs:ram::1000000000000001:role/ops';

test.each<[string, Record<string, unknown>, (sts: Sts, way: StsOptions) => Promise<unknown>]>([
  [
    'AssumeRole',
    {
      DurationSeconds: 900,
      ExternalId: 'a+b=c/d',
      Policy: SESSION.policy,
      RoleArn: ROLE,
      RoleSessionName: 'keypair',
    },
    (sts, way) => sts.assumeRole({ ...SESSION, roleArn: ROLE }, { ...ALIBABA, token: TOKEN }, way),
  ],
  [
    'AssumeRole',
    { DurationSeconds: 3600, RoleArn: ROLE, RoleSessionName: 'keypair' },
    (sts, way) =>
      sts.assumeRole(
        { roleArn: ROLE, sessionName: 'keypair', durationSeconds: null, externalId: null, policy: null },
        { ...ALIBABA, token: TOKEN },
        way,
      ),
  ],
  ['GetCallerIdentity', {}, (sts, way) => sts.callerIdentity({ ...ALIBABA, token: TOKEN }, way)],
])('Alibaba %s is signed and sent as by the SDK', async (action, query, act) => {
  const Client = defaultOf(OpenApiModule) as unknown as new (config: $OpenApiUtil.Config) => OpenApi;
  const endpoint = `127.0.0.1:${port}`;
  const config = new $OpenApiUtil.Config({
    accessKeyId: ALIBABA.id,
    accessKeySecret: ALIBABA.secret.reveal(),
    securityToken: TOKEN.reveal(),
    endpoint,
    protocol: 'http',
  });
  // The parameters of a call in the vendor's own client of STS, which leaves all to this one.
  const params = new $OpenApiUtil.Params({
    action,
    version: '2015-04-01',
    protocol: 'HTTP',
    pathname: '/',
    method: 'POST',
    authType: 'AK',
    style: 'RPC',
    reqBodyType: 'formData',
    bodyType: 'json',
  });
  const client = new Client(config);
  Object.assign(client, { _endpoint: endpoint });
  const asked = new $OpenApiUtil.OpenApiRequest({
    query: Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)])),
  });
  const theirs = await capture(client.callApi(params, asked, new RuntimeOptions({})));
  const request = await ours(
    {
      endpoint: new URL(`http://${endpoint}`),
      now: () => new Date(String(theirs.headers['x-acs-date'])),
      nonce: () => String(theirs.headers['x-acs-signature-nonce']),
    },
    (way) => act(aliyun, way),
  );
  expectSame(request, theirs);
  expect(request.headers['authorization']).toContain('x-acs-security-token');
});

/** A request as the vendor's credentials library hands it to its HTTP client. */
interface LibraryRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly queries: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyForm: Readonly<Record<string, string>>;
}

test('Alibaba AssumeRoleWithOIDC is sent as by the credentials library: unsigned, the token in the body', async () => {
  const file = path.join(temporaryDirectory(), 'token');
  writeFileSync(file, WEB.token.reveal());
  const library = defaultOf(OidcModule)
    .builder()
    .withOIDCProviderArn('acs:ram::1:oidc-provider/idp')
    .withOIDCTokenFilePath(file)
    .withRoleArn(ROLE)
    .withRoleSessionName('keypair')
    .withStsEndpoint('sts.cn-hangzhou.aliyuncs.com')
    .build();
  let theirs!: LibraryRequest;
  Object.assign(library, {
    doRequest: (request: LibraryRequest) => {
      theirs = request;
      return Promise.reject(new Error('seen enough'));
    },
  });
  await library.getCredentialsInternal().catch(() => null);

  const session = { ...WEB, roleArn: ROLE, providerId: 'acs:ram::1:oidc-provider/idp' };
  const request = await ours(
    {
      endpoint: new URL('https://sts.cn-hangzhou.aliyuncs.com'),
      now: () => new Date(theirs.queries['Timestamp']!),
    },
    (way) => aliyun.assumeRoleWithWebIdentity(session, way),
  );
  expect(request.method).toBe(theirs.method);
  expect(request.url.host + request.url.pathname).toBe(theirs.host + theirs.path);
  expect(Object.fromEntries(request.url.searchParams)).toEqual({ ...theirs.queries });
  expect(Object.fromEntries(new URLSearchParams(request.body))).toEqual({ ...theirs.bodyForm });
  expect(request.headers['content-type']).toBe(theirs.headers['Content-Type']);
  expect(request.headers).not.toHaveProperty('authorization');
  expect(request.url.href).not.toContain('eyJ');
});
