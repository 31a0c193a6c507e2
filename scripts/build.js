import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundle } from './bundle.js';

const { files } = await bundle();

// Old chunks go last, and what is the same stays: a program that runs meanwhile finds what it needs.
const dist = path.resolve(import.meta.dirname, '../dist');
await mkdir(dist, { recursive: true });
for (const [name, text] of files) {
  const file = path.join(dist, name);
  if ((await readFile(file, 'utf8').catch(() => null)) !== text) await writeFile(file, text);
}
for (const name of await readdir(dist)) if (!files.has(name)) await rm(path.join(dist, name));
