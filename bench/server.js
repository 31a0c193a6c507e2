import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';

/**
 * A cloud that answers every CreateKeyPair with the same key at once and checks nothing: what is measured is the
 * client. Prints its port.
 */
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const { n, e } = privateKey.export({ format: 'jwk' });

const mpint = (base64) => {
  const bytes = Buffer.from(base64, 'base64url');
  return part(bytes[0] >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
};
const part = (bytes) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const blob = Buffer.concat([part(Buffer.from('ssh-rsa')), mpint(e), mpint(n)]);
const { createHash } = await import('node:crypto');
const fingerprint = createHash('sha1').update(blob).digest('hex').match(/../g).join(':');

const tencent = JSON.stringify({
  Response: {
    KeyPair: {
      KeyId: 'skey-benchmark',
      KeyName: 'foo',
      ProjectId: 0,
      PublicKey: `ssh-rsa ${blob.toString('base64')} x`,
      PrivateKey: pem,
    },
    RequestId: '00000000-0000-4000-8000-000000000000',
  },
});
const aliyun = JSON.stringify({
  PrivateKeyBody: pem,
  KeyPairName: 'foo',
  KeyPairId: 'ssh-benchmark',
  KeyPairFingerPrint: fingerprint,
  RequestId: '00000000-0000-4000-8000-000000000000',
});

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(request.headers['x-acs-version'] ? aliyun : tencent);
  });
});
server.listen(0, '127.0.0.1', () => {
  console.log(server.address().port);
});
