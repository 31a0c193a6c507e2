import { expect, test } from 'vitest';

import type { Behaviour } from '../../../sandbox/behaviour.ts';
import { json, send, type Got } from './client.ts';
import { handClock, type Fields } from './cloud.ts';
import { pairIn, startSts, type Sts } from './sts.ts';

const TENCENT = 'metadata.tencentyun.com';
const ALIYUN = '100.100.100.200';
const CAM = '/latest/meta-data/cam/security-credentials/';
const RAM = '/latest/meta-data/ram/security-credentials/';

const ask = (
  own: Sts,
  host: string,
  target: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Got> => send(own.port, { method, target, headers: { host, ...headers }, body: '' });

const tokenFor = (own: Sts, seconds: string): Promise<Got> =>
  ask(own, ALIYUN, '/latest/api/token', { 'x-aliyun-ecs-metadata-token-ttl-seconds': seconds }, 'PUT');

const withToken = async (own: Sts): Promise<Record<string, string>> => ({
  'x-aliyun-ecs-metadata-token': (await tokenFor(own, '60')).text,
});

test('Tencent: region, role and credentials that every service takes', async () => {
  await using own = await startSts();
  const region = await ask(own, TENCENT, '/latest/meta-data/placement/region');
  expect([region.status, region.headers['content-type'], region.text]).toEqual([200, 'text/plain', 'ap-guangzhou']);
  const role = await ask(own, TENCENT, CAM);
  expect(role.text).toBe('ops');
  const answer = json(await ask(own, TENCENT, `${CAM}ops`)) as Fields;
  expect(answer).toMatchObject({ Code: 'Success' });
  expect(Math.abs(Number(answer['ExpiredTime']) - Date.now() / 1000 - 21_600)).toBeLessThan(5);
  expect(await own.tencent('GetCallerIdentity', {}, pairIn(answer))).toMatchObject({ Type: 'CAMRole' });
  expect((await ask(own, TENCENT, `${CAM}other`)).status).toBe(404);
  expect((await ask(own, TENCENT, '/latest/meta-data/nothing')).status).toBe(404);
  expect((await ask(own, TENCENT, '/')).status).toBe(404);
  expect((await ask(own, TENCENT, CAM, {}, 'POST')).status).toBe(405);
  expect((await ask(own, TENCENT, '/latest/api/token', {}, 'PUT')).status).not.toBe(200);
});

test('Alibaba: nothing without a token, and the same with one', async () => {
  await using own = await startSts();
  for (const target of [RAM, `${RAM}ops`, '/latest/meta-data/region-id']) {
    expect((await ask(own, ALIYUN, target)).status).toBe(403);
    expect((await ask(own, ALIYUN, target, { 'x-aliyun-ecs-metadata-token': 'x' })).status).toBe(403);
  }
  for (const seconds of ['0', '21601', '', 'all']) expect((await tokenFor(own, seconds)).status).toBe(400);
  expect((await ask(own, ALIYUN, '/latest/api/token')).status).toBe(405);
  const headers = await withToken(own);
  expect((await ask(own, ALIYUN, '/latest/meta-data/region-id', headers)).text).toBe('cn-hangzhou');
  expect((await ask(own, ALIYUN, RAM, headers)).text).toBe('ops');
  const answer = json(await ask(own, ALIYUN, `${RAM}ops`, headers)) as Fields;
  expect(answer).toMatchObject({
    Code: 'Success',
    Expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as unknown,
  });
  expect(await own.aliyun('GetCallerIdentity', {}, pairIn(answer))).toMatchObject({
    Arn: 'acs:ram::1000000000000001:assumed-role/ops/instance',
  });
  expect((await ask(own, ALIYUN, `${RAM}other`, headers)).status).toBe(404);
});

test('Alibaba: a token ends, and may be left out where the instance allows it', async () => {
  const clock = handClock();
  await using own = await startSts({}, { now: clock.now });
  const headers = await withToken(own);
  clock.pass(61_000);
  expect((await ask(own, ALIYUN, RAM, headers)).status).toBe(403);
  await using open = await startSts({ metadataTokens: 'optional' });
  expect((await ask(open, ALIYUN, RAM)).text).toBe('ops');
  expect((await ask(open, ALIYUN, RAM, { 'x-aliyun-ecs-metadata-token': 'x' })).status).toBe(403);
});

test('an instance without a role, with another one, and with a short session', async () => {
  const start = (behaviour: Partial<Behaviour>): Promise<Sts> => startSts({ metadataTokens: 'optional', ...behaviour });
  await using none = await start({ instanceRole: null });
  await using other = await start({ instanceRole: 'web', sessionSeconds: 0 });
  for (const [host, path] of [
    [TENCENT, CAM],
    [ALIYUN, RAM],
  ] as const) {
    expect((await ask(none, host, path)).status).toBe(404);
    expect((await ask(none, host, `${path}ops`)).status).toBe(404);
    expect((await ask(other, host, path)).text).toBe('web');
  }
  const ended = pairIn(json(await ask(other, ALIYUN, `${RAM}web`)) as Fields);
  expect(await other.aliyun('GetCallerIdentity', {}, ended)).toMatchObject({
    Code: 'InvalidSecurityToken.Expired',
  });
});

test('on loopback the path tells whose it is; faults and the log know it', async () => {
  await using own = await startSts({ metadataTokens: 'optional' });
  const local = `127.0.0.1:${own.port}`;
  expect((await ask(own, local, CAM)).text).toBe('ops');
  expect((await ask(own, local, RAM)).text).toBe('ops');
  own.sandbox.fault({ kind: 'error', code: 'Broken', action: 'metadata:credentials' });
  own.sandbox.fault({ kind: 'body', body: '<html>', action: 'metadata:credentials' });
  own.sandbox.fault({ kind: 'drop', when: 'before', interface: 'metadata' });
  await expect(ask(own, local, CAM)).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect((await ask(own, TENCENT, `${CAM}ops`)).status).toBe(500);
  expect((await ask(own, ALIYUN, `${RAM}ops`)).text).toBe('<html>');
  expect(own.sandbox.log.map(({ interface: at, action, statusOrCode }) => [at, action, statusOrCode])).toEqual([
    ['metadata', 'metadata:role', 200],
    ['metadata', 'metadata:role', 200],
    ['metadata', 'metadata:role', 'fault:drop'],
    ['metadata', 'metadata:credentials', 'fault:error'],
    ['metadata', 'metadata:credentials', 'fault:body'],
  ]);
});
