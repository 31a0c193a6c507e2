import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleOf } from './bundle.js';

/**
 * Writes man/keypair.1 and docs/schemas/. What makes them (scripts/man, scripts/schemas.ts) is in no release: it is bundled
 * for the moment.
 */
const root = path.resolve(import.meta.dirname, '..');
const directory = await mkdtemp(path.join(tmpdir(), 'keypair-manual-'));

async function loaded(source) {
  const file = path.join(directory, `${path.basename(source, '.ts')}.cjs`);
  await writeFile(file, await bundleOf(source));
  return import(pathToFileURL(file).href);
}

try {
  const { manual } = await loaded('scripts/man/manual.ts');
  await mkdir(path.join(root, 'man'), { recursive: true });
  await writeFile(path.join(root, 'man/keypair.1'), await manual());
  const { schemaFiles } = await loaded('scripts/schemas.ts');
  const schemas = path.join(root, 'docs/schemas');
  await rm(schemas, { recursive: true, force: true });
  await mkdir(schemas);
  for (const [name, text] of await schemaFiles()) await writeFile(path.join(schemas, name), text);
} finally {
  await rm(directory, { recursive: true });
}
