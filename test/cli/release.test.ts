import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';

const SCRIPT = path.resolve(import.meta.dirname, '../../scripts/release.js');
const CHANGES = '# Changes\n\n## Unreleased\n\n- new\n\n## 0.1.0 - 2026-11-21\n\n- first\n';

describe('npm run release', () => {
  let root: string;
  const put = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  };
  const text = (file: string): string => readFileSync(path.join(root, file), 'utf8');
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=me', '-c', 'user.email=me@here', ...args], {
      cwd: root,
      encoding: 'utf8',
    });
  const commit = (): void => {
    git('add', '-A');
    git('commit', '-qm', 'all');
  };
  const release = (...args: readonly string[]) => {
    const env = { ...process.env, HOME: root, npm_config_cache: temporaryDirectory() };
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...args], {
      cwd: root,
      env,
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };
  const refused = (words: string) => ({ status: 1, stdout: '', stderr: `release: error: ${words}\n` });

  beforeEach(() => {
    root = temporaryDirectory();
    git('init', '-q', '-b', 'main');
    const scripts = { generate: 'node -e ""' };
    put('package.json', JSON.stringify({ name: 'small', version: '0.1.0', type: 'module', scripts }));
    put('.gitignore', '*.tgz\n');
    put('CHANGELOG.md', CHANGES);
    put('docs/page.md', 'npm install small-0.1.0.tgz\n');
    put('THIRD-PARTY-NOTICES.md', 'none\n');
    put(
      'bin/keypair.js',
      "import { readFileSync } from 'node:fs';\nconsole.log(JSON.parse(readFileSync(new URL('../package.json', import.meta.url))).version);\n",
    );
    commit();
  });

  it('says what it would do, and changes nothing', () => {
    const { status, stdout, stderr } = release('0.2.0', '--dry-run');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('would set the version 0.2.0 (it is 0.1.0)\n');
    expect(stdout).toContain('would name small-0.2.0.tgz in docs/page.md\n');
    expect(git('status', '--porcelain', '--ignored')).toBe('');
  });

  it('makes everything ready, and leaves commit, tag and publishing to its reader', () => {
    const { status, stdout, stderr } = release('0.2.0');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('\n  git tag v0.2.0\n  npm publish small-0.2.0.tgz\n');
    expect(JSON.parse(text('package.json'))).toMatchObject({ version: '0.2.0' });
    expect(text('CHANGELOG.md')).toMatch(/^# Changes\n\n## 0\.2\.0 - \d{4}-\d\d-\d\d\n\n- new\n\n## 0\.1\.0 /);
    expect(text('docs/page.md')).toBe('npm install small-0.2.0.tgz\n');
    expect(git('log', '--format=%s')).toBe('all\n');
    expect(git('tag')).toBe('');
    expect(release('--check', 'small-0.2.0.tgz')).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('refuses a tree that is not ready', () => {
    const tried = () => release('0.2.0', '--dry-run');
    put('new', '');
    expect(tried()).toEqual(refused('the tree is not clean: see git status'));
    put('CHANGELOG.md', '## Unreleased\n\n## 0.1.0\n\n- first\n');
    commit();
    expect(tried()).toEqual(refused('CHANGELOG.md has nothing under "## Unreleased"'));
    git('tag', 'v0.2.0');
    expect(tried()).toEqual(refused('v0.2.0 is released already'));
    git('switch', '-qc', 'other');
    expect(tried()).toEqual(refused('releases are made on main, not on other'));
    git('switch', '-q', 'main');
    expect(release('0.0.9')).toEqual(refused('0.0.9 is before 0.1.0'));
    expect(release('next')).toEqual(refused('usage: npm run release -- VERSION [--dry-run], as in 0.2.0'));
  });

  it.each([
    ['has no notices', 'THIRD-PARTY-NOTICES.md', '', 'small.tgz does not say whose code it brings'],
    [
      'tells another version',
      'bin/keypair.js',
      'console.log(1);\n',
      'the program in small.tgz says that it is 1, not 0.1.0',
    ],
    [
      'runs a script when it is installed',
      'package.json',
      '{ "version": "0.1.0", "scripts": { "install": "true" } }',
      'small.tgz runs install when it is installed',
    ],
  ])('refuses a package that %s', (_title, file, content, words) => {
    put(file, content);
    commit();
    git('archive', '--prefix=package/', '-o', 'small.tgz', 'HEAD');
    expect(release('--check', 'small.tgz')).toEqual(refused(words));
  });
});
