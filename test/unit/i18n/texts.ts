import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const SRC = path.resolve(import.meta.dirname, '../../../src');

/** Rooms that say nothing to people: the stand-in cloud speaks as the vendors do, completions are scripts. */
const SILENT = ['completion/'];

/** Data that is shown to people as it stands, by the name of its property. */
const SHOWN = new Set([
  'summary',
  'does',
  'sentence',
  'attachWarning',
  'detachWarning',
  'runningWarning',
  'hint',
  'hints',
  'warning',
  'title',
  'note',
  'cloud',
  'heading',
  'says',
  'apply',
]);

/** Properties whose own properties are all shown: a descriptor's notes on how far an ability goes. */
const SHOWN_WITHIN = new Set(['abilities']);

/** Constants of nothing but texts for people that other files show, by name. */
const SHOWN_CONSTANTS = new Set(['HINTS', 'ATTACH_WARNING', 'DETACH_WARNING', 'CVM_RUNNING_WARNING']);

/** What takes texts for people, constructor or function or method, and which of its arguments; it translates whole ones. */
const SPEAKERS: ReadonlyMap<string, number> = new Map([
  ['KeypairError', 1],
  ['KeyFormatError', 1],
  ['damaged', 0],
  ['UnusableBody', 0],
  ['translated', 0],
  ['info', 0],
  ['warn', 0],
  ['withSpinner', 0],
  ['update', 0],
  ['unusable', 0],
  ['table', 0],
  ['description', 0],
  ['version', 2],
  ['helpOption', 1],
  ['finding', 1],
  ['NotHeld', 0],
  ['askText', 1],
  ['askChoice', 1],
  ['askConfirm', 1],
  ['askNumber', 1],
  ['askSecret', 1],
]);

/** A text that people read, and where the source has it. */
export interface Text {
  /** With `{0}` for what is put in. */
  readonly key: string;
  readonly at: string;
}

/** What the source says to people: the texts that can be translated, and those that cannot for want of a `t`. */
export function textsOfSource(): { readonly texts: readonly Text[]; readonly untagged: readonly Text[] } {
  const tagged: Text[] = [];
  const texts: Text[] = [];
  const untagged: Text[] = [];
  for (const file of readdirSync(SRC, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || SILENT.some((room) => file.startsWith(room))) continue;
    const text = readFileSync(path.join(SRC, file), 'utf8');
    const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
    const literalsOf = literalsIn(tree);
    const where = (node: ts.Node): string =>
      `${file}:${tree.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
    const visit = (node: ts.Node): void => {
      if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === 't') {
        tagged.push({ key: keyOf(node.template), at: where(node) });
      }
      for (const literal of [...shownBy(node), ...argumentsOf(node)].flatMap(literalsOf)) {
        // A whole text is translated where it is shown; one with values in it must be put together in the language.
        (ts.isTemplateExpression(literal) ? untagged : texts).push({
          key: keyOf(literal),
          at: where(literal),
        });
      }
      ts.forEachChild(node, visit);
    };
    visit(tree);
  }
  const hasWords = ({ key }: Text): boolean => /\p{L}{2}/u.test(key.replace(/\{\d+\}/g, ''));
  // What is tagged is for people, be it a comma only.
  return { texts: [...tagged, ...texts.filter(hasWords)], untagged: untagged.filter(hasWords) };
}

/** What is shown by the name under which it stands. */
function shownBy(node: ts.Node): readonly ts.Expression[] {
  if (ts.isPropertyAssignment(node)) {
    const name = node.name.getText();
    return SHOWN.has(name) || SHOWN_WITHIN.has(name) ? [node.initializer] : [];
  }
  if (!ts.isVariableDeclaration(node)) return [];
  const name = node.name.getText();
  // `{ hints }` is as good as `hints: …`.
  const named = SHOWN.has(name) || SHOWN_CONSTANTS.has(name);
  return named && node.initializer !== undefined ? [node.initializer] : [];
}

function argumentsOf(node: ts.Node): readonly ts.Expression[] {
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return [];
  const called = ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression;
  const place = SPEAKERS.get(called.getText());
  const spoken = place === undefined ? undefined : node.arguments?.[place];
  return spoken === undefined ? [] : [spoken];
}

type Literal = ts.StringLiteralLike | ts.TemplateExpression;

/**
 * The literals that an expression of a file may come to: through conditions, lists, tables, sums, and the constants
 * and functions of the file.
 */
function literalsIn(tree: ts.SourceFile): (node: ts.Expression) => readonly Literal[] {
  // Of several that have one name any may be meant.
  const constants = new Map<string, ts.Expression[]>();
  const functions = new Map<string, ts.FunctionDeclaration>();
  const declare = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer !== undefined) {
      constants.set(node.name.text, [...(constants.get(node.name.text) ?? []), node.initializer]);
    }
    if (ts.isFunctionDeclaration(node) && node.name !== undefined) functions.set(node.name.text, node);
    ts.forEachChild(node, declare);
  };
  declare(tree);
  const seen = new Set<ts.Node>();
  const all = (nodes: readonly ts.Expression[]): readonly Literal[] => nodes.flatMap(of);
  const of = (node: ts.Expression): readonly Literal[] => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) return [node];
    if (ts.isConditionalExpression(node)) return all([node.whenTrue, node.whenFalse]);
    if (ts.isArrayLiteralExpression(node)) return all(node.elements);
    if (ts.isObjectLiteralExpression(node)) return all(node.properties.flatMap(valueOf));
    if (ts.isBinaryExpression(node)) return all([node.left, node.right]);
    if (
      ts.isParenthesizedExpression(node) ||
      ts.isSpreadElement(node) ||
      ts.isAsExpression(node) ||
      ts.isElementAccessExpression(node)
    ) {
      return of(node.expression);
    }
    // Each once: what is reached twice is the same text, and recursion ends.
    if (seen.has(node)) return [];
    seen.add(node);
    if (ts.isIdentifier(node)) return all(constants.get(node.text) ?? []);
    if (ts.isArrowFunction(node)) return all(returnsOf(node));
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      return all(definite(functions.get(node.expression.text)).flatMap(returnsOf));
    }
    return [];
  };
  return of;
}

function definite<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}

function valueOf(property: ts.ObjectLiteralElementLike): readonly ts.Expression[] {
  return ts.isPropertyAssignment(property) ? [property.initializer] : [];
}

function returnsOf({ body }: ts.FunctionDeclaration | ts.ArrowFunction): readonly ts.Expression[] {
  if (body !== undefined && !ts.isBlock(body)) return [body];
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isReturnStatement(node) && node.expression !== undefined) found.push(node.expression);
    if (!ts.isFunctionLike(node)) ts.forEachChild(node, visit);
  };
  if (body !== undefined) visit(body);
  return found;
}

function keyOf(node: ts.Node): string {
  if (!ts.isTemplateExpression(node)) return (node as ts.StringLiteralLike).text;
  return node.templateSpans.reduce(
    (key, { literal }, index) => `${key}{${index}}${literal.text}`,
    node.head.text,
  );
}
