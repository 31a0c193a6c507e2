import { describe, expect, test } from 'vitest';
import { KeypairError } from '../../../src/errors.ts';
import type { BindOptions, KeyPairRef, Provider } from '../../../src/providers/types.ts';
import type { HttpRequest, Send } from '../../../src/http/types.ts';
import { ask, failureOf, fakeSend, providerFor, responseOf, signal, type Reply } from './fake-service.ts';
import { INTERFACES, REQUEST_ID, type Interface } from './interfaces.ts';
import { NONSENSE } from './nonsense.ts';
import { actionOf, handlesOf, instancesOf, parametersOf } from './wire.ts';

const PUBLIC = 'ssh-rsa AAAA+/== c@h';
const HOW: BindOptions = { forceStop: false, onlineUser: null };

function opened(api: Interface, send: Send): Promise<Provider> {
  return providerFor(api.descriptor, { send, apiVersion: api.apiVersion });
}

/** A pair by the handle that the interface goes by. */
function ref(api: Interface, name: string): KeyPairRef {
  return api.descriptor.vendor === 'aliyun' ? { id: null, name } : { id: `skey-${name}`, name };
}

function handle(api: Interface, name: string): string {
  return ref(api, name).id ?? name;
}

/** A service that answers each request by itself, and keeps what it was asked to change. */
function service(api: Interface, answer: (request: HttpRequest) => Reply) {
  const changes: HttpRequest[] = [];
  const send: Send = (request) => {
    if (actionOf(request) === 'DescribeKeyPairs') return Promise.resolve(responseOf(api.page([], 0)));
    changes.push(request);
    return Promise.resolve(responseOf(answer(request)));
  };
  return { send, changes };
}

function codes(outcomes: readonly { readonly item: string; readonly error: KeypairError | null }[]) {
  return outcomes.map(({ item, error }) => [item, error?.code ?? null]);
}

describe.each(INTERFACES)('$label', (api) => {
  const everyChange: readonly [string, (provider: Provider) => Promise<unknown>][] = [
    ['import', (provider) => provider.importPublicKey({ ...ask('ab'), publicKey: PUBLIC }, signal)],
    ['delete', (provider) => provider.deleteKeyPairs([ref(api, 'ab')], signal)],
    ['attach', (provider) => provider.attachKeyPair!(ref(api, 'ab'), ['i-1'], HOW, signal)],
    ['detach', (provider) => provider.detachKeyPair!(ref(api, 'ab'), ['i-1'], HOW, signal)],
    ...(api.label === 'lighthouse' || api.label === 'swas'
      ? []
      : ([
          [
            'update',
            (provider) => provider.updateKeyPair!(ref(api, 'ab'), { name: 'cd', tags: { env: 'dev' } }, signal),
          ],
        ] satisfies [string, (provider: Provider) => Promise<unknown>][])),
  ];

  /** What a change came to: its error, thrown or in its only outcome, or null. */
  async function errorOf(change: (provider: Provider) => Promise<unknown>, send: Send) {
    try {
      const outcome = await change(await opened(api, send));
      if (!Array.isArray(outcome)) return null;
      expect(outcome).toHaveLength(1);
      return (outcome as { error: KeypairError | null }[])[0]!.error;
    } catch (error) {
      expect(error).toBeInstanceOf(KeypairError);
      return error as KeypairError;
    }
  }

  describe.each(everyChange)('%s', (_what, change) => {
    test.each(NONSENSE)(
      '%s (HTTP %d) is no success, and leaves the outcome unknown',
      async (_said, status, body, code) => {
        const { send, requests } = fakeSend({ status, body });
        const error = await errorOf(change, send);
        expect(error).toMatchObject({ code, outcome: 'unknown', provider: api.descriptor.id });
        expect(requests).toHaveLength(1);
      },
    );

    test.each([{}, { Response: {} }, { ok: true }, { Response: { ok: true } }, { status: 'success' }])(
      '%j is no success: anybody could have said it',
      async (body) => {
        expect(await errorOf(change, fakeSend({ body }).send)).toMatchObject({ outcome: 'unknown' });
      },
    );

    test('a refusal is told with its code, and not repeated', async () => {
      const { send, requests } = fakeSend(api.refusal(api.denied, 'You are not allowed to.'));
      expect(await errorOf(change, send)).toMatchObject({
        code: 'AUTH',
        providerCode: api.denied,
        outcome: 'none',
      });
      expect(requests).toHaveLength(1);
    });

    test('being throttled is told, with how long to wait, and not repeated', async () => {
      const { send, requests } = fakeSend({
        ...api.refusal(api.throttled, 'Slow down.'),
        headers: { 'retry-after': '2' },
      });
      expect(await errorOf(change, send)).toMatchObject({
        code: 'UNAVAILABLE',
        outcome: 'none',
        throttled: true,
        retryAfterMs: 2000,
      });
      expect(requests).toHaveLength(1);
    });

    test('what the transport throws comes through', async () => {
      const lost = new KeypairError('UNAVAILABLE', 'the connection was reset', { outcome: 'unknown' });
      expect(await errorOf(change, () => Promise.reject(lost))).toBe(lost);
    });

    test('a mistake of ours is no outcome of the service', async () => {
      const provider = await opened(api, () => Promise.reject(new TypeError('a bug')));
      await expect(change(provider)).rejects.toThrow(TypeError);
    });
  });

  describe('import', () => {
    test('uploads the key once and tells what the service told', async () => {
      const given = api.descriptor.vendor === 'aliyun' ? 'ab' : 'skey-1';
      const { send, requests } = fakeSend(api.imported(given));
      const provider = await opened(api, send);
      const { pair, requestId } = await provider.importPublicKey({ ...ask('ab'), publicKey: PUBLIC }, signal);
      expect(pair).toMatchObject(
        api.descriptor.vendor === 'aliyun'
          ? { id: null, name: 'ab', fingerprint: api.label === 'swas' ? null : '89:f0:ba:62', publicKey: null }
          : { id: 'skey-1', name: 'ab', fingerprint: null, publicKey: null },
      );
      expect(requestId).toBe(api.requestIds ? REQUEST_ID : null);
      expect(requests.map(actionOf)).toEqual(['ImportKeyPair']);
      expect(requests[0]!.method).toBe('POST');
      expect(parametersOf(requests[0]!)).toEqual(
        {
          tencent: { KeyName: 'ab', ProjectId: 0, PublicKey: PUBLIC },
          lighthouse: { KeyName: 'ab', PublicKey: PUBLIC },
          aliyun: { KeyPairName: 'ab', PublicKeyBody: PUBLIC },
          swas: { KeyPairName: 'ab', PublicKeyBody: PUBLIC },
          'qcloud 2017-03-12': { KeyName: 'ab', ProjectId: '0', PublicKey: PUBLIC },
          'qcloud v2': { keyName: 'ab', pubKey: PUBLIC },
        }[api.label],
      );
    });

    test.each([undefined, null, '', 'null', 7, ['a'], {}, 'two\nlines', '\u001b[31m'])(
      'an answer with the handle %j leaves the outcome unknown',
      async (value) => {
        const provider = await opened(api, fakeSend(api.imported(value)).send);
        const error = await failureOf(provider.importPublicKey({ ...ask('ab'), publicKey: PUBLIC }, signal));
        expect(error).toMatchObject({ code: 'FAILURE', outcome: 'unknown' });
        expect(error.message).not.toContain('\u001b');
      },
    );
  });

  describe('delete', () => {
    test('sends batches of what the service takes, and answers in order', async () => {
      const size = api.descriptor.deleteBatch;
      const names = Array.from({ length: 2 * size + 1 }, (_, index) => `k${index}`);
      const { send, changes } = service(api, (request) => api.deleted(handlesOf(request)));
      const provider = await opened(api, send);
      const pairs = names.map((name) => ref(api, name));
      expect(codes(await provider.deleteKeyPairs(pairs, signal))).toEqual(names.map((name) => [name, null]));
      expect(changes.map((request) => handlesOf(request).length)).toEqual([size, size, 1]);
      expect(changes.flatMap(handlesOf)).toEqual(names.map((name) => handle(api, name)));
    });

    test('nothing to delete is nothing to send', async () => {
      const provider = await opened(api, fakeSend(api.done).send);
      expect(await provider.deleteKeyPairs([], signal)).toEqual([]);
    });

    /** Deletes in order up to the first that it refuses, or says of each what became of it (v2). */
    function cloud(present: Set<string>, bound: ReadonlySet<string>, atomic: boolean): Send {
      const refusalOf = (id: string): string | null => {
        if (!present.has(id)) return api.absent;
        return bound.has(id) ? api.inUse : null;
      };
      return (request) => {
        const ids = handlesOf(request);
        if (actionOf(request) === 'DescribeKeyPairs') {
          const names = ids.filter((id) => present.has(id)).map((id) => id.replace('skey-', ''));
          return Promise.resolve(responseOf(api.page(names, names.length)));
        }
        if (api.label === 'qcloud v2') {
          const deleteKeySet = ids.map((keyId) => {
            const code = refusalOf(keyId);
            if (code === null) present.delete(keyId);
            return { code: code ?? '0', message: 'so', keyId };
          });
          return Promise.resolve(responseOf({ body: { code: 0, detail: { deleteKeySet } } }));
        }
        const first = ids.findIndex((id) => refusalOf(id) !== null);
        const gone = first === -1 ? ids : atomic ? [] : ids.slice(0, first);
        const code = first === -1 ? null : refusalOf(ids[first]!);
        for (const id of gone) present.delete(id);
        return Promise.resolve(responseOf(code === null ? api.done : api.refusal(code, 'so')));
      };
    }

    test.each([false, true])(
      'each pair of a refused batch gets its own answer (all or nothing: %s)',
      async (atomic) => {
        const present = new Set(['a', 'b', 'c', 'd'].map((name) => handle(api, name)));
        const bound = new Set([handle(api, 'b')]);
        const provider = await opened(api, cloud(present, bound, atomic));
        // What Alibaba does with a name that is not there, no document says.
        const unknown = api.descriptor.vendor === 'aliyun' ? [] : ['gone'];
        const asked = ['a', 'b', ...unknown, 'c', 'd'].map((name) => ref(api, name));
        expect(codes(await provider.deleteKeyPairs(asked, signal))).toEqual([
          ['a', null],
          ['b', 'CONFLICT'],
          ...unknown.map((name) => [name, 'NOT_FOUND']),
          ['c', null],
          ['d', null],
        ]);
        expect([...present]).toEqual([...bound]);
      },
    );

    test('one that was not there is told so, alone and among others', async () => {
      const provider = await opened(api, cloud(new Set([handle(api, 'a')]), new Set(), true));
      expect(codes(await provider.deleteKeyPairs([ref(api, 'gone')], signal))).toEqual([['gone', 'NOT_FOUND']]);
      expect(codes(await provider.deleteKeyPairs([ref(api, 'gone'), ref(api, 'a')], signal))).toEqual([
        ['gone', 'NOT_FOUND'],
        ['a', null],
      ]);
    });

    test('a batch that may have been deleted is not tried again', async () => {
      const { send, changes } = service(api, () => ({ status: 502, body: '<html>' }));
      const provider = await opened(api, send);
      const outcomes = await provider.deleteKeyPairs([ref(api, 'a'), ref(api, 'b')], signal);
      expect(outcomes.map(({ error }) => error?.outcome)).toEqual(['unknown', 'unknown']);
      expect(changes).toHaveLength(1);
    });

    test('a throttled batch is left to the caller', async () => {
      const { send, changes } = service(api, () => api.refusal(api.throttled, 'Slow down.'));
      const provider = await opened(api, send);
      const outcomes = await provider.deleteKeyPairs([ref(api, 'a'), ref(api, 'b')], signal);
      expect(outcomes.map(({ error }) => error?.throttled)).toEqual([true, true]);
      expect(changes).toHaveLength(1);
    });

    test('without permission it throws, and asks once', async () => {
      const { send, changes } = service(api, () => api.refusal(api.denied, 'no'));
      const provider = await opened(api, send);
      const error = await failureOf(provider.deleteKeyPairs([ref(api, 'a'), ref(api, 'b')], signal));
      expect(error).toMatchObject({ code: 'AUTH', outcome: 'none' });
      expect(changes).toHaveLength(1);
    });
  });

  describe.each(['attachKeyPair', 'detachKeyPair'] as const)('%s', (method) => {
    test('sends batches of what the service takes, and answers in order', async () => {
      const size = api.descriptor.bindBatch;
      const ids = Array.from({ length: size + 1 }, (_, index) => `ins-${index}`);
      const { send, changes } = service(api, (request) => api.bound(instancesOf(request)));
      const provider = await opened(api, send);
      expect(codes(await provider[method]!(ref(api, 'ab'), ids, HOW, signal))).toEqual(ids.map((id) => [id, null]));
      expect(changes.map((request) => instancesOf(request).length)).toEqual([size, 1]);
      expect(changes.flatMap(instancesOf)).toEqual(ids);
      const verb = method === 'attachKeyPair' ? 0 : 1;
      const action = {
        aliyun: ['AttachKeyPair', 'DetachKeyPair'],
        swas: ['AttachKeyPair', 'DetachKeyPair'],
        'qcloud v2': ['BindInstanceKey', 'UnBindInstanceKey'],
      }[api.label] ?? ['AssociateInstancesKeyPairs', 'DisassociateInstancesKeyPairs'];
      expect(actionOf(changes[0]!)).toBe(action[verb]);
      expect(JSON.stringify(parametersOf(changes[0]!))).toContain(handle(api, 'ab'));
    });

    test('one bad instance does not speak for the others', async () => {
      const code = { aliyun: 'InvalidInstanceIds.ValueNotSupported', 'qcloud v2': '5000' }[api.label];
      const bad =
        code ?? (api.label === 'lighthouse' ? 'ResourceNotFound.InstanceNotFound' : 'InvalidInstanceId.NotFound');
      const { send, changes } = service(api, (request) => {
        const ids = instancesOf(request);
        return ids.includes('ins-bad') ? api.refusal(bad, 'no such instance') : api.bound(ids);
      });
      const provider = await opened(api, send);
      const outcomes = await provider[method]!(ref(api, 'ab'), ['ins-1', 'ins-bad', 'ins-2'], HOW, signal);
      expect(outcomes.map(({ item, error }) => [item, error?.providerCode ?? null])).toEqual([
        ['ins-1', null],
        ['ins-bad', bad],
        ['ins-2', null],
      ]);
      expect(changes).toHaveLength(4);
    });
  });

  test('what each can change is sent in its own spelling', async () => {
    const { send, requests } = fakeSend(api.done);
    const provider = await opened(api, send);
    const change = {
      name: 'cd',
      description: 'for tests',
      tags: { env: 'dev' },
      removeTags: ['old', 'older'],
    };
    await provider.updateKeyPair?.(ref(api, 'ab'), change, signal);
    expect(requests.map((request) => [actionOf(request), parametersOf(request)])).toEqual(
      {
        tencent: [
          ['ModifyKeyPairAttribute', { KeyId: 'skey-ab', KeyName: 'cd', Description: 'for tests' }],
          [
            'ModifyResourceTags',
            {
              Resource: 'qcs::cvm:ap-guangzhou:uin/:keypair/skey-ab',
              ReplaceTags: [{ TagKey: 'env', TagValue: 'dev' }],
              DeleteTags: [{ TagKey: 'old' }, { TagKey: 'older' }],
            },
          ],
        ],
        lighthouse: [],
        swas: [],
        aliyun: [
          ['UntagResources', { ResourceType: 'keypair', 'ResourceId.1': 'ab', 'TagKey.1': 'old', 'TagKey.2': 'older' }],
          ['TagResources', { ResourceType: 'keypair', 'ResourceId.1': 'ab', 'Tag.1.Key': 'env', 'Tag.1.Value': 'dev' }],
        ],
        'qcloud 2017-03-12': [
          ['ModifyKeyPairAttribute', { KeyId: 'skey-ab', KeyName: 'cd', Description: 'for tests' }],
        ],
        'qcloud v2': [['ModifyKeyPair', { keyId: 'skey-ab', keyName: 'cd' }]],
      }[api.label],
    );
  });
});

test('a description alone, and an empty one, are sent as they are', async () => {
  const { send, requests } = fakeSend(INTERFACES[0]!.done);
  const provider = await opened(INTERFACES[0]!, send);
  await provider.updateKeyPair!({ id: 'skey-1', name: 'a' }, { description: '' }, signal);
  expect(parametersOf(requests[0]!)).toEqual({ KeyId: 'skey-1', Description: '' });
});

test('tags of ECS that are gone while the new ones were refused are PARTIAL', async () => {
  const api = INTERFACES[2]!;
  const { send } = fakeSend(api.done, api.refusal('QuotaExceed.Tags', 'too many'));
  const provider = await opened(api, send);
  const error = await failureOf(
    provider.updateKeyPair!(ref(api, 'ab'), { tags: { a: 'b' }, removeTags: ['c'] }, signal),
  );
  expect(error).toMatchObject({ code: 'PARTIAL', providerCode: 'QuotaExceed.Tags', outcome: 'unknown' });
  const refused = fakeSend(api.refusal('QuotaExceed.Tags', 'too many'));
  const only = (await opened(api, refused.send)).updateKeyPair!(ref(api, 'ab'), { tags: { a: 'b' } }, signal);
  expect(await failureOf(only)).toMatchObject({ code: 'CONFLICT', outcome: 'none' });
});

test('tags of CVM that were refused after the name was changed are PARTIAL; on their own, nothing was changed', async () => {
  const api = INTERFACES[0]!;
  const refusal = api.refusal('LimitExceeded.ResourceAttachedTags', 'too many');
  const tags = { a: 'b' };
  const after = await opened(api, fakeSend(api.done, refusal).send);
  const error = await failureOf(after.updateKeyPair!(ref(api, 'ab'), { name: 'cd', tags }, signal));
  expect(error).toMatchObject({ code: 'PARTIAL', providerCode: 'LimitExceeded.ResourceAttachedTags' });
  const { send, requests } = fakeSend(refusal);
  const only = (await opened(api, send)).updateKeyPair!(ref(api, 'ab'), { tags }, signal);
  expect(await failureOf(only)).toMatchObject({ code: 'CONFLICT', outcome: 'none' });
  expect(requests.map(({ url }) => url.host)).toEqual(['tag.tencentcloudapi.com']);
});

test.each([
  [0, 'attachKeyPair', { forceStop: true, onlineUser: null }, { ForceStop: true }],
  [0, 'detachKeyPair', { forceStop: true, onlineUser: null }, { ForceStop: true }],
  [0, 'attachKeyPair', HOW, {}],
  [1, 'attachKeyPair', HOW, { AssociateType: 'OFFLINE' }],
  [1, 'detachKeyPair', HOW, { DisassociateType: 'OFFLINE' }],
  [1, 'attachKeyPair', { forceStop: false, onlineUser: 'root' }, { AssociateType: 'ONLINE', Username: 'root' }],
  [1, 'detachKeyPair', { forceStop: false, onlineUser: 'root' }, { DisassociateType: 'ONLINE', Username: 'root' }],
] as const)('interface %d, %s with %j sends %j', async (index, method, how, sent) => {
  const { send, requests } = fakeSend(INTERFACES[index]!.done);
  const provider = await opened(INTERFACES[index]!, send);
  await provider[method]!({ id: 'skey-1', name: 'a' }, ['ins-1'], how, signal);
  expect(parametersOf(requests[0]!)).toEqual({ InstanceIds: ['ins-1'], KeyIds: ['skey-1'], ...sent });
});

test('the gateway gets its lists counted from 1, v2 from 0', async () => {
  for (const [index, expected] of [
    [3, { 'InstanceIds.1': 'ins-1', 'InstanceIds.2': 'ins-2', 'KeyIds.1': 'skey-1', ForceStop: 'true' }],
    [4, { 'instanceIds.0': 'ins-1', 'instanceIds.1': 'ins-2', keyId: 'skey-1' }],
  ] as const) {
    const { send, requests } = fakeSend(INTERFACES[index]!.done);
    const provider = await opened(INTERFACES[index]!, send);
    const how = { forceStop: true, onlineUser: null };
    await provider.attachKeyPair!({ id: 'skey-1', name: 'a' }, ['ins-1', 'ins-2'], how, signal);
    expect(parametersOf(requests[0]!)).toEqual(expected);
  }
});

test('a pair without an id cannot be deleted where ids count, and holds up no other', async () => {
  const api = INTERFACES[0]!;
  const { send, changes } = service(api, () => api.done);
  const provider = await opened(api, send);
  const pairs = [{ id: null, name: 'odd' }, ref(api, 'a')];
  expect(codes(await provider.deleteKeyPairs(pairs, signal))).toEqual([
    ['odd', 'NOT_FOUND'],
    ['a', null],
  ]);
  expect(changes.map(handlesOf)).toEqual([['skey-a']]);
});

test('5100 of v2 for several instances has each tried alone', async () => {
  const api = INTERFACES[4]!;
  const { send, changes } = service(api, (request) =>
    instancesOf(request).includes('ins-on') ? api.refusal('5100', 'it runs') : api.done,
  );
  const provider = await opened(api, send);
  expect(codes(await provider.attachKeyPair!(ref(api, 'a'), ['ins-on', 'ins-off'], HOW, signal))).toEqual([
    ['ins-on', 'CONFLICT'],
    ['ins-off', null],
  ]);
  expect(changes).toHaveLength(3);
});

describe('the answer of v2 to DeleteKeyPair', () => {
  const api = INTERFACES[4]!;

  async function deleted(deleteKeySet: unknown) {
    const provider = await opened(api, fakeSend({ body: { code: 0, detail: { deleteKeySet } } }).send);
    return provider.deleteKeyPairs([ref(api, 'a')], signal);
  }

  test.each([
    [{ code: 0, keyId: 'skey-a' }, null],
    [{ code: '0', keyId: 'skey-a' }, null],
    [{ code: 5100, message: 'bound', keyId: 'skey-a' }, 'CONFLICT'],
    [{ code: '5000', message: 'none', keyId: 'skey-a' }, 'NOT_FOUND'],
    [{ code: 4400, keyId: 'skey-a' }, 'UNAVAILABLE'],
  ])('%j is %j', async (entry, code) => {
    const [outcome] = await deleted([entry]);
    expect(outcome?.error?.code ?? null).toBe(code);
    expect(outcome?.error?.outcome ?? 'none').toBe('none');
  });

  test.each([
    [[]],
    [[null]],
    [[{ code: 0 }]],
    [[{ code: 0, keyId: 'skey-other' }]],
    [[{ keyId: 'skey-a' }]],
    [[{ code: 'fine', keyId: 'skey-a' }]],
    ['all'],
    [{ code: 0, keyId: 'skey-a' }],
  ])('%j says nothing of the pair', async (entries) => {
    expect(await deleted(entries)).toMatchObject([{ error: { code: 'FAILURE', outcome: 'unknown' } }]);
  });
});

describe('the answer of ECS to AttachKeyPair', () => {
  const api = INTERFACES[2]!;

  async function attached(instances: readonly string[], body: object) {
    const provider = await opened(api, fakeSend({ body: { RequestId: REQUEST_ID, ...body } }).send);
    return codes(await provider.attachKeyPair!(ref(api, 'ab'), instances, HOW, signal));
  }

  const row = (more: object) => ({
    TotalCount: 1,
    FailCount: 1,
    Results: { Result: [{ InstanceId: 'i-1', ...more }] },
  });

  test.each([
    [{ Success: true, Code: 200 }, null],
    [{ Success: 'true', Code: '200' }, null],
    [{ Success: 'True' }, null],
    [{ Code: 200 }, null],
    [{ Code: '200' }, null],
    [{ Success: false, Code: 'DependencyViolation.WindowsInstance', Message: 'no' }, 'USAGE'],
    [{ Success: 'false', Code: 'InvalidInstanceId.NotFound' }, 'NOT_FOUND'],
    [{ Success: 'false', Code: 'Throttling.User' }, 'UNAVAILABLE'],
    [{ Success: 'false', Code: '200' }, 'FAILURE'],
    [{ Success: false, Code: 403 }, 'FAILURE'],
    [{ Success: {}, Code: [] }, 'FAILURE'],
    [{}, 'FAILURE'],
  ])('a result %j is %j', async (result, code) => {
    expect(await attached(['i-1'], row(result))).toEqual([['i-1', code]]);
  });

  test('some fail although the status is 200', async () => {
    const Result = [
      { InstanceId: 'i-2', Success: 'false', Code: 'InvalidInstanceId.NotFound', Message: 'none' },
      { InstanceId: 'i-1', Success: 'true', Code: '200' },
    ];
    const outcomes = await attached(['i-1', 'i-2'], { TotalCount: '2', FailCount: '1', Results: { Result } });
    expect(outcomes).toEqual([
      ['i-1', null],
      ['i-2', 'NOT_FOUND'],
    ]);
  });

  test.each([
    [{ TotalCount: 1, FailCount: 0 }, null],
    [{ TotalCount: '1', FailCount: '0', Results: null }, null],
    [{ TotalCount: 1, FailCount: 1 }, 'FAILURE'],
    [{ TotalCount: 0, FailCount: 0 }, 'FAILURE'],
    [{ FailCount: 0 }, 'FAILURE'],
    [{ Results: { Result: [null, 7, { InstanceId: 'i-9', Success: true }] } }, 'FAILURE'],
    [{ Results: 'x' }, 'FAILURE'],
  ])('%j without a word on the instance is %j', async (body, code) => {
    expect(await attached(['i-1'], body)).toEqual([['i-1', code]]);
  });
});
