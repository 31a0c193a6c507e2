import { describe, expect, test } from 'vitest';
import { KeypairError } from '../../../src/errors.ts';
import { ask, collect, failureOf, fakeSend, providerFor, signal, type Reply } from './fake-service.ts';
import { INTERFACES, REQUEST_ID, type Interface } from './interfaces.ts';
import { NONSENSE } from './nonsense.ts';

const PEM = '-----BEGIN RSA PRIVATE KEY-----\r\nMIIC\n-----END RSA PRIVATE KEY-----\n\n';

async function create(api: Interface, reply: Reply, name = 'Tencent') {
  const { send } = fakeSend(reply);
  const provider = await providerFor(api.descriptor, { send, apiVersion: api.apiVersion });
  return provider.createKeyPair!(ask(name), signal);
}

/** Private keys that are none. */
const NO_KEYS = [undefined, null, '', '  \n', 'null', 0, 7, true, [], ['-----BEGIN'], {}, { length: 3 }] as const;

describe.each(INTERFACES)('$label', (api) => {
  test('a created pair is read as it came', async () => {
    const { pair, privateKey, requestId } = await create(api, api.created(PEM));
    expect(privateKey.reveal()).toBe(PEM);
    expect(requestId).toBe(api.requestIds ? REQUEST_ID : null);
    expect(pair.name).toBe('Tencent');
    expect(pair).toMatchObject(
      api.descriptor.vendor === 'aliyun'
        ? {
            id: api.label === 'swas' ? null : 'ssh-bp67acfmxazb4p****',
            publicKey: null,
            fingerprint: api.label === 'swas' ? null : '89:f0:ba:62',
            tags: null,
            instances: null,
          }
        : {
            id: 'skey-mv9yzyjj',
            publicKey: 'ssh-rsa AAAA skey_1',
            fingerprint: null,
            createdAt: null,
            tags: null,
          },
    );
  });

  test.each(NONSENSE)(
    '%s (HTTP %d) leaves the outcome unknown and the answer whole',
    async (_what, status, body, code) => {
      const error = await failureOf(create(api, { status, body }));
      expect(error).toMatchObject({ code, outcome: 'unknown', provider: api.descriptor.id });
      expect(error.answer?.reveal()).toBe(Buffer.from(body).toString());
      expect(error.hints.filter((hint) => !hint.startsWith('see https://'))).toHaveLength(1);
      expect(error.message).not.toContain('BEGIN');
    },
  );

  test.each(NO_KEYS)('a private key that is %j is FAILURE, with the answer', async (value) => {
    const reply = api.created(value);
    const error = await failureOf(create(api, reply));
    expect(error).toMatchObject({
      code: 'FAILURE',
      outcome: 'unknown',
      requestId: api.requestIds ? REQUEST_ID : undefined,
    });
    expect(error.answer?.reveal()).toBe(JSON.stringify(reply.body));
  });

  test.each([199, 302, 404, 500])('a pair that comes with HTTP %d is not believed, and not lost', async (status) => {
    const reply = api.created(PEM);
    const error = await failureOf(create(api, { ...reply, status }));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' });
    expect(error.answer?.reveal()).toBe(JSON.stringify(reply.body));
  });

  test('another name than the one asked for is kept for the caller to compare', async () => {
    expect((await create(api, api.created(PEM, 'Other'))).pair.name).toBe('Other');
  });

  test.each([undefined, null, '', 'null', 7, ['a'], {}, 'two\nlines'])(
    'a name that is %j costs nobody the private key',
    async (name) => {
      const created = await create(api, api.created(PEM, name === undefined ? null : name), 'asked');
      expect(created.pair.name).toBe('asked');
      expect(created.privateKey.reveal()).toBe(PEM);
    },
  );

  test('no shape of an answer throws anything but a KeypairError', async () => {
    const wrong = [null, 0, 'text', true, [], {}, [null], [{}], { __proto__: null }];
    const good = JSON.stringify(api.created(PEM).body);
    const shapes = [...good.matchAll(/"(\w+)":/g)].flatMap(([, field]) =>
      wrong.map((value) => replaced(JSON.parse(good), field!, value)),
    );
    expect(shapes.length).toBeGreaterThan(20);
    for (const body of shapes) {
      const outcome = await create(api, { body }).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(KeypairError);
    }
  });

  test('a field called __proto__ changes nothing', async () => {
    const body = `{"__proto__":{"Response":{},"code":0,"PrivateKeyBody":"x"},"constructor":1}`;
    expect(await failureOf(create(api, { body }))).toMatchObject({ outcome: 'unknown' });
    expect(({} as Record<string, unknown>)['Response']).toBeUndefined();
  });

  test('a list that cannot be read is no empty list', async () => {
    for (const body of [{}, { Response: {} }, { code: 0 }, { Response: { KeyPairSet: 'x' } }, { KeyPairs: 'x' }]) {
      const { send } = fakeSend({ body });
      const provider = await providerFor(api.descriptor, { send, apiVersion: api.apiVersion });
      const error = await failureOf(collect(provider.listKeyPairs({}, signal)));
      expect(error).toMatchObject({ outcome: 'none', answer: undefined });
      expect(['FAILURE', 'UNAVAILABLE']).toContain(error.code);
    }
  });

  test('what the transport throws comes through', async () => {
    const lost = new KeypairError('UNAVAILABLE', 'the connection was reset', { outcome: 'unknown' });
    const provider = await providerFor(api.descriptor, {
      send: () => Promise.reject(lost),
      apiVersion: api.apiVersion,
    });
    expect(await failureOf(provider.createKeyPair!(ask('ab'), signal))).toBe(lost);
  });
});

function replaced(value: unknown, field: string, by: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, name === field ? by : replaced(inner, field, by)]),
  );
}

test('an error without a code, or that is a text, is FAILURE with the answer', async () => {
  for (const Error of ['text', {}, { Code: 7 }, []]) {
    const error = await failureOf(create(INTERFACES[0]!, { body: { Response: { Error, RequestId: REQUEST_ID } } }));
    expect(error).toMatchObject({ code: 'FAILURE', outcome: 'unknown', requestId: REQUEST_ID });
  }
});

test('an answer of ECS without a body still has the request id of its header', async () => {
  const reply = { status: 503, headers: { 'x-acs-request-id': REQUEST_ID }, body: '' };
  expect(await failureOf(create(INTERFACES[2]!, reply))).toMatchObject({ requestId: REQUEST_ID });
});

test('a redirect with a code of ECS in it is no refusal of ECS', async () => {
  const reply = { ...INTERFACES[2]!.refusal('KeyPair.AlreadyExist', 'no'), status: 302 };
  expect(await failureOf(create(INTERFACES[2]!, reply))).toMatchObject({
    code: 'UNAVAILABLE',
    outcome: 'unknown',
  });
});

test.each(['top', 'data', 'detail'])('v2 may put its fields in: %s', async (place) => {
  const fields = { secretkey: PEM, keyName: 'n', keyId: 'skey-1' };
  const body = place === 'top' ? { code: '0', ...fields, data: [] } : { code: 0, [place]: fields };
  const created = await create(INTERFACES[4]!, { body });
  expect(created.pair).toMatchObject({ id: 'skey-1', name: 'n' });
});

test.each([{ code: null }, { code: {} }, { code: 'Success' }, { code: 1.5 }, { code: true }])(
  'v2 with %j is no answer',
  async (body) => {
    expect(await failureOf(create(INTERFACES[4]!, { body }))).toMatchObject({
      code: 'UNAVAILABLE',
      outcome: 'unknown',
    });
  },
);

describe('a listed pair', () => {
  async function listed(index: number, body: unknown) {
    const api = INTERFACES[index]!;
    const { send } = fakeSend({ body });
    const provider = await providerFor(api.descriptor, { send, apiVersion: api.apiVersion });
    return collect(provider.listKeyPairs({}, signal));
  }

  test('of CVM has all that the service tells', async () => {
    const row = {
      KeyId: 'skey-1',
      KeyName: 'a',
      ProjectId: 3,
      Description: 'for tests',
      PublicKey: 'ssh-rsa AAAA skey-1\n',
      AssociatedInstanceIds: ['ins-1', null],
      CreatedTime: '2020-09-22T00:00:00+00:00',
      Tags: [{ Key: '__proto__', Value: 'x' }, { Key: 'env', Value: null }, 7],
    };
    const [pair] = await listed(0, { Response: { TotalCount: 1, KeyPairSet: [row, null, { KeyName: 3 }] } });
    expect(pair).toEqual({
      id: 'skey-1',
      name: 'a',
      publicKey: 'ssh-rsa AAAA skey-1',
      fingerprint: null,
      createdAt: '2020-09-22T00:00:00Z',
      description: 'for tests',
      projectId: 3,
      tags: Object.fromEntries([
        ['__proto__', 'x'],
        ['env', ''],
      ]),
      instances: ['ins-1'],
    });
  });

  test('of 2017-03-12 on the gateway has its time under another name', async () => {
    const row = { KeyId: 'skey-1', KeyName: 'a', CreateTime: '2020-01-02T03:04:05Z' };
    const [pair] = await listed(3, { Response: { TotalCount: 1, KeyPairSet: [row] } });
    expect(pair?.createdAt).toBe('2020-01-02T03:04:05Z');
  });

  test('of ECS has times of minutes and tags of their own spelling', async () => {
    const row = {
      KeyPairName: 'a',
      KeyPairFingerPrint: '89:f0',
      CreationTime: '2023-09-04T08:33Z',
      PublicKey: 'ssh-rsa AAAA',
      Tags: { Tag: [{ TagKey: 'k', TagValue: 'v' }] },
    };
    const [pair] = await listed(2, { TotalCount: 1, KeyPairs: { KeyPair: [row] } });
    expect(pair).toMatchObject({
      id: null,
      createdAt: '2023-09-04T08:33:00Z',
      fingerprint: '89:f0',
      publicKey: 'ssh-rsa AAAA',
      tags: { k: 'v' },
      instances: null,
    });
  });

  test('of v2 has a time without a zone, since none is told', async () => {
    const row = {
      keyId: 'skey-1',
      keyName: 'a',
      createTime: '2015-11-05 17:26:21',
      bindUnInstanceIds: ['ins-1'],
    };
    const [pair] = await listed(4, { code: 0, data: { totalCount: 1, sshSet: [row] } });
    expect(pair).toMatchObject({ createdAt: null, instances: ['ins-1'], projectId: null });
  });

  test.each(['yesterday', '2020-13-45T00:00:00Z', 7, null, '2020-01-01'])('has no time when it is %j', async (time) => {
    const [pair] = await listed(0, { Response: { KeyPairSet: [{ KeyName: 'a', CreatedTime: time }] } });
    expect(pair?.createdAt).toBeNull();
  });
});
