import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleOf } from './bundle.js';

// `npm run live`: bundles test/live/ with what it needs of src/ and sandbox/, and runs it. See test/live/README.md.
const dist = path.resolve(import.meta.dirname, '../dist');
// The program that reaches the keychain is in dist/.
const text = await bundleOf('test/live/main.ts', { 'import.meta.dirname': JSON.stringify(dist) });
const directory = mkdtempSync(path.join(tmpdir(), 'keypair-live-'));
const file = path.join(directory, 'live.cjs');
writeFileSync(file, text);
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
await import(pathToFileURL(file).href);
