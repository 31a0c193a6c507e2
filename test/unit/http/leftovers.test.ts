import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startProxy, type ProxyMode, type TestProxy } from '../../support/proxy.ts';
import { makeCertificateAuthority } from '../../support/tls.ts';
import { answering, rawServer, reply, type RawServer } from './servers.ts';

/** A program that sends one request and then has nothing more to do: it must end by itself. */
const PROGRAM = `
  import { createTransport } from './src/http/transport.ts';
  const { url, proxy, timeoutMs, abortAfter } = JSON.parse(process.argv[2]);
  const { send } = createTransport({ timeoutMs, proxyFor: () => proxy ?? '' });
  const signal = abortAfter === undefined ? undefined : AbortSignal.timeout(abortAfter);
  process.on('exit', () => console.log(performance.now() - done));
  let done = Infinity;
  try {
    const { status } = await send({ method: 'POST', url: new URL(url), headers: {}, body: '{}' }, { signal });
    console.log(status);
  } catch (error) {
    console.log(error.code, error.outcome, error.message);
  }
  done = performance.now();
`;

interface Job {
  readonly url: string;
  readonly timeoutMs: number;
  readonly proxy?: string;
  readonly abortAfter?: number;
}

let directory: string;
let program: string;
const ca = makeCertificateAuthority();
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'keypair-leftovers-'));
  program = join(directory, 'program.mjs');
  await build({
    stdin: { contents: PROGRAM, resolveDir: join(import.meta.dirname, '../../..'), loader: 'ts' },
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

let server: RawServer | undefined;
let proxy: TestProxy | undefined;
afterEach(async () => {
  await proxy?.close();
  await server?.close();
  proxy = server = undefined;
});

interface End {
  readonly code: number | null;
  /** What the request came to. */
  readonly result: string;
  /** How long the process lived on after it, in milliseconds. */
  readonly lingered: number;
  readonly stderr: string;
}

async function run(job: Job, env: Readonly<Record<string, string>> = {}): Promise<End> {
  const child = spawn(process.execPath, ['--pending-deprecation', program, JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const deadline = setTimeout(() => child.kill('SIGKILL'), 10_000);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearTimeout(deadline);
  const [result = '', lingered = 'NaN'] = stdout.trimEnd().split('\n');
  return { code, result, lingered: Number(lingered), stderr };
}

function expectCleanEnd({ code, lingered, stderr }: End): void {
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(lingered).toBeLessThan(200);
}

test('after an answer on a connection that the server keeps open', async () => {
  server = await rawServer((socket) => socket.write(reply('{}')));
  const end = await run({ url: server.url, timeoutMs: 30_000 });
  expectCleanEnd(end);
  expect(end.result).toBe('200');
});

test.each(['timeout', 'abort'] as const)('after the %s of a request that nobody answers', async (how) => {
  server = await rawServer(() => undefined);
  const limits = how === 'timeout' ? { timeoutMs: 300 } : { timeoutMs: 30_000, abortAfter: 300 };
  const end = await run({ url: server.url, ...limits });
  expectCleanEnd(end);
  expect(end.result).toMatch(how === 'timeout' ? /^UNAVAILABLE unknown / : /^CANCELLED unknown /);
});

test.each<ProxyMode>(['drop', 'hang', 'garbage', 407, 502])(
  'after a proxy that does this to CONNECT: %s',
  async (mode) => {
    server = await answering(reply('{}'));
    for (const tls of [undefined, ca.issue(['localhost'])]) {
      proxy = await startProxy({ to: server.port, mode, ...(tls === undefined ? {} : { tls }) });
      const job = { url: 'https://cvm.tencentcloudapi.com', proxy: proxy.url };
      const env = { NODE_EXTRA_CA_CERTS: ca.caFile };
      const end = await run({ ...job, timeoutMs: mode === 'hang' ? 400 : 30_000 }, env);
      expectCleanEnd(end);
      expect(end.result).toMatch(/^UNAVAILABLE none /);
      expect(proxy.targets).toHaveLength(1);
      if (mode === 'hang') {
        const aborted = await run({ ...job, timeoutMs: 30_000, abortAfter: 400 }, env);
        expectCleanEnd(aborted);
        expect(aborted.result).toMatch(/^CANCELLED none /);
      }
      await proxy.close();
    }
  },
);

test('NODE_EXTRA_CA_CERTS is believed; the variable that turns verification off is not', async () => {
  const origin = createTlsServer(ca.issue(['cvm.tencentcloudapi.com']), (_request, response) => response.end('{}'));
  origin.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
  proxy = await startProxy({
    to: (origin.address() as AddressInfo).port,
    tls: ca.issue(['localhost']),
    auth: 'u:sesame',
  });
  const named = proxy.url.replace('//', '//u:sesame@');
  const job = { url: 'https://cvm.tencentcloudapi.com', timeoutMs: 30_000 };

  const debug = await run({ ...job, proxy: named }, { NODE_EXTRA_CA_CERTS: ca.caFile, DEBUG: '*' });
  expect([debug.result, debug.code]).toEqual(['200', 0]);
  expect(debug.stderr).toContain('https-proxy-agent');
  expect(debug.stderr).not.toContain('sesame');
  expect(debug.stderr).not.toContain(Buffer.from('u:sesame').toString('base64'));

  const end = await run({ ...job, proxy: named }, { NODE_EXTRA_CA_CERTS: ca.caFile });
  expectCleanEnd(end);
  expect(end.result).toBe('200');

  const blind = await run({ ...job, proxy: named }, { NODE_TLS_REJECT_UNAUTHORIZED: '0' });
  expect(blind.result).toMatch(/^UNAVAILABLE none the certificate of the proxy .* is not trusted/);
  const plain = await startProxy({ to: (origin.address() as AddressInfo).port });
  const through = await run({ ...job, proxy: plain.url }, { NODE_TLS_REJECT_UNAUTHORIZED: '0' });
  expect(through.result).toMatch(/^UNAVAILABLE none the certificate of cvm\.tencentcloudapi\.com is not trusted/);
  await plain.close();
  origin.close();
});

test('TLS 1.1 is not spoken, even where Node is told to', async () => {
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' } as const;
  const identity = ca.issue(['127.0.0.1']);
  const origin = createTlsServer({ ...identity, ...old }, (_request, response) => response.end('{}'));
  origin.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
  const { port } = origin.address() as AddressInfo;
  const env = {
    NODE_EXTRA_CA_CERTS: ca.caFile,
    NODE_OPTIONS: '--tls-min-v1.0 --tls-cipher-list=DEFAULT@SECLEVEL=0',
  };
  const end = await run({ url: `https://127.0.0.1:${port}`, timeoutMs: 30_000 }, env);
  origin.close();
  expect(end.result).toMatch(/^UNAVAILABLE none .* no TLS connection could be agreed on/);
});
