import { Agent } from 'node:http';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import type * as Ecs from '@alicloud/ecs20140526';
import type * as OpenApi from '@alicloud/openapi-core/dist/utils.js';
import { Client as CvmClient } from 'tencentcloud-sdk-nodejs/tencentcloud/services/cvm/v20170312/cvm_client.js';
import { Client as LighthouseClient } from 'tencentcloud-sdk-nodejs/tencentcloud/services/lighthouse/v20200324/lighthouse_client.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Run } from '../support/program.ts';
import { type Served, serveSandbox } from '../support/served.ts';
import { temporaryDirectory } from '../support/temporary.ts';

// CommonJS with a `default` of its own, which importers see differently: required as its users do.
const require = createRequire(import.meta.url);
const EcsClient = require('@alicloud/ecs20140526') as typeof Ecs.default & typeof Ecs;
const { Config } = require('@alicloud/openapi-core/dist/utils') as typeof OpenApi;

/** What the test does through a vendor's whole client. */
interface Vendor {
  readonly names: () => Promise<readonly string[]>;
  readonly make: (name: string) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
}

describe('the vendors’ whole clients', () => {
  let home: string;
  let served: Served;
  beforeEach(async () => {
    home = temporaryDirectory();
    served = await serveSandbox({ behaviour: { requestsPerSecond: null } });
  });
  afterEach(() => served.close());

  const keypair = (...args: string[]): Promise<Run> => served.run(args, { home });

  function tencent(Client: typeof CvmClient | typeof LighthouseClient, endpoint: string): Vendor {
    // The client takes its signing service from the host name: it must believe that it speaks to production.
    const agent = new Agent();
    const port = Number(new URL(served.env['KEYPAIR_ENDPOINT'] ?? '').port);
    Object.assign(agent, { createConnection: () => connect(port, '127.0.0.1') });
    const client = new Client({
      credential: served.sandbox.credentials,
      region: 'ap-guangzhou',
      profile: { httpProfile: { endpoint, protocol: 'http://', agent } },
    });
    const pairs = async (): Promise<readonly { readonly KeyName?: string; readonly KeyId?: string }[]> =>
      (await client.DescribeKeyPairs({})).KeyPairSet ?? [];
    return {
      names: async () => (await pairs()).map(({ KeyName = '' }) => KeyName),
      make: async (name) => {
        if (client instanceof CvmClient) await client.CreateKeyPair({ KeyName: name, ProjectId: 0 });
        else await client.CreateKeyPair({ KeyName: name });
      },
      remove: async (name) => {
        const id = (await pairs()).find(({ KeyName }) => KeyName === name)?.KeyId ?? '';
        await client.DeleteKeyPairs({ KeyIds: [id] });
      },
    };
  }

  function aliyun(): Vendor {
    const { secretId, secretKey } = served.sandbox.credentials;
    const endpoint = new URL(served.env['KEYPAIR_ENDPOINT'] ?? '').host;
    const regionId = 'cn-hangzhou';
    const client = new EcsClient.default(
      new Config({ accessKeyId: secretId, accessKeySecret: secretKey, endpoint, protocol: 'http', regionId }),
    );
    return {
      names: async () => {
        const { body } = await client.describeKeyPairs(new EcsClient.DescribeKeyPairsRequest({ regionId }));
        return (body?.keyPairs?.keyPair ?? []).map(({ keyPairName = '' }) => keyPairName);
      },
      make: async (keyPairName) => {
        await client.createKeyPair(new EcsClient.CreateKeyPairRequest({ keyPairName, regionId }));
      },
      remove: async (name) => {
        const keyPairNames = JSON.stringify([name]);
        await client.deleteKeyPairs(new EcsClient.DeleteKeyPairsRequest({ keyPairNames, regionId }));
      },
    };
  }

  it.each([
    ['tencent', () => tencent(CvmClient, 'cvm.tencentcloudapi.com')],
    ['lighthouse', () => tencent(LighthouseClient, 'lighthouse.tencentcloudapi.com')],
    ['aliyun', aliyun],
  ] as const)('see what our commands did at %s, and the other way round', async (provider, open) => {
    const vendor = open();
    expect((await keypair('create', '-p', provider, '--name', 'ours', '-q')).exit).toBe(0);
    expect(await vendor.names()).toEqual(['ours']);
    await vendor.make('theirs');
    const listed = await keypair('list', '-p', provider, '--cloud-only', '-q');
    expect(listed).toMatchObject({ exit: 0, stdout: 'theirs\n' });
    expect((await keypair('delete', '-p', provider, 'theirs', '-y', '-q')).exit).toBe(0);
    expect(await vendor.names()).toEqual(['ours']);
    await vendor.remove('ours');
    expect((await keypair('list', '-p', provider, '-q')).stdout).toBe('');
    expect((await keypair('show', '-p', provider, 'ours')).exit).toBe(3);
  });
});
