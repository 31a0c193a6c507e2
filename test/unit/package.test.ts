import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { bundle } from '../../scripts/bundle.js';
import { notices } from '../../scripts/notices.js';

const ROOT = path.resolve(import.meta.dirname, '../..');

const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  readonly files: readonly string[];
  readonly scripts: Readonly<Record<string, string>>;
};

it('has no script that npm would run, and warn of, when the packed package is installed', () => {
  const atInstall = ['preinstall', 'install', 'postinstall', 'prepublish', 'prepare'];
  expect(Object.keys(manifest.scripts).filter((name) => atInstall.includes(name))).toEqual([]);
});

it('is built by npm ci and by npm pack', () => {
  expect(manifest.scripts).toMatchObject({ dependencies: 'npm run build', prepack: 'npm run build' });
});

it('names every package that is bundled, with the text of its licence', async () => {
  expect(manifest.files).toContain('THIRD-PARTY-NOTICES.md');
  const { files, metafile } = await bundle();
  const text = await notices(metafile);
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const bundled = new Set(
    inputs
      .filter(([file, { bytesInOutput }]) => file.includes('node_modules/') && bytesInOutput > 0)
      // The file itself says where its package begins: the nearest manifest with a name and a version.
      .map(([file]) => packageOf(path.dirname(path.resolve(ROOT, file)))),
  );
  expect(files.size).toBeGreaterThan(10);
  expect(bundled.size).toBeGreaterThan(20);
  for (const one of bundled) expect(text).toContain(`\n## ${one}\n`);
  expect(text).toContain('Copyright (c) 2011 TJ Holowaychuk <tj@vision-media.ca>');
  // The order in which esbuild tells of them makes no difference, and the build has written it.
  const reversed = { ...metafile, outputs: Object.fromEntries(Object.entries(metafile.outputs).reverse()) };
  expect(await notices(reversed)).toBe(text);
  expect(readFileSync(path.join(ROOT, 'THIRD-PARTY-NOTICES.md'), 'utf8')).toBe(text);
}, 60_000);

function packageOf(directory: string): string {
  try {
    const { name, version } = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8')) as {
      readonly name?: string;
      readonly version?: string;
    };
    if (name !== undefined && version !== undefined) return `${name} ${version}`;
  } catch {
    // None here.
  }
  return packageOf(path.dirname(directory));
}
