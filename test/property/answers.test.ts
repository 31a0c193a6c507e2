import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/secret.ts';
import { staticSource } from '../../src/credentials/environment.ts';
import { KeypairError } from '../../src/errors.ts';
import { atOnce } from '../../src/http/rate-limit.ts';
import { findDescriptor } from '../../src/providers/registry.ts';
import type { Provider } from '../../src/providers/types.ts';
import { printable } from '../../src/sanitize.ts';
import { mutations } from './mutations.ts';
import { runs } from './runs.ts';

/** Every adapter on changed answers: it throws KeypairError, or what it read can be shown as it is. */

const SECRET = 'a secret that no answer may echo';
const NEVER = new AbortController().signal;
const KEY = '-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----\n';
const PAIR = {
  KeyId: 'skey-12345678',
  KeyName: 'foo',
  ProjectId: 0,
  Description: 'd',
  PublicKey: 'ssh-rsa AAAA foo',
  CreatedTime: '2026-11-21T00:00:00Z',
  Tags: [{ Key: 'a', Value: SECRET }],
  AssociatedInstanceIds: ['ins-1'],
};
const tencent = (fields: object): string => JSON.stringify({ Response: { ...fields, RequestId: 'r-1' } });
const ECS_PAIR = {
  KeyPairName: 'foo',
  KeyPairId: 'ssh-1',
  KeyPairFingerPrint: 'aa:bb',
  CreationTime: '2026-11-21T00:00Z',
};

const SAMPLES: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'tencent',
    '2017-03-12',
    [
      tencent({ KeyPair: { ...PAIR, PrivateKey: KEY } }),
      tencent({ TotalCount: 1, KeyPairSet: [PAIR] }),
      tencent({ Error: { Code: 'InvalidKeyPairName.Duplicate', Message: `no ${SECRET}` } }),
      tencent({}),
    ],
  ],
  [
    'lighthouse',
    '2020-03-24',
    [
      tencent({ KeyPair: { ...PAIR, KeyId: 'lhkp-12345678', PrivateKey: KEY } }),
      tencent({ TotalCount: 1, KeyPairSet: [{ ...PAIR, PrivateKey: 'null' }] }),
    ],
  ],
  [
    'aliyun',
    '2014-05-26',
    [
      JSON.stringify({ ...ECS_PAIR, PrivateKeyBody: KEY, RequestId: 'r-1' }),
      JSON.stringify({
        KeyPairs: { KeyPair: [{ ...ECS_PAIR, Tags: { Tag: [{ TagKey: 'a', TagValue: SECRET }] } }] },
        TotalCount: 1,
        PageNumber: 1,
        PageSize: 50,
        RequestId: 'r-1',
      }),
      JSON.stringify({ Code: 'KeyPair.AlreadyExist', Message: `no ${SECRET}`, RequestId: 'r-1' }),
    ],
  ],
  [
    'qcloud',
    'v2',
    [
      JSON.stringify({ code: 0, message: '', codeDesc: 'Success', keyId: 'skey-12345678', privateKey: KEY }),
      JSON.stringify({
        code: 0,
        message: '',
        totalCount: 1,
        keySet: [{ keyId: 'skey-12345678', keyName: 'foo', pubKey: 'ssh-rsa AAAA' }],
      }),
      JSON.stringify({ code: 5100, message: `no ${SECRET}`, codeDesc: 'Error' }),
    ],
  ],
];

async function adapterOn(
  id: string,
  apiVersion: string,
  answer: () => { status: number; body: Buffer },
): Promise<Provider> {
  const descriptor = findDescriptor(id);
  const create = await descriptor.load();
  return create({
    credentials: staticSource({
      id: 'AKID',
      secret: new Secret(SECRET),
      token: null,
      source: 'test',
      expiresAt: null,
    }),
    region: descriptor.defaultRegion,
    endpoint: new URL('https://api.invalid'),
    apiVersion,
    send: () => Promise.resolve({ ...answer(), headers: {} }),
    limiter: atOnce,
    now: () => new Date(),
    nonce: () => randomBytes(32).toString('hex'),
    sender: 'keypair/0.0.0',
  });
}

/** What an adapter gives or throws, as everything in it that may be shown. */
async function told(act: () => Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await act());
  } catch (error) {
    if (!(error instanceof KeypairError)) throw error;
    for (const text of [error.message, ...error.hints]) expect(printable(text, 2000)).toBe(text);
    return [error.message, ...error.hints, error.providerCode, error.requestId].join('\n');
  }
}

describe.each(SAMPLES)('changed answers of %s %s', (id, apiVersion, samples) => {
  it('are refused, or read without our secret', { timeout: 120_000 }, async () => {
    let body: Buffer = Buffer.alloc(0);
    let status = 200;
    const provider = await adapterOn(id, apiVersion, () => ({ status, body }));
    const request = { name: 'foo', tags: {}, projectId: 0, resourceGroupId: null };
    const acts: readonly (() => Promise<unknown>)[] = [
      () => provider.createKeyPair!(request, NEVER),
      () => provider.importPublicKey({ ...request, publicKey: 'ssh-rsa AAAA foo' }, NEVER),
      async () => {
        const pairs = [];
        for await (const pair of provider.listKeyPairs({ name: 'foo' }, NEVER)) pairs.push(pair);
        return pairs;
      },
      () => provider.deleteKeyPairs([{ id: 'skey-12345678', name: 'foo' }], NEVER),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...samples),
        mutations,
        fc.constantFrom(...acts),
        fc.constantFrom(200, 200, 400, 500),
        async (sample, change, act, code) => {
          body = change(Buffer.from(sample));
          status = code;
          const startedAt = performance.now();
          const shown = await told(act);
          expect(performance.now() - startedAt).toBeLessThan(1000);
          expect(shown).not.toContain(SECRET);
          // A change may have put the key into a field that is shown: nobody can know what that was.
          const elsewhere = body.toString().replace(/"private\w*":\s*"(?:[^"\\]|\\.)*"/gi, '');
          if (!elsewhere.includes('MIIabc')) expect(shown).not.toContain('MIIabc');
        },
      ),
      runs(4000),
    );
  });
});
