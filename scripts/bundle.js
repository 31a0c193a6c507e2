import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build, transform } from 'esbuild';
import ts from 'typescript';
import { slimSdk } from './slim-sdk.js';

const root = path.resolve(import.meta.dirname, '..');

/**
 * Files of dist/ and the source files that begin them: what a command loads together is one file. What those import
 * goes along, unless it is in an earlier file. Anything else that is imported when it is needed is a file of its own.
 */
const PACKS = {
  // Answers to a TAB, and the flags of every command.
  start: [
    /^src\/(main|completion\/answer|credentials\/vendors|providers\/registry)\.ts$/,
    /^src\/commands\/(?!binding\.)([\w-]+|(\w+)\/\2)\.ts$/,
  ],
  program: [/^src\/(program|cli\/(help|usage-error))\.ts$/],
  // What a create loads.
  core: [
    /^src\/(commands\/create\/make-pairs|config\/load|storage\/fs|connection\/(connect|credentials|region|target))\.ts$/,
    /^src\/operations\/(create|key-pair-record)\.ts$/,
    /^src\/(providers\/vendors\/(tencent\/(cvm|lighthouse)|aliyun\/(adapter|swas))|credentials\/vendors\/.*)\.ts$/,
  ],
  // What only --help --json needs.
  describe: [/^src\/(commands\/results\/|cli\/help-json\.ts)/],
  manage: [
    /^src\/(operations|ssh|storage|commands|config|providers|connection\/(?!sandbox)|completion|keys\/(?!passphrase\.ts|putty-encryption\.ts))\b/,
    /^src\/ui\/(table|relative-time)\.ts$/,
  ],
  terminal: [/^src\/(ui|wizard|cli)\//, /^node_modules\/chalk\//],
  sandbox: [/^src\/connection\/sandbox\.ts$/, /^sandbox\//],
  credentials: [/^src\/credentials\//, /^node_modules\/ini\//],
};

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
  write: false,
};

/** Options for what is in src/ or is given to it. */
async function sourceOptions() {
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  return {
    ...shared,
    external: ['keytar'],
    // Its main file is UMD, which loads its parts in a way that esbuild cannot follow.
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    define: { KEYPAIR_VERSION: JSON.stringify(version) },
    plugins: [slimSdk()],
  };
}

/** Bundles a file and all that it imports into one CommonJS file. */
export async function bundleOf(entryPoint, define = {}) {
  const options = await sourceOptions();
  const { outputFiles } = await build({
    ...options,
    entryPoints: [entryPoint],
    format: 'cjs',
    minify: true,
    legalComments: 'none',
    define: { ...options.define, 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename', ...define },
  });
  return outputFiles[0].text;
}

/**
 * Bundles src/ into files for dist/: the packs, what loads them, and the program that reaches the keychain.
 *
 * @returns {Promise<{ files: Map<string, string>, metafile: import('esbuild').Metafile, packs: Map<string, string[]> }>}
 *   `metafile` tells of the chunks that packs consist of, `packs` which they are.
 */
export async function bundle() {
  const { outputFiles, metafile } = await build({
    ...(await sourceOptions()),
    entryPoints: ['src/main.ts'],
    outdir: 'dist',
    splitting: true,
    format: 'esm',
    metafile: true,
  });
  const chunks = new Map(outputFiles.map(({ path: file, text }) => [path.basename(file), text]));
  const packs = packsOf(metafile);
  const packOf = new Map([...packs].flatMap(([pack, names]) => names.map((name) => [name, pack])));
  const files = new Map([['package.json', '{ "type": "commonjs" }\n']]);
  const names = {};
  for (const [pack, members] of packs) {
    const functions = members.map(
      (name) => `${JSON.stringify(name)}(exports,require,module){${commonJs(chunks.get(name), packOf)}\n}`,
    );
    const { code } = await transform(
      `pack=(function(__importDefault,__importStar,__dirname){return{${functions.join(',')}}})`,
      {
        platform: 'node',
        target: shared.target,
        minify: true,
        legalComments: 'none',
        define: { 'import.meta.dirname': '__dirname' },
      },
    );
    // ASCII loads fastest. esbuild leaves other characters in tagged templates, since their tag may look at the raw text.
    const text = code
      .replace(/^pack=(.*);\n$/s, '($1)')
      .replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    names[pack] = `${pack}-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
    files.set(`${names[pack]}.js`, text);
  }
  files.set('main.js', await bundleOf('src/load.ts', { PACKS: JSON.stringify(names) }));
  files.set('keychain-process.js', await bundleOf('src/credentials/keychain-process.ts'));
  return { files, metafile, packs };
}

/** Which chunks are in which pack, by the packs' names. */
function packsOf({ outputs }) {
  const entries = Object.entries(outputs).filter(([, { entryPoint }]) => entryPoint !== undefined);
  const packs = new Map();
  const taken = new Set();
  const take = (pack, chunk) => {
    if (taken.has(chunk)) return;
    taken.add(chunk);
    packs.set(pack, [...(packs.get(pack) ?? []), path.basename(chunk)]);
    for (const { path: name, kind } of outputs[chunk].imports)
      if (kind === 'import-statement' && name in outputs) take(pack, name);
  };
  for (const [pack, sources] of Object.entries(PACKS)) {
    for (const [chunk, { entryPoint }] of entries)
      if (sources.some((source) => source.test(entryPoint))) take(pack, chunk);
  }
  for (const [chunk] of entries)
    take(
      path
        .basename(chunk, '.js')
        .replace(/-[A-Z0-9]{8}$/, '')
        .toLowerCase(),
      chunk,
    );
  return packs;
}

/** An ES module of esbuild's as the body of a CommonJS function. */
function commonJs(text, packOf) {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
      noEmitHelpers: true,
      removeComments: true,
    },
  });
  return outputText.replaceAll(/require\("\.\/([^"]+)"\)/g, (_, name) => `require("#${packOf.get(name)}/${name}")`);
}
