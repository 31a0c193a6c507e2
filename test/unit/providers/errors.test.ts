import { describe, expect, test } from 'vitest';
import { staticSource } from '../../../src/credentials/environment.ts';
import { Secret } from '../../../src/secret.ts';
import { EXIT_CODES } from '../../../src/errors.ts';
import { findRow, refusesRegion, retryAfterMs } from '../../../src/providers/response.ts';
import { ask, collect, failureOf, fakeSend, providerFor, signal } from './fake-service.ts';
import { INTERFACES, REQUEST_ID, type Interface } from './interfaces.ts';

async function refusalOf(api: Interface, code: string, message: string, status?: number) {
  const reply = api.refusal(code, message);
  const { send, requests } = fakeSend(status === undefined ? reply : { ...reply, status });
  const provider = await providerFor(api.descriptor, { send, apiVersion: api.apiVersion });
  const error = await failureOf(provider.createKeyPair!(ask('ab'), signal));
  // A create is never repeated, whatever the answer.
  expect(requests).toHaveLength(1);
  return error;
}

describe.each(INTERFACES)('$label', (api) => {
  test('every row of the error table is what its code becomes', async () => {
    const rows = Object.entries(api.table);
    expect(rows.length).toBeGreaterThan(20);
    for (const [providerCode, row] of rows) {
      const error = await refusalOf(api, providerCode, 'The service says why.');
      expect(error).toMatchObject({
        code: row.code,
        hints: [
          row.hint.replace('{place}', `-p ${api.descriptor.id} -r ${api.descriptor.defaultRegion}`),
          `see ${api.descriptor.documentation}`,
        ],
        provider: api.descriptor.id,
        providerCode,
        requestId: api.requestIds ? REQUEST_ID : undefined,
        outcome: row.outcome ?? 'none',
        throttled: row.throttled ?? false,
        retryAfterMs: undefined,
        message: `${api.descriptor.title} refused CreateKeyPair${
          refusesRegion(providerCode) ? ` in ${api.descriptor.defaultRegion}` : ''
        }: The service says why`,
        answer: undefined,
      });
    }
  });

  test('rows are lower case, without a full stop, and of the codes of the contract', () => {
    for (const row of Object.values(api.table)) {
      expect(Object.keys(EXIT_CODES)).toContain(row.code);
      expect(row.hint).toMatch(/^[a-z].*[^.]$/);
    }
  });

  test('an unknown code is FAILURE with a place to look it up', async () => {
    const code = api.apiVersion === 'v2' ? '987654' : 'Brand.New';
    const error = await refusalOf(api, code, '');
    expect(error).toMatchObject({ code: 'FAILURE', providerCode: code, outcome: 'none' });
    expect(error.message).toBe(`${api.descriptor.title} refused CreateKeyPair`);
    expect(error.hints).toEqual([`look the code up at ${api.descriptor.documentation}`]);
  });

  test('a refusal with HTTP 5xx leaves the outcome of a create unknown', async () => {
    const code = api.apiVersion === 'v2' ? '987654' : 'Brand.New';
    expect(await refusalOf(api, code, 'oops', 500)).toMatchObject({
      code: 'UNAVAILABLE',
      outcome: 'unknown',
    });
  });

  test('a refused list changed nothing, whatever the code', async () => {
    const code = api.apiVersion === 'v2' ? '6000' : 'InternalError';
    const { send } = fakeSend(api.refusal(code, 'oops'));
    const provider = await providerFor(api.descriptor, { send, apiVersion: api.apiVersion });
    const error = await failureOf(collect(provider.listKeyPairs({}, signal)));
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      outcome: 'none',
      message: expect.stringMatching(/DescribeKeyPairs|ListKeyPairs/) as string,
    });
  });

  test('what a server says is safe for a terminal and shortened', async () => {
    const code = api.apiVersion === 'v2' ? '4000' : 'InvalidParameter';
    const error = await refusalOf(api, code, `\u001b[31mred\u0007\n${'long '.repeat(500)}`);

    expect(error.message).not.toMatch(/[\x00-\x1f\x7f]/);
    expect(error.message.length).toBeLessThan(400);
  });

  test('no piece of a credential or a private key is repeated', async () => {
    const credentials = {
      id: 'AKIDsomebody12345678',
      secret: new Secret('sEcReTkEy/with+signs=='),
      token: new Secret('token/with+signs=='),
      source: 'a test',
      expiresAt: null,
    };
    const code = api.apiVersion === 'v2' ? '4100' : 'SignatureDoesNotMatch';
    const values = [credentials.id, credentials.secret.reveal(), credentials.token.reveal()];
    const message = [
      'Wrong signature.',
      ...values,
      ...values.map((value) => encodeURIComponent(value)),
      'Zm9yIGV2ZXI'.repeat(8),
    ].join(' ');
    const { send } = fakeSend(api.refusal(code, message));
    const provider = await providerFor(api.descriptor, {
      send,
      apiVersion: api.apiVersion,
      credentials: staticSource(credentials),
    });
    const error = await failureOf(provider.createKeyPair!(ask('ab'), signal));
    const shown = `${error.message} ${JSON.stringify(error)} ${error.hints.join(' ')}`;
    expect(shown).toContain('Wrong signature.');
    expect(shown).toContain('[secret]');
    for (const value of values) {
      expect(shown).not.toContain(value);
      expect(shown).not.toContain(encodeURIComponent(value));
    }
    expect(shown).not.toContain('Zm9yIGV2ZXI');
  });

  test('a private key in an error is not shown', async () => {
    const code = api.apiVersion === 'v2' ? '4000' : 'InvalidParameter';
    for (const key of ['-----BEGIN RSA PRIVATE KEY-----\nMIIC', 'MIIEpAIBAAKCAQEAtReyMzLIcBH78EV2zj'.repeat(3)]) {
      expect((await refusalOf(api, code, `not saved: ${key}`)).message).not.toContain('MII');
    }
  });
});

describe('throttling', () => {
  const throttling =
    /^(RequestLimitExceeded|Throttling|Rejected\.Throttling|4400$|InvalidRequest\.(Limit|RequestConcurrency)Exceeded)/;

  test.each(INTERFACES)('is what these codes of $label say, and no others', ({ table }) => {
    const rows = Object.entries(table);
    expect(rows.some(([, row]) => row.throttled)).toBe(true);
    for (const [code, row] of rows) {
      expect([code, row.throttled ?? false]).toEqual([code, throttling.test(code)]);
      if (row.throttled) expect(row).toMatchObject({ code: 'UNAVAILABLE' });
    }
  });

  test.each(INTERFACES)('$label: the service did nothing, even if the status is 5xx', async (api) => {
    expect(await refusalOf(api, api.throttled, 'Slow down.', 503)).toMatchObject({
      code: 'UNAVAILABLE',
      throttled: true,
      outcome: 'none',
    });
  });

  test('a new code of it is throttling by its prefix', async () => {
    expect((await refusalOf(INTERFACES[0]!, 'RequestLimitExceeded.New', '')).throttled).toBe(true);
    expect((await refusalOf(INTERFACES[2]!, 'Throttling.New', '')).throttled).toBe(true);
  });

  test('HTTP 429 is throttling, whatever the code', async () => {
    const error = await refusalOf(INTERFACES[2]!, 'Brand.New', '', 429);
    expect(error).toMatchObject({ code: 'UNAVAILABLE', throttled: true, outcome: 'none' });
  });

  test('HTTP 429 without an answer of the service tells nothing of what it did', async () => {
    const reply = { status: 429, headers: { 'retry-after': '7' }, body: '<html>' };
    const provider = await providerFor(INTERFACES[0]!.descriptor, { send: fakeSend(reply).send });
    const error = await failureOf(provider.createKeyPair!(ask('ab'), signal));
    expect(error).toMatchObject({ throttled: true, outcome: 'unknown', retryAfterMs: 7000 });
  });
});

test.each<[Record<string, string>, number | undefined]>([
  [{}, undefined],
  [{ 'retry-after': '3' }, 3000],
  [{ 'retry-after': '0' }, 0],
  [{ 'x-acs-retry-after': '250' }, 250],
  [{ 'x-acs-retry-after': '250', 'retry-after': '3' }, 250],
  [{ 'x-acs-retry-after': 'soon', 'retry-after': '3' }, 3000],
  [{ 'retry-after': 'Sun, 22 Nov 2026 00:00:09 GMT', date: 'Sun, 22 Nov 2026 00:00:00 GMT' }, 9000],
  [{ 'retry-after': 'Sun, 22 Nov 2026 00:00:00 GMT', date: 'Sun, 22 Nov 2026 00:00:09 GMT' }, 0],
  [{ 'retry-after': 'Sun, 22 Nov 2026 00:00:09 GMT' }, undefined],
  [{ 'retry-after': '-1' }, undefined],
  [{ 'retry-after': '1e9' }, undefined],
  [{ 'retry-after': 'never' }, undefined],
  [{ 'retry-after': '999999999' }, 86_400_000],
])('%j asks to wait %j ms', (headers, expected) => {
  expect(retryAfterMs(headers)).toBe(expected);
});

test.each([
  'Specified signature is not matched with our calculation. server string to sign is:POST&%2F&AccessKeyId%3Dx',
  'Specified signature does not match our calculation. server StringToSign is [ACS3] server CanonicalRequest is [POST]',
  'Specified signature does not match our calculation. Server CanonicalRequest: POST',
])('the echo of the string to sign is cut off: %s', async (message) => {
  const error = await refusalOf(INTERFACES[2]!, 'SignatureDoesNotMatch', message);
  expect(error.code).toBe('AUTH');
  expect(error.message).toMatch(/our calculation$/);
});

test.each([
  ['tencent', 'AuthFailure.SomethingNew', 'AUTH'],
  ['tencent', 'RequestLimitExceeded.SomethingNew', 'UNAVAILABLE'],
  ['tencent', 'LimitExceeded.SomethingNew', 'CONFLICT'],
  ['aliyun', 'Throttling.SomethingNew', 'UNAVAILABLE'],
  ['aliyun', 'InvalidSecurityToken.SomethingNew', 'AUTH'],
  ['aliyun', 'QuotaExceed.SomethingNew', 'CONFLICT'],
] as const)('a new code of %s, %s, is what its prefix is', async (label, code, expected) => {
  const error = await refusalOf(
    INTERFACES.find((api) => api.label === label)!,
    code,
    '',
  );
  expect(error).toMatchObject({ code: expected, providerCode: code });
});

test.each(['SignatureExpire', 'ReplayAttack', 'TimeStamp.Expired', '4200', '4500'])(
  'the hint for %s is about the clock',
  (part) => {
    const rows = INTERFACES.flatMap(({ table }) => Object.entries(table)).filter(([code]) => code.endsWith(part));
    expect(rows.length).toBeGreaterThan(0);
    for (const [, row] of rows)
      expect(row).toMatchObject({ code: 'AUTH', hint: expect.stringContaining('clock') as string });
  },
);

test('names of object members are no error codes', () => {
  for (const api of INTERFACES) {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty.x']) {
      expect(findRow(api.table, name)).toBeNull();
    }
  }
});

test.each(['5100', 5100])('v2 takes the code %j: a number, sometimes as text', async (code) => {
  const { send } = fakeSend({ body: { code, message: '(100004)projectId is wrong' } });
  const provider = await providerFor(INTERFACES[4]!.descriptor, { send, apiVersion: 'v2' });
  const error = await failureOf(provider.createKeyPair!(ask('ab'), signal));
  expect(error).toMatchObject({ code: 'FAILURE', providerCode: '5100' });
  expect(error.message).toContain('(100004)projectId is wrong');
});

test('2017-03-12 understands a refusal of the gateway in the envelope of v2', async () => {
  const { send } = fakeSend({ body: { code: 4104, message: 'no such SecretId' } });
  const provider = await providerFor(INTERFACES[3]!.descriptor, { send });
  expect(await failureOf(provider.createKeyPair!(ask('ab'), signal))).toMatchObject({
    code: 'AUTH',
    providerCode: '4104',
  });
});
