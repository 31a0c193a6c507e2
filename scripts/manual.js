import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleOf } from './bundle.js';

/** Writes man/keypair.1. What makes it (scripts/man) is in no release: it is bundled for the moment. */
const root = path.resolve(import.meta.dirname, '..');
const directory = await mkdtemp(path.join(tmpdir(), 'keypair-manual-'));
try {
  const file = path.join(directory, 'manual.cjs');
  await writeFile(file, await bundleOf('scripts/man/manual.ts'));
  const { manual } = await import(pathToFileURL(file).href);
  await mkdir(path.join(root, 'man'), { recursive: true });
  await writeFile(path.join(root, 'man/keypair.1'), await manual());
} finally {
  await rm(directory, { recursive: true });
}
