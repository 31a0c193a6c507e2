import { createHash, createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';

/** The least that does the job on Tencent Cloud: sign (TC3-HMAC-SHA256), send, write. */
const [origin, file] = process.argv.slice(2);
const { protocol, port } = new URL(origin);
const body = JSON.stringify({ KeyName: 'foo', ProjectId: 0 });
const timestamp = Math.floor(Date.now() / 1000);
const date = new Date(timestamp * 1000).toISOString().slice(0, 10);
const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const canonical = `POST\n/\n\ncontent-type:application/json\nhost:cvm.tencentcloudapi.com\n\ncontent-type;host\n${sha256(body)}`;
const scope = `${date}/cvm/tc3_request`;
const toSign = `TC3-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256(canonical)}`;
const key = hmac(hmac(hmac(`TC3${process.env.TENCENTCLOUD_SECRET_KEY}`, date), 'cvm'), 'tc3_request');
const signature = createHmac('sha256', key).update(toSign).digest('hex');
const headers = {
  host: 'cvm.tencentcloudapi.com',
  'content-type': 'application/json',
  'x-tc-action': 'CreateKeyPair',
  'x-tc-version': '2017-03-12',
  'x-tc-region': 'ap-guangzhou',
  'x-tc-timestamp': timestamp,
  authorization: `TC3-HMAC-SHA256 Credential=${process.env.TENCENTCLOUD_SECRET_ID}/${scope}, SignedHeaders=content-type;host, Signature=${signature}`,
};
const { request: open } = await import(protocol === 'https:' ? 'node:https' : 'node:http');
const request = open({ host: '127.0.0.1', port, method: 'POST', path: '/', headers, agent: false }, (response) => {
  let text = '';
  response.on('data', (chunk) => (text += chunk));
  response.on('end', () => {
    writeFileSync(file, JSON.parse(text).Response.KeyPair.PrivateKey, { mode: 0o600, flag: 'wx' });
  });
});
request.end(body);
