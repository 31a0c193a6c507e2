/** A heading of a page. */
export interface Heading {
  readonly level: number;
  readonly title: string;
  /** What `#…` links to, as GitHub makes it. */
  readonly anchor: string;
}

/** A fenced block of code. */
export interface CodeBlock {
  readonly language: string;
  readonly lines: readonly string[];
}

/** A link, or a picture. */
export interface Link {
  readonly target: string;
  readonly isPicture: boolean;
}

/** What stands between one heading and the next. */
export interface Section {
  readonly heading: Heading;
  readonly blocks: readonly CodeBlock[];
  /** Table, row, cell; without the line below the head. */
  readonly tables: readonly (readonly (readonly string[])[])[];
  /** Of text and tables, as written between the backquotes. */
  readonly inlineCode: readonly string[];
  readonly links: readonly Link[];
  /** HTML: comments and tags. */
  readonly html: readonly string[];
  /** Text without code blocks and tables, a paragraph or an item a line. */
  readonly paragraphs: readonly string[];
}

/** Reads as much of GitHub's Markdown as the README uses: it begins with a heading, and fences begin a line. */
export function readMarkdown(text: string): readonly Section[] {
  const sections: { heading: Heading; lines: string[] }[] = [];
  let inBlock = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) inBlock = !inBlock;
    const [, marks, title] = (inBlock ? null : /^(#{1,6}) (.+)$/.exec(line)) ?? [];
    if (marks !== undefined && title !== undefined) {
      sections.push({ heading: { level: marks.length, title, anchor: anchorOf(title) }, lines: [] });
    } else sections.at(-1)?.lines.push(line);
  }
  return sections.map(({ heading, lines }) => readSection(heading, lines));
}

/** `A minute's tour` is `a-minutes-tour`: letters of any script stay, punctuation goes, a blank becomes a hyphen. */
export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
}

/** What stands between backquotes. */
export function inlineCodeOf(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

function readSection(heading: Heading, lines: readonly string[]): Section {
  const blocks: { language: string; lines: string[] }[] = [];
  const tables: string[][][] = [];
  const text: string[] = [];
  let inBlock = false;
  let inTable = false;
  for (const line of lines) {
    if (line.startsWith('```')) {
      inBlock = !inBlock;
      if (inBlock) blocks.push({ language: line.slice(3), lines: [] });
    } else if (inBlock) blocks.at(-1)?.lines.push(line);
    else if (line.startsWith('|')) {
      if (!inTable) tables.push([]);
      if (!/^[|\- :]+$/.test(line))
        tables.at(-1)?.push(
          line
            .split('|')
            .slice(1, -1)
            .map((cell) => cell.trim()),
        );
    } else text.push(line);
    inTable = !inBlock && line.startsWith('|');
  }
  // An item of a list is a paragraph, too.
  const paragraphs = text
    .join('\n')
    .split(/\n{2,}|\n(?=- |\d+\. )/)
    .map((paragraph) => paragraph.trim().replaceAll(/\s*\n\s*/g, ' '))
    .filter((paragraph) => paragraph !== '');
  const all = [...paragraphs, ...tables.flat(2)].join('\n');
  const bare = all.replaceAll(/`[^`]+`/g, '');
  return {
    heading,
    blocks,
    tables,
    inlineCode: inlineCodeOf(all),
    links: [...bare.matchAll(/(!?)\[[^\]]*\]\(([^)]+)\)/g)].map(([, mark, target = '']) => ({
      target,
      isPicture: mark === '!',
    })),
    html: [...bare.matchAll(/<!--.*?-->|<\/?[a-z]+>/g)].map(([tag]) => tag),
    paragraphs,
  };
}
