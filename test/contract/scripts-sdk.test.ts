import { Agent } from 'node:http';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type * as Ecs from '@alicloud/ecs20140526';
import type * as Swas from '@alicloud/swas-open20200601';
import type * as OpenApi from '@alicloud/openapi-core/dist/utils.js';
import { Client as TatClient } from 'tencentcloud-sdk-nodejs/tencentcloud/services/tat/v20201028/tat_client.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RemoteScript } from '../../src/providers/scripts.ts';
import { type Bench, instanceAt, INTERFACES, NEVER, openBench } from './interfaces.ts';

// CommonJS with a `default` of its own, which importers see differently: required as its users do.
const require = createRequire(import.meta.url);
const EcsClient = require('@alicloud/ecs20140526') as typeof Ecs.default & typeof Ecs;
const SwasClient = require('@alicloud/swas-open20200601') as typeof Swas.default & typeof Swas;
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
  readonly look: (runs: readonly string[], instances: readonly string[]) => Promise<Seen>;
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
    look: async ([run = '']) => {
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

const regionId = 'cn-hangzhou';

function aliyunConfig({ sandbox, port }: Bench): InstanceType<typeof Config> {
  const { secretId, secretKey } = sandbox.credentials;
  const endpoint = `127.0.0.1:${port}`;
  return new Config({ accessKeyId: secretId, accessKeySecret: secretKey, endpoint, protocol: 'http', regionId });
}

function cloudAssistant(bench: Bench): Vendor {
  const client = new EcsClient.default(aliyunConfig(bench));
  return {
    look: async ([invokeId = '']) => {
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

function commandAssistant(bench: Bench): Vendor {
  const client = new SwasClient.default(aliyunConfig(bench));
  return {
    look: async (runs, instances) => {
      const found = instances.map(async (instanceId, index) => {
        const asked = { regionId, instanceId, pageSize: 50 };
        const { body } = await client.describeInvocations(new SwasClient.DescribeInvocationsRequest(asked));
        const run = body?.invocations?.find(({ invokeId }) => invokeId === runs[index]);
        const result = await client.describeInvocationResult(
          new SwasClient.DescribeInvocationResultRequest({ regionId, instanceId, invokeId: runs[index] ?? '' }),
        );
        return { run, result: result.body?.invocationResult };
      });
      const seen = await Promise.all(found);
      const [first] = seen;
      return {
        name: first?.run?.commandName,
        user: first?.result?.invokeUser,
        script: decoded(first?.run?.commandContent),
        instances: seen.map(({ result }) => result?.instanceId),
        outputs: seen.map(({ result }) => decoded(result?.output)),
      };
    },
    start: async (commandContent, instanceId) => {
      const asked = { regionId, type: 'RunShellScript', name: 'theirs', commandContent, instanceId };
      const { body } = await client.runCommand(new SwasClient.RunCommandRequest(asked));
      return body?.invokeId ?? '';
    },
  };
}

describe.each(INTERFACES.filter(({ descriptor }) => descriptor.abilities.runCommand !== false))(
  'the vendors’ whole clients, and scripts of $title',
  (under) => {
    const instances = [instanceAt(under.at, 1), instanceAt(under.at, 2)];
    let bench: Bench;
    let vendor: Vendor;
    beforeEach(async () => {
      bench = await openBench(under, { behaviour: { agentMs: 30 } });
      const open = under.at === 'ecs' ? cloudAssistant : under.at === 'swas' ? commandAssistant : tat;
      vendor = open(bench);
    });
    afterEach(() => bench.close());

    it('see what our adapter ran', async () => {
      const script: RemoteScript = { text: 'echo a b\n', user: 'root', marker: 'keypair-x', timeoutSeconds: 60 };
      const started = await bench.provider.startScript!(script, instances, NEVER);
      await setTimeout(60);
      const runs = started.map(({ run }) => run ?? '');
      const { instances: reached, ...seen } = await vendor.look(runs, instances);
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
