import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');

/**
 * The text of THIRD-PARTY-NOTICES.md: every package of which something is in the bundle, with its licence.
 *
 * @param {import('esbuild').Metafile} metafile
 * @returns {Promise<string>}
 */
export async function notices({ outputs }) {
  const directories = new Set();
  for (const { inputs } of Object.values(outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const directory = /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
      if (directory !== undefined && bytesInOutput > 0) directories.add(path.resolve(root, directory));
    }
  }
  const all = new Map(await Promise.all([...directories].map(notice)));
  const titles = [...all.keys()].sort();
  return [
    '# Third-party notices',
    'The program in `dist/` holds code of these packages, under these licences.',
    ...titles.map((title) => `## ${title}\n\n${all.get(title)}`),
    '',
  ].join('\n\n');
}

/**
 * A package's name and version, and the texts of its licence files; where it has none, the licence that it names.
 *
 * @param {string} directory
 * @returns {Promise<[string, string]>}
 */
async function notice(directory) {
  const manifest = JSON.parse(await readFile(path.join(directory, 'package.json'), 'utf8'));
  const files = (await readdir(directory)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(path.join(directory, file), 'utf8')));
  const named = `Licence: ${manifest.license}`;
  const shown = texts.map((text) => `\`\`\`text\n${text.replaceAll('\r\n', '\n').trim()}\n\`\`\``);
  return [`${manifest.name} ${manifest.version}`, [named, ...shown].join('\n\n')];
}
