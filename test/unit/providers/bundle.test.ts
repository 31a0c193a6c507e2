import { build, type Metafile, type Plugin } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

// What users run is a bundle without most of what the SDKs import: it must sign as the SDKs do, on plain Node.

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'keypair-bundle-'));
let inputs: string[] = [];
let outputs: Metafile['outputs'] = {};

beforeAll(async () => {
  const slim = (await import(pathToFileURL(join(root, 'scripts/slim-sdk.js')).href)) as {
    slimSdk: () => Plugin;
  };
  const { metafile } = await build({
    entryPoints: {
      registry: join(root, 'src/providers/registry.ts'),
      secret: join(root, 'src/secret.ts'),
    },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    metafile: true,
    plugins: [slim.slimSdk()],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  inputs = Object.keys(metafile.inputs);
  outputs = metafile.outputs;
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('nothing of the SDKs is in it but their signers and models', () => {
  const packages = inputs.flatMap((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []);
  expect([...new Set(packages)].sort()).toEqual([
    '@alicloud/ecs20140526',
    '@alicloud/openapi-core',
    '@alicloud/tea-typescript',
    '@darabonba/typescript',
    'tencentcloud-sdk-nodejs',
    'tslib',
  ]);
});

const program = (registry: string, secret: string): string => `
  const { findDescriptor } = await import(${JSON.stringify(registry)});
  const { Secret } = await import(${JSON.stringify(secret)});
  for (const [name, id, key, tags] of ${JSON.stringify([
    ['tencent', 'AKIDEXAMPLE00000000000000000000000', 'SecretKeyExample0000000000000000', {}],
    ['aliyun', 'LTAIEXAMPLE', 'SecretExample', { TestKey: 'Test Value*~' }],
  ])}) {
    const descriptor = findDescriptor(name);
    const region = descriptor.defaultRegion;
    const adapt = await descriptor.load();
    const provider = adapt({
      credentials: { source: '', current: async () => ({ id, secret: new Secret(key), token: null, source: '', expiresAt: null }) },
      region,
      endpoint: new URL('https://' + descriptor.host(region, 'cn')),
      apiVersion: descriptor.apiVersions[0],
      now: () => new Date(1700000000000),
      nonce: () => '3bd2cc0c3e1e2ddf1cfbf15b18fe5abb072687477a993fafd1a24e9451b4f5eb',
      limiter: (call, attempt) => attempt(),
      send: async (request) => {
        console.log(request.headers.authorization);
        return { status: 200, headers: {}, body: Buffer.from('') };
      },
    });
    const pair = { name: name === 'tencent' ? 'Tencent' : 'testKeyPairName', tags, projectId: 0, resourceGroupId: null };
    await provider.createKeyPair(pair, new AbortController().signal).catch(() => {});
  }`;

test('it signs as the SDKs do', () => {
  const file = (name: string): string => pathToFileURL(join(folder, name)).href;
  const code = program(file('registry.mjs'), file('secret.mjs'));
  const lines = execFileSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
  }).split('\n');
  expect(lines[0]).toMatch(/Signature=50dbd59b7bf35fb8fa5c34e5f9cfd85bebc45c6f2b524a12c56a3231f65f23c3$/);
  expect(lines[1]).toMatch(/Signature=7af8202f0717ae7cd6b8801d077f15e31da043d534bd688df322168034241d48$/);
});

test('what an adapter brings along stays small', () => {
  const chunk = (adapter: string) =>
    Object.values(outputs).find(({ inputs: own }) => Object.keys(own).some((file) => file.endsWith(adapter)));
  // The models of one SDK alone would be 10 MB.
  expect(chunk('aliyun/adapter.ts')?.bytes).toBeLessThan(75_000);
  for (const adapter of ['tencent/cvm.ts', 'tencent/lighthouse.ts', 'legacy-v2/adapter.ts']) {
    expect(chunk(adapter)?.bytes).toBeLessThan(15_000);
  }
});

test('importing the registry loads no chunk of an SDK', () => {
  const [entry] = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint?.endsWith('registry.ts')) ?? [];
  const loaded = new Set([entry!]);
  for (const file of loaded) {
    for (const { path, kind, external } of outputs[file]!.imports) {
      if (kind === 'import-statement' && external !== true) loaded.add(path);
    }
  }
  const files = [...loaded].flatMap((file) => Object.keys(outputs[file]!.inputs));
  expect(files).toContainEqual(expect.stringContaining('src/providers/vendors/tencent/descriptors.ts'));
  expect(files.filter((file) => /node_modules|(adapter|cvm|lighthouse|api)\.ts$/.test(file))).toEqual([]);
});
