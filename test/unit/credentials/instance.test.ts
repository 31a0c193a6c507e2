import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { instanceRole, isInstanceOf } from '../../../src/credentials/instance.ts';
import type { CredentialContext } from '../../../src/credentials/context.ts';
import { KeypairError } from '../../../src/errors.ts';
import type { HttpRequest } from '../../../src/http/types.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { failureOf, fakeSend, responseOf, signal, type Reply } from '../providers/fake-service.ts';
import { NOW, worldWith } from './fake-world.ts';

type Vendor = 'tencent' | 'aliyun';

const VENDORS: readonly Vendor[] = ['tencent', 'aliyun'];

const ROLES = {
  tencent: 'http://metadata.tencentyun.com/latest/meta-data/cam/security-credentials/',
  aliyun: 'http://100.100.100.200/latest/meta-data/ram/security-credentials/',
} as const;

const TOKEN = 'AQAAAMetadataToken==';

/** What the metadata services answer, after the vendors' documents. */
const GIVEN = {
  tencent: {
    TmpSecretId: 'AKIDinstance',
    TmpSecretKey: 'KeyOfTheInstance',
    ExpiredTime: 1_795_309_200,
    Expiration: '2026-11-22T01:00:00Z',
    Token: 'TokenOfTheInstance',
    Code: 'Success',
  },
  aliyun: {
    AccessKeyId: 'STS.instance',
    AccessKeySecret: 'KeyOfTheInstance',
    Expiration: '2026-11-22T01:00:00Z',
    SecurityToken: 'TokenOfTheInstance',
    LastUpdated: '2026-11-21T19:00:00Z',
    Code: 'Success',
  },
} as const;

/** A metadata service that answers by method and path; what is not listed is 404. */
function service(vendor: Vendor, answers: Readonly<Record<string, Reply>> = {}, env: CredentialContext['env'] = {}) {
  const requests: HttpRequest[] = [];
  const own: Readonly<Record<string, Reply>> = {
    'PUT http://100.100.100.200/latest/api/token': { body: TOKEN },
    [`GET ${ROLES[vendor]}`]: { body: 'ops\n' },
    [`GET ${ROLES[vendor]}ops`]: { body: GIVEN[vendor] },
    ...answers,
  };
  const metadata: CredentialContext['metadata'] = (request) => {
    requests.push(request);
    const reply = own[`${request.method} ${request.url.href}`] ?? { status: 404, body: '<html>404' };
    return Promise.resolve(responseOf(reply));
  };
  return { world: worldWith({ metadata, env }), asked: () => requests.map(line), requests };
}

function line({ method, url }: HttpRequest): string {
  return `${method} ${url.href}`;
}

describe.each(VENDORS)("%s instance's role", (vendor) => {
  const put = vendor === 'aliyun' ? ['PUT http://100.100.100.200/latest/api/token'] : [];

  test('is asked for by its name', async () => {
    const { world, asked, requests } = service(vendor);
    const source = instanceRole(vendor, 'ops', world);
    const credentials = await source.current(signal);
    expect(source.source).toBe('role ops of this instance');
    expect(credentials).toMatchObject({
      id: vendor === 'tencent' ? 'AKIDinstance' : 'STS.instance',
      source: source.source,
      expiresAt: new Date('2026-11-22T01:00:00Z'),
    });
    expect(credentials.secret.reveal()).toBe('KeyOfTheInstance');
    expect(credentials.token?.reveal()).toBe('TokenOfTheInstance');
    expect(asked()).toEqual([...put, `GET ${ROLES[vendor]}ops`]);
    expect(requests[0]!.headers).toEqual(
      vendor === 'tencent' ? {} : { 'x-aliyun-ecs-metadata-token-ttl-seconds': '21600' },
    );
    expect(requests.at(-1)!.headers).toEqual(vendor === 'tencent' ? {} : { 'x-aliyun-ecs-metadata-token': TOKEN });
  });

  test('is asked for by the name that the instance tells', async () => {
    const { world, asked } = service(vendor);
    const source = instanceRole(vendor, null, world);
    expect((await source.current(signal)).source).toBe('role of this instance');
    expect(asked()).toEqual([...put, `GET ${ROLES[vendor]}`, `GET ${ROLES[vendor]}ops`]);
    await source.current(signal);
    expect(asked()).toHaveLength(put.length + 2);
  });

  test.each(['../../user-data', '..', '', 'a/b', 'a b', 'a\nb', 'a?b', 'x'.repeat(129), 'é'])(
    'the name %j is no role and never asked for',
    async (name) => {
      if (name !== '') {
        expect(() => instanceRole(vendor, name, worldWith({}))).toThrow(
          expect.objectContaining({ code: 'USAGE' }) as Error,
        );
      }
      const { world, asked } = service(vendor, { [`GET ${ROLES[vendor]}`]: { body: name } });
      const error = await failureOf(instanceRole(vendor, null, world).current(signal));
      expect(error).toMatchObject({ code: 'FAILURE', outcome: 'none' });
      expect(error.message).toBe(
        'cannot get the role of this instance: the metadata service answered without the name of a role',
      );
      expect(asked()).toHaveLength(put.length + 1);
    },
  );

  test.each<[string, Reply, string, RegExp]>([
    ['there is none', { status: 404, body: 'PLANTED' }, 'AUTH', /does not know this role/],
    ['access is denied', { status: 403, body: 'PLANTED' }, 'AUTH', /HTTP 403/],
    ['it is broken', { status: 503, body: 'PLANTED' }, 'UNAVAILABLE', /HTTP 503/],
    ['it is busy', { status: 429, body: 'PLANTED' }, 'UNAVAILABLE', /HTTP 429/],
    ['a page comes', { body: '<html>PLANTED' }, 'FAILURE', /not a JSON object/],
    ['a list comes', { body: '["PLANTED"]' }, 'FAILURE', /not a JSON object/],
    ['Code is another', { body: { ...GIVEN[vendor], Code: 'PLANTED' } }, 'AUTH', /reports a failure/],
    ['Code is missing', { body: { ...GIVEN[vendor], Code: undefined } }, 'AUTH', /reports a failure/],
    ['Code is true', { body: { ...GIVEN[vendor], Code: true } }, 'AUTH', /reports a failure/],
    ['there is nothing in it', { body: { Code: 'Success', x: 'PLANTED' } }, 'FAILURE', /usable credentials/],
    [
      'the secret is none',
      { body: { ...GIVEN[vendor], TmpSecretKey: 'PLANTED\r\nx: y', AccessKeySecret: 'PLANTED\r\nx: y' } },
      'FAILURE',
      /usable credentials/,
    ],
    [
      'they never end',
      { body: { ...GIVEN[vendor], Expiration: 'PLANTED', ExpiredTime: 'PLANTED' } },
      'FAILURE',
      /time when/,
    ],
    [
      'they have ended',
      { body: { ...GIVEN[vendor], Expiration: '2026-11-21T23:59:59Z', ExpiredTime: 1_700_000_000 } },
      'FAILURE',
      /expired already/,
    ],
  ])('where %s it is said, without what came', async (_what, reply, code, message) => {
    const { world } = service(vendor, { [`GET ${ROLES[vendor]}ops`]: reply });
    const error = await failureOf(instanceRole(vendor, 'ops', world).current(signal));
    expect(error).toMatchObject({ code, outcome: 'none' });
    expect(error.message).toMatch(/^cannot get the role ops of this instance: the metadata service /);
    expect(error.message).toMatch(message);
    expect(`${inspect(error, { depth: 9 })} ${JSON.stringify(error)}`).not.toContain('PLANTED');
  });

  test('a service that is not there says what can have one', async () => {
    const unreachable = new KeypairError('UNAVAILABLE', 'timed out after 1 s', {
      outcome: 'unknown',
      hints: ['--timeout'],
    });
    const world = worldWith({ metadata: () => Promise.reject(unreachable) });
    const error = await failureOf(instanceRole(vendor, null, world).current(signal));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
    expect(error.message).toBe('cannot get the role of this instance: timed out after 1 s');
    expect(error.hints).toEqual([
      `only instances of ${vendor === 'tencent' ? 'Tencent' : 'Alibaba'} Cloud have this service: elsewhere, use other credentials`,
    ]);
  });

  test('is asked for again before it ends', async () => {
    let now = NOW;
    const { world, asked } = service(vendor);
    const source = instanceRole(vendor, 'ops', { ...world, now: () => now });
    await source.current(signal);
    now = new Date(NOW.getTime() + 56 * 60_000);
    await source.current(signal);
    expect(asked().filter((one) => one.endsWith('/ops'))).toHaveLength(2);
  });
});

describe("version 2 of Alibaba's metadata service", () => {
  const PUT = 'PUT http://100.100.100.200/latest/api/token';

  test.each([400, 403, 404, 405])('is left for version 1 where it answers %i', async (status) => {
    const { world, requests } = service('aliyun', { [PUT]: { status, body: '' } });
    expect(await instanceRole('aliyun', null, world).current(signal)).toMatchObject({ id: 'STS.instance' });
    expect(requests.slice(1).map(({ headers }) => headers)).toEqual([{}, {}]);
  });

  test.each(['true', 'TRUE', ' true '])('is kept to where ALIBABA_CLOUD_IMDSV1_DISABLED is %j', async (value) => {
    const env = { ALIBABA_CLOUD_IMDSV1_DISABLED: value };
    const { world, asked } = service('aliyun', { [PUT]: { status: 404, body: '' } }, env);
    const error = await failureOf(instanceRole('aliyun', 'ops', world).current(signal));
    expect(error).toMatchObject({ code: 'AUTH' });
    expect(asked()).toEqual([PUT]);
  });

  test.each([408, 429, 500, 503])('is kept to where it answers %i', async (status) => {
    const { world, asked } = service('aliyun', { [PUT]: { status, body: '' } });
    const error = await failureOf(instanceRole('aliyun', 'ops', world).current(signal));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', throttled: status === 429 });
    expect(asked()).toEqual([PUT]);
  });

  test('is kept to where it is silent', async () => {
    const asked: string[] = [];
    const metadata: CredentialContext['metadata'] = (request) => {
      asked.push(line(request));
      return Promise.reject(new KeypairError('UNAVAILABLE', 'timed out', { outcome: 'unknown' }));
    };
    const error = await failureOf(instanceRole('aliyun', 'ops', worldWith({ metadata })).current(signal));
    expect(error.code).toBe('UNAVAILABLE');
    expect(asked).toEqual([PUT]);
  });

  test.each(['', ' ', 'two\r\nlines', 'x'.repeat(4097), 'é'])('a token %j is none', async (body) => {
    const { world, asked } = service('aliyun', { [PUT]: { body } });
    const error = await failureOf(instanceRole('aliyun', 'ops', world).current(signal));
    expect(error.message).toContain('answered without a token');
    expect(asked()).toEqual([PUT]);
  });
});

test('the abort reaches the metadata service', async () => {
  const leaving = new AbortController();
  let given: AbortSignal | undefined;
  const metadata: CredentialContext['metadata'] = (_request, options) => {
    given = options?.signal;
    return new Promise(() => undefined);
  };
  const failure = failureOf(instanceRole('tencent', null, worldWith({ metadata })).current(leaving.signal));
  await Promise.resolve();
  leaving.abort();
  expect(await failure).toMatchObject({ code: 'CANCELLED' });
  expect(given?.aborted).toBe(true);
});

test('the STS is not asked for the role of an instance', async () => {
  const { send, requests } = fakeSend({ body: '' });
  await instanceRole('aliyun', null, { ...service('aliyun').world, send }).current(signal);
  expect(requests).toEqual([]);
});

describe('what DMI says', () => {
  const machine = (sysVendor: string | null, product: string | null): string => {
    const directory = temporaryDirectory();
    if (sysVendor !== null) writeFileSync(path.join(directory, 'sys_vendor'), sysVendor);
    if (product !== null) writeFileSync(path.join(directory, 'product_name'), product);
    return directory;
  };

  test.each<[string, string | null, string | null, Vendor | null]>([
    ['CVM', 'Tencent Cloud\n', 'CVM\n', 'tencent'],
    ['ECS', 'Alibaba Cloud\n', 'Alibaba Cloud ECS\n', 'aliyun'],
    ['ECS on bare metal, whose maker is another', 'Inspur\n', 'Alibaba Cloud ECS\n', 'aliyun'],
    ['another cloud', 'Amazon EC2\n', 't3.micro\n', null],
    ['one that only names it', 'Not Tencent Cloud\n', 'KVM\n', null],
    ['nothing', null, null, null],
  ])('%s', async (_what, sysVendor, product, vendor) => {
    const directory = machine(sysVendor, product);
    for (const asked of VENDORS) {
      expect([asked, await isInstanceOf(asked, 'linux', directory)]).toEqual([asked, asked === vendor]);
    }
  });

  test.each(['darwin', 'win32'])('is not looked at on %s', async (platform) => {
    expect(await isInstanceOf('tencent', platform, machine('Tencent Cloud', 'CVM'))).toBe(false);
  });
});
