import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Script } from 'node:vm';
import { bundle } from './bundle.js';
import { notices } from './notices.js';

/**
 * `npm run binary` writes dist-binary/: `keypair`, which is the Node that runs this with the program in it, and beside it
 * the manual page, the licences, and the library that reaches the keychain, if it is installed.
 * `npm run binary -- --node-options` writes `keypair-node-options` instead, which obeys NODE_OPTIONS: for tests.
 */

const root = path.resolve(import.meta.dirname, '..');
const target = path.join(root, 'dist-binary');
const { execPath, platform, arch, version } = process;

/** Commands whose code is compiled in the executable. What others need is compiled when they call it. */
const COMPILED = [
  ['--help'],
  ['create', '--help'],
  ['completion', 'bash'],
  ['__complete', 'zsh', 'line=', 'show'],
  ...['tencent', 'aliyun'].flatMap((provider) => [
    ['create', '--sandbox', '-p', provider, '--name', provider],
    ['create', '--sandbox', '-p', provider, '--name', 'foo', '--dry-run'],
    ['list', '--sandbox', '-p', provider],
  ]),
];

const nodeOptions = process.argv.includes('--node-options');
if (Number(version.slice(1).split('.')[0]) < 26) {
  console.error(`binary: error: only Node 26 or later makes an executable; this is ${version}`);
  process.exitCode = 1;
} else {
  const work = mkdtempSync(path.join(tmpdir(), 'keypair-binary-'));
  try {
    const { files, metafile } = await bundle();
    mkdirSync(target, { recursive: true });
    build(work, files);
    if (!nodeOptions) writeBeside(await notices(metafile));
  } finally {
    rmSync(work, { recursive: true });
  }
}

function build(work, files) {
  for (const directory of ['dist', 'bin', 'home/.cache'])
    mkdirSync(path.join(work, directory), { recursive: true, mode: 0o700 });
  for (const [name, text] of files) writeFileSync(path.join(work, 'dist', name), text);
  const packs = [...files.keys()].filter((name) => /-[0-9a-f]{16}\.js$/.test(name));
  const code = compiledCode(work);
  const assets = {};
  for (const pack of packs) {
    assets[pack] = path.join(work, 'dist', pack);
    const compiled = pack.replace(/js$/, 'code');
    assets[compiled] = path.join(work, compiled);
    writeFileSync(assets[compiled], code(pack));
  }
  const main = path.join(work, 'main.cjs');
  writeFileSync(main, mainScript(files.get('main.js'), files.get('keychain-process.js')));
  const output = path.join(target, `keypair${nodeOptions ? '-node-options' : ''}${platform === 'win32' ? '.exe' : ''}`);
  const config = path.join(work, 'sea.json');
  const options = {
    main,
    output,
    assets,
    executable: withoutSymbols(work),
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
    // The variable is meant for Node programs. A flag that this Node does not know would keep it from starting.
    execArgvExtension: nodeOptions ? 'env' : 'none',
  };
  writeFileSync(config, JSON.stringify(options));
  execFileSync(execPath, ['--build-sea', config], { stdio: 'inherit' });
  // macOS runs nothing that was changed after it was signed.
  if (platform === 'darwin') execFileSync('codesign', ['--sign', '-', '--force', output]);
}

/** Node without its symbols, which are a fifth of it, if strip is installed (Debian: binutils). */
function withoutSymbols(work) {
  const node = path.join(work, 'node');
  if (platform !== 'linux' || spawnSync('strip', ['-o', node, execPath]).status !== 0) return execPath;
  return node;
}

/** Runs the commands, and returns what gives the compiled code of a pack, as the program itself keeps it. */
function compiledCode(work) {
  copyFileSync(path.join(root, 'bin/keypair.js'), path.join(work, 'bin/keypair.js'));
  const home = path.join(work, 'home');
  for (const args of COMPILED)
    execFileSync(execPath, [path.join(work, 'bin/keypair.js'), ...args], {
      cwd: home,
      env: { HOME: home },
      stdio: 'pipe',
    });
  const compiled = path.join(home, '.cache/keypair/compiled');
  // On Windows it keeps none.
  const kept = platform === 'win32' ? [] : readdirSync(compiled);
  return (pack) => {
    const file = kept.find((name) => name.startsWith(path.basename(pack, '.js')));
    if (file === undefined) return new Script(readFileSync(path.join(work, 'dist', pack), 'latin1')).createCachedData();
    // See readCompiled in src/load.ts.
    const content = readFileSync(path.join(compiled, file));
    return content.subarray(content.indexOf('\n') + 1, content.length / 2);
  };
}

/** What the executable runs: the process that asks the keychain, as src/credentials/keychain.ts starts it, or the program. */
function mainScript(load, keychain) {
  return `// Without a listener this signal starts Node's debugger, which anybody on this machine can talk to.
process.on('SIGUSR1', () => undefined);
if (process.argv[2] === require('node:path').join(__dirname, 'keychain-process.js')) {
  (() => {${keychain}})();
} else {
  (() => {${load}})();
  module.exports.main(require, (name) => Buffer.from(require('node:sea').getRawAsset(name)));
}
`;
}

function writeBeside(notices) {
  writeFileSync(path.join(target, 'THIRD-PARTY-NOTICES.md'), notices);
  for (const [file, name] of [
    [path.join(root, 'man/keypair.1'), 'keypair.1'],
    [path.join(execPath, '../../LICENSE'), 'LICENSE-node'],
    [path.join(root, 'node_modules/keytar/prebuilds', `${platform}-${arch}`, 'keytar.node'), 'keytar.node'],
  ])
    if (existsSync(file)) copyFileSync(file, path.join(target, name));
}
