import { createHash, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer as createTcpServer } from 'node:net';
import { parseArgs } from 'node:util';

/**
 * A cloud that checks nothing: what is measured is the client. Every CreateKeyPair gets the same key. Prints its port.
 *
 * `--away MS` is the time of a round trip: the client's first bytes wait one and a half (TCP's handshake and the way),
 * all others half of one. `--tls PREFIX` speaks TLS with PREFIX.key and PREFIX.pem. `--pairs N` is the length of each
 * region's list, `--limit N` the requests of one action a region takes in a second.
 */
const { values } = parseArgs({
  options: {
    away: { type: 'string', default: '0' },
    tls: { type: 'string' },
    pairs: { type: 'string', default: '0' },
    limit: { type: 'string', default: 'Infinity' },
  },
});
const [away, pairs, limit] = [values.away, values.pairs, values.limit].map(Number);
const REGIONS = ['ap-guangzhou', ...Array.from({ length: 17 }, (_, index) => `ap-region${index}`)];

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
const fingerprint = createHash('sha1').update(blob).digest('hex').match(/../g).join(':');
const publicKey = `ssh-rsa ${blob.toString('base64')} x`;
const requestId = '00000000-0000-4000-8000-000000000000';

const aliyun = {
  PrivateKeyBody: pem,
  KeyPairName: 'foo',
  KeyPairId: 'ssh-benchmark',
  KeyPairFingerPrint: fingerprint,
  RequestId: requestId,
};

/** When the requests of an action in a region began that count now. */
const counted = new Map();
let refused = 0;

/** The answer of Tencent Cloud's API 3.0. */
function tencent(action, region, body) {
  const key = `${action} ${region}`;
  const times = (counted.get(key) ?? []).filter((time) => time > performance.now() - 1000);
  counted.set(key, times);
  if (times.length >= limit) {
    refused += 1;
    return { Error: { Code: 'RequestLimitExceeded', Message: 'slow down' } };
  }
  times.push(performance.now());
  if (action === 'DescribeRegions') {
    return {
      TotalCount: 18,
      RegionSet: REGIONS.map((Region) => ({ Region, RegionName: Region, RegionState: 'AVAILABLE' })),
    };
  }
  if (action === 'DescribeKeyPairs') {
    const { Offset = 0, Limit = 20 } = body;
    const length = Math.max(0, Math.min(Limit, pairs - Offset));
    const KeyPairSet = Array.from({ length }, (_, index) => ({
      KeyId: `skey-${String(Offset + index).padStart(8, '0')}`,
      KeyName: `name${Offset + index}`,
      ProjectId: 0,
      PublicKey: publicKey,
      AssociatedInstanceIds: [],
      CreatedTime: '2026-01-01T00:00:00Z',
      Tags: [],
    }));
    return { TotalCount: pairs, KeyPairSet };
  }
  const { KeyName = 'foo' } = body;
  return { KeyPair: { KeyId: `skey-${KeyName}`, KeyName, ProjectId: 0, PublicKey: publicKey, PrivateKey: pem } };
}

function answer(request, response) {
  const chunks = [];
  request
    .on('data', (chunk) => chunks.push(chunk))
    .on('end', () => {
      const { headers } = request;
      const body = Buffer.concat(chunks).toString();
      const json =
        headers['x-acs-version'] === undefined
          ? {
              Response: {
                ...tencent(headers['x-tc-action'], headers['x-tc-region'], JSON.parse(body)),
                RequestId: requestId,
              },
            }
          : aliyun;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(json));
    });
}

/** Passes on what comes from one side to the other so much later. */
function passOn(from, to, firstMs, restMs) {
  let due = 0;
  const later = (act) => {
    // Nothing overtakes what was sent before it.
    due = Math.max(due, performance.now() + (due === 0 ? firstMs : restMs));
    setTimeout(act, due - performance.now());
  };
  from.on('data', (bytes) => later(() => to.write(bytes)));
  from.on('end', () => later(() => to.end()));
  from.on('error', () => to.destroy());
}

const server =
  values.tls === undefined
    ? createServer(answer)
    : createTlsServer({ key: readFileSync(`${values.tls}.key`), cert: readFileSync(`${values.tls}.pem`) }, answer);
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  if (away === 0) {
    console.log(server.address().port);
    return;
  }
  const far = createTcpServer((client) => {
    const near = connect(server.address().port, '127.0.0.1');
    client.setNoDelay(true);
    near.setNoDelay(true);
    passOn(client, near, 1.5 * away, away / 2);
    passOn(near, client, away / 2, away / 2);
  });
  far.listen(0, '127.0.0.1', () => console.log(far.address().port));
});
process.on('SIGTERM', () => {
  console.log(refused);
  process.exit();
});
