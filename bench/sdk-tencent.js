import { writeFileSync } from 'node:fs';
import sdk from 'tencentcloud-sdk-nodejs';

/** The job on the vendor's whole SDK, as its documentation shows it. */
const [origin, file] = process.argv.slice(2);
const { host } = new URL(origin);
const client = new sdk.cvm.v20170312.Client({
  credential: {
    secretId: process.env.TENCENTCLOUD_SECRET_ID,
    secretKey: process.env.TENCENTCLOUD_SECRET_KEY,
  },
  region: 'ap-guangzhou',
  profile: { httpProfile: { endpoint: host, protocol: 'http://' } },
});
const { KeyPair } = await client.CreateKeyPair({ KeyName: 'foo', ProjectId: 0 });
writeFileSync(file, KeyPair.PrivateKey, { mode: 0o600, flag: 'wx' });
