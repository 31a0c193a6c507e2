import { expect, test } from 'vitest';
import { KeypairError } from '../../../src/errors.ts';
import { isLoopback, parseEndpoint } from '../../../src/http/route.ts';

test.each([
  ['https://cvm.tencentcloudapi.com', 'https://cvm.tencentcloudapi.com/'],
  ['https://cvm.tencentcloudapi.com/', 'https://cvm.tencentcloudapi.com/'],
  ['HTTPS://Example.COM:8443', 'https://example.com:8443/'],
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/'],
  ['http://127.8.9.1', 'http://127.8.9.1/'],
  ['http://localhost:3000/', 'http://localhost:3000/'],
  ['http://[::1]:3000', 'http://[::1]:3000/'],
  ['https://10.0.0.1', 'https://10.0.0.1/'],
])('%s is accepted', (text, href) => {
  expect(parseEndpoint(text).href).toBe(href);
});

test.each([
  '',
  'cvm.tencentcloudapi.com',
  'localhost:3000',
  'ftp://127.0.0.1',
  'https://',
  'https:cvm.tencentcloudapi.com',
  'https:\\\\cvm.tencentcloudapi.com',
  ' https://cvm.tencentcloudapi.com',
  'https://cvm.tencentcloudapi.com/v2/index.php',
  'https://cvm.tencentcloudapi.com/.',
  'https://cvm.tencentcloudapi.com?x=1',
  'https://cvm.tencentcloudapi.com?',
  'https://cvm.tencentcloudapi.com#',
  'https://cvm.tencentcloudapi.com:99999',
  'http://cvm.tencentcloudapi.com',
  'http://127.0.0.1.evil.example',
  'http://127.evil.example',
  'http://localhost.evil.example',
  'http://0.0.0.0',
  'http://10.0.0.1',
  'http://[::2]',
  'https://user:hunter2@cvm.tencentcloudapi.com',
  'http://127.0.0.1@evil.example',
])('%j is refused', (text) => {
  let caught: unknown;
  try {
    parseEndpoint(text);
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(KeypairError);
  const { code, hints, message } = caught as KeypairError;
  expect(code).toBe('USAGE');
  expect(hints).toHaveLength(1);
  expect(message).not.toContain('hunter2');
});

test('a hostile endpoint is printed safely', () => {
  expect(() => parseEndpoint('https://\x1b[2J/')).toThrow('\\x1b[2J');
});

test('loopback is 127.0.0.0/8, ::1 and localhost', () => {
  expect(['127.0.0.1', '127.255.0.3', '::1', '[::1]', 'localhost'].every(isLoopback)).toBe(true);
  expect(['128.0.0.1', '127.1.evil', '::', 'localhost.', '0.0.0.0', ''].some(isLoopback)).toBe(false);
});
