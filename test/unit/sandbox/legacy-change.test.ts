import { expect, test } from 'vitest';

import { handClock, startCloud, type Cloud, type Fields } from './cloud.ts';

async function made(cloud: Cloud, keyName: string): Promise<string> {
  return ((await cloud.legacy('CreateKeyPair', { keyName }))['data'] as { keyId: string }).keyId;
}

async function bound(cloud: Cloud, keyId: string): Promise<unknown> {
  const listed = await cloud.legacy('DescribeKeyPairs', { 'keyIds.0': keyId });
  return (listed['data'] as { sshSet: { bindUnInstanceIds: string[] }[] }).sshSet[0]?.bindUnInstanceIds;
}

test('legacy: a new name', async () => {
  await using cloud = await startCloud();
  const keyId = await made(cloud, 'a');
  await made(cloud, 'b');
  const modify = (keyName: string, id = keyId): Promise<Fields> =>
    cloud.legacy('ModifyKeyPair', { keyId: id, keyName });
  expect(await modify('c')).toEqual({ codeDesc: 'Success', message: '', code: 0, data: [] });
  expect(await cloud.legacy('DescribeKeyPairs', { keyName: 'c' })).toMatchObject({
    data: { sshSet: [{ keyId }] },
  });
  expect(await modify('b')).toMatchObject({ code: 5100 });
  expect(await modify('a-b')).toMatchObject({ code: 4000 });
  expect(await modify('d', 'skey-00000000')).toMatchObject({ code: 5000 });
  expect(await cloud.legacy('ModifyKeyPair', { keyName: 'd' })).toMatchObject({ code: 4000 });
});

test('legacy: binding replaces, shows in the list of pairs, and keeps a pair from being deleted', async () => {
  await using cloud = await startCloud();
  const [a, b] = [await made(cloud, 'a'), await made(cloud, 'b')];
  const to = (keyId: string, ...ids: string[]): Record<string, string> => ({
    keyId,
    ...Object.fromEntries(ids.map((id, index) => [`instanceIds.${index}`, id])),
  });
  const bind = (params: Record<string, string>): Promise<Fields> => cloud.legacy('BindInstanceKey', params);
  expect(await bind(to(a, 'ins-sandbox3', 'ins-sandbox4'))).toEqual({ code: 0, message: '' });
  expect(await bound(cloud, a)).toEqual(['ins-sandbox3', 'ins-sandbox4']);
  await bind(to(b, 'ins-sandbox3'));
  expect(await bound(cloud, a)).toEqual(['ins-sandbox4']);
  expect(await cloud.legacy('DeleteKeyPair', { 'keyIds.0': a })).toMatchObject({
    code: 0,
    detail: { deleteKeySet: [{ code: 5100, keyId: a }] },
  });
  expect(await bind(to(a, 'ins-sandbox1'))).toMatchObject({ code: 5100 });
  expect(await bind(to(a, 'ins-sandbox5'))).toMatchObject({ code: 5100 });
  expect(await bind(to(a, 'ins-00000000'))).toMatchObject({ code: 5000 });
  expect(await bind(to('skey-00000000', 'ins-sandbox3'))).toMatchObject({ code: 5000 });
  expect(await bind({ keyId: a })).toMatchObject({ code: 4000 });
  expect(await cloud.legacy('UnBindInstanceKey', to(a, 'ins-sandbox3'))).toMatchObject({ code: 5100 });
  // The document spells it in both ways.
  expect(await cloud.legacy('UnBindInstanceKey', to(a, 'ins-sandbox4'))).toEqual({ code: 0, message: '' });
  expect(await cloud.legacy('unBindInstanceKey', to(b, 'ins-sandbox3'))).toEqual({ code: 0, message: '' });
  expect(await bound(cloud, b)).toEqual([]);
  expect(await cloud.legacy('DeleteKeyPair', { 'keyIds.0': a })).toMatchObject({
    detail: { deleteKeySet: [{ code: 0 }] },
  });
});

test('legacy: hardPowerOffFlag stops a running instance, which takes its time', async () => {
  const clock = handClock();
  await using cloud = await startCloud({}, { now: clock.now });
  const keyId = await made(cloud, 'a');
  const params = { keyId, 'instanceIds.0': 'ins-sandbox1', hardPowerOffFlag: '1' };
  expect(await cloud.legacy('BindInstanceKey', params)).toMatchObject({ code: 0 });
  expect(await bound(cloud, keyId)).toEqual([]);
  expect(await cloud.legacy('BindInstanceKey', params)).toMatchObject({ code: 5100 });
  clock.pass(1500);
  expect(await bound(cloud, keyId)).toEqual(['ins-sandbox1']);
});
