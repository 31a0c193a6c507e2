import { expect, test } from 'vitest';

import { codeOf, rpc, send, startSandbox, tc3, v1, type Sent } from './client.ts';

const withHeaders = (sent: Sent, headers: Readonly<Record<string, string>>): Sent => ({
  ...sent,
  headers: { ...sent.headers, ...headers },
});

test.each<[string, Record<string, string>]>([
  ['of another site', { origin: 'https://site.example', 'sec-fetch-site': 'cross-site' }],
  ['of a file', { origin: 'null' }],
  ['that sends a form to be shown', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
  ['of another port of this machine', { 'sec-fetch-site': 'same-site' }],
  ['of this very port, which was another server’s', { 'sec-fetch-site': 'same-origin' }],
])('a page %s creates nothing, whoever signs', async (_what, headers) => {
  await using started = await startSandbox();
  const { sandbox, port } = started;
  const { credentials } = sandbox;
  const creates = [
    tc3(credentials, 'cvm', 'CreateKeyPair', { KeyName: 'a', ProjectId: 0 }),
    v1(credentials, { Action: 'CreateKeyPair', Version: '2017-03-12', KeyName: 'a', ProjectId: '0' }),
    rpc(credentials, 'CreateKeyPair', { KeyPairName: 'ab' }),
  ];
  for (const create of creates) {
    const { status, text } = await send(port, withHeaders(create, headers));
    expect(status).toBe(403);
    expect(text).toContain('it answers no page of a browser');
  }
  const described = await send(port, tc3(credentials, 'cvm', 'DescribeKeyPairs'));
  expect(JSON.parse(described.text)).toMatchObject({ Response: { TotalCount: 0 } });
});

test.each(['rebound.site.com', 'localhost.site.com', 'cvm.localhost.site.com', 'site-localhost', '127.0.0.1.site.com'])(
  'a page whose own name %s leads to this machine creates nothing',
  async (host) => {
    await using started = await startSandbox();
    const { sandbox, port } = started;
    const { credentials } = sandbox;
    const creates = [
      tc3(credentials, 'cvm', 'CreateKeyPair', { KeyName: 'a', ProjectId: 0 }, { host }),
      v1(credentials, { Action: 'CreateKeyPair', Version: '2017-03-12', KeyName: 'a', ProjectId: '0' }, { host }),
      v1(credentials, { Action: 'CreateKeyPair', keyName: 'a', projectId: '0' }, { host }),
      rpc(credentials, 'CreateKeyPair', { KeyPairName: 'ab' }, { host }),
    ];
    for (const create of creates) expect(codeOf(await send(port, create))).not.toBeNull();
    const secrets = { method: 'GET', target: '/latest/meta-data/', headers: { host }, body: '' };
    expect((await send(port, secrets)).status).toBe(404);
    const described = await send(port, tc3(credentials, 'cvm', 'DescribeKeyPairs'));
    expect(JSON.parse(described.text)).toMatchObject({ Response: { TotalCount: 0 } });
  },
);
