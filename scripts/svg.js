/** Size of a cell and of what is around the screen, in pixels. */
const CELL = { width: 8.4, height: 19 };
const MARGIN = 16;
const BAR = 34;

/** The first 16 colours of a terminal, on a dark ground. */
const PALETTE = [
  ['#3b4252', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#d7dae0'],
  ['#7f848e', '#ff7b86', '#b5e890', '#ffd68a', '#7cc4ff', '#e08cff', '#6fd3e0', '#ffffff'],
].flat();
const GROUND = '#1e222a';
const TEXT = '#d7dae0';

/**
 * A terminal's screen as an SVG picture with a window around it. Every run of cells has its place and its width, so that
 * it stands in its columns whatever font there is, wide characters included.
 *
 * @param {string} title of the window.
 * @param {number} columns
 * @param {readonly (readonly { x: number, width: number, text: string, color: number | string | null, bold: boolean,
 *   dim: boolean, inverse: boolean, underline: boolean }[])[]} rows runs of cells that look the same.
 */
export function svgOf(title, columns, rows) {
  const width = round(columns * CELL.width + 2 * MARGIN);
  const height = round(BAR + rows.length * CELL.height + 2 * MARGIN);
  const lines = rows.map((runs, y) => runs.map((run) => runOf(run, y)).join('')).filter((line) => line !== '');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" rx="8" fill="${GROUND}"/>
<circle cx="20" cy="17" r="6" fill="#ff5f57"/><circle cx="40" cy="17" r="6" fill="#febc2e"/><circle cx="60" cy="17" r="6" fill="#28c840"/>
<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Noto Sans Mono CJK SC', monospace" font-size="14" fill="${TEXT}" style="white-space: pre" xml:space="preserve">
<text x="${round(width / 2)}" y="22" text-anchor="middle" fill="#7f848e">${escaped(title)}</text>
${lines.join('\n')}
</g>
</svg>
`;
}

function runOf({ x, width, text, color, bold, dim, inverse, underline }, y) {
  const left = round(MARGIN + x * CELL.width);
  const top = BAR + MARGIN + y * CELL.height;
  const ground = inverse
    ? `<rect x="${left}" y="${top}" width="${round(width * CELL.width)}" height="${CELL.height}" fill="${TEXT}"/>`
    : '';
  // Spaces at the ends would be stretched with the rest, or dropped.
  const words = text.trim();
  if (words === '') return ground;
  const letter = (width / text.length) * CELL.width;
  const begin = round(left + (text.length - text.trimStart().length) * letter);
  const ink = inverse ? GROUND : typeof color === 'number' ? (PALETTE[color] ?? TEXT) : color;
  const look = [
    ink === null ? '' : ` fill="${ink}"`,
    bold ? ' font-weight="bold"' : '',
    dim ? ' opacity="0.65"' : '',
    underline ? ' text-decoration="underline"' : '',
  ].join('');
  return `${ground}<text x="${begin}" y="${top + 14}" textLength="${round(words.length * letter)}"${look}>${escaped(words)}</text>`;
}

function round(number) {
  return Math.round(number * 100) / 100;
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
