import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const SRC = path.resolve(import.meta.dirname, '../../../src');

/** Data that is shown to people, by the name of its property: a literal there must be tagged. */
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

/** What takes texts for people, constructor or function or method, and which of its arguments. */
const SPEAKERS: ReadonlyMap<string, number> = new Map([
  ['KeypairError', 1],
  ['KeyFormatError', 1],
  ['damaged', 0],
  ['UnusableBody', 0],
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
  ['KeyFileLost', 0],
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

/** What the source says to people: the texts that are tagged with `t`, and those that ought to be. */
export function textsOfSource(): { readonly texts: readonly Text[]; readonly untagged: readonly Text[] } {
  const texts: Text[] = [];
  const untagged: Text[] = [];
  for (const file of readdirSync(SRC, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const text = readFileSync(path.join(SRC, file), 'utf8');
    const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
    const textOf = (node: Literal): Text => ({
      key: keyOf(node),
      at: `${file}:${tree.getLineAndCharacterOfPosition(node.getStart()).line + 1}`,
    });
    const visit = (node: ts.Node): void => {
      if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === 't') texts.push(textOf(node.template));
      untagged.push(...[...shownBy(node), ...argumentsOf(node)].flatMap(literalsIn).map(textOf));
      ts.forEachChild(node, visit);
    };
    visit(tree);
  }
  const hasWords = ({ key }: Text): boolean => /\p{L}{2}/u.test(key.replace(/\{\d+\}/g, ''));
  return { texts, untagged: untagged.filter(hasWords) };
}

/** What is shown by the name under which it stands. */
function shownBy(node: ts.Node): readonly ts.Expression[] {
  if (ts.isPropertyAssignment(node)) {
    const name = node.name.getText();
    return SHOWN.has(name) || SHOWN_WITHIN.has(name) ? [node.initializer] : [];
  }
  // `{ hints }` is as good as `hints: …`.
  if (!ts.isVariableDeclaration(node) || node.initializer === undefined) return [];
  return SHOWN.has(node.name.getText()) ? [node.initializer] : [];
}

function argumentsOf(node: ts.Node): readonly ts.Expression[] {
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return [];
  const called = ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression;
  const place = SPEAKERS.get(called.getText());
  const spoken = place === undefined ? undefined : node.arguments?.[place];
  return spoken === undefined ? [] : [spoken];
}

type Literal = ts.StringLiteralLike | ts.TemplateExpression;

/** The literals that an expression may come to: through conditions, lists and tables. */
function literalsIn(node: ts.Expression): readonly Literal[] {
  if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) return [node];
  if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].flatMap(literalsIn);
  if (ts.isBinaryExpression(node)) return [node.left, node.right].flatMap(literalsIn);
  if (ts.isArrayLiteralExpression(node)) return node.elements.flatMap(literalsIn);
  if (ts.isParenthesizedExpression(node) || ts.isSpreadElement(node)) return literalsIn(node.expression);
  if (!ts.isObjectLiteralExpression(node)) return [];
  return node.properties.flatMap((one) => (ts.isPropertyAssignment(one) ? literalsIn(one.initializer) : []));
}

function keyOf(node: Literal): string {
  if (!ts.isTemplateExpression(node)) return node.text;
  return node.templateSpans.reduce((key, { literal }, index) => `${key}{${index}}${literal.text}`, node.head.text);
}
