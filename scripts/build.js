import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { buildOptions } from './build-options.js';

const { outputFiles } = await build({ ...(await buildOptions()), write: false });

// Old chunks go last, and what is the same stays: a program that runs meanwhile finds what it needs.
const dist = path.resolve(import.meta.dirname, '../dist');
await mkdir(dist, { recursive: true });
for (const { path: file, contents } of outputFiles) {
  const old = await readFile(file).catch(() => null);
  if (old === null || !old.equals(contents)) await writeFile(file, contents);
}
const made = new Set(outputFiles.map(({ path: file }) => path.basename(file)));
for (const file of await readdir(dist)) if (!made.has(file)) await rm(path.join(dist, file));
