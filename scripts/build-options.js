import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { slimSdk } from './slim-sdk.js';

const root = path.resolve(import.meta.dirname, '..');

/**
 * How src/ is bundled into dist/: ESM, split, so that each command and each provider's SDK is a chunk of its own that
 * loads only when it is used. Everything but Node and keytar goes in.
 *
 * @returns {Promise<import('esbuild').BuildOptions>}
 */
export async function buildOptions() {
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  return {
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    minify: true,
    keepNames: true,
    legalComments: 'none',
    external: ['keytar'],
    define: { KEYPAIR_VERSION: JSON.stringify(version) },
    plugins: [slimSdk()],
    // The SDKs are CommonJS and ask for Node's modules with require().
    banner: { js: "import{createRequire as __kr}from'node:module';const require=__kr(import.meta.url);" },
    logLevel: 'warning',
  };
}
