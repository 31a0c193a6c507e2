import { afterAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../src/errors.ts';
import { INTERFACES, listed, NEVER, openBench, plain, type Bench } from '../../contract/interfaces.ts';
import { type Cloud, type Fields, idOf, startCloud } from '../sandbox/cloud.ts';

// The five pages of the vendors on CreateKeyPair that this program began with, row by row: what the sandbox does with a
// request, and what the adapter makes of the answer.

/** Tencent CVM, `cvm.api.qcloud.com/v2`, CreateKeyPair without a version. */
const V2 = 'the v2 page';
/** Tencent CVM, 2017-03-12 on `cvm.api.qcloud.com`, CreateKeyPair. */
const OLD = 'the page of 2017-03-12 on cvm.api.qcloud.com';
/** Tencent CVM, international site, CreateKeyPair, updated on 2025-11-17. */
const INTL = 'the international CVM page of 2025-11-17';
/** Tencent Lighthouse, international site, CreateKeyPair, updated on 2026-05-13. */
const LIGHTHOUSE = 'the international Lighthouse page of 2026-05-13';
/** Alibaba Cloud ECS, 2014-05-26, CreateKeyPair. */
const ECS = 'the ECS page';

const PAGES = [
  { page: V2, at: 'legacy' },
  { page: OLD, at: 'cvm-v2' },
  { page: INTL, at: 'cvm' },
  { page: LIGHTHOUSE, at: 'lighthouse' },
  { page: ECS, at: 'ecs' },
] as const;

type Page = (typeof PAGES)[number]['page'];

function interfaceOf(page: Page): (typeof INTERFACES)[number] {
  const at = PAGES.find((one) => one.page === page)?.at;
  return INTERFACES.find((one) => one.at === at)!;
}

const long = 'a'.repeat(25);

/** Names that a page allows and forbids: the descriptor says so before a call, and the sandbox refuses the same. */
const NAMES: readonly (readonly [page: Page, allowed: readonly string[], forbidden: readonly string[]])[] = [
  [V2, ['Tencent', 'a_1'], ['', 'a-b', 'a b', 'ä']],
  [OLD, ['Tencent', long], ['', `${long}a`, 'a-b', 'ä']],
  [INTL, ['Tencent', long, '1_a'], ['', `${long}a`, 'a-b', 'a.b']],
  [LIGHTHOUSE, ['test_create_1', long], ['', `${long}a`, 'a-b', 'a.b']],
  [
    ECS,
    ['testKeyPairName', 'ab', `a${'b'.repeat(127)}`, 'a:b_c-d'],
    ['a', `a${'b'.repeat(128)}`, '1ab', '_ab', 'http://ab', 'https://ab', 'a b'],
  ],
];

/** The error codes of a page's own table, and what a user of this program sees. */
const CODES: readonly (readonly [page: Page, codes: Readonly<Record<string, ErrorCode>>])[] = [
  [
    OLD,
    {
      // The adapter always sends what is required: it would be a bug.
      MissingParameter: 'FAILURE',
      InvalidParameterValue: 'USAGE',
      'InvalidKeyPairName.Duplicate': 'CONFLICT',
      'InvalidKeyPair.LimitExceeded': 'CONFLICT',
      InvalidKeyPairNameEmpty: 'USAGE',
      InvalidKeyPairNameTooLong: 'USAGE',
      InvalidKeyPairNameIncludeIllegalChar: 'USAGE',
      'InvalidProjectId.NotFound': 'NOT_FOUND',
      InternalServerError: 'UNAVAILABLE',
    },
  ],
  [
    INTL,
    {
      'FailedOperation.TagKeyReserved': 'USAGE',
      InternalServerError: 'UNAVAILABLE',
      'InvalidKeyPair.LimitExceeded': 'CONFLICT',
      'InvalidKeyPairName.Duplicate': 'CONFLICT',
      InvalidKeyPairNameEmpty: 'USAGE',
      InvalidKeyPairNameIncludeIllegalChar: 'USAGE',
      InvalidKeyPairNameTooLong: 'USAGE',
      InvalidParameterValue: 'USAGE',
      'InvalidProjectId.NotFound': 'NOT_FOUND',
      'LimitExceeded.TagResourceQuota': 'CONFLICT',
      // The adapter always sends what is required: it would be a bug.
      MissingParameter: 'FAILURE',
    },
  ],
  [
    LIGHTHOUSE,
    {
      'FailedOperation.CreateKeyPairFailed': 'UNAVAILABLE',
      'InvalidParameterValue.DuplicateParameterValue': 'CONFLICT',
      'InvalidParameterValue.InvalidKeyPairNameEmpty': 'USAGE',
      'InvalidParameterValue.InvalidKeyPairNameIncludeIllegalChar': 'USAGE',
      'InvalidParameterValue.InvalidKeyPairNameTooLong': 'USAGE',
      'LimitExceeded.KeyPairLimitExceeded': 'CONFLICT',
      'UnauthorizedOperation.NoPermission': 'AUTH',
    },
  ],
  [
    ECS,
    {
      'InvalidKeyPairName.Malformed': 'USAGE',
      'KeyPair.AlreadyExist': 'CONFLICT',
      'Duplicate.TagKey': 'USAGE',
      'InvalidTagKey.Malformed': 'USAGE',
      'InvalidTagValue.Malformed': 'USAGE',
      'QuotaExceed.KeyPair': 'CONFLICT',
      'QuotaExceed.Tags': 'CONFLICT',
      'InvalidRegionId.NotFound': 'NOT_FOUND',
      'InvalidResourceGroup.NotFound': 'NOT_FOUND',
    },
  ],
];

const string = expect.any(String) as unknown;
const pem = expect.stringMatching(/^-----BEGIN RSA PRIVATE KEY-----\n/) as unknown;
const line = expect.stringMatching(/^ssh-rsa \S+ skey_\d+$|^ssh-rsa \S+ \S+$/) as unknown;
const CVM_PAIR = {
  KeyId: expect.stringMatching(/^skey-[0-9a-z]{8}$/) as unknown,
  KeyName: 'Tencent',
  ProjectId: 0,
  PublicKey: line,
  PrivateKey: pem,
};

/** The request of a page's example or its parameters, and the output fields that it lists. */
const OUTPUTS: readonly (readonly [page: Page, row: string, ask: (cloud: Cloud) => Promise<Fields>, answer: object])[] =
  [
    [
      V2,
      'keyName; code, message, keyId, keyName, pubkey, secretkey',
      (cloud) => cloud.legacy('CreateKeyPair', { keyName: 'Tencent' }),
      {
        codeDesc: 'Success',
        message: '',
        code: 0,
        data: { keyId: CVM_PAIR.KeyId, keyName: 'Tencent', pubkey: line, secretkey: pem },
      },
    ],
    [
      OLD,
      'Version, KeyName, ProjectId; KeyPair, RequestId',
      (cloud) => cloud.v2('CreateKeyPair', { KeyName: 'Tencent', ProjectId: '0' }),
      { KeyPair: CVM_PAIR, RequestId: string },
    ],
    [
      INTL,
      'KeyName, ProjectId; KeyPair, RequestId',
      (cloud) => cloud.cvm('CreateKeyPair', { KeyName: 'Tencent', ProjectId: 0 }),
      { KeyPair: CVM_PAIR, RequestId: string },
    ],
    [
      INTL,
      'ProjectId is required',
      (cloud) => cloud.cvm('CreateKeyPair', { KeyName: 'Tencent' }),
      { Error: { Code: 'MissingParameter' } },
    ],
    [
      OLD,
      'ProjectId is required',
      (cloud) => cloud.v2('CreateKeyPair', { KeyName: 'Tencent' }),
      { Error: { Code: 'MissingParameter' } },
    ],
    [
      LIGHTHOUSE,
      'KeyName; KeyPair with CreatedTime null and no instances, RequestId',
      (cloud) => cloud.lighthouse('CreateKeyPair', { KeyName: 'test_create_1' }),
      {
        KeyPair: {
          KeyId: expect.stringMatching(/^lhkp-[0-9a-z]{8}$/) as unknown,
          KeyName: 'test_create_1',
          PublicKey: string,
          AssociatedInstanceIds: [],
          CreatedTime: null,
          PrivateKey: string,
        },
        RequestId: string,
      },
    ],
    [
      LIGHTHOUSE,
      'KeyName is required',
      (cloud) => cloud.lighthouse('CreateKeyPair', {}),
      { Error: { Code: 'MissingParameter' } },
    ],
    [
      ECS,
      'RegionId, KeyPairName; PrivateKeyBody, KeyPairName, KeyPairId, RequestId, KeyPairFingerPrint',
      (cloud) => cloud.ecs('CreateKeyPair', { KeyPairName: 'testKeyPairName' }),
      {
        PrivateKeyBody: expect.stringMatching(/^MII/) as unknown,
        KeyPairName: 'testKeyPairName',
        KeyPairId: expect.stringMatching(/^ssh-[0-9a-z]+$/) as unknown,
        RequestId: string,
        KeyPairFingerPrint: expect.stringMatching(/^([0-9a-f]{2}:)+[0-9a-f]{2}$/) as unknown,
      },
    ],
    [
      ECS,
      'ResourceGroupId',
      (cloud) => cloud.ecs('CreateKeyPair', { KeyPairName: 'ab', ResourceGroupId: 'rg-nobody' }),
      { Code: 'InvalidResourceGroup.NotFound' },
    ],
    [
      ECS,
      'Tag.N: 21 tags',
      (cloud) =>
        cloud.ecs('CreateKeyPair', {
          KeyPairName: 'ab',
          ...Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`Tag.${n + 1}.Key`, `k${n}`])),
        }),
      { Code: 'QuotaExceed.Tags' },
    ],
    [
      ECS,
      'Tag.N.Key begins with acs:',
      (cloud) => cloud.ecs('CreateKeyPair', { KeyPairName: 'ab', 'Tag.1.Key': 'acs:a' }),
      { Code: 'InvalidTagKey.Malformed' },
    ],
    [
      ECS,
      'Tag.N.Value contains http://',
      (cloud) => cloud.ecs('CreateKeyPair', { KeyPairName: 'ab', 'Tag.1.Key': 'a', 'Tag.1.Value': 'http://b' }),
      { Code: 'InvalidTagValue.Malformed' },
    ],
    [
      ECS,
      'Tag.N.Value may be empty',
      (cloud) => cloud.ecs('CreateKeyPair', { KeyPairName: 'ab', 'Tag.1.Key': 'a', 'Tag.1.Value': '' }),
      { KeyPairName: 'ab' },
    ],
  ];

describe('a name that a seed', () => {
  const create = (cloud: Cloud, page: Page, name: string): Promise<Fields> => {
    switch (page) {
      case V2:
        return cloud.legacy('CreateKeyPair', { keyName: name });
      case OLD:
        return cloud.v2('CreateKeyPair', { KeyName: name, ProjectId: '0' });
      case INTL:
        return cloud.cvm('CreateKeyPair', { KeyName: name, ProjectId: 0 });
      case LIGHTHOUSE:
        return cloud.lighthouse('CreateKeyPair', { KeyName: name });
      case ECS:
        return cloud.ecs('CreateKeyPair', { KeyPairName: name });
    }
  };
  const refused = (answer: Fields): boolean =>
    answer['Error'] !== undefined || answer['Code'] !== undefined || (answer['code'] ?? 0) !== 0;

  it.each(NAMES)(
    '(%s) allows is taken, and one that it forbids is refused, here and by the sandbox',
    async (page, allowed, forbidden) => {
      await using cloud = await startCloud({ keyBits: 1024, requestsPerSecond: null });
      const { descriptor } = interfaceOf(page);
      for (const name of allowed) {
        expect(descriptor.nameRule.accepts(name), name).toBe(true);
        expect(refused(await create(cloud, page, name)), name).toBe(false);
        expect(refused(await create(cloud, page, name)), `${name} twice`).toBe(true);
      }
      for (const name of forbidden) {
        expect(descriptor.nameRule.accepts(name), name).toBe(false);
        expect(refused(await create(cloud, page, name)), name).toBe(true);
      }
    },
  );
});

describe('an answer as a seed has it', () => {
  it.each(OUTPUTS)('%s: %s', async (_page, _row, ask, answer) => {
    await using cloud = await startCloud({ keyBits: 1024, requestsPerSecond: null });
    expect(await ask(cloud)).toMatchObject(answer);
  });

  it(`${INTL}: TagSpecification.N binds tags to the pair`, async () => {
    await using cloud = await startCloud({ keyBits: 1024, requestsPerSecond: null });
    const Tags = [{ Key: 'env', Value: 'prod' }];
    const made = await cloud.cvm('CreateKeyPair', {
      KeyName: 'a',
      ProjectId: 0,
      TagSpecification: [{ ResourceType: 'keypair', Tags }],
    });
    expect(await cloud.cvm('DescribeKeyPairs', { KeyIds: [idOf(made)] })).toMatchObject({ KeyPairSet: [{ Tags }] });
  });
});

describe('an error code of a seed', () => {
  const rows = CODES.flatMap(([page, codes]) =>
    Object.entries(codes).map(([theirs, ours]) => [page, theirs, ours] as const),
  );
  const benches = new Map<Page, Promise<Bench>>();
  const benchOf = (page: Page): Promise<Bench> => {
    const bench = benches.get(page) ?? openBench(interfaceOf(page));
    benches.set(page, bench);
    return bench;
  };

  afterAll(async () => {
    for (const bench of benches.values()) await (await bench).close();
  });

  it.each(rows)('%s: %s is %s', async (page, theirs, ours) => {
    const { sandbox, provider } = await benchOf(page);
    sandbox.fault({ kind: 'error', code: theirs, action: 'CreateKeyPair' });
    const error = { code: ours, providerCode: theirs, requestId: string };
    await expect(provider.createKeyPair!(plain('ab'), NEVER)).rejects.toMatchObject(error);
  });
});

describe('a limit or a place of a seed', () => {
  it.each([
    [INTL, 10],
    [LIGHTHOUSE, 20],
  ] as const)('%s: at most %i requests a second', async (page, limit) => {
    const { descriptor } = interfaceOf(page);
    expect(descriptor.requestsPerSecond).toBe(limit);
    const at = new Date();
    const quota = { cvm: 100, lighthouse: 100, ecs: 500, swas: 10 };
    await using cloud = await startCloud({ keyBits: 1024, requestsPerSecond: 'documented', quota }, { now: () => at });
    const ask = (n: number): Promise<Fields> =>
      page === INTL
        ? cloud.cvm('CreateKeyPair', { KeyName: `k${n}`, ProjectId: 0 })
        : cloud.lighthouse('CreateKeyPair', { KeyName: `k${n}` });
    const answers: Fields[] = [];
    for (let n = 0; n <= limit; n += 1) answers.push(await ask(n));
    expect(answers.slice(0, limit).every(({ Error }) => Error === undefined)).toBe(true);
    expect(answers[limit]).toMatchObject({ Error: { Code: 'RequestLimitExceeded' } });
  });

  it(`${ECS}: 500 key pairs in a region`, async () => {
    await using cloud = await startCloud({ keyBits: 1024, requestsPerSecond: null });
    cloud.sandbox.seed({ service: 'ecs', region: 'cn-hangzhou', count: 500, name: (n) => `k${n}` });
    expect(await cloud.ecs('CreateKeyPair', { KeyPairName: 'more' })).toMatchObject({ Code: 'QuotaExceed.KeyPair' });
  });

  it(`${INTL}: its regions and hosts`, async () => {
    const { descriptor } = interfaceOf(INTL);
    const regions =
      'ap-bangkok ap-beijing ap-chengdu ap-chongqing ap-guangzhou ap-hongkong ap-jakarta ap-nanjing ap-seoul ap-shanghai ap-shanghai-fsi ap-shenzhen-fsi ap-singapore ap-tokyo eu-frankfurt na-ashburn na-siliconvalley sa-saopaulo';
    expect(descriptor.regions).toEqual(expect.arrayContaining(regions.split(' ')));
    expect(descriptor.host('ap-guangzhou', 'intl')).toBe('cvm.intl.tencentcloudapi.com');
    const bench = await openBench(interfaceOf(INTL));
    // The adapter calls finance regions on hosts of their own.
    for (const region of regions.split(' ')) expect(await listed(await bench.adapter({ region })), region).toEqual([]);
    await bench.close();
  });

  it.each([
    [V2, 'cvm.api.qcloud.com', 'cn'],
    [OLD, 'cvm.api.qcloud.com', 'cn'],
    [LIGHTHOUSE, 'lighthouse.intl.tencentcloudapi.com', 'intl'],
  ] as const)('%s: the host %s', (page, host, site) => {
    const { descriptor } = interfaceOf(page);
    expect(descriptor.host(descriptor.defaultRegion, site)).toBe(host);
  });

  it.each([
    [V2, 'v2'],
    [OLD, '2017-03-12'],
    [INTL, '2017-03-12'],
    [LIGHTHOUSE, '2020-03-24'],
    [ECS, '2014-05-26'],
  ] as const)('%s: version %s', (page, version) => {
    expect(interfaceOf(page).descriptor.apiVersions).toContain(version);
  });
});
