import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Metafile } from 'esbuild';
import { bundle } from '../../scripts/bundle.js';
import { run } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** Writes down at its end which modules of the program's packs a run has loaded. */
const SPY = `data:text/javascript,${encodeURIComponent(`
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
const { Script } = createRequire('/')('node:vm');
const used = new Set();
const { runInThisContext } = Script.prototype;
Script.prototype.runInThisContext = function () {
  const pack = runInThisContext.call(this);
  const noted = ([name, load]) => [name, (...args) => load(...args, used.add(name))];
  return (...args) => Object.fromEntries(Object.entries(pack(...args)).map(noted));
};
process.on('exit', () => writeFileSync(process.env.LOADED, [...used].join('\\n')));
`)}`;

describe('start-up', () => {
  let meta: Metafile;
  beforeAll(async () => {
    ({ metafile: meta } = await bundle());
  });

  /** The source files behind the chunks that a run loaded. */
  async function loadedBy(args: readonly string[]): Promise<readonly string[]> {
    const home = temporaryDirectory();
    const log = path.join(home, 'loaded');
    const { exit, stderr } = await run(args, { home, env: { LOADED: log, NODE_OPTIONS: `--import ${SPY}` } });
    expect(exit, stderr).toBe(0);
    const chunks = readFileSync(log, 'utf8')
      .split('\n')
      .map((name) => `dist/${name}`);
    expect(chunks).toContain('dist/main.js');
    return chunks.flatMap((chunk) => Object.keys(meta.outputs[chunk]?.inputs ?? {}));
  }

  it('of --version loads nothing', async () => {
    const home = temporaryDirectory();
    const log = path.join(home, 'loaded');
    await run(['--version'], { home, env: { LOADED: log, NODE_OPTIONS: `--import ${SPY}` } });
    expect(readFileSync(log, 'utf8')).toBe('');
  });

  it.each([['--help'], ['create', '--help'], ['auth', '--help'], ['completion', 'bash'], ['providers']])(
    'of %s %s loads no SDK, no ora, no inquirer, no transport, no sandbox and no catalog',
    async (...args) => {
      const files = await loadedBy(args);
      const heavy = files.filter((file) =>
        /tencentcloud-sdk|@alicloud|@darabonba|\/ora\/|@inquirer|age-encryption|jsonc-parser|keychain|sandbox\/|src\/(http|storage|keys|i18n\/zh-CN)\/|adapter/.test(
          file,
        ),
      );
      expect(heavy).toEqual([]);
    },
  );

  it.each([
    ['after nothing', 'line=', []],
    ['after --profile', 'line=', ['--profile']],
  ])('of an answer to TAB %s loads next to nothing', async (_when, asked, words) => {
    const files = await loadedBy(['__complete', 'zsh', asked, ...words]);
    const own = files.filter((file) =>
      /^src\/(commands|operations|connection|providers|config|storage|http|credentials)\//.test(file),
    );
    expect(own.sort()).toEqual(['src/commands/index.ts', 'src/config/profile.ts']);
    expect(files.filter((file) => /commander|jsonc-parser/.test(file))).toEqual([]);
  });

  it.each([
    ['create', '--'],
    ['show', 'x'],
    ['show', ''],
    ['config', 'set', 'region', ''],
  ])('of an answer to TAB after %s %s loads one command and nothing heavy', async (...words) => {
    const current = words.pop() ?? '';
    const files = await loadedBy(['__complete', 'zsh', `line=${current}`, ...words]);
    const heavy =
      /commander|jsonc-parser|tencentcloud-sdk|@alicloud|\/ora\/|@inquirer|keychain|sandbox\/|src\/(http|storage|operations|connection)\//;
    expect(files.filter((file) => heavy.test(file))).toEqual([]);
  });

  it('of a create loads the one SDK that it needs', async () => {
    const files = await loadedBy(['create', '--sandbox', '-p', 'tencent', '--name', 'foo']);
    expect(files.some((file) => file.includes('tencentcloud-sdk-nodejs'))).toBe(true);
    expect(files.filter((file) => /@alicloud|@inquirer|\/ora\/|jsonc-parser/.test(file))).toEqual([]);
  });
});
