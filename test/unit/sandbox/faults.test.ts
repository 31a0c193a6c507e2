import { expect, test } from 'vitest';

import { codeOf, json, rpc, send, startSandbox, tc3, v1, type Sent } from './client.ts';

const started = async () => {
  const own = await startSandbox();
  const pair = own.sandbox.credentials;
  const create = (name: string): Sent => tc3(pair, 'cvm', 'CreateKeyPair', { KeyName: name, ProjectId: 0 });
  const count = async (): Promise<unknown> =>
    (json(await send(own.port, tc3(pair, 'cvm', 'DescribeKeyPairs'))) as { Response: { TotalCount: number } }).Response
      .TotalCount;
  return { ...own, pair, create, count };
};

test('an error comes in the envelope of its interface, once, and nothing is done', async () => {
  await using own = await started();
  const { sandbox, port, pair } = own;
  const fault = { kind: 'error', code: 'InternalServerError', message: 'sorry', times: 2 } as const;
  sandbox.fault(fault);
  expect(json(await send(port, own.create('a')))).toMatchObject({
    Response: { Error: { Code: 'InternalServerError', Message: 'sorry' } },
  });
  const ecs = await send(port, rpc(pair, 'CreateKeyPair', { KeyPairName: 'ab' }));
  expect([ecs.status, codeOf(ecs)]).toEqual([400, 'InternalServerError']);
  sandbox.fault({ kind: 'error', code: '6000' });
  expect(json(await send(port, v1(pair, { Action: 'CreateKeyPair', keyName: 'a' })))).toMatchObject({
    code: 6000,
  });
  sandbox.fault({ kind: 'error', code: 'ServiceUnavailable', status: 503 });
  expect((await send(port, rpc(pair, 'DescribeKeyPairs'))).status).toBe(503);
  expect(await own.count()).toBe(0);
});

test('a fault waits for its action and interface, and a refused request does not use it up', async () => {
  await using own = await started();
  const { sandbox, port, pair } = own;
  sandbox.fault({ kind: 'status', status: 502, body: '<html>', action: 'CreateKeyPair', interface: 'cvm' });
  expect(await own.count()).toBe(0);
  const lighthouse = await send(port, tc3(pair, 'lighthouse', 'CreateKeyPair', { KeyName: 'a' }));
  expect(codeOf(lighthouse)).toBeNull();
  const forged = tc3({ ...pair, secretKey: 'x' }, 'cvm', 'CreateKeyPair', { KeyName: 'a', ProjectId: 0 });
  expect(codeOf(await send(port, forged))).toBe('AuthFailure.SignatureFailure');
  const answer = await send(port, own.create('a'));
  expect([answer.status, answer.text]).toEqual([502, '<html>']);
  expect(codeOf(await send(port, own.create('a')))).toBeNull();
  expect(sandbox.log.at(-2)?.statusOrCode).toBe('fault:status');
});

test.each([
  ['before', 0],
  ['after', 1],
] as const)('drop %s: no answer, and %i pairs', async (when, pairs) => {
  await using own = await started();
  own.sandbox.fault({ kind: 'drop', when });
  await expect(send(own.port, own.create('a'))).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(await own.count()).toBe(pairs);
});

test('cut: half a body, and the pair is there', async () => {
  await using own = await started();
  own.sandbox.fault({ kind: 'cut' });
  await expect(send(own.port, own.create('a'))).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(await own.count()).toBe(1);
});

test.each([
  ['before', 0],
  ['after', 1],
] as const)('hang %s: no answer until the sandbox closes, and %i pairs', async (when, pairs) => {
  await using own = await started();
  own.sandbox.fault({ kind: 'hang', when, action: 'CreateKeyPair' });
  const pending = send(own.port, own.create('a')).catch((error: unknown) => error);
  await expect.poll(() => own.sandbox.log.length).toBe(1);
  expect(await own.count()).toBe(pairs);
  await own[Symbol.asyncDispose]();
  expect(await pending).toMatchObject({ code: 'ECONNRESET' });
});

test('redirect: nothing is done', async () => {
  await using own = await started();
  own.sandbox.fault({ kind: 'redirect', location: 'http://elsewhere.example/' });
  const answer = await send(own.port, own.create('a'));
  expect([answer.status, answer.headers['location']]).toEqual([302, 'http://elsewhere.example/']);
  expect(await own.count()).toBe(0);
});

test('body and patch: carried out, and the answer is what the test says', async () => {
  await using own = await started();
  own.sandbox.fault({ kind: 'body', body: 'not json', headers: { 'content-type': 'text/plain' } });
  const body = await send(own.port, own.create('a'));
  expect([body.status, body.text, body.headers['content-type']]).toEqual([200, 'not json', 'text/plain']);
  own.sandbox.fault({
    kind: 'patch',
    patch: (answer) => ({ ...(answer as object), seen: JSON.stringify(answer).includes('PRIVATE KEY') }),
  });
  expect(json(await send(own.port, own.create('b')))).toMatchObject({
    seen: true,
    Response: { KeyPair: { KeyName: 'b' } },
  });
  expect(await own.count()).toBe(2);
});
