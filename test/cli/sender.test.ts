import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { run } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';

interface Seen {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: Server;
let seen: Seen[];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      seen.push({ headers: request.headers, body });
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => server.close());

async function ask(args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  seen = [];
  const env = {
    TENCENTCLOUD_SECRET_ID: 'AKIDx',
    TENCENTCLOUD_SECRET_KEY: 'secretkey',
    ALIBABA_CLOUD_ACCESS_KEY_ID: 'LTAIx',
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secretkey',
    KEYPAIR_ENDPOINT: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    ...more,
  };
  await run(args, { home: temporaryDirectory(), env });
  expect(seen).not.toEqual([]);
  return seen;
}

const US = `keypair/${manifest.version}`;

// D20: the sender called itself SDK_NODEJS_…, though the SDK had sent nothing, and just `keypair` to Alibaba.
test.each([
  ['a service of Tencent', ['list', '-p', 'tencent'], {}],
  ['Lighthouse', ['list', '-p', 'lighthouse'], {}],
  ['the service of regions', ['regions', '-p', 'tencent'], {}],
  ['the STS of Tencent, who is it', ['auth', 'status', '--check', '-p', 'tencent'], {}],
  ['the STS of Tencent, a role', ['list', '-p', 'tencent'], { TENCENTCLOUD_ROLE_ARN: 'qcs::cam::uin/1:roleName/ops' }],
  ['a service of Alibaba', ['list', '-p', 'aliyun'], {}],
  ['the STS of Alibaba', ['auth', 'status', '--check', '-p', 'aliyun'], {}],
  ['the old gateway', ['list', '-p', 'qcloud'], {}],
  ['the old gateway in v2', ['create', '-p', 'qcloud', '--api-version', 'v2', '--name', 'x'], {}],
])('the sender names itself, and never the SDK: %s', async (_to, args, env) => {
  for (const { headers, body } of await ask(args, env)) {
    expect(headers['user-agent']).toBe(US);
    expect(headers['x-tc-requestclient'] ?? US).toBe(US);
    expect(new URLSearchParams(body).get('RequestClient') ?? US).toBe(US);
    expect(JSON.stringify([headers, body])).not.toMatch(/SDK_|AlibabaCloud|TeaDSL/i);
    // The header of API 3.0, or the parameter of the old gateway.
    if (args.includes('tencent')) expect(headers).toHaveProperty('x-tc-requestclient');
    if (args.includes('qcloud')) expect(body).toContain('RequestClient=');
  }
});

// D20: X-TC-Language was never sent, so that an English program showed Chinese errors.
test.each([
  ['en', 'en-US', []],
  ['zh-CN', 'zh-CN', []],
  // What scripts read is English.
  ['zh-CN', 'en-US', ['--json']],
])('--lang %s asks Tencent for %s, its STS too', async (lang, told, more) => {
  const role = { TENCENTCLOUD_ROLE_ARN: 'qcs::cam::uin/1:roleName/ops' };
  const requests = [
    ...(await ask(['list', '-p', 'tencent', '--lang', lang, ...more])),
    ...(await ask(['list', '-p', 'tencent', '--lang', lang, ...more], role)),
    ...(await ask(['auth', 'status', '--check', '-p', 'tencent', '--lang', lang, ...more])),
  ];
  for (const { headers } of requests) expect(headers['x-tc-language']).toBe(told);
});

test.each<[readonly string[], Readonly<Record<string, string>>, string]>([
  [['--site', 'intl'], {}, 'sts.intl.tencentcloudapi.com'],
  [[], { KEYPAIR_SITE: 'intl' }, 'sts.intl.tencentcloudapi.com'],
  [['-r', 'ap-shanghai-fsi'], {}, 'sts.ap-shanghai-fsi.tencentcloudapi.com'],
  [[], { TENCENTCLOUD_REGION: 'ap-shenzhen-fsi' }, 'sts.ap-shenzhen-fsi.tencentcloudapi.com'],
  [['-r', 'all'], {}, 'sts.tencentcloudapi.com'],
])('with %j and %j it signs in at %s', async (args, env, host) => {
  const hosts = async (line: readonly string[], more = {}): Promise<ReadonlySet<string | undefined>> =>
    new Set((await ask([...line, '-p', 'tencent', ...args], { ...env, ...more })).map((one) => one.headers.host));
  expect(await hosts(['auth', 'status', '--check'])).toContain(host);
  const role = { TENCENTCLOUD_ROLE_ARN: 'qcs::cam::uin/1:roleName/ops' };
  expect(await hosts(['list'], role)).toEqual(new Set([host]));
});
