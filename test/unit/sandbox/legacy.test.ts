import { expect, test } from 'vitest';

import { ED25519, RSA, startCloud } from './cloud.ts';

test('legacy v2: the shapes of its documents, which are not uniform', async () => {
  await using cloud = await startCloud();
  const made = await cloud.legacy('CreateKeyPair', { keyName: 'Tencent' });
  expect(made).toEqual({
    codeDesc: 'Success',
    message: '',
    code: 0,
    data: {
      secretkey: expect.stringMatching(/^-----BEGIN RSA PRIVATE KEY-----\n/) as unknown,
      pubkey: expect.stringMatching(/^ssh-rsa \S+ skey-[0-9a-z]{8}$/) as unknown,
      keyId: expect.stringMatching(/^skey-[0-9a-z]{8}$/) as unknown,
      keyName: 'Tencent',
    },
  });
  expect(await cloud.legacy('CreateKeyPair', { keyName: 'a-b' })).toMatchObject({ code: 4000 });
  // Text here, where every other code is a number.
  expect(await cloud.legacy('CreateKeyPair', { keyName: 'Tencent' })).toMatchObject({ code: 5100 });
  const imported = await cloud.legacy('ImportKeyPair', { keyName: 'imp', pubKey: `ssh-rsa ${RSA} a` });
  expect(imported).toEqual({ code: 0, message: '', keyId: expect.stringMatching(/^skey-/) as unknown });
  expect(await cloud.legacy('ImportKeyPair', { keyName: 'two', pubKey: ED25519 })).toMatchObject({
    code: 4000,
  });
  const listed = await cloud.legacy('DescribeKeyPairs', { keyName: 'imp', projectId: '0' });
  expect(listed).toMatchObject({
    code: 0,
    data: {
      totalCount: 1,
      sshSet: [
        {
          keyName: 'imp',
          status: 0,
          createTime: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/) as unknown,
        },
      ],
    },
  });
  expect(await cloud.legacy('DescribeKeyPairs', { limit: '101' })).toMatchObject({ code: 4000 });
  const keyId = imported['keyId'] as string;
  const gone = await cloud.legacy('DeleteKeyPair', { 'keyIds.0': 'skey-00000000', 'keyIds.1': keyId });
  expect(gone).toMatchObject({
    code: 0,
    detail: {
      deleteKeySet: [
        { code: 5000, keyId: 'skey-00000000' },
        { code: 0, keyId },
      ],
    },
  });
  expect(await cloud.legacy('DescribeKeyPairs')).toMatchObject({ data: { totalCount: 1 } });
});
