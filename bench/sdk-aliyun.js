import { writeFileSync } from 'node:fs';
import ecs from '@alicloud/ecs20140526';
import openapi from '@alicloud/openapi-core';

/** The job on the vendor's whole SDK, as its documentation shows it. */
const [origin, file] = process.argv.slice(2);
const { host } = new URL(origin);
const client = new ecs.default(
  new openapi.$OpenApiUtil.Config({
    accessKeyId: process.env.ALIBABA_CLOUD_ACCESS_KEY_ID,
    accessKeySecret: process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
    endpoint: host,
    protocol: 'http',
    regionId: 'cn-hangzhou',
  }),
);
const { body } = await client.createKeyPair(
  new ecs.CreateKeyPairRequest({ keyPairName: 'foo', regionId: 'cn-hangzhou' }),
);
writeFileSync(file, body.privateKeyBody, { mode: 0o600, flag: 'wx' });
