import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build, transform } from 'esbuild';
import { slimSdk } from './slim-sdk.js';

const root = path.resolve(import.meta.dirname, '..');
const target = 'node20.19';

/**
 * Bundles src/ into files for dist/.
 *
 * @returns {Promise<{ files: Map<string, string>, metafile: import('esbuild').Metafile }>}
 */
export function bundle() {
  // What reaches the keychain is a program of its own.
  return bundleOf({ main: 'src/main.ts', 'keychain-process': 'src/credentials/keychain-process.ts' });
}

/**
 * Bundles these files of src/: split, so that each command and each provider's SDK is a chunk of its own that
 * loads only when it is used. Everything but Node and keytar goes in.
 *
 * esbuild splits ES modules only; a second pass turns each chunk into CommonJS, which Node starts a third faster than
 * the same chunks as ES modules: no loader of its own, no facade for each of Node's modules (see bench/README.md).
 *
 * @param {Record<string, string>} entryPoints what the files that begin are called, and where they are.
 * @returns {Promise<{ files: Map<string, string>, metafile: import('esbuild').Metafile }>}
 */
export async function bundleOf(entryPoints) {
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints,
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target,
    external: ['keytar'],
    // Its main file is UMD, which loads its parts in a way that esbuild cannot follow.
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    define: { KEYPAIR_VERSION: JSON.stringify(version) },
    plugins: [slimSdk()],
    logLevel: 'warning',
    metafile: true,
    write: false,
  });
  const files = new Map([['package.json', '{ "type": "commonjs" }\n']]);
  for (const { path: file, text } of outputFiles) {
    const { code } = await transform(text, {
      format: 'cjs',
      platform: 'node',
      target,
      minify: true,
      legalComments: 'none',
      define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
      supported: { 'dynamic-import': false },
      logLevel: 'warning',
    });
    files.set(path.basename(file), code);
  }
  return { files, metafile };
}
