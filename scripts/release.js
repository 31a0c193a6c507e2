import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * `npm run release -- VERSION [--dry-run]` makes everything ready for a release, in the current directory: version,
 * change log, pages, generated files and package. It commits, tags and publishes nothing, and prints how to.
 * `node scripts/release.js --check FILE.tgz` only checks a package.
 */

const LONGEST = 1024 * 1024;
/** What npm runs when a package is installed. */
const AT_INSTALL = ['preinstall', 'install', 'postinstall', 'prepublish', 'prepare'];

try {
  const [first, ...others] = process.argv.slice(2);
  if (first === '--check' && others.length === 1) checkPackage(others[0]);
  else release(process.argv.slice(2));
} catch (error) {
  // Of a program that failed: the command, and the first line that it printed on stderr.
  console.error(`release: error: ${error.message.trim().split('\n', 2).join(': ')}`);
  process.exitCode = 1;
}

function release(args) {
  const [version, ...others] = args.filter((arg) => arg !== '--dry-run');
  if (others.length > 0 || !/^\d+\.\d+\.\d+$/.test(version ?? ''))
    throw new Error('usage: npm run release -- VERSION [--dry-run], as in 0.2.0');
  if (run('git', 'status', '--porcelain') !== '') throw new Error('the tree is not clean: see git status');
  const branch = run('git', 'branch', '--show-current').trim();
  if (branch !== 'main') throw new Error(`releases are made on main, not on ${branch || 'no branch'}`);
  if (run('git', 'tag', '--list', `v${version}`) !== '') throw new Error(`v${version} is released already`);
  const { name, version: old } = JSON.parse(readFileSync('package.json', 'utf8'));
  if (version.localeCompare(old, 'en', { numeric: true }) < 0) throw new Error(`${version} is before ${old}`);
  const changes = readFileSync('CHANGELOG.md', 'utf8');
  const section = changes.split(/^## /m).find((part) => part.startsWith('Unreleased\n'));
  if (!section?.trim().includes('\n')) throw new Error('CHANGELOG.md has nothing under "## Unreleased"');

  const heading = `## ${version} - ${new Date().toISOString().slice(0, 10)}`;
  const [oldFile, file] = [`${name}-${old}.tgz`, `${name}-${version}.tgz`];
  const pages = run('git', 'ls-files', '*.md')
    .split('\n')
    .filter((page) => page !== '' && readFileSync(page, 'utf8').includes(oldFile));
  const setVersion = ['version', '--no-git-tag-version', '--allow-same-version', version];
  const steps = [
    [`set the version ${version} (it is ${old})`, () => run('npm', ...setVersion)],
    [`write "${heading}" into CHANGELOG.md`, () => replace('CHANGELOG.md', '## Unreleased\n', `${heading}\n`)],
    [`name ${file} in ${pages.join(', ')}`, () => pages.forEach((page) => replace(page, oldFile, file))],
    ['build and write what is generated', () => run('npm', 'run', 'generate')],
    [`pack ${file}`, () => run('npm', 'pack', '--ignore-scripts')],
    [`check ${file}`, () => checkPackage(file)],
  ];
  const dry = args.includes('--dry-run');
  for (const [what, act] of steps) {
    console.log(`${dry ? 'would ' : ''}${what}`);
    if (!dry) act();
  }
  const next = [`git commit -am 'release ${version}'`, `git tag v${version}`, `npm publish ${file}`];
  console.log(['next, after a look at git diff:', ...next].join('\n  '));
}

/** Fails for a package that is too big, runs something when it is installed, lacks the notices or does not start. */
function checkPackage(file) {
  if (statSync(file).size >= LONGEST) throw new Error(`${file} is not smaller than 1 MiB`);
  const directory = mkdtempSync(path.join(tmpdir(), 'keypair-release-'));
  try {
    run('tar', '-xzf', file, '-C', directory);
    const read = (name) => readFileSync(path.join(directory, 'package', name), 'utf8');
    const { version, scripts = {} } = JSON.parse(read('package.json'));
    const atInstall = AT_INSTALL.filter((name) => name in scripts);
    if (atInstall.length > 0) throw new Error(`${file} runs ${atInstall.join(', ')} when it is installed`);
    if (read('THIRD-PARTY-NOTICES.md') === '') throw new Error(`${file} does not say whose code it brings`);
    const told = run(process.execPath, path.join(directory, 'package/bin/keypair.js'), '--version').trim();
    if (told !== version) throw new Error(`the program in ${file} says that it is ${told}, not ${version}`);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function replace(file, old, text) {
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(old, text));
}

/** Runs a program, and gives its output. */
function run(program, ...args) {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
