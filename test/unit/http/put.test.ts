import { expect, test } from 'vitest';
import { answering, direct, reply } from './servers.ts';

test('PUT goes out as such, with a length though it has no body', async () => {
  const server = await answering(reply('token', 'content-type: text/plain'));
  const url = new URL(`${server.url}/latest/api/token`);
  const headers = { 'x-aliyun-ecs-metadata-token-ttl-seconds': '21600' };
  const { body } = await direct()({ method: 'PUT', url, headers });
  await server.close();
  expect(body.toString()).toBe('token');
  expect(server.requests[0]).toMatch(/^PUT \/latest\/api\/token HTTP\/1\.1\r\n/);
  expect(server.requests[0]).toContain('\r\ncontent-length: 0\r\n');
  expect(server.requests[0]).toContain('\r\nx-aliyun-ecs-metadata-token-ttl-seconds: 21600\r\n');
});
