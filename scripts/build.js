import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundle } from './bundle.js';
import { notices } from './notices.js';

const { files, metafile } = await bundle();

// Old chunks go last, and what is the same stays: a program that runs meanwhile finds what it needs.
const root = path.resolve(import.meta.dirname, '..');
const dist = path.join(root, 'dist');
await mkdir(dist, { recursive: true });
for (const [name, text] of files) {
  const file = path.join(dist, name);
  if ((await readFile(file, 'utf8').catch(() => null)) !== text) await writeFile(file, text);
}
for (const name of await readdir(dist)) if (!files.has(name)) await rm(path.join(dist, name));
await writeFile(path.join(root, 'THIRD-PARTY-NOTICES.md'), await notices(metafile));
