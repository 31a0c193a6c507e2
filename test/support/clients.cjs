// The vendors' clients, set up as their documents say, with nothing changed but the address, and more time for a machine
// that is busy. They run in a process of their own, since Node reads NODE_EXTRA_CA_CERTS when it starts. Each method is
// called by a message of the test.

const INSTANCES = { tencent: 'ins-sandbox3', lighthouse: 'lhins-sandbox1', aliyun: 'i-sandbox1' };
const ECS_VERSION = '2014-05-26';
const regionId = 'cn-hangzhou';
const patience = { connectTimeout: 30_000, readTimeout: 30_000 };

/** A product's client of Tencent's Node SDK. `endpoint` and `protocol` are documented in its README. */
function tencentClient(Client, { host, scheme, secretId, secretKey, token }, profile = {}) {
  const client = new Client({
    credential: { secretId, secretKey, token },
    region: 'ap-guangzhou',
    profile: { ...profile, httpProfile: { endpoint: host, protocol: `${scheme}://` } },
  });
  return client;
}

/** Key pairs of CVM or Lighthouse through such a client. */
function tencentPairs(client, instance, project) {
  const all = async () => (await client.DescribeKeyPairs({ Limit: 100 })).KeyPairSet;
  const idOf = async (name) => (await all()).find((pair) => pair.KeyName === name)?.KeyId;
  const both = async (name) => ({ KeyIds: [await idOf(name)], InstanceIds: [instance] });
  return {
    names: async () => (await all()).map((pair) => pair.KeyName),
    create: async (name) => (await client.CreateKeyPair({ KeyName: name, ...project })).KeyPair.PrivateKey,
    bind: async (name) => client.AssociateInstancesKeyPairs(await both(name)),
    unbind: async (name) => client.DisassociateInstancesKeyPairs(await both(name)),
    remove: async (name) => client.DeleteKeyPairs({ KeyIds: [await idOf(name)] }),
    key: async () => {
      const { InstanceSet } = await client.DescribeInstances({ InstanceIds: [instance] });
      if (InstanceSet[0].LatestOperationState === 'OPERATING') return 'OPERATING';
      const [id] = InstanceSet[0].LoginSettings.KeyIds ?? [];
      return (await all()).find((pair) => pair.KeyId === id)?.KeyName ?? null;
    },
  };
}

const cvm = (Client, at, profile) =>
  tencentPairs(tencentClient(Client, at, profile), INSTANCES.tencent, { ProjectId: 0 });

/** Key pairs of ECS. @param call calls an action and returns its answer, as the wire has it. */
function ecsPairs(call) {
  const ids = JSON.stringify([INSTANCES.aliyun]);
  return {
    names: async () =>
      (await call('DescribeKeyPairs', { PageSize: 50 })).KeyPairs.KeyPair.map((pair) => pair.KeyPairName),
    create: async (name) => (await call('CreateKeyPair', { KeyPairName: name })).PrivateKeyBody,
    bind: (name) => call('AttachKeyPair', { KeyPairName: name, InstanceIds: ids }),
    unbind: (name) => call('DetachKeyPair', { KeyPairName: name, InstanceIds: ids }),
    remove: (name) => call('DeleteKeyPairs', { KeyPairNames: JSON.stringify([name]) }),
    key: async () => {
      const { Instances } = await call('DescribeInstances', { InstanceIds: ids });
      return Instances.Instance[0].KeyPairName || null;
    },
  };
}

const CLIENTS = {
  'tencentcloud-sdk-nodejs': (at) => {
    const tencentcloud = require('tencentcloud-sdk-nodejs');
    return cvm(tencentcloud.cvm.v20170312.Client, at);
  },
  'tencentcloud-sdk-nodejs, lighthouse': (at) => {
    const { lighthouse } = require('tencentcloud-sdk-nodejs/tencentcloud/services/lighthouse');
    return tencentPairs(tencentClient(lighthouse.v20200324.Client, at), INSTANCES.lighthouse, {});
  },
  'tencentcloud-sdk-nodejs-cvm': (at) => cvm(require('tencentcloud-sdk-nodejs-cvm').cvm.v20170312.Client, at),
  'tencentcloud-sdk-nodejs-cvm, HmacSHA256, English': (at) =>
    cvm(require('tencentcloud-sdk-nodejs-cvm').cvm.v20170312.Client, at, {
      signMethod: 'HmacSHA256',
      language: 'en-US',
    }),
  // A role's credentials, from the STS of the same address.
  'tencentcloud-sdk-nodejs-sts': async (at) => {
    const sts = tencentClient(require('tencentcloud-sdk-nodejs-sts').sts.v20180813.Client, at);
    const role = { RoleArn: 'qcs::cam::uin/100000000001:roleName/ops', RoleSessionName: 'clients' };
    const { Credentials } = await sts.AssumeRole(role);
    const session = {
      secretId: Credentials.TmpSecretId,
      secretKey: Credentials.TmpSecretKey,
      token: Credentials.Token,
    };
    return cvm(require('tencentcloud-sdk-nodejs-cvm').cvm.v20170312.Client, { ...at, ...session });
  },
  // It checks no certificate (`strictSSL: false` in its source).
  'qcloudapi-sdk': ({ host, scheme, secretId, secretKey }) => {
    const Capi = require('qcloudapi-sdk');
    const capi = new Capi({ SecretId: secretId, SecretKey: secretKey, serviceType: 'cvm', protocol: scheme });
    const call = (Action, data) =>
      new Promise((resolve, reject) => {
        capi.request({ Region: 'gz', Action, ...data }, { host }, (error, body) => {
          if (error ?? body.code !== 0) reject(Object.assign(new Error(body?.message), error ?? { code: body.code }));
          else resolve(body);
        });
      });
    const all = async () => (await call('DescribeKeyPairs', { limit: 100 })).data.sshSet;
    const idOf = async (name) => (await all()).find((pair) => pair.keyName === name)?.keyId;
    const both = async (name) => ({ keyId: await idOf(name), instanceIds: [INSTANCES.tencent] });
    return {
      names: async () => (await all()).map((pair) => pair.keyName),
      create: async (keyName) => (await call('CreateKeyPair', { keyName })).data.secretkey,
      bind: async (name) => call('BindInstanceKey', await both(name)),
      unbind: async (name) => call('UnBindInstanceKey', await both(name)),
      remove: async (name) => {
        const { detail } = await call('DeleteKeyPair', { keyIds: [await idOf(name)] });
        const [{ code, message }] = detail.deleteKeySet;
        if (code !== 0) throw Object.assign(new Error(message), { code });
      },
      key: async () => (await all()).find((pair) => pair.bindUnInstanceIds.length > 0)?.keyName ?? null,
    };
  },
  '@alicloud/ecs20140526': ({ host, scheme, secretId, secretKey }) => {
    const Ecs = require('@alicloud/ecs20140526');
    const { Config } = require('@alicloud/openapi-core/dist/utils');
    const client = new Ecs.default(
      new Config({
        ...{ accessKeyId: secretId, accessKeySecret: secretKey, endpoint: host, protocol: scheme, regionId },
        ...patience,
      }),
    );
    return ecsPairs(async (action, params) => {
      const request = new Ecs[`${action}Request`]({ regionId });
      for (const [name, value] of Object.entries(params)) request[name[0].toLowerCase() + name.slice(1)] = value;
      const { body } = await client[action[0].toLowerCase() + action.slice(1)](request);
      return body.toMap();
    });
  },
  '@alicloud/openapi-client': ({ host, scheme, secretId, secretKey }) => {
    const { default: Client, Config, Params, OpenApiRequest } = require('@alicloud/openapi-client');
    const { RuntimeOptions } = require('@alicloud/tea-util');
    const client = new Client(
      new Config({
        ...{ accessKeyId: secretId, accessKeySecret: secretKey, endpoint: host, protocol: scheme, regionId },
        ...patience,
      }),
    );
    return ecsPairs(async (action, params) => {
      const about = new Params({
        ...{ action, version: ECS_VERSION, protocol: 'HTTPS', method: 'POST', authType: 'AK', style: 'RPC' },
        ...{ pathname: '/', reqBodyType: 'json', bodyType: 'json' },
      });
      const request = new OpenApiRequest({ query: { RegionId: regionId, ...params } });
      return (await client.callApi(about, request, new RuntimeOptions({}))).body;
    });
  },
  '@alicloud/pop-core': ({ url, secretId, secretKey }) => {
    const { RPCClient } = require('@alicloud/pop-core');
    const client = new RPCClient({
      ...{ accessKeyId: secretId, accessKeySecret: secretKey, endpoint: url, apiVersion: ECS_VERSION },
      opts: patience,
    });
    return ecsPairs((action, params) => client.request(action, { RegionId: regionId, ...params }, { method: 'POST' }));
  },
  // Its model of ECS is older than key pairs: it only sees which one an instance has.
  'aliyun-sdk': ({ url, secretId, secretKey }) => {
    const ALY = require('aliyun-sdk');
    const ecs = new ALY.ECS({
      ...{ accessKeyId: secretId, secretAccessKey: secretKey, endpoint: url, apiVersion: ECS_VERSION },
    });
    return {
      key: () =>
        new Promise((resolve, reject) => {
          const about = { RegionId: regionId, InstanceIds: JSON.stringify([INSTANCES.aliyun]) };
          ecs.describeInstances(about, (error, data) => {
            if (error) reject(error);
            else resolve(data.Instances.Instance[0].KeyPairName || null);
          });
        }),
    };
  },
};

process.on('message', async ({ name, at, method, args }) => {
  try {
    const client = await CLIENTS[name](at);
    const value = await client[method](...args);
    process.send({ value: ['names', 'create', 'key'].includes(method) ? value : null });
  } catch (error) {
    process.send({ code: String(error.code), message: error.message });
  }
});
