import { createHash, createHmac, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';

/** The least that does the job on Alibaba Cloud: sign (ACS3-HMAC-SHA256), send, write. */
const [origin, file] = process.argv.slice(2);
const { protocol, port } = new URL(origin);
const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const query = 'KeyPairName=foo&RegionId=cn-hangzhou';
const headers = {
  host: 'ecs-cn-hangzhou.aliyuncs.com',
  'x-acs-action': 'CreateKeyPair',
  'x-acs-content-sha256': sha256(''),
  'x-acs-date': `${new Date().toISOString().slice(0, 19)}Z`,
  'x-acs-signature-nonce': randomBytes(32).toString('hex'),
  'x-acs-version': '2014-05-26',
};
const names = Object.keys(headers).sort();
const lines = names.map((name) => `${name}:${headers[name]}\n`).join('');
const canonical = `POST\n/\n${query}\n${lines}\n${names.join(';')}\n${sha256('')}`;
const signature = createHmac('sha256', process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET)
  .update(`ACS3-HMAC-SHA256\n${sha256(canonical)}`)
  .digest('hex');
headers.authorization = `ACS3-HMAC-SHA256 Credential=${process.env.ALIBABA_CLOUD_ACCESS_KEY_ID},SignedHeaders=${names.join(';')},Signature=${signature}`;
headers['content-length'] = 0;
const { request: open } = await import(protocol === 'https:' ? 'node:https' : 'node:http');
const request = open(
  { host: '127.0.0.1', port, method: 'POST', path: `/?${query}`, headers, agent: false },
  (response) => {
    let text = '';
    response.on('data', (chunk) => (text += chunk));
    response.on('end', () => {
      writeFileSync(file, JSON.parse(text).PrivateKeyBody, { mode: 0o600, flag: 'wx' });
    });
  },
);
request.end();
