import { Agent } from 'node:http';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type * as Ecs from '@alicloud/ecs20140526';
import type * as OpenApi from '@alicloud/openapi-core/dist/utils.js';
import { Client as TatClient } from 'tencentcloud-sdk-nodejs/tencentcloud/services/tat/v20201028/tat_client.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RemoteScript } from '../../src/providers/scripts.ts';
import { type Bench, INTERFACES, NEVER, openBench } from './interfaces.ts';

// CommonJS with a `default` of its own, which importers see differently: required as its users do.
const require = createRequire(import.meta.url);
const EcsClient = require('@alicloud/ecs20140526') as typeof Ecs.default & typeof Ecs;
const { Config } = require('@alicloud/openapi-core/dist/utils') as typeof OpenApi;

/** A run as a vendor's whole client sees it. */
interface Seen {
  readonly name: string | undefined;
  readonly user: string | undefined;
  readonly script: string;
  readonly instances: readonly (string | undefined)[];
  readonly outputs: readonly string[];
}

/** What the test does through a vendor's whole client. */
interface Vendor {
  readonly look: (run: string) => Promise<Seen>;
  readonly start: (script: string, instance: string) => Promise<string>;
}

const decoded = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString('utf8');
const encoded = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

function tat({ sandbox, port }: Bench): Vendor {
  // The client takes its signing service from the host name: it must believe that it speaks to production.
  const agent = new Agent();
  Object.assign(agent, { createConnection: () => connect(port, '127.0.0.1') });
  const client = new TatClient({
    credential: sandbox.credentials,
    region: 'ap-guangzhou',
    profile: { httpProfile: { endpoint: 'tat.tencentcloudapi.com', protocol: 'http://', agent } },
  });
  return {
    look: async (run) => {
      const { InvocationSet: [invocation] = [] } = await client.DescribeInvocations({ InvocationIds: [run] });
      const filter = { Name: 'invocation-id', Values: [run] };
      const { InvocationTaskSet: tasks = [] } = await client.DescribeInvocationTasks({
        Filters: [filter],
        HideOutput: false,
      });
      return {
        name: invocation?.CommandName,
        user: invocation?.Username,
        script: decoded(invocation?.CommandContent),
        instances: tasks.map(({ InstanceId }) => InstanceId),
        outputs: tasks.map(({ TaskResult }) => decoded(TaskResult?.Output)),
      };
    },
    start: async (script, instance) => {
      const { InvocationId = '' } = await client.RunCommand({ Content: encoded(script), InstanceIds: [instance] });
      return InvocationId;
    },
  };
}

function cloudAssistant({ sandbox, port }: Bench): Vendor {
  const { secretId, secretKey } = sandbox.credentials;
  const regionId = 'cn-hangzhou';
  const endpoint = `127.0.0.1:${port}`;
  const client = new EcsClient.default(
    new Config({ accessKeyId: secretId, accessKeySecret: secretKey, endpoint, protocol: 'http', regionId }),
  );
  return {
    look: async (invokeId) => {
      const asked = { regionId, invokeId, includeOutput: true };
      const { body } = await client.describeInvocations(new EcsClient.DescribeInvocationsRequest(asked));
      const invocation = body?.invocations?.invocation?.[0];
      const rows = invocation?.invokeInstances?.invokeInstance ?? [];
      return {
        name: invocation?.commandName,
        user: invocation?.username,
        script: decoded(invocation?.commandContent),
        instances: rows.map(({ instanceId }) => instanceId),
        outputs: rows.map(({ output }) => decoded(output)),
      };
    },
    start: async (script, instance) => {
      const { body } = await client.runCommand(
        new EcsClient.RunCommandRequest({
          regionId,
          type: 'RunShellScript',
          commandContent: script,
          instanceId: [instance],
        }),
      );
      return body?.invokeId ?? '';
    },
  };
}

describe.each(INTERFACES.filter(({ descriptor }) => descriptor.abilities.runCommand !== false))(
  'the vendors’ whole clients, and scripts of $title',
  (under) => {
    const prefix = under.at === 'ecs' ? 'i' : under.at === 'lighthouse' ? 'lhins' : 'ins';
    const instances = [`${prefix}-sandbox1`, `${prefix}-sandbox2`];
    let bench: Bench;
    let vendor: Vendor;
    beforeEach(async () => {
      bench = await openBench(under, { behaviour: { agentMs: 30 } });
      vendor = under.at === 'ecs' ? cloudAssistant(bench) : tat(bench);
    });
    afterEach(() => bench.close());

    it('see what our adapter ran', async () => {
      const script: RemoteScript = { text: 'echo a b\n', user: 'root', marker: 'keypair-x', timeoutSeconds: 60 };
      const [started] = await bench.provider.startScript!(script, instances, NEVER);
      await setTimeout(60);
      const { instances: reached, ...seen } = await vendor.look(started?.run ?? '');
      expect(seen).toEqual({ name: 'keypair-x', user: 'root', script: script.text, outputs: ['a b\n', 'a b\n'] });
      expect([...reached].sort()).toEqual(instances);
    });

    it('run what our adapter sees', async () => {
      const [first = ''] = instances;
      const run = await vendor.start('echo theirs', first);
      await setTimeout(60);
      expect(await bench.provider.scriptResults!(run, [first], NEVER)).toEqual([
        { instance: first, state: 'ended', exitCode: 0, output: 'theirs\n', reason: null },
      ]);
    });
  },
);
