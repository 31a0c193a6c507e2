import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const SRC = path.resolve(import.meta.dirname, '../../src');
const SANDBOX = path.resolve(import.meta.dirname, '../../sandbox');

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

/** Who may import whom: a room imports rooms of its own line, or of lines below it. A file directly in src/ is `ground`. */
const LAYERS: readonly (readonly string[])[] = [
  ['main.ts'],
  ['program.ts'],
  ['wizard'],
  ['commands'],
  ['operations'],
  ['connection', 'ssh'],
  ['credentials', 'completion', 'cli'],
  ['config'],
  ['providers'],
  ['http', 'ui', 'storage'],
  ['keys'],
  ['i18n'],
  ['ground'],
];

function levelOf(file: string): number {
  const level = LAYERS.findIndex((rooms) => rooms.includes(room(file)));
  return level < 0 ? LAYERS.length - 1 : level;
}

function readSources(directory: string): readonly Source[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => {
      const text = readFileSync(path.join(directory, file), 'utf8');
      const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
      return { file, tree, imports: importsOf(file, tree) };
    });
}

const sources = readSources(SRC);
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
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add((node.argument.literal as ts.StringLiteral).text, true, true);
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

/** Fails with the trail of the first circle. */
function expectNoCircle(edges: ReadonlyMap<string, Iterable<string>>): void {
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): void => {
    expect(trail, [...trail, name].join(' → ')).not.toContain(name);
    if (done.has(name)) return;
    for (const next of edges.get(name) ?? []) visit(next, [...trail, name]);
    done.add(name);
  };
  for (const name of edges.keys()) visit(name, []);
}

describe('the source', () => {
  it('has files to look at', () => {
    expect(sources.length).toBeGreaterThan(40);
    expect(imports.length).toBeGreaterThan(100);
  });

  it('mentions the process in main.ts, in what loads it, and in what is a program of its own, only', () => {
    const guilty = sources.filter(({ file, tree, imports: own }) => {
      if (['main.ts', 'load.ts', 'credentials/keychain-process.ts'].includes(file)) return false;
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
    ['@inquirer/', ['ui/prompts.ts', 'ui/custom-prompts.ts']],
    ['commander', ['program.ts']],
    // Loaded by its path, in credentials/keychain-process.ts.
    ['keytar', []],
    ['age-encryption', ['credentials/login-file.ts']],
    ['https-proxy-agent', ['http/route.ts', 'http/proxy.ts']],
    ['proxy-from-env', ['main.ts']],
    ['fast-string-width', ['ui/width.ts']],
    ['jsonc-parser', ['config/document.ts']],
    ['ini', ['credentials/vendor-file.ts']],
  ])('keeps %s in its one home', (library, homes) => {
    const users = imports.filter(({ to, typeOnly }) => to.startsWith(library) && !typeOnly).map(({ from }) => from);
    expect(users.filter((user) => !homes.includes(user))).toEqual([]);
    if (homes.length > 0) expect(users).not.toEqual([]);
  });

  it('reaches the SDKs from the vendors’ rooms and sts only, and by deep path', () => {
    const uses = imports.filter(({ to }) => /^(tencentcloud-|@alicloud\/|@darabonba\/)/.test(to));
    expect(uses.length).toBeGreaterThan(2);
    for (const { from, to } of uses) {
      expect(from, to).toMatch(/^(providers|credentials\/sts)\//);
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
    const light = new Set(['errors.ts', 'i18n/t.ts', 'sanitize.ts']);
    expect([...seen].filter((file) => !file.startsWith('providers/') && !light.has(file))).toEqual([]);
    expect([...seen].filter((file) => file.includes('adapter'))).toEqual([]);
  });

  it('imports downwards only: static, type-only and lazy', () => {
    const climbing = imports.filter(({ from, to }) => {
      if (!to.endsWith('.ts') || to.startsWith('../')) return false;
      return levelOf(from) > levelOf(to);
    });
    expect(climbing.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  it('has every folder in a layer', () => {
    const rooms = new Set(sources.map(({ file }) => room(file)).filter((name) => !name.endsWith('.ts')));
    expect([...rooms].filter((name) => !LAYERS.flat().includes(name))).toEqual([]);
  });

  it('has no circle between rooms', () => {
    const edges = new Map<string, Set<string>>();
    for (const { from, to } of imports) {
      if (!to.endsWith('.ts') || to.startsWith('../') || room(from) === room(to)) continue;
      edges.set(room(from), (edges.get(room(from)) ?? new Set()).add(room(to)));
    }
    expectNoCircle(edges);
  });

  it('loads the sandbox from connection/ only, and lazily', () => {
    const uses = imports.filter(({ to }) => to.startsWith('../'));
    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter(({ to }) => !to.startsWith('../sandbox/'))).toEqual([]);
    expect(uses.filter(({ from, lazy, typeOnly }) => room(from) !== 'connection' || !(lazy || typeOnly))).toEqual([]);
  });

  it.each([
    ['providers', ['node:fs', 'node:fs/promises', 'node:os']],
    ['keys', ['node:fs', 'node:fs/promises', 'node:net']],
  ])('%s uses none of %j', (from, forbidden) => {
    const guilty = imports.filter((use) => room(use.from) === from && forbidden.includes(use.to));
    expect(guilty.map((use) => `${use.from} → ${use.to}`)).toEqual([]);
  });

  it('has the sandbox import nothing from outside but Node', () => {
    const outside = readSources(SANDBOX)
      .flatMap((source) => source.imports)
      .filter(({ to }) => to.startsWith('../') || (!to.endsWith('.ts') && !to.startsWith('node:')));
    expect(outside).toEqual([]);
  });

  it('has no circle between files: static, type-only or lazy', () => {
    expectNoCircle(
      new Map(
        sources.map(({ file, imports: own }) => [file, own.filter(({ to }) => to.endsWith('.ts')).map(({ to }) => to)]),
      ),
    );
  });

  it('has no room for leftovers, and no file that grew too long', () => {
    const names = sources.flatMap(({ file }) => file.replace('.ts', '').split('/'));
    expect(names.filter((name) => /^(utils?|helpers?|common|lib|misc|shared)$/.test(name))).toEqual([]);
    const long = sources.filter(({ tree }) => tree.getLineStarts().length > 400);
    expect(long.map(({ file }) => file)).toEqual([]);
  });

  it('exports by name only', () => {
    const guilty = sources.filter(({ tree }) => tree.statements.some((statement) => ts.isExportAssignment(statement)));
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
