import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const SRC = path.resolve(import.meta.dirname, '../../src');

interface Import {
  readonly from: string;
  /** A path below src (`keys/der.ts`), or a package's specifier. */
  readonly to: string;
  readonly typeOnly: boolean;
  readonly lazy: boolean;
}

interface Source {
  readonly file: string;
  readonly tree: ts.SourceFile;
  readonly imports: readonly Import[];
}

const sources: readonly Source[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => {
    const tree = ts.createSourceFile(
      file,
      readFileSync(path.join(SRC, file), 'utf8'),
      ts.ScriptTarget.ES2023,
      true,
    );
    return { file, tree, imports: importsOf(file, tree) };
  });
const imports = sources.flatMap((source) => source.imports);

function importsOf(file: string, tree: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const add = (specifier: string, typeOnly: boolean, lazy: boolean): void => {
    const to = specifier.startsWith('.') ? path.join(path.dirname(file), specifier) : specifier;
    found.push({ from: file, to, typeOnly, lazy });
  };
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      const typeOnly = ts.isImportDeclaration(node) ? isTypeOnly(node) : node.isTypeOnly;
      add((node.moduleSpecifier as ts.StringLiteral).text, typeOnly, false);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add((node.arguments[0] as ts.StringLiteral).text, false, true);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function isTypeOnly({ importClause }: ts.ImportDeclaration): boolean {
  return importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}

function room(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : file;
}

describe('the house', () => {
  it('has files to look at', () => {
    expect(sources.length).toBeGreaterThan(40);
    expect(imports.length).toBeGreaterThan(100);
  });

  it('mentions the process in main.ts, and in what is a program of its own, only', () => {
    const guilty = sources.filter(({ file, tree, imports: own }) => {
      if (['main.ts', 'credentials/keychain-process.ts'].includes(file)) return false;
      let mentioned = own.some(({ to }) => to === 'node:process' || to === 'process');
      const visit = (node: ts.Node): void => {
        // A property of that name is somebody else's; the global is an identifier of its own.
        if (ts.isIdentifier(node) && node.text === 'process') mentioned = true;
        ts.forEachChild(node, visit);
      };
      visit(tree);
      return mentioned;
    });
    expect(guilty.map(({ file }) => file)).toEqual([]);
  });

  it.each([
    ['chalk', ['ui/color.ts']],
    ['ora', ['ui/spinner.ts']],
    ['@inquirer/', ['ui/prompts.ts', 'ui/validated-input.ts', 'ui/search-prompt.ts']],
    ['commander', ['program.ts']],
    // Loaded by its path, in credentials/keychain-process.ts.
    ['keytar', []],
    ['age-encryption', ['credentials/passphrase.ts']],
    ['https-proxy-agent', ['transport/route.ts', 'transport/proxy.ts']],
    ['proxy-from-env', ['main.ts']],
    ['fast-string-width', ['ui/width.ts']],
    ['jsonc-parser', ['config/document.ts']],
    ['ini', ['credentials/ini-file.ts']],
  ])('keeps %s in its one home', (library, homes) => {
    const users = imports
      .filter(({ to, typeOnly }) => to.startsWith(library) && !typeOnly)
      .map(({ from }) => from);
    expect(users.filter((user) => !homes.includes(user))).toEqual([]);
    if (homes.length > 0) expect(users).not.toEqual([]);
  });

  it('reaches the SDKs from the adapters’ rooms only, and by deep path', () => {
    const uses = imports.filter(({ to }) => /^(tencentcloud-|@alicloud\/|@darabonba\/)/.test(to));
    expect(uses.length).toBeGreaterThan(2);
    for (const { from, to } of uses) {
      expect(from, to).toMatch(/^providers\//);
      expect(to.split('/').length, `${from} imports ${to}`).toBeGreaterThan(to.startsWith('@') ? 2 : 1);
    }
  });

  it('loads no SDK with a descriptor or the registry', () => {
    const seen = new Set<string>();
    const walk = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const { to, typeOnly, lazy } of sources.find((source) => source.file === file)?.imports ?? []) {
        if (!typeOnly && !lazy) walk(to);
      }
    };
    walk('providers/registry.ts');
    const light = new Set(['errors.ts', 'language/t.ts', 'language/phrases.ts', 'sanitize.ts']);
    expect([...seen].filter((file) => !file.startsWith('providers/') && !light.has(file))).toEqual([]);
    expect([...seen].filter((file) => file.includes('adapter'))).toEqual([]);
  });

  it.each([
    [
      'providers',
      ['ui', 'commands', 'store', 'sandbox', 'config', 'wizard', 'node:fs', 'node:fs/promises', 'node:os'],
    ],
    ['sandbox', ['providers', 'transport', 'keys', 'store', 'commands', 'ui', 'credentials', 'config']],
    [
      'keys',
      [
        'providers',
        'transport',
        'store',
        'commands',
        'ui',
        'config',
        'node:fs',
        'node:fs/promises',
        'node:net',
      ],
    ],
    ['store', ['providers', 'transport', 'commands', 'ui', 'keys', 'local']],
    ['local', ['providers', 'transport', 'commands', 'ui', 'sandbox', 'config']],
    ['patience', ['providers', 'transport', 'commands', 'ui', 'store', 'keys', 'sandbox', 'config', 'local']],
    ['transport', ['providers', 'store', 'commands', 'ui', 'keys', 'config']],
    ['credentials', ['commands', 'ui', 'store', 'sandbox']],
    ['ui', ['providers', 'store', 'transport', 'sandbox', 'keys']],
  ])('%s imports none of %j', (from, forbidden) => {
    const guilty = imports.filter(
      (use) => room(use.from) === from && forbidden.some((name) => use.to === name || room(use.to) === name),
    );
    expect(guilty.map((use) => `${use.from} → ${use.to}`)).toEqual([]);
  });

  it('has the sandbox import nothing from outside but Node', () => {
    const outside = imports.filter(
      ({ from, to }) => room(from) === 'sandbox' && room(to) !== 'sandbox' && !to.startsWith('node:'),
    );
    expect(outside).toEqual([]);
  });

  it('has no cycles', () => {
    const edges = new Map(
      sources.map(({ file, imports: own }) => [
        file,
        own.filter(({ typeOnly, lazy, to }) => !typeOnly && !lazy && to.endsWith('.ts')).map(({ to }) => to),
      ]),
    );
    const done = new Set<string>();
    const visit = (file: string, trail: readonly string[]): void => {
      expect(trail, [...trail, file].join(' → ')).not.toContain(file);
      if (done.has(file)) return;
      for (const next of edges.get(file) ?? []) visit(next, [...trail, file]);
      done.add(file);
    };
    for (const file of edges.keys()) visit(file, []);
  });

  it('has no room for leftovers, and no file that grew too long', () => {
    const names = sources.flatMap(({ file }) => file.replace('.ts', '').split('/'));
    expect(names.filter((name) => /^(utils?|helpers?|common|lib|misc|shared)$/.test(name))).toEqual([]);
    const long = sources.filter(({ tree }) => tree.getLineStarts().length > 300);
    expect(long.map(({ file }) => file)).toEqual([]);
  });

  it('exports by name only', () => {
    const guilty = sources.filter(({ tree }) =>
      tree.statements.some((statement) => ts.isExportAssignment(statement)),
    );
    expect(guilty.map(({ file }) => file)).toEqual([]);
  });

  it('tells what every export is', () => {
    const bare = sources.flatMap(({ file, tree }) =>
      tree.statements
        .filter(
          (statement) =>
            ts.canHaveModifiers(statement) &&
            ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true &&
            ts.getJSDocCommentsAndTags(statement).length === 0,
        )
        .map((statement) => `${file}: ${statement.getText(tree).split('\n')[0] ?? ''}`),
    );
    expect(bare).toEqual([]);
  });
});
